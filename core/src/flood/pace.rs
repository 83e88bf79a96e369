//! How fast something may come: the generic cell rate algorithm, which keeps one number whatever the limit.

use serde::{Deserialize, Serialize};

/// So many within such a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate {
    /// How many may come at once, and again within `ms`. 0: there is no limit.
    pub count: u32,
    /// The time, ms.
    pub ms: u64,
}

/// How far what has come is ahead of its rate: when everything will be as if nothing had come, epoch ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Pace(u64);

impl Pace {
    /// Whether nothing of it counts any more at `now`.
    pub fn is_over(self, now: u64) -> bool {
        self.0 <= now
    }

    /// Whether one more may come at `now`.
    pub fn admits(self, rate: Rate, now: u64) -> bool {
        rate.count == 0
            || self.0.max(now).saturating_add(rate.gap())
                <= now.saturating_add(rate.ms.max(rate.gap()))
    }

    /// One has come.
    pub fn note(&mut self, rate: Rate, now: u64) {
        if rate.count > 0 {
            self.0 = self.0.max(now).saturating_add(rate.gap());
        }
    }
}

impl Rate {
    /// The time that one takes, ms.
    fn gap(self) -> u64 {
        self.ms / u64::from(self.count.max(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::vec::Vec;

    fn admitted(rate: Rate, times: &[u64]) -> Vec<u64> {
        let mut pace = Pace::default();
        let mut taken = Vec::new();
        for at in times {
            if pace.admits(rate, *at) {
                pace.note(rate, *at);
                taken.push(*at);
            }
        }
        taken
    }

    #[test]
    fn as_many_as_the_limit_come_at_once_and_then_one_by_one() {
        let rate = Rate {
            count: 4,
            ms: 1_000,
        };
        assert_eq!(admitted(rate, &[5; 9]).len(), 4);
        assert_eq!(
            admitted(rate, &[5, 5, 5, 5, 254, 255, 255, 505]),
            [5, 5, 5, 5, 255, 505]
        );
        assert_eq!(
            admitted(
                Rate {
                    count: 0,
                    ms: 1_000
                },
                &[5; 99]
            )
            .len(),
            99
        );
    }

    proptest! {
        /// In no time as long as the limit's come more than twice as many, and whoever keeps to the rate is never turned away.
        #[test]
        fn a_limit_holds_over_every_window(count in 1_u32..40, ms in 40_u64..100_000, mut times in prop::collection::vec(0_u64..400_000, 0..300)) {
            let rate = Rate { count, ms };
            times.sort_unstable();
            let taken = admitted(rate, &times);
            for (n, from) in taken.iter().enumerate() {
                let within = taken[n..].iter().filter(|at| **at < from + ms).count();
                // Gaps are whole milliseconds: they may be a little short.
                let slack = usize::try_from(ms / (ms / u64::from(count))).unwrap() + 1;
                prop_assert!(within <= usize::try_from(count).unwrap() + slack, "{within}");
            }
            let polite: Vec<u64> = (0..100).map(|n| n * ms.div_ceil(u64::from(count))).collect();
            prop_assert_eq!(admitted(rate, &polite).len(), 100);
        }
    }
}
