//! Which arm owns which part of the hash's range, and how that changes when shares are edited.
//!
//! The range is cut into 10,000 buckets of one basis point. An arm owns ranges of buckets, and keeps them: when shares change,
//! an arm that shrinks gives up the end of what it owns, an arm that grows takes what was given up, and nothing else moves. So
//! a shopper changes arms only from one that shrinks to one that grows, and as few do as the new shares allow. The price is
//! memory: the ranges follow from the whole history of edits, so they are kept with the experiment, and an edit that is taken
//! back need not bring the same shoppers back.
//!
//! What was counted under other shares does not compare: counts belong to a [`Allocation::revision`].

use super::WHOLE_BP;
use super::name::ArmId;
use alloc::{collections::BTreeMap, vec::Vec};
use serde::{Deserialize, Serialize};

/// An arm's share of shoppers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Share {
    /// Whose.
    pub arm: ArmId,
    /// How much, in basis points, at least 1.
    pub share_bp: u16,
}

/// Shares that cannot be an experiment's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidShares {
    /// An arm with nothing.
    #[error("every share is at least 1 basis point")]
    Empty,
    /// An arm listed twice.
    #[error("every arm has one share")]
    Twice,
    /// Too much or too little.
    #[error("shares sum to 10000 basis points")]
    Sum,
}

fn check_sum(shares: &[Share]) -> Result<(), InvalidShares> {
    if shares.iter().any(|share| share.share_bp == 0) {
        return Err(InvalidShares::Empty);
    }
    let sum: u64 = shares.iter().map(|share| u64::from(share.share_bp)).sum();
    (sum == u64::from(WHOLE_BP))
        .then_some(())
        .ok_or(InvalidShares::Sum)
}

/// The shares as a map.
fn by_arm(shares: &[Share]) -> Result<BTreeMap<ArmId, u16>, InvalidShares> {
    check_sum(shares)?;
    let map: BTreeMap<ArmId, u16> = shares
        .iter()
        .map(|share| (share.arm.clone(), share.share_bp))
        .collect();
    (map.len() == shares.len())
        .then_some(map)
        .ok_or(InvalidShares::Twice)
}

#[derive(Deserialize)]
struct Stored {
    revision: u32,
    ranges: Vec<Share>,
}

impl TryFrom<Stored> for Allocation {
    type Error = InvalidShares;

    fn try_from(stored: Stored) -> Result<Self, InvalidShares> {
        check_sum(&stored.ranges)?;
        Ok(Self {
            revision: stored.revision,
            ranges: stored.ranges,
        })
    }
}

/// The ranges of buckets that arms own, in the order of the buckets; together they cover all of them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored")]
pub struct Allocation {
    revision: u32,
    /// An arm may own several ranges.
    ranges: Vec<Share>,
}

impl Allocation {
    /// The first allocation: one range an arm, in the order given.
    pub fn new(shares: &[Share]) -> Result<Self, InvalidShares> {
        by_arm(shares)?;
        Ok(Self {
            revision: 0,
            ranges: shares.to_vec(),
        })
    }

    /// How often shares have been changed. Exposures and what came of them are counted apart for each revision.
    pub fn revision(&self) -> u32 {
        self.revision
    }

    /// The owner of `bucket`; `None` only from 10,000 on.
    pub fn arm_of(&self, bucket: u16) -> Option<&ArmId> {
        let mut end: u16 = 0;
        self.ranges.iter().find_map(|range| {
            end = end.saturating_add(range.share_bp);
            (bucket < end).then_some(&range.arm)
        })
    }

    /// What `arm` owns, in basis points.
    pub fn share_bp(&self, arm: &ArmId) -> u16 {
        self.ranges
            .iter()
            .filter(|range| range.arm == *arm)
            .fold(0, |sum, range| sum.saturating_add(range.share_bp))
    }

