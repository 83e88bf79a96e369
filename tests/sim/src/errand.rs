//! Errands: tries at services that carry no messages, and these services (`worker/src/objects/shopper/errands.rs`,
//! `worker/src/errands`). A service of audiences takes what it is told at once, and may carry it out up to a day later, in any order.

use crate::arena::Id;
use crate::event::{Answer, Back, Callee, Event};
use crate::fault::{Fault, Opportunity};
use crate::host::{Person, ShopperAsk};
use crate::world::World;
use homing_core::audience::Act;
use homing_core::delivery::Proof;
use homing_core::errand::{Ended, Errand, Work};
use homing_core::object::cart::{Input as CartInput, Reply as CartReply, Status};
use homing_core::object::shopper::Input;

/// How long an answer is waited for, ms; the core's table of services.
const TIMEOUT_MS: u64 = 15_000;
/// For how long a paused shop adds nobody, ms.
const PAUSED_MS: u64 = 15 * 60_000;
/// What a service of audiences may take to carry out what it has taken, ms; a little less than the day that such services speak of.
const CARRIED_OUT_MS: u64 = 23 * 3_600_000;

/// A try under way.
pub(crate) struct Trip {
    person: Id<Person>,
    incarnation: u32,
    errand: Box<Errand>,
    fault: Option<Fault>,
    ended: Option<Ended>,
    /// What the witness knows it by.
    number: usize,
}

fn failed(code: &str, proof: Proof, wait_ms: u64) -> Ended {
    Ended::Failed {
        code: String::from(code),
        proof,
        wait_ms,
    }
}

fn needless(code: &str) -> Ended {
    let code = String::from(code);
    Ended::Needless { code }
}

impl World<'_> {
    /// A Shopper has begun an errand: it is done beside everything else.
    pub(crate) fn send_out(&mut self, id: Id<Person>, errand: Box<Errand>) {
        let number = self.errand_begun(id, &errand);
        let fault = self.strike(Opportunity::Errand);
        let (holds, paused) = (self.is_held_out(id), self.paused);
        let ended = match &errand.work {
            Work::Audience { act: Act::Add, .. } if paused => {
                Some(failed("paused", Proof::Transient, PAUSED_MS))
            }
            Work::Audience { act: Act::Add, .. } if holds => Some(needless("held_out")),
            _ => None,
        };
        let about = match &errand.work {
            Work::Alert { cart, .. } => self.basket_of(*cart),
            Work::Audience { .. } => None,
        };
        let is_decided = ended.is_some();
        let trip = self.trips.put(Trip {
            person: id,
            incarnation: self.people.at(id).hosted.incarnation(),
            errand,
            fault,
            ended,
            number,
        });
        if let Some(basket) = about {
            return self.call(Callee::Cart(basket, CartInput::Read), Back::Errand(trip));
        }
        let at = self.now + self.dice.between(20, 400);
        let event = if is_decided {
            Event::Returned(trip)
        } else {
            Event::Errand(trip)
        };
        self.agenda.put(at, event);
    }

    fn is_held_out(&self, id: Id<Person>) -> bool {
        let rules = &self.config.rules;
        let person = self.people.at(id);
        let shopper = person.hosted.memory.as_ref();
        let joined = shopper.into_iter().flat_map(|shopper| shopper.joined());
        std::iter::once(person.id)
            .chain(joined)
            .any(|one| rules.holds_out(one))
    }

    /// The quote that an alert is about, as it is now.
    pub(crate) fn quote_read(&mut self, number: u32, answer: &Answer) {
        let Some(trip) = self.trips.get_mut(number) else {
            return;
        };
        let Work::Alert { epoch, .. } = &trip.errand.work else {
            return;
        };
        if self.people.at(trip.person).hosted.incarnation() != trip.incarnation {
            self.trips.take(number);
            return;
        }
        trip.ended = match answer {
            Answer::Cart(CartReply::Snapshot(cart)) => {
                let slot = &cart.slot;
                let is_left = slot.status == Status::Open && slot.quote && slot.epoch == *epoch;
                (!is_left).then(|| needless("not_left"))
            }
            _ => Some(failed("cart_unreadable", Proof::Transient, 0)),
        };
        let event = match trip.ended {
            Some(_) => Event::Returned(number),
            None => Event::Errand(number),
        };
        let at = self.now + self.dice.between(20, 400);
        self.agenda.put(at, event);
    }

    /// The service is asked.
    pub(crate) fn errand_arrives(&mut self, number: u32) {
        let (now, fails) = (self.now, self.dice.percent(50));
        let asked_ms = if self.dice.percent(30) { 3_600_000 } else { 0 };
        let late = self.dice.between(1, 30_000);
        let Some(trip) = self.trips.get_mut(number) else {
            return;
        };
        let soon = now + 50;
        let done = || Ended::Done { id: String::new() };
        let (takes, ended, at) = match trip.fault {
            Some(Fault::ErrandBusy) => (false, failed("busy", Proof::Transient, asked_ms), soon),
            Some(Fault::ErrandRefused) => (false, failed("refused", Proof::Rejected, 0), soon),
            Some(Fault::ErrandFails) => (fails, failed("500", Proof::Nothing, 0), soon),
            Some(Fault::ErrandUnheard) => {
                let ended = failed("timeout", Proof::Nothing, 0);
                (true, ended, now + TIMEOUT_MS)
            }
            Some(Fault::ErrandLate) => (true, done(), trip.errand.lease_until.max(now) + late),
            _ => (true, done(), soon),
        };
        trip.ended = Some(ended);
        let is_killed = trip.fault == Some(Fault::ErrandKilled);
        if !is_killed {
            self.agenda.put(at, Event::Returned(number));
        }
        if takes {
            self.taken_by_service(number);
        }
        if is_killed {
            self.trips.take(number);
        }
    }

    fn taken_by_service(&mut self, number: u32) {
        let Some(trip) = self.trips.get_mut(number) else {
            return;
        };
        let record = trip.number;
        match &trip.errand.work {
            Work::Alert { .. } => {
                let errand = trip.errand.clone();
                self.alert_told(record, &errand);
            }
            Work::Audience { .. } => {
                let wait = if self.dice.percent(70) {
                    0
                } else {
                    self.dice.below(CARRIED_OUT_MS)
                };
                self.membership_taken(record);
                let record = u32::try_from(record).unwrap_or(u32::MAX);
                self.agenda.put(self.now + wait, Event::Enlist(record));
            }
        }
    }

    /// The answer is back, where whoever asked is still there.
    pub(crate) fn errand_returned(&mut self, number: u32) {
        let Some(trip) = self.trips.take(number) else {
            return;
        };
        let Some(ended) = trip.ended else { return };
        if self.people.at(trip.person).hosted.incarnation() != trip.incarnation {
            return;
        }
        self.errand_answered(trip.number, trip.errand.lease_until, &ended);
        let errand = trip.errand;
        let input = Box::new(Input::ErrandDone { errand, ended });
        self.call_shopper(trip.person, ShopperAsk::Sent(input), Back::Nobody);
    }
}
