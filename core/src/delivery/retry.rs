//! When a try that provably failed is repeated. The schedule is Homing's own: the platform gives an alarm up after six tries.

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

    proptest! {
        #[test]
        fn jitter_adds_at_most_a_fifth(seed in any::<u64>(), attempts in 1_u32..8) {
            let base = DEFAULT_WAITS_MS[attempts as usize - 1];
            let wait = wait_ms(&DEFAULT_WAITS_MS, attempts, seed).unwrap();
            prop_assert!((base..=base + base / 5).contains(&wait));
        }
    }
}
