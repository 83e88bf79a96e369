//! Notifications: whether there are any, and how long one is good for.

use crate::document::Problems;
use serde::{Deserialize, Serialize};

/// The longest that a push service keeps a message, ms: four weeks, where a service names a limit.
const MAX_KEEP_MS: u64 = 28 * 86_400_000;

/// How long one is kept, ms, however soon it is sent; unless the shop wants less. Browsers that are running take a while to connect.
const KEPT_AT_LEAST_MS: u64 = 5 * 60_000;

/// How a shop sends notifications.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object with keep_ms")]
pub struct Push {
    /// For how long at most a push service keeps a notification for a browser that is not running, ms; what comes later is not shown. 4
    /// hours where nothing is said, because nothing takes it back after an order; for the same reason never longer than nobody had been
    /// there when it was sent, and 5 minutes at least.
    #[serde(default = "four_hours")]
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 2_419_200_000_u64)))]
    pub keep_ms: u64,
}

fn four_hours() -> u64 {
    4 * 3_600_000
}

impl Push {
    pub(super) fn check(&self, problems: &mut Problems) {
        problems.within("keep_ms", Some(self.keep_ms), 0..=MAX_KEEP_MS);
    }

    /// For how long a notification is kept about a cart in which nobody has been for `quiet_ms`, in whole seconds, as push services take
    /// it. An order is the likelier the less time has passed, and what lies at the service is not taken back by one.
    pub fn keep_s(&self, quiet_ms: u64) -> u32 {
        let kept_ms = self.keep_ms.min(quiet_ms.max(KEPT_AT_LEAST_MS));
        u32::try_from(kept_ms / 1_000).unwrap_or(u32::MAX)
    }
}

#[cfg(test)]
mod tests {
    use super::Push;

    #[test]
    fn what_is_sent_soon_is_kept_shortly() {
        let kept = |keep_ms, quiet_ms| Push { keep_ms }.keep_s(quiet_ms);
        let hour = 3_600_000;
        assert_eq!(kept(4 * hour, 1_000), 300);
        assert_eq!(kept(4 * hour, hour), 3_600);
        assert_eq!(kept(4 * hour, 24 * hour), 14_400);
        // The shop may want less.
        assert_eq!(kept(60_000, 24 * hour), 60);
        assert_eq!(kept(0, hour), 0);
    }
}
