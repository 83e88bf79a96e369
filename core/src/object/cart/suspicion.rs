//! Whether a cart is a shopper's at all.

use super::Cart;
use crate::flood::Doubt;
use crate::log::{Stage, What};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What speaks against it, as long as it is not bought or cleared; that a machine fills it, as long as it is not empty either.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Suspicion {
    pub(super) doubt: Option<Doubt>,
    /// When payments failed within the last hour, epoch ms.
    failures: Vec<u64>,
}

impl Suspicion {
    /// As many payments may fail within an hour before it looks as if cards were tried. People give up, or succeed, after a few.
    const MAX_FAILURES: usize = 8;
    const WINDOW_MS: u64 = 3_600_000;

    fn note_failure(&mut self, now: u64) {
        self.failures
            .retain(|at| at.saturating_add(Self::WINDOW_MS) > now);
        if self.failures.len() < Self::MAX_FAILURES {
            self.failures.push(now);
        }
        if self.failures.len() >= Self::MAX_FAILURES {
            self.doubt = Some(Doubt::CardTesting);
        }
    }
}

impl Cart {
    /// Whether the edge or the cart itself doubts that it is a shopper's.
    pub fn doubt(&self) -> Option<Doubt> {
        self.suspicion.doubt
    }

    /// The edge doubts it. What was found out before stays.
    pub(super) fn suspect(&mut self, doubt: Option<Doubt>) {
        self.suspicion.doubt = self.suspicion.doubt.or(doubt);
    }

    /// Looks at what happens, heard of at `now`.
    pub(super) fn watch(&mut self, what: &What, now: u64) {
        match what {
            What::Checkout {
                stage: Stage::PaymentFailed,
                ..
            } => self.suspicion.note_failure(now),
            What::Checkout {
                stage: Stage::PaymentSucceeded,
                ..
            } => self.suspicion.failures.clear(),
            // Whoever begins once more may be a person by then. Cards that are tried ask for no full cart.
            What::Lines(_)
                if self.state.is_empty() && self.suspicion.doubt == Some(Doubt::Automated) =>
            {
                self.suspicion.doubt = None;
            }
            _ => {}
        }
    }
}
