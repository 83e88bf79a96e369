//! A person: their Shopper, and what is known of it from outside.

use super::{Basket, Hosted};
use crate::arena::Id;
use crate::place::Place;
use crate::shops::Mail;
use crate::stage::Contact;
use crate::witness::{Delivered, Stop};
use homing_core::cart::EventId;
use homing_core::contact::{Email, Phone};
use homing_core::delivery::DeliveryKey;
use homing_core::ids::{CartId, ShopperId};
use homing_core::object::shopper::Shopper;
use homing_core::sequence::Template;

/// A Shopper and what is known of it from outside.
pub(crate) struct Person {
    pub(crate) id: ShopperId,
    pub(crate) email: Option<Email>,
    pub(crate) phone: Option<Phone>,
    /// Whether text messages may be sent to them.
    pub(crate) texts: bool,
    pub(crate) hosted: Hosted<Shopper>,
    /// The platform's one alarm, and how often it was set.
    pub(super) alarm: Option<u64>,
    pub(super) armed: u32,
    pub(crate) was_armed: bool,
    /// Links that arrived, newest last.
    pub(crate) mailbox: Vec<(String, Id<Basket>)>,
    pub(crate) stops: Vec<Stop>,
    /// When it was acknowledged that they want no notifications, epoch ms.
    pub(crate) left_at: Vec<u64>,
    pub(crate) delivered: Vec<Delivered>,
    /// What a provider accepted in time.
    pub(crate) mails: Vec<Mail>,
    pub(crate) versions: Vec<(CartId, u64)>,
    /// When its row was written last.
    pub(crate) written_at: u64,
    /// Runs of the sweep in a row that failed, as a whole or for this person.
    pub(crate) missed: u32,
    /// News that certainly reached them, with the adds of what their carts held then; and what they were told of: which kind, and which variant,
    /// by which news at the latest.
    pub(crate) heard: Vec<(u64, Vec<EventId>)>,
    pub(crate) told: Vec<(Template, String, u64)>,
}

impl Person {
    pub(crate) fn new(contact: &Contact, place: Place) -> Self {
        Self {
            email: contact.email.clone(),
            phone: contact.phone(place).cloned(),
            texts: contact.texts,
            ..Self::of_browser(contact.shopper)
        }
    }

    /// Somebody of whom nothing is known but a browser.
    pub(crate) fn of_browser(id: ShopperId) -> Self {
        Self {
            id,
            email: None,
            phone: None,
            texts: false,
            hosted: Hosted::new(),
            alarm: None,
            armed: 0,
            was_armed: false,
            mailbox: Vec::new(),
            stops: Vec::new(),
            left_at: Vec::new(),
            delivered: Vec::new(),
            mails: Vec::new(),
            versions: Vec::new(),
            written_at: 0,
            missed: 0,
            heard: Vec::new(),
            told: Vec::new(),
        }
    }

    /// Whether this identity itself has offered a step to a provider.
    pub(crate) fn has_tried(&self, key: DeliveryKey) -> bool {
        self.delivered.iter().any(|delivered| delivered.key == key)
    }
}
