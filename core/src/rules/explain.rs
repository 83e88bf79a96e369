//! Why a rule came out as it did.

use super::outcome::Outcome;
use super::proof::{Judged, Leaf};
use alloc::{format, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// How a rule came out, and the smallest set of its tests that decided it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Explanation {
    /// How it came out.
    pub outcome: Outcome,
    /// The tests that decided it, in the rule's order: whatever its other tests had said, the outcome would be the same.
    pub because: Vec<Finding>,
}

/// What one test saw.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// The test's place in the rule, such as `all[1].cart_value`.
    pub path: String,
    /// How the test came out; under a `not` this is the test's own outcome.
    pub outcome: Outcome,
    /// Part of a sentence: `the cart's value was 42.00 EUR, below 50.00 EUR`.
    pub words: String,
}

impl Explanation {
    pub(super) fn of(judged: &Judged, leaves: Vec<Leaf>) -> Self {
        let deciding = judged.deciding();
        let because = leaves
            .into_iter()
            .enumerate()
            .filter(|(n, _)| deciding.binary_search(n).is_ok())
            .map(|(_, leaf)| Finding {
                path: leaf.path,
                outcome: leaf.outcome,
                words: leaf.words,
            })
            .collect();
        Self {
            outcome: judged.outcome(),
            because,
        }
    }

    /// The reasons as one part of a sentence, without a full stop. Of a rule whose outcome is unknown it names what is not known.
    pub fn sentence(&self) -> String {
        let mut parts: Vec<&str> = Vec::new();
        for finding in &self.because {
            let tells = self.outcome != Outcome::Unknown || finding.outcome == Outcome::Unknown;
            if tells && !parts.contains(&finding.words.as_str()) {
                parts.push(&finding.words);
            }
        }
        match parts.split_last() {
            None => String::from("there was nothing to test"),
            Some((last, [])) => String::from(*last),
            Some((last, before)) => format!("{}; and {last}", before.join("; ")),
        }
    }
}
