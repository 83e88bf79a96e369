//! What came of an experiment, in numbers that suffice for every reading of it.
//!
//! Shoppers count from the moment that they are assigned and a message is due, not from the moment that it is sent (intention
//! to treat): whether a message is sent may depend on the arm, whether it is due does not. Whoever counts makes sure that a
//! shopper is exposed once, and that what they buy is told once.

use super::name::ArmId;
use alloc::collections::BTreeMap;
use serde::{Deserialize, Serialize};

/// One arm's sums.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ArmTally {
    /// Shoppers assigned.
    pub exposures: u64,
    /// Those of them who bought since.
    pub conversions: u64,
    /// What they paid, in minor units of the shop's currency.
    pub revenue_minor: u128,
    /// The sum of the squares of what each paid, in squared minor units.
    pub revenue_squares: u128,
}

impl ArmTally {
    /// A shopper was assigned.
    pub fn expose(&mut self) {
        self.exposures = self.exposures.saturating_add(1);
    }

    /// What an exposed shopper has paid since changed from `before` to `after`, both the shopper's whole sum in minor units;
    /// `None`: has bought nothing, or nothing that was not cancelled.
    pub fn revise(&mut self, before: Option<u64>, after: Option<u64>) {
        let square = |minor: u64| u128::from(minor).saturating_mul(u128::from(minor));
        if let Some(minor) = before {
            self.conversions = self.conversions.saturating_sub(1);
            self.revenue_minor = self.revenue_minor.saturating_sub(u128::from(minor));
            self.revenue_squares = self.revenue_squares.saturating_sub(square(minor));
        }
        if let Some(minor) = after {
            self.conversions = self.conversions.saturating_add(1);
            self.revenue_minor = self.revenue_minor.saturating_add(u128::from(minor));
            self.revenue_squares = self.revenue_squares.saturating_add(square(minor));
        }
    }

    /// Adds what was counted elsewhere, of other shoppers.
    pub fn merge(&mut self, other: &Self) {
        self.exposures = self.exposures.saturating_add(other.exposures);
        self.conversions = self.conversions.saturating_add(other.conversions);
        self.revenue_minor = self.revenue_minor.saturating_add(other.revenue_minor);
        self.revenue_squares = self.revenue_squares.saturating_add(other.revenue_squares);
    }

    /// Conversions per exposure.
    pub fn conversion_rate(&self) -> Option<f64> {
        (self.exposures > 0).then(|| self.conversions as f64 / self.exposures as f64)
    }

    /// Mean revenue of an exposed shopper, minor units.
    pub fn revenue_per_exposure(&self) -> Option<f64> {
        (self.exposures > 0).then(|| self.revenue_minor as f64 / self.exposures as f64)
    }

    /// How many buyers who all pay the same would tell as much about revenue as these do: `(Σy)²/Σy²` (Kish, "Survey Sampling",
    /// 1965). At most [`ArmTally::conversions`], and far fewer where a few pay most.
    pub fn effective_payers(&self) -> f64 {
        let sum = self.revenue_minor as f64;
        if self.revenue_squares > 0 {
            sum * sum / self.revenue_squares as f64
        } else {
            0.0
        }
    }

    /// The sample variance of revenue among exposed shoppers, squared minor units: `(Σy² − n·ȳ²)/(n − 1)`. Most of them paid
    /// nothing, so that the difference does not cancel.
    pub fn revenue_variance(&self) -> Option<f64> {
        let mean = self.revenue_per_exposure()?;
        let n = self.exposures as f64;
        (self.exposures > 1)
            .then(|| ((self.revenue_squares as f64 - n * mean * mean) / (n - 1.0)).max(0.0))
    }
}

/// An experiment's sums, by arm, under one revision of its shares.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tally {
    arms: BTreeMap<ArmId, ArmTally>,
}

impl Tally {
    /// What was counted for `arm`.
    pub fn of(&self, arm: &ArmId) -> ArmTally {
        self.arms.get(arm).copied().unwrap_or_default()
    }

    /// The sums of `arm`, to be added to.
    pub fn arm_mut(&mut self, arm: &ArmId) -> &mut ArmTally {
        self.arms.entry(arm.clone()).or_default()
    }

    /// Adds what was counted elsewhere, of other shoppers: by another desk, say. Order does not matter.
    pub fn merge(&mut self, other: &Self) {
        for (arm, tally) in &other.arms {
            self.arm_mut(arm).merge(tally);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn parts_merge_to_what_was_counted_at_once(
            people in proptest::collection::vec(
                (0_usize..3, 0_usize..4, proptest::option::of(0_u64..1_000_000)), 0..60
            )
        ) {
            let arms: Vec<ArmId> = ["a", "b", "c"].map(|arm| arm.parse().unwrap()).to_vec();
            let mut whole = Tally::default();
            let mut parts = vec![Tally::default(); 4];
            for (arm, part, paid) in people {
                for tally in [&mut whole, &mut parts[part]] {
                    tally.arm_mut(&arms[arm]).expose();
                    tally.arm_mut(&arms[arm]).revise(None, paid);
                }
            }
            for order in [[0, 1, 2, 3], [3, 1, 0, 2]] {
                let mut merged = Tally::default();
                for part in order {
                    merged.merge(&parts[part]);
                }
                prop_assert_eq!(&merged, &whole);
            }
            let bytes = postcard::to_allocvec(&whole).unwrap();
            prop_assert_eq!(postcard::from_bytes::<Tally>(&bytes).unwrap(), whole);
        }

        #[test]
        fn the_variance_is_that_of_the_shoppers(
            paid in proptest::collection::vec(proptest::option::of(1_u64..100_000), 2..60)
        ) {
            let mut arm = ArmTally::default();
            for sum in &paid {
                arm.expose();
                arm.revise(None, *sum);
            }
            let values: Vec<f64> = paid.iter().map(|sum| sum.unwrap_or(0) as f64).collect();
            let n = values.len() as f64;
            let mean = values.iter().sum::<f64>() / n;
            let variance = values.iter().map(|y| (y - mean).powi(2)).sum::<f64>() / (n - 1.0);
            prop_assert!((arm.revenue_variance().unwrap() - variance).abs() <= 1e-9 * (1.0 + mean * mean * n));
        }
    }

    #[test]
    fn one_large_order_among_small_ones_tells_little() {
        let mut arm = ArmTally::default();
        assert_eq!(arm.effective_payers(), 0.0);
        for _ in 0..100 {
            arm.revise(None, Some(1_000));
        }
        assert_eq!(arm.effective_payers(), 100.0);
        arm.revise(None, Some(1_000_000));
        assert!(arm.effective_payers() < 1.3);
    }

    #[test]
    fn a_second_order_and_a_cancellation_revise_what_a_shopper_paid() {
        let mut arm = ArmTally::default();
        arm.expose();
        arm.revise(None, Some(300));
        arm.revise(Some(300), Some(500));
        assert_eq!((arm.conversions, arm.revenue_minor), (1, 500));
        assert_eq!(arm.revenue_squares, 250_000);
        assert_eq!(arm.effective_payers(), 1.0);
        arm.revise(Some(500), None);
        let mut untouched = ArmTally::default();
        untouched.expose();
        assert_eq!(arm, untouched);
    }
}
