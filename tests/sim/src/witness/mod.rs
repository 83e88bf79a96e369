//! Sees everything that happens and knows what must not: design.md's invariants.

mod basket;
mod cart;
mod consent;
mod end;
mod news;
mod send;
mod shopper;

pub(crate) use consent::{Event as Spoke, Spoken};
pub(crate) use send::{Delivered, Stop};

use crate::stage::{PLANTED, PLANTED_DIGITS};

/// Whether a planted contact is in some bytes.
fn contains_planted(bytes: &[u8]) -> bool {
    contains(bytes, PLANTED) || contains(bytes, PLANTED_DIGITS)
}

fn contains(bytes: &[u8], wanted: &[u8]) -> bool {
    let Some((first, _)) = wanted.split_first() else {
        return false;
    };
    bytes.iter().enumerate().any(|(at, byte)| {
        byte == first && bytes.get(at..).is_some_and(|rest| rest.starts_with(wanted))
    })
}
