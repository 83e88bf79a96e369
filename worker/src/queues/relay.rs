//! What a Cart could not tell at once: an order that its Shopper or its parent has not taken yet. The queue repeats it, less and less
//! often, until everybody has heard.

use crate::bindings::Env;
use crate::config;
use crate::error::Problem;
use crate::objects::calls::{CartCall, ask_cart};
use homing_core::ids::{CartId, ShopId};
use homing_core::object::cart::{Input, Reply};
use homing_core::traceparent::TraceId;
use js_sys::{Object, Reflect};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

#[derive(Serialize, Deserialize)]
struct Hint {
    shop: ShopId,
    cart: CartId,
    /// The trace of the cart's life.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trace: Option<String>,
}

/// A lease lasts twenty seconds; looking sooner would find it still open.
const FIRST_DELAY_S: u32 = 20;
const MAX_DELAY_S: u32 = 15 * 60;
/// For how long one hint in the queue is trusted before a cart sends another, ms.
pub const CHAIN_MS: u64 = 30 * 60_000;

/// Has the cart try again.
pub async fn later(env: &Env, (shop, cart): (ShopId, CartId), trace: Option<TraceId>) {
    let hint = Hint {
        shop,
        cart,
        trace: trace.map(|trace| trace.to_string()),
    };
    if let Err(problem) = put(env, &hint, FIRST_DELAY_S).await {
        // The browser still holds the event: it was not acknowledged.
        crate::telemetry::error_in(trace, "relay_failed", &problem.to_string());
    }
}

/// Has the cart try again now; `Some(seconds)` to be called again, until everybody has heard.
pub async fn consume(body: &str, attempts: u32, env: &Env) -> Option<u32> {
    let Ok(hint) = serde_json::from_str::<Hint>(body) else {
        crate::telemetry::error("relay_unreadable", body);
        return None;
    };
    match settle(env, &hint).await {
        Ok(true) => None,
        Ok(false) => Some(delay_s(attempts)),
        Err(problem) => {
            let trace = hint.trace.as_deref().and_then(TraceId::parse);
            crate::telemetry::error_in(trace, "settle_failed", &problem.to_string());
            Some(delay_s(attempts))
        }
    }
}

/// A hint that the queue has given up is put in again: a stop is never given up.
pub async fn revive(body: &str, env: &Env) -> bool {
    match serde_json::from_str::<Hint>(body) {
        Ok(hint) => put(env, &hint, MAX_DELAY_S).await.is_ok(),
        Err(_) => false,
    }
}

fn delay_s(attempts: u32) -> u32 {
    FIRST_DELAY_S
        .saturating_mul(1 << attempts.saturating_sub(1).min(10))
        .min(MAX_DELAY_S)
}

async fn put(env: &Env, hint: &Hint, delay_s: u32) -> Result<(), Problem> {
    let options = Object::new();
    Reflect::set(
        &options,
        &JsValue::from_str("delaySeconds"),
        &JsValue::from(delay_s),
    )?;
    super::put(&env.relay(), hint, &options).await
}

async fn settle(env: &Env, hint: &Hint) -> Result<bool, Problem> {
    let Hint { shop, cart, .. } = *hint;
    let view = config::shop(env, shop).await?;
    let call = CartCall {
        shop,
        cart,
        input: Input::Settle,
    };
    let reply = ask_cart(env, &view.names.cart(cart), &call).await?;
    Ok(matches!(reply, Reply::Done { settled: true }))
}

#[cfg(test)]
mod tests {
    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour() {
        assert_eq!(
            [1, 2, 3, 6, 7, 100].map(super::delay_s),
            [20, 40, 80, 640, 900, 900]
        );
    }
}
