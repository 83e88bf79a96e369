//! What an experiment changes, for whom, and when.

use super::allocation::{Allocation, InvalidShares, Share};
use super::changes::{Aspect, Changes};
use super::name::{ArmId, ExperimentId};
use crate::document::{Problems, read_checked};
use crate::flag::FlagId;
use crate::sequence::{Sequence, SequenceId, Step};
use crate::shop::FieldError;
use alloc::{format, vec::Vec};
use serde::{Deserialize, Serialize};

/// An experiment: which arms there are, and what each changes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(
    deny_unknown_fields,
    expecting = "an object that describes an experiment"
)]
pub struct Experiment {
    /// Its name, which the draw hashes; no two experiments have the same.
    pub id: ExperimentId,
    /// The sequence that it changes; all of them where nothing is said.
    pub sequence: Option<SequenceId>,
    /// The shop's flag that must be on for a shopper to take part; none where nothing is said.
    pub flag: Option<FlagId>,
    /// The arms. The first is the control: the others are compared to it.
    #[cfg_attr(feature = "schema", schemars(length(min = 2, max = 10)))]
    pub arms: Vec<Arm>,
    /// From when on shoppers are assigned, epoch ms.
    pub from: u64,
    /// Until when, epoch ms, itself excluded; where nothing is said, until it is ended. What shoppers do later still counts.
    pub to: Option<u64>,
}

/// One way to treat shoppers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object that describes an arm")]
pub struct Arm {
    /// Its name.
    pub id: ArmId,
    /// Its share of the experiment's shoppers, basis points; the shares of all arms sum to 10000.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 10_000)))]
    pub share_bp: u16,
    /// What it changes; by default nothing.
    #[serde(default)]
    pub changes: Changes,
}

/// The decision at which the arms of an experiment first part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Parting {
    /// The one that chooses the sequence.
    Choice,
    /// The one about this step, counted from 0.
    Step(u8),
}

impl Experiment {
    /// Most arms.
    pub const MAX_ARMS: usize = 10;

    /// Reads and checks an experiment by itself. Never empty on `Err`.
    pub fn parse(json: &[u8]) -> Result<Self, Vec<FieldError>> {
        read_checked(json, Self::check)
    }

    /// Says what is wrong with the experiment and its types cannot tell.
    pub fn check(&self, problems: &mut Problems) {
        problems.field("arms", |problems| {
            if !(2..=Self::MAX_ARMS).contains(&self.arms.len()) {
                problems.wrong("2 to 10 entries");
                return;
            }
            for (n, arm) in self.arms.iter().enumerate() {
                problems.entry(n, |problems| {
                    if self.arms.iter().take(n).any(|other| other.id == arm.id) {
                        problems.field("id", |problems| {
                            problems.wrong("another id than the arms before it");
                        });
                    }
                    problems.within("share_bp", Some(arm.share_bp), 1..=super::WHOLE_BP);
                    problems.field("changes", |problems| arm.changes.check(problems));
                });
            }
            let each = self
                .arms
                .iter()
                .all(|arm| (1..=super::WHOLE_BP).contains(&arm.share_bp));
            if each && self.first_allocation() == Err(InvalidShares::Sum) {
                problems.wrong("shares that sum to 10000 basis points");
            }
        });
        if self.to.is_some_and(|to| to <= self.from) {
            problems.field("to", |problems| problems.wrong("later than from"));
        }
    }

    /// Whether shoppers are assigned at `now`, epoch ms.
    pub fn runs_at(&self, now: u64) -> bool {
        self.from <= now && self.to.is_none_or(|to| now < to)
    }

    /// Whether there is a time at which both assign shoppers.
    pub fn overlaps(&self, other: &Self) -> bool {
        other.to.is_none_or(|to| self.from < to) && self.to.is_none_or(|to| other.from < to)
    }

