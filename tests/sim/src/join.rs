//! A merchant's server says that two people are one (`worker/src/http/shoppers.rs`), and what that means for everybody's promises.

use crate::arena::Id;
use crate::event::{Answer, Back, Callee, Event};
use crate::host::{Basket, Person, ShopperAsk};
use crate::kin::Pair;
use crate::violation::Broken;
use crate::witness::Stop;
use crate::world::World;
use homing_core::contact::Phone;
use homing_core::object::shopper::{Input, Reply};

const POLL_MS: u64 = 500;
const MOST_POLLS: u8 = 60;

/// One call of the server's.
#[derive(Clone, Copy)]
pub(crate) struct Joining {
    /// Whom the server named.
    asked: Pair,
    /// Who has to become one now, for that.
    pair: Pair,
    polls: u8,
}

impl World<'_> {
    /// The server asks for a join; where `released` says so, only so long after the next release to either, ms.
    pub(crate) fn people_are_one(&mut self, a: u8, b: u8, released: Option<u16>) {
        let people = usize::from(self.script.people);
        let (a, b) = (usize::from(a), usize::from(b));
        if a == b || a >= people || b >= people {
            return;
        }
        let asked = (Id::new(a), Id::new(b));
        match released {
            Some(after_ms) => self.joins_to_come.push((asked, after_ms)),
            None => self.join_people(asked, 0),
        }
    }

    /// A message to somebody is on its way: whoever waited for that becomes one.
    pub(crate) fn join_the_released(&mut self, id: Id<Person>) {
        let meant = |((a, b), _): &mut (Pair, u16)| *a == id || *b == id;
        let due: Vec<_> = self.joins_to_come.extract_if(.., meant).collect();
        for (asked, after_ms) in due {
            self.join_people(asked, u64::from(after_ms));
        }
    }

    fn join_people(&mut self, asked: Pair, after_ms: u64) {
        let joining = Joining {
            asked,
            pair: asked,
            polls: 0,
        };
        if after_ms == 0 {
            return self.ask_to_join(joining);
        }
        self.agenda.put(self.now + after_ms, Event::Join(joining));
    }

    pub(crate) fn ask_to_join(&mut self, joining: Joining) {
        self.kin.say(joining.asked);
        let (a, b) = joining.pair;
        let (first, second) = (self.people.at(a).id, self.people.at(b).id);
        let (loser, into) = if first < second {
            (b, first)
        } else {
            (a, second)
        };
        let ask = ShopperAsk::Sent(Box::new(Input::Join { into }));
        self.call(Callee::Shopper(loser, ask), Back::Join(joining));
    }

    pub(crate) fn join_heard(&mut self, joining: Joining, answer: Answer) {
        let wait = match answer {
            Answer::Shopper(Reply::Joining {
                winner,
                settled: true,
            }) => {
                let (a, b) = joining.pair;
                let smaller = if self.people.at(a).id < self.people.at(b).id {
                    a
                } else {
                    b
                };
                let Some(winner) = self.person_of(winner) else {
                    return;
                };
                if winner == smaller {
                    return self.became_one(joining.asked);
                }
                return self.ask_to_join(Joining {
                    pair: (winner, smaller),
                    polls: joining.polls + 1,
                    ..joining
                });
            }
            Answer::Shopper(Reply::Joining { .. }) => POLL_MS,
            // The server is told to ask again, and does.
            _ => 5_000,
        };
        if joining.polls < MOST_POLLS {
            let polls = joining.polls + 1;
            let again = Event::Join(Joining { polls, ..joining });
            self.agenda.put(self.now + wait, again);
        }
    }

    /// The server has been told that both are one: from here on what was promised to either is promised to both.
    fn became_one(&mut self, (a, b): (Id<Person>, Id<Person>)) {
        self.tally.joins += 1;
        let now = self.now;
        let sides = [self.kin.of(a), self.kin.of(b)];
        if sides.iter().all(|side| side.contains(&a)) {
            return;
        }
        let [one, other] = sides;
        self.kin.unite((a, b));
        // Within a side everybody has the same already.
        let known = |id: Id<Person>| {
            let person = self.people.at(id);
            let mut stops = person.stops.clone();
            for stop in &mut stops {
                stop.acknowledged_at = now;
            }
            (stops, person.mails.clone())
        };
        let (of_a, of_b) = (known(a), known(b));
        for (side, (stops, mails)) in [(one, of_b), (other, of_a)] {
            for id in side {
                let person = self.people.at_mut(id);
                person.stops.extend(&stops);
                person.mails.extend(&mails);
            }
        }
    }

    /// A stop was acknowledged: it holds for whoever this person is.
    pub(crate) fn stop_acknowledged(
        &mut self,
        id: Id<Person>,
        ordered_at: Option<u64>,
        until: Option<u64>,
    ) {
        let stop = Stop {
            ordered_at,
            acknowledged_at: self.now,
            until,
        };
        if ordered_at.is_none() && until.is_none() {
            self.has_to_leave(id);
        }
        for id in self.kin.of(id) {
            self.people.at_mut(id).stops.push(stop);
        }
    }

    /// What must hold when a Shopper has taken another one in.
    pub(crate) fn check_adopted(&mut self, id: Id<Person>, before: &[Option<bool>]) {
        let Some(shopper) = &self.people.at(id).hosted.memory else {
            return;
        };
        let loosened = before.contains(&Some(false)) && shopper.agrees_to_email() == Some(true);
        if loosened {
            self.broke(Broken::ConsentLoosened, || {
                format!("person {}", id.number())
            });
        }
    }

    /// What a Shopper that speaks for several must never hold.
    pub(crate) fn check_identities(&mut self, id: Id<Person>) {
        let Some(shopper) = &self.people.at(id).hosted.memory else {
            return;
        };
        let joined: Vec<_> = shopper.joined().collect();
        if joined.is_empty() {
            return;
        }
        let strangers = joined
            .iter()
            .filter_map(|joined| self.person_of(*joined))
            .any(|joined| !self.kin.are_said(id, joined));
        let keys: Vec<_> = shopper
            .deliveries()
            .iter()
            .map(|delivery| delivery.key)
            .collect();
        if strangers {
            return self.broke(Broken::StrangersContact, || {
                format!("person {} was joined by nobody", id.number())
            });
        }
        if has_twice(&joined) || has_twice(&keys) {
            self.broke(Broken::TakenInTwice, || format!("person {}", id.number()));
        }
    }

    /// Whether a server has been told that somebody else speaks for this person: nothing of theirs is on its way any more.
    pub(crate) fn has_gone_over(&self, id: Id<Person>) -> bool {
        let own = self.people.at(id).id;
        let identities = self.kin.of(id);
        identities.iter().any(|one| self.people.at(*one).id < own)
    }

    /// A text message goes out, about the cart `basket`: to a number that a server has vouched for, or to one that was said on that
    /// very cart, and never to whoever claims to be somebody.
    pub(crate) fn check_number(&mut self, id: Id<Person>, basket: Option<Id<Basket>>) {
        let shopper = self.people.at(id).hosted.memory.as_ref();
        let Some(phone) = shopper.and_then(|shopper| shopper.phone()) else {
            return self.broke(Broken::StrangersContact, || {
                format!("a text message of person {} to nobody", id.number())
            });
        };
        let kin = self.people.ids().filter(|one| self.kin.are_said(id, *one));
        let names = |one: Id<Person>| {
            let person = self.people.at(one);
            person.email.is_none() && person.phone.as_ref() == Some(phone)
        };
        let said = basket.is_some_and(|basket| self.baskets.at(basket).said.contains(phone));
        if basket.is_some() && !said && !kin.into_iter().any(names) {
            self.broke(Broken::StrangersContact, || {
                format!("a text message of person {}", id.number())
            });
        }
    }

    /// The number that is typed on a device beside whatever contact: its owner's own.
    pub(crate) fn number_said_on(&self, device: u8, claimed: &Person) -> Option<Phone> {
        if claimed.email.is_none() {
            // It is what the shopper is named by.
            return claimed.phone.clone();
        }
        let device = self.script.devices.get(usize::from(device));
        let owner = device
            .and_then(|device| device.owner)
            .and_then(|owner| self.people.get(usize::from(owner)));
        owner.unwrap_or(claimed).phone.clone()
    }

    /// Who speaks for a person, as the objects have it.
    pub(crate) fn spokesman(&self, id: Id<Person>) -> Id<Person> {
        let mut at = id;
        loop {
            let shopper = self.people.at(at).hosted.memory.as_ref();
            let gone = shopper.filter(|shopper| shopper.has_gone());
            let Some(next) = gone
                .and_then(|shopper| shopper.over_to())
                .and_then(|over| self.person_of(over))
            else {
                return at;
            };
            at = next;
        }
    }
}

fn has_twice<T: PartialEq>(things: &[T]) -> bool {
    things
        .iter()
        .enumerate()
        .any(|(n, thing)| things.iter().take(n).any(|earlier| earlier == thing))
}
