//! What an arm changes about the messages.

use crate::sequence::Sequence;
use crate::sequence::{Offer, Step};
use crate::shop::FieldError;
use alloc::{format, string::String};
use serde::{Deserialize, Serialize};

/// What an arm changes. What is left out stays as the shop's configuration has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Changes {
    /// Which step of the sequence, counted from 0; `None`: all of them.
    pub step: Option<u8>,
    /// The subject, 1 to 150 characters.
    pub subject: Option<String>,
    /// Texts in the message.
    pub content: Option<Content>,
    /// What is offered.
    pub offer: Option<OfferChange>,
    /// How long after the shopper's last activity, ms; needs `step`.
    pub delay_ms: Option<u64>,
    /// Through which channel.
    pub channel: Option<Channel>,
}

/// Texts in a message, plain; each replaces the template's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Content {
    /// The headline, 1 to 150 characters.
    pub headline: Option<String>,
    /// The sentences below it, 1 to 1,000 characters.
    pub intro: Option<String>,
    /// The button's text, 1 to 40 characters.
    pub button: Option<String>,
}

/// What becomes of a step's offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum OfferChange {
    /// There is none.
    Remove,
    /// It is this one.
    Replace {
        /// What the shopper enters, or the shop applies.
        code: String,
        /// Percent off.
        percent: u8,
    },
}

/// How a message reaches a shopper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// By email.
    Email,
    /// By SMS.
    Sms,
    /// By Web Push.
    Push,
}

impl Changes {
    /// Whether step `place`, counted from 0, is changed.
    pub fn concern(&self, place: usize) -> bool {
        self.step.is_none_or(|step| usize::from(step) == place)
    }

    /// Step `place`, counted from 0, as the arm has it: its wait and its offer. Subject, content and channel are no part of a
    /// step.
    pub fn applied(&self, place: usize, step: &Step) -> Step {
        let mut changed = step.clone();
        if self.concern(place) {
            if let Some(delay_ms) = self.delay_ms {
                changed.after_ms = delay_ms;
            }
            match &self.offer {
                None => {}
                Some(OfferChange::Remove) => changed.offer = None,
                Some(OfferChange::Replace { code, percent }) => {
                    changed.offer = Some(Offer {
                        code: code.clone(),
                        percent: *percent,
                    });
                }
            }
        }
        changed
    }

    /// Checks the changes, which stand at `path`.
    pub(super) fn check(&self, path: &str) -> Result<(), FieldError> {
        let at = |field: &str, reason: &str| Err(wrong(&format!("{path}.{field}"), reason));
        if self
            .step
            .is_some_and(|step| usize::from(step) >= Sequence::MAX_STEPS)
        {
            return at("step", "0 to 11");
        }
        let content = self.content.as_ref();
        let texts = [
            ("subject", self.subject.as_ref(), 150),
            (
                "content.headline",
                content.and_then(|c| c.headline.as_ref()),
                150,
            ),
            (
                "content.intro",
                content.and_then(|c| c.intro.as_ref()),
                1_000,
            ),
            (
                "content.button",
                content.and_then(|c| c.button.as_ref()),
                40,
            ),
        ];
        for (field, text, most) in texts {
            let fits = |text: &String| {
                !text.trim().is_empty()
                    && text.chars().count() <= most
                    && !text.chars().any(char::is_control)
            };
            if !text.is_none_or(fits) {
                return at(
                    field,
                    &format!("1 to {most} characters, without control characters"),
                );
            }
        }
        if let Some(OfferChange::Replace { code, percent }) = &self.offer {
            let legal = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_');
            if !(1..=40).contains(&code.len()) || !code.bytes().all(legal) {
                return at("offer.replace.code", "1 to 40 letters, digits, - or _");
            }
            if !(1..=100).contains(percent) {
                return at("offer.replace.percent", "1 to 100");
            }
        }
        if let Some(delay_ms) = self.delay_ms {
            if delay_ms > 90 * 24 * 3_600_000 {
                return at("delay_ms", "within 90 days");
            }
            if self.step.is_none() {
                return at("step", "given, where delay_ms is");
            }
        }
        Ok(())
    }
}

/// The field at `field` is wrong.
pub(super) fn wrong(field: &str, reason: &str) -> FieldError {
    FieldError {
        field: String::from(field),
        reason: String::from(reason),
    }
}
