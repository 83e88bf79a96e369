//! Resend's webhooks (<https://resend.com/docs/webhooks/event-types>).

use super::machine::is_machine;
use super::time::epoch_ms;
use super::{Callback, DELIVERY_TAG, Unreadable, parsed};
use crate::delivery::Feedback;
use alloc::{borrow::Cow, collections::BTreeMap, string::String};
use serde::Deserialize;

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    #[serde(default)]
    created_at: String,
    data: Data,
}

#[derive(Deserialize)]
struct Data {
    /// An object of names and values.
    #[serde(default)]
    tags: Option<BTreeMap<String, String>>,
    bounce: Option<Bounce>,
    click: Option<Seen>,
    open: Option<Seen>,
}

#[derive(Deserialize)]
struct Bounce {
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Seen {
    user_agent: Option<String>,
}

pub(super) fn read(body: &str) -> Result<Callback, Unreadable> {
    let event: Event<'_> = parsed(body)?;
    let Data {
        tags,
        bounce,
        click,
        open,
    } = event.data;
    let by_machine = |seen: Option<Seen>| {
        let agent = seen.and_then(|seen| seen.user_agent);
        agent.is_some_and(|agent| is_machine(&agent))
    };
    let feedback = match &*event.kind {
        "email.delivered" => Some(Feedback::Delivered),
        "email.opened" => Some(Feedback::Opened {
            machine: by_machine(open),
        }),
        "email.clicked" => Some(Feedback::Clicked {
            machine: by_machine(click),
        }),
        // "Permanently rejected", unless it says otherwise.
        "email.bounced" => Some(Feedback::Bounced {
            hard: !matches!(
                bounce.and_then(|bounce| bounce.kind).as_deref(),
                Some("Transient" | "Undetermined")
            ),
        }),
        "email.complained" => Some(Feedback::Complained),
        "email.failed" | "email.suppressed" => Some(Feedback::Failed),
        _ => None,
    };
    let mut callback = Callback::default();
    let name = tags.as_ref().and_then(|tags| tags.get(DELIVERY_TAG));
    callback.take(
        name.map(String::as_str),
        feedback,
        epoch_ms(&event.created_at),
    );
    Ok(callback)
}
