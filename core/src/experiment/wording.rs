//! The sentences of a [`super::readout`].

use super::allocation::Share;
use super::name::ArmId;
use super::readout::State;
use super::sequential::{Estimate, Interval, Lift, MIN_BUYERS, MIN_EFFECTIVE_PAYERS};
use super::tally::{ArmTally, Tally};
use crate::money::{Currency, Money};
use alloc::{format, string::String, vec::Vec};

/// What is measured.
#[derive(Clone, Copy)]
pub(super) enum Measure {
    /// Conversions per exposed shopper.
    Conversion,
    /// Revenue per exposed shopper.
    Revenue(Currency),
}

impl Measure {
    /// What a lift proves, and what not.
    pub(super) fn sentence(self, state: State, lift: &Lift, control: &str) -> String {
        let Estimate { value, interval } = lift.relative;
        let what = match self {
            Self::Conversion => "buyers",
            Self::Revenue(_) => "revenue",
        };
        let range = self.range(interval);
        if !matches!(state, State::Better | State::Worse) {
            return format!("No difference is proved yet: {range} {what} than {control}.");
        }
        let verb = if state == State::Better {
            "More"
        } else {
            "Less"
        };
        let absolute = match self {
            Self::Conversion => {
                let buyers = decimal(lift.absolute.value, 1_000.0);
                format!("{buyers} buyers in a thousand shoppers")
            }
            Self::Revenue(currency) => {
                let minor = libm::round(lift.absolute.value.abs() * 1_000.0) as u64;
                let money = Money { minor, currency }.display();
                format!("{money} for a thousand shoppers")
            }
        };
        format!(
            "{verb}: {} {what} than {control}, that is {absolute}; with 95 % confidence {range}.",
            self.change(value)
        )
    }

    /// What is missing before there is an interval.
    pub(super) fn not_yet(self, arm: (&ArmId, ArmTally), control: (&ArmId, ArmTally)) -> String {
        let needs = match self {
            Self::Conversion => format!("each arm needs {MIN_BUYERS} buyers first"),
            Self::Revenue(_) => format!(
                "each arm needs {MIN_EFFECTIVE_PAYERS} buyers first, and more where a few of them pay most"
            ),
        };
        format!(
            "Not yet: {needs}; {} has {}, {} has {}.",
            arm.0, arm.1.conversions, control.0, control.1.conversions
        )
    }

    /// A relative change in words.
    fn change(self, relative: f64) -> String {
        format!("{} {}", percent(relative.abs()), self.direction(relative))
    }

    /// A range of relative changes in words, the smaller change first.
    fn range(self, Interval { low, high }: Interval) -> String {
        if low < 0.0 && high >= 0.0 {
            return format!("between {} and {}", self.change(low), self.change(high));
        }
        let (near, far) = if low < 0.0 { (high, low) } else { (low, high) };
        format!("between {} and {}", percent(near.abs()), self.change(far))
    }

    fn direction(self, relative: f64) -> &'static str {
        match self {
            _ if relative >= 0.0 => "more",
            Self::Conversion => "fewer",
            Self::Revenue(_) => "less",
        }
    }
}

/// `part` of `whole` to one decimal. Whole numbers do it, because the machinery that writes floating point is large on wasm.
fn decimal(part: f64, whole: f64) -> String {
    let tenths = libm::round((part * whole * 10.0).abs()) as u64;
    format!("{}.{}", tenths / 10, tenths % 10)
}

fn percent(part: f64) -> String {
    format!("{} %", decimal(part, 100.0))
}

/// Why no lift is shown.
pub(super) fn contradiction(design: &[Share], tally: &Tally) -> String {
    let total: u64 = design
        .iter()
        .map(|share| tally.of(&share.arm).exposures)
        .sum();
    let shares: Vec<String> = design
        .iter()
        .map(|share| {
            let is = tally.of(&share.arm).exposures as f64 / total as f64;
            let planned = f64::from(share.share_bp) / 10_000.0;
            format!(
                "{} has {} instead of {}",
                share.arm,
                percent(is),
                percent(planned)
            )
        })
        .collect();
    format!(
        "No lift is shown: of the shoppers, {}. Chance does that to fewer than one experiment in a thousand, so something adds or \
         loses shoppers of one arm, and the arms do not compare. Find the cause, then begin a new experiment under another id.",
        shares.join(", ")
    )
}
