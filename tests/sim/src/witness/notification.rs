//! Notifications: they go to a browser that has asked for them itself, about a cart that it had, as long as it wants them and is there.

use crate::arena::Id;
use crate::host::{Basket, Person};
use crate::notification::{PushWord, place_of};
use crate::violation::Broken;
use crate::world::World;
use homing_core::cart::EventId;
use homing_core::ids::CartId;
use homing_core::push::Subscription;

/// What browsers have said, and which of them are not there any more.
#[derive(Default)]
pub(crate) struct Notices {
    said: Vec<Notice>,
    gone: Vec<Gone>,
    /// What was answered although nothing of it is kept.
    untraced: Vec<EventId>,
}

struct Notice {
    event: EventId,
    basket: Id<Basket>,
    word: PushWord,
    at: u64,
    acknowledged_at: Option<u64>,
}

/// Its push service has said so, and this person's Shopper has heard.
struct Gone {
    person: Id<Person>,
    place: u32,
    at: u64,
}

impl World<'_> {
    /// A browser says something on a cart.
    pub(crate) fn noticed(&mut self, event: EventId, basket: Id<Basket>, word: PushWord) {
        self.tally.notices += 1;
        self.notices.said.push(Notice {
            event,
            basket,
            word,
            at: self.now,
            acknowledged_at: None,
        });
    }

    /// Of a browser that never took anything on a cart that is nobody's, nothing is kept.
    pub(super) fn forget_untraced(&mut self, id: Id<Basket>, acked: &[EventId]) {
        if self.notices.said.is_empty() || self.baskets.at(id).model.shopper.is_some() {
            return;
        }
        let Notices { said, untraced, .. } = &mut self.notices;
        let is_untraced = |one: &mut Notice| acked.contains(&one.event) && !one.word.here;
        untraced.extend(said.extract_if(.., is_untraced).map(|one| one.event));
    }

    pub(super) fn is_untraced(&self, event: EventId) -> bool {
        self.notices.untraced.contains(&event)
    }

    /// That is in force.
    pub(crate) fn notice_acknowledged(&mut self, event: EventId) {
        let now = self.now;
        let said = self.notices.said.iter_mut();
        for notice in said.filter(|notice| notice.event == event) {
            notice.acknowledged_at.get_or_insert(now);
        }
    }

    /// Somebody's wish for no notifications at all was acknowledged.
    pub(super) fn left_notifications(&mut self, id: Id<Person>) {
        self.tally.unsubscribes += 1;
        for id in self.kin.of(id) {
            let now = self.now;
            self.people.at_mut(id).left_at.push(now);
        }
    }

    /// A push service has said that there is no such browser.
    pub(crate) fn browser_gone(&mut self, person: Id<Person>, place: u32) {
        let at = self.now;
        if !self.has_gone_over(person) {
            self.notices.gone.push(Gone { person, place, at });
        }
    }

    /// A notification is released, about `cart`: to which of the browsers.
    pub(super) fn check_browser(&mut self, id: Id<Person>, to: &Subscription, cart: CartId) {
        self.tally.pushes += 1;
        let place = place_of(to.endpoint());
        let basket = self.basket_of(cart);
        let wrong = match place.zip(basket) {
            Some((place, basket)) => self.is_wrong_browser(id, place, basket),
            None => Some("nobody's"),
        };
        if let Some(wrong) = wrong {
            self.broke(Broken::WrongBrowser, || {
                format!("person {}, browser {place:?}: {wrong}", id.number())
            });
        }
    }

    fn is_wrong_browser(
        &self,
        id: Id<Person>,
        place: u32,
        basket: Id<Basket>,
    ) -> Option<&'static str> {
        let said = &self.notices.said;
        let here = |notice: &&Notice| notice.word.place == place && notice.word.here;
        // What is not acknowledged yet may count already, and may still count when it does.
        let is_later = |notice: &Notice, at: u64| notice.acknowledged_at.is_none_or(|ack| ack > at);
        let on_it: Vec<&Notice> = said.iter().filter(|one| one.basket == basket).collect();
        if !on_it.iter().copied().any(|notice| here(&notice)) {
            return Some("has not asked on this cart");
        }
        let taken_back = on_it.iter().any(|one| {
            let is_end = one.word.place == place && !one.word.here;
            let mut here = on_it.iter().copied().filter(here);
            is_end && one.acknowledged_at.is_some() && !here.any(|yes| is_later(yes, one.at))
        });
        if taken_back {
            return Some("is not reached any more");
        }
        let of_kin = |notice: &&Notice| self.is_of(id, &self.baskets.at(notice.basket).model);
        let own = self.kin.of(id);
        let is_done = |notice: &Notice| {
            let model = &self.baskets.at(notice.basket).model;
            let owner = model.shopper.and_then(|shopper| self.person_of(shopper));
            owner.is_some_and(|owner| own.contains(&owner))
        };
        // A browser answers for itself alone.
        let answered: Vec<&Notice> = said
            .iter()
            .filter(|one| one.word.place == place && one.word.agreed.is_some())
            .filter(of_kin)
            .collect();
        let yeses = || answered.iter().filter(|one| one.word.agreed == Some(true));
        let mut noes = answered
            .iter()
            .filter(|one| one.word.agreed == Some(false) && is_done(one));
        let stands = |no: &Notice| {
            let is_known = no.acknowledged_at.is_some();
            is_known && !yeses().any(|yes| is_later(yes, no.at))
        };
        if yeses().next().is_none() || noes.any(|no| stands(no)) {
            return Some("its user has not agreed");
        }
        let left = own.iter().flat_map(|one| &self.people.at(*one).left_at);
        let mut left = left.filter(|at| !yeses().any(|yes| is_later(yes, **at)));
        if left.next().is_some() {
            return Some("its user wants none");
        }
        // Another identity of the same person may bring along what it has not heard of.
        let owner = |notice: &Notice| self.baskets.at(notice.basket).model.shopper;
        let of_others = said.iter().filter(here).filter(of_kin);
        let others = of_others
            .filter(|one| owner(one) != Some(self.people.at(id).id))
            .count();
        let is_gone = self.notices.gone.iter().any(|gone| {
            let back = said.iter().filter(here);
            let is_back = back.filter(of_kin).any(|yes| is_later(yes, gone.at));
            gone.person == id && gone.place == place && !is_back && others == 0
        });
        is_gone.then_some("is not there any more")
    }
}
