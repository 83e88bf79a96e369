//! Who is one person with whom.

use crate::arena::Id;
use crate::host::Person;

/// Two people.
pub(crate) type Pair = (Id<Person>, Id<Person>);

/// Which people are one person: each is labelled by one of them.
pub(crate) struct Kin {
    /// The server has said so; nobody may have carried it out yet.
    said: Vec<u32>,
    /// The server has been told that it is done.
    done: Vec<u32>,
}

impl Kin {
    pub(crate) fn new(people: usize) -> Self {
        let alone: Vec<u32> = (0..people)
            .map(|n| u32::try_from(n).unwrap_or(u32::MAX))
            .collect();
        Self {
            said: alone.clone(),
            done: alone,
        }
    }

    /// Somebody comes who was not there at the beginning.
    pub(crate) fn meet(&mut self) {
        let own = u32::try_from(self.said.len()).unwrap_or(u32::MAX);
        self.said.push(own);
        self.done.push(own);
    }

    /// The server says that both are one.
    pub(crate) fn say(&mut self, both: Pair) {
        unite(&mut self.said, both);
    }

    /// The server has been told that both are one.
    pub(crate) fn unite(&mut self, both: Pair) {
        unite(&mut self.done, both);
    }

    /// Whether a server has said that both are one.
    pub(crate) fn are_said(&self, one: Id<Person>, other: Id<Person>) -> bool {
        label(&self.said, one) == label(&self.said, other)
    }

    /// Everybody who is known to be the same person, with `id`.
    pub(crate) fn of(&self, id: Id<Person>) -> Vec<Id<Person>> {
        let own = label(&self.done, id);
        let all = self.done.iter().enumerate();
        all.filter(|(_, label)| **label == own)
            .map(|(n, _)| Id::new(n))
            .collect()
    }
}

fn label(labels: &[u32], id: Id<Person>) -> u32 {
    labels
        .get(id.number() as usize)
        .copied()
        .unwrap_or(u32::MAX)
}

fn unite(labels: &mut [u32], (one, other): Pair) {
    let (from, to) = (label(labels, one), label(labels, other));
    for label in labels.iter_mut().filter(|label| **label == from) {
        *label = to;
    }
}
