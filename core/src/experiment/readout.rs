//! What a merchant reads about an experiment: numbers, and one plain sentence about each that says no more than they prove.

use super::allocation::Share;
use super::name::ArmId;
use super::ratio;
use super::sequential::{Lift, Pair};
use super::tally::{ArmTally, Tally};
use super::wording::{Measure, contradiction};
use crate::money::Currency;
use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// With what probability any of an experiment's intervals for one measure is ever wrong.
pub const ALPHA: f64 = 0.05;

/// An experiment as far as it has come.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Readout {
    /// The arms, the control first.
    pub arms: Vec<ArmReadout>,
    /// Whether the arms' shares of shoppers contradict the design; no lift is shown then.
    pub mismatch: bool,
    /// What there is to say about the experiment as a whole.
    pub sentence: String,
}

/// One arm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ArmReadout {
    /// Which.
    pub arm: ArmId,
    /// Shoppers assigned.
    pub exposures: u64,
    /// Those of them who bought.
    pub conversions: u64,
    /// Conversions per exposure, 0 to 1.
    pub conversion_rate: Option<f64>,
    /// Mean revenue of an exposed shopper, minor units.
    pub revenue_per_exposure_minor: Option<f64>,
    /// How many more of its shoppers buy than of the control's.
    pub conversion: Reading,
    /// How much more its shoppers pay than the control's.
    pub revenue: Reading,
}

/// What may be said about one measure of one arm.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Reading {
    /// Whether there is a lift to show, and if so whether it is proved.
    pub state: State,
    /// The lift; only where it may be read.
    pub lift: Option<Lift>,
    /// In words.
    pub sentence: String,
}

/// How far a measure has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// The control: there is nothing to compare it to.
    Control,
    /// Too little is known for an interval.
    NotYet,
    /// The shares of shoppers contradict the design.
    Mismatch,
    /// There is an interval, and it holds zero.
    Open,
    /// The whole interval is above zero.
    Better,
    /// The whole interval is below zero.
    Worse,
}

impl Readout {
    /// Reads an experiment. `design` lists the shares, the control's first; `tally` is what was counted under them.
    /// `earlier_ln_evidence` is the sum of [`ratio::ln_evidence`] over earlier revisions of the shares, 0 if there were none.
    /// With several arms beside the control each gets its part of [`ALPHA`] (Bonferroni), so that the guarantee is one for the
    /// experiment.
    pub fn new(
        design: &[Share],
        tally: &Tally,
        earlier_ln_evidence: f64,
        currency: Currency,
    ) -> Self {
        let mismatch = ratio::mismatched(ratio::ln_evidence(design, tally) + earlier_ln_evidence);
        let others = u32::try_from(design.len().saturating_sub(1)).unwrap_or(u32::MAX);
        let alpha = ALPHA / f64::from(others.max(1));
        let control = design.first();
        let arms = design
            .iter()
            .map(|share| {
                let counts = tally.of(&share.arm);
                let read = |measure| match control.filter(|control| control.arm != share.arm) {
                    None => Reading::without_lift(
                        State::Control,
                        String::from("The others are compared to this."),
                    ),
                    Some(_) if mismatch => Reading::without_lift(
                        State::Mismatch,
                        String::from("Not shown, because the shares of shoppers are wrong."),
                    ),
                    Some(control) => Reading::new(
                        measure,
                        share,
                        control,
                        counts,
                        tally.of(&control.arm),
                        alpha,
                    ),
                };
                ArmReadout {
                    arm: share.arm.clone(),
                    exposures: counts.exposures,
                    conversions: counts.conversions,
                    conversion_rate: counts.conversion_rate(),
                    revenue_per_exposure_minor: counts.revenue_per_exposure(),
                    conversion: read(Measure::Conversion),
                    revenue: read(Measure::Revenue(currency)),
                }
            })
            .collect();
        let sentence = if mismatch {
            contradiction(design, tally)
        } else {
            String::from(
                "Each arm has the share of shoppers that it should have. Each interval holds with 95 % confidence at all times \
                 together: look as often as you like, and stop when you like.",
            )
        };
        Self {
            arms,
            mismatch,
            sentence,
        }
    }
}

impl Reading {
    fn without_lift(state: State, sentence: String) -> Self {
        Self {
            state,
            lift: None,
            sentence,
        }
    }

