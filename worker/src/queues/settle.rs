//! What a Cart could not tell at once: an order that its Shopper or its parent has not taken yet. The queue repeats it, less and less
//! often, until everybody has heard.

use super::backoff_s;
use super::relay::Message;
use crate::bindings::Env;
use crate::config;
use crate::error::Problem;
use crate::objects::calls::{CartCall, ask_cart};
use homing_core::ids::{CartId, ShopId};
use homing_core::object::cart::{Input, Reply};
use homing_core::traceparent::TraceId;

/// A lease lasts twenty seconds; looking sooner would find it still open.
const FIRST_DELAY_S: u32 = 20;
/// For how long one hint in the queue is trusted before a cart sends another, ms.
pub const CHAIN_MS: u64 = 30 * 60_000;

/// Has the cart try again.
pub async fn later(env: &Env, (shop, cart): (ShopId, CartId), trace: Option<TraceId>) {
    let message = Message::Settle {
        shop,
        cart,
        trace: trace.map(|trace| trace.to_string()),
    };
    if let Err(problem) = message.put(env, FIRST_DELAY_S).await {
        // The browser still holds the event: it was not acknowledged.
        crate::telemetry::error_in(trace, "relay_failed", &problem.to_string());
    }
}

/// Has the cart try again now; `Some(seconds)` to be called again, until everybody has heard.
pub async fn consume(
    (shop, cart): (ShopId, CartId),
    trace: Option<String>,
    attempts: u32,
    env: &Env,
) -> Option<u32> {
    match settle(env, (shop, cart)).await {
        Ok(true) => None,
        Ok(false) => Some(backoff_s(FIRST_DELAY_S, attempts)),
        Err(problem) => {
            let trace = trace.as_deref().and_then(TraceId::parse);
            crate::telemetry::error_in(trace, "settle_failed", &problem.to_string());
            Some(backoff_s(FIRST_DELAY_S, attempts))
        }
    }
}

async fn settle(env: &Env, (shop, cart): (ShopId, CartId)) -> Result<bool, Problem> {
    let view = config::shop(env, shop).await?;
    let call = CartCall {
        shop,
        cart,
        input: Input::Settle,
    };
    let reply = ask_cart(env, &view.names.cart(cart), &call).await?;
    Ok(matches!(reply, Reply::Done { settled: true }))
}
