//! Webhooks of platforms, each on its own: one that fails is tried again, less and less often, and does not hold up the others.
//! After the last try it is kept where a person sees it. Repeats change nothing, so a message may come twice.

use super::{MAX_DELAY_S, backoff_s, put_text};
use crate::bindings::{Env, QueueProducer};
use crate::error::Problem;
use crate::intake::{self, Failure, Fate, Parcel, Unopened, Webhook};
use crate::objects::calls::{KeptState, ShopInput, ask_shop};
use crate::telemetry;
use homing_core::ids::ShopId;

/// The last try of a webhook about a basket: half an hour after it came. What it says is old by then, and the next one says more.
pub const BASKET_TRIES: u32 = 10;
/// The last try of one about an order: after about a day.
pub const ORDER_TRIES: u32 = 100;

const FIRST_DELAY_S: u32 = 2;

/// Puts a webhook, as [`intake::pack`] made it, into a queue.
pub async fn put(producer: &QueueProducer, message: &str) -> Result<(), Problem> {
    put_text(producer, message, 0).await
}

/// Takes one message, tried for the `attempts`th time of at most `most`; `Some(seconds)` to see it again.
pub async fn consume(body: &str, attempts: u32, most: u32, env: &Env) -> Option<u32> {
    let parcel = match serde_json::from_str::<Parcel>(body) {
        Ok(parcel) => parcel,
        Err(error) => {
            // Perhaps of a later version that was rolled back. The queue gives it up in the end, and then it goes round until that is back.
            telemetry::error("webhook_unreadable", &error.to_string());
            return Some(MAX_DELAY_S);
        }
    };
    let again = Some(backoff_s(FIRST_DELAY_S, attempts));
    let webhook = match intake::unpack(env, &parcel).await {
        Ok(webhook) => webhook,
        Err(Unopened::Gone("done_with")) => return None,
        Err(Unopened::Gone(why)) => return lost(env, &parcel, why).await.and(again),
        Err(Unopened::Missing) if attempts >= most => {
            return lost(env, &parcel, "missing").await.and(again);
        }
        Err(Unopened::Missing) => return again,
        Err(Unopened::Later(problem)) => {
            telemetry::error("webhook_failed", &problem.to_string());
            return again;
        }
    };
    match act(env, parcel.shop, &webhook, attempts >= most).await {
        Ok(()) => None,
        Err(Failure::Later {
            detail, after_s, ..
        }) => {
            telemetry::error_in(Some(webhook.trace), "webhook_failed", &detail);
            // Never sooner than its turn: all that were put off together come back together, and each time counts.
            again.map(|delay| delay.max(after_s.unwrap_or(0)))
        }
        Err(Failure::NotUnderstood(why)) => {
            telemetry::error_in(Some(webhook.trace), "webhook_failed", &why.to_string());
            again
        }
    }
}

/// What a webhook held cannot be had any more: a person is told that it came. `Some`: nobody could be told, so it has to be tried again.
async fn lost(env: &Env, parcel: &Parcel, why: &str) -> Option<()> {
    let detail = format!("{} {why}", parcel.platform);
    telemetry::error_in(Some(parcel.trace()), "webhook_lost", &detail);
    let kept = intake::keep_lost(env, parcel, why).await;
    if let Err(problem) = &kept {
        telemetry::error("webhook_lost", &problem.to_string());
    }
    match kept {
        // A shop that is not there any more has nobody to be told.
        Ok(()) | Err(Problem::UnknownShop(_)) => None,
        Err(_) => Some(()),
    }
}

/// A message that the queue has given up: it is kept now, or tried again until it can be. `None`: it is none of these.
pub async fn revive(body: &str, env: &Env) -> Option<Option<u32>> {
    let parcel: Parcel = serde_json::from_str(body).ok()?;
    let again = Some(Some(MAX_DELAY_S));
    let webhook = match intake::unpack(env, &parcel).await {
        Ok(webhook) => webhook,
        Err(Unopened::Gone("done_with")) => return Some(None),
        Err(Unopened::Gone(why)) => {
            return Some(lost(env, &parcel, why).await.and(Some(MAX_DELAY_S)));
        }
        // It has been waited for as long as the queue had it.
        Err(Unopened::Missing) => {
            return Some(lost(env, &parcel, "missing").await.and(Some(MAX_DELAY_S)));
        }
        Err(Unopened::Later(_)) => return again,
    };
    match act(env, parcel.shop, &webhook, true).await {
        Ok(()) => Some(None),
        Err(_) => again,
    }
}

/// Does what a webhook says, or keeps it where that cannot be done, or not this time and this is the last.
async fn act(env: &Env, shop: ShopId, webhook: &Webhook, is_last: bool) -> Result<(), Failure> {
    let (state, code, path) = match intake::take(env, shop, webhook).await {
        Ok(Fate::Done) => {
            let detail = format!("{} {}", webhook.platform.as_str(), webhook.topic);
            telemetry::passed(Some(webhook.trace), "webhook_taken", &detail);
            if let Some(id) = &webhook.kept {
                ask_shop(env, shop, &ShopInput::Let(id.clone())).await?;
            }
            return Ok(());
        }
        Ok(Fate::Asked(what)) => (KeptState::Open, what, String::new()),
        Err(Failure::NotUnderstood(why)) => (KeptState::Kept, why.code.as_str(), why.path),
        Err(Failure::Later { code, detail, .. }) if is_last => {
            telemetry::error("webhook_given_up", &detail);
            (KeptState::Kept, code, String::new())
        }
        Err(later) => return Err(later),
    };
    intake::keep(env, shop, webhook, state, code, &path).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{BASKET_TRIES, FIRST_DELAY_S, ORDER_TRIES, backoff_s};

    fn all(tries: u32) -> u32 {
        (1..tries)
            .map(|attempts| backoff_s(FIRST_DELAY_S, attempts))
            .sum()
    }

    #[test]
    fn a_basket_is_tried_for_half_an_hour_and_an_order_for_a_day() {
        assert!((900..2_700).contains(&all(BASKET_TRIES)));
        assert!((20 * 3_600..25 * 3_600).contains(&all(ORDER_TRIES)));
    }
}
