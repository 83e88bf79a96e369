//! Klaviyo's events (`POST /api/events`, <https://developers.klaviyo.com/en/reference/create_event>): JSON:API, the profile in the same
//! call. Of events with one `unique_id`, profile and metric the first alone is recorded.

use super::{Account, Event, quoted};
use crate::channels::Tried;
use crate::channels::api::{Call, STATUS_ALONE, post};
use homing_core::delivery::FlowPlatform;
use homing_core::shop::Carrier;

/// The version of the API that is spoken; each is kept for two years.
const REVISION: &str = "2026-07-15";
const JSON_API: &str = "application/vnd.api+json";

/// Tells within `left` ms.
pub async fn send(account: &Account, event: &Event<'_>, left: u64) -> Tried {
    let value = event.total.map_or_else(String::new, |total| {
        let code = total.currency.0.code();
        format!(r#""value":{},"value_currency":"{code}","#, total.decimal())
    });
    let json = format!(
        r#"{{"data":{{"type":"event","attributes":{{{value}"properties":{},"time":"{}","unique_id":"{}","metric":{{"data":{{"type":"metric","attributes":{{"name":{}}}}}}},"profile":{{"data":{{"type":"profile","attributes":{{{}}}}}}}}}}}}}"#,
        event.properties,
        event.at,
        event.key,
        quoted(event.happening.name()),
        event.person("email", "phone_number"),
    );
    let call = Call {
        carrier: Carrier::Flow(FlowPlatform::Klaviyo),
        url: format!("{}/api/events", account.url),
        headers: headers(account).into(),
        json,
        trace: account.trace,
    };
    post(call, &STATUS_ALONE, left).await
}

/// What every call carries.
pub fn headers(account: &Account) -> [(&'static str, String); 4] {
    let key = format!("Klaviyo-API-Key {}", account.token());
    [
        ("authorization", key),
        ("revision", String::from(REVISION)),
        ("content-type", String::from(JSON_API)),
        ("accept", String::from(JSON_API)),
    ]
}
