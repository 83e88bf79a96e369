//! What a person has bought here: how often, and when lately.

use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// Orders of one person. The moment at which the edge took an order first names it: carts that hear of it later, by a copy or by a
/// shop's basket, tell of the same moment, so that it counts once.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Purchases {
    count: u32,
    /// The latest ones, epoch ms, in their order.
    latest: Vec<u64>,
}

impl Purchases {
    /// Orders whose time is remembered.
    const MAX: usize = 8;

    /// How many there were.
    pub(super) fn count(&self) -> u32 {
        self.count
    }

    /// When the last of them was taken, epoch ms; what was left before it is not written about.
    pub(super) fn last_at(&self) -> Option<u64> {
        self.latest.last().copied()
    }

    /// When the latest of them were taken, epoch ms, in their order.
    pub(super) fn iter(&self) -> impl Iterator<Item = u64> {
        self.latest.iter().copied()
    }

    /// An order was taken then; whether nobody had said so. One that is older than all that are remembered may have been counted.
    pub(super) fn note(&mut self, at: u64) -> bool {
        let is_full = self.latest.len() >= Self::MAX;
        let is_forgotten = is_full && self.latest.first().is_some_and(|first| at < *first);
        let Err(place) = self.latest.binary_search(&at) else {
            return false;
        };
        if is_forgotten {
            return false;
        }
        self.latest.insert(place, at);
        if is_full {
            self.latest.remove(0);
        }
        self.count = self.count.saturating_add(1);
        true
    }

    /// Those of two identities of one person.
    pub(super) fn join(&mut self, other: Self) {
        let forgotten = self.forgotten().saturating_add(other.forgotten());
        self.latest.extend(other.latest);
        self.latest.sort_unstable();
        self.latest.dedup();
        self.count = forgotten.saturating_add(length(&self.latest));
        let excess = self.latest.len().saturating_sub(Self::MAX);
        self.latest.drain(..excess);
    }

    /// How many have no remembered time.
    fn forgotten(&self) -> u32 {
        self.count.saturating_sub(length(&self.latest))
    }
}

fn length(times: &[u64]) -> u32 {
    u32::try_from(times.len()).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_order_counts_once_in_whatever_order_it_is_heard_of() {
        let mut bought = Purchases::default();
        assert!([5, 3, 9].map(|at| bought.note(at)).iter().all(|new| *new));
        assert!([3, 9, 5].map(|at| bought.note(at)).iter().all(|new| !new));
        assert_eq!((bought.count(), bought.last_at()), (3, Some(9)));
        for at in 10..20 {
            bought.note(at);
        }
        assert_eq!(bought.count(), 13);
        assert!(!bought.note(4), "it may have been counted");
        assert_eq!(
            bought.iter().collect::<Vec<_>>(),
            [12, 13, 14, 15, 16, 17, 18, 19]
        );
    }

    #[test]
    fn what_both_identities_know_of_is_one_order() {
        let bought = |times: &[u64]| {
            let mut bought = Purchases::default();
            for at in times {
                bought.note(*at);
            }
            bought
        };
        let mut own = bought(&[1, 2, 3]);
        own.join(bought(&[2, 7]));
        assert_eq!((own.count(), own.last_at()), (4, Some(7)));
        let mut many = bought(&(0..12).collect::<Vec<_>>());
        many.join(bought(&(100..112).collect::<Vec<_>>()));
        assert_eq!((many.count(), many.last_at()), (24, Some(111)));
    }
}
