//! A shop's configuration, validated once where it enters.

use crate::calendar::{
    Cap, Caps, DAY_MS, HOUR_MS, QuietHours, Season, Zone, check_quiet_hours, check_seasons,
};
use crate::catalogue::is_web_url;
use crate::channel::Channel;
use crate::contact::Email;
use crate::document::{Problems, read};
use crate::experiment::Holdout;
use crate::money::Currency;
use crate::sequence::{Document, Sequence, Thresholds, standard};
use alloc::{format, string::String, vec, vec::Vec};
use serde::{Deserialize, Serialize};

/// What a merchant decides. Unknown fields are refused, so that a typing error does not silently do nothing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ShopConfig {
    /// The shop's name, as shoppers know it.
    pub name: String,
    /// Origins that may use the publishable key, such as `https://shop.example`.
    pub origins: Vec<String>,
    /// Where recovery links lead; the token is appended as fragment.
    pub restore_url: String,
    /// The shop's currency.
    pub currency: Currency,
    /// BCP 47 locale of the messages.
    #[serde(default = "english")]
    pub locale: String,
    /// Who writes to shoppers.
    pub sender: Sender,
    /// Through whom.
    #[serde(default)]
    pub provider: Provider,
    /// When a cart, a checkout or a product that was looked at counts as left.
    #[serde(default)]
    pub thresholds: Thresholds,
    /// What is sent, when and to whom; a sequence with the highest priority whose trigger and rule fit is taken.
    #[serde(default = "standard")]
    pub sequences: Vec<Sequence>,
    /// The shop's time zone, an IANA name: where seasons begin, and whose night counts for shoppers of whom no zone is known.
    #[serde(default = "utc")]
    pub time_zone: Zone,
    /// When nothing is sent, by the shopper's own clock. What falls into them waits.
    #[serde(default)]
    pub quiet_hours: Vec<QuietHours>,
    /// How many messages a shopper gets at most, over all channels and sequences. What is over waits.
    #[serde(default = "default_caps")]
    pub caps: Caps,
    /// Shoppers who are never written to, so that what the messages bring can be measured, in basis points: 500 are 5 %.
    #[serde(default = "default_holdout")]
    pub holdout_bp: u16,
    /// How far a message may be put off to the hour at which its shopper is usually there, ms; 0: not at all.
    #[serde(default = "default_usual_hour")]
    pub usual_hour_ms: u64,
    /// Times of the year with other caps, sequences and offers.
    #[serde(default)]
    pub seasons: Vec<Season>,
    /// Waits between tries of one delivery, ms; the default stands in `delivery::retry`.
    #[serde(default)]
    pub retry_ms: Option<Vec<u64>>,
    /// Opens the sandbox endpoints, which show a cart's inner state to its own browser.
    #[serde(default)]
    pub sandbox: bool,
    /// Stops every send.
    #[serde(default)]
    pub paused: bool,
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

/// The holdout's name among the experiments.
const HOLDOUT: &str = "holdout";

/// Who writes to shoppers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Sender {
    /// Display name.
    pub name: String,
    /// Address that mails come from.
    pub email: String,
    /// Postal address; the law of several countries wants it in each mail.
    #[serde(default)]
    pub postal_address: String,
}

/// Who carries emails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// The deployment's own SMTP server.
    #[default]
    Smtp,
    /// Resend's HTTP API.
    Resend,
}

impl Provider {
    /// For how long, in ms, the provider recognises a repeated idempotency key; `None`: it knows no such key, so a try whose
    /// outcome is unknown is never repeated. Resend: 24 hours (its API reference, "Idempotency Keys").
    pub fn idempotency_window_ms(self) -> Option<u64> {
        match self {
            Self::Smtp => None,
            Self::Resend => Some(24 * 3_600_000),
        }
    }

    /// Whether it carries messages by `channel`.
    pub fn carries(self, channel: Channel) -> bool {
        match self {
            Self::Smtp | Self::Resend => channel == Channel::Email,
        }
    }
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
    /// Reads and checks a configuration.
    pub fn parse(json: &[u8]) -> Result<Self, FieldError> {
        let text = core::str::from_utf8(json).map_err(|_| FieldError {
            field: String::from("body"),
            reason: String::from("text in UTF-8"),
        })?;
        let config: Self = read(text, "")?;
        config.check()?;
        Ok(config)
    }

