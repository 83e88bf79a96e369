//! What a Cart could not tell at once: an order or a contact that its Shopper or its parent has not taken yet.

use crate::bindings::Env;
use crate::config;
use crate::error::Problem;
use crate::objects::calls::{CartCall, ask_cart};
use homing_core::ids::{CartId, ShopId};
use homing_core::object::cart::{Input, Reply};
use js_sys::{Object, Reflect};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

#[derive(Serialize, Deserialize)]
struct Hint {
    shop: ShopId,
    cart: CartId,
}

/// A lease lasts twenty seconds; looking sooner would find it still open.
const DELAY_S: u32 = 20;

/// Has the cart try again.
pub async fn later(env: &Env, shop: ShopId, cart: CartId) {
    let options = Object::new();
    let _ = Reflect::set(
        &options,
        &JsValue::from_str("delaySeconds"),
        &JsValue::from(DELAY_S),
    );
    if let Err(problem) = super::send(&env.relay(), &Hint { shop, cart }, &options).await {
        // The browser still holds the event: it was not acknowledged.
        crate::telemetry::error("relay_failed", &problem.to_string());
    }
}

/// Has the cart try again now; asks to be called again until everybody has heard.
pub async fn consume(body: &str, env: &Env) -> Option<u32> {
    let Ok(Hint { shop, cart }) = serde_json::from_str(body) else {
        crate::telemetry::error("relay_unreadable", body);
        return None;
    };
    match settle(env, shop, cart).await {
        // A cart that still owes something has put itself into the queue again.
        Ok(_) => None,
        Err(problem) => {
            crate::telemetry::error("settle_failed", &problem.to_string());
            Some(DELAY_S)
        }
    }
}

async fn settle(env: &Env, shop: ShopId, cart: CartId) -> Result<bool, Problem> {
    let view = config::shop(env, shop).await?;
    let reply = ask_cart(
        env,
        &view.names.cart(cart),
        &CartCall {
            shop,
            cart,
            input: Input::Settle,
        },
    )
    .await?;
    Ok(matches!(reply, Reply::Done { settled: true }))
}
