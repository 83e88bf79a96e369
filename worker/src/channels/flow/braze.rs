//! Braze's events (`POST /users/track`, <https://www.braze.com/docs/api/endpoints/user_data/post_user_track/>). A person whom it does not
//! know yet becomes a profile with the address or the number. Each event that it takes is one of its own, so nothing is told twice.

use super::{Account, Event, quoted};
use crate::answers::Answer;
use crate::channels::Tried;
use crate::channels::api::{Call, Reading, post};
use homing_core::delivery::FlowPlatform;
use homing_core::shop::Carrier;
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Processed {
    #[serde(default)]
    events_processed: Option<u32>,
    #[serde(default)]
    errors: Vec<Box<RawValue>>,
}

const READING: Reading = Reading {
    id: |_| None,
    name: |_| None,
    refuses,
};

/// A success may have errors: what they concern was left out. There is one event in a call.
fn refuses(answer: &Answer) -> bool {
    let processed: Option<Processed> = serde_json::from_str(&answer.body).ok();
    processed.is_some_and(|it| !it.errors.is_empty() && it.events_processed.unwrap_or(0) == 0)
}

/// Tells within `left` ms.
pub async fn send(account: &Account, event: &Event<'_>, left: u64) -> Tried {
    let json = format!(
        r#"{{"events":[{{{},"name":{},"time":"{}","properties":{}}}]}}"#,
        event.person("email", "phone"),
        quoted(event.happening.name()),
        event.at,
        event.properties,
    );
    let call = Call {
        carrier: Carrier::Flow(FlowPlatform::Braze),
        url: format!("{}/users/track", account.url),
        headers: vec![("authorization", account.bearer())],
        json,
        trace: account.trace,
    };
    post(call, &READING, left).await
}
