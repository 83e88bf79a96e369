//! Flags: strategies that are switched on and off, for everybody or for a share of shoppers.
//!
//! A flag's draw is a threshold on the shopper's own bucket ([`crate::experiment::ExperimentKey::is_on`]), so a share that is raised
//! keeps everybody who was in it, and one that goes back to where it was brings the same shoppers back.

use crate::document::Problems;
use crate::experiment::WHOLE_BP;
use alloc::format;
use serde::{Deserialize, Serialize};

checked_text! {
    /// A flag's id, chosen by the merchant. The draw hashes it.
    FlagId {
        allowed: "1 to 40 lower-case letters, digits, - or _, beginning with a letter or digit",
        pattern: r"^[a-z0-9][a-z0-9_-]{0,39}$",
        check: crate::document::text::is_id
    }
}

/// A switch that sequences and experiments may depend on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object that describes a flag")]
pub struct Flag {
    /// Its name; no two flags have the same.
    pub id: FlagId,
    /// Off: nothing that needs it is begun, and what is under way ends at its next message.
    #[serde(default = "on")]
    pub on: bool,
    /// For how many shoppers, in basis points; for all of them where nothing is said. A lower share begins less, and lets those
    /// under way finish.
    #[serde(default = "whole")]
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 10_000)))]
    pub share_bp: u16,
}

fn on() -> bool {
    true
}

fn whole() -> u16 {
    WHOLE_BP
}

impl Flag {
    /// Most flags of a shop.
    pub const MAX: usize = 50;

    /// Whether it is on for anybody.
    pub fn is_on_for_some(&self) -> bool {
        self.on && self.share_bp > 0
    }

    /// Whether it is on for some and off for others, so that the two can be compared.
    pub fn divides(&self) -> bool {
        self.is_on_for_some() && self.share_bp < WHOLE_BP
    }

    /// Checks a shop's flags, which stand under `flags`.
    pub fn check(flags: &[Self], problems: &mut Problems) {
        problems.field("flags", |problems| {
            if flags.len() > Self::MAX {
                problems.wrong("at most 50 entries");
                return;
            }
            for (n, flag) in flags.iter().enumerate() {
                problems.entry(n, |problems| {
                    problems.within("share_bp", Some(flag.share_bp), 0..=WHOLE_BP);
                    let first = flags.iter().take(n).position(|other| other.id == flag.id);
                    if let Some(first) = first {
                        let reason = format!("another id than flags[{first}]");
                        problems.field("id", |problems| problems.wrong(&reason));
                    }
                });
            }
        });
    }

    /// The flag called `id`.
    pub fn named<'a>(flags: &'a [Self], id: &FlagId) -> Option<&'a Self> {
        flags.iter().find(|flag| flag.id == *id)
    }

    /// The flag that something at this place needs, where it names one, is one of `flags`.
    pub fn check_needed(flags: &[Self], needed: Option<&FlagId>, problems: &mut Problems) {
        if needed.is_some_and(|id| Self::named(flags, id).is_none()) {
            problems.field("flag", |problems| {
                problems.wrong("the id of one of the shop's flags");
            });
        }
    }
}
