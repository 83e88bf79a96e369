//! A shop's configuration, validated once where it enters.

mod carrier;
mod check;
mod flow;
mod platform;
mod push;
mod sms;

pub use carrier::Carrier;
pub use flow::Flow;
pub use platform::PlatformRules;
pub use push::Push;
pub use sms::{Sms, SmsProvider, SmsSender};

use crate::audience::Audience;
use crate::calendar::{Cap, Caps, DAY_MS, HOUR_MS, LocalRule, QuietHours, Season, Zone};
use crate::delivery::Whom;
pub use crate::delivery::{FlowPlatform, Provider};
use crate::document::read_checked;
#[cfg(feature = "schema")]
use crate::document::text::Text;
use crate::experiment::{Experiment, Holdout};
use crate::flag::Flag;
use crate::money::Currency;
use crate::quote::QuoteAlerts;
use crate::rules::Condition;
use crate::sequence::{Sequence, Thresholds, standard};
use crate::survey::Survey;
#[cfg(feature = "schema")]
use alloc::string::ToString;
use alloc::{string::String, vec, vec::Vec};
use serde::{Deserialize, Serialize};

/// What a merchant decides. Unknown fields are refused, so that a typing error does not silently do nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(title = "Homing shop"))]
#[serde(deny_unknown_fields, expecting = "an object that describes a shop")]
pub struct ShopConfig {
    /// Where this description of the document is published. Not read.
    #[serde(rename = "$schema", default)]
    pub schema: Option<String>,
    /// The shop's name, as shoppers know it.
    #[cfg_attr(feature = "schema", schemars(with = "Text"))]
    pub name: String,
    /// Origins that may use the publishable key, such as `https://shop.example`.
    #[cfg_attr(
        feature = "schema",
        schemars(length(min = 1, max = 50), inner(regex(pattern = ORIGIN), length(max = 2_000)))
    )]
    pub origins: Vec<String>,
    /// Where recovery links lead; the token is appended as fragment.
    #[cfg_attr(
        feature = "schema",
        schemars(regex(pattern = RESTORE_URL), length(max = 2_000))
    )]
    pub restore_url: String,
    /// The shop's currency.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::currency"))]
    pub currency: Currency,
    /// BCP 47 locale of the messages.
    #[serde(default = "english")]
    pub locale: String,
    /// Who writes to shoppers.
    pub sender: Sender,
    /// Through whom.
    #[serde(default)]
    pub provider: Provider,
    /// Through whom text messages go; where nothing is said, none are sent.
    #[serde(default)]
    pub sms: Option<Sms>,
    /// How notifications are sent; where nothing is said, none are.
    #[serde(default)]
    pub push: Option<Push>,
    /// Through whom instead where the first one has provably not accepted a message, or rests. The same one again is as none.
    #[serde(default)]
    pub fallback: Option<Provider>,
    /// Which messages the flows of marketing platforms write in the shop's stead.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 20)))]
    pub flows: Vec<Flow>,
    /// When a cart, a checkout or a product that was looked at counts as left.
    #[serde(default)]
    pub thresholds: Thresholds,
    /// What is sent, when and to whom; a sequence with the highest priority whose trigger and rule fit is taken.
    #[serde(default = "standard")]
    #[cfg_attr(feature = "schema", schemars(length(max = 50)))]
    pub sequences: Vec<Sequence>,
    /// The shop's time zone, an IANA name: where seasons begin, and whose night counts for shoppers of whom no zone is known.
    #[serde(default = "utc")]
    pub time_zone: Zone,
    /// When nothing is sent, by the shopper's own clock. What falls into them waits.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 8)))]
    pub quiet_hours: Vec<QuietHours>,
    /// How many messages a shopper gets at most, over all channels and sequences. What is over waits.
    #[serde(default = "default_caps")]
    pub caps: Caps,
    /// Shoppers who are never written to, so that what the messages bring can be measured, in basis points: 500 are 5 %.
    #[serde(default = "default_holdout")]
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 10_000)))]
    pub holdout_bp: u16,
    /// How far a message may be put off to the hour at which its shopper is usually there, ms; 0: not at all.
    #[serde(default = "default_usual_hour")]
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 86_400_000)))]
    pub usual_hour_ms: u64,
    /// For how long after an order nothing is sent about what is left next, ms, at most 90 days; what falls into it waits. 0: not at all.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 7_776_000_000_u64)))]
    pub quiet_after_order_ms: u64,
    /// Hours and days at which the shop writes to nobody in a country, on top of what the country's own rules forbid.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 50)))]
    pub country_rules: Vec<LocalRule>,
    /// Switches that sequences and experiments may depend on.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 50)))]
    pub flags: Vec<Flag>,
    /// What is tried out, on whom.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 20)))]
    pub experiments: Vec<Experiment>,
    /// Times of the year with other caps, sequences and offers.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 50)))]
    pub seasons: Vec<Season>,
    /// What follows from answers to surveys.
    #[serde(default)]
    pub survey: Survey,
    /// Waits between tries of one delivery, ms; the default stands in `delivery::retry`.
    #[serde(default)]
    #[cfg_attr(
        feature = "schema",
        schemars(length(min = 1, max = 12), inner(range(min = 100)))
    )]
    pub retry_ms: Option<Vec<u64>>,
    /// Advertising audiences of shoppers who left a cart and agreed to advertising.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 8)))]
    pub audiences: Vec<Audience>,
    /// Who of the shop's own people hears of a quote that was left; where nothing is said, nobody.
    #[serde(default)]
    pub quote_alerts: Option<QuoteAlerts>,
    /// Addresses and numbers (E.164) of the shop's own people: tests of messages go there and nowhere else.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 10)))]
    pub test_recipients: Vec<String>,
    /// The address of whoever is told when something of the shop's own has to be seen to, such as an endpoint that was switched off;
    /// where nothing is said, nobody is.
    #[serde(default)]
    pub notices: Option<String>,
    /// Opens the sandbox endpoints, which show a cart's inner state to its own browser.
    #[serde(default)]
    pub sandbox: bool,
    /// Stops every send.
    #[serde(default)]
    pub paused: bool,
    /// What the connected platform is asked for.
    #[serde(default)]
    pub platform: PlatformRules,
    /// Recovery and intent links of generations of keys below this key id are refused.
    #[serde(default)]
    pub links_from_kid: u8,
    /// Serials of publishable keys that no longer work.
    #[serde(default)]
    pub revoked_publishable: Vec<u8>,
    /// Serials of secret keys that no longer work.
    #[serde(default)]
    pub revoked_secret: Vec<u8>,
}

