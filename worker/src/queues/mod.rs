//! Queues carry hints: ids, never people. What a platform has told of people is sealed.

pub mod deliveries;
pub mod inbound;
pub mod news;
pub mod relay;
pub mod replays;
pub mod sweep;

use crate::bindings::{Env, QueueProducer};
use crate::error::Problem;
use crate::json::text_of;
use crate::platforms::tag;
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// Takes one message, tried for the `attempts`th time; `Some(seconds)` to see it again.
pub async fn consume(queue: &str, body: &str, attempts: u32, env: &Env) -> Option<u32> {
    // Deployments may prefix their queues' names.
    if queue.ends_with("homing-deliveries") {
        deliveries::consume(body, attempts, env).await
    } else if queue.ends_with("homing-relay") {
        if let Some(hint) = news::read(body) {
            news::consume(&hint, attempts, env).await
        } else if let Some(hint) = sweep::read(body) {
            sweep::consume(&hint, env).await;
            None
        } else if let Some(hint) = replays::read(body) {
            replays::consume(&hint, attempts, env).await
        } else if let Some(note) = tag::read(body) {
            tag::consume(&note, attempts, env).await
        } else {
            relay::consume(body, attempts, env).await
        }
    } else if queue.ends_with("homing-inbound") {
        inbound::consume(body, attempts, inbound::BASKET_TRIES, env).await
    } else if queue.ends_with("homing-orders") {
        inbound::consume(body, attempts, inbound::ORDER_TRIES, env).await
    } else if let Some(again) = inbound::revive(body, env).await {
        again
    } else {
        // News and replays stand at their desk, where the sweep finds them, and there is always a next sweep.
        let is_found_again = news::read(body).is_some()
            || sweep::read(body).is_some()
            || replays::read(body).is_some()
            // A note is worth some tries, and no more.
            || tag::read(body).is_some();
        if !is_found_again && !relay::revive(body, env).await {
            crate::telemetry::error("dead_letter", body);
        }
        None
    }
}

/// Puts a message into a queue.
pub async fn put<T: Serialize>(
    producer: &QueueProducer,
    message: &T,
    options: &JsValue,
) -> Result<(), Problem> {
    let body = text_of(message)?;
    JsFuture::from(producer.send(&body, options)?).await?;
    Ok(())
}
