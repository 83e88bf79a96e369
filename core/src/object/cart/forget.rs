//! A cart forgets whose it was.

use super::{Belonging, Cart, Commit, Effect, Reply, Traced};
use crate::cart::{Dot, EventId, Op, Replica};
use crate::ids::ShopperId;
use crate::log::{Erasure, PageContext, What};
use alloc::vec::Vec;

impl Cart {
    /// Forgets what one of these people did here, where it is their cart: salts and payloads of the log go, and its digests keep the chain
    /// whole; the host does the same to the pages. What is in the cart goes too, for a line may say anything, and every link to it is
    /// worthless. What comes afterwards is nobody's, until somebody says who they are. A cart of somebody else's stays as it is, and so does
    /// that of who has come again since: `at` says when the person was erased, epoch ms, and the same may be told twice.
    pub(super) fn forget(
        &mut self,
        people: &[ShopperId],
        at: u64,
        now: u64,
        entropy: &[u8; 32],
    ) -> Commit<Effect, Reply> {
        let bound = self.binding.as_ref().map(|binding| binding.shopper);
        let Belonging {
            named_at,
            forgot_at,
        } = self.belonging;
        let is_told_twice = forgot_at == Some(at) && named_at.is_some_and(|named| named > at);
        if is_told_twice || !bound.is_some_and(|bound| people.contains(&bound)) {
            return Commit::read(self.done());
        }
        let live = self.state.entries();
        let live = live.filter(|(_, entry)| entry.is_live());
        let dots: Vec<Dot> = live
            .map(|(id, entry)| Dot {
                id,
                carry: entry.carry,
            })
            .collect();
        let [a, b, c, d, e, f, g, h, ..] = *entropy;
        let id = EventId {
            replica: Replica(u64::from_be_bytes([a, b, c, d, e, f, g, h])),
            counter: 1,
        };
        // As an order would: there is room for it where there is none for anything else.
        self.state
            .order(id, &dots, self.log.seq().saturating_add(1));
        self.append(Some(id), now, now, What::Lines(Op::Close { dots }), entropy);
        self.begin_epoch();
        self.end_life(now);
        self.log.erase(&Erasure::Everything);
        self.page = PageContext::default();
        self.traced = Traced::default();
        self.binding = None;
        self.belonging = Belonging {
            named_at: None,
            forgot_at: Some(at),
        };
        self.unintroduced.clear();
        for source in &mut self.sources {
            source.held.clear();
            source.introduced = None;
        }
        self.forget_passed();
        self.settle();
        self.revoke(now, entropy)
    }
}
