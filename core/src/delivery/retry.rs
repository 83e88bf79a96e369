//! When a try that provably failed is repeated. The schedule is Homing's own: the platform gives an alarm up after six tries.

use alloc::vec::Vec;

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

/// Waits between tries: eight tries within about a day, then a dead letter. Shaped like Svix's published schedule.
pub const DEFAULT_WAITS_MS: [u64; 7] = [
    MINUTE,
    5 * MINUTE,
    30 * MINUTE,
    HOUR,
    3 * HOUR,
    8 * HOUR,
    12 * HOUR,
];

/// How long to wait after try number `attempts` (from 1) has failed, ms; `None` when it was the last. `seed` spreads deliveries
/// that failed together: up to a fifth is added.
pub fn wait_ms(waits: &[u64], attempts: u32, seed: u64) -> Option<u64> {
    let base = *waits.get(usize::try_from(attempts.checked_sub(1)?).ok()?)?;
    let spread = seed
        .wrapping_add(u64::from(attempts))
        .wrapping_mul(0x9e37_79b9_7f4a_7c15)
        >> 32;
    Some(base.saturating_add((base / 5).saturating_mul(spread) >> 32))
}

/// How long a message may be tried at most by these waits, ms, with all that is added to spread them.
pub fn longest_ms(waits: &[u64]) -> u64 {
    waits.iter().fold(0, |sum: u64, wait| {
        sum.saturating_add(wait.saturating_add(wait / 5))
    })
}

/// The longest that a provider may put a try off by its own word, ms.
const MAX_AFTER_MS: u64 = 12 * HOUR;

/// The same waits, none of them shorter than what the provider asked for (`Retry-After`), ms.
pub fn at_least(waits: &[u64], asked_ms: u64) -> Vec<u64> {
    let least = asked_ms.min(MAX_AFTER_MS);
    waits.iter().map(|wait| (*wait).max(least)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn ends_after_the_last_wait() {
        assert!(wait_ms(&DEFAULT_WAITS_MS, 7, 1).is_some());
        assert_eq!(wait_ms(&DEFAULT_WAITS_MS, 8, 1), None);
        assert_eq!(wait_ms(&DEFAULT_WAITS_MS, 0, 1), None);
    }

    #[test]
    fn a_provider_that_asks_for_time_gets_it_within_reason() {
        assert_eq!(at_least(&[1_000, 60_000], 5_000), [5_000, 60_000]);
        assert_eq!(at_least(&[1_000], u64::MAX), [12 * HOUR]);
    }

    proptest! {
        #[test]
        fn jitter_adds_at_most_a_fifth(seed in any::<u64>(), attempts in 1_u32..8) {
            let base = DEFAULT_WAITS_MS[attempts as usize - 1];
            let wait = wait_ms(&DEFAULT_WAITS_MS, attempts, seed).unwrap();
            prop_assert!((base..=base + base / 5).contains(&wait));
        }
    }
}
