//! Which arm a shopper is in, and who is held out.
//!
//! A shopper's point is the first eight bytes of HMAC-SHA-256 under the shop's experiment key over
//! `kind ‖ 0 ‖ experiment ‖ 0 ‖ shopper`, as a number in [0, 2⁶⁴). It is scaled to one of 10,000 buckets by multiplication
//! (`⌊point · 10000 / 2⁶⁴⌋`; Lemire, "Fast random integer generation in an interval", 2019), not by a remainder: no bucket is
//! likelier than another by more than one point in 2⁶⁴. Different experiments, and the holdout, hash different texts, so their
//! assignments are independent of each other.

use super::WHOLE_BP;
use super::allocation::{Allocation, Share};
use super::name::{ArmId, ExperimentId};
use crate::flag::Flag;
use crate::ids::ShopperId;
use crate::keys::HmacSha256;
use alloc::{string::String, vec, vec::Vec};
use core::fmt;
use hmac::{KeyInit, Mac};
use serde::{Deserialize, Serialize};

/// A shop's key for assignments. It is never rotated: that would deal every shopper anew, in the middle of every experiment.
#[derive(Clone)]
pub struct ExperimentKey(HmacSha256);

impl fmt::Debug for ExperimentKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ExperimentKey(…)")
    }
}

impl ExperimentKey {
    /// From its 32 bytes.
    pub fn new(key: &[u8; 32]) -> Option<Self> {
        HmacSha256::new_from_slice(key).ok().map(Self)
    }

    /// The shopper's arm; `None` never happens, because an allocation covers every bucket.
    pub fn arm<'a>(
        &self,
        experiment: &ExperimentId,
        allocation: &'a Allocation,
        shopper: ShopperId,
    ) -> Option<&'a ArmId> {
        allocation.arm_of(self.bucket("arm", experiment.as_str(), shopper))
    }

    /// Whether the flag is on for the shopper. A larger share keeps everybody who was in the smaller one.
    pub fn is_on(&self, flag: &Flag, shopper: ShopperId) -> bool {
        flag.on && self.bucket("flag", flag.id.as_str(), shopper) < flag.share_bp
    }

    fn bucket(&self, kind: &str, name: &str, shopper: ShopperId) -> u16 {
        let mac = self
            .0
            .clone()
            .chain_update(kind.as_bytes())
            .chain_update([0])
            .chain_update(name.as_bytes())
            .chain_update([0])
            .chain_update(shopper.0)
            .finalize()
            .into_bytes();
        let point = mac
            .first_chunk::<8>()
            .map_or(0, |bytes| u64::from_be_bytes(*bytes));
        bucket_of(point)
    }
}

/// The bucket of a point, 0 to 9,999.
fn bucket_of(point: u64) -> u16 {
    let scaled = u128::from(point).saturating_mul(u128::from(WHOLE_BP)) >> 64;
    u16::try_from(scaled).unwrap_or(0)
}

/// Shoppers who are never written to, so that what the messages bring can be measured. Always on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Holdout {
    /// Names the draw: another id holds out other shoppers.
    pub id: ExperimentId,
    /// How many, in basis points of all shoppers. Raising it holds out more, and lets none go.
    pub share_bp: u16,
}

/// What the holdout means for one person.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    /// Nothing is sent.
    pub held: bool,
    /// In which arm of the holdout's tally the person counts. It differs from `held` for one who is held only because another
    /// identity of theirs was: people with several identities would otherwise pile up among the held, and those are
    /// not people like the rest. Counting by the canonical identity's own draw keeps both groups alike (intention to treat),
    /// and costs a little of the measured lift.
    pub counts_as_held: bool,
}

impl Holdout {
    /// 5 %.
    pub const DEFAULT_SHARE_BP: u16 = 500;

    /// The shop's default holdout; `None` only if `id` is no name.
    pub fn with_id(id: &str) -> Option<Self> {
        Some(Self {
            id: id.parse().ok()?,
            share_bp: Self::DEFAULT_SHARE_BP,
        })
    }

    /// Whether this identity by itself is held out.
    pub fn draws(&self, key: &ExperimentKey, shopper: ShopperId) -> bool {
        key.bucket("holdout", self.id.as_str(), shopper) < self.share_bp
    }

    /// What holds for a person known under a canonical identity and others that were joined to it: the stricter wins.
    pub fn standing(
        &self,
        key: &ExperimentKey,
        canonical: ShopperId,
        joined: &[ShopperId],
    ) -> Standing {
        let own = self.draws(key, canonical);
        Standing {
            held: own || joined.iter().any(|other| self.draws(key, *other)),
            counts_as_held: own,
        }
    }

