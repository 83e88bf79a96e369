//! What a shop's desk counts: contacts that nobody vouches for, by network and in all.

use super::{Limited, Network, Pace, Rate};
use alloc::collections::BTreeMap;
use serde::{Deserialize, Serialize};

const HOUR_MS: u64 = 3_600_000;
const DAY_MS: u64 = 24 * HOUR_MS;

/// How many there may be; 0: as many as come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// Of one network within an hour.
    pub network_hour: u32,
    /// And within a day.
    pub network_day: u32,
    /// Of one shop within an hour.
    pub shop_hour: u32,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Paces {
    hour: Pace,
    day: Pace,
}

/// How many have come. At most [`Introductions::MAX_NETWORKS`] networks are known at once, of some tens of bytes each: from more at the
/// same time only the shop's own limit protects.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Introductions {
    networks: BTreeMap<Network, Paces>,
    shop: Pace,
    /// Rows end with a time of which nothing is made any more.
    last: u64,
    /// Whether anything counts that is in memory alone.
    #[serde(skip)]
    unwritten: bool,
}

impl Introductions {
    /// Networks known at once.
    pub const MAX_NETWORKS: usize = 1_024;

    /// A contact was typed on this network at `now`. What it was one too many for; what is too many does not count.
    pub fn introduce(&mut self, network: Network, limits: Limits, now: u64) -> Option<Limited> {
        let hour = Rate {
            count: limits.network_hour,
            ms: HOUR_MS,
        };
        let day = Rate {
            count: limits.network_day,
            ms: DAY_MS,
        };
        let shop = Rate {
            count: limits.shop_hour,
            ms: HOUR_MS,
        };
        let known = self.networks.get(&network).copied().unwrap_or_default();
        if !known.hour.admits(hour, now) || !known.day.admits(day, now) {
            return Some(Limited::Network);
        }
        if !self.shop.admits(shop, now) {
            return Some(Limited::Shop);
        }
        self.shop.note(shop, now);
        self.make_room(network, now);
        let paces = self.networks.entry(network).or_default();
        paces.hour.note(hour, now);
        paces.day.note(day, now);
        self.unwritten |= limits != Limits::default();
        None
    }

    /// Whether there is something to write down; it then counts as written. That is a row for each that counts, and none for what is too
    /// many: a desk that nobody asks for ten seconds loses its memory, so whoever waits a little in between would not be counted.
    pub fn is_to_write(&mut self) -> bool {
        core::mem::take(&mut self.unwritten)
    }

    /// Networks known.
    pub fn networks(&self) -> usize {
        self.networks.len()
    }

    /// Forgets those of which nothing counts any more, and where none is, the one that has brought the least.
    fn make_room(&mut self, wanted: Network, now: u64) {
        if self.networks.len() < Self::MAX_NETWORKS || self.networks.contains_key(&wanted) {
            return;
        }
        self.networks
            .retain(|_, paces| !paces.hour.is_over(now) || !paces.day.is_over(now));
        if self.networks.len() >= Self::MAX_NETWORKS {
            let least = self.networks.iter().min_by_key(|(_, paces)| paces.day);
            if let Some(network) = least.map(|(network, _)| *network) {
                self.networks.remove(&network);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::codec;
    use proptest::prelude::*;

    const LIMITS: Limits = Limits {
        network_hour: 5,
        network_day: 8,
        shop_hour: 100,
    };

    #[test]
    fn one_network_is_stopped_and_its_neighbour_is_not() {
        let mut desk = Introductions::default();
        for n in 0..5 {
            assert_eq!(desk.introduce(Network(1), LIMITS, 1_000 + n), None);
        }
        assert_eq!(
            desk.introduce(Network(1), LIMITS, 2_000),
            Some(Limited::Network)
        );
        assert_eq!(desk.introduce(Network(2), LIMITS, 2_000), None);
        // Twelve minutes later one more may come, until the day's are used up.
        let later = |n: u64| 1_000 + n * 12 * 60_000;
        for n in 1..=3 {
            assert_eq!(desk.introduce(Network(1), LIMITS, later(n)), None);
        }
        assert_eq!(
            desk.introduce(Network(1), LIMITS, later(5)),
            Some(Limited::Network)
        );
    }

    #[test]
    fn many_networks_together_are_stopped_by_the_shops_limit() {
        let mut desk = Introductions::default();
        let taken = (0..5_000).filter(|n| desk.introduce(Network(*n), LIMITS, 7).is_none());
        assert_eq!(taken.count(), 100);
        assert_eq!(
            desk.introduce(Network(9_000), LIMITS, 8),
            Some(Limited::Shop)
        );
        assert_eq!(desk.introduce(Network(9_000), LIMITS, 8 + 36_000), None);
    }

    /// A desk loses its memory whenever nobody asks it for ten seconds.
    #[test]
    fn whoever_pauses_until_the_desk_sleeps_is_counted_all_the_same() {
        let mut row = codec::encode(&Introductions::default()).unwrap();
        let (mut now, mut taken, mut writes) = (100_000, 0, 0);
        for _ in 0..10 {
            let mut desk: Introductions = codec::decode(&row).unwrap();
            for _ in 0..4 {
                taken += u32::from(desk.introduce(Network(1), LIMITS, now).is_none());
                if desk.is_to_write() {
                    row = codec::encode(&desk).unwrap();
                    writes += 1;
                }
                now += 1_000;
            }
            now += 11_000;
        }
        assert_eq!((taken, writes), (5, 5));
        let mut unlimited = Introductions::default();
        assert_eq!(
            unlimited.introduce(Network(1), Limits::default(), now),
            None
        );
        assert!(!unlimited.is_to_write(), "nothing counts");
    }

    /// Rows of before end with a time.
    #[test]
    fn an_older_row_still_counts() {
        let mut desk = Introductions::default();
        for _ in 0..5 {
            desk.introduce(Network(1), LIMITS, 1_000);
        }
        let (networks, shop) = (desk.networks.clone(), desk.shop);
        let older = codec::encode(&(networks, shop, 100_000_u64)).unwrap();
        let mut read: Introductions = codec::decode(&older).unwrap();
        assert_eq!(
            read.introduce(Network(1), LIMITS, 2_000),
            Some(Limited::Network)
        );
    }

    proptest! {
        // Each case is thousands of calls.
        #![proptest_config(ProptestConfig::with_cases(60))]
        /// However many networks come: what is kept is bounded, and no limit is ever passed by more than what an hour gives back.
        #[test]
        fn memory_is_bounded_and_limits_hold(calls in prop::collection::vec((0_u64..3_000, 0_u64..60_000), 1..4_000)) {
            let limits = Limits { network_hour: 3, network_day: 9, shop_hour: 2_000 };
            let mut desk = Introductions::default();
            let (mut now, mut taken) = (1_000, 0_u64);
            for (network, wait) in calls {
                now += wait / 600;
                taken += u64::from(desk.introduce(Network(network), limits, now).is_none());
                prop_assert!(desk.networks() <= Introductions::MAX_NETWORKS);
            }
            prop_assert!(taken <= 2_000 + 2_000 * (now / HOUR_MS + 1));
            prop_assert!(codec::encode(&desk).unwrap().len() < 32 * Introductions::MAX_NETWORKS);
        }
    }
}
