//! By how much one arm beats another, with intervals that hold however often they are read.
//!
//! **Conversions.** Look only at shoppers who bought. With shares `π` and `1 − π` and conversion rates `p₁` and `p₀`, a buyer
//! belongs to the first arm with probability `θ = πr/(πr + 1 − π)`, where `r = p₁/p₀`. So every lift is a hypothesis about a
//! coin, and the multinomial martingale of [`ln_multinomial`] tests it exactly, with any number of buyers, any shares
//! and any base rate, the latter changing from day to day or not; Lindon and Malek (NeurIPS 2022) use it so. The lifts that are
//! not refuted at any time form a confidence sequence. When messages change nothing, who of those that will buy sits in which
//! arm is the draw's doing alone, so nothing is assumed about when they buy: buyers who take a week do no harm. What is
//! lost against a test that also uses those who did not buy is a factor of about `1 − p` in sample size. The test believes
//! in the design's shares; [`super::ratio`] stands guard over them.
//!
//! **Revenue per exposed shopper** has no such exact test: the asymptotic confidence sequence of [`normal_radius`] on
//! `ln(m₁/m₀)`, with the standard error of the delta method, `s² = v₁/(n₁m₁²) + v₀/(n₀m₀²)`. The logarithm matters: a small
//! arm that has had bad luck shows too small a mean *and* too small a variance, and only relative to each other do they warn.
//! It starts late, after [`MIN_EFFECTIVE_PAYERS`] in each arm (delayed start: Bibaut, Kallus and Lindon, "Near-optimal
//! non-parametric sequential tests", 2022).
//!
//! **Tuning.** Both mix over lifts with a spread of [`SPREAD`] in `ln r`; it decides only where the interval is tightest. The value costs
//! next to nothing between true lifts of 5 % and 50 %.
//!
//! **Absolute lift.** With the overall level `p` over both arms, `p₁ − p₀ = p(r − 1)/(πr + 1 − π)`. A second sequence bounds
//! `p` with a small part of α; the two hold together, so relative and absolute lift never contradict each other.

use super::mixture::{ln_multinomial, normal_radius};
use super::tally::ArmTally;
use serde::{Deserialize, Serialize};

/// Deviation of the mixture over `ln r`.
pub const SPREAD: f64 = 0.2;

/// What part of α bounds the overall level.
pub const LEVEL_PART: f64 = 0.1;

/// Concentration of the mixture over the overall conversion rate: tightest at some ten thousand exposures.
const LEVEL_CONCENTRATION: f64 = 1_000.0;

/// Buyers in each arm before a lift of conversion is shown. Its interval would be valid without them, but too wide to read.
pub const MIN_BUYERS: u64 = 10;

/// Effective buyers ([`ArmTally::effective_payers`]) in each arm before a lift of revenue is shown. Below, the normal
/// approximation is not good enough: one large order would decide.
pub const MIN_EFFECTIVE_PAYERS: u32 = 50;

/// Between two bounds, both included.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Interval {
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
}

impl Interval {
    /// Whether `value` may be true.
    pub fn contains(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// A value and where the truth may lie.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The best guess.
    pub value: f64,
    /// Holds the truth at all times together, with the probability asked for.
    pub interval: Interval,
}

/// How much an arm changes against another.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Lift {
    /// `p₁/p₀ − 1`: 0.1 is ten percent more.
    pub relative: Estimate,
    /// `p₁ − p₀`, in conversions or minor units per exposed shopper.
    pub absolute: Estimate,
}

/// Two arms to be compared: their counts and, in any unit, their shares by design.
#[derive(Clone, Copy, Debug)]
pub struct Pair {
    /// The arm in question.
    pub arm: ArmTally,
    /// Its share.
    pub arm_share: u16,
    /// The arm that it is compared to.
    pub control: ArmTally,
    /// Its share.
    pub control_share: u16,
}

/// Steps of a bisection: 2⁻⁴⁰ of a range below 16 is finer than anybody reads.
const BISECTIONS: u32 = 40;

/// Largest `|ln r|` that is looked at; beyond a thousandfold, nothing is known.
const FAR: f64 = 6.9;

impl Pair {
    /// The arm's share of both.
    fn weight(&self) -> Option<f64> {
        let (arm, control) = (f64::from(self.arm_share), f64::from(self.control_share));
        (arm > 0.0 && control > 0.0).then(|| arm / (arm + control))
    }

