//! Consent: nobody is written to who has not agreed, and a no is never lost. Told apart from the core's rules: by when everybody
//! really spoke, whatever their clocks say.

use crate::arena::Id;
use crate::host::Person;
use crate::violation::Broken;
use crate::word::{Channels, Word};
use crate::world::World;
use homing_core::cart::EventId;
use homing_core::channel::Channel;
use homing_core::delivery::DeliveryKey;

/// An answer that somebody gave about messages.
pub(crate) struct Spoken {
    by: Id<Person>,
    agreed: bool,
    channels: Channels,
    at: u64,
    event: Event,
    /// Since when it is in force.
    acknowledged_at: Option<u64>,
}

/// How an answer is named on its way.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Event {
    /// A browser's event.
    Browser(EventId),
    /// A shop's telling: which basket, and its number.
    Telling(u8, u64),
}

impl World<'_> {
    /// Somebody answers.
    pub(crate) fn spoke(&mut self, event: Event, word: Word) {
        let by = self.people.ids().nth(usize::from(word.who));
        let Some((by, agreed)) = by.zip(word.consent) else {
            return;
        };
        self.spoken.push(Spoken {
            by,
            agreed,
            channels: word.channels,
            at: self.now,
            event,
            acknowledged_at: None,
        });
    }

    /// An answer is in force.
    pub(crate) fn answer_acknowledged(&mut self, event: Event) {
        let now = self.now;
        let waiting = self.spoken.iter_mut();
        for spoken in waiting.filter(|one| one.event == event) {
            if spoken.acknowledged_at.is_none() {
                self.tally.consents += 1;
                spoken.acknowledged_at = Some(now);
            }
        }
    }

    /// A message is released: its reader has agreed to it, and has not taken that back.
    pub(crate) fn check_consent(&mut self, id: Id<Person>, key: DeliveryKey, channel: Channel) {
        let own = self.kin.of(id);
        // A join that is under way may have brought a yes along; a no of the other identity counts once the join is done.
        let about = |one: &&Spoken| {
            let texts = self.people.at(one.by).texts;
            self.kin.are_said(id, one.by) && one.channels.hold(channel, texts)
        };
        let spoken: Vec<&Spoken> = self.spoken.iter().filter(about).collect();
        let has_agreed = spoken.iter().any(|one| one.agreed);
        // A yes that came after it, or was still on its way then, may stand for another one.
        let stands = |no: &Spoken| {
            let mut yeses = spoken.iter().filter(|one| one.agreed);
            yeses.all(|yes| yes.acknowledged_at.is_some_and(|at| at <= no.at))
        };
        let noes = spoken.iter().filter(|one| !one.agreed);
        let mut noes = noes.filter(|no| own.contains(&no.by));
        let taken_back = noes.any(|no| no.acknowledged_at.is_some() && stands(no));
        if !has_agreed || taken_back {
            self.broke(Broken::NotAgreed, || {
                format!("person {}, {key:?}, {channel:?}", id.number())
            });
        }
    }

    /// At the end: a yes that was never followed by a no holds.
    pub(crate) fn end_of_consent(&mut self, id: Id<Person>) {
        let own = self.kin.of(id);
        let about =
            |one: &&Spoken| own.contains(&one.by) && one.channels.hold(Channel::Email, false);
        let spoken: Vec<&Spoken> = self.spoken.iter().filter(about).collect();
        let mut yeses = spoken.iter().filter(|one| one.agreed);
        let is_known = yeses.any(|one| one.acknowledged_at.is_some());
        if !is_known || spoken.iter().any(|one| !one.agreed) {
            return;
        }
        let shopper = self.people.at(self.spokesman(id)).hosted.memory.as_ref();
        if shopper.and_then(|shopper| shopper.agrees_to_email()) != Some(true) {
            self.broke(Broken::ConsentLost, || format!("person {}", id.number()));
        }
    }
}
