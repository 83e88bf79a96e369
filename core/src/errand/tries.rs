//! Tries of one errand, and when it is tried next.

use super::LEASE_MS;
use crate::delivery::retry;
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// Tries of one errand. One is under way at a time: until its lease has ended, no other begins, whatever is wanted meanwhile.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tries {
    /// Tries ever begun; the number of the last.
    pub number: u32,
    /// Tries begun since something else was wanted.
    pub count: u32,
    /// When the next is due, epoch ms; `None`: nothing is to be done.
    pub due_at: Option<u64>,
    /// Until when the one under way may last, epoch ms.
    pub lease_until: Option<u64>,
    /// Why the last one has not succeeded, as a stable code.
    pub code: Option<String>,
}

impl Tries {
    /// When it has to be looked at, epoch ms.
    pub fn wake_at(&self) -> Option<u64> {
        self.lease_until.or(self.due_at)
    }

    /// Something is to be done from `at` on, epoch ms, that was not before.
    pub fn start(&mut self, at: u64) {
        self.count = 0;
        self.due_at = Some(at);
        self.code = None;
    }

    /// There is nothing to be done.
    pub fn rest(&mut self) {
        self.count = 0;
        self.due_at = None;
    }

    /// Begins a try where one is due at `now`, epoch ms: its number, and the end of its lease.
    pub fn begin(&mut self, now: u64) -> Option<(u32, u64)> {
        if self.lease_until.is_some() || self.due_at.is_none_or(|due| due > now) {
            return None;
        }
        let lease = now.saturating_add(LEASE_MS);
        self.number = self.number.saturating_add(1);
        self.count = self.count.saturating_add(1);
        self.lease_until = Some(lease);
        Some((self.number, lease))
    }

    /// Takes the answer of try `number`; `false` where it comes too late to count.
    pub fn end(&mut self, number: u32) -> bool {
        let is_it = self.lease_until.is_some() && self.number == number;
        if is_it {
            self.lease_until = None;
        }
        is_it
    }

    /// Whether the lease of the try under way has ended without an answer; it is none any more then.
    pub fn is_lost(&mut self, now: u64) -> bool {
        let lost = self.lease_until.is_some_and(|lease| lease <= now);
        if lost {
            self.lease_until = None;
        }
        lost
    }

    /// It has not succeeded: puts the next try off by what the schedule says, and by no less than `asked_ms`. `false` after the last.
    pub fn put_off(&mut self, waits: &[u64], asked_ms: u64, seed: u64, now: u64) -> bool {
        let wait = retry::wait_ms(&retry::at_least(waits, asked_ms), self.count, seed);
        self.due_at = wait.map(|wait| now.saturating_add(wait));
        self.due_at.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_try_is_under_way_at_a_time() {
        let mut tries = Tries::default();
        assert_eq!(tries.begin(5), None, "nothing is to be done");
        tries.start(10);
        assert_eq!(tries.begin(9), None, "not yet");
        assert_eq!(tries.begin(10), Some((1, 10 + LEASE_MS)));
        tries.start(11);
        assert_eq!(tries.begin(11), None, "another is under way");
        assert_eq!(tries.wake_at(), Some(10 + LEASE_MS));
        assert!(!tries.end(2), "there was no such try");
        assert!(tries.end(1) && !tries.end(1));
        assert_eq!(tries.begin(12).map(|(number, _)| number), Some(2));
        assert!(!tries.is_lost(12 + LEASE_MS - 1) && tries.is_lost(12 + LEASE_MS));
        assert!(!tries.end(2), "its time was over");
    }

    #[test]
    fn a_service_that_asks_for_time_gets_it_until_the_schedule_ends() {
        let mut tries = Tries::default();
        tries.start(0);
        tries.begin(0);
        tries.end(1);
        assert!(tries.put_off(&[1_000, 2_000], 9_000, 0, 100));
        assert!(tries.due_at >= Some(9_100));
        tries.count = 3;
        assert!(!tries.put_off(&[1_000, 2_000], 0, 0, 100));
        assert_eq!(tries.due_at, None);
    }
}
