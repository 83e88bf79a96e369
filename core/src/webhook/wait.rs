//! How a webhook waits for its turn: sealed under a key of its day.
//!
//! The key is derived from the master key, the purpose, the shop and the day (see [`crate::seal`]). Nobody derives the key of a day that
//! lies longer back than a queue keeps its messages, so what was left behind somewhere is not opened any more.

use alloc::vec::Vec;

const DAY_MS: u64 = 86_400_000;

/// Days for which a key is still derived after its own day. Queues keep messages for four days.
const GRACE_DAYS: u64 = 3;

/// A day in UTC, counted from 1970.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Day(u64);

impl Day {
    /// For how long a value may wait at most, s: until its key is not derived any more.
    pub const LONGEST_WAIT_S: u64 = (GRACE_DAYS + 1) * DAY_MS / 1_000;

    /// The day of a time, epoch ms.
    pub fn of(at: u64) -> Self {
        Self(at / DAY_MS)
    }

    /// Whether what was sealed on this day may be opened at `now`, epoch ms.
    pub fn may_open(self, now: u64) -> bool {
        let today = Self::of(now).0;
        // A clock may be a little behind the one that sealed.
        self.0 <= today.saturating_add(1) && today.saturating_sub(self.0) <= GRACE_DAYS
    }
}

/// What a waiting webhook is bound to: its day, and whatever is said of it beside it.
pub fn context(day: Day, said: &[&str]) -> Vec<u8> {
    let mut context = day.0.to_be_bytes().to_vec();
    for text in said {
        // With its length before each, no two lists make the same bytes.
        let length = u32::try_from(text.len()).unwrap_or(u32::MAX);
        context.extend_from_slice(&length.to_be_bytes());
        context.extend_from_slice(text.as_bytes());
    }
    context
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{Purpose, tests::master};
    use crate::seal;

    #[test]
    fn a_key_is_of_its_day_and_ends_with_the_grace() {
        let day = Day::of(20_000 * DAY_MS + 5);
        assert_eq!(day, Day(20_000));
        for (now, may) in [
            (19_998, false),
            (19_999, true),
            (20_000, true),
            (20_003, true),
            (20_004, false),
        ] {
            assert_eq!(day.may_open(now * DAY_MS), may, "{now}");
        }
    }

    #[test]
    fn what_was_sealed_opens_under_its_own_day_and_words_alone() {
        let (keys, shop) = (master(), "shop_dem00001".parse().unwrap());
        let of = |day, said: &[&str]| context(Day(day), said);
        let seal = |context: &[u8]| {
            seal::seal(&keys, Purpose::Inbound, shop, context, [1; 12], b"body").unwrap()
        };
        let open = |context: &[u8], sealed: &[u8]| {
            seal::open(&keys, Purpose::Inbound, shop, context, sealed)
        };
        let sealed = seal(&of(1, &["shopify", "carts/update"]));
        assert!(open(&of(1, &["shopify", "carts/update"]), &sealed).is_ok());
        for other in [
            of(2, &["shopify", "carts/update"]),
            of(1, &["shopify", "orders/create"]),
            of(1, &["shopifyc", "arts/update"]),
        ] {
            assert!(open(&other, &sealed).is_err());
        }
    }
}