    fn new(
        measure: Measure,
        share: &Share,
        control_share: &Share,
        arm: ArmTally,
        control: ArmTally,
        alpha: f64,
    ) -> Self {
        let pair = Pair {
            arm,
            arm_share: share.share_bp,
            control,
            control_share: control_share.share_bp,
        };
        let lift = match measure {
            Measure::Conversion => pair.conversion(alpha),
            Measure::Revenue(_) => pair.revenue(alpha),
        };
        let Some(lift) = lift else {
            let sentence = measure.not_yet((&share.arm, arm), (&control_share.arm, control));
            return Self::without_lift(State::NotYet, sentence);
        };
        let state = match lift.relative.interval {
            interval if interval.low > 0.0 => State::Better,
            interval if interval.high < 0.0 => State::Worse,
            _ => State::Open,
        };
        Self {
            state,
            lift: Some(lift),
            sentence: measure.sentence(state, &lift, control_share.arm.as_str()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::allocation::tests::shares;
    use super::*;

    fn readout(of: &[(&str, u16, u64, u64)]) -> Readout {
        let design: Vec<(&str, u16)> = of.iter().map(|(arm, share, ..)| (*arm, *share)).collect();
        let mut tally = Tally::default();
        for (arm, _, exposures, conversions) in of {
            let arm = tally.arm_mut(&arm.parse().unwrap());
            for n in 0..*exposures {
                arm.expose();
                arm.revise(None, (n < *conversions).then_some(5_000 + n % 3 * 1_000));
            }
        }
        Readout::new(
            &shares(&design),
            &tally,
            0.0,
            Currency::parse("EUR").unwrap(),
        )
    }

    fn states(readout: &Readout) -> Vec<(State, State)> {
        readout
            .arms
            .iter()
            .map(|arm| (arm.conversion.state, arm.revenue.state))
            .collect()
    }

    #[test]
    fn a_proved_lift_is_told_with_its_interval() {
        let readout = readout(&[
            ("control", 5_000, 20_000, 2_000),
            ("short", 5_000, 20_000, 2_600),
        ]);
        assert_eq!(
            states(&readout),
            [
                (State::Control, State::Control),
                (State::Better, State::Better)
            ]
        );
        assert_eq!(
            readout.arms[1].conversion.sentence,
            "More: 30.0 % more buyers than control, that is 30.0 buyers in a thousand shoppers; with 95 % confidence between 18.2 % and 43.0 % more."
        );
        assert_eq!(
            readout.arms[1].revenue.sentence,
            "More: 30.0 % more revenue than control, that is €1,800.00 for a thousand shoppers; with 95 % confidence between 18.7 % and 42.4 % more."
        );
        assert_eq!(readout.arms[1].conversion_rate, Some(0.13));
        let json = serde_json::to_value(&readout).unwrap();
        assert_eq!(json["arms"][1]["conversion"]["state"], "better");
        assert!(json["arms"][1]["revenue"]["lift"]["relative"]["interval"]["low"].is_f64());
    }

    #[test]
    fn what_is_not_known_yet_is_not_shown() {
        let early = readout(&[("holdout", 500, 50, 4), ("treated", 9_500, 950, 100)]);
        assert_eq!(states(&early)[1], (State::NotYet, State::NotYet));
        assert_eq!(early.arms[1].conversion.lift, None);
        assert_eq!(
            early.arms[1].conversion.sentence,
            "Not yet: each arm needs 10 buyers first; treated has 100, holdout has 4."
        );
        let later = readout(&[("holdout", 500, 500, 30), ("treated", 9_500, 9_500, 600)]);
        assert_eq!(states(&later)[1], (State::Open, State::NotYet));
        assert!(
            later.arms[1]
                .conversion
                .sentence
                .starts_with("No difference is proved yet")
        );
    }

    #[test]
    fn fewer_buyers_are_told_as_plainly() {
        let readout = readout(&[
            ("control", 5_000, 20_000, 2_600),
            ("loud", 5_000, 20_000, 2_000),
        ]);
        assert_eq!(states(&readout)[1], (State::Worse, State::Worse));
        assert!(
            readout.arms[1]
                .conversion
                .sentence
                .starts_with("Less: 23.1 % fewer buyers")
        );
    }

    #[test]
    fn wrong_shares_hide_every_lift_and_say_why() {
        let readout = readout(&[
            ("control", 5_000, 20_000, 2_000),
            ("short", 5_000, 21_500, 2_900),
        ]);
        assert!(readout.mismatch);
        assert_eq!(states(&readout)[1], (State::Mismatch, State::Mismatch));
        assert!(
            readout
                .arms
                .iter()
                .all(|arm| arm.conversion.lift.is_none() && arm.revenue.lift.is_none())
        );
        assert!(
            readout
                .sentence
                .contains("short has 51.8 % instead of 50.0 %"),
            "{}",
            readout.sentence
        );
    }

    #[test]
    fn more_arms_widen_each_interval() {
        let two = readout(&[("c", 5_000, 9_000, 900), ("a", 5_000, 9_000, 950)]);
        let three = readout(&[
            ("c", 3_334, 9_000, 900),
            ("a", 3_333, 9_000, 950),
            ("b", 3_333, 9_000, 900),
        ]);
        let width = |readout: &Readout| {
            let interval = readout.arms[1].conversion.lift.unwrap().relative.interval;
            interval.high - interval.low
        };
        assert!(width(&three) > width(&two));
    }

    #[test]
    fn an_experiment_nobody_has_met_reads_as_not_yet() {
        let nobody = readout(&[("control", 5_000, 0, 0), ("short", 5_000, 0, 0)]);
        assert_eq!(states(&nobody)[1], (State::NotYet, State::NotYet));
        assert_eq!(nobody.arms[0].conversion_rate, None);
        assert!(!nobody.mismatch);
    }
}
