//! A shop's configuration, validated once where it enters.

use crate::catalogue::is_web_url;
use crate::contact::Email;
use crate::money::Currency;
use crate::sequence::{Step, Thresholds, default_sequence};
use alloc::{format, string::String, vec::Vec};
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
    /// When a cart counts as left.
    #[serde(default)]
    pub thresholds: Thresholds,
    /// What is sent.
    #[serde(default = "default_sequence")]
    pub sequence: Vec<Step>,
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
    /// Longest sequence.
    pub const MAX_STEPS: usize = 12;

    /// Reads and checks a configuration.
    pub fn parse(json: &[u8]) -> Result<Self, FieldError> {
        let config: Self = serde_json::from_slice(json).map_err(|error| FieldError {
            field: String::from("body"),
            reason: format!("{error}"),
        })?;
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
        if self.sequence.len() > Self::MAX_STEPS {
            return wrong("sequence", "at most 12 steps");
        }
        let mut before = 0;
        for (n, step) in self.sequence.iter().enumerate() {
            if step.after_ms < before || step.after_ms > 90 * 24 * 3_600_000 {
                return wrong(
                    &format!("sequence[{n}].after_ms"),
                    "not before the step before it, and within 90 days",
                );
            }
            before = step.after_ms;
            if let Some(offer) = &step.offer {
                let code = (1..=40).contains(&offer.code.len())
                    && offer
                        .code
                        .bytes()
                        .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
                if !code {
                    return wrong(
                        &format!("sequence[{n}].offer.code"),
                        "1 to 40 letters, digits, - or _",
                    );
                }
                if !(1..=100).contains(&offer.percent) {
                    return wrong(&format!("sequence[{n}].offer.percent"), "1 to 100");
                }
            }
        }
        if self.thresholds.cart_ms < 1_000 || self.thresholds.checkout_ms < 1_000 {
            return wrong("thresholds", "at least 1000 ms each");
        }
        if self.retry_ms.as_ref().is_some_and(|waits| {
            waits.is_empty() || waits.len() > 12 || waits.iter().any(|ms| *ms < 100)
        }) {
            return wrong("retry_ms", "1 to 12 waits of at least 100 ms");
        }
        Ok(())
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
        let hours: Vec<u64> = config
            .sequence
            .iter()
            .map(|step| step.after_ms / 3_600_000)
            .collect();
        assert_eq!(hours, [24, 48, 72]);
        assert_eq!(config.sequence[1].offer.as_ref().unwrap().percent, 10);
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
            ("\"currency\"", "\"curency\"", "body"),
        ] {
            let error = ShopConfig::parse(json().replacen(from, to, 1).as_bytes()).unwrap_err();
            assert_eq!(error.field, field);
        }
    }
}
