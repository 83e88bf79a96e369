//! Which steps of which shoppers differ, and how each side explains itself.

use super::ledger::{Fate, Name, Told};
use super::world::Played;
use crate::channel::Channel;
use crate::sequence::Offer;
use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::{String, ToString},
    vec::Vec,
};
use serde::Serialize;

/// Everything that differs.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Changed {
    /// Steps that differ.
    pub steps: u64,
    /// Shoppers with such a step.
    pub shoppers: u64,
    /// Steps by how they differ.
    pub kinds: BTreeMap<Kind, u64>,
    /// The first of them, by shopper; [`super::Options::limit`] says how many.
    pub list: Vec<Difference>,
}

/// How a step differs. Of several ways the first counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// Sent under the edited configuration alone.
    NewlySent,
    /// Sent under the present one alone.
    NoLongerSent,
    /// Sent under both, with another offer.
    OtherOffer,
    /// Sent under both, by another channel.
    OtherChannel,
    /// Sent under both, as another message.
    OtherMessage,
    /// Sent under both, at another time.
    OtherTime,
    /// Sent under neither, for another reason; also where it came up on one side only.
    OtherReason,
}

/// A step that differs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Who.
    pub shopper: String,
    /// Which conversation with them, from 1.
    pub conversation: u16,
    /// Which step of it, from 0.
    pub step: u8,
    /// How.
    pub kind: Kind,
    /// As it is; `None` where the step did not come up.
    pub now: Option<Side>,
    /// As edited.
    pub edited: Option<Side>,
}

/// A step on one side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Side {
    /// `sent`, `skipped` or `waiting`.
    pub state: &'static str,
    /// When that was decided; for one that waits, when it is due, epoch ms.
    pub at: u64,
    /// The stable code of the reason.
    pub code: String,
    /// The reason and what was seen, in plain words.
    pub sentence: String,
    /// The sequence, where one was chosen.
    pub sequence: Option<String>,
    /// Which message.
    pub template: String,
    /// What was offered.
    pub offer: Option<Offer>,
    /// How it went.
    pub channel: Option<Channel>,
}

impl Changed {
    pub(super) fn between(now: &Played, edited: &Played, limit: usize) -> Self {
        let (now, edited) = (&now.ledger.steps, &edited.ledger.steps);
        let names: BTreeSet<&Name> = now.keys().chain(edited.keys()).collect();
        let mut changed = Self::default();
        let mut last = None;
        for name in names {
            let (now, edited) = (now.get(name), edited.get(name));
            let Some(kind) = Kind::of(now, edited) else {
                continue;
            };
            let (shopper, conversation, step) = *name;
            changed.steps = changed.steps.saturating_add(1);
            let count = changed.kinds.entry(kind).or_default();
            *count = count.saturating_add(1);
            if last.replace(shopper) != Some(shopper) {
                changed.shoppers = changed.shoppers.saturating_add(1);
            }
            if changed.list.len() < limit {
                changed.list.push(Difference {
                    shopper: shopper.to_string(),
                    conversation,
                    step,
                    kind,
                    now: now.map(Side::of),
                    edited: edited.map(Side::of),
                });
            }
        }
        changed
    }
}

impl Kind {
    fn of(now: Option<&Told>, edited: Option<&Told>) -> Option<Self> {
        let sent = |told: &&Told| told.fate == Fate::Sent;
        match (now.filter(sent), edited.filter(sent)) {
            (None, Some(_)) => Some(Self::NewlySent),
            (Some(_), None) => Some(Self::NoLongerSent),
            (Some(now), Some(edited)) => [
                (now.offer != edited.offer, Self::OtherOffer),
                (now.channel != edited.channel, Self::OtherChannel),
                (now.template != edited.template, Self::OtherMessage),
                (now.at != edited.at, Self::OtherTime),
            ]
            .into_iter()
            .find_map(|(differs, kind)| differs.then_some(kind)),
            (None, None) => {
                let reason = |told: Option<&Told>| told.map(|told| (told.fate, told.code.clone()));
                (reason(now) != reason(edited)).then_some(Self::OtherReason)
            }
        }
    }
}

impl Side {
    fn of(told: &Told) -> Self {
        Self {
            state: match told.fate {
                Fate::Sent => "sent",
                Fate::Skipped => "skipped",
                Fate::Waiting => "waiting",
            },
            at: told.at,
            code: told.code.clone(),
            sentence: told.sentence.clone(),
            sequence: told.sequence.clone(),
            template: told.template.clone(),
            offer: told.offer.clone(),
            channel: told.channel,
        }
    }
}
