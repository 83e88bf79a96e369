//! What the connected platform is asked for.

use crate::calendar::{DAY_MS, HOUR_MS};
use crate::document::Problems;
use serde::{Deserialize, Serialize};

/// What a shop wants of the platform that it is connected to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(
    deny_unknown_fields,
    expecting = "an object with code_ms, without_code and prices"
)]
pub struct PlatformRules {
    /// For how long a code counts that is made for one message, ms: an hour to 90 days. As long as the message may be tried comes on top.
    #[serde(default = "code_ms")]
    #[cfg_attr(
        feature = "schema",
        schemars(range(min = 3_600_000, max = 7_776_000_000_u64))
    )]
    pub code_ms: u64,
    /// What becomes of a message for which the platform refuses to make a code: it goes without an offer, or else not at all.
    #[serde(default)]
    pub without_code: bool,
    /// Whether the platform's prices count before those of the catalogue. Whether something can be bought the platform says in any case.
    #[serde(default = "yes")]
    pub prices: bool,
}

impl PlatformRules {
    pub(super) fn check(self, problems: &mut Problems) {
        problems.within("code_ms", Some(self.code_ms), HOUR_MS..=90 * DAY_MS);
    }
}

impl Default for PlatformRules {
    fn default() -> Self {
        Self {
            code_ms: code_ms(),
            without_code: false,
            prices: true,
        }
    }
}

fn code_ms() -> u64 {
    7 * DAY_MS
}

fn yes() -> bool {
    true
}
