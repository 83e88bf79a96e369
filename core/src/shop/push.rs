//! Notifications: whether there are any, and how long one is good for.

use crate::document::Problems;
use serde::{Deserialize, Serialize};

/// The longest that a push service keeps a message, ms: four weeks, where a service names a limit.
const MAX_KEEP_MS: u64 = 28 * 86_400_000;

/// How a shop sends notifications.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object with keep_ms")]
pub struct Push {
    /// For how long a push service keeps a notification for a browser that is not running, ms; what comes later is not shown. 4 hours
    /// where nothing is said, because nothing takes it back after an order.
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

    /// The same in whole seconds, as push services take it.
    pub fn keep_s(&self) -> u32 {
        u32::try_from(self.keep_ms / 1_000).unwrap_or(u32::MAX)
    }
}
