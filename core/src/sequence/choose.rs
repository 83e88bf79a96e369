//! Which sequence a shopper gets.

use super::{Occasion, Sequence};
use crate::flag::FlagId;
use crate::rules::{Explanation, Facts};
use alloc::{format, string::String, vec::Vec};
use core::cmp::Reverse;

/// The sequence that was chosen, and what became of the others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice<'a> {
    /// The chosen one; `None` when none fits.
    pub chosen: Option<&'a Sequence>,
    /// All of them in the order in which they were considered: by priority, then as they stand in the list.
    pub considered: Vec<Considered<'a>>,
}

/// What became of one sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Considered<'a> {
    /// The sequence.
    pub sequence: &'a Sequence,
    /// What became of it.
    pub verdict: Verdict,
}

/// What became of one sequence.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It was chosen.
    Chosen {
        /// What its trigger saw.
        trigger: String,
        /// Why its rule is met; `None` where it has none.
        when: Option<Explanation>,
    },
    /// Something else begins it.
    OtherTrigger {
        /// What its trigger saw.
        trigger: String,
    },
    /// Its rule is not known to be met.
    NotMet {
        /// Why.
        when: Explanation,
    },
    /// It fits, but a flag that it needs is off for this shopper.
    FlagOff {
        /// The flag.
        flag: FlagId,
    },
    /// Another one was chosen before it was looked at.
    Outranked,
}

/// The sequence for what happened: of those whose trigger and rule fit, the one with the highest priority; of equals the first.
pub fn choose<'a>(
    sequences: &'a [Sequence],
    facts: &Facts,
    occasion: &Occasion,
) -> Option<&'a Sequence> {
    consider(sequences, facts, occasion).chosen
}

/// The same, and what became of each sequence.
pub fn consider<'a>(sequences: &'a [Sequence], facts: &Facts, occasion: &Occasion) -> Choice<'a> {
    consider_flagged(sequences, facts, occasion, |_| true)
}

/// The same where only some flags are on.
pub fn consider_flagged<'a>(
    sequences: &'a [Sequence],
    facts: &Facts,
    occasion: &Occasion,
    is_on: impl Fn(&FlagId) -> bool,
) -> Choice<'a> {
    let mut ranked: Vec<&Sequence> = sequences.iter().collect();
    // Stable: equals stay in the order of the list.
    ranked.sort_by_key(|sequence| Reverse(sequence.priority));
    let mut chosen = None;
    let considered = ranked
        .into_iter()
        .map(|sequence| {
            let verdict = if chosen.is_some() {
                Verdict::Outranked
            } else {
                verdict(sequence, facts, occasion, &is_on)
            };
            if matches!(verdict, Verdict::Chosen { .. }) {
                chosen = Some(sequence);
            }
            Considered { sequence, verdict }
        })
        .collect();
    Choice { chosen, considered }
}

fn verdict(
    sequence: &Sequence,
    facts: &Facts,
    occasion: &Occasion,
    is_on: impl Fn(&FlagId) -> bool,
) -> Verdict {
    let (begins, trigger) = sequence.trigger.judge(occasion);
    if !begins {
        return Verdict::OtherTrigger { trigger };
    }
    let when = sequence.when.as_ref().map(|when| when.judge(facts));
    match when {
        Some(when) if !when.outcome.is_met() => Verdict::NotMet { when },
        // Last, so that a flag decides only about those whom it makes a difference to.
        when => match sequence.flag.as_ref().filter(|flag| !is_on(flag)) {
            Some(flag) => Verdict::FlagOff { flag: flag.clone() },
            None => Verdict::Chosen { trigger, when },
        },
    }
}

impl Considered<'_> {
    /// What became of it, as one sentence.
    pub fn sentence(&self) -> String {
        let name = &self.sequence.name;
        match &self.verdict {
            Verdict::Chosen {
                trigger,
                when: None,
            } => format!("“{name}” was chosen because {trigger}."),
            Verdict::Chosen {
                trigger,
                when: Some(when),
            } => format!(
                "“{name}” was chosen because {trigger}; and {}.",
                when.sentence()
            ),
            Verdict::OtherTrigger { trigger } => {
                format!("“{name}” was not chosen because {trigger}.")
            }
            Verdict::NotMet { when } => {
                format!("“{name}” was not chosen because {}.", when.sentence())
            }
            Verdict::FlagOff { flag } => format!(
                "“{name}” was not chosen because the flag “{flag}” is off for this shopper."
            ),
            Verdict::Outranked => {
                format!("“{name}” was not looked at because another one came first.")
            }
        }
    }
}