    /// The holdout as a comparison: the held are the control, the others are treated. Empty if the share leaves one of them
    /// without shoppers, for then there is nothing to compare.
    pub fn design(&self) -> Vec<Share> {
        let share = |name: &str, share_bp| {
            ArmId::try_from(String::from(name))
                .ok()
                .filter(|_| share_bp > 0)
                .map(|arm| Share { arm, share_bp })
        };
        match (
            share("holdout", self.share_bp),
            share("treated", WHOLE_BP.saturating_sub(self.share_bp)),
        ) {
            (Some(held), Some(treated)) => vec![held, treated],
            _ => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::allocation::tests::shares;
    use super::*;
    use proptest::prelude::*;

    fn key() -> ExperimentKey {
        ExperimentKey::new(&[7; 32]).unwrap()
    }

    fn shopper(n: u64) -> ShopperId {
        let mut id = [0; 16];
        id[..8].copy_from_slice(&n.to_be_bytes());
        ShopperId(id)
    }

    fn id(text: &str) -> ExperimentId {
        text.parse().unwrap()
    }

    #[test]
    fn buckets_divide_the_range_evenly() {
        assert_eq!(bucket_of(0), 0);
        assert_eq!(bucket_of(u64::MAX), 9_999);
        for bucket in 1..10_000_u128 {
            let first = (bucket << 64).div_ceil(10_000) as u64;
            assert_eq!(u128::from(bucket_of(first)), bucket);
            assert_eq!(u128::from(bucket_of(first - 1)), bucket - 1);
        }
    }

    /// Computed apart, with Python's `hmac`: `int.from_bytes(hmac.digest(bytes([7]*32), b"arm\0subject\0" + bytes(16),
    /// "sha256")[:8], "big") * 10000 >> 64`, and so on.
    #[test]
    fn an_assignment_never_changes() {
        let buckets = [("arm", 0_u64), ("arm", 1), ("holdout", 0), ("holdout", 1)]
            .map(|(kind, n)| key().bucket(kind, "subject", shopper(n)));
        assert_eq!(buckets, BUCKETS);
    }

    /// Pearson's χ² over 100 groups of buckets; 99 degrees of freedom pass 158 once in ten thousand draws, and this draw is
    /// fixed.
    #[test]
    fn shoppers_spread_evenly() {
        let mut counts = [0_u32; 100];
        for n in 0..30_000 {
            counts[usize::from(key().bucket("arm", "subject", shopper(n)) / 100)] += 1;
        }
        let chi: f64 = counts
            .iter()
            .map(|count| (f64::from(*count) - 300.0).powi(2) / 300.0)
            .sum();
        assert!(chi < 158.0, "{chi}");
    }

    #[test]
    fn experiments_and_the_holdout_are_independent_of_each_other() {
        let half = Allocation::new(&shares(&[("a", 5_000), ("b", 5_000)])).unwrap();
        let holdout = Holdout {
            id: id("subject"),
            share_bp: 5_000,
        };
        let mut cells = [[0_i32; 2]; 2];
        let mut held = [[0_i32; 2]; 2];
        for n in 0..10_000 {
            let in_a = |experiment| {
                let arm = key().arm(&id(experiment), &half, shopper(n)).unwrap();
                usize::from(arm.as_str() == "a")
            };
            cells[in_a("subject")][in_a("offer")] += 1;
            held[in_a("subject")][usize::from(holdout.draws(&key(), shopper(n)))] += 1;
        }
        // Each cell is binomial with mean 2,500 and deviation 43; five of those.
        for cell in cells.iter().chain(&held).flatten() {
            assert!((cell - 2_500).abs() < 217, "{cells:?} {held:?}");
        }
    }

    proptest! {
        #[test]
        fn the_stricter_wins_and_each_counts_by_their_own_draw(n in any::<u64>(), m in any::<u64>()) {
            let holdout = Holdout { id: id("holdout"), share_bp: 3_000 };
            let (a, b) = (shopper(n), shopper(m));
            let (own, other) = (holdout.draws(&key(), a), holdout.draws(&key(), b));
            let standing = holdout.standing(&key(), a, &[b]);
            prop_assert_eq!(standing, Standing { held: own || other, counts_as_held: own });
        }

        #[test]
        fn a_larger_share_of_a_flag_keeps_the_smaller_one(n in any::<u64>(), small in 0_u16..=10_000, more in 0_u16..=10_000) {
            let flag = |share_bp| Flag { id: crate::flag::FlagId::new("early").unwrap(), on: true, share_bp };
            let large = flag(small.saturating_add(more).min(10_000));
            prop_assert!(!key().is_on(&flag(small), shopper(n)) || key().is_on(&large, shopper(n)));
            let off = Flag { on: false, ..large };
            prop_assert!(!key().is_on(&off, shopper(n)));
            prop_assert!(key().is_on(&flag(10_000), shopper(n)) && !key().is_on(&flag(0), shopper(n)));
        }

        #[test]
        fn a_larger_holdout_lets_nobody_go(n in any::<u64>(), small in 0_u16..=10_000, more in 0_u16..=10_000) {
            let holdout = |share_bp| Holdout { id: id("holdout"), share_bp };
            let larger = small.saturating_add(more).min(10_000);
            prop_assert!(
                !holdout(small).draws(&key(), shopper(n)) || holdout(larger).draws(&key(), shopper(n))
            );
        }
    }

    #[test]
    fn the_holdout_compares_the_held_with_the_rest() {
        let holdout = Holdout::with_id("holdout").unwrap();
        assert_eq!(
            holdout.design(),
            shares(&[("holdout", 500), ("treated", 9_500)])
        );
        for share_bp in [0, 10_000] {
            let none = Holdout {
                share_bp,
                ..holdout.clone()
            };
            assert_eq!(none.design(), []);
        }
    }

    const BUCKETS: [u16; 4] = [6_930, 1_054, 6_820, 6_436];
}
