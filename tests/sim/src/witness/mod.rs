//! Sees everything that happens and knows what must not: design.md's invariants 1 to 8 and 10.

mod cart;
mod end;
mod send;
mod shopper;

pub(crate) use send::{Delivered, Stop};

use crate::stage::{PLANTED, PLANTED_PHONE};

/// Whether a planted contact is in some bytes.
fn contains_planted(bytes: &[u8]) -> bool {
    let begins = [PLANTED, PLANTED_PHONE].map(|planted| planted.first().copied());
    bytes.iter().enumerate().any(|(at, byte)| {
        begins.contains(&Some(*byte))
            && bytes
                .get(at..)
                .is_some_and(|rest| rest.starts_with(PLANTED) || rest.starts_with(PLANTED_PHONE))
    })
}
