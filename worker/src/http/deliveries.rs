//! `GET /v1/deliveries`: what a person should see: dead letters, sends of unknown outcome, what waits for approval, answers to surveys, and
//! messages that came back or were complained of. `POST /v1/deliveries/replay`: dead letters are tried again.

use super::{body, merchant, text_of};
use crate::bindings::{Env, Request};
use crate::error::Problem;
use crate::objects::calls::{Refusals, Replay, ReplayFilter, ShopInput, ShopReply, ask_shop};
use crate::queues::replays;
use homing_core::delivery::DeliveryKey;
use homing_core::scopes::Scope;
use serde::{Deserialize, Serialize};

const STATES: [&str; 15] = [
    "sent",
    "dead_lettered",
    "unknown",
    "awaiting_approval",
    "approved",
    "withdrawn",
    "rejected",
    "answered",
    "bounced",
    "complained",
    "replayed",
    "skipped",
    "audience_failed",
    "alert_failed",
    "alert_unknown",
];

#[derive(Serialize)]
struct List {
    deliveries: Vec<Listed>,
}

#[derive(Serialize)]
struct Listed {
    shopper: String,
    conversation: u16,
    step: u8,
    state: String,
    code: String,
    at: u64,
    /// The trace of the cart that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<String>,
}

/// Lists them, newest first; `state` narrows it.
pub async fn get(request: &Request, env: &Env, query: &str) -> Result<String, Problem> {
    let (shop, _) = merchant::permitted(request, env, Scope::DeliveriesRead).await?;
    let state = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("state="))
        .filter(|state| !state.is_empty());
    if state.is_some_and(|state| !STATES.contains(&state)) {
        return Err(Problem::Body(format!(
            "`state` is one of {}",
            STATES.join(", ")
        )));
    }
    match ask_shop(env, shop, &ShopInput::Reports(state.map(str::to_owned))).await? {
        ShopReply::Reports(reports) => {
            let listed = reports.into_iter().map(|(shopper, report, trace)| Listed {
                shopper: shopper.to_string(),
                conversation: report.key.conversation,
                step: report.key.step,
                state: report.state,
                code: report.code,
                at: report.at,
                trace,
            });
            text_of(&List {
                deliveries: listed.collect(),
            })
        }
        _ => Err(Problem::Internal(String::from(
            "the shop answered something else",
        ))),
    }
}

/// Which dead letters: one, those of a filter, or all.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    shopper: Option<String>,
    conversation: Option<u16>,
    step: Option<u8>,
    /// A person has decided about this very one that it may go although it may have gone out before.
    #[serde(default)]
    despite_unknown: bool,
    #[serde(default)]
    all: bool,
    code: Option<String>,
    since: Option<u64>,
    until: Option<u64>,
}

/// Has dead letters tried again. Of many the first are asked for at once, the others by way of a queue.
pub async fn replay(request: &Request, env: &Env) -> Result<String, Problem> {
    let (shop, _) = merchant::permitted(request, env, Scope::DeliveriesWrite).await?;
    let asked: Asked = body(request, 4_096).await?;
    let has_filter = asked.code.is_some() || asked.since.is_some() || asked.until.is_some();
    match (asked.shopper, asked.conversation, asked.step) {
        (Some(shopper), Some(conversation), Some(step)) if !has_filter && !asked.all => {
            let key = DeliveryKey { conversation, step };
            let shopper = shopper.parse().map_err(|_| Problem::UnknownShopper)?;
            let refused = replays::ask(env, shop, (shopper, key), asked.despite_unknown).await?;
            let replayed = u64::from(refused.is_none());
            let refused = Refusals(refused.into_iter().map(|why| (why, 1)).collect());
            Ok(said(None, true, replayed, &refused))
        }
        (None, None, None) if (has_filter || asked.all) && !asked.despite_unknown => {
            let filter = ReplayFilter {
                code: asked.code,
                since: asked.since,
                until: asked.until,
            };
            let begun = ask_shop(env, shop, &ShopInput::Replay(filter.clone())).await?;
            let (replay, is_new) = known(begun)?;
            if !is_new && replay.as_ref().is_some_and(|one| one.filter != filter) {
                return Err(Problem::ReplayUnderWay);
            }
            Ok(shown(replays::begin(env, shop).await?.or(replay)))
        }
        _ => Err(Problem::Body(String::from(
            "either `shopper`, `conversation` and `step` say which one, or `code`, `since` and `until` or `\"all\": true` say which; \
             `despite_unknown` is said about one",
        ))),
    }
}

/// What has become of the latest wish about many.
pub async fn replaying(request: &Request, env: &Env) -> Result<String, Problem> {
    let (shop, _) = merchant::permitted(request, env, Scope::DeliveriesRead).await?;
    let (replay, _) = known(ask_shop(env, shop, &ShopInput::Replaying).await?)?;
    Ok(shown(replay))
}

fn known(reply: ShopReply) -> Result<(Option<Replay>, bool), Problem> {
    match reply {
        ShopReply::Replay(replay, is_new) => Ok((replay, is_new)),
        _ => Err(Problem::Internal(String::from(
            "the shop answered something else",
        ))),
    }
}

fn shown(replay: Option<Replay>) -> String {
    match replay {
        Some(replay) => said(
            Some(replay.begun_at),
            replay.ended_at.is_some(),
            replay.replayed,
            &replay.refused,
        ),
        None => said(None, true, 0, &Refusals::default()),
    }
}

/// The answer: of many when they were asked for, whether all have been, how many are tried again, and how many are not.
fn said(begun_at: Option<u64>, done: bool, replayed: u64, refused: &Refusals) -> String {
    let begun = begun_at.map_or_else(String::new, |at| format!(r#""begun_at":{at},"#));
    let refused = refused.json();
    format!(r#"{{{begun}"done":{done},"replayed":{replayed},"refused":{refused}}}"#)
}
