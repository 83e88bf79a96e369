//! Deliveries: claim, send, say what became of it. A message is acknowledged whatever becomes of it, because retries belong to the
//! Shopper; only under load is it put back for a while.

use crate::bindings::Env;
use crate::channels::{Circuit, Tried};
use crate::error::Problem;
use crate::objects::calls::{ShopperAsk, ShopperCall, ask_shopper};
use crate::platforms::{self, Answer};
use crate::{channels, clock, config, load, short_links};
use homing_core::channel::Channel;
use homing_core::delivery::{DeliveryKey, Outcome, retry};
use homing_core::ids::{ShopId, ShopperId};
use homing_core::object::shopper::{Input, Refused, Reply};
use homing_core::shop::{Carrier, ShopConfig};
use homing_core::traceparent::TraceId;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// A delivery that is due.
#[derive(Clone, Serialize, Deserialize)]
pub struct Hint {
    shop: ShopId,
    shopper: ShopperId,
    key: DeliveryKey,
    /// The trace that it goes under.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trace: Option<String>,
    /// Whether it can only go as a mail: while nobody carries mails its Shopper is not asked.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    mail: bool,
    /// The push service that it would go to, by host, where that one rested: as long as it does its Shopper is not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    service: Option<String>,
    /// The same of who carries texts, or of the marketing platform.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    carrier: Option<Carrier>,
}

impl Hint {
    /// Says that a delivery is due, with its trace, and whether it can only go as a mail.
    pub fn new(
        (shop, shopper, key): (ShopId, ShopperId, DeliveryKey),
        (trace, mail): (Option<TraceId>, bool),
    ) -> Self {
        Self {
            shop,
            shopper,
            key,
            trace: trace.map(|trace| trace.to_string()),
            mail,
            service: None,
            carrier: None,
        }
    }

    /// Puts it into the queue.
    pub async fn put(&self, env: &Env) -> Result<(), Problem> {
        super::put(&env.deliveries(), self, 0).await
    }

    fn trace(&self) -> Option<TraceId> {
        self.trace.as_deref().and_then(TraceId::parse)
    }
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
        Ok(Delivered::Done) => None,
        // Whoever could carry it rests: nothing was spent on it.
        Ok(Delivered::Rests) => (attempts <= MOST_PUT_BACK).then(|| put_back_s(hint.shopper)),
        Ok(Delivered::RestsAs(hint)) => put_back(&hint, env).await,
        Err(problem) => {
            crate::telemetry::error_in(hint.trace(), "delivery_failed", &problem.to_string());
            None
        }
    }
}

/// Whether a message is a hint.
pub fn is_hint(body: &str) -> bool {
    serde_json::from_str::<Hint>(body).is_ok()
}

/// What came of a hint.
enum Delivered {
    /// There is nothing more to do about it.
    Done,
    /// There is something to send, and nobody who could carry it for now.
    Rests,
    /// The same, and it was found out only by asking the Shopper how it would go: a hint that says so.
    RestsAs(Hint),
}

/// Puts a hint back that says what was found out, so that its Shopper is not asked in vain again and again.
async fn put_back(hint: &Hint, env: &Env) -> Option<u32> {
    let delay_s = put_back_s(hint.shopper);
    let put = super::put(&env.deliveries(), hint, delay_s).await;
    // The one that came is as good, only dearer.
    put.is_err().then_some(delay_s)
}

/// Those that were put back together do not come back together.
fn put_back_s(shopper: ShopperId) -> u32 {
    let ShopperId([.., last]) = shopper;
    PUT_BACK_S.saturating_add(u32::from(last) % PUT_BACK_SPREAD_S)
}

