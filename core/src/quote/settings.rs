//! Who hears of a quote that was left.

use crate::calendar::{DAY_MS, HOUR_MS};
use crate::document::Problems;
use crate::errand::Service;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

checked_text! {
    /// A field's API name at Salesforce.
    FieldName {
        allowed: "a field's API name such as Homing_Id__c: 1 to 80 letters, digits and _",
        pattern: r"^[A-Za-z0-9_]{1,80}$",
        check: |text| (1..=80).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
    }
}

/// Where a shop's own people are told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Desk {
    /// A task in HubSpot.
    Hubspot,
    /// A task in Salesforce.
    Salesforce,
    /// The event `quote.left` to the shop's endpoints.
    Endpoints,
}

impl From<Desk> for Service {
    fn from(desk: Desk) -> Self {
        match desk {
            Desk::Hubspot => Self::Hubspot,
            Desk::Salesforce => Self::Salesforce,
            Desk::Endpoints => Self::Endpoints,
        }
    }
}

/// Who of a shop's own people hears of a quote that was left, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(
    deny_unknown_fields,
    expecting = "an object with to, after_ms, least_minor and external_id"
)]
pub struct QuoteAlerts {
    /// Where they are told, each once a quote.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 3)))]
    pub to: Vec<Desk>,
    /// How long after the last activity a quote counts as left, ms; an hour where nothing is said.
    #[serde(default = "hour")]
    #[cfg_attr(
        feature = "schema",
        schemars(range(min = 1_000, max = 2_592_000_000_u64))
    )]
    pub after_ms: u64,
    /// Only of quotes that come to as much, in the smallest unit of the shop's currency; 0: of all.
    #[serde(default)]
    pub least_minor: u64,
    /// The field of Salesforce's `Task` that is an external id and unique: what is told twice is one task then. Where none is named, an
    /// alert of which nobody knows whether it was taken is shown as `unknown` and not told again.
    #[serde(default)]
    pub external_id: Option<FieldName>,
}

fn hour() -> u64 {
    HOUR_MS
}

impl QuoteAlerts {
    pub(crate) fn check(&self, problems: &mut Problems) {
        problems.field("to", |problems| problems.list(&self.to, 1..=3));
        problems.within("after_ms", Some(self.after_ms), 1_000..=30 * DAY_MS);
    }
}
