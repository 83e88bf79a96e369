//! The carts that a Shopper watches.

use super::Shopper;
use crate::bugs::{self, Bug};
use crate::calendar::Zone;
use crate::delivery::Skip;
use crate::ids::CartId;
use crate::object::cart::{Slot, Status};
use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// A cart that this shopper owns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// Name of the cart's object.
    pub object: String,
    /// The latest that is known of it.
    pub slot: Slot,
    /// The epoch about which the shopper has had a whole conversation: none is begun about it again.
    pub conversed: Option<u32>,
    /// The latest visit whose look the shopper has had a message about, epoch ms: none is sent about it again.
    pub looked: Option<u64>,
}

impl Shopper {
    /// Whether a slot says more than what is known of its cart.
    pub(super) fn is_news(&self, object: &str, slot: &Slot) -> bool {
        self.carts.get(&slot.cart).is_none_or(|known| {
            slot.version >= known.slot.version && (known.slot != *slot || known.object != object)
        })
    }

    /// The carts that it owns: their ids, and their objects' names.
    pub(super) fn bound_objects(&self) -> Vec<(CartId, String)> {
        self.carts
            .iter()
            .map(|(cart, bound)| (*cart, bound.object.clone()))
            .collect()
    }

    pub(super) fn take_slot(&mut self, object: String, slot: Slot, now: u64) {
        if let Some(bound) = self.carts.get(&slot.cart) {
            if slot.version < bound.slot.version && !bugs::is(Bug::StaleVersion) {
                return;
            }
        } else if self.carts.len() >= Self::MAX_CARTS {
            self.forget_a_cart();
        }
        let known = self.carts.get(&slot.cart);
        let conversed = known.and_then(|bound| bound.conversed);
        let looked = known.and_then(|bound| bound.looked);
        let ordered_at = slot.ordered.map(|ordered| ordered.at);
        if known.is_none_or(|bound| bound.slot.last_activity_at < slot.last_activity_at) {
            self.activity.note(slot.last_activity_at, &Zone::UTC);
            self.errands.renew(slot.cart);
        }
        self.carts.insert(
            slot.cart,
            Bound {
                object,
                slot,
                conversed,
                looked,
            },
        );
        self.forget_tidings();
        self.forget_beyond();
        if let Some(at) = ordered_at
            && !bugs::is(Bug::SendAfterOrder)
        {
            self.note_purchase(at, now);
        }
    }

    /// Something was bought at `at`, epoch ms; whether that is news.
    pub(super) fn note_purchase(&mut self, at: u64, now: u64) -> bool {
        let is_news = self.purchases.note(at);
        if is_news {
            self.close_answer();
            self.note_conversion(at);
            self.end_ordered(now);
            self.recall(Skip::Ordered, at, now);
        }
        is_news
    }

    /// Forgets the cart that is the least likely to be written about.
    pub(super) fn forget_a_cart(&mut self) {
        let oldest = self.carts.iter().min_by_key(|(_, bound)| {
            let is_beyond = self.vouching.is_beyond(bound.slot.cart);
            (
                bound.slot.status == Status::Open && !is_beyond,
                bound.slot.last_activity_at,
            )
        });
        if let Some(cart) = oldest.map(|(cart, _)| *cart) {
            self.carts.remove(&cart);
        }
    }
}
