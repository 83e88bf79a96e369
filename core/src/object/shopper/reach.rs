//! How far an erasure reaches: what is of the time before it, however late it comes, and whoever was on the way to the person by then.
//!
//! A cart tells with each slot when somebody last said that it is this person's. One that nobody has named since the erasure is of before:
//! nothing of it is taken but that something was bought, and it is told to forget, as those were that were known at that time.

use super::erasure::{Erasure, Told};
use super::{Commit, Effect, Reply, Shopper};
use crate::object::cart::{Identify, Slot};
use alloc::{boxed::Box, string::String};
use serde::{Deserialize, Serialize};

/// What is known of erasures and joins beside them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Reach {
    /// When it was asked to go over to another identity, epoch ms.
    pub(super) joins_at: Option<u64>,
    /// Everything here has been through an erasure of then or later, epoch ms; 0: not everything has been through one. `None`: as the
    /// erasure itself says.
    whole_at: Option<u64>,
    /// How many of the joined identities were there when the person was erased.
    people: u16,
}

impl Reach {
    /// After an erasure of a person with so many joined identities.
    pub(super) fn after(self, people: usize) -> Self {
        Self {
            joins_at: self.joins_at,
            whole_at: None,
            people: u16::try_from(people).unwrap_or(u16::MAX),
        }
    }

    /// How many of the joined identities the erasure was about.
    pub(super) fn people(&self) -> usize {
        usize::from(self.people)
    }

    /// Of two identities: `whole`, since when each is.
    pub(super) fn join(&mut self, is_erased: bool, whole: (u64, u64)) {
        let (own, other) = whole;
        self.whole_at = is_erased.then(|| own.min(other));
    }
}

impl Erasure {
    /// Of two identities' erasures the one of which others have yet to hear, or else the later. Conversations of the other identity have
    /// gone on by `shift`. What it owed it has told before it went over.
    pub(super) fn join(
        own: Option<Box<Self>>,
        other: Option<Box<Self>>,
        shift: u16,
    ) -> Option<Box<Self>> {
        let other = other.map(|mut other| {
            other.conversation = other.conversation.saturating_add(shift);
            if !other.is_open() {
                other.told = Told::Ended;
            }
            other
        });
        let (mut kept, spare) = match (own, other) {
            (Some(own), Some(other))
                if own.owes_others() || own.at >= other.at && !other.is_open() =>
            {
                (own, other)
            }
            (Some(own), Some(other)) => (other, own),
            (own, other) => return other.or(own),
        };
        kept.conversation = kept.conversation.max(spare.conversation);
        kept.carts.extend(spare.carts);
        Some(kept)
    }
}

impl Shopper {
    /// Whether the person has been erased since `asked_at`, epoch ms, with all that was joined to them.
    pub(super) fn is_erased_since(&self, asked_at: u64) -> bool {
        let since = self.erasure.as_ref().map(|known| known.at);
        since.is_some_and(|at| at.min(self.reach.whole_at.unwrap_or(u64::MAX)) >= asked_at)
    }

    /// Since when everything here has been through an erasure, epoch ms; 0: it has not.
    pub(super) fn whole_at(&self) -> u64 {
        let is_blank = self.email.is_none()
            && self.phone.is_none()
            && self.customer.is_none()
            && self.carts.is_empty()
            && self.deliveries.is_empty();
        match self.erased_at() {
            Some(at) => at.min(self.reach.whole_at.unwrap_or(u64::MAX)),
            None if is_blank => u64::MAX,
            None => 0,
        }
    }

    /// Whether another identity that comes now is erased with this one: it was on its way by then, or one of them is being erased.
    pub(super) fn reaches(&self, loser: &Self) -> bool {
        let joins_at = loser.reach.joins_at;
        self.is_erasing()
            || loser.is_erasing()
            || joins_at.is_some_and(|asked_at| self.is_erased_since(asked_at))
    }

    /// Whether a join has to wait: what an erasure makes others forget is told by whoever was erased.
    pub(super) fn owes_an_erasure(&self) -> bool {
        let known = self.erasure.as_ref();
        known.is_some_and(|known| known.is_open() || known.owes_others())
    }

    /// What of a contact was said since the erasure, if there was one. A shop's server may tell today of somebody who has agreed years ago:
    /// the contact is new then, and the word is not.
    pub(super) fn said_since(&self, identify: Option<Identify>) -> Option<Identify> {
        let Some(known) = &self.erasure else {
            return identify;
        };
        let mut identify = identify?;
        if identify.told() <= known.at {
            return None;
        }
        identify.earlier.retain(|word| word.at > known.at);
        if identify.at <= known.at {
            (identify.consent, identify.push) = (None, None);
            if let Some(last) = identify.earlier.pop() {
                (identify.id, identify.at) = (last.id, last.at);
                (identify.consent, identify.push) = (last.consent, last.push);
            }
        }
        Some(identify)
    }

    /// Whether a cart is the erased person's; `named_at`: when it was last named as this one's, epoch ms. Of older rows that is not known,
    /// and somebody who is active has come again.
    pub(super) fn has_forgotten(
        &self,
        slot: &Slot,
        identify: Option<&Identify>,
        named_at: Option<u64>,
    ) -> bool {
        let named_at = named_at.unwrap_or(slot.last_activity_at);
        identify.is_none() && !self.carts.contains_key(&slot.cart) && self.is_erased_since(named_at)
    }

    /// A cart of before tells of itself: it has to forget. That something was bought since then counts all the same, for whoever has come
    /// again must not be reminded after it.
    pub(super) fn refuse_cart(
        &mut self,
        object: String,
        slot: &Slot,
        now: u64,
    ) -> Commit<Effect, Reply> {
        let ordered_at = slot.ordered.map(|ordered| ordered.at);
        let since = self.erased_at();
        let is_bought = ordered_at
            .filter(|at| Some(*at) > since)
            .is_some_and(|at| self.note_purchase(at, now));
        let mut is_new = false;
        if let Some(known) = &mut self.erasure
            && !known.carts.iter().any(|(cart, _)| *cart == slot.cart)
        {
            known.carts.push((slot.cart, object));
            (known.retry_at, known.tries) = (0, 0);
            is_new = true;
        }
        let reply = Reply::Taken {
            settled: self.live_lease(now).is_none(),
        };
        if is_bought || is_new {
            self.commit(true, now, reply)
        } else {
            Commit::read(reply)
        }
    }
}