async fn deliver(env: &Env, hint: &Hint) -> Result<Delivered, Problem> {
    let Hint {
        shop, shopper, key, ..
    } = *hint;
    let view = config::shop(env, shop).await.ok();
    let config = view.as_ref().map(|view| &view.config);
    let by = |channel| {
        let carriers =
            config.map(|config| [config.carrier(channel), config.second_carrier(channel)]);
        carriers.into_iter().flatten().flatten()
    };
    let mailers: Vec<Carrier> = by(Channel::Email).collect();
    let carriers: Vec<Carrier> = mailers.iter().copied().chain(by(Channel::Sms)).collect();
    let notifies = config.is_some_and(|config| config.push.is_some());
    let mut passage = channels::ask_circuits(shop, &carriers, notifies, clock::now_ms());
    // Where nobody could carry it, whatever the Shopper says, it is spared the question.
    // A recall is told to a flow's platform, whoever writes what now.
    let is_mail = !key.is_recall()
        && config.is_some_and(|config| {
            hint.mail && config.flows.is_empty() || !may_be_no_mail(config, key)
        });
    let all_rest =
        config.is_some() && (mailers.iter()).all(|mailer| passage.resting.contains(mailer));
    let service_rests =
        (hint.service.as_ref()).is_some_and(|service| passage.services.contains(service));
    let carrier_rests = (hint.carrier).is_some_and(|carrier| passage.resting.contains(&carrier));
    if is_mail && all_rest || service_rests || carrier_rests {
        passage.end(None);
        return Ok(Delivered::Rests);
    }
    let call = ShopperCall {
        shop,
        shopper,
        ask: ShopperAsk::Release {
            key,
            resting: std::mem::take(&mut passage.resting),
            resting_services: std::mem::take(&mut passage.services),
        },
    };
    let reply = load::release(ask_shopper(env, &call)).await;
    let circuit = match &reply {
        Ok(Reply::Go(release)) => Circuit::of(shop, release.provider, &release.message),
        _ => None,
    };
    passage.end(circuit.as_ref());
    let found = match reply? {
        Reply::Go(release) => Ok(release),
        Reply::Refused(Refused::Resting) => Err((true, None, None)),
        Reply::Rests { service } => Err((false, Some(service), None)),
        Reply::RestsBy { carrier } => Err((false, None, Some(carrier))),
        _ => return Ok(Delivered::Done),
    };
    let release = match found {
        Ok(release) => release,
        Err((mail, service, carrier)) => {
            let is_known = (hint.mail, &hint.service, hint.carrier) == (mail, &service, carrier);
            if is_known {
                return Ok(Delivered::Rests);
            }
            return Ok(Delivered::RestsAs(Hint {
                mail,
                service,
                carrier,
                ..hint.clone()
            }));
        }
    };
    let deployment = config::deployment(env)?;
    // What the message promises is there before it is.
    let (tried, is_code) = match platforms::make_code(env, &deployment, shop, &release).await {
        Ok(()) => match short_links::keep(env, &deployment, &release.message.body).await {
            Ok(()) => {
                let shop = (shop, view.as_deref());
                let tried = channels::send(env, &deployment, shop, &release).await;
                (tried, false)
            }
            Err(problem) => {
                if let Some(circuit) = &circuit {
                    channels::give_back(circuit);
                }
                (no_link(hint.trace(), &problem), false)
            }
        },
        Err(answer) => {
            if let Some(circuit) = &circuit {
                channels::give_back(circuit);
            }
            let go_without = config.is_some_and(|config| config.platform.without_code);
            (no_code(answer, go_without), true)
        }
    };
    let waits_ms = config.map_or(&retry::DEFAULT_WAITS_MS[..], ShopConfig::waits_ms);
    // Where another provider takes over, that one has not asked for anything.
    let is_flows = matches!(release.provider, Carrier::Flow(_));
    let second = config.and_then(|config| config.second_carrier(release.message.body.channel()));
    let has_second = !is_flows && second.is_some();
    let outcome = if second == Some(release.provider) {
        unless_refused(tried.outcome)
    } else {
        tried.outcome
    };
    let is_bound = !has_second || is_code || matches!(outcome, Outcome::Unknown { .. });
    let trace = release.trace.or_else(|| hint.trace());
    let detail = format!("{} {}", release.message.key, told(&outcome));
    crate::telemetry::passed(trace, "delivery_tried", &detail);
    let asked_ms = tried.retry_after_ms.filter(|_| is_bound);
    let waits_ms = retry::at_least(waits_ms, asked_ms.unwrap_or(0));
    report(env, shop, shopper, key, release.attempt, outcome, waits_ms).await?;
    Ok(Delivered::Done)
}

/// Whether a sequence of the shop as it is now could send this step as something else than a mail. Whoever is under way on an older version
/// of one that could waits a little for nothing.
fn may_be_no_mail(config: &ShopConfig, key: DeliveryKey) -> bool {
    let steps = config
        .sequences
        .iter()
        .filter_map(|sequence| sequence.steps.get(usize::from(key.step)));
    let mut channels = steps.flat_map(|step| &step.channels);
    // A flow may write any step in the shop's stead.
    !config.flows.is_empty()
        || channels.any(|channel| match channel {
            Channel::Email => false,
            Channel::Sms => config.sms.is_some(),
            Channel::Push => config.push.is_some(),
        })
}

/// What a second provider refuses may be for reasons of its own (a sender that is not verified there, a number that has not subscribed
/// there), and the first one may take it once it is back: the schedule goes on.
fn unless_refused(outcome: Outcome) -> Outcome {
    match outcome {
        Outcome::Rejected {
            code,
            recipient: false,
        } => Outcome::Transient { code },
        outcome => outcome,
    }
}

/// What became of a try, in one word.
fn told(outcome: &Outcome) -> &str {
    match outcome {
        Outcome::Accepted { .. } => "accepted",
        Outcome::Transient { code }
        | Outcome::Rejected { code, .. }
        | Outcome::OptedOut { code }
        | Outcome::NoCode { code, .. }
        | Outcome::Unknown { code } => code,
    }
}

/// What becomes of a message whose code could not be made: it was offered to nobody.
fn no_code(answer: Answer, go_without: bool) -> Tried {
    match answer {
        Answer::Later { why, after_ms } => Tried {
            retry_after_ms: after_ms,
            ..Tried::of(Outcome::Transient {
                code: format!("code_{why}"),
            })
        },
        Answer::Refused(code) => Tried::of(Outcome::NoCode { code, go_without }),
        Answer::Found(_) => Tried::of(Outcome::NoCode {
            code: String::from("not_made"),
            go_without,
        }),
    }
}

/// What becomes of a text whose link leads nowhere yet: it was offered to nobody.
fn no_link(trace: Option<TraceId>, problem: &Problem) -> Tried {
    crate::telemetry::error_in(trace, "short_link_unkept", &problem.to_string());
    Tried::of(Outcome::Transient {
        code: String::from("short_link_unkept"),
    })
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

    #[test]
    fn what_a_second_provider_refuses_of_a_message_goes_on_and_of_a_recipient_does_not() {
        let rejected = |recipient| Outcome::Rejected {
            code: String::from("attentive_400"),
            recipient,
        };
        let goes_on = Outcome::Transient {
            code: String::from("attentive_400"),
        };
        assert_eq!(unless_refused(rejected(false)), goes_on);
        assert_eq!(unless_refused(rejected(true)), rejected(true));
    }

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
