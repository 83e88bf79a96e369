//! SendGrid's event webhook (<https://www.twilio.com/docs/sendgrid/for-developers/tracking-events/event>): a list of events, of which
//! custom arguments are fields.

use super::machine::{Click, is_machine, mark_at_once};
use super::{Callback, Unreadable, parsed};
use crate::delivery::Feedback;
use alloc::{borrow::Cow, string::String, vec::Vec};
use serde::Deserialize;
use serde_json::value::RawValue;

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    timestamp: Option<u64>,
    /// [`super::DELIVERY_TAG`], as a custom argument.
    homing: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
    useragent: Option<String>,
    /// Which link was clicked.
    #[serde(borrow)]
    url: Option<Cow<'a, str>>,
    /// Set where Apple's Mail Privacy Protection opened it.
    sg_machine_open: Option<bool>,
}

pub(super) fn read(body: &str) -> Result<Callback, Unreadable> {
    let events: Vec<&RawValue> = parsed(body)?;
    let mut callback = Callback::default();
    let mut clicks = Vec::new();
    for event in events {
        // Each by itself: what one says oddly does not silence the others.
        let Ok(event) = parsed::<Event<'_>>(event.get()) else {
            callback.take(None, None, None);
            continue;
        };
        let machine = event.sg_machine_open == Some(true)
            || event.useragent.as_deref().is_some_and(is_machine);
        let feedback = match &*event.event {
            "delivered" => Some(Feedback::Delivered),
            "open" => Some(Feedback::Opened { machine }),
            "click" => Some(Feedback::Clicked { machine }),
            // A block speaks of the message or of us at this moment, not of the mailbox.
            "bounce" => Some(Feedback::Bounced {
                hard: event.kind.as_deref() != Some("blocked"),
            }),
            "dropped" => Some(Feedback::Failed),
            "spamreport" => Some(Feedback::Complained),
            "unsubscribe" | "group_unsubscribe" => Some(Feedback::Unsubscribed),
            // `processed`, `deferred`, and what is still to come.
            _ => None,
        };
        let at = event.timestamp.map(|seconds| seconds.saturating_mul(1_000));
        let place = callback.told.len();
        callback.take(event.homing.as_deref(), feedback, at);
        if matches!(feedback, Some(Feedback::Clicked { .. }))
            && callback.told.len() > place
            && let Some(link) = event.url
        {
            clicks.push(Click { place, link });
        }
    }
    mark_at_once(&mut callback.told, &clicks);
    Ok(callback)
}
