//! What may be seen of a Shopper without changing it: whoever proves its promises has to look.

use super::{Bound, Shopper, Telephone};
use crate::contact::Phone;
use crate::delivery::Delivery;
use crate::ids::CartId;
use crate::sequence::Offer;
use alloc::collections::BTreeMap;

impl Shopper {
    /// What was or will be sent, oldest first, the oldest ones forgotten.
    pub fn deliveries(&self) -> &[Delivery] {
        &self.deliveries
    }

    /// What the latest message offers that a link names by this ordinal.
    pub(super) fn offer_of(&self, ordinal: u16) -> Option<Offer> {
        let is_named = |delivery: &&Delivery| delivery.key.ordinal() == ordinal;
        let named = self.deliveries.iter().rev().find(is_named)?;
        named.offer.as_ref().map(Offer::shown)
    }

    /// The carts that it watches.
    pub fn carts(&self) -> &BTreeMap<CartId, Bound> {
        &self.carts
    }

    /// What was said to email; `None` when nothing was.
    pub fn agrees_to_email(&self) -> Option<bool> {
        self.consent.email()
    }

    /// The number that it would be called or texted by.
    pub fn phone(&self) -> Option<&Phone> {
        self.phone.as_ref().map(Telephone::number)
    }

    /// How many browsers it remembers that take notifications.
    pub fn browsers(&self) -> usize {
        self.live_browsers()
    }

    /// The latest order that it knows of, epoch ms.
    pub fn ordered_at(&self) -> Option<u64> {
        self.purchases.last_at()
    }

    /// Whether an address is known, email is consented to, and nothing forbids it for good.
    pub fn is_reachable(&self) -> bool {
        self.email.is_some() && self.consent.to_email() && !self.is_suppressed_for_good()
    }
}