    /// The allocation after an edit: see the module for what moves. Arms that `shares` leaves out give up everything. The same
    /// shares give the same ranges and revision.
    pub fn resized(&self, shares: &[Share]) -> Result<Self, InvalidShares> {
        let target = by_arm(shares)?;
        let mut surplus: BTreeMap<&ArmId, u16> = BTreeMap::new();
        for range in &self.ranges {
            let owned = self.share_bp(&range.arm);
            let keeps = target.get(&range.arm).copied().unwrap_or(0);
            surplus.insert(&range.arm, owned.saturating_sub(keeps));
        }
        if surplus.values().all(|surplus| *surplus == 0) {
            return Ok(self.clone());
        }
        // From the back, so that every arm gives up the end of what it owns.
        let mut pieces: Vec<(Option<&ArmId>, u16)> = Vec::new();
        for range in self.ranges.iter().rev() {
            let left = surplus.get(&range.arm).copied().unwrap_or(0);
            let given = left.min(range.share_bp);
            surplus.insert(&range.arm, left.saturating_sub(given));
            pieces.push((None, given));
            pieces.push((Some(&range.arm), range.share_bp.saturating_sub(given)));
        }
        let mut takers = shares
            .iter()
            .map(|share| {
                let owned = self.share_bp(&share.arm);
                (&share.arm, share.share_bp.saturating_sub(owned))
            })
            .filter(|(_, wanted)| *wanted > 0)
            .collect::<Vec<_>>()
            .into_iter();
        let mut taker = takers.next();
        let mut ranges = Ranges::default();
        for (owner, mut size) in pieces.into_iter().rev() {
            if let Some(arm) = owner {
                ranges.push(arm, size);
                continue;
            }
            while size > 0 {
                let Some((arm, wanted)) = taker.take() else {
                    break;
                };
                let taken = wanted.min(size);
                ranges.push(arm, taken);
                size = size.saturating_sub(taken);
                taker = match wanted.saturating_sub(taken) {
                    0 => takers.next(),
                    rest => Some((arm, rest)),
                };
            }
        }
        check_sum(&ranges.0)?;
        Ok(Self {
            revision: self.revision.saturating_add(1),
            ranges: ranges.0,
        })
    }

    /// The shares by which `arm` enters with `share_bp`, taken from the others in proportion to what they own: `n·(1 − s)`,
    /// rounded by the largest remainder (Hamilton's method), so that they sum to the whole. `None` if it leaves one of them
    /// with nothing.
    pub fn shares_with(&self, arm: &ArmId, share_bp: u16) -> Option<Vec<Share>> {
        let whole = u32::from(WHOLE_BP);
        let left = whole.checked_sub(u32::from(share_bp))?;
        let mut others: Vec<ArmId> = Vec::new();
        for range in &self.ranges {
            if range.arm != *arm && !others.contains(&range.arm) {
                others.push(range.arm.clone());
            }
        }
        let owned: u32 = others
            .iter()
            .map(|other| u32::from(self.share_bp(other)))
            .sum();
        let mut shares = Vec::new();
        for other in others {
            let scaled = u32::from(self.share_bp(&other)).saturating_mul(left);
            let floor = u16::try_from(scaled.checked_div(owned)?).ok()?;
            let remainder = scaled.checked_rem(owned)?;
            shares.push((
                remainder,
                Share {
                    arm: other,
                    share_bp: floor,
                },
            ));
        }
        let given: u32 = shares.iter().map(|(_, s)| u32::from(s.share_bp)).sum();
        let missing = usize::try_from(left.checked_sub(given)?).ok()?;
        let mut order: Vec<&mut (u32, Share)> = shares.iter_mut().collect();
        order.sort_by_key(|(remainder, _)| core::cmp::Reverse(*remainder));
        for (_, share) in order.into_iter().take(missing) {
            share.share_bp = share.share_bp.saturating_add(1);
        }
        let mut shares: Vec<Share> = shares.into_iter().map(|(_, share)| share).collect();
        shares.push(Share {
            arm: arm.clone(),
            share_bp,
        });
        by_arm(&shares).ok()?;
        Some(shares)
    }
}

/// Ranges under construction: neighbours of one owner become one range.
#[derive(Default)]
struct Ranges(Vec<Share>);

