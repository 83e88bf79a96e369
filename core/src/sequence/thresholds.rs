//! When something counts as left.

use serde::{Deserialize, Serialize};

/// How long a cart must rest before it counts as left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Thresholds {
    /// A cart, ms after its last activity.
    pub cart_ms: u64,
    /// A checkout under way, ms after its last activity.
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
