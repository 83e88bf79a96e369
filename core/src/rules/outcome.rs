//! Met, unmet, or not to be known.

use serde::{Deserialize, Serialize};

/// How a test or a rule came out. Ordered so that `all` is the least of its members and `any` the greatest: Kleene's strong logic
/// of indeterminacy (S. C. Kleene, Introduction to Metamathematics, § 64).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// It does not hold.
    Unmet,
    /// A fact that would decide it is not known. Counts as not met, and so does its `not`.
    Unknown,
    /// It holds.
    Met,
}

impl Outcome {
    /// The outcome of a test whose facts are known.
    pub fn of(holds: bool) -> Self {
        if holds { Self::Met } else { Self::Unmet }
    }

    /// Both.
    pub fn and(self, other: Self) -> Self {
        self.min(other)
    }

    /// At least one.
    pub fn or(self, other: Self) -> Self {
        self.max(other)
    }

    /// The opposite; the opposite of unknown is unknown.
    pub fn negated(self) -> Self {
        match self {
            Self::Unmet => Self::Met,
            Self::Unknown => Self::Unknown,
            Self::Met => Self::Unmet,
        }
    }

    /// Whether something may happen because of it.
    pub fn is_met(self) -> bool {
        self == Self::Met
    }
}
