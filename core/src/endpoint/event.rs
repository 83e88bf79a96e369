//! What endpoints are told.

use super::{Endpoint, Trouble};
use crate::bytes::to_hex;
use crate::error::Invalid;
use crate::ids::{ShopperId, first_16};
use crate::object::shopper::Report;
use crate::stock::{Cause, Reservation};
use crate::traceparent::TraceId;
use alloc::{
    format,
    string::{String, ToString},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// One thing that happened, as every endpoint hears it. It names no person: who may know asks the API by the ids.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// The same however often it is told: `webhook-id`.
    pub id: String,
    /// What happened, such as `delivery.dead_lettered`.
    pub kind: String,
    /// When, epoch ms.
    pub at: u64,
    /// More about it, JSON.
    pub data: String,
    /// The trace that it belongs to; what was written down before there were any has none.
    // Never left out: between objects it goes in a form that has no names.
    #[serde(default)]
    pub trace: Option<String>,
}

impl Event {
    /// What `POST /v1/endpoints/{id}/test` sends.
    pub const TEST: &'static str = "endpoint.test";

    /// An endpoint was switched off, because it took nothing: the shop's other endpoints hear of it.
    pub const DISABLED: &'static str = "endpoint.disabled";

    /// A reservation was ended or lessened, because its cart did not need it any more.
    pub const RECONCILED: &'static str = "reservation.reconciled";

    /// What the desk hears of a message to a shopper. One report makes one event, however often it comes.
    pub fn of_report(shopper: ShopperId, report: &Report, trace: Option<TraceId>) -> Self {
        let Report {
            key,
            state,
            code,
            at,
        } = report;
        // States and codes are words of ours, without anything that would need escaping.
        let data = format!(
            r#"{{"shopper":"{shopper}","conversation":{},"step":{},"state":"{state}","code":"{}"}}"#,
            key.conversation,
            key.step,
            code.replace(['"', '\\'], "")
        );
        // Of what is no message the state names the family as well.
        let (family, state) = match state.as_str() {
            "answered" => ("survey", "answered"),
            state => match state.split_once('_') {
                Some((family @ ("audience" | "alert"), rest)) => (family, rest),
                _ => ("delivery", state),
            },
        };
        Self::of_data(&format!("{family}.{state}"), *at, data, trace)
    }

    /// What a reconciliation did to a reservation.
    pub fn of_reservation(reservation: &Reservation) -> Self {
        let Reservation {
            id, state, cause, ..
        } = reservation;
        // Names of reservations, like our own words, hold nothing that would need escaping.
        let cart = reservation.cart.map(|cart| format!(r#","cart":"{cart}""#));
        let data = format!(
            r#"{{"reservation":"{}","state":"{}","cause":"{}"{}}}"#,
            id.as_str(),
            state.name(),
            cause.map_or("", Cause::name),
            cart.unwrap_or_default()
        );
        Self::of_data(
            Self::RECONCILED,
            reservation.reconciled_at.unwrap_or_default(),
            data,
            None,
        )
    }

    /// That `endpoint` was switched off at `at`, epoch ms.
    pub fn of_disabled(endpoint: &Endpoint, at: u64) -> Self {
        let because = match endpoint.health.off {
            Some(Trouble::Gone) => "gone",
            Some(Trouble::Merchant) => "merchant",
            Some(Trouble::Failing) | None => "failing",
        };
        let since = endpoint.health.failing_since.unwrap_or(at);
        let data = format!(
            r#"{{"endpoint":"{}","because":"{because}","failing_since":{since}}}"#,
            endpoint.id
        );
        Self::of_data(Self::DISABLED, at, data, None)
    }

    /// The same thing at the same time is the same event.
    fn of_data(kind: &str, at: u64, data: String, trace: Option<TraceId>) -> Self {
        let digest = Sha256::new()
            .chain_update(at.to_be_bytes())
            .chain_update(&data)
            .finalize();
        Self {
            id: format!("evt_{}", to_hex(&first_16(&digest))),
            kind: String::from(kind),
            at,
            data,
            trace: trace.map(|trace| trace.to_string()),
        }
    }

    /// The body, the same bytes however often it is sent.
    pub fn body(&self) -> String {
        // The parts are JSON already, or hold nothing that would need escaping.
        format!(
            r#"{{"type":"{}","timestamp":"{}","data":{}}}"#,
            self.kind,
            timestamp(self.at),
            self.data
        )
    }
}

/// RFC 3339, in UTC.
pub(super) fn timestamp(at: u64) -> String {
    let at = i64::try_from(at).unwrap_or(i64::MAX);
    jiff::Timestamp::from_millisecond(at).map_or_else(|_| String::new(), |at| at.to_string())
}

/// A kind of event that an endpoint wants to hear: `delivery.unknown`, all of a family (`delivery.*`), or everything (`*`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Interest(String);

impl Interest {
    /// Whether an event of this type is meant.
    pub fn covers(&self, kind: &str) -> bool {
        match self.0.strip_suffix('*') {
            Some(family) => kind.starts_with(family),
            None => kind == self.0,
        }
    }
}

/// Every type there is.
pub const KINDS: [&str; 19] = [
    Event::TEST,
    Event::DISABLED,
    "delivery.awaiting_approval",
    "delivery.approved",
    "delivery.rejected",
    "delivery.withdrawn",
    "delivery.sent",
    "delivery.unknown",
    "delivery.dead_lettered",
    "delivery.bounced",
    "delivery.complained",
    "delivery.replayed",
    "delivery.skipped",
    "survey.answered",
    Event::RECONCILED,
    "quote.left",
    "audience.failed",
    "alert.failed",
    "alert.unknown",
];

impl TryFrom<String> for Interest {
    type Error = Invalid;

    /// One that covers nothing is a typing error; what is stored has been read before.
    fn try_from(text: String) -> Result<Self, Invalid> {
        let family = text.strip_suffix('*');
        let is_whole = family.is_none_or(|family| family.is_empty() || family.ends_with('.'));
        let interest = Self(text);
        if is_whole && KINDS.iter().any(|kind| interest.covers(kind)) {
            Ok(interest)
        } else {
            Err(Invalid::Interest)
        }
    }
}
