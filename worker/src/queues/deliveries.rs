//! Deliveries: claim, send, say what became of it. A message is acknowledged whatever becomes of it, because retries belong to the
//! Shopper; only under load is it put back for a while.

use crate::bindings::Env;
use crate::error::Problem;
use crate::objects::calls::{ShopperAsk, ShopperCall, ask_shopper};
use crate::{channels, clock, config, load};
use homing_core::delivery::{DeliveryKey, Outcome, retry};
use homing_core::ids::{ShopId, ShopperId};
use homing_core::object::shopper::{Input, Refused, Reply};
use homing_core::shop::Carrier;
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

/// How long a hint is put back for under load, or while a provider rests, s, and up to so much longer by its shopper: sooner than that one hints again.
const PUT_BACK_S: u32 = 8;
const PUT_BACK_SPREAD_S: u32 = 6;
/// A hint that was put back so often is dropped, before the queue takes it for a dead letter: the Shopper has hinted again, and
/// waits longer each time.
const MOST_PUT_BACK: u32 = 12;

/// Acts on a hint, seen for the `attempts`th time; `Some(seconds)` to see it again. Whatever fails here is found again by the
/// Shopper's alarm.
pub async fn consume(body: &str, attempts: u32, env: &Env) -> Option<u32> {
    let Ok(hint) = serde_json::from_str::<Hint>(body) else {
        crate::telemetry::error("hint_unreadable", body);
        return None;
    };
    if load::delays_send(clock::now_ms()) {
        return (attempts <= MOST_PUT_BACK).then(|| put_back_s(hint.shopper));
    }
    match deliver(env, &hint).await {
        Ok(true) => None,
        // Whoever could carry it rests: nothing was spent on it.
        Ok(false) => (attempts <= MOST_PUT_BACK).then(|| put_back_s(hint.shopper)),
        Err(problem) => {
            crate::telemetry::error("delivery_failed", &problem.to_string());
            None
        }
    }
}

/// Those that were put back together do not come back together.
fn put_back_s(shopper: ShopperId) -> u32 {
    let ShopperId([.., last]) = shopper;
    PUT_BACK_S.saturating_add(u32::from(last) % PUT_BACK_SPREAD_S)
}

/// `false`: there was something to send, and nobody who could carry it for now.
async fn deliver(env: &Env, hint: &Hint) -> Result<bool, Problem> {
    let Hint { shop, shopper, key } = *hint;
    let view = config::shop(env, shop).await.ok();
    let config = view.as_ref().map(|view| &view.config);
    let providers = config
        .into_iter()
        .flat_map(|config| [Some(config.provider), config.fallback]);
    let mut passage = channels::ask_circuits(providers.flatten(), clock::now_ms());
    // Where nobody could carry it, whatever the Shopper says, it is spared the question.
    let has_mail_alone =
        config.is_some_and(|config| config.sms.is_none() && config.flows.is_empty());
    let all_rest = config.is_some_and(|config| {
        let mut mailers = [Some(config.provider), config.fallback]
            .into_iter()
            .flatten();
        mailers.all(|provider| passage.resting.contains(&provider))
    });
    if has_mail_alone && all_rest {
        passage.end(None);
        return Ok(false);
    }
    let call = ShopperCall {
        shop,
        shopper,
        ask: ShopperAsk::Release {
            key,
            resting: std::mem::take(&mut passage.resting),
        },
    };
    let reply = load::release(ask_shopper(env, &call)).await;
    passage.end(match &reply {
        Ok(Reply::Go(release)) => match release.provider {
            Carrier::Email(provider) => Some(provider),
            Carrier::Sms(_) | Carrier::Flow(_) => None,
        },
        _ => None,
    });
    let release = match reply? {
        Reply::Go(release) => release,
        reply => return Ok(reply != Reply::Refused(Refused::Resting)),
    };
    let deployment = config::deployment(env)?;
    let tried = channels::send(env, &deployment, view.as_deref(), &release).await;
    let waits_ms = config
        .and_then(|config| config.retry_ms.clone())
        .unwrap_or_else(|| retry::DEFAULT_WAITS_MS.to_vec());
    // Where another provider takes over, that one has not asked for anything.
    let is_mail = matches!(release.provider, Carrier::Email(_));
    let has_second = is_mail && config.is_some_and(|config| config.fallback.is_some());
    let is_bound = !has_second || matches!(tried.outcome, Outcome::Unknown { .. });
    let asked_ms = tried.retry_after_ms.filter(|_| is_bound);
    let waits_ms = retry::at_least(&waits_ms, asked_ms.unwrap_or(0));
    report(
        env,
        shop,
        shopper,
        key,
        release.attempt,
        tried.outcome,
        waits_ms,
    )
    .await?;
    Ok(true)
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

#[cfg(test)]
mod tests {
    use super::*;

    /// A Shopper hints again after fifteen seconds; a hint that is put back for longer would only meet its successor.
    #[test]
    fn a_hint_that_was_put_back_comes_before_the_next_one() {
        let waits = (0..=255).map(|last| {
            let mut id = [7; 16];
            id[15] = last;
            put_back_s(ShopperId(id))
        });
        assert!(waits.clone().all(|wait| wait < 15));
        assert_eq!(waits.collect::<std::collections::BTreeSet<_>>().len(), 6);
    }
}
