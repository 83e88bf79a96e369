//! Forks: a page goes on in a copy of a cart, because a link brought it or because the cart speaks for somebody else
//! (`client-sdk/js/{restore,draft}.js`).

use crate::arena::Id;
use crate::event::{Answer, Back, Callee};
use crate::host::{Basket, Person};
use crate::page::Page;
use crate::word::Word;
use crate::world::World;
use homing_core::cart::{CartState, Dot, LineKey, Quantity};
use homing_core::log::What;
use homing_core::object::cart::{Input as CartInput, Reply as CartReply};

impl World<'_> {
    /// The cart speaks for another contact: goes on in a copy, and says there who is asking.
    pub(crate) fn rebind(&mut self, id: Id<Page>, asked: Option<Word>) {
        let page = self.pages.at_mut(id);
        page.rebuild();
        let dots = page.dots();
        let parent = page.token.map(|generation| (page.basket, generation));
        self.fork(id, parent, dots, &[]);
        if let Some(word) = asked {
            self.identify(id, word);
        }
    }

    /// Goes on in a new cart that begins as a copy: of both carts' lines, the larger quantities.
    fn fork(
        &mut self,
        id: Id<Page>,
        parent: Option<(Id<Basket>, u8)>,
        dots: Vec<Dot>,
        lines: &[(LineKey, u32)],
    ) {
        let (now, replica) = (self.now, self.names.number());
        let basket = self.new_basket();
        let parent = parent.map(|(parent, generation)| (self.baskets.at(parent).id, generation));
        let page = self.pages.at_mut(id);
        let mut copied: Vec<(LineKey, u32)> = Vec::new();
        let own = page.view.lines();
        let merged = !lines.is_empty() && !own.is_empty();
        let own = own.into_iter().map(|view| (view.line, view.qty));
        for (line, qty) in own.chain(lines.iter().cloned()) {
            match copied.iter_mut().find(|(known, _)| *known == line) {
                Some((_, most)) => *most = qty.max(*most),
                None => copied.push((line, qty)),
            }
        }
        page.basket = basket;
        page.rename(replica);
        page.base = CartState::default();
        page.view = CartState::default();
        page.token = None;
        page.held = false;
        if let Some((parent, generation)) = parent {
            page.write(
                now,
                What::Fork {
                    parent,
                    dots,
                    generation,
                    merged,
                },
            );
        }
        for (line, qty) in copied {
            if let Ok(qty) = Quantity::new(qty) {
                page.add(now, line, qty);
            }
        }
        self.tally.forks += 1;
    }

    /// Asks for the cart behind the newest message's link.
    pub(crate) fn open_link(&mut self, id: Id<Page>, person: Id<Person>) {
        let Some((text, basket)) = self.people.at(person).mailbox.last().cloned() else {
            return;
        };
        let Some(token) = self.verified(&text) else {
            return;
        };
        let page = self.pages.at(id);
        if page.offline || page.forked.contains(&basket) || page.basket == basket {
            return;
        }
        self.tally.links += 1;
        // The click; then the page's own request, which asks cart, catalogue and, for the offer, the Shopper.
        let bill = &mut self.tally.bill;
        bill.worker_requests += 2;
        bill.look_ups += 2;
        bill.desk_read(self.stage.lines.len());
        bill.called();
        let back = Back::Link {
            page: id,
            generation: token.generation,
            epoch: token.epoch,
        };
        self.call(Callee::Cart(basket, CartInput::Read), back);
    }

    /// The link's cart becomes this page's, as a copy; nothing is sent before a person touches it.
    pub(crate) fn restored(&mut self, id: Id<Page>, generation: u8, epoch: u16, answer: Answer) {
        let Answer::Cart(CartReply::Snapshot(snapshot)) = answer else {
            return;
        };
        let Some(basket) = self.basket_of(snapshot.slot.cart) else {
            return;
        };
        // As `worker/src/http/restore.rs` does it.
        let was_ordered = snapshot.slot.ordered.is_some_and(|ordered| {
            let closed = (ordered.epoch & 0xffff) as u16;
            closed.wrapping_sub(epoch) < 0x8000
        });
        if was_ordered
            || snapshot.generation != generation
            || snapshot.lines.is_empty()
            || self.pages.at(id).basket == basket
        {
            return;
        }
        let dots = snapshot
            .lines
            .iter()
            .flat_map(|view| view.dots.iter().copied())
            .collect();
        let lines: Vec<_> = snapshot
            .lines
            .into_iter()
            .map(|view| (view.line, view.qty))
            .collect();
        self.fork(id, Some((basket, generation)), dots, &lines);
        let page = self.pages.at_mut(id);
        page.forked.push(basket);
        page.held = true;
    }
}
