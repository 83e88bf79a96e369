//! What a shopper counts as, and from when on.

use super::name::{ArmId, ExperimentId};
use crate::flag::FlagId;
use alloc::{format, string::String, vec::Vec};
use core::fmt;
use serde::{Deserialize, Serialize};

/// What shoppers are compared by.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Study {
    /// An experiment's arms.
    Experiment(ExperimentId),
    /// A flag that is on for a share: the arms are `off`, the control, and `on`.
    Flag(FlagId),
}

/// One shopper's arm in one study.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Assigned {
    /// In which study.
    pub study: Study,
    /// Under which design of it: an experiment's number in its [`super::Ledger`], a flag's share in basis points. What was counted
    /// under another one does not compare.
    pub design: u32,
    /// Which arm.
    pub arm: ArmId,
}

impl fmt::Display for Assigned {
    /// `experiment/subject-1/0/short`: no part of it holds a slash, and it is short, because every exposed shopper's row has it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.study {
            Study::Experiment(id) => write!(f, "experiment/{id}/")?,
            Study::Flag(id) => write!(f, "flag/{id}/")?,
        }
        write!(f, "{}/{}", self.design, self.arm)
    }
}

impl Assigned {
    /// Reads what `Display` writes.
    pub fn parse(text: &str) -> Option<Self> {
        let mut parts = text.split('/');
        let (kind, id) = (parts.next()?, parts.next()?);
        let study = match kind {
            "experiment" => Study::Experiment(id.parse().ok()?),
            "flag" => Study::Flag(FlagId::new(id).ok()?),
            _ => return None,
        };
        let (design, arm) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
        parts
            .next()
            .is_none()
            .then_some(Self { study, design, arm })
    }

    /// A shopper of whom a flag with a share decides.
    pub fn by_flag(flag: &FlagId, share_bp: u16, is_on: bool) -> Option<Self> {
        let arm = if is_on { "on" } else { "off" };
        Some(Self {
            study: Study::Flag(flag.clone()),
            design: u32::from(share_bp),
            arm: arm.parse().ok()?,
        })
    }
}

/// A shopper who counts in a study.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposed {
    /// As what.
    pub assigned: Assigned,
    /// Since when, epoch ms.
    pub at: u64,
    /// The first order since then, epoch ms.
    pub converted_at: Option<u64>,
}

/// All that one shopper counts as.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposures {
    list: Vec<Exposed>,
    /// How often the list has changed.
    changes: u32,
}

impl Exposures {
    /// Most that are remembered of one shopper; the oldest are forgotten, and no longer counted.
    pub const MAX: usize = 32;

    /// Counts the shopper from `now` on, epoch ms, once under each design.
    pub fn note(&mut self, assigned: &Assigned, now: u64) {
        let known = self.list.iter().any(|one| {
            one.assigned.study == assigned.study && one.assigned.design == assigned.design
        });
        if known {
            return;
        }
        self.list.push(Exposed {
            assigned: assigned.clone(),
            at: now,
            converted_at: None,
        });
        let excess = self.list.len().saturating_sub(Self::MAX);
        self.list.drain(..excess);
        self.changes = self.changes.saturating_add(1);
    }

    /// Takes an order of `at`, epoch ms: the first one after each exposure counts.
    pub fn convert(&mut self, at: u64) {
        for one in &mut self.list {
            if one.converted_at.is_none() && at >= one.at {
                one.converted_at = Some(at);
                self.changes = self.changes.saturating_add(1);
            }
        }
    }

    /// Takes over what another identity of the same person counts as. Where both count under one design, this one's own arm stays:
    /// its own draw is what sorts people evenly.
    pub fn join(&mut self, other: &Self) {
        for one in &other.list {
            self.note(&one.assigned, one.at);
            if let Some(at) = one.converted_at {
                self.convert(at);
            }
        }
    }

    /// As what, in the order in which it came.
    pub fn list(&self) -> &[Exposed] {
        &self.list
    }

    /// How often the list has changed: who was told at a smaller number has to be told again.
    pub fn changes(&self) -> u32 {
        self.changes
    }
}

