//! When a Shopper must be woken, and what the platform's alarm is set to.

use super::{Shopper, wake};

/// Alarms this near to each other are as good as one, and one this near is about to come, ms.
const NEAR_MS: u64 = 60_000;

impl Shopper {
    /// When the object must be woken, epoch ms: the earliest of due steps, unanswered hints, lease ends and what is owed.
    pub fn next_alarm(&self) -> Option<u64> {
        let deliveries = self.deliveries.iter().filter_map(wake::wake_at).min();
        let untold = self.fact.acknowledged < self.fact.version || !self.reports.is_empty();
        let owes = (untold && self.fact.retry_at > 0).then_some(self.fact.retry_at);
        let hands = self.hands_at();
        let errands = self.errands_at();
        let times = deliveries.into_iter().chain(owes).chain(hands);
        times.chain(errands).chain(self.forgets_at()).min()
    }

    /// What the platform's alarm has to be set to now, epoch ms; `None` to leave it as it is. Setting one costs as much as a row, so
    /// one that comes too early for what is due now is left to come: it finds nothing to do, and is set anew then. So is one that
    /// is not needed any more. Called after each step that is written, before the row is, and after each wake-up.
    pub fn arm(&mut self, now: u64) -> Option<u64> {
        let next = self.next_alarm()?;
        let will_do = |armed: &u64| {
            let early = next.checked_sub(*armed);
            let far = *armed > now.saturating_add(NEAR_MS);
            *armed > now && early.is_some_and(|early| far || early <= NEAR_MS)
        };
        if self.armed_at.as_ref().is_some_and(will_do) {
            return None;
        }
        self.armed_at = Some(next);
        Some(next)
    }
}