impl Ranges {
    fn push(&mut self, arm: &ArmId, size: u16) {
        match self.0.last_mut() {
            _ if size == 0 => {}
            Some(last) if last.arm == *arm => last.share_bp = last.share_bp.saturating_add(size),
            _ => self.0.push(Share {
                arm: arm.clone(),
                share_bp: size,
            }),
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use proptest::prelude::*;

    pub(crate) fn shares(of: &[(&str, u16)]) -> Vec<Share> {
        of.iter()
            .map(|(arm, share_bp)| Share {
                arm: arm.parse().unwrap(),
                share_bp: *share_bp,
            })
            .collect()
    }

    fn owners(allocation: &Allocation) -> Vec<&ArmId> {
        (0..WHOLE_BP)
            .map(|bucket| allocation.arm_of(bucket).unwrap())
            .collect()
    }

    /// Shares of some of six arms, by cutting the whole at random places.
    fn any_shares() -> impl Strategy<Value = Vec<Share>> {
        (
            proptest::sample::subsequence(vec!["a", "b", "c", "d", "e", "f"], 1..=6),
            proptest::collection::btree_set(1_u16..WHOLE_BP, 5),
        )
            .prop_map(|(arms, cuts)| {
                let mut ends: Vec<u16> = cuts.into_iter().take(arms.len() - 1).collect();
                ends.push(WHOLE_BP);
                let mut begin = 0;
                arms.into_iter()
                    .zip(ends)
                    .map(|(arm, end)| {
                        let share_bp = end - begin;
                        begin = end;
                        Share {
                            arm: arm.parse().unwrap(),
                            share_bp,
                        }
                    })
                    .collect()
            })
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn an_edit_moves_shoppers_only_from_arms_that_shrink_to_arms_that_grow(
            history in proptest::collection::vec(any_shares(), 2..8)
        ) {
            let mut before = Allocation::new(&history[0]).unwrap();
            for target in &history[1..] {
                let after = before.resized(target).unwrap();
                let mut moved = 0;
                for (from, to) in owners(&before).into_iter().zip(owners(&after)) {
                    if from != to {
                        moved += 1;
                        prop_assert!(after.share_bp(from) < before.share_bp(from));
                        prop_assert!(after.share_bp(to) > before.share_bp(to));
                    }
                }
                // No construction can move fewer: every basis point that an arm loses belonged to somebody.
                let least: u32 = ["a", "b", "c", "d", "e", "f"]
                    .map(|arm| arm.parse().unwrap())
                    .iter()
                    .map(|arm| u32::from(before.share_bp(arm).saturating_sub(after.share_bp(arm))))
                    .sum();
                prop_assert_eq!(moved, least);
                for share in target {
                    prop_assert_eq!(after.share_bp(&share.arm), share.share_bp);
                }
                before = after;
            }
        }

        #[test]
        fn ranges_survive_storage(history in proptest::collection::vec(any_shares(), 1..5)) {
            let mut allocation = Allocation::new(&history[0]).unwrap();
            for target in &history[1..] {
                allocation = allocation.resized(target).unwrap();
            }
            let json = serde_json::to_string(&allocation).unwrap();
            prop_assert_eq!(&serde_json::from_str::<Allocation>(&json).unwrap(), &allocation);
            let bytes = postcard::to_allocvec(&allocation).unwrap();
            prop_assert_eq!(&postcard::from_bytes::<Allocation>(&bytes).unwrap(), &allocation);
        }

        #[test]
        fn a_new_arm_takes_from_all_in_proportion(start in any_shares(), share_bp in 1_u16..5_000) {
            let new: ArmId = "new".parse().unwrap();
            let before = Allocation::new(&start).unwrap();
            if let Some(target) = before.shares_with(&new, share_bp) {
                let after = before.resized(&target).unwrap();
                prop_assert_eq!(after.share_bp(&new), share_bp);
                for share in &start {
                    let exact = f64::from(share.share_bp) * f64::from(WHOLE_BP - share_bp) / 10_000.0;
                    prop_assert!((f64::from(after.share_bp(&share.arm)) - exact).abs() < 1.0);
                }
            } else {
                prop_assert!(start.iter().any(|share| share.share_bp < 3));
            }
        }
    }

    #[test]
    fn an_arm_keeps_its_front_and_gives_up_its_end() {
        let half = Allocation::new(&shares(&[("a", 5_000), ("b", 5_000)])).unwrap();
        let edited = half
            .resized(&shares(&[("a", 6_000), ("b", 4_000)]))
            .unwrap();
        let arm = |bucket| edited.arm_of(bucket).unwrap().as_str();
        assert_eq!((arm(0), arm(4_999), arm(5_000)), ("a", "a", "b"));
        assert_eq!((arm(8_999), arm(9_000), arm(9_999)), ("b", "a", "a"));
        assert_eq!(edited.arm_of(10_000), None);
        assert_eq!((half.revision(), edited.revision()), (0, 1));
        assert_eq!(
            edited.resized(&shares(&[("b", 4_000), ("a", 6_000)])),
            Ok(edited)
        );
    }

    #[test]
    fn shares_that_are_not_a_whole_are_refused() {
        for (wrong, why) in [
            (vec![("a", 5_000), ("b", 4_999)], InvalidShares::Sum),
            (vec![("a", 60_000), ("b", 15_536)], InvalidShares::Sum),
            (vec![("a", 10_000), ("b", 0)], InvalidShares::Empty),
            (vec![("a", 5_000), ("a", 5_000)], InvalidShares::Twice),
            (vec![], InvalidShares::Sum),
        ] {
            assert_eq!(Allocation::new(&shares(&wrong)), Err(why), "{wrong:?}");
        }
        let stored = r#"{"revision":1,"ranges":[{"arm":"a","share_bp":9999}]}"#;
        assert!(serde_json::from_str::<Allocation>(stored).is_err());
    }
}
