//! Orders that a cart has heard of, by the shop's own names of them.

use crate::ids::first_16;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// The names of the latest orders, hashed. A thank-you page that is loaded again tells of its order again, under another event's id:
/// it must not take what was put into the cart since.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct References(Vec<u64>);

impl References {
    /// Most names that are remembered.
    const MAX: usize = 8;

    /// Whether an order of this name is known. One without a name never is.
    pub(super) fn knows(&self, reference: &str) -> bool {
        !reference.is_empty() && self.0.contains(&hash(reference))
    }

    /// Remembers an order's name.
    pub(super) fn note(&mut self, reference: &str) {
        if reference.is_empty() || self.knows(reference) {
            return;
        }
        if self.0.len() >= Self::MAX {
            self.0.remove(0);
        }
        self.0.push(hash(reference));
    }
}

fn hash(reference: &str) -> u64 {
    let [a, b, c, d, e, f, g, h, ..] = first_16(&Sha256::digest(reference.as_bytes()));
    u64::from_be_bytes([a, b, c, d, e, f, g, h])
}
