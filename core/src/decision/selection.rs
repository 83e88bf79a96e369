//! Which sequence a shopper gets, seasons included.

use crate::calendar::{Overrides, Season};
use crate::rules::Facts;
use crate::sequence::{Occasion, Sequence, Verdict, consider};
use crate::shop::ShopConfig;
use alloc::{string::String, vec::Vec};

/// The sequence that was chosen, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Selection {
    /// The sequence; `None` when none fits.
    pub sequence: Option<Sequence>,
    /// Why, in words.
    pub seen: String,
}

/// Chooses for what happened: a season's own sequence goes before all others where its trigger and rule fit; then priority decides.
pub fn select(
    config: &ShopConfig,
    season: Option<&Season<Overrides>>,
    facts: &Facts,
    occasion: &Occasion,
) -> Selection {
    let named = season.and_then(|season| season.changes.sequence.as_deref());
    let (seasonal, rest): (Vec<Sequence>, Vec<Sequence>) = config
        .sequences
        .iter()
        .cloned()
        .partition(|sequence| Some(sequence.id.as_str()) == named);
    let mut told = String::new();
    for list in [&seasonal, &rest] {
        let choice = consider(list, facts, occasion);
        let chosen = choice
            .considered
            .iter()
            .find(|one| matches!(one.verdict, Verdict::Chosen { .. }));
        if let Some(one) = chosen {
            return Selection {
                sequence: Some(one.sequence.clone()),
                seen: one.sentence(),
            };
        }
        for one in &choice.considered {
            if !told.is_empty() {
                told.push(' ');
            }
            told.push_str(&one.sentence());
        }
    }
    Selection {
        sequence: None,
        seen: told,
    }
}
