//! Amazon SES's events, published to an SNS topic and by it to us
//! (<https://docs.aws.amazon.com/ses/latest/dg/event-publishing-retrieving-sns-contents.html>).

use super::machine::is_machine;
use super::sns::is_at_sns;
use super::time::epoch_ms;
use super::{Callback, DELIVERY_TAG, Unreadable, parsed};
use crate::delivery::Feedback;
use alloc::{borrow::Cow, collections::BTreeMap, string::String, vec::Vec};
use serde::Deserialize;

/// SNS's envelope. Raw delivery has none, and nothing that SNS would have signed.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Envelope {
    #[serde(rename = "Type")]
    kind: String,
    #[serde(default)]
    message: String,
    #[serde(rename = "SubscribeURL")]
    subscribe_url: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event<'a> {
    #[serde(borrow)]
    event_type: Cow<'a, str>,
    mail: Mail,
    bounce: Option<Detail>,
    complaint: Option<Detail>,
    delivery: Option<Detail>,
    open: Option<Detail>,
    click: Option<Detail>,
    subscription: Option<Detail>,
}

#[derive(Deserialize)]
struct Mail {
    #[serde(default)]
    tags: BTreeMap<String, Vec<String>>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Detail {
    timestamp: Option<String>,
    bounce_type: Option<String>,
    user_agent: Option<String>,
}

pub(super) fn read(body: &str) -> Result<Callback, Unreadable> {
    let envelope: Envelope = parsed(body)?;
    match envelope.kind.as_str() {
        "Notification" => event(&envelope.message),
        "SubscriptionConfirmation" => Ok(Callback {
            confirm: envelope.subscribe_url.filter(|url| is_confirmation(url)),
            ..Callback::default()
        }),
        _ => Ok(Callback {
            passed_over: 1,
            ..Callback::default()
        }),
    }
}

/// Whether an address confirms a subscription at SNS itself, and nowhere else.
fn is_confirmation(url: &str) -> bool {
    is_at_sns(url, |path| path.starts_with("?Action=ConfirmSubscription&"))
}

fn event(body: &str) -> Result<Callback, Unreadable> {
    let event: Event<'_> = parsed(body)?;
    let machine = |detail: &Detail| detail.user_agent.as_deref().is_some_and(is_machine);
    let (detail, feedback) = match &*event.event_type {
        "Delivery" => (event.delivery, Some(Feedback::Delivered)),
        "Open" => {
            let machine = event.open.as_ref().is_some_and(machine);
            (event.open, Some(Feedback::Opened { machine }))
        }
        "Click" => {
            let machine = event.click.as_ref().is_some_and(machine);
            (event.click, Some(Feedback::Clicked { machine }))
        }
        "Bounce" => {
            let kind = event
                .bounce
                .as_ref()
                .and_then(|one| one.bounce_type.as_deref());
            let hard = kind == Some("Permanent");
            (event.bounce, Some(Feedback::Bounced { hard }))
        }
        "Complaint" => (event.complaint, Some(Feedback::Complained)),
        "Subscription" => (event.subscription, Some(Feedback::Unsubscribed)),
        "Reject" | "Rendering Failure" => (None, Some(Feedback::Failed)),
        // `Send`, `DeliveryDelay`, and what is still to come.
        _ => (None, None),
    };
    let at = detail.and_then(|detail| epoch_ms(detail.timestamp.as_deref()?));
    let mut callback = Callback::default();
    let tag = event.mail.tags.get(DELIVERY_TAG);
    let name = tag.and_then(|values| values.first());
    callback.take(name.map(String::as_str), feedback, at);
    Ok(callback)
}
