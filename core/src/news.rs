//! News of products: a price that fell, a return to stock; and the variants that a shopper's left carts hold, packed so small that
//! the desk keeps them beside the shopper's next wake-up.

use crate::catalogue::Product;
use crate::money::Money;
use crate::sequence::{Sequence, Trigger};
use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// A variant's mark: FNV-1a, 32 bits (the draft "The FNV Non-Cryptographic Hash Algorithm"). Two variants may share one, so that a
/// mark only says that something may be there; whoever acts on it looks at the cart itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Mark(u32);

impl Mark {
    /// The mark of a variant's id.
    pub fn of(variant: &str) -> Self {
        Self(variant.bytes().fold(0x811c_9dc5, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        }))
    }
}

/// A set of marks.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks(Vec<Mark>);

impl Marks {
    /// Most marks of one cart. A cart with more lines is watched for the first of them.
    pub const MAX_OF_CART: usize = 32;
    /// Most marks of one shopper.
    pub const MAX: usize = 64;

    /// At most `most` of these, each once.
    pub fn new(marks: impl IntoIterator<Item = Mark>, most: usize) -> Self {
        let mut marks: Vec<Mark> = marks.into_iter().collect();
        marks.sort_unstable();
        marks.dedup();
        marks.truncate(most);
        Self(marks)
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether `mark` is among them.
    pub fn holds(&self, mark: Mark) -> bool {
        self.0.binary_search(&mark).is_ok()
    }

    /// Whether all of `other` are among them.
    pub fn cover(&self, other: &Self) -> bool {
        other.0.iter().all(|mark| self.holds(*mark))
    }

    /// The marks, in their order.
    pub fn iter(&self) -> impl Iterator<Item = Mark> {
        self.0.iter().copied()
    }

    /// As text: eight hexadecimal digits each.
    pub fn to_text(&self) -> String {
        let bytes: Vec<u8> = self
            .0
            .iter()
            .flat_map(|mark| mark.0.to_be_bytes())
            .collect();
        crate::bytes::to_hex(&bytes)
    }

    /// Reads such a text; what is not one is skipped.
    pub fn from_text(text: &str) -> Self {
        let marks = text.as_bytes().chunks_exact(8).filter_map(|digits| {
            let digits = core::str::from_utf8(digits).ok()?;
            u32::from_str_radix(digits, 16).ok().map(Mark)
        });
        Self::new(marks, Self::MAX)
    }
}

/// What happened to a product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Change {
    /// Its price fell.
    Fell {
        /// What it was.
        from: Money,
        /// What it is.
        to: Money,
    },
    /// It can be bought again.
    Back,
}

/// One thing that whoever left a variant may want to hear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct News {
    /// Grows with each change that a shop notices; a repeated message has the same one.
    pub id: u64,
    /// When it was noticed, epoch ms.
    pub at: u64,
    /// The variant.
    pub variant: String,
    /// What happened to it.
    pub change: Change,
}

/// News with its marks, for a look at many shoppers.
#[derive(Clone, Debug)]
pub struct Marked<'a>(Vec<(Mark, &'a News)>);

impl<'a> Marked<'a> {
    /// These.
    pub fn new(news: &'a [News]) -> Self {
        Self(
            news.iter()
                .map(|one| (Mark::of(&one.variant), one))
                .collect(),
        )
    }

    /// Those that may concern whoever watches `watched`.
    pub fn concerning(&self, watched: &Marks) -> Vec<News> {
        let concerning = self.0.iter().filter(|(mark, _)| watched.holds(*mark));
        concerning.map(|(_, one)| (*one).clone()).collect()
    }
}

/// By how much a price fell, whole percent, rounded down; `None` where it did not.
pub fn fall_percent(from: Money, to: Money) -> Option<u8> {
    if from.currency != to.currency || to.minor >= from.minor {
        return None;
    }
    let fall = u128::from(from.minor.saturating_sub(to.minor)).saturating_mul(100);
    u8::try_from(fall.checked_div(u128::from(from.minor))?).ok()
}

