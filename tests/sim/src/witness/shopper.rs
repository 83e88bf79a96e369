//! What Shoppers write, and what the desk is told of them.

use super::contains_planted;
use crate::arena::Id;
use crate::host::Person;
use crate::violation::Broken;
use crate::world::World;
use homing_core::delivery::State;
use homing_core::object::shopper::Report;

/// The latest that a wake-up may be, ms.
const OVERDUE_MS: u64 = 15 * 60_000;
/// Browsers of one person that take notifications.
const MOST_BROWSERS: usize = 8;
/// The longest wait between two hints, ms; the core's `wake.rs`.
const HINT_MAX_MS: u64 = 600_000;

impl World<'_> {
    /// What a Shopper knows of its carts only becomes newer.
    pub(crate) fn shopper_written(&mut self, id: Id<Person>) {
        let person = self.people.at_mut(id);
        person.written_at = self.now;
        person.missed = 0;
        let Some(shopper) = &person.hosted.memory else {
            return;
        };
        let mut older = false;
        for (cart, bound) in shopper.carts() {
            match person.versions.iter_mut().find(|(known, _)| known == cart) {
                Some((_, version)) => {
                    older |= bound.slot.version < *version;
                    *version = bound.slot.version;
                }
                None => person.versions.push((*cart, bound.slot.version)),
            }
        }
        if shopper.browsers() > MOST_BROWSERS {
            self.broke(Broken::TooManyBrowsers, || {
                format!("person {}", id.number())
            });
        }
        if older {
            self.broke(Broken::OlderSlot, || format!("person {}", id.number()));
        }
        self.check_identities(id);
    }

    /// Invariant 8: how late the wake-ups of open steps are.
    pub(crate) fn check_overdue(&mut self, id: Id<Person>) {
        let Some(shopper) = &self.people.at(id).hosted.memory else {
            return;
        };
        let wakes = shopper.deliveries().iter().filter_map(|delivery| {
            Some(match delivery.state {
                State::Scheduled => delivery.due_at,
                State::Queued { hinted_at, .. } => hinted_at + HINT_MAX_MS,
                State::Released { lease_until } => lease_until,
                _ => return None,
            })
        });
        // A plan that begins late is due at once, not overdue.
        let since = self.people.at(id).written_at;
        let late = wakes
            .min()
            .map_or(0, |at| self.now.saturating_sub(at.max(since)));
        self.tally.latest_ms = self.tally.latest_ms.max(late);
        // Several failed runs of the sweep in a row are an outage that nobody can bridge. They count until what was late is dealt
        // with: a question that changes nothing ends no outage.
        let missed = &mut self.people.at_mut(id).missed;
        if late == 0 {
            *missed = 0;
        }
        let missed = u64::from(*missed);
        let allowed = OVERDUE_MS + missed.saturating_sub(1) * 300_000;
        if late > allowed {
            self.broke(Broken::Overdue, || {
                format!("person {}, {late} ms", id.number())
            });
        }
    }

    /// Invariant 10: what the desk is told.
    pub(crate) fn check_reports(&mut self, reports: &[Report]) {
        let leaks = |report: &Report| {
            contains_planted(report.code.as_bytes()) || contains_planted(report.state.as_bytes())
        };
        if reports.iter().any(leaks) {
            self.broke(Broken::ContactLeaked, || String::from("at the desk"));
        }
    }
}
