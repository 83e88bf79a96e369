//! Sees everything that happens and knows what must not; see the crate's own words.

mod alert;
mod audience;
mod basket;
mod cart;
mod code;
mod consent;
mod end;
mod news;
mod notification;
mod replay;
mod send;
mod shopper;
mod stopped;

pub(crate) use alert::Alerts;
pub(crate) use audience::Audiences;
pub(crate) use code::{Codes, code_in};
pub(crate) use consent::{Event as Spoke, Spoken};
pub(crate) use notification::Notices;
pub(crate) use replay::Replays;
pub(crate) use send::{Delivered, Stop};
pub(crate) use stopped::{Stopped, number_of};

use crate::arena::Id;
use crate::host::Person;
use crate::model::Model;
use crate::stage::{PLANTED, PLANTED_DIGITS};
use crate::world::World;

impl World<'_> {
    /// Whether a cart is this person's, or of somebody who is said to be the same.
    fn is_of(&self, id: Id<Person>, model: &Model) -> bool {
        let owner = model.shopper.and_then(|shopper| self.person_of(shopper));
        owner.is_some_and(|owner| self.kin.are_said(id, owner))
    }

    /// The carts of this person.
    pub(crate) fn models_of(&self, id: Id<Person>) -> impl Iterator<Item = &Model> {
        let models = self.baskets.ids();
        let models = models.map(|basket| &self.baskets.at(basket).model);
        models.filter(move |model| self.is_of(id, model))
    }
}

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
