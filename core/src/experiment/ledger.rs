//! What a shop remembers of its experiments from one configuration to the next: who owns which part of the range, and which designs
//! there have been.

use super::allocation::{Allocation, InvalidShares, Share};
use super::changes::Changes;
use super::definition::Experiment;
use super::name::{ArmId, ExperimentId};
use crate::sequence::SequenceId;
use alloc::{collections::BTreeMap, vec::Vec};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A shop's memory of its experiments. It is kept with the configuration and follows each change of it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ledger {
    /// The latest used last.
    entries: Vec<Entry>,
}

/// One experiment's.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Entry {
    id: ExperimentId,
    allocation: Allocation,
    /// The first bytes of a hash over what is changed where.
    treatment: u64,
    /// Never empty; the current one last.
    designs: Vec<Design>,
}

/// Shares and treatments under which shoppers were counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Design {
    /// Its number, from 0; grows with each change.
    pub number: u32,
    /// The shares, the control's first.
    pub shares: Vec<Share>,
}

impl Ledger {
    /// Experiments remembered, those that were taken out of the configuration included.
    pub const MAX: usize = 200;
    /// Designs remembered of one experiment.
    pub const MAX_DESIGNS: usize = 16;

    /// The ledger after `experiments` were put. Shares that are edited move as few shoppers as they can
    /// ([`Allocation::resized`]); what an edit changes is counted under a new design. An experiment that is taken out and comes back
    /// goes on where it was.
    pub fn after(&self, experiments: &[Experiment]) -> Result<Self, InvalidShares> {
        let (mut current, mut entries): (Vec<Entry>, Vec<Entry>) = self
            .entries
            .iter()
            .cloned()
            .partition(|entry| experiments.iter().any(|one| one.id == entry.id));
        for experiment in experiments {
            let known = current.iter().position(|entry| entry.id == experiment.id);
            entries.push(match known {
                Some(place) => current.swap_remove(place).after(experiment)?,
                None => Entry::new(experiment)?,
            });
        }
        let excess = entries
            .len()
            .saturating_sub(Self::MAX.max(experiments.len()));
        entries.drain(..excess);
        Ok(Self { entries })
    }

    fn entry(&self, id: &ExperimentId) -> Option<&Entry> {
        self.entries.iter().find(|entry| entry.id == *id)
    }

    /// Who owns what of an experiment's range, and the number of its design.
    pub fn allocation(&self, id: &ExperimentId) -> Option<(&Allocation, u32)> {
        let entry = self.entry(id)?;
        Some((&entry.allocation, entry.designs.last()?.number))
    }

    /// An experiment's designs, the current one last.
    pub fn designs(&self, id: &ExperimentId) -> &[Design] {
        self.entry(id).map_or(&[], |entry| &entry.designs)
    }
}

impl Entry {
    fn new(experiment: &Experiment) -> Result<Self, InvalidShares> {
        Ok(Self {
            id: experiment.id.clone(),
            allocation: experiment.first_allocation()?,
            treatment: treatment(experiment),
            designs: Vec::from([Design {
                number: 0,
                shares: experiment.shares(),
            }]),
        })
    }

    fn after(mut self, experiment: &Experiment) -> Result<Self, InvalidShares> {
        let shares = experiment.shares();
        let allocation = self.allocation.resized(&shares)?;
        let treatment = treatment(experiment);
        let is_new =
            treatment != self.treatment || allocation.revision() != self.allocation.revision();
        match self.designs.last_mut().filter(|_| !is_new) {
            // The same shares; perhaps another arm is the control.
            Some(design) => design.shares = shares,
            None => {
                let number = self
                    .designs
                    .last()
                    .map_or(0, |design| design.number.saturating_add(1));
                self.designs.push(Design { number, shares });
            }
        }
        let excess = self.designs.len().saturating_sub(Ledger::MAX_DESIGNS);
        self.designs.drain(..excess);
        Ok(Self {
            allocation,
            treatment,
            ..self
        })
    }
}

