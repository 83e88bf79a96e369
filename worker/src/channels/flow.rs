//! Marketing platforms: one file each. Each is told of an event about a person whom it knows by an address or a number, and a flow of its
//! own does the rest. Keys are the shop's own, from its connection.

pub mod attentive;
mod braze;
mod hubspot;
mod klaviyo;
pub mod people;

use super::Tried;
use super::api::not_configured;
use crate::config::{Deployment, ShopView};
use crate::connections::Connections;
use homing_core::account::Account as Keys;
use homing_core::delivery::{Body, FlowPlatform, Frozen, Happening, Whom};
use homing_core::money::Money;
use homing_core::shop::Carrier;
use homing_core::traceparent::TraceId;
use js_sys::Date;
use std::rc::Rc;

/// A shop's account at a platform.
pub struct Account {
    /// Where its API is.
    url: String,
    keys: Rc<Keys>,
    /// Told as `traceparent`.
    trace: Option<TraceId>,
}

impl Account {
    fn token(&self) -> &str {
        self.keys.get("access_token").unwrap_or_default()
    }

    fn bearer(&self) -> String {
        format!("Bearer {}", self.token())
    }

    /// The account's id.
    fn id(&self) -> &str {
        self.keys.get("account").unwrap_or_default()
    }
}

/// An event as each platform is told of it.
pub struct Event<'a> {
    to: &'a Whom,
    happening: Happening,
    /// A JSON object.
    properties: &'a str,
    total: Option<Money>,
    /// The delivery's name: the same however often it is told.
    key: &'a str,
    /// When, in ISO 8601.
    at: String,
}

impl Event<'_> {
    /// The person as a field of JSON, `"email":"…"`, by the platform's own names for an address and a number.
    fn person(&self, address: &str, number: &str) -> String {
        let (name, contact) = match self.to {
            Whom::Address(email) => (address, email.as_str()),
            Whom::Number(phone) => (number, phone.as_str()),
        };
        format!("\"{name}\":{}", quoted(contact))
    }
}

/// The account that the shop has connected; `Err` is the try that ends here, which may work later.
pub fn account(
    deployment: &Deployment,
    shop: Option<&ShopView>,
    (platform, trace): (FlowPlatform, Option<TraceId>),
) -> Result<Account, Tried> {
    let none = || Tried {
        was_called: false,
        ..not_configured(Carrier::Flow(platform))
    };
    let connections = &shop.ok_or_else(none)?.connections;
    let keys = keys(deployment, connections, platform).ok_or_else(none)?;
    Ok(account_with(deployment, platform, &keys, trace))
}

/// What opens the shop's account for messages; `None` where it is not connected, or not enough for them.
pub fn keys(
    deployment: &Deployment,
    connections: &Connections,
    platform: FlowPlatform,
) -> Option<Rc<Keys>> {
    let keys = connections.account(platform.name(), &deployment.keys);
    let keys = keys.unwrap_or_else(|problem| {
        crate::telemetry::error("connection_unreadable", &problem.to_string());
        None
    });
    // The names of HubSpot's events begin with the account.
    keys.filter(|keys| platform != FlowPlatform::Hubspot || keys.get("account").is_some())
}

/// The account that these keys open.
pub fn account_with(
    deployment: &Deployment,
    platform: FlowPlatform,
    keys: &Rc<Keys>,
    trace: Option<TraceId>,
) -> Account {
    let urls = &deployment.flows;
    let url = match platform {
        FlowPlatform::Klaviyo => urls.klaviyo.clone(),
        FlowPlatform::Hubspot => deployment.services.hubspot.clone(),
        FlowPlatform::Attentive => urls.attentive.clone(),
        FlowPlatform::Braze => urls.braze.clone().unwrap_or_else(|| {
            let host = keys.get("host").unwrap_or_default();
            format!("https://{host}")
        }),
    };
    let keys = Rc::clone(keys);
    Account { url, keys, trace }
}

/// Tells a platform within `left` ms.
pub async fn send(account: &Account, platform: FlowPlatform, message: &Frozen, left: u64) -> Tried {
    let Body::Event {
        to,
        happening,
        properties,
        total,
    } = &message.body
    else {
        return super::not_buildable();
    };
    let event = Event {
        to,
        happening: *happening,
        properties,
        total: *total,
        key: &message.key,
        at: iso(message.date_ms),
    };
    match platform {
        FlowPlatform::Klaviyo => klaviyo::send(account, &event, left).await,
        FlowPlatform::Braze => braze::send(account, &event, left).await,
        FlowPlatform::Hubspot => hubspot::send(account, &event, left).await,
        FlowPlatform::Attentive => attentive::send(account, &event, left).await,
    }
}

/// A time as ISO 8601 has it, in UTC.
#[expect(
    clippy::cast_precision_loss,
    reason = "whole milliseconds of thousands of years fit"
)]
fn iso(ms: u64) -> String {
    let date = Date::new(&(ms as f64).into());
    String::from(date.to_iso_string())
}

/// A text as JSON.
fn quoted(text: &str) -> String {
    serde_json::to_string(text).unwrap_or_else(|_| String::from("\"\""))
}
