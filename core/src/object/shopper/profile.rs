//! Who a shopper is, for a merchant who may know.

use super::Shopper;
use crate::ids::{CartId, ShopperId};
use alloc::{string::String, vec::Vec};
use core::fmt;
use serde::{Deserialize, Serialize};

/// Who a shopper is. It is read and never kept: a contact stays in the Shopper.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Profile {
    /// The shopper's id: who speaks for all of its identities.
    pub shopper: ShopperId,
    /// The address.
    pub email: Option<String>,
    /// The number.
    pub phone: Option<String>,
    /// What the shop's own records call the customer by name.
    pub name: Option<String>,
    /// And by what number or other reference.
    pub reference: Option<String>,
    /// Whether email is agreed to; `None`: it was never asked.
    pub consent_email: Option<bool>,
    /// Whether SMS is agreed to; `None`: it was never asked.
    pub consent_sms: Option<bool>,
    /// The carts that it owns, by id: with their objects' names.
    pub carts: Vec<(CartId, String)>,
}

impl fmt::Debug for Profile {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Profile")
            .field("shopper", &self.shopper)
            .finish_non_exhaustive()
    }
}

impl Profile {
    /// Without what says who it is.
    pub fn nameless(&self) -> Self {
        Self {
            email: None,
            phone: None,
            name: None,
            reference: None,
            ..self.clone()
        }
    }
}

impl Shopper {
    /// Who the shopper is.
    pub fn profile(&self) -> Profile {
        let told = self.customer();
        let text = |text: &crate::document::text::Text| String::from(text.as_str());
        Profile {
            shopper: self.id,
            email: self
                .email
                .as_ref()
                .map(|email| String::from(email.as_str())),
            phone: self.phone().map(|phone| String::from(phone.as_str())),
            name: told.and_then(|told| told.name.as_ref()).map(text),
            reference: told.and_then(|told| told.reference.as_ref()).map(text),
            consent_email: self.consent.email(),
            consent_sms: self.consent.sms(),
            carts: self.bound_objects(),
        }
    }
}
