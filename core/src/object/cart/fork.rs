//! Copies: whom a cart was copied from, and what the one has to hear of the other.

use super::look::Cadence;
use super::{Cart, Commit, Effect, Ordered, Reply};
use crate::cart::{Dot, EventId, Replica};
use crate::ids::CartId;
use crate::log::What;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// The cart that this one is a copy of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Parent {
    pub(super) cart: CartId,
    pub(super) dots: Vec<Dot>,
    pub(super) generation: u8,
    /// An order that the parent has not acknowledged.
    pub(super) owes: Option<Owed>,
}

/// An order that another cart has to hear of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Owed {
    /// The cart in which somebody placed it: this one, or one that was copied from it.
    pub(super) origin: CartId,
    /// As that cart tells it.
    pub(super) ordered: Ordered,
    /// Who told it here.
    pub(super) teller: CartId,
}

impl Cart {
    /// A copy of this cart, or a copy of that, was bought.
    pub(super) fn told_of_order(
        &mut self,
        told: Owed,
        dots: Vec<Dot>,
        now: u64,
        entropy: &[u8; 32],
    ) -> Commit<Effect, Reply> {
        if self.has_come_round(&told) {
            Commit::read(Reply::ComeRound)
        } else {
            self.fork_ordered(told, dots, now, entropy)
        }
    }

    /// Two carts may each be a copy of the other: opened in one another before anything was put into them. An order then comes
    /// back to whoever still waits for an answer to it, and would wait for ever if it had to answer first.
    fn has_come_round(&self, told: &Owed) -> bool {
        let is_owed = |owed: &Owed| {
            (owed.origin, owed.ordered) == (told.origin, told.ordered) && owed.teller != told.teller
        };
        let owes = self.parent.as_ref().and_then(|parent| parent.owes);
        told.origin == self.cart || owes.as_ref().is_some_and(is_owed)
    }

    fn fork_ordered(
        &mut self,
        told: Owed,
        mut dots: Vec<Dot>,
        now: u64,
        entropy: &[u8; 32],
    ) -> Commit<Effect, Reply> {
        // A fork names what it has copied; it has no say over what it cannot have seen.
        dots.retain(|dot| self.state.knows(dot.id));
        let [a, b, c, d, e, f, g, h, ..] = told.origin.0;
        // An id that the order has in every cart that hears of it, so that it counts once, however often and by whomever it is told.
        let id = EventId {
            replica: Replica(u64::from_be_bytes([a, b, c, d, e, f, g, h])),
            counter: told.ordered.epoch.saturating_add(1),
        };
        let fresh = !self.state.has_seen(id);
        if fresh {
            let seq = self.log.seq().saturating_add(1);
            let pause = self.pause_until(told.ordered.at.min(now));
            self.note_pause(pause);
            self.state.order(id, &dots, seq);
            let at = told.ordered.at.min(now);
            self.append(
                Some(id),
                at,
                now,
                What::ForkOrdered {
                    dots,
                    fork: told.teller,
                },
                entropy,
            );
            self.close_with_order(id, Some(told), at);
        }
        let effects = self.owed(None, now, Cadence::AT_ONCE);
        Commit {
            write: fresh,
            pages: self.log.spill().into_iter().collect(),
            effects,
            reply: self.done(),
        }
    }
}