    /// The lift of conversion at confidence `1 − alpha`; `None` until it may be read.
    pub fn conversion(&self, alpha: f64) -> Option<Lift> {
        let (arm, control) = (self.arm.conversions, self.control.conversions);
        if arm.min(control) < MIN_BUYERS {
            return None;
        }
        let weight = self.weight()?;
        let odds = weight / (1.0 - weight);
        let value = arm as f64 / control as f64 / odds;
        // The spread of ln r seen as the spread of a share: the variance of θ is (θ(1−θ))² that of ln r.
        let k = 1.0 / (SPREAD * SPREAD * weight * (1.0 - weight));
        let limit = -libm::log(alpha * (1.0 - LEVEL_PART));
        let refuted = |ln_ratio: f64| {
            let odds = odds * libm::exp(ln_ratio);
            let cells = [(odds / (1.0 + odds), arm), (1.0 / (1.0 + odds), control)];
            ln_multinomial(k, &cells) >= limit
        };
        let ratio = bounds(libm::log(value), FAR, refuted)?;
        let level = self.level(alpha * LEVEL_PART)?;
        Some(lift(value, ratio, level, weight))
    }

    /// The conversion rate over both arms.
    fn level(&self, alpha: f64) -> Option<Estimate> {
        let exposed = self.arm.exposures.saturating_add(self.control.exposures);
        let bought = self
            .arm
            .conversions
            .saturating_add(self.control.conversions);
        let rest = exposed.checked_sub(bought).filter(|rest| *rest > 0)?;
        let value = bought as f64 / exposed as f64;
        let limit = -libm::log(alpha);
        let logit = libm::log(bought as f64 / rest as f64);
        let refuted = |logit: f64| {
            let odds = libm::exp(logit);
            let cells = [(odds / (1.0 + odds), bought), (1.0 / (1.0 + odds), rest)];
            ln_multinomial(LEVEL_CONCENTRATION, &cells) >= limit
        };
        let rate = |logit: f64| 1.0 / (1.0 + libm::exp(-logit));
        let logits = bounds(logit, FAR, refuted)?;
        Some(Estimate {
            value,
            interval: Interval {
                low: rate(libm::log(logits.low)),
                high: rate(libm::log(logits.high)),
            },
        })
    }

    /// The lift of revenue per exposed shopper at confidence `1 − alpha`; `None` until it may be read.
    pub fn revenue(&self, alpha: f64) -> Option<Lift> {
        let effective = self.arm.effective_payers();
        if effective.min(self.control.effective_payers()) < f64::from(MIN_EFFECTIVE_PAYERS) {
            return None;
        }
        let (n1, n0) = (self.arm.exposures as f64, self.control.exposures as f64);
        let (m1, m0) = (
            self.arm.revenue_per_exposure().filter(|mean| *mean > 0.0)?,
            self.control
                .revenue_per_exposure()
                .filter(|mean| *mean > 0.0)?,
        );
        let (v1, v0) = (
            self.arm.revenue_variance()?,
            self.control.revenue_variance()?,
        );
        let log_ratio = libm::log(m1 / m0);
        let error = libm::sqrt(v1 / (n1 * m1 * m1) + v0 / (n0 * m0 * m0));
        let ratio = around(log_ratio, error, alpha * (1.0 - LEVEL_PART))?;
        // Given who was assigned, the pooled mean estimates the arms' means weighted by how many were.
        let weight = n1 / (n1 + n0);
        let mean = weight * m1 + (1.0 - weight) * m0;
        let level_error = libm::sqrt((n1 * v1 + n0 * v0) / ((n1 + n0) * (n1 + n0))) / mean;
        let level = Estimate {
            value: mean,
            interval: around(libm::log(mean), level_error, alpha * LEVEL_PART)?,
        };
        Some(lift(m1 / m0, ratio, level, weight))
    }
}

/// The interval of `exp(x)` around an estimate of `x`.
fn around(x: f64, error: f64, alpha: f64) -> Option<Interval> {
    let radius = error * normal_radius(error, SPREAD, alpha);
    // Not a number, if there is no variance at all.
    (radius < FAR).then(|| Interval {
        low: libm::exp(x - radius),
        high: libm::exp(x + radius),
    })
}

/// The ends, exponentiated, of the interval around `inside` of what is not `refuted`; `None` if it reaches further than `far`.
fn bounds(inside: f64, far: f64, refuted: impl Fn(f64) -> bool) -> Option<Interval> {
    let end = |far: f64| {
        let (mut kept, mut out) = (inside, inside + far);
        refuted(out).then(|| {
            for _ in 0..BISECTIONS {
                let middle = 0.5 * (kept + out);
                if refuted(middle) {
                    out = middle;
                } else {
                    kept = middle;
                }
            }
            // The refuted side: rounding never makes the interval too narrow.
            libm::exp(out)
        })
    };
    Some(Interval {
        low: end(-far)?,
        high: end(far)?,
    })
}

/// Both lifts from the interval of the ratio and that of the overall level.
fn lift(value: f64, ratio: Interval, level: Estimate, weight: f64) -> Lift {
    let per_level = |ratio: f64| (ratio - 1.0) / (weight * ratio + 1.0 - weight);
    // The level scales the change, so what reaches furthest from zero takes the largest level.
    let (least, most) = (level.interval.low, level.interval.high);
    let low = per_level(ratio.low);
    let high = per_level(ratio.high);
    Lift {
        relative: Estimate {
            value: value - 1.0,
            interval: Interval {
                low: ratio.low - 1.0,
                high: ratio.high - 1.0,
            },
        },
        absolute: Estimate {
            value: level.value * per_level(value),
            interval: Interval {
                low: low * if low < 0.0 { most } else { least },
                high: high * if high < 0.0 { least } else { most },
            },
        },
    }
}

