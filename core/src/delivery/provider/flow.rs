//! Marketing platforms: they are told what is due, and a flow of their own sends. Contracts: `docs/flows.md`.

use super::{HOUR_MS, Most, Proof, Refusal, Repeats, Row, TIMEOUT_MS, any};
use crate::channel::Channel;
use serde::{Deserialize, Serialize};

/// A marketing platform whose own flow sends in the shop's stead.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum FlowPlatform {
    /// Klaviyo's flows.
    Klaviyo,
    /// Braze's canvases and campaigns.
    Braze,
    /// HubSpot's workflows.
    Hubspot,
    /// Attentive's journeys.
    Attentive,
}

/// Refusals of who tells all by the status.
const NAMELESS: &[Refusal] = &[
    any(429, 429, Proof::Transient),
    // Keys are for the merchant to put right.
    any(401, 401, Proof::Transient),
    any(403, 403, Proof::Transient),
    any(400, 499, Proof::Rejected),
];

const KLAVIYO: Row = Row {
    name: "klaviyo",
    title: "Klaviyo",
    // "If the unique_id is repeated for the same profile and metric, only the first processed event will be recorded": no end of
    // that is named, so it is relied on for no longer than tries last.
    repeats: Repeats::Within(48 * HOUR_MS),
    timeout_ms: TIMEOUT_MS,
    most: Most::Bytes(5_000_000),
    refusals: NAMELESS,
    source: "developers.klaviyo.com: Create Event, Rate limits, status codes, and errors",
};

const BRAZE: Row = Row {
    name: "braze",
    title: "Braze",
    // Each event that it takes in has an id of its own: a repeat is an event more.
    repeats: Repeats::Never,
    timeout_ms: TIMEOUT_MS,
    most: Most::Bytes(51_200),
    refusals: &[
        any(401, 401, Proof::Transient),
        any(403, 403, Proof::Transient),
        any(404, 404, Proof::Transient),
        any(429, 429, Proof::Transient),
        any(400, 400, Proof::Rejected),
        any(413, 413, Proof::Rejected),
    ],
    source: "braze.com/docs/api: Track users, Event object, Errors, Rate limits",
};

const HUBSPOT: Row = Row {
    name: "hubspot",
    title: "HubSpot",
    // Of events with one `uuid` within a year the first is accepted; it is relied on for no longer than tries last.
    repeats: Repeats::Within(48 * HOUR_MS),
    timeout_ms: TIMEOUT_MS,
    most: Most::Untold,
    refusals: NAMELESS,
    source: "developers.hubspot.com: Send an event occurrence, Upsert contacts",
};

const ATTENTIVE: Row = Row {
    name: "attentive",
    title: "Attentive",
    // It takes an `externalEventId`, and nowhere says that a repeated one is left out.
    repeats: Repeats::Never,
    timeout_ms: TIMEOUT_MS,
    most: Most::Untold,
    refusals: &[
        any(401, 401, Proof::Transient),
        any(403, 403, Proof::Transient),
        any(404, 404, Proof::Transient),
        any(429, 429, Proof::Transient),
        any(400, 400, Proof::Rejected),
    ],
    source: "docs.attentive.com: Custom Events, Messages API, API rate limits",
};

impl FlowPlatform {
    /// All of them, in the order of the table. The place of each stands in stored keys, see
    /// [`crate::delivery::DeliveryKey::recall`]: a new one comes last.
    pub const ALL: [Self; 4] = [Self::Klaviyo, Self::Braze, Self::Hubspot, Self::Attentive];

    /// Its row.
    pub fn row(self) -> &'static Row {
        match self {
            Self::Klaviyo => &KLAVIYO,
            Self::Braze => &BRAZE,
            Self::Hubspot => &HUBSPOT,
            Self::Attentive => &ATTENTIVE,
        }
    }

    /// Its name in configurations, codes and paths.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The platform of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// Whether it knows people by what a channel leads to. HubSpot tells events of addresses alone, and nobody knows a browser.
    pub fn carries(self, channel: Channel) -> bool {
        match channel {
            Channel::Email => true,
            Channel::Sms => self != Self::Hubspot,
            Channel::Push => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_name_of_its_own_that_serde_knows_as_well() {
        for platform in FlowPlatform::ALL {
            assert_eq!(FlowPlatform::named(platform.name()), Some(platform));
            let json = alloc::format!("\"{}\"", platform.name());
            let read: FlowPlatform = serde_json::from_str(&json).unwrap();
            assert_eq!(read, platform);
        }
        assert_eq!(FlowPlatform::named("pigeon"), None);
    }

    #[test]
    fn what_nobody_documents_proves_nothing_and_what_is_busy_has_taken_nothing() {
        for platform in FlowPlatform::ALL {
            let row = platform.row();
            for status in [0, 302, 500, 502, 503, 504] {
                assert_eq!(
                    row.proof(status, ""),
                    Proof::Nothing,
                    "{platform:?} {status}"
                );
            }
            assert_eq!(row.proof(429, ""), Proof::Transient, "{platform:?}");
            assert_eq!(row.proof(401, ""), Proof::Transient, "{platform:?}");
            assert_eq!(row.proof(400, ""), Proof::Rejected, "{platform:?}");
        }
    }
}
