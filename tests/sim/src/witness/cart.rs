//! What Carts write and acknowledge: invariants 1, 2, 3, 10, and the stops of 6.

use super::{Spoke, contains_planted};
use crate::arena::Id;
use crate::host::Basket;
use crate::violation::Broken;
use crate::world::World;
use homing_core::cart::EventId;
use homing_core::log::{Body, Page as LogPage, Record, What};
use homing_core::object::cart::{Collected, fold_one};
use homing_core::object::codec;
use homing_core::object::shopper::Shopper;

impl World<'_> {
    /// Invariants 1, 2, 3, 10: what a Cart has just made durable.
    pub(crate) fn cart_written(&mut self, id: Id<Basket>, pages: &[LogPage]) {
        let mut orders = Vec::new();
        let basket = self.baskets.at_mut(id);
        let Some(cart) = &basket.hosted.memory else {
            return;
        };
        let spilled = pages.iter().flat_map(|page| &page.entries);
        let mut broken = None;
        for entry in spilled.chain(cart.log().tail()) {
            if entry.seq <= basket.seq {
                continue;
            }
            if entry.seq != basket.seq + 1 {
                broken = Some(Broken::ChainBroken);
            }
            basket.seq = entry.seq;
            basket.head = entry.hash(&basket.head);
            let Body::Kept { payload, .. } = &entry.body else {
                broken = Some(Broken::ChainBroken);
                continue;
            };
            if contains_planted(payload) {
                broken = Some(Broken::ContactLeaked);
            }
            let Ok(record) = codec::decode::<Record>(payload) else {
                broken = Some(Broken::ChainBroken);
                continue;
            };
            if fold_one(&mut basket.shadow, entry.seq, &record).is_err() {
                broken = Some(Broken::NotTheFold);
            }
            basket.model.take(&record);
            basket.changes += u32::from(matches!(record.what, What::Lines(_)));
            match (&record.what, record.id) {
                (What::Identified { .. }, Some(event)) => basket.identified.push(event),
                (What::Order { .. }, _) => basket.orders_to_ack += 1,
                (What::ForkOrdered { dots, fork }, _) => {
                    orders.push((*fork, dots.iter().map(|dot| dot.id).collect::<Vec<_>>()));
                }
                _ => {}
            }
        }
        if basket.head != cart.log().head() || basket.seq != cart.log().seq() {
            broken = Some(Broken::ChainBroken);
        }
        if basket.shadow != *cart.state() {
            broken = Some(Broken::NotTheFold);
        }
        if !basket.model.agrees(cart.state()) {
            broken = Some(Broken::LinesDiffer);
        }
        let (own, seq) = (basket.id, basket.seq);
        for (fork, dots) in orders {
            let origin = self
                .basket_of(fork)
                .and_then(|fork| self.baskets.at(fork).model.origin.as_ref());
            let allowed = origin.is_some_and(|origin| {
                origin.cart == own && dots.iter().all(|dot| origin.dots.contains(dot))
            });
            if !allowed {
                broken = Some(Broken::ForkTooStrong);
            }
        }
        if let Some(broken) = broken {
            self.broke(broken, || format!("cart {} at entry {seq}", id.number()));
        }
    }

    /// After a kill the row is what was last seen of it.
    pub(crate) fn check_cart_row(&mut self, id: Id<Basket>) {
        let basket = self.baskets.at(id);
        let same = match &basket.hosted.memory {
            Some(cart) => cart.log().seq() == basket.seq && cart.log().head() == basket.head,
            None => basket.seq == 0,
        };
        if !same {
            self.broke(Broken::RowDiffers, || format!("cart {}", id.number()));
        }
    }

    /// Invariant 1, and the stops of invariant 6: what a Cart is about to acknowledge.
    pub(crate) fn acknowledged(&mut self, id: Id<Basket>, collected: &Collected) {
        let basket = self.baskets.at(id);
        if !collected.acked.iter().all(|id| basket.shadow.has_seen(*id)) {
            return self.broke(Broken::AcknowledgedLost, || format!("cart {}", id.number()));
        }
        let stranger = collected
            .changes
            .iter()
            .any(|change| !basket.model.knows(change.id));
        if stranger {
            return self.broke(Broken::StrangersCart, || format!("cart {}", id.number()));
        }
        for event in &collected.acked {
            self.answer_acknowledged(Spoke::Browser(*event));
        }
        let basket = self.baskets.at(id);
        let introduced = basket
            .identified
            .iter()
            .any(|event| collected.acked.contains(event));
        if introduced {
            self.introduced(id);
        }
        if self.violation.is_none() {
            self.orders_acknowledged(id, &collected.acked);
        }
    }

    /// Whoever a cart was acknowledged to belong to watches it.
    pub(crate) fn introduced(&mut self, id: Id<Basket>) {
        let basket = self.baskets.at(id);
        let Some(shopper) = basket.model.shopper else {
            return self.broke(Broken::AcknowledgedLost, || format!("cart {}", id.number()));
        };
        let cart = basket.id;
        let knows = self.person_of(shopper).is_some_and(|person| {
            // A person who has gone over to another one is known there.
            let hosted = &self.people.at(self.spokesman(person)).hosted;
            let shopper = hosted.memory.as_ref().filter(|_| hosted.is_written());
            shopper.is_some_and(|shopper| {
                shopper.carts().contains_key(&cart) || shopper.carts().len() >= Shopper::MAX_CARTS
            })
        });
        if !knows {
            self.broke(Broken::AcknowledgedLost, || {
                format!("the contact of cart {}", id.number())
            });
        }
    }

    /// What is in force from here on of what a Cart is about to acknowledge.
    pub(crate) fn orders_acknowledged(&mut self, id: Id<Basket>, acked: &[EventId]) {
        if self.baskets.at(id).orders_to_ack == 0 {
            return;
        }
        let orders: Vec<(EventId, u64)> = self
            .baskets
            .at_mut(id)
            .model
            .bought
            .iter_mut()
            .filter(|bought| !bought.acknowledged && acked.contains(&bought.id))
            .map(|bought| {
                bought.acknowledged = true;
                (bought.id, bought.taken_at)
            })
            .collect();
        for (event, taken_at) in orders {
            self.baskets.at_mut(id).orders_to_ack -= 1;
            self.tally.orders += 1;
            let at = self.first_taken_at(event).unwrap_or(taken_at);
            self.order_in_force(id, event, at);
        }
    }

    /// What was bought of a cart is known to whoever it is acknowledged to belong to.
    pub(crate) fn orders_reach(&mut self, id: Id<Basket>) {
        let bought = &self.baskets.at(id).model.bought;
        let bought = bought.iter().filter(|bought| bought.acknowledged);
        let orders: Vec<(EventId, u64)> = bought.map(|one| (one.id, one.taken_at)).collect();
        for (event, taken_at) in orders {
            let at = self.first_taken_at(event).unwrap_or(taken_at);
            self.order_in_force(id, event, at);
        }
    }

    /// When the first cart took an order that has this id in every cart.
    fn first_taken_at(&self, event: EventId) -> Option<u64> {
        let models = self.baskets.ids().map(|id| &self.baskets.at(id).model);
        let bought = models.flat_map(|model| &model.bought);
        let same = bought.filter(|bought| bought.id == event);
        same.map(|bought| bought.taken_at).min()
    }

    /// An order counts for whoever watches its cart, and for the cart that this one was copied from.
    fn order_in_force(&mut self, id: Id<Basket>, event: EventId, at: u64) {
        let model = &self.baskets.at(id).model;
        let own = self.baskets.at(id).id;
        if let Some(person) = model.shopper.and_then(|shopper| self.person_of(shopper)) {
            self.stop_acknowledged(person, Some(at), None);
        }
        let Some(origin) = &self.baskets.at(id).model.origin else {
            return;
        };
        let Some(parent) = self.basket_of(origin.cart) else {
            return;
        };
        let generation = origin.generation;
        let above = &self.baskets.at(parent).model;
        // The parent numbers a fork's orders by the epochs that they closed: its latest stands for all before it.
        let told = above
            .bought
            .iter()
            .rev()
            .find(|bought| bought.fork == Some(own) && bought.taken_at >= at)
            .map(|bought| bought.id);
        match told {
            Some(event) => self.order_in_force(parent, event, at),
            // A revoked link has lost its power.
            None if above.generation != generation => {}
            None => self.broke(Broken::OrderNotTold, || {
                format!("order {event} of cart {}", id.number())
            }),
        }
    }
}
