//! Why a cart was left, as far as it can be told.

use super::choice::{OneOf, Spoken};
use super::sight::{Sight, listed};
use crate::document::Problems;
use alloc::{collections::BTreeMap, format, string::String};
use serde::{Deserialize, Serialize};

/// Why a cart was left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Reason {
    /// Shipping cost more than expected.
    ShippingCost,
    /// The shopper compares prices.
    PriceComparison,
    /// Buying was too much work.
    Complexity,
    /// Something did not work.
    TechnicalFailure,
    /// The device did not suit.
    DeviceMismatch,
    /// Nothing was to be bought.
    JustLooking,
}

impl Spoken for Reason {
    fn spoken(&self) -> String {
        String::from(match self {
            Self::ShippingCost => "shipping cost",
            Self::PriceComparison => "price comparison",
            Self::Complexity => "complexity",
            Self::TechnicalFailure => "technical failure",
            Self::DeviceMismatch => "device mismatch",
            Self::JustLooking => "just looking",
        })
    }
}

/// One of these reasons is likely enough: their probabilities, which exclude each other, add up to at least so much.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object with any_of")]
pub struct ReasonTest {
    /// The reasons.
    pub any_of: OneOf<Reason>,
    /// How likely they must be together, whole percent, 1 to 100; 50 where nothing is said.
    #[serde(default = "half")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    pub at_least_percent: u8,
}

fn half() -> u8 {
    50
}

impl ReasonTest {
    pub(super) fn see(&self, seen: Option<&BTreeMap<Reason, u8>>) -> Sight {
        let listed = listed(&self.any_of.0, Spoken::spoken);
        let what = format!("the likelihood of {listed} as the reason");
        let Some(seen) = seen else {
            return Sight::unknown(&what);
        };
        let percent = self.any_of.0.iter().fold(0_u16, |sum, reason| {
            sum.saturating_add(u16::from(seen.get(reason).copied().unwrap_or(0)))
        });
        let holds = percent >= u16::from(self.at_least_percent);
        let place = if holds { "at least" } else { "below" };
        let limit = self.at_least_percent;
        Sight::new(holds, format!("{what} was {percent} %, {place} {limit} %"))
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        problems.field("any_of", |problems| self.any_of.check(problems));
        problems.within("at_least_percent", Some(self.at_least_percent), 1..=100);
    }
}
