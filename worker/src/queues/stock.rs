//! Orders, told to the stock: what was reserved for their carts is sold. One that gets lost on the way is found by the next
//! reconciliation, in the cart itself.

use crate::bindings::Env;
use crate::error::Problem;
use crate::objects::calls::{StockInput, ask_stock};
use homing_core::ids::{CartId, ShopId};
use homing_core::object::cart::Ordered;
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;

/// A hint in the relay's queue.
#[derive(Serialize, Deserialize)]
pub struct Hint {
    shop: ShopId,
    cart: CartId,
    /// What sets it apart from the hint of a cart.
    ordered: Ordered,
}

const RETRY_S: u32 = 5;
/// Tries after which the reconciliation is left to find it.
const PATIENCE: u32 = 20;

/// Tells the stock. Nobody waits for that: whether something was reserved is nothing to whoever has ordered.
pub fn ordered(env: &Env, shop: ShopId, cart: CartId, ordered: Ordered) {
    let env = env.clone();
    wasm_bindgen_futures::spawn_local(async move {
        let hint = Hint {
            shop,
            cart,
            ordered,
        };
        if tell(&hint, &env).await.is_err()
            && let Err(problem) = super::send(&env.relay(), &hint, &JsValue::UNDEFINED).await
        {
            crate::telemetry::error("stock_not_told", &problem.to_string());
        }
    });
}

/// Reads a hint; `None` when the message is another one.
pub fn read(body: &str) -> Option<Hint> {
    serde_json::from_str(body).ok()
}

/// Tells the stock; `Some(seconds)` to be called again.
pub async fn consume(hint: &Hint, attempts: u32, env: &Env) -> Option<u32> {
    match tell(hint, env).await {
        Err(problem) if attempts < PATIENCE => {
            crate::telemetry::error("stock_not_told", &problem.to_string());
            Some(RETRY_S)
        }
        _ => None,
    }
}

async fn tell(hint: &Hint, env: &Env) -> Result<(), Problem> {
    let Hint {
        shop,
        cart,
        ordered,
    } = *hint;
    ask_stock(env, shop, &StockInput::Ordered { cart, ordered }).await?;
    Ok(())
}
