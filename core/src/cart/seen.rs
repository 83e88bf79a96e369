//! Which events a cart has already taken: a version vector with gaps.

use super::{EventId, Replica, sorted::SortedMap};

/// Every event id that was taken, packed as "all up to n" and the few beyond a gap.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "edge", derive(serde::Serialize, serde::Deserialize))]
pub struct Seen {
    runs: SortedMap<Replica, Run>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "edge", derive(serde::Serialize, serde::Deserialize))]
struct Run {
    upto: u32,
    beyond: SortedMap<u32, ()>,
}

/// Why an id cannot be remembered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SeenError {
    /// More journals wrote to this cart than it remembers.
    #[error("more than {} browsers wrote to this cart", Seen::MAX_REPLICAS)]
    TooManyReplicas,
    /// A journal skipped more numbers than the cart remembers.
    #[error("more than {} gaps in one browser's event numbers", Seen::MAX_GAPS)]
    TooManyGaps,
}

impl Seen {
    /// Journals remembered per cart; every loader that had to send by itself counts as one.
    pub const MAX_REPLICAS: usize = 128;
    /// Ids remembered beyond a gap, per journal.
    pub const MAX_GAPS: usize = 256;

    /// Whether `id` was taken.
    pub fn contains(&self, id: EventId) -> bool {
        self.runs
            .get(&id.replica)
            .is_some_and(|run| id.counter <= run.upto || run.beyond.contains_key(&id.counter))
    }

    /// Everything that either side took.
    pub(super) fn join(&mut self, other: &Self) {
        for (replica, theirs) in other.runs.iter() {
            let run = self.runs.get_or_default(*replica);
            run.upto = run.upto.max(theirs.upto);
            for (counter, ()) in theirs.beyond.iter() {
                run.beyond.get_or_default(*counter);
            }
            run.close_gaps();
        }
    }

    /// Takes `id`; `Ok(false)` when it was taken before.
    pub fn insert(&mut self, id: EventId) -> Result<bool, SeenError> {
        self.insert_within(id, Self::MAX_REPLICAS, Self::MAX_GAPS)
    }

    /// Takes the id of an order: room is kept for them where other events find none any more.
    pub fn insert_order(&mut self, id: EventId) -> Result<bool, SeenError> {
        self.insert_within(id, Self::MAX_REPLICAS * 8, Self::MAX_GAPS * 2)
    }

    fn insert_within(
        &mut self,
        id: EventId,
        replicas: usize,
        gaps: usize,
    ) -> Result<bool, SeenError> {
        if self.contains(id) {
            return Ok(false);
        }
        if !self.runs.contains_key(&id.replica) && self.runs.len() >= replicas {
            return Err(SeenError::TooManyReplicas);
        }
        let run = self.runs.get_or_default(id.replica);
        if id.counter.checked_sub(1) == Some(run.upto) {
            run.upto = id.counter;
            run.close_gaps();
        } else if run.beyond.len() >= gaps {
            return Err(SeenError::TooManyGaps);
        } else {
            run.beyond.get_or_default(id.counter);
        }
        Ok(true)
    }
}

impl Seen {
    /// Takes all that `id`'s journal wrote before it as taken.
    pub(super) fn skip_to(&mut self, id: EventId) {
        let run = self.runs.get_or_default(id.replica);
        run.upto = run.upto.max(id.counter.saturating_sub(1));
        run.close_gaps();
    }
}

impl Run {
    fn close_gaps(&mut self) {
        while let Some(next) = self
            .upto
            .checked_add(1)
            .filter(|next| self.beyond.contains_key(next))
        {
            self.upto = next;
        }
        let upto = self.upto;
        self.beyond.retain(|counter, ()| *counter > upto);
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{EventId, Replica},
        Seen, SeenError,
    };
    use proptest::prelude::*;

    fn id(counter: u32) -> EventId {
        EventId {
            replica: Replica(7),
            counter,
        }
    }

    proptest! {
        #[test]
        fn each_id_is_new_exactly_once_in_any_order(ids in proptest::collection::vec(1_u32..200, 1..150)) {
            let mut seen = Seen::default();
            let mut reference = std::collections::BTreeSet::new();
            for counter in ids {
                prop_assert_eq!(seen.insert(id(counter)), Ok(reference.insert(counter)));
            }
            for counter in 1..200 {
                prop_assert_eq!(seen.contains(id(counter)), reference.contains(&counter));
            }
        }
    }

    #[test]
    fn memory_is_bounded() {
        let mut seen = Seen::default();
        for n in 0..Seen::MAX_GAPS as u32 {
            assert_eq!(seen.insert(id(2 * n + 2)), Ok(true));
        }
        assert_eq!(seen.insert(id(9_999)), Err(SeenError::TooManyGaps));
        for n in 1..Seen::MAX_REPLICAS as u64 {
            assert_eq!(
                seen.insert(EventId {
                    replica: Replica(100 + n),
                    counter: 1
                }),
                Ok(true)
            );
        }
        assert_eq!(
            seen.insert(EventId {
                replica: Replica(1),
                counter: 1
            }),
            Err(SeenError::TooManyReplicas)
        );
    }

    #[test]
    fn orders_find_room_for_longer() {
        let of = |replica: u64, counter: u32| EventId {
            replica: Replica(replica),
            counter,
        };
        let mut journals = Seen::default();
        for n in 0..8 * Seen::MAX_REPLICAS as u64 {
            assert_eq!(journals.insert_order(of(n, 1)), Ok(true));
        }
        let one_more = of(u64::MAX, 1);
        assert_eq!(
            journals.insert_order(one_more),
            Err(SeenError::TooManyReplicas)
        );
        let mut gaps = Seen::default();
        for n in 0..2 * Seen::MAX_GAPS as u32 {
            assert_eq!(gaps.insert_order(of(1, 2 * n + 2)), Ok(true));
        }
        assert_eq!(gaps.insert_order(of(1, 9_999)), Err(SeenError::TooManyGaps));
        assert_eq!(gaps.insert_order(of(1, 2)), Ok(false));
    }

    #[test]
    fn what_is_skipped_was_taken() {
        let mut seen = Seen::default();
        seen.insert(id(7)).unwrap();
        seen.skip_to(id(6));
        assert!(seen.contains(id(5)) && !seen.contains(id(6)));
        seen.skip_to(id(3));
        assert!(seen.contains(id(5)), "nothing is forgotten");
        seen.insert(id(6)).unwrap();
        assert!(seen.contains(id(7)) && !seen.contains(id(8)));
    }

    #[test]
    fn a_contiguous_journal_takes_no_room() {
        let mut seen = Seen::default();
        for n in (1..=1_000).rev().chain(1..=1_000).filter(|n| *n <= 200) {
            let _ = seen.insert(id(n));
        }
        assert!(
            seen.runs
                .iter()
                .all(|(_, run)| run.upto == 200 && run.beyond.len() == 0)
        );
    }
}
