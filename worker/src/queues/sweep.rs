//! Shops that a sweep has not come to. A hint that is lost is made up for by the next sweep.

use super::relay::Message;
use crate::bindings::Env;
use homing_core::ids::ShopId;

/// Has these shops looked through soon.
pub async fn later(env: &Env, shops: &[ShopId]) {
    let shops = shops.to_vec();
    if let Err(problem) = (Message::Sweep { shops }).put(env, 0).await {
        crate::telemetry::error("sweep_hint_failed", &problem.to_string());
    }
}

/// Looks through its shops. It is not repeated: what fails is found by the next sweep.
pub async fn consume(shops: &[ShopId], env: &Env) {
    crate::sweep::look_through(env, shops).await;
}
