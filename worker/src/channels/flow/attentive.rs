//! Attentive: events that its journeys begin with (`POST /v1/events/custom`, <https://docs.attentive.com/reference/postcustomevents>), and
//! texts as they stand (`POST /v1/text/send`, <https://docs.attentive.com/docs/messages>), which its own customers may send, not its
//! partners. An event has happened when it is told: one of twelve hours ago begins no journey. Events carry an id; that a repeated one is left out is written nowhere, so nothing is told twice.

use super::{Account, Event, quoted};
use crate::channels::Tried;
use crate::channels::api::{Call, STATUS_ALONE, post};
use homing_core::contact::Phone;
use homing_core::delivery::{FlowPlatform, event_id};
use homing_core::shop::{Carrier, SmsProvider};

/// Tells within `left` ms.
pub async fn send(account: &Account, event: &Event<'_>, left: u64) -> Tried {
    let json = format!(
        r#"{{"type":{},"user":{{{}}},"externalEventId":"{}","properties":{}}}"#,
        quoted(event.happening.name()),
        event.person("email", "phone"),
        event_id(event.key),
        event.properties,
    );
    let carrier = Carrier::Flow(FlowPlatform::Attentive);
    let call = call(account, carrier, "/v1/events/custom", json);
    post(call, &STATUS_ALONE, left).await
}

/// Sends a text within `left` ms.
pub async fn text(account: &Account, to: &Phone, text: &str, left: u64) -> Tried {
    // A text with a brace in it is dropped, and nobody told.
    let text = text.replace('{', "(").replace('}', ")");
    let json = format!(
        r#"{{"to":{},"body":{},"subscriptionType":"MARKETING","useShortLinks":false}}"#,
        quoted(to.as_str()),
        quoted(&text),
    );
    let carrier = Carrier::Sms(SmsProvider::Attentive);
    let call = call(account, carrier, "/v1/text/send", json);
    post(call, &STATUS_ALONE, left).await
}

fn call(account: &Account, carrier: Carrier, path: &str, json: String) -> Call {
    Call {
        carrier,
        url: format!("{}{path}", account.url),
        headers: vec![("authorization", account.bearer())],
        json,
        trace: account.trace,
    }
}
