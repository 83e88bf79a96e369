//! Queues carry hints: ids, never people.

pub mod deliveries;
pub mod news;
pub mod relay;

use crate::bindings::{Env, QueueProducer};
use crate::error::Problem;
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// Takes one message, tried for the `attempts`th time; `Some(seconds)` to see it again.
pub async fn consume(queue: &str, body: &str, attempts: u32, env: &Env) -> Option<u32> {
    // Deployments may prefix their queues' names.
    if queue.ends_with("homing-deliveries") {
        deliveries::consume(body, attempts, env).await
    } else if queue.ends_with("homing-relay") {
        match news::read(body) {
            Some(hint) => news::consume(&hint, attempts, env).await,
            None => relay::consume(body, attempts, env).await,
        }
    } else {
        // News stands at its desk, where the sweep finds it.
        if news::read(body).is_none() && !relay::revive(body, env).await {
            crate::telemetry::error("dead_letter", body);
        }
        None
    }
}

async fn send<T: Serialize>(
    producer: &QueueProducer,
    message: &T,
    options: &JsValue,
) -> Result<(), Problem> {
    let body =
        serde_json::to_string(message).map_err(|error| Problem::Internal(error.to_string()))?;
    JsFuture::from(producer.send(&body, options)?).await?;
    Ok(())
}
