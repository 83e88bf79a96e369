//! Postmark's webhooks (<https://postmarkapp.com/developer/webhooks/webhooks-overview>).

use super::machine::is_machine;
use super::time::epoch_ms;
use super::{Callback, DELIVERY_TAG, Unreadable, parsed};
use crate::delivery::Feedback;
use alloc::{borrow::Cow, string::String};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Event<'a> {
    #[serde(borrow)]
    record_type: Cow<'a, str>,
    metadata: Option<Metadata>,
    /// Of a bounce.
    #[serde(rename = "Type")]
    kind: Option<String>,
    user_agent: Option<String>,
    suppress_sending: Option<bool>,
    suppression_reason: Option<String>,
    origin: Option<String>,
    delivered_at: Option<String>,
    bounced_at: Option<String>,
    received_at: Option<String>,
    changed_at: Option<String>,
}

/// Values may be numbers where somebody else has set them; ours is a text.
#[derive(Deserialize)]
struct Metadata {
    #[serde(rename = "homing")]
    delivery: Option<String>,
}

const _: () = assert!(matches!(DELIVERY_TAG.as_bytes(), b"homing"));

pub(super) fn read(body: &str) -> Result<Callback, Unreadable> {
    let event: Event<'_> = parsed(body)?;
    let machine = event.user_agent.as_deref().is_some_and(is_machine);
    let feedback = match &*event.record_type {
        "Delivery" => Some(Feedback::Delivered),
        "Open" => Some(Feedback::Opened { machine }),
        "Click" => Some(Feedback::Clicked { machine }),
        "SpamComplaint" => Some(Feedback::Complained),
        "Bounce" => bounce(event.kind.as_deref().unwrap_or("")),
        // What a bounce or a complaint led to is told by its own record; what the recipient asked for is told here alone.
        "SubscriptionChange" => {
            let by_recipient = event.origin.as_deref() == Some("Recipient")
                && event.suppression_reason.as_deref() == Some("ManualSuppression");
            (event.suppress_sending == Some(true) && by_recipient).then_some(Feedback::Unsubscribed)
        }
        _ => None,
    };
    let at = event
        .delivered_at
        .or(event.bounced_at)
        .or(event.received_at)
        .or(event.changed_at);
    let mut callback = Callback::default();
    let name = event.metadata.and_then(|metadata| metadata.delivery);
    callback.take(name.as_deref(), feedback, at.as_deref().and_then(epoch_ms));
    Ok(callback)
}

/// What Postmark calls a bounce is more than that (<https://postmarkapp.com/developer/api/bounce-api#bounce-types>).
fn bounce(kind: &str) -> Option<Feedback> {
    match kind {
        "HardBounce" | "BadEmailAddress" => Some(Feedback::Bounced { hard: true }),
        "SoftBounce" | "Transient" | "DnsError" | "Undeliverable" => {
            Some(Feedback::Bounced { hard: false })
        }
        "SpamComplaint" => Some(Feedback::Complained),
        "Unsubscribe" | "ManuallyDeactivated" => Some(Feedback::Unsubscribed),
        "SpamNotification"
        | "Blocked"
        | "SMTPApiError"
        | "InboundError"
        | "DMARCPolicy"
        | "TemplateRenderingFailed"
        | "VirusNotification" => Some(Feedback::Failed),
        // Automatic answers, address changes, challenges, and kinds that are still to come.
        _ => None,
    }
}
