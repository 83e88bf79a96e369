//! HubSpot's custom events (`POST /events/v3/send`,
//! <https://developers.hubspot.com/docs/api-reference/legacy/events/send-event-data/guide>). Of events of one name with one `uuid` within a
//! year the first alone is taken. An event belongs to a contact, and workflows begin for contacts that were there before it alone
//! (<https://knowledge.hubspot.com/workflows/set-event-enrollment-triggers>): so the contact is made first where it is not there (`POST
//! /crm/v3/objects/contacts/batch/upsert`), which may be repeated at will, and the event has happened when it is told.

use super::{Account, Event, quoted};
use crate::channels::Tried;
use crate::channels::api::{Call, STATUS_ALONE, post};
use crate::clock;
use homing_core::delivery::{FlowPlatform, Happening, Outcome, event_id};
use homing_core::shop::Carrier;

const CARRIER: Carrier = Carrier::Flow(FlowPlatform::Hubspot);

/// Tells within `left` ms.
pub async fn send(account: &Account, event: &Event<'_>, left: u64) -> Tried {
    let until = clock::now_ms().saturating_add(left);
    // Whoever is told of an end has had a beginning.
    if event.happening == Happening::Due {
        let tried = upsert(account, event, left).await;
        if !matches!(tried.outcome, Outcome::Accepted { .. }) {
            return before_the_event(tried);
        }
    }
    let left = until.saturating_sub(clock::now_ms());
    if left == 0 {
        return Tried::of(Outcome::Transient {
            code: String::from("hubspot_no_time"),
        });
    }
    let name = match event.happening {
        Happening::Due => "homing_reminder_due",
        Happening::Stopped => "homing_reminder_stopped",
    };
    let json = format!(
        r#"{{"eventName":"pe{}_{name}",{},"uuid":"{}","properties":{}}}"#,
        account.id(),
        event.person("email", "email"),
        event_id(event.key),
        event.properties,
    );
    post(call(account, "/events/v3/send", json), &STATUS_ALONE, left).await
}

async fn upsert(account: &Account, event: &Event<'_>, left: u64) -> Tried {
    let email = quoted(event.to.as_str());
    let json = format!(
        r#"{{"inputs":[{{"idProperty":"email","id":{email},"properties":{{"email":{email}}}}}]}}"#
    );
    let path = "/crm/v3/objects/contacts/batch/upsert";
    post(call(account, path, json), &STATUS_ALONE, left).await
}

/// Whatever became of the contact, nothing was told of the event.
fn before_the_event(tried: Tried) -> Tried {
    match tried.outcome {
        Outcome::Unknown { code } => Tried {
            outcome: Outcome::Transient { code },
            ..tried
        },
        outcome => Tried { outcome, ..tried },
    }
}

fn call(account: &Account, path: &str, json: String) -> Call {
    Call {
        carrier: CARRIER,
        url: format!("{}{path}", account.url),
        headers: vec![("authorization", account.bearer())],
        json,
        trace: account.trace,
    }
}
