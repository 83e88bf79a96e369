//! The telephone number, and how far it may be believed.

use super::Shopper;
use crate::bugs::{self, Bug};
use crate::contact::Phone;
use crate::ids::CartId;
use alloc::{vec, vec::Vec};
use serde::{Deserialize, Serialize};

/// A number, and who vouches for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Telephone {
    number: Phone,
    /// The carts whose browsers have said it beside an address, which anybody can do: it is good for messages about these carts and
    /// no other. `None`: it names the shopper, or a server has said that it is theirs.
    said_in: Option<Vec<CartId>>,
}

impl Telephone {
    pub(super) fn number(&self) -> &Phone {
        &self.number
    }

    /// The number by which a message about all of these carts may go.
    pub(super) fn about(&self, mut carts: impl Iterator<Item = CartId>) -> Option<&Phone> {
        let good = match &self.said_in {
            None => true,
            Some(_) if bugs::is(Bug::NumberBelieved) => true,
            Some(said_in) => carts.all(|cart| said_in.contains(&cart)),
        };
        good.then_some(&self.number)
    }

    /// Of one person's two the one that is vouched for; else what both were said in, or the first.
    pub(super) fn join(own: Option<Self>, other: Option<Self>) -> Option<Self> {
        let (own, other) = match (own, other) {
            (Some(own), Some(other)) => (own, other),
            (own, other) => return own.or(other),
        };
        Some(match (own.said_in, other.said_in) {
            (Some(_), None) => Self {
                said_in: None,
                ..other
            },
            (Some(mut said_in), Some(others)) if own.number == other.number => {
                said_in.extend(others);
                Self {
                    said_in: Some(said_in),
                    ..own
                }
            }
            (said_in, _) => Self { said_in, ..own },
        })
    }
}

impl Shopper {
    /// Takes a number: `names` the shopper, or is said on `cart` beside the address that does.
    pub(super) fn take_number(&mut self, number: Phone, names: bool, cart: CartId) {
        if names {
            if self.phone.as_ref().is_none_or(|own| own.said_in.is_some()) {
                if self.phone().is_some_and(|own| *own != number) {
                    self.forget_number();
                }
                self.phone = Some(Telephone {
                    number,
                    said_in: None,
                });
            }
            return;
        }
        match &mut self.phone {
            Some(Telephone { said_in: None, .. }) => {}
            Some(own) if own.number == number => {
                let said_in = own.said_in.get_or_insert_default();
                if !said_in.contains(&cart) {
                    said_in.push(cart);
                    let excess = said_in.len().saturating_sub(Self::MAX_CARTS);
                    said_in.drain(..excess);
                }
            }
            own => {
                // Whether it is the one that was erased with the person nobody knows any more: what was said of that one holds.
                let is_other = own.is_some() || self.erasure.is_none();
                *own = Some(Telephone {
                    number,
                    said_in: Some(vec![cart]),
                });
                if is_other {
                    self.forget_number();
                }
            }
        }
    }
}