/// Exposures as one text for a desk's row: a JSON object of what each is counted as, with 1 where an order came since and 0 where
/// not, so that the desk's database can sum them by itself. `None` where there are none.
pub fn packed(exposed: &[Exposed]) -> Option<String> {
    if exposed.is_empty() {
        return None;
    }
    let fields: Vec<String> = exposed
        .iter()
        .map(|one| {
            // Names hold nothing that JSON would escape.
            let converted = u8::from(one.converted_at.is_some());
            format!("\"{}\":{converted}", one.assigned)
        })
        .collect();
    Some(format!("{{{}}}", fields.join(",")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    fn assigned(id: &str, design: u32, arm: &str) -> Assigned {
        Assigned {
            study: Study::Experiment(id.parse().unwrap()),
            design,
            arm: arm.parse().unwrap(),
        }
    }

    proptest! {
        #[test]
        fn a_name_reads_as_it_was_written(
            flag in any::<bool>(), id in "[a-z0-9][a-z0-9_-]{0,39}", design in any::<u32>(), arm in "[a-z0-9_-]{1,40}"
        ) {
            let study = if flag {
                Study::Flag(FlagId::new(&id).unwrap())
            } else {
                Study::Experiment(id.parse().unwrap())
            };
            let one = Assigned { study, design, arm: arm.parse().unwrap() };
            prop_assert_eq!(Assigned::parse(&one.to_string()), Some(one));
        }

        #[test]
        fn a_shopper_counts_once_a_design_and_from_the_first_time(
            deeds in proptest::collection::vec((0_u32..3, 0_usize..2, any::<bool>()), 0..30)
        ) {
            let mut exposures = Exposures::default();
            let mut first: BTreeMap<u32, (usize, u64, Option<u64>)> = BTreeMap::new();
            for (n, (design, arm, order)) in deeds.into_iter().enumerate() {
                let now = 10 + n as u64;
                if order {
                    exposures.convert(now);
                    for (_, _, converted) in first.values_mut() {
                        converted.get_or_insert(now);
                    }
                } else {
                    exposures.note(&assigned("e", design, ["a", "b"][arm]), now);
                    first.entry(design).or_insert((arm, now, None));
                }
            }
            prop_assert_eq!(exposures.list().len(), first.len());
            for one in exposures.list() {
                let (arm, at, converted) = first[&one.assigned.design];
                prop_assert_eq!(one.assigned.arm.as_str(), ["a", "b"][arm]);
                prop_assert_eq!((one.at, one.converted_at), (at, converted));
            }
        }
    }

    #[test]
    fn a_row_holds_what_can_be_summed() {
        let mut exposures = Exposures::default();
        assert_eq!(packed(exposures.list()), None);
        exposures.note(&assigned("subject-1", 0, "short"), 5);
        exposures.convert(7);
        let off = Assigned::by_flag(&FlagId::new("early").unwrap(), 3_000, false).unwrap();
        exposures.note(&off, 9);
        let text = packed(exposures.list()).unwrap();
        assert_eq!(
            text,
            r#"{"experiment/subject-1/0/short":1,"flag/early/3000/off":0}"#
        );
        assert!(serde_json::from_str::<BTreeMap<String, u8>>(&text).is_ok());
    }

    #[test]
    fn an_order_from_before_counts_for_nothing_and_a_joined_identity_brings_its_own() {
        let mut one = Exposures::default();
        one.note(&assigned("e", 0, "a"), 5);
        one.convert(4);
        assert_eq!(one.list()[0].converted_at, None);
        let mut other = Exposures::default();
        other.note(&assigned("e", 0, "b"), 1);
        other.note(&assigned("f", 0, "b"), 6);
        other.convert(8);
        one.join(&other);
        let told: Vec<(String, Option<u64>)> = one
            .list()
            .iter()
            .map(|one| (one.assigned.to_string(), one.converted_at))
            .collect();
        assert_eq!(
            told,
            [
                ("experiment/e/0/a".into(), Some(8)),
                ("experiment/f/0/b".into(), Some(8))
            ]
        );
    }

    #[test]
    fn a_long_life_does_not_grow_without_end() {
        let mut exposures = Exposures::default();
        for design in 0..100 {
            exposures.note(&assigned("e", design, "a"), u64::from(design));
        }
        assert_eq!(exposures.list().len(), Exposures::MAX);
        assert_eq!(exposures.list()[0].assigned.design, 68);
    }
}
