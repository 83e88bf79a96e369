//! Sees everything that happens and knows what must not: design.md's invariants 1 to 8 and 10.

mod cart;
mod end;
mod send;
mod shopper;

pub(crate) use send::{Delivered, Stop};

use crate::stage::PLANTED;

/// Whether a planted contact is in some bytes.
fn contains_planted(bytes: &[u8]) -> bool {
    let Some((first, _)) = PLANTED.split_first() else {
        return false;
    };
    bytes.iter().enumerate().any(|(at, byte)| {
        byte == first
            && bytes
                .get(at..)
                .is_some_and(|rest| rest.starts_with(PLANTED))
    })
}
