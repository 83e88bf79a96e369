//! Alerts about quotes: each quote that was left is told of once at each place, and none that was bought before.

use crate::arena::Id;
use crate::host::{Basket, Person};
use crate::violation::Broken;
use crate::world::World;
use homing_core::delivery::{DeliveryKey, Proof};
use homing_core::errand::{Ended, Errand, Service, Work};
use homing_core::ids::CartId;
use homing_core::object::shopper::Shopper;

/// Where a quote is told of, as the prepared shop has it: by places of the core's table.
const PLACES: [(Service, u8); 3] = [
    (Service::Hubspot, 2),
    (Service::Salesforce, 3),
    (Service::Endpoints, 4),
];

/// What was told of quotes.
#[derive(Default)]
pub(crate) struct Alerts {
    known: Vec<Alert>,
}

/// One quote at one place.
struct Alert {
    service: Service,
    cart: CartId,
    epoch: u32,
    /// How many tasks there are.
    made: u32,
    /// Tries of which nobody knows what became of them, and the last of them.
    open: u32,
    last: usize,
}

impl World<'_> {
    /// A Shopper begins to tell of a quote.
    pub(super) fn alert_begun(&mut self, id: Id<Person>, errand: &Errand) {
        let number = self.next_try();
        let Work::Alert {
            service,
            cart,
            epoch,
            ..
        } = &errand.work
        else {
            return;
        };
        self.tally.alerts += 1;
        let (service, cart, epoch) = (*service, *cart, *epoch);
        let is_sold = self.basket_of(cart).is_some_and(|basket| {
            let model = &self.baskets.at(basket).model;
            let mut bought = model.bought.iter();
            bought.any(|order| order.acknowledged && model.active_at <= order.taken_at)
        });
        if is_sold {
            self.broke(Broken::AlertUntrue, || format!("person {}", id.number()));
        }
        let known = &mut self.alerts.known;
        let is_it = |one: &Alert| (one.service, one.cart, one.epoch) == (service, cart, epoch);
        let place = match known.iter().position(is_it) {
            Some(place) => place,
            None => {
                known.push(Alert {
                    service,
                    cart,
                    epoch,
                    made: 0,
                    open: 0,
                    last: number,
                });
                known.len() - 1
            }
        };
        let Some(one) = known.get_mut(place) else {
            return;
        };
        // HubSpot knows no name by which two tasks would be one.
        let twice = service == Service::Hubspot && one.open > 0;
        one.open += 1;
        one.last = number;
        if twice {
            self.broke(Broken::AlertTwice, || format!("person {}", id.number()));
        }
    }

    /// The service has made a task of it, or knows it.
    pub(crate) fn alert_told(&mut self, number: usize, errand: &Errand) {
        let Work::Alert { service, .. } = &errand.work else {
            return;
        };
        let knows_names = *service != Service::Hubspot;
        let Some(one) = self.alert_of(number) else {
            return;
        };
        one.made = if knows_names { 1 } else { one.made + 1 };
        if one.made > 1 {
            self.broke(Broken::AlertTwice, || String::from("two tasks"));
        }
    }

    pub(super) fn alert_answered(&mut self, number: usize, ended: &Ended) {
        let Some(one) = self.alert_of(number) else {
            return;
        };
        match ended {
            // That it is done may not have been heard.
            Ended::Done { .. }
            | Ended::Failed {
                proof: Proof::Nothing,
                ..
            } => {}
            _ => one.open = one.open.saturating_sub(1),
        }
    }

    fn alert_of(&mut self, number: usize) -> Option<&mut Alert> {
        self.alerts.known.iter_mut().find(|one| one.last == number)
    }

    /// At the end: a quote that is left was told of everywhere, or the merchant knows that it may not have been.
    pub(super) fn end_of_quote(&mut self, id: Id<Basket>) {
        if self.config.open.quote_alerts.is_none() {
            return;
        }
        let basket = self.baskets.at(id);
        let Some(cart) = &basket.hosted.memory else {
            return;
        };
        let owner = basket
            .model
            .shopper
            .and_then(|shopper| self.person_of(shopper));
        let Some(owner) = owner.map(|person| self.spokesman(person)) else {
            return;
        };
        let Some(shopper) = &self.people.at(owner).hosted.memory else {
            return;
        };
        let epoch = cart.state().epoch();
        let is_left = basket.model.quote
            && !cart.state().is_empty()
            && Some(basket.model.active_at) > shopper.ordered_at();
        // What was said last is told with the next push; nothing may come after it.
        let is_told = match shopper.carts().get(&basket.id) {
            None => shopper.carts().len() < Shopper::MAX_CARTS,
            Some(bound) => {
                let slot = &bound.slot;
                slot.quote && Some(slot.last_activity_at) > shopper.ordered_at()
            }
        };
        let kin = self
            .people
            .ids()
            .filter(|one| self.kin.are_said(owner, *one));
        let kin: Vec<Id<Person>> = kin.collect();
        let lost = PLACES.iter().find(|(service, step)| {
            let is_it =
                |one: &&Alert| (one.service, one.cart, one.epoch) == (*service, basket.id, epoch);
            let is_made = self.alerts.known.iter().find(is_it);
            let key = DeliveryKey {
                conversation: 0,
                step: *step,
            };
            let reports = &self.desk.reports;
            let is_reported = reports
                .iter()
                .any(|(person, known)| *known == key && kin.contains(person));
            is_made.is_none_or(|one| one.made == 0) && !is_reported
        });
        if let Some((service, _)) = lost.filter(|_| is_left && is_told) {
            self.broke(Broken::AlertLost, || {
                format!("cart {}, {service:?}", id.number())
            });
        }
    }
}
