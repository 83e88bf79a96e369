//! What the draws say of one shopper, and what becomes of a sequence for them.

use super::assignment::ExperimentKey;
use super::definition::Parting;
use super::exposure::{Assigned, Study};
use super::ledger::Ledger;
use super::name::{ArmId, ExperimentId};
use crate::flag::{Flag, FlagId};
use crate::ids::ShopperId;
use crate::sequence::{Sequence, Step};
use crate::shop::ShopConfig;
use alloc::{
    collections::{BTreeMap, BTreeSet},
    format,
    string::String,
    vec::Vec,
};
use serde::{Deserialize, Serialize};

/// One shopper's arms and flags at one moment. The default: in no experiment, and no flag is on.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Draws {
    arms: Vec<Assigned>,
    on: BTreeSet<FlagId>,
}

/// An arm that a plan has begun with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Enrolled {
    /// Which.
    pub assigned: Assigned,
    /// From which decision on its shopper counts.
    pub parting: Parting,
    /// The steps whose offer its experiment decides about, in this arm or another, one bit each, the first step's the lowest: a
    /// season's offer does not replace those, in no arm, or what is measured would change with the season.
    pub offers: u16,
}

impl Draws {
    /// Draws for `shopper` at `now`, epoch ms.
    pub fn new(
        config: &ShopConfig,
        ledger: &Ledger,
        key: &ExperimentKey,
        shopper: ShopperId,
        now: u64,
    ) -> Self {
        let on: BTreeSet<FlagId> = config
            .flags
            .iter()
            .filter(|flag| key.is_on(flag, shopper))
            .map(|flag| flag.id.clone())
            .collect();
        let arms = config
            .experiments
            .iter()
            .filter(|experiment| {
                let needed = experiment.flag.as_ref();
                experiment.runs_at(now) && needed.is_none_or(|flag| on.contains(flag))
            })
            .filter_map(|experiment| {
                let (allocation, design) = ledger.allocation(&experiment.id)?;
                let arm = key.arm(&experiment.id, allocation, shopper)?;
                Some(Assigned {
                    study: Study::Experiment(experiment.id.clone()),
                    design,
                    arm: arm.clone(),
                })
            })
            .collect();
        Self { arms, on }
    }

    /// Of nobody: these arms, whoever would draw them. What is shown or tried out with them is counted nowhere. `Err` names the
    /// experiment that the shop does not have, or has without that arm.
    pub fn picked(
        config: &ShopConfig,
        arms: &BTreeMap<ExperimentId, ArmId>,
    ) -> Result<Self, ExperimentId> {
        let picked = arms.iter().map(|(id, arm)| {
            let mut known = config.experiments.iter();
            known
                .find(|experiment| experiment.id == *id)
                .and_then(|experiment| experiment.changes(arm))
                .map(|_| Assigned {
                    study: Study::Experiment(id.clone()),
                    design: 0,
                    arm: arm.clone(),
                })
                .ok_or_else(|| id.clone())
        });
        Ok(Self {
            arms: picked.collect::<Result<_, _>>()?,
            on: BTreeSet::new(),
        })
    }

    /// Whether a flag is on for the shopper.
    pub fn is_on(&self, flag: &FlagId) -> bool {
        self.on.contains(flag)
    }

    /// What the shopper counts as when `flag` decides about them; `None` where it is the same for everybody.
    pub fn by_flag(&self, flags: &[Flag], flag: &FlagId) -> Option<Assigned> {
        let known = Flag::named(flags, flag).filter(|known| known.divides())?;
        Assigned::by_flag(flag, known.share_bp, self.is_on(flag))
    }

    /// The sequence as the shopper's arms have it, and the arms.
    pub fn applied(&self, config: &ShopConfig, sequence: &Sequence) -> (Sequence, Vec<Enrolled>) {
        let mut treated = sequence.clone();
        let mut enrolled = Vec::new();
        for experiment in &config.experiments {
            let drawn = self.arms.iter().find(
                |drawn| matches!(&drawn.study, Study::Experiment(id) if *id == experiment.id),
            );
            let Some(assigned) = drawn.filter(|_| experiment.concerns(&sequence.id)) else {
                continue;
            };
            let Some(changes) = experiment.changes(&assigned.arm) else {
                continue;
            };
            treated.steps = treated
                .steps
                .iter()
                .enumerate()
                .map(|(place, step)| changes.applied(place, step))
                .collect();
            let decided = (0..treated.steps.len())
                .filter(|place| experiment.decides_offer(*place))
                .fold(0_u16, |bits, place| bits | offer_bit(place));
            enrolled.push(Enrolled {
                assigned: assigned.clone(),
                parting: experiment.parting(sequence.steps.len()),
                offers: decided,
            });
        }
        (treated, enrolled)
    }
}

impl Enrolled {
    /// The arm in words, without a full stop.
    pub fn spoken(&self) -> String {
        let Assigned { study, arm, .. } = &self.assigned;
        match study {
            Study::Experiment(id) => {
                format!("In the experiment “{id}” the shopper is in the arm “{arm}”")
            }
            Study::Flag(id) => format!("The flag “{id}” is {arm} for the shopper"),
        }
    }

    /// Whether its experiment decides about the offer of step `place`, counted from 0.
    pub fn decides_offer(&self, place: u8) -> bool {
        self.offers & offer_bit(usize::from(place)) != 0
    }
}

fn offer_bit(place: usize) -> u16 {
    u32::try_from(place)
        .ok()
        .and_then(|place| 1_u16.checked_shl(place))
        .unwrap_or(0)
}

/// The earliest that a sequence begins under any arm, ms after the last activity: when it has to be chosen, so that everybody's
/// choice is made at the same moment.
pub fn earliest_start(config: &ShopConfig, sequence: &Sequence) -> Option<u64> {
    let first = sequence.steps.first().map(|step: &Step| step.after_ms)?;
    let concerning = config
        .experiments
        .iter()
        .filter(|experiment| experiment.concerns(&sequence.id));
    Some(concerning.fold(first, |least, experiment| experiment.earliest_ms(least)))
}