/// What [`crate::catalogue::is_web_url`] takes and has no path, as an ECMA 262 regular expression.
#[cfg(feature = "schema")]
const ORIGIN: &str = r"^(https://[!$-.0-;=\[\]^_a-z{|}~]+|http://(127\.0\.0\.1|localhost)(:[!$-.0-;=\[\]^_a-z{|}~]*)?)$";

/// The same with a path, and without a fragment.
#[cfg(feature = "schema")]
const RESTORE_URL: &str = r"^(https://[!$-.0-;=A-Z\[\]^_a-z{|}~][!$-;=?A-Z\[\]^_a-z{|}~]*|http://(127\.0\.0\.1|localhost)([:/?][!$-;=?A-Z\[\]^_a-z{|}~]*)?)$";

/// The holdout's name among the experiments.
const HOLDOUT: &str = "holdout";

/// Who writes to shoppers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(
    deny_unknown_fields,
    expecting = "an object with name, email and postal_address"
)]
pub struct Sender {
    /// Display name.
    #[cfg_attr(feature = "schema", schemars(with = "Text"))]
    pub name: String,
    /// Address that mails come from.
    pub email: String,
    /// Postal address; the law of several countries wants it in each mail.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(max = 300)))]
    pub postal_address: String,
}

/// A field that is wrong, and why.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{field}: {reason}")]
pub struct FieldError {
    /// Path of the field.
    pub field: String,
    /// What it must be.
    pub reason: String,
}

impl ShopConfig {
    /// Reads and checks a configuration. Every error names its field's path; all are told of one whose shape is right, and the first
    /// of one whose shape is not. Never empty on `Err`.
    pub fn parse(json: &[u8]) -> Result<Self, Vec<FieldError>> {
        read_checked(json, Self::check)
    }

    /// The waits between tries of one delivery, ms.
    pub fn waits_ms(&self) -> &[u64] {
        (self.retry_ms.as_deref()).unwrap_or(&crate::delivery::retry::DEFAULT_WAITS_MS)
    }

    /// Whether the sequence may be sent to anybody: its flag, if it needs one, is on for some.
    pub fn may_use(&self, sequence: &Sequence) -> bool {
        let flag = sequence.flag.as_ref();
        flag.is_none_or(|id| Flag::named(&self.flags, id).is_some_and(Flag::is_on_for_some))
    }

    /// Whether a sequence or a step depends on who the customer is or on what was bought before.
    pub fn looks_at_customers(&self) -> bool {
        self.sequences.iter().any(|sequence| {
            let of_steps = sequence.steps.iter().map(|step| &step.when);
            let mut rules = of_steps.chain([&sequence.when]).flatten();
            rules.any(Condition::looks_at_customer)
        })
    }

    /// The holdout.
    pub fn holdout(&self) -> Option<Holdout> {
        Holdout::with_id(HOLDOUT).map(|holdout| Holdout {
            share_bp: self.holdout_bp,
            ..holdout
        })
    }

    /// Who of the shop's own people gets tests at this address or number; `None`: nobody does.
    pub fn test_recipient(&self, to: &str) -> Option<Whom> {
        let to = whom(to)?;
        let mut listed = self.test_recipients.iter().filter_map(|text| whom(text));
        listed.find(|known| *known == to)
    }

    /// Whether a page of `origin` may use this shop's publishable keys.
    pub fn allows_origin(&self, origin: &str) -> bool {
        self.origins.iter().any(|allowed| allowed == origin)
    }
}

/// An address or a number.
fn whom(text: &str) -> Option<Whom> {
    if text.contains('@') {
        text.parse().ok().map(Whom::Address)
    } else {
        text.parse().ok().map(Whom::Number)
    }
}

fn english() -> String {
    String::from("en")
}

fn utc() -> Zone {
    Zone::UTC
}

/// Room for a whole sequence and a little more, and never two messages within an hour.
fn default_caps() -> Caps {
    Caps {
        caps: vec![Cap {
            messages: 4,
            window_ms: 7 * DAY_MS,
            channels: None,
        }],
        min_gap_ms: HOUR_MS,
    }
}

fn default_holdout() -> u16 {
    500
}

fn default_usual_hour() -> u64 {
    6 * HOUR_MS
}

#[cfg(test)]
pub(crate) mod tests;