/// What of all that a shop's sequences care for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// The least fall of a price, whole percent; `None`: falls do not matter.
    pub percent: Option<u8>,
    /// Whether returns to stock matter.
    pub back: bool,
}

impl Interest {
    /// From a shop's sequences.
    pub fn of(sequences: &[Sequence]) -> Self {
        let falls = sequences
            .iter()
            .filter_map(|sequence| match sequence.trigger {
                Trigger::PriceDrop { min_percent, .. } => Some(min_percent),
                _ => None,
            });
        Self {
            percent: falls.min(),
            back: sequences
                .iter()
                .any(|sequence| matches!(sequence.trigger, Trigger::BackInStock { .. })),
        }
    }

    /// What happened between two descriptions of one variant.
    pub fn changes(self, before: &Product, after: &Product) -> Vec<Change> {
        let mut changes = Vec::new();
        // What cannot be bought has no price that anybody wants to hear.
        if !after.available {
            return changes;
        }
        let (from, to) = (before.price(), after.price());
        if let Some((least, percent)) = self.percent.zip(fall_percent(from, to))
            && percent >= least
        {
            changes.push(Change::Fell { from, to });
        }
        if self.back && !before.available {
            changes.push(Change::Back);
        }
        changes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequence::library;

    fn product(price_minor: u64, available: bool) -> Product {
        let json = format!(
            r#"{{"variant":"mug","title":"Mug","price_minor":{price_minor},"currency":"EUR","image":"https://shop.example/m.png","url":"https://shop.example/m","available":{available}}}"#
        );
        serde_json::from_str(&json).unwrap()
    }

    #[test]
    fn marks_survive_their_text() {
        let marks = Marks::new(["mug", "bowl", "mug"].map(Mark::of), Marks::MAX);
        assert_eq!(marks.iter().count(), 2);
        assert_eq!(Marks::from_text(&marks.to_text()), marks);
        assert!(marks.holds(Mark::of("mug")) && !marks.holds(Mark::of("plate")));
        assert!(marks.cover(&Marks::new([Mark::of("bowl")], 1)));
        assert!(!Marks::default().cover(&marks));
        assert_eq!(Marks::from_text("not hexadecimal!"), Marks::default());
    }

    #[test]
    fn a_mark_is_fnv_1a() {
        // From the algorithm's own test vectors.
        assert_eq!(Mark::of("foobar"), Mark(0xbf9c_f968));
    }

    #[test]
    fn only_what_a_sequence_cares_for_is_news() {
        let all = Interest::of(&library(crate::money::Currency::parse("EUR").unwrap()));
        assert_eq!(
            all,
            Interest {
                percent: Some(5),
                back: true
            }
        );
        let fell = |to| all.changes(&product(2_000, true), &product(to, true));
        assert_eq!(fell(1_901), [], "less than five percent");
        assert_eq!(
            fell(1_900),
            [Change::Fell {
                from: product(2_000, true).price(),
                to: product(1_900, true).price()
            }]
        );
        assert_eq!(fell(2_100), []);
        assert_eq!(
            all.changes(&product(2_000, false), &product(2_000, true)),
            [Change::Back]
        );
        assert_eq!(all.changes(&product(2_000, true), &product(10, false)), []);
        let none = Interest::default();
        assert_eq!(none.changes(&product(2_000, false), &product(1, true)), []);
    }

    #[test]
    fn a_fall_is_rounded_down() {
        let euros = |minor| product(minor, true).price();
        assert_eq!(fall_percent(euros(3), euros(2)), Some(33));
        assert_eq!(fall_percent(euros(3), euros(0)), Some(100));
        assert_eq!(fall_percent(euros(3), euros(3)), None);
        assert_eq!(fall_percent(euros(u64::MAX), euros(1)), Some(99));
    }
}
