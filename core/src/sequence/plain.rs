//! The one sequence of a shop's configuration: steps without conditions, sent by email.

use super::{Offer, Template};
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

const HOUR: u64 = 3_600_000;

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
