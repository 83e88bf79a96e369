//! Why a customer did not buy, noted in the shop's own record of them. A queue tries it a few times; nothing waits for it, and nothing is
//! lost with it: the answer stands with the Shopper.

use super::{Answer, Platforms};
use crate::bindings::Env;
use crate::config::{self, ShopView};
use crate::error::Problem;
use crate::objects::calls::{ShopperAsk, ShopperCall, ask_shopper};
use crate::queues::backoff_s;
use crate::queues::relay::Message;
use homing_core::ids::{ShopId, ShopperId};
use homing_core::object::shopper::{Input, Reply};
use homing_core::platform::api::Ask;
use homing_core::survey;
use homing_core::traceparent::TraceId;

/// How long the platform may take, ms.
const LIMIT_MS: u64 = 10_000;
const FIRST_DELAY_S: u32 = 5;
/// The last try: after about an hour.
const TRIES: u32 = 12;

/// Has the reason noted, where the shop is connected to a platform. What fails here is not worth an answer of its own.
pub async fn later_if_connected(env: &Env, shop: &ShopView, shopper: ShopperId) {
    let platform = config::deployment(env)
        .and_then(|deployment| Platforms::of_view(&deployment, shop).map(|found| found.is_some()));
    if !platform.unwrap_or(false) {
        return;
    }
    // Ids only: what, and the address, are asked for when they are needed, so that a late try writes the latest answer.
    let message = Message::Answered {
        shop: shop.id,
        shopper,
    };
    if let Err(problem) = message.put(env, 0).await {
        crate::telemetry::error("tag_failed", &problem.to_string());
    }
}

/// Notes the reason; `Some(seconds)` to try again.
pub async fn consume(who: (ShopId, ShopperId), attempts: u32, env: &Env) -> Option<u32> {
    let after_s = match write(who, env).await {
        Ok(Answer::Found(_)) => return None,
        Ok(Answer::Refused(why)) => {
            crate::telemetry::error("tag_refused", &why);
            return None;
        }
        Ok(Answer::Later { why, after_ms }) => {
            crate::telemetry::error("tag_failed", why);
            after_ms.map_or(0, |ms| u32::try_from(ms.div_ceil(1_000)).unwrap_or(0))
        }
        Err(problem) => {
            crate::telemetry::error("tag_failed", &problem.to_string());
            0
        }
    };
    (attempts < TRIES).then(|| backoff_s(FIRST_DELAY_S, attempts).max(after_s.min(12 * 3_600)))
}

async fn write((id, shopper): (ShopId, ShopperId), env: &Env) -> Result<Answer, Problem> {
    let refused = |why| Ok(Answer::Refused(String::from(why)));
    let shop = config::shop(env, id).await?;
    let deployment = config::deployment(env)?;
    let Some(platform) = Platforms::of_view(&deployment, &shop)? else {
        return refused("not_connected");
    };
    let asked = |input| ShopperCall {
        shop: id,
        shopper,
        ask: ShopperAsk::Step(input),
    };
    let Reply::Profile(profile) = ask_shopper(env, &asked(Input::Profile)).await? else {
        return refused("shopper_unknown");
    };
    let Reply::View(view) = ask_shopper(env, &asked(Input::Read)).await? else {
        return refused("shopper_unknown");
    };
    // The answer was given behind a message: the latest one's.
    let trace = view
        .deliveries
        .iter()
        .rev()
        .find_map(|one| one.trace.as_deref());
    let platform = platform.under(trace.and_then(TraceId::parse));
    let reason = view
        .answered
        .and_then(|(code, _)| survey::Answer::parse(&code));
    let Some(reason) = reason else {
        return refused("no_answer");
    };
    let Some(email) = profile.email.and_then(|email| email.parse().ok()) else {
        return refused("no_address");
    };
    Ok(platform.ask(Ask::Tag { email, reason }, LIMIT_MS).await)
}

#[cfg(test)]
mod tests {
    use super::{FIRST_DELAY_S, TRIES, backoff_s};

    #[test]
    fn a_note_is_tried_for_about_an_hour() {
        let waits = (1..TRIES).map(|attempts| backoff_s(FIRST_DELAY_S, attempts));
        let all: u32 = waits.sum();
        assert!((3_000..4_800).contains(&all), "{all}");
    }
}