#[cfg(test)]
mod tests {
    use super::super::mixture::ln_multinomial;
    use super::*;
    use proptest::prelude::*;

    fn arm(exposures: u64, conversions: u64) -> ArmTally {
        let mut tally = ArmTally {
            exposures: exposures - conversions,
            ..ArmTally::default()
        };
        for n in 0..conversions {
            tally.expose();
            tally.revise(None, Some(2_000 + n % 7 * 500));
        }
        tally
    }

    fn pair(arm_of: (u64, u64), control_of: (u64, u64), control_share: u16) -> Pair {
        Pair {
            arm: arm(arm_of.0, arm_of.1),
            arm_share: 10_000 - control_share,
            control: arm(control_of.0, control_of.1),
            control_share,
        }
    }

    #[test]
    fn nothing_is_said_before_each_arm_has_buyers() {
        assert_eq!(pair((9_500, 900), (500, 9), 500).conversion(0.05), None);
        assert!(
            pair((9_500, 900), (500, 10), 500)
                .conversion(0.05)
                .is_some()
        );
        assert_eq!(pair((9_500, 900), (500, 52), 500).revenue(0.05), None);
        assert!(pair((9_500, 900), (500, 60), 500).revenue(0.05).is_some());
        assert_eq!(pair((100, 50), (100, 50), 0).conversion(0.05), None);
        assert_eq!(pair((10, 10), (10, 10), 5_000).conversion(0.05), None);
    }

    #[test]
    fn a_clear_lift_is_seen_and_none_is_not_refuted() {
        let clear = pair((20_000, 2_600), (20_000, 2_000), 5_000)
            .conversion(0.05)
            .unwrap();
        assert!(clear.relative.interval.low > 0.18 && clear.relative.interval.high < 0.45);
        assert!((clear.relative.value - 0.3).abs() < 1e-12);
        assert!((clear.absolute.value - 0.03).abs() < 1e-12);
        let none = pair((20_000, 2_010), (20_000, 2_000), 5_000)
            .conversion(0.05)
            .unwrap();
        assert!(none.relative.interval.contains(0.0) && none.absolute.interval.contains(0.0));
    }

    proptest! {
        #[test]
        fn relative_and_absolute_lift_agree(
            x in 10_u64..3_000, y in 10_u64..3_000, n in 3_001_u64..60_000, m in 3_001_u64..60_000, share in 100_u16..9_900
        ) {
            let pair = pair((n, x), (m, y), share);
            for lift in [pair.conversion(0.05), pair.revenue(0.05)].into_iter().flatten() {
                let (relative, absolute) = (lift.relative, lift.absolute);
                prop_assert!(relative.interval.contains(relative.value));
                prop_assert!(absolute.interval.contains(absolute.value));
                prop_assert!(relative.interval.low > -1.0);
                prop_assert_eq!(relative.interval.low > 0.0, absolute.interval.low > 0.0);
                prop_assert_eq!(relative.interval.high < 0.0, absolute.interval.high < 0.0);
            }
        }

        #[test]
        fn the_bounds_are_where_the_evidence_suffices(x in 10_u64..5_000, y in 10_u64..5_000, share in 500_u16..=5_000) {
            let pair = pair((60_000, x), (60_000, y), share);
            if let Some(lift) = pair.conversion(0.05) {
                let weight = 1.0 - f64::from(share) / 10_000.0;
                let k = 1.0 / (SPREAD * SPREAD * weight * (1.0 - weight));
                for bound in [lift.relative.interval.low, lift.relative.interval.high] {
                    let buys = weight * (1.0 + bound) / (weight * (1.0 + bound) + 1.0 - weight);
                    let evidence = ln_multinomial(k, &[(buys, x), (1.0 - buys, y)]);
                    prop_assert!((evidence - (1.0_f64 / 0.045).ln()).abs() < 1e-4, "{evidence}");
                }
            }
        }

        #[test]
        fn swapping_the_arms_inverts_the_ratio(x in 10_u64..5_000, y in 10_u64..5_000, share in 500_u16..=5_000) {
            let one = pair((60_000, x), (60_000, y), share);
            let other = Pair { arm: one.control, arm_share: one.control_share, control: one.arm, control_share: one.arm_share };
            for (there, back) in [(one.conversion(0.05), other.conversion(0.05)), (one.revenue(0.05), other.revenue(0.05))] {
                prop_assert_eq!(there.is_some(), back.is_some());
                if let (Some(there), Some(back)) = (there, back) {
                    let product = (1.0 + there.relative.interval.low) * (1.0 + back.relative.interval.high);
                    prop_assert!((product - 1.0).abs() < 1e-6, "{product}");
                }
            }
        }
    }
}
