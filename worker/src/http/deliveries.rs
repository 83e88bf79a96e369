//! `GET /v1/deliveries`: what a person should see: dead letters, sends of unknown outcome, what waits for approval, answers to surveys, and
//! messages that came back or were complained of.

use super::{merchant, text_of};
use crate::bindings::{Env, Request};
use crate::error::Problem;
use crate::objects::calls::{ShopInput, ShopReply, ask_shop};
use homing_core::scopes::Scope;
use serde::Serialize;

const STATES: [&str; 13] = [
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
            let listed = reports.into_iter().map(|(shopper, report)| Listed {
                shopper: shopper.to_string(),
                conversation: report.key.conversation,
                step: report.key.step,
                state: report.state,
                code: report.code,
                at: report.at,
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