    /// Whether it changes this sequence.
    pub fn concerns(&self, sequence: &SequenceId) -> bool {
        self.sequence.as_ref().is_none_or(|id| id == sequence)
    }

    /// The arms' shares, the control's first.
    pub fn shares(&self) -> Vec<Share> {
        self.arms
            .iter()
            .map(|arm| Share {
                arm: arm.id.clone(),
                share_bp: arm.share_bp,
            })
            .collect()
    }

    /// The allocation that the experiment begins with. After an edit, [`Allocation::resized`] the one it had. No error comes
    /// from an experiment that was checked.
    pub fn first_allocation(&self) -> Result<Allocation, InvalidShares> {
        Allocation::new(&self.shares())
    }

    /// What `arm` changes.
    pub fn changes(&self, arm: &ArmId) -> Option<&Changes> {
        self.arms
            .iter()
            .find(|candidate| candidate.id == *arm)
            .map(|arm| &arm.changes)
    }

    /// Where the arms first part in a sequence of `steps` steps. From this decision on shoppers are counted, whatever becomes of
    /// the message: up to it nothing depends on the arm, so that who is counted does not either. A delay parts them when its step
    /// is scheduled: with the choice of the sequence, or with the decision about the step before. Arms that change nothing part at
    /// the first message.
    pub fn parting(&self, steps: usize) -> Parting {
        let partings = self.arms.iter().flat_map(|arm| {
            let places = (0..steps).filter(|place| arm.changes.concern(*place));
            places.flat_map(|place| {
                let step = u8::try_from(place).unwrap_or(u8::MAX);
                arm.changes.aspects().map(move |aspect| match aspect {
                    Aspect::Delay => step.checked_sub(1).map_or(Parting::Choice, Parting::Step),
                    _ => Parting::Step(step),
                })
            })
        });
        partings.min().unwrap_or(Parting::Step(0))
    }

    /// Whether any arm changes the offer of step `place`, counted from 0.
    pub fn decides_offer(&self, place: usize) -> bool {
        let mut changes = self.arms.iter().map(|arm| &arm.changes);
        changes.any(|changes| changes.offer.is_some() && changes.concern(place))
    }

    /// The earliest that any arm puts the first step of a sequence that begins `after_ms` after the last activity, ms.
    pub fn earliest_ms(&self, after_ms: u64) -> u64 {
        let delays = self
            .arms
            .iter()
            .filter(|arm| arm.changes.concern(0))
            .filter_map(|arm| arm.changes.delay_ms);
        delays.fold(after_ms, u64::min)
    }

    /// Whether every arm leaves a sequence that can be sent: its steps exist and stay in order.
    pub fn check_against(&self, sequence: &Sequence, problems: &mut Problems) {
        problems.field("arms", |problems| {
            for (n, arm) in self.arms.iter().enumerate() {
                problems.entry(n, |problems| {
                    problems.field("changes", |problems| {
                        check_arm(
                            &arm.changes,
                            sequence.id.as_str(),
                            &sequence.steps,
                            problems,
                        );
                    });
                });
            }
        });
    }
}

fn check_arm(changes: &Changes, id: &str, steps: &[Step], problems: &mut Problems) {
    // A step that no sequence can have was told already.
    if changes
        .step
        .is_some_and(|step| usize::from(step) >= Sequence::MAX_STEPS)
    {
        return;
    }
    let beyond = |step: u8| usize::from(step) >= steps.len();
    if changes.step.is_some_and(beyond) {
        problems.field("step", |problems| {
            problems.wrong(&format!("a step of the sequence {id}, counted from 0"));
        });
        return;
    }
    let waits = steps
        .iter()
        .enumerate()
        .map(|(place, step)| changes.applied(place, step).after_ms);
    if !waits.is_sorted() {
        problems.field("delay_ms", |problems| {
            problems.wrong(&format!(
                "in the sequence {id} not before the step before it, nor after the one after it"
            ));
        });
    }
}

#[cfg(test)]
mod tests;
