//! What the merchant wants tried again: what was said to be tried has an end, and the merchant hears of it. That it goes once, and not after
//! a stop, is looked at where messages are sent.

use crate::arena::Id;
use crate::host::Person;
use crate::replay::Wish;
use crate::violation::Broken;
use crate::world::World;
use homing_core::delivery::DeliveryKey;
use homing_core::object::shopper::Report;

/// What was wanted, what was promised, and what was heard.
#[derive(Default)]
pub(crate) struct Replays {
    wished: Vec<(Id<Person>, DeliveryKey)>,
    promised: Vec<Wish>,
    /// Ends of messages, with the times at which they came, epoch ms.
    ends: Vec<(Id<Person>, DeliveryKey, u64)>,
}

impl Replays {
    /// How often another try of a message was wanted, and said to come.
    pub(super) fn wished(&self, person: Id<Person>, key: DeliveryKey) -> usize {
        let is_it = |one: &&(Id<Person>, DeliveryKey)| **one == (person, key);
        self.wished.iter().filter(is_it).count()
    }
}

impl World<'_> {
    /// Somebody wants a message tried again.
    pub(crate) fn wished_for(&mut self, wish: &Wish) {
        if wish.despite_unknown {
            self.pardon(wish.person, wish.key);
        }
    }

    pub(crate) fn replay_acknowledged(&mut self, wish: &Wish) {
        self.tally.replays += 1;
        self.replays.promised.push(*wish);
    }

    /// The desk hears of a message.
    pub(crate) fn note_report(&mut self, person: Id<Person>, report: &Report) {
        let end = ["sent", "skipped", "dead_lettered", "unknown"];
        if report.state == "replayed" {
            self.replays.wished.push((person, report.key));
        } else if end.contains(&report.state.as_str()) {
            self.replays.ends.push((person, report.key, report.at));
        }
    }

    /// At the end: each message that was to be tried again has ended since, and the desk knows how.
    pub(super) fn end_of_replays(&mut self) {
        let is_open = |wish: &&Wish| {
            let shopper = self.people.at(wish.person).hosted.memory.as_ref();
            // Another identity speaks for it, by numbers of its own.
            let is_gone = shopper.is_some_and(|shopper| shopper.over_to().is_some());
            let mut ends = self.replays.ends.iter();
            let has_ended = ends.any(|(person, key, at)| {
                (*person, *key) == (wish.person, wish.key) && *at >= wish.asked_at
            });
            !is_gone && !has_ended
        };
        let lost = self.replays.promised.iter().find(is_open).copied();
        if let Some(wish) = lost {
            self.broke(Broken::ReplayLost, || {
                format!("person {}, {:?}", wish.person.number(), wish.key)
            });
        }
        if self.desk.many.is_some() {
            self.broke(Broken::ReplayLost, || String::from("a list at the desk"));
        }
    }
}
