//! What is sent, and when.

use alloc::{string::String, vec, vec::Vec};
use serde::{Deserialize, Serialize};

/// One message of a sequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    /// How long after the shopper's last activity, ms.
    pub after_ms: u64,
    /// Which message.
    pub template: Template,
    /// What is offered.
    #[serde(default)]
    pub offer: Option<Offer>,
}

/// The messages that exist.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Template {
    /// You left something.
    Reminder,
    /// Here is a code.
    Offer,
    /// This is the last message.
    LastChance,
}

impl Template {
    /// Its name on the wire.
    pub fn name(self) -> &'static str {
        match self {
            Self::Reminder => "reminder",
            Self::Offer => "offer",
            Self::LastChance => "last_chance",
        }
    }
}

/// A code and what it takes off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    /// What the shopper enters, or the shop applies.
    pub code: String,
    /// Percent off.
    pub percent: u8,
}

/// How long a cart must rest before it counts as left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thresholds {
    /// A cart, ms after its last activity.
    pub cart_ms: u64,
    /// A checkout under way, ms after its last activity.
    pub checkout_ms: u64,
}

const HOUR: u64 = 3_600_000;

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            cart_ms: HOUR,
            checkout_ms: HOUR / 2,
        }
    }
}

/// The default sequence: a reminder after a day, ten percent after two, a last word after three.
pub fn default_sequence() -> Vec<Step> {
    let code = Offer {
        code: String::from("COMEBACK10"),
        percent: 10,
    };
    vec![
        Step {
            after_ms: 24 * HOUR,
            template: Template::Reminder,
            offer: None,
        },
        Step {
            after_ms: 48 * HOUR,
            template: Template::Offer,
            offer: Some(code.clone()),
        },
        Step {
            after_ms: 72 * HOUR,
            template: Template::LastChance,
            offer: Some(code),
        },
    ]
}
