//! Which sequence a shopper gets, seasons, flags and experiments included.

use crate::calendar::{Overrides, Season};
use crate::experiment::{Assigned, Draws, Enrolled};
use crate::rules::Facts;
use crate::sequence::{Considered, Occasion, Sequence, Verdict, consider_flagged};
use crate::shop::ShopConfig;
use alloc::{format, string::String, vec::Vec};

/// The sequence that was chosen, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The sequence as the shopper's arms have it; `None` when none fits.
    pub sequence: Option<Sequence>,
    /// The arms that it was made with.
    pub arms: Vec<Enrolled>,
    /// Flags that decided about this shopper and would have decided otherwise about another.
    pub flags: Vec<Assigned>,
    /// Whether a sequence would have fitted if its flag were on.
    pub switched_off: bool,
    /// Why, in words.
    pub seen: String,
}

/// Chooses for what happened: a season's own sequence goes before all others where its trigger and rule fit; then priority decides.
pub fn select(
    config: &ShopConfig,
    season: Option<&Season<Overrides>>,
    facts: &Facts,
    occasion: &Occasion,
    draws: &Draws,
) -> Selection {
    let named = season.and_then(|season| season.changes.sequence.as_deref());
    let (seasonal, rest): (Vec<Sequence>, Vec<Sequence>) = config
        .sequences
        .iter()
        .cloned()
        .partition(|sequence| Some(sequence.id.as_str()) == named);
    let mut selection = Selection {
        sequence: None,
        arms: Vec::new(),
        flags: Vec::new(),
        switched_off: false,
        seen: String::new(),
    };
    for list in [&seasonal, &rest] {
        let choice = consider_flagged(list, facts, occasion, |flag| draws.is_on(flag));
        for one in &choice.considered {
            selection.note_flag(one, config, draws);
        }
        let chosen = choice
            .considered
            .iter()
            .find(|one| matches!(one.verdict, Verdict::Chosen { .. }));
        if let Some(one) = chosen {
            let (sequence, arms) = draws.applied(config, one.sequence);
            selection.seen = one.sentence();
            for arm in &arms {
                selection.seen.push_str(&format!(" {}.", arm.spoken()));
            }
            selection.sequence = Some(sequence);
            selection.arms = arms;
            return selection;
        }
        for one in &choice.considered {
            if !selection.seen.is_empty() {
                selection.seen.push(' ');
            }
            selection.seen.push_str(&one.sentence());
        }
    }
    selection
}

impl Selection {
    fn note_flag(&mut self, one: &Considered<'_>, config: &ShopConfig, draws: &Draws) {
        self.switched_off |= matches!(one.verdict, Verdict::FlagOff { .. });
        let flag = match &one.verdict {
            Verdict::FlagOff { flag } => Some(flag),
            Verdict::Chosen { .. } => one.sequence.flag.as_ref(),
            _ => None,
        };
        let counted = flag.and_then(|flag| draws.by_flag(&config.flags, flag));
        if let Some(assigned) = counted.filter(|one| !self.flags.contains(one)) {
            self.flags.push(assigned);
        }
    }
}
