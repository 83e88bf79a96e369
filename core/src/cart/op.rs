//! What can happen to a cart's lines.

use super::{Dot, Hlc, LineKey, Quantity};
use alloc::vec::Vec;

/// An operation on lines; its name (an [`super::EventId`]) travels beside it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "edge", derive(serde::Serialize, serde::Deserialize))]
pub enum Op {
    /// Puts a line into the cart; the operation's id becomes the line's dot.
    Add {
        /// The epoch that the browser knew.
        epoch: u32,
        /// When, by the browser's clock; clamped by the edge.
        clock: Hlc,
        /// What.
        line: LineKey,
        /// How many.
        qty: Quantity,
    },
    /// Sets the quantity of one dot.
    Set {
        /// When; the latest wins.
        clock: Hlc,
        /// Whose quantity.
        dot: Dot,
        /// The new quantity.
        qty: Quantity,
    },
    /// Takes out exactly the adds that it names.
    Remove {
        /// The adds that the shopper saw.
        dots: Vec<Dot>,
    },
    /// Ends the epoch: an order or a clear, covering exactly the adds that it names.
    Close {
        /// The adds that were bought or cleared.
        dots: Vec<Dot>,
    },
}

impl Op {
    /// Most dots that one operation may name.
    pub const MAX_DOTS: usize = 500;

    /// The same operation with its clock pulled back to what the edge's `now` (ms) allows.
    #[must_use]
    pub fn clamped(self, now: u64) -> Self {
        match self {
            Self::Add {
                epoch,
                clock,
                line,
                qty,
            } => Self::Add {
                epoch,
                clock: clock.clamp(now),
                line,
                qty,
            },
            Self::Set { clock, dot, qty } => Self::Set {
                clock: clock.clamp(now),
                dot,
                qty,
            },
            other => other,
        }
    }
}
