//! Virtual time: what happens next.

use crate::arena::Slab;
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Events by time; those of one moment in the order in which they were put down.
pub(crate) struct Agenda<E> {
    heap: BinaryHeap<Reverse<(u64, u32, u32)>>,
    events: Slab<E>,
    written: u32,
}

impl<E> Default for Agenda<E> {
    fn default() -> Self {
        Self {
            heap: BinaryHeap::new(),
            events: Slab::default(),
            written: 0,
        }
    }
}

impl<E> Agenda<E> {
    pub(crate) fn put(&mut self, at: u64, event: E) {
        let place = self.events.put(event);
        self.written = self.written.wrapping_add(1);
        self.heap.push(Reverse((at, self.written, place)));
    }

    pub(crate) fn next(&mut self) -> Option<(u64, E)> {
        let Reverse((at, _, place)) = self.heap.pop()?;
        Some((at, self.events.take(place)?))
    }
}
