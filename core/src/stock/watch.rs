//! A reservation held against its cart.

use super::{Item, Reservation};
use crate::object::cart::Snapshot;
use alloc::vec::Vec;

/// What a look at a cart shows about the reservation that is held for it.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Finding {
    /// It is needed.
    Fine,
    /// It is needed, and for the first time the cart was seen to hold all of it.
    Seen,
    /// The cart was bought.
    Bought,
    /// Nobody has ever written to such a cart, or it was erased.
    CartGone,
    /// These lines have left it.
    LinesGone(Vec<Item>),
}

/// Looks at a cart. What it never held does not count as gone: a browser may be late with telling of a line.
pub(super) fn look(held: &Reservation, cart: &Snapshot) -> Finding {
    if cart.entries == 0 {
        return Finding::CartGone;
    }
    let ordered = cart.slot.ordered;
    if ordered.is_some_and(|ordered| ordered.epoch >= held.cart_epoch) {
        return Finding::Bought;
    }
    let is_there = |item: &&Item| {
        let mut lines = cart.lines.iter();
        lines.any(|view| *view.line.variant() == item.variant)
    };
    let gone: Vec<Item> = held
        .lines
        .iter()
        .filter(|item| !is_there(item))
        .cloned()
        .collect();
    match (gone.is_empty(), held.in_cart) {
        (true, true) | (false, false) => Finding::Fine,
        (true, false) => Finding::Seen,
        (false, true) => Finding::LinesGone(gone),
    }
}