/// What tells one treatment from another, whatever order the arms stand in.
fn treatment(experiment: &Experiment) -> u64 {
    let arms: BTreeMap<&ArmId, &Changes> = experiment
        .arms
        .iter()
        .map(|arm| (&arm.id, &arm.changes))
        .collect();
    let told: (Option<&SequenceId>, _) = (experiment.sequence.as_ref(), arms);
    let bytes = postcard::to_allocvec(&told).unwrap_or_default();
    Sha256::digest(&bytes)
        .first_chunk::<8>()
        .map_or(0, |first| u64::from_be_bytes(*first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::experiment::ExperimentKey;
    use crate::ids::ShopperId;
    use proptest::prelude::*;

    fn experiment(shares: &[(&str, u16)], subject: &str) -> Experiment {
        let arms: Vec<String> = shares
            .iter()
            .map(|(id, share_bp)| {
                let changes = if *id == "a" {
                    "{}".into()
                } else {
                    format!(r#"{{"subject":"{subject}"}}"#)
                };
                format!(r#"{{"id":"{id}","share_bp":{share_bp},"changes":{changes}}}"#)
            })
            .collect();
        let json = format!(r#"{{"id":"e","from":0,"arms":[{}]}}"#, arms.join(","));
        Experiment::parse(json.as_bytes()).unwrap()
    }

    fn arms(ledger: &Ledger) -> Vec<ArmId> {
        let key = ExperimentKey::new(&[7; 32]).unwrap();
        let id = "e".parse().unwrap();
        let (allocation, _) = ledger.allocation(&id).unwrap();
        (0_u64..400)
            .map(|n| {
                let mut shopper = [0; 16];
                shopper[..8].copy_from_slice(&n.to_be_bytes());
                key.arm(&id, allocation, ShopperId(shopper))
                    .unwrap()
                    .clone()
            })
            .collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]

        #[test]
        fn edits_of_a_configuration_move_shoppers_only_to_arms_that_grow(
            shares in proptest::collection::vec(1_u16..9_999, 2..6)
        ) {
            let mut ledger = Ledger::default();
            let mut before: Option<(u16, Vec<ArmId>)> = None;
            for a in shares {
                ledger = ledger.after(&[experiment(&[("a", a), ("b", 10_000 - a)], "S")]).unwrap();
                let now = arms(&ledger);
                if let Some((share, then)) = before {
                    for (from, to) in then.iter().zip(&now) {
                        prop_assert!(from == to || (to.as_str() == "a") == (a > share));
                    }
                }
                // A configuration without it, and back.
                ledger = ledger.after(&[]).unwrap();
                before = Some((a, now));
            }
        }
    }

    #[test]
    fn what_is_edited_is_counted_anew_and_what_is_not_goes_on() {
        let half = [("a", 5_000), ("b", 5_000)];
        let id = "e".parse().unwrap();
        let mut ledger = Ledger::default();
        for (experiment, number) in [
            (experiment(&half, "S"), 0),
            (experiment(&half, "S"), 0),
            (experiment(&[("b", 5_000), ("a", 5_000)], "S"), 0),
            (experiment(&[("a", 4_000), ("b", 6_000)], "S"), 1),
            (experiment(&[("a", 4_000), ("b", 6_000)], "T"), 2),
            (experiment(&half, "S"), 3),
        ] {
            ledger = ledger.after(core::slice::from_ref(&experiment)).unwrap();
            let designs = ledger.designs(&id);
            assert_eq!(designs.last().unwrap().number, number);
            assert_eq!(designs.last().unwrap().shares, experiment.shares());
        }
        assert_eq!(ledger.designs(&id).len(), 4);
        let json = serde_json::to_string(&ledger).unwrap();
        assert_eq!(serde_json::from_str::<Ledger>(&json).unwrap(), ledger);
        let bytes = postcard::to_allocvec(&ledger).unwrap();
        assert_eq!(postcard::from_bytes::<Ledger>(&bytes).unwrap(), ledger);
    }

    #[test]
    fn a_memory_of_many_experiments_ends() {
        let mut ledger = Ledger::default();
        for n in 0..Ledger::MAX + 5 {
            let mut one = experiment(&[("a", 5_000), ("b", 5_000)], "S");
            one.id = format!("e{n}").parse().unwrap();
            ledger = ledger.after(&[one]).unwrap();
        }
        assert_eq!(ledger.entries.len(), Ledger::MAX);
        assert!(ledger.allocation(&"e0".parse().unwrap()).is_none());
        assert!(ledger.allocation(&"e204".parse().unwrap()).is_some());
    }
}
