//! Who vouches for a contact, and how far it may be believed without.

use super::{Commit, Effect, Reply, Shopper};
use crate::calendar::DAY_MS;
use crate::delivery::Skip;
use crate::flood::{Limited, Network, Voice};
use crate::ids::CartId;
use crate::object::cart::Snapshot;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// For how long the desk is told by which network a contact was brought, ms: one try more, where the first one fails.
const TELLING_MS: u64 = 100_000;

/// Who vouches for a contact, and what is held against it as long as nobody does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vouching {
    /// Whether the shop, its platform or the shopper's own click has confirmed it.
    confirmed: bool,
    /// When carts have named it within a day, epoch ms; as many as may.
    named: Vec<u64>,
    /// Watched carts that were too many.
    beyond: Vec<CartId>,
    /// When a network brought it last, epoch ms.
    brought_at: u64,
    /// Which did, until the desk is told.
    untold: Option<Network>,
    /// What the desk said.
    limited: Option<Limited>,
}

impl Vouching {
    /// Of a contact of which nothing is known.
    pub const NONE: &'static Self = &Self {
        confirmed: false,
        named: Vec::new(),
        beyond: Vec::new(),
        brought_at: 0,
        untold: None,
        limited: None,
    };

    /// Why nobody is written to about this cart.
    pub fn keeps_back(&self, cart: &Snapshot) -> Option<Skip> {
        if let Some(doubt) = cart.doubt {
            return Some(doubt.skip());
        }
        if self.confirmed {
            return None;
        }
        let is_beyond = self.beyond.contains(&cart.slot.cart);
        let limited = self.limited.map(Limited::skip);
        limited.or(is_beyond.then_some(Skip::AddressLimit))
    }

    /// Which network the desk has to hear of; a while later it is not worth a try.
    pub(super) fn untold(&mut self, now: u64) -> Option<Network> {
        if self.brought_at.saturating_add(TELLING_MS) <= now {
            self.untold = None;
        }
        self.untold
    }

    /// The desk is being told. The row of that very step says so, as an answer that lets it go on is not worth another one: nothing is
    /// counted twice.
    pub(super) fn tell(&mut self) {
        self.untold = None;
    }

    /// The desk did not hear which network it was; whether that is worth a row.
    pub(super) fn not_told(&mut self, network: Option<Network>) -> bool {
        let is_owed = network.is_some() && !self.confirmed && self.untold.is_none();
        if is_owed {
            self.untold = network;
        }
        is_owed
    }

    /// Whether the contact is the shopper's beyond doubt.
    pub(super) fn is_confirmed(&self) -> bool {
        self.confirmed
    }

    /// Whether this cart was one too many.
    pub(super) fn is_beyond(&self, cart: CartId) -> bool {
        self.beyond.contains(&cart)
    }

    pub(super) fn confirm(&mut self) {
        *self = Self {
            confirmed: true,
            ..Self::default()
        };
    }

    /// Hears the contact named, on a cart that is `new` to its shopper or not.
    fn hear(&mut self, voice: Voice, cart: CartId, new: bool, now: u64) {
        match voice {
            Voice::Unlimited => {}
            Voice::Vouched => self.confirm(),
            Voice::Typed { .. } if self.confirmed => {}
            Voice::Typed {
                network,
                carts_a_day,
            } => {
                if new {
                    self.count(cart, carts_a_day, now);
                }
                // A browser keeps its cart for years: what the desk said is asked anew on the same one as well.
                if self.brought_at == 0 || self.brought_at.saturating_add(DAY_MS) <= now {
                    self.brought_at = now;
                    self.untold = Some(network);
                    self.limited = None;
                }
            }
        }
    }

    /// One more cart names it.
    fn count(&mut self, cart: CartId, carts_a_day: u8, now: u64) {
        self.named.retain(|at| at.saturating_add(DAY_MS) > now);
        if carts_a_day == 0 || self.named.len() < usize::from(carts_a_day) {
            self.named.push(now);
            let excess = self.named.len().saturating_sub(usize::from(u8::MAX));
            self.named.drain(..excess);
        } else {
            self.beyond.push(cart);
        }
    }
}

impl Shopper {
    /// Hears who names the contact, before the cart is known.
    pub(super) fn hear_voice(&mut self, voice: Voice, cart: CartId, now: u64) {
        let new = !self.carts.contains_key(&cart);
        self.vouching.hear(voice, cart, new, now);
    }

    /// Why there is nothing to write about: what was left and not spoken about yet is kept back. What was spoken about is not told again
    /// because of it.
    pub(super) fn keeps_back(&self, carts: &[Option<&Snapshot>]) -> Option<Skip> {
        let left = carts.iter().flatten();
        let left = left.filter(|cart| self.is_left(&cart.slot));
        let mut latest: Option<(u64, Skip)> = None;
        for cart in left {
            let at = cart.slot.last_activity_at;
            match self.vouching.keeps_back(cart) {
                Some(why) => latest = latest.max(Some((at, why))),
                None if self.was_spoken_about(cart) => {}
                None => return None,
            }
        }
        latest.map(|(_, why)| why)
    }

    fn was_spoken_about(&self, cart: &Snapshot) -> bool {
        let bound = self.carts.get(&cart.slot.cart);
        bound.is_some_and(|bound| bound.conversed == Some(cart.slot.epoch))
    }

    /// Forgets of carts that are not watched any more that they were too many.
    pub(super) fn forget_beyond(&mut self) {
        let carts = &self.carts;
        self.vouching.beyond.retain(|cart| carts.contains_key(cart));
    }

    /// The contact has proved to be the shopper's.
    pub(super) fn confirmed(&mut self, now: u64) -> Commit<Effect, Reply> {
        if self.vouching.confirmed {
            return Commit::read(Reply::Done);
        }
        self.vouching.confirm();
        self.commit(true, now, Reply::Done)
    }

    /// The desk has heard, with the fact of this version, which network brought the contact; whether that is worth a row.
    pub(super) fn note_limited(&mut self, version: u64, limited: Option<Limited>) -> bool {
        // It may have been said of the person that was.
        let is_of_erased = self
            .erasure
            .as_ref()
            .is_some_and(|known| version <= known.version);
        if limited.is_none() || is_of_erased || self.vouching.confirmed {
            return false;
        }
        self.vouching.limited = limited;
        true
    }
}