    fn check(&self) -> Result<(), FieldError> {
        let wrong = |field: &str, reason: &str| {
            Err(FieldError {
                field: String::from(field),
                reason: String::from(reason),
            })
        };
        if self.name.trim().is_empty()
            || self.name.len() > 100
            || self.name.chars().any(char::is_control)
        {
            return wrong("name", "1 to 100 characters");
        }
        if self.origins.is_empty() || self.origins.len() > 50 {
            return wrong("origins", "1 to 50 origins");
        }
        if let Some(n) = self.origins.iter().position(|origin| !is_origin(origin)) {
            return wrong(
                &format!("origins[{n}]"),
                "an origin such as https://shop.example, without a path",
            );
        }
        if !is_web_url(&self.restore_url) || self.restore_url.contains('#') {
            return wrong("restore_url", "an https URL without a fragment");
        }
        if self.sender.name.trim().is_empty()
            || self.sender.name.len() > 100
            || self.sender.name.chars().any(char::is_control)
        {
            return wrong("sender.name", "1 to 100 characters");
        }
        if self.sender.email.parse::<Email>().is_err() {
            return wrong("sender.email", "an email address");
        }
        if self.sender.postal_address.len() > 300 {
            return wrong("sender.postal_address", "at most 300 bytes");
        }
        let mut problems = Problems::at("");
        Document::check(&self.sequences, &mut problems);
        if let Some(first) = problems.into_errors().into_iter().next() {
            return Err(first);
        }
        check_quiet_hours(&self.quiet_hours, "quiet_hours")?;
        self.caps.check("caps")?;
        check_seasons(&self.seasons, "seasons")?;
        for (n, season) in self.seasons.iter().enumerate() {
            let known = season.changes.sequence.as_ref().is_none_or(|id| {
                self.sequences
                    .iter()
                    .any(|sequence| sequence.id.as_str() == id)
            });
            if !known {
                return wrong(
                    &format!("seasons[{n}].changes.sequence"),
                    "the id of one of the shop's sequences",
                );
            }
        }
        if self.holdout_bp > 10_000 {
            return wrong("holdout_bp", "0 to 10000");
        }
        if self.usual_hour_ms > 24 * HOUR_MS {
            return wrong("usual_hour_ms", "at most 86400000, one day");
        }
        if !self.thresholds.are_allowed() {
            return wrong("thresholds", "at least 1000 ms each");
        }
        if self.retry_ms.as_ref().is_some_and(|waits| {
            waits.is_empty() || waits.len() > 12 || waits.iter().any(|ms| *ms < 100)
        }) {
            return wrong("retry_ms", "1 to 12 waits of at least 100 ms");
        }
        Ok(())
    }

    /// The holdout.
    pub fn holdout(&self) -> Option<Holdout> {
        Holdout::with_id(HOLDOUT).map(|holdout| Holdout {
            share_bp: self.holdout_bp,
            ..holdout
        })
    }

    /// Whether a page of `origin` may use this shop's publishable keys.
    pub fn allows_origin(&self, origin: &str) -> bool {
        self.origins.iter().any(|allowed| allowed == origin)
    }
}

fn is_origin(text: &str) -> bool {
    is_web_url(text)
        && text
            .split_once("://")
            .is_some_and(|(_, rest)| !rest.contains(['/', '?', '#']))
        && text == text.to_ascii_lowercase()
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
pub(crate) mod tests {
    use super::*;

    pub(crate) fn json() -> String {
        String::from(
            r#"{"name":"Hearth","origins":["https://shop.example"],"restore_url":"https://shop.example/cart","currency":"EUR","sender":{"name":"Hearth","email":"hello@shop.example","postal_address":"1 Lane"}}"#,
        )
    }

    #[test]
    fn defaults_are_the_production_sequence() {
        let config = ShopConfig::parse(json().as_bytes()).unwrap();
        let [sequence] = config.sequences.as_slice() else {
            panic!("one sequence");
        };
        let hours: Vec<u64> = sequence
            .steps
            .iter()
            .map(|step| step.after_ms / 3_600_000)
            .collect();
        assert_eq!(hours, [24, 48, 72]);
        assert_eq!(sequence.steps[1].offer.as_ref().unwrap().percent, 10);
        assert_eq!(config.holdout_bp, 500);
        assert!(!config.sandbox);
    }

    #[test]
    fn a_wrong_field_is_named() {
        for (from, to, field) in [
            (
                "https://shop.example\"]",
                "https://shop.example/x\"]",
                "origins[0]",
            ),
            (
                "https://shop.example/cart",
                "javascript:alert(1)",
                "restore_url",
            ),
            ("hello@shop.example", "hello", "sender.email"),
            (
                "\"name\":\"Hearth\",\"origins\"",
                "\"name\":\"\",\"origins\"",
                "name",
            ),
            ("\"currency\"", "\"curency\"", "curency"),
            (
                "\"currency\"",
                "\"time_zone\":\"Europe/Atlantis\",\"currency\"",
                "time_zone",
            ),
            (
                "\"currency\"",
                "\"sequences\":[{\"id\":\"a\",\"version\":1,\"name\":\"A\",\"trigger\":{\"cart\":{}},\"steps\":[{\"after_ms\":1,\"template\":\"offer\"}]}],\"currency\"",
                "sequences[0].steps[0].offer",
            ),
        ] {
            let error = ShopConfig::parse(json().replacen(from, to, 1).as_bytes()).unwrap_err();
            assert_eq!(error.field, field);
        }
    }

    #[test]
    fn a_configuration_is_read_as_it_was_written() {
        let config = ShopConfig::parse(json().as_bytes()).unwrap();
        let written = serde_json::to_string(&config).unwrap();
        assert_eq!(ShopConfig::parse(written.as_bytes()), Ok(config.clone()));
        let stored = crate::object::codec::encode(&config).unwrap();
        assert_eq!(
            crate::object::codec::decode::<ShopConfig>(&stored).unwrap(),
            config
        );
    }
}
