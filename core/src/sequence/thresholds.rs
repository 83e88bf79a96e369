//! When something counts as left.

use serde::{Deserialize, Serialize};

/// How long a cart must rest before it counts as left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(expecting = "an object with cart_ms and checkout_ms")]
pub struct Thresholds {
    /// A cart, ms after its last activity.
    #[cfg_attr(feature = "schema", schemars(range(min = 1_000)))]
    pub cart_ms: u64,
    /// A checkout under way, ms after its last activity.
    #[cfg_attr(feature = "schema", schemars(range(min = 1_000)))]
    pub checkout_ms: u64,
}

const HOUR: u64 = 3_600_000;

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            cart_ms: HOUR,
            checkout_ms: HOUR / 2,
        }
    }
}
