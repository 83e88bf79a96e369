//! A Shopper's alarm, as the platform keeps it.

use super::Person;
use crate::arena::Id;
use crate::event::{Back, Event};
use crate::fault::{Fault, Opportunity};
use crate::world::World;

impl World<'_> {
    pub(super) fn set_alarm(&mut self, id: Id<Person>) {
        let now = self.now;
        let person = self.people.at_mut(id);
        let shopper = person.hosted.memory.as_mut();
        let Some(at) = shopper.and_then(|shopper| shopper.arm(now)) else {
            return;
        };
        person.alarm = Some(at);
        person.armed += 1;
        person.was_armed = true;
        self.tally.bill.alarm_rows += 1;
        let armed = person.armed;
        let mut due = at.max(self.now) + self.dice.below(40);
        if self.strike(Opportunity::AlarmSet).is_some() {
            due = at.saturating_sub(self.dice.below(5_000)).max(self.now);
        }
        let event = Event::Alarm {
            person: id,
            armed,
            tries: 0,
        };
        self.agenda.put(due, event);
    }

    /// The platform's alarm: at least once, and given up after six tries.
    pub(crate) fn alarm(&mut self, id: Id<Person>, armed: u32, tries: u8) {
        if self.people.at(id).armed != armed {
            return;
        }
        let again = Event::Alarm {
            person: id,
            armed,
            tries: 1,
        };
        match self.strike(Opportunity::AlarmDue) {
            Some(Fault::AlarmLate) if tries == 0 => {
                let late = self.now + self.dice.below(60_000);
                return self.agenda.put(late, again);
            }
            // Nobody can find an alarm that the platform lost while the desk could not be told of it.
            Some(Fault::AlarmLost) if self.desk_knows(id) => {
                self.people.at_mut(id).alarm = None;
                return;
            }
            Some(Fault::AlarmTwice) => {
                let later = self.now + self.dice.below(5_000);
                self.agenda.put(later, again);
            }
            _ => self.people.at_mut(id).alarm = None,
        }
        self.tally.bill.called();
        let before = self.people.at(id).hosted.incarnation;
        self.wake(id, Back::Nobody);
        let person = self.people.at(id);
        if person.hosted.incarnation != before && person.armed == armed {
            // The handler failed: the platform tries again, from two seconds on, six times.
            if tries < 6 {
                let event = Event::Alarm {
                    person: id,
                    armed,
                    tries: tries + 1,
                };
                self.agenda.put(self.now + (2_000 << tries), event);
            }
        }
    }
}
