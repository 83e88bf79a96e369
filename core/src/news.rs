//! News of products: a price that fell, a return to stock; and the variants that a shopper's left carts hold, packed so small that
//! the desk keeps them beside the shopper's next wake-up.

use crate::catalogue::Product;
use crate::prices::{Prices, fall_percent};
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
    /// Its price fell; what it has cost lately, what it costs now included. Whoever left it at a time reads there whether it is
    /// less than it was then.
    Fell(Prices),
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

    /// What happened between two descriptions of one variant, of which `prices` tells what it has cost until now.
    pub fn changes(self, before: &Product, after: &Product, prices: &Prices) -> Vec<Change> {
        let mut changes = Vec::new();
        // What cannot be bought has no price that anybody wants to hear.
        if !after.available {
            return changes;
        }
        let is_back = !before.available;
        let fell = prices
            .highest()
            .and_then(|highest| fall_percent(highest, after.price()));
        // Somebody may have left it at its highest; small falls after one another are one for them.
        if (is_back || after.price_minor < before.price_minor)
            && self
                .percent
                .zip(fell)
                .is_some_and(|(least, percent)| percent >= least)
        {
            changes.push(Change::Fell(prices.clone()));
        }
        if self.back && is_back {
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
        let mug = |price_minor| product(price_minor, true);
        let lately = |costs: &[u64]| {
            let mut prices = Prices::new(mug(2_000).price(), 0);
            for (n, minor) in (1..).zip(costs) {
                prices.note(mug(*minor).price(), n);
            }
            prices
        };
        let news = |before: &Product, after: &Product, costs: &[u64]| {
            all.changes(before, after, &lately(costs))
        };
        let fell = |costs: &[u64]| Change::Fell(lately(costs));
        assert_eq!(
            news(&mug(2_000), &mug(1_901), &[1_901]),
            [],
            "less than 5 %"
        );
        assert_eq!(news(&mug(2_000), &mug(1_900), &[1_900]), [fell(&[1_900])]);
        assert_eq!(news(&mug(2_000), &mug(2_100), &[2_100]), []);
        assert_eq!(
            news(&mug(1_940), &mug(1_880), &[1_940, 1_880]),
            [fell(&[1_940, 1_880])],
            "two small falls are one"
        );
        assert_eq!(
            news(&mug(1_500), &mug(1_600), &[1_500, 1_600]),
            [],
            "a rise, though it was dearer once"
        );
        let gone = |price_minor| product(price_minor, false);
        assert_eq!(news(&gone(2_000), &mug(2_000), &[]), [Change::Back]);
        assert_eq!(
            news(&gone(1_500), &mug(1_500), &[1_500]),
            [fell(&[1_500]), Change::Back],
            "it fell while nobody could buy it"
        );
        assert_eq!(news(&mug(2_000), &gone(10), &[10]), []);
        let none = Interest::default();
        assert_eq!(none.changes(&gone(2_000), &mug(1), &lately(&[1])), []);
    }
}
