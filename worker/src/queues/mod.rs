//! Queues carry hints: ids, never people. What a platform has told of people is sealed; only the platform that runs the queues tells of
//! mails in one.

pub mod deliveries;
pub mod erasures;
pub mod inbound;
pub mod mail_events;
pub mod news;
pub mod relay;
pub mod replays;
pub mod settle;
pub mod sweep;

use crate::bindings::{Env, QueueProducer};
use crate::error::Problem;
use crate::json::text_of;
use homing_core::callback::mail_event;
use js_sys::{Object, Reflect};
use serde::Serialize;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

/// Takes one message, tried for the `attempts`th time; `Some(seconds)` to see it again.
pub async fn consume(queue: &str, body: &str, attempts: u32, env: &Env) -> Option<u32> {
    // Deployments may prefix their queues' names.
    if queue.ends_with("homing-deliveries") {
        deliveries::consume(body, attempts, env).await
    } else if queue.ends_with("homing-relay") {
        relay::consume(body, attempts, env).await
    } else if queue.ends_with("homing-inbound") {
        inbound::consume(body, attempts, inbound::BASKET_TRIES, env).await
    } else if queue.ends_with("homing-orders") {
        inbound::consume(body, attempts, inbound::ORDER_TRIES, env).await
    } else if queue.ends_with("homing-mail-events") {
        mail_events::consume(body, attempts, env).await
    } else {
        given_up(body, attempts, env).await
    }
}

/// How often a queue shows a message again before it gives it up, as `wrangler.toml` has it.
const MAX_RETRIES: u32 = 100;

/// Takes one message that a queue has given up; `Some(seconds)` to see it again.
async fn given_up(body: &str, attempts: u32, env: &Env) -> Option<u32> {
    if let Some(again) = inbound::revive(body, env).await {
        return keep_on(again, &env.orders(), body, attempts).await;
    }
    match relay::read(body) {
        Ok(message) => relay::revive(&message, env).await,
        // Its Shopper hints again by itself.
        Err(_) if deliveries::is_hint(body) => {
            crate::telemetry::error("dead_letter", "a delivery's hint");
            None
        }
        // It is about a mail that went long ago, and holds an address.
        Err(_) if mail_event(body).is_ok() => {
            crate::telemetry::error("dead_letter", "a mail's event");
            None
        }
        // It stays, and is told of each time, until a version understands it.
        Err(why) => {
            crate::telemetry::error("dead_letter", &why);
            keep_on(Some(MAX_DELAY_S), &env.inbound(), body, attempts).await
        }
    }
}

/// What nobody takes any more after its last turn is put into a queue anew, for a platform does not tell it again.
async fn keep_on(
    again: Option<u32>,
    producer: &QueueProducer,
    body: &str,
    attempts: u32,
) -> Option<u32> {
    if again.is_some()
        && attempts >= MAX_RETRIES
        && put_text(producer, body, MAX_DELAY_S).await.is_ok()
    {
        return None;
    }
    again
}

/// How long a message waits at most before it is seen again, s.
const MAX_DELAY_S: u32 = 15 * 60;

/// How long a message waits that was seen `attempts` times: twice as long each time.
pub fn backoff_s(first_s: u32, attempts: u32) -> u32 {
    first_s
        .saturating_mul(1 << attempts.saturating_sub(1).min(10))
        .min(MAX_DELAY_S)
}

/// Puts a message into a queue, to be seen in so many seconds.
async fn put<T: Serialize>(
    producer: &QueueProducer,
    message: &T,
    delay_s: u32,
) -> Result<(), Problem> {
    put_text(producer, &text_of(message)?, delay_s).await
}

/// Puts a message into a queue as it is.
async fn put_text(producer: &QueueProducer, message: &str, delay_s: u32) -> Result<(), Problem> {
    let options = Object::new();
    let name = JsValue::from_str("delaySeconds");
    Reflect::set(&options, &name, &JsValue::from(delay_s))?;
    JsFuture::from(producer.send(message, &options)?).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::backoff_s;

    #[test]
    fn waits_double_up_to_a_quarter_of_an_hour() {
        let waits = |first_s| [1, 2, 3, 6, 7, 100].map(|attempts| backoff_s(first_s, attempts));
        assert_eq!(waits(20), [20, 40, 80, 640, 900, 900]);
        assert_eq!(waits(2), [2, 4, 8, 64, 128, 900]);
    }
}
