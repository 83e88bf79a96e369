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
    topic: Topic,
    at: u64,
    event: Event,
    /// Since when it is in force.
    acknowledged_at: Option<u64>,
}

/// What an answer is about.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Topic {
    Messages(Channels),
    /// Whether advertising services may be told of somebody.
    Advertising,
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
        let Some(by) = self.people.ids().nth(usize::from(word.who)) else {
            return;
        };
        let of_messages = word.consent.zip(Some(Topic::Messages(word.channels)));
        let of_ads = word.ads.zip(Some(Topic::Advertising));
        for (agreed, topic) in of_messages.into_iter().chain(of_ads) {
            self.spoken.push(Spoken {
                by,
                agreed,
                topic,
                at: self.now,
                event,
                acknowledged_at: None,
            });
        }
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
        let has_agreed = self.has_agreed(id, |one| {
            let texts = self.people.at(one.by).texts;
            matches!(one.topic, Topic::Messages(channels) if channels.hold(channel, texts))
        });
        if !has_agreed {
            self.broke(Broken::NotAgreed, || {
                format!("person {}, {key:?}, {channel:?}", id.number())
            });
        }
    }

    /// Whether advertising services may be told of somebody.
    pub(super) fn may_be_advertised(&self, id: Id<Person>) -> bool {
        self.has_agreed(id, |one| one.topic == Topic::Advertising)
    }

    fn has_agreed(&self, id: Id<Person>, is_about: impl Fn(&Spoken) -> bool) -> bool {
        let own = self.kin.of(id);
        // A join that is under way may have brought a yes along; a no of the other identity counts once the join is done.
        let about = |one: &&Spoken| self.kin.are_said(id, one.by) && is_about(one);
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
        has_agreed && !taken_back
    }

    /// At the end: a yes that was never followed by a no holds.
    pub(crate) fn end_of_consent(&mut self, id: Id<Person>) {
        let own = self.kin.of(id);
        let about = |one: &&Spoken| {
            let is_about = matches!(one.topic, Topic::Messages(channels) if channels.hold(Channel::Email, false));
            // A join may be done though its server stopped asking: a no of the other identity may hold.
            is_about && self.kin.are_said(id, one.by)
        };
        let spoken: Vec<&Spoken> = self.spoken.iter().filter(about).collect();
        let mut yeses = spoken
            .iter()
            .filter(|one| one.agreed && own.contains(&one.by));
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
