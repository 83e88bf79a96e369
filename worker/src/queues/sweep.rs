//! Shops that a sweep has not come to. A hint that is lost is made up for by the next sweep.

use crate::bindings::Env;
use homing_core::ids::ShopId;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

/// A hint in the relay's queue.
#[derive(Serialize, Deserialize)]
pub struct Hint {
    sweep: Vec<ShopId>,
}

/// Has these shops looked through soon.
pub async fn later(env: &Env, shops: &[ShopId]) {
    let sweep = shops.to_vec();
    if let Err(problem) = super::put(&env.relay(), &Hint { sweep }, &JsValue::UNDEFINED).await {
        crate::telemetry::error("sweep_hint_failed", &problem.to_string());
    }
}

/// Reads a hint; `None` when the message is another one.
pub fn read(body: &str) -> Option<Hint> {
    serde_json::from_str(body).ok()
}

/// Looks through its shops. It is not repeated: what fails is found by the next sweep.
pub async fn consume(hint: &Hint, env: &Env) {
    crate::sweep::look_through(env, &hint.sweep).await;
}
