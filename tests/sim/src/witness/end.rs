//! What has to be true when everything has come to rest.

use super::contains_planted;
use crate::arena::Id;
use crate::bill::DESK_BYTES;
use crate::fault::Fault;
use crate::host::{Basket, Person};
use crate::page::Page;
use crate::violation::Broken;
use crate::world::World;
use homing_core::channel::Channel;
use homing_core::delivery::{DeliveryKey, State};
use homing_core::object::cart::Status;
use homing_core::object::codec;
use homing_core::object::shopper::Shopper;
use homing_core::shop::Carrier;

/// What a Shopper's row takes on top: whose it is, key id, nonce and tag.
const SEALED: u64 = 5 + 16 + 2 + 1 + 12 + 16;

impl World<'_> {
    /// What has to be true when everything has come to rest.
    pub(crate) fn end(&mut self) {
        if self.violation.is_some() {
            return;
        }
        for id in self.baskets.ids() {
            self.end_of_cart(id);
        }
        for id in self.pages.ids() {
            self.end_of_page(id);
        }
        for id in self.people.ids() {
            self.end_of_person(id);
            self.end_of_consent(id);
        }
        self.end_of_baskets();
        if !self.desk.news.is_empty() {
            self.broke(Broken::Forgotten, || String::from("news at the desk"));
        }
        self.tally.worlds += 1;
        self.tally.strike(&self.strikes.struck);
    }

    fn end_of_cart(&mut self, id: Id<Basket>) {
        let basket = self.baskets.at(id);
        let Some(cart) = basket.hosted.memory.as_ref().filter(|_| basket.seq > 0) else {
            return;
        };
        self.tally.lives += 1;
        let row = codec::encode(cart).unwrap_or_default();
        let leaked = contains_planted(&row);
        let pages = basket.log_pages.iter().copied();
        self.tally.bill.keeps(row.len() as u64, pages, false);
        let same = codec::encode(cart.state()) == codec::encode(&basket.shadow);
        if leaked {
            self.broke(Broken::ContactLeaked, || format!("cart {}", id.number()));
        }
        if !same {
            self.broke(Broken::NotTheFold, || format!("cart {}", id.number()));
        }
        // A hint that the relay's queue lost is not put in again before somebody comes back.
        if self.strikes.struck(Fault::RelayLost) == 0 {
            self.end_of_left_cart(id);
        }
    }

    /// Somebody who left a cart and agreed to be written to has been thought of.
    fn end_of_left_cart(&mut self, id: Id<Basket>) {
        let basket = self.baskets.at(id);
        let Some(cart) = &basket.hosted.memory else {
            return;
        };
        let person = basket
            .model
            .shopper
            .and_then(|shopper| self.person_of(shopper))
            .map(|person| self.spokesman(person));
        let Some(shopper) = person.and_then(|person| self.people.at(person).hosted.memory.as_ref())
        else {
            return;
        };
        let epoch = cart.state().epoch();
        let mut not_told = false;
        let spoken_for = cart.state().is_empty()
            || !shopper.is_reachable()
            || Some(basket.model.active_at) <= shopper.ordered_at()
            || match shopper.carts().get(&basket.id) {
                None => shopper.carts().len() >= Shopper::MAX_CARTS,
                Some(bound) => {
                    let knows_open = bound.slot.status == Status::Open && bound.slot.epoch == epoch;
                    // Activity soon after a push is told with the next one; nothing may come after it.
                    not_told =
                        knows_open && Some(bound.slot.last_activity_at) <= shopper.ordered_at();
                    bound.conversed == Some(epoch) || not_told
                }
            };
        if not_told {
            self.tally.untold += 1;
        }
        // Whose it never was as far as anybody was told: the shop said otherwise before that telling had an answer.
        let taken_back = self.is_taken_back(id);
        if !spoken_for && !taken_back {
            self.broke(Broken::LeftAlone, || format!("cart {}", id.number()));
        }
    }

    /// Invariant 3: every page shows what its cart holds.
    fn end_of_page(&mut self, id: Id<Page>) {
        let page = self.pages.at(id);
        if page.held {
            return;
        }
        if !page.pending.is_empty() && !page.is_idle() {
            return self.broke(Broken::Restless, || format!("page {}", id.number()));
        }
        let Some(cart) = &self.baskets.at(page.basket).hosted.memory else {
            return;
        };
        if page.view.lines() != cart.state().lines() {
            let (basket, device) = (page.basket.number(), page.device);
            self.broke(Broken::NotConverged, || {
                format!("page {} of device {device}, cart {basket}", id.number())
            });
        }
    }

    /// Invariant 8: every step ended, and whoever has to know does.
    fn end_of_person(&mut self, id: Id<Person>) {
        let person = self.people.at(id);
        let Some(shopper) = person.hosted.memory.as_ref() else {
            return;
        };
        let row = codec::encode(shopper).map_or(0, |row| row.len() as u64);
        let bill = &mut self.tally.bill;
        bill.keeps(row + SEALED, std::iter::empty(), person.was_armed);
        bill.stored_bytes += DESK_BYTES;
        let mut broken = None;
        if shopper.over_to().is_some() && !shopper.has_gone() {
            broken = Some(Broken::Forgotten);
        }
        for delivery in shopper.deliveries() {
            self.tally.closed(&delivery.state);
            if !delivery.state.is_closed() {
                broken = Some(Broken::Forgotten);
            }
            let wants_report = matches!(
                delivery.state,
                State::Unknown { .. } | State::DeadLettered { .. }
            );
            // What another identity has sent it has reported itself, by its own numbers.
            let wants_report = wants_report && person.has_tried(delivery.key);
            if wants_report && !self.desk.reports.contains(&(id, delivery.key)) {
                broken = broken.or(Some(Broken::Unreported));
            }
        }
        let not_recalled = shopper.deliveries().iter().any(|delivery| {
            let Some(Carrier::Flow(platform)) = delivery.provider else {
                return false;
            };
            let Some(channel) = delivery.channel else {
                return false;
            };
            let recall = DeliveryKey::recall(delivery.key.conversation, platform, channel);
            let has_recall = || {
                let mut known = shopper.deliveries().iter();
                known.any(|known| known.key == recall && known.attempts > 0)
            };
            let is_handed = matches!(delivery.state, State::Sent { .. } | State::Unknown { .. });
            let released_at = delivery.first_released_at.unwrap_or(0);
            let mut stops = person.stops.iter();
            let refuses = channel == Channel::Email && shopper.agrees_to_email() == Some(false);
            let is_over = refuses || stops.any(|stop| stop.ends(released_at));
            is_handed && !delivery.key.is_recall() && is_over && !has_recall()
        });
        if not_recalled && !shopper.has_gone() {
            broken = broken.or(Some(Broken::NotRecalled));
        }
        if let Some(broken) = broken {
            self.broke(broken, || format!("person {}", id.number()));
        }
    }
}
