//! All that a shop measures, as far as it has come.

use super::allocation::Share;
use super::exposure::{Assigned, Study};
use super::ledger::{Design, Ledger};
use super::name::ArmId;
use super::readout::Readout;
use super::tally::Tally;
use super::{WHOLE_BP, ratio};
use crate::flag::Flag;
use crate::shop::ShopConfig;
use alloc::{collections::BTreeMap, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// The holdout, the experiments and the flags that divide shoppers.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Overview {
    /// What the messages bring.
    pub holdout: Readout,
    /// What each experiment has shown, in the configuration's order.
    pub experiments: Vec<ExperimentReadout>,
    /// What each flag brings that is on for some and off for others.
    pub flags: Vec<FlagReadout>,
}

/// One experiment's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ExperimentReadout {
    /// Which.
    pub id: String,
    /// The sequence that it changes; `None`: all of them.
    pub sequence: Option<String>,
    /// Whether it assigns shoppers now.
    pub running: bool,
    /// The number of its design, from 0. Shares or arms that are edited begin a new one, and only what came under it is shown.
    pub design: u32,
    /// What it has shown.
    pub readout: Readout,
}

/// One flag's.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct FlagReadout {
    /// Which.
    pub id: String,
    /// For how many it is on, basis points.
    pub share_bp: u16,
    /// What shoppers of whom it is on do, against those of whom it is off.
    pub readout: Readout,
}

/// What was counted of one arm.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    /// Of whom.
    pub assigned: Assigned,
    /// How many count.
    pub exposures: u64,
    /// How many of them have ordered since.
    pub conversions: u64,
}

/// What was counted, by study and design.
struct Counts(BTreeMap<(Study, u32), Tally>);

impl Counts {
    fn new(counted: &[Counted]) -> Self {
        let mut tallies: BTreeMap<(Study, u32), Tally> = BTreeMap::new();
        for one in counted {
            let Assigned { study, design, arm } = &one.assigned;
            let arm = tallies
                .entry((study.clone(), *design))
                .or_default()
                .arm_mut(arm);
            arm.exposures = arm.exposures.saturating_add(one.exposures);
            arm.conversions = arm.conversions.saturating_add(one.conversions);
        }
        Self(tallies)
    }

    /// Reads the last of a study's designs; the others only testify whether shoppers were sorted as they should have been.
    fn read(&self, study: &Study, designs: &[Design], config: &ShopConfig) -> Option<Readout> {
        let (current, earlier) = designs.split_last()?;
        let none = Tally::default();
        let tally = |design: &Design| self.0.get(&(study.clone(), design.number)).unwrap_or(&none);
        let evidence: f64 = earlier
            .iter()
            .map(|design| ratio::ln_evidence(&design.shares, tally(design)))
            .sum();
        Some(Readout::new(
            &current.shares,
            tally(current),
            evidence,
            config.currency,
        ))
    }
}

impl Overview {
    /// Reads the holdout alone from what was counted under its present share.
    pub fn holdout(config: &ShopConfig, tally: &Tally) -> Readout {
        let design = config.holdout().map(|one| one.design()).unwrap_or_default();
        Readout::new(&design, tally, 0.0, config.currency)
    }

    /// Reads everything at `now`, epoch ms; `holdout` is what was counted for the holdout.
    pub fn new(
        config: &ShopConfig,
        ledger: &Ledger,
        holdout: &Tally,
        counted: &[Counted],
        now: u64,
    ) -> Self {
        let counts = Counts::new(counted);
        let experiments = config.experiments.iter().filter_map(|experiment| {
            let designs = ledger.designs(&experiment.id);
            let study = Study::Experiment(experiment.id.clone());
            Some(ExperimentReadout {
                id: String::from(experiment.id.as_str()),
                sequence: experiment.sequence.clone().map(String::from),
                running: experiment.runs_at(now),
                design: designs.last()?.number,
                readout: counts.read(&study, designs, config)?,
            })
        });
        let flags = config.flags.iter().filter(|flag| flag.divides());
        let flags = flags.filter_map(|flag| {
            let study = Study::Flag(flag.id.clone());
            Some(FlagReadout {
                id: String::from(flag.id.as_str()),
                share_bp: flag.share_bp,
                readout: counts.read(&study, &[by_flag(flag)?], config)?,
            })
        });
        Self {
            holdout: Self::holdout(config, holdout),
            experiments: experiments.collect(),
            flags: flags.collect(),
        }
    }
}

/// A flag as a comparison: those of whom it is off are the control.
fn by_flag(flag: &Flag) -> Option<Design> {
    let share = |arm: &str, share_bp| {
        Some(Share {
            arm: ArmId::try_from(String::from(arm)).ok()?,
            share_bp,
        })
    };
    Some(Design {
        number: u32::from(flag.share_bp),
        shares: Vec::from([
            share("off", WHOLE_BP.saturating_sub(flag.share_bp))?,
            share("on", flag.share_bp)?,
        ]),
    })
}

#[cfg(test)]
mod tests;
