//! Deliveries: claim, send, say what became of it. A message is always acknowledged: retries belong to the Shopper.

use crate::bindings::Env;
use crate::error::Problem;
use crate::objects::calls::{ShopperAsk, ShopperCall, ask_shopper};
use crate::{channels, config};
use homing_core::delivery::{DeliveryKey, Outcome, retry};
use homing_core::ids::{ShopId, ShopperId};
use homing_core::object::shopper::{Input, Reply};
use serde::{Deserialize, Serialize};
use std::time::Duration;
use wasm_bindgen::JsValue;

#[derive(Serialize, Deserialize)]
struct Hint {
    shop: ShopId,
    shopper: ShopperId,
    key: DeliveryKey,
}

/// Says that a delivery is due.
pub async fn hint(
    env: &Env,
    shop: ShopId,
    shopper: ShopperId,
    key: DeliveryKey,
) -> Result<(), Problem> {
    super::send(
        &env.deliveries(),
        &Hint { shop, shopper, key },
        &JsValue::UNDEFINED,
    )
    .await
}

/// Acts on a hint. Whatever fails here is found again by the Shopper's alarm.
pub async fn consume(body: &str, env: &Env) {
    let Ok(hint) = serde_json::from_str::<Hint>(body) else {
        crate::telemetry::error("hint_unreadable", body);
        return;
    };
    if let Err(problem) = deliver(env, &hint).await {
        crate::telemetry::error("delivery_failed", &problem.to_string());
    }
}

async fn deliver(env: &Env, hint: &Hint) -> Result<(), Problem> {
    let Hint { shop, shopper, key } = *hint;
    let reply = ask_shopper(
        env,
        &ShopperCall {
            shop,
            shopper,
            ask: ShopperAsk::Release(key),
        },
    )
    .await?;
    let Reply::Go(release) = reply else {
        return Ok(());
    };
    let deployment = config::deployment(env)?;
    let outcome = channels::send(&deployment, &release).await;
    let waits_ms = config::shop(env, shop)
        .await
        .ok()
        .and_then(|view| view.config.retry_ms.clone())
        .unwrap_or_else(|| retry::DEFAULT_WAITS_MS.to_vec());
    report(env, shop, shopper, key, release.attempt, outcome, waits_ms).await
}

/// An outcome that is not told ends as `unknown` when the lease does, so it is worth some tries.
async fn report(
    env: &Env,
    shop: ShopId,
    shopper: ShopperId,
    key: DeliveryKey,
    attempt: u32,
    outcome: Outcome,
    waits_ms: Vec<u64>,
) -> Result<(), Problem> {
    let call = ShopperCall {
        shop,
        shopper,
        ask: ShopperAsk::Step(Input::Outcome {
            key,
            attempt,
            outcome,
            waits_ms,
        }),
    };
    let mut tries = 0_u32;
    loop {
        match ask_shopper(env, &call).await {
            Ok(_) => return Ok(()),
            Err(problem) if tries >= 4 => return Err(problem),
            Err(_) => {
                tries = tries.saturating_add(1);
                worker::Delay::from(Duration::from_millis(200 << tries)).await;
            }
        }
    }
}
