//! What an arm changes about the messages.

use crate::channel::Channel;
use crate::document::Problems;
use crate::sequence::{Line, Offer, Sequence, Step, Template, Texts};
use alloc::vec;
use serde::{Deserialize, Serialize};

/// What an arm changes. What is left out stays as the shop's configuration has it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(
    deny_unknown_fields,
    expecting = "an object that says what an arm changes"
)]
pub struct Changes {
    /// Which step of the sequence, counted from 0; where nothing is said, all of them.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 11)))]
    pub step: Option<u8>,
    /// The subject.
    pub subject: Option<Line>,
    /// Texts in the message.
    pub content: Option<Texts>,
    /// What is offered.
    pub offer: Option<OfferChange>,
    /// How long after the shopper's last activity, ms, within 90 days; needs `step`.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 7_776_000_000_u64)))]
    pub delay_ms: Option<u64>,
    /// Through which channel, and no other.
    pub channel: Option<Channel>,
}

/// What becomes of a step's offer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum OfferChange {
    /// There is none; a message that was about its offer reminds instead.
    Remove,
    /// It is this one.
    Replace(Offer),
}

/// One thing about a message that an arm can change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aspect {
    /// When it goes.
    Delay,
    /// Its subject.
    Subject,
    /// Its texts.
    Content,
    /// Its offer.
    Offer,
    /// Its channel.
    Channel,
}

impl Aspect {
    /// The field of [`Changes`].
    pub fn field(self) -> &'static str {
        match self {
            Self::Delay => "delay_ms",
            Self::Subject => "subject",
            Self::Content => "content",
            Self::Offer => "offer",
            Self::Channel => "channel",
        }
    }
}

impl Changes {
    /// Whether step `place`, counted from 0, is changed.
    pub fn concern(&self, place: usize) -> bool {
        self.step.is_none_or(|step| usize::from(step) == place)
    }

    /// What is changed.
    pub fn aspects(&self) -> impl Iterator<Item = Aspect> {
        let changed = [
            (Aspect::Delay, self.delay_ms.is_some()),
            (Aspect::Subject, self.subject.is_some()),
            (Aspect::Content, self.content.is_some()),
            (Aspect::Offer, self.offer.is_some()),
            (Aspect::Channel, self.channel.is_some()),
        ];
        changed
            .into_iter()
            .filter_map(|(aspect, is_changed)| is_changed.then_some(aspect))
    }

    /// What is offered instead.
    pub(crate) fn replacement(&self) -> Option<&Offer> {
        match &self.offer {
            Some(OfferChange::Replace(offer)) => Some(offer),
            Some(OfferChange::Remove) | None => None,
        }
    }

    /// Step `place`, counted from 0, as the arm has it.
    pub fn applied(&self, place: usize, step: &Step) -> Step {
        let mut changed = step.clone();
        if !self.concern(place) {
            return changed;
        }
        if let Some(delay_ms) = self.delay_ms {
            changed.after_ms = delay_ms;
        }
        if let Some(subject) = &self.subject {
            changed.subject = Some(subject.clone());
        }
        if let Some(content) = &self.content {
            changed.content = Some(changed.content.unwrap_or_default().replaced_by(content));
        }
        match &self.offer {
            None => {}
            Some(OfferChange::Remove) => {
                changed.offer = None;
                if changed.template == Template::Offer {
                    changed.template = Template::Reminder;
                }
            }
            Some(OfferChange::Replace(offer)) => changed.offer = Some(offer.clone()),
        }
        if let Some(channel) = self.channel {
            changed.channels = vec![channel];
        }
        changed
    }

    /// Checks what its types cannot tell.
    pub(super) fn check(&self, problems: &mut Problems) {
        let last = u8::try_from(Sequence::MAX_STEPS.saturating_sub(1)).unwrap_or(u8::MAX);
        problems.within("step", self.step, 0..=last);
        if let Some(OfferChange::Replace(offer)) = &self.offer {
            problems.field("offer", |problems| {
                problems.field("replace", |problems| offer.check(problems));
            });
        }
        problems.within("delay_ms", self.delay_ms, 0..=Step::MAX_AFTER_MS);
        if self.delay_ms.is_some() && self.step.is_none() {
            problems.field("step", |problems| {
                problems.wrong("given, where delay_ms is");
            });
        }
    }
}
