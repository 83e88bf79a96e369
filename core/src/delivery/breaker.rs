//! A circuit breaker for one provider: while it fails, nothing is released to it, so that no delivery's tries are spent on a provider
//! that is down. Pure; each isolate keeps the state of its own and learns by its own calls.

/// Failures in a row after which the circuit opens.
const FAILURES: u32 = 10;
/// How long it stays open at first, ms; doubles with each probe that fails, up to [`OPEN_MAX_MS`].
const OPEN_MS: u64 = 15_000;
const OPEN_MAX_MS: u64 = 300_000;
/// How long one probe may be on its way before another is let through, ms: as long as a lease, and a little.
const PROBE_MS: u64 = 25_000;
/// A provider may ask for no longer a rest than this, ms.
const REST_MAX_MS: u64 = 3_600_000;

/// What a call said of its provider's health.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Health {
    /// It answered as it should, be it with a refusal of this one message.
    Well,
    /// It did not, or had to put the message off.
    Unwell {
        /// How long it asked to be left alone, ms.
        rest_ms: Option<u64>,
    },
}

/// The circuit to one provider.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Breaker {
    /// Failures in a row.
    failures: u32,
    /// Until when nothing goes, epoch ms; then one probe at a time.
    open_until: Option<u64>,
    /// How often it was opened in a row.
    opened: u32,
    /// Until when a probe may be on its way, epoch ms.
    probe_until: u64,
}

impl Breaker {
    /// Whether a call may go at `now`, epoch ms. In a circuit that is half open, whoever is let through is the probe.
    pub fn admits(&mut self, now: u64) -> bool {
        match self.open_until {
            None => true,
            Some(until) if now < until || now < self.probe_until => false,
            Some(_) => {
                self.probe_until = now.saturating_add(PROBE_MS);
                true
            }
        }
    }

    /// Whether nothing but a probe may go at `now`.
    pub fn is_open(&self) -> bool {
        self.open_until.is_some()
    }

    /// The probe that was let through last was not made after all.
    pub fn withdraw(&mut self) {
        self.probe_until = 0;
    }

    /// Takes what a call that ended at `now`, epoch ms, says.
    pub fn note(&mut self, health: Health, now: u64) {
        match health {
            Health::Well => *self = Self::default(),
            Health::Unwell { rest_ms } => {
                self.failures = self.failures.saturating_add(1);
                let probed = self.open_until.is_some_and(|until| now >= until);
                let rest = rest_ms.map(|rest| rest.min(REST_MAX_MS));
                if probed || self.open_until.is_none() && self.failures >= FAILURES {
                    let wait = OPEN_MS
                        .saturating_mul(1 << self.opened.min(10))
                        .min(OPEN_MAX_MS);
                    self.opened = self.opened.saturating_add(1);
                    self.probe_until = 0;
                    self.open_until = Some(now.saturating_add(wait.max(rest.unwrap_or(0))));
                } else if let Some(rest) = rest {
                    // It said itself when to come back: nobody else need ask before.
                    let until = now.saturating_add(rest);
                    self.open_until = Some(self.open_until.unwrap_or(0).max(until));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DOWN: Health = Health::Unwell { rest_ms: None };

    fn opened(now: u64) -> Breaker {
        let mut breaker = Breaker::default();
        (0..FAILURES).for_each(|_| breaker.note(DOWN, now));
        breaker
    }

    #[test]
    fn opens_after_failures_in_a_row_and_only_then() {
        let mut breaker = Breaker::default();
        for _ in 0..5 {
            (1..FAILURES).for_each(|_| breaker.note(DOWN, 0));
            breaker.note(Health::Well, 0);
        }
        assert!(breaker.admits(0));
        assert!(!opened(0).admits(0));
    }

    #[test]
    fn lets_one_probe_through_when_its_time_is_over() {
        let mut breaker = opened(0);
        assert!(!breaker.admits(OPEN_MS - 1));
        assert!(breaker.admits(OPEN_MS));
        assert!(!breaker.admits(OPEN_MS), "a second beside the probe");
        // A probe of which nothing is heard does not close the way for ever.
        assert!(breaker.admits(OPEN_MS + PROBE_MS));
    }

    #[test]
    fn closes_with_a_probe_that_succeeds_and_opens_for_longer_with_one_that_fails() {
        let mut breaker = opened(0);
        assert!(breaker.admits(OPEN_MS));
        breaker.note(DOWN, OPEN_MS);
        assert!(!breaker.admits(OPEN_MS + 2 * OPEN_MS - 1));
        assert!(breaker.admits(OPEN_MS + 2 * OPEN_MS));
        breaker.note(Health::Well, OPEN_MS + 2 * OPEN_MS);
        assert!(breaker.admits(OPEN_MS + 2 * OPEN_MS));
        assert_eq!(breaker, Breaker::default());
    }

    #[test]
    fn rests_for_as_long_as_the_provider_asks_at_its_first_word() {
        let mut breaker = Breaker::default();
        let rest_ms = Some(7_000);
        breaker.note(Health::Unwell { rest_ms }, 1_000);
        assert!(!breaker.admits(7_999));
        assert!(breaker.admits(8_000));
        let rest_ms = Some(u64::MAX);
        breaker.note(Health::Unwell { rest_ms }, 8_000);
        assert!(breaker.admits(8_000 + REST_MAX_MS), "no rest is for ever");
    }

    proptest! {
        /// However calls end, a provider that is asked again and answers is used again.
        #[test]
        fn never_stays_open(events in prop::collection::vec((any::<bool>(), 0_u64..600_000), 0..60)) {
            let (mut breaker, mut now) = (Breaker::default(), 0);
            for (well, after) in events {
                now += after;
                if breaker.admits(now) {
                    breaker.note(if well { Health::Well } else { DOWN }, now);
                }
            }
            now += OPEN_MAX_MS + PROBE_MS;
            prop_assert!(breaker.admits(now));
            breaker.note(Health::Well, now);
            prop_assert!(!breaker.is_open());
        }
    }
}
