//! Under which trace a cart's life is told: the one that its first event came with, kept until the order or the clearing that ends it,
//! so that everything about it is found by one id, whoever tells more of it later and in whichever visit.

use super::Cart;
use crate::log::What;
use crate::traceparent::TraceId;
use serde::{Deserialize, Serialize};

/// The trace of a cart.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Traced {
    /// Of its life, or of the one that ended last.
    life: Option<TraceId>,
    /// Whether that life goes on.
    lives: bool,
    /// What the call under way came with.
    #[serde(skip)]
    heard: Option<TraceId>,
    /// Whether the life has begun in this very event.
    #[serde(skip)]
    begins: bool,
}

impl Traced {
    /// A call comes with this trace; `None`: it is over.
    pub(super) fn hear(&mut self, trace: Option<TraceId>) {
        self.heard = trace;
    }

    /// Something happens to the cart.
    pub(super) fn begin(&mut self) {
        if let Some(trace) = self.heard.filter(|_| !self.lives) {
            self.life = Some(trace);
            self.lives = true;
            self.begins = true;
        }
    }

    /// Its lines were bought or cleared.
    pub(super) fn end(&mut self) {
        self.lives = false;
    }

    /// What the log says with an event.
    pub(super) fn of(&mut self, what: &What) -> Option<TraceId> {
        let begins = core::mem::take(&mut self.begins);
        let ends = matches!(what, What::Order { .. } | What::ForkOrdered { .. });
        self.life.filter(|_| begins || ends)
    }
}

impl Cart {
    /// The trace of its life, or of the one that ended last; `None` where nobody has named one.
    pub fn trace(&self) -> Option<TraceId> {
        self.traced.life
    }
}
