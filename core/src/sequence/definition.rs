//! A sequence as a merchant defines it.

use super::{Line, Offer, Template, Texts, Trigger};
use crate::channel::Channel;
use crate::document::{Problems, text::Text};
use crate::flag::FlagId;
use crate::rules::{Condition, Explanation, Facts};
use alloc::{vec, vec::Vec};
use serde::{Deserialize, Serialize};

checked_text! {
    /// A sequence's id, chosen by the merchant.
    SequenceId {
        allowed: "1 to 40 lower-case letters, digits, - or _, beginning with a letter or digit",
        pattern: r"^[a-z0-9][a-z0-9_-]{0,39}$",
        check: crate::document::text::is_id
    }
}

/// Messages that bring a shopper back. One version never changes: an edit is a new version under the same id.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object that describes a sequence")]
pub struct Sequence {
    /// The same in all versions of the sequence; no other sequence has it.
    pub id: SequenceId,
    /// 1 for the first, then one more with each edit.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 4_294_967_295_u32)))]
    pub version: u32,
    /// What people call it.
    pub name: Text,
    /// What begins it.
    pub trigger: Trigger,
    /// Whom it is for; everybody where nothing is said.
    pub when: Option<Condition>,
    /// Of several sequences that fit, the one with the highest priority is taken, 0 to 1000; 0 where nothing is said. Of equal ones
    /// the first.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 1_000)))]
    pub priority: u16,
    /// The shop's flag that must be on for the shopper; none where nothing is said.
    pub flag: Option<FlagId>,
    /// Each message waits until a person has approved it.
    #[serde(default)]
    pub approval: bool,
    /// The messages, in the order of their times.
    #[cfg_attr(feature = "schema", schemars(length(min = 1, max = 12)))]
    pub steps: Vec<Step>,
}

/// One message of a sequence.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object that describes a step")]
pub struct Step {
    /// How long after the shopper's last activity, ms; not before the step before, and within 90 days.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 7_776_000_000_u64)))]
    pub after_ms: u64,
    /// Which message.
    pub template: Template,
    /// What is offered; the template `offer` needs one.
    pub offer: Option<Offer>,
    /// The subject; the template's own where nothing is said.
    pub subject: Option<Line>,
    /// Texts in the message; the template's own where nothing is said.
    pub content: Option<Texts>,
    /// Whether this step is sent is decided when it is due; always where nothing is said.
    pub when: Option<Condition>,
    /// The channels that may carry it, the preferred one first: email where nothing is said.
    #[serde(default = "by_email")]
    #[cfg_attr(
        feature = "schema",
        schemars(length(min = 1, max = 3), extend("uniqueItems" = true))
    )]
    pub channels: Vec<Channel>,
}

fn by_email() -> Vec<Channel> {
    vec![Channel::Email]
}

impl Step {
    /// Latest step, ms after the shopper's last activity: 90 days.
    pub const MAX_AFTER_MS: u64 = 90 * 86_400_000;

    /// A message by email, without offer and condition.
    pub fn new(after_ms: u64, template: Template) -> Self {
        Self {
            after_ms,
            template,
            offer: None,
            subject: None,
            content: None,
            when: None,
            channels: by_email(),
        }
    }

    /// Whether the step is for these facts; `None` where it says nothing and therefore is.
    pub fn judge(&self, facts: &Facts) -> Option<Explanation> {
        self.when.as_ref().map(|when| when.judge(facts))
    }

    fn check(&self, before: Option<&Self>, problems: &mut Problems) {
        problems.within("after_ms", Some(self.after_ms), 0..=Self::MAX_AFTER_MS);
        if before.is_some_and(|before| self.after_ms < before.after_ms) {
            problems.field("after_ms", |problems| {
                problems.wrong("not before the step before it");
            });
        }
        match &self.offer {
            Some(offer) => problems.field("offer", |problems| offer.check(problems)),
            None if self.template == Template::Offer => problems.field("offer", |problems| {
                problems.wrong("an offer, because the template is offer");
            }),
            None => {}
        }
        if let Some(when) = &self.when {
            problems.field("when", |problems| when.check(problems));
        }
        problems.field("channels", |problems| {
            problems.list(&self.channels, 1..=Channel::COUNT);
        });
    }
}

impl Sequence {
    /// Most steps.
    pub const MAX_STEPS: usize = 12;
    /// Highest priority.
    pub const MAX_PRIORITY: u16 = 1_000;

    /// Says what is wrong with the sequence and its types cannot tell.
    pub fn check(&self, problems: &mut Problems) {
        if self.version == 0 {
            problems.field("version", |problems| problems.wrong("1 or more"));
        }
        problems.field("trigger", |problems| self.trigger.check(problems));
        if let Some(when) = &self.when {
            problems.field("when", |problems| when.check(problems));
        }
        problems.within("priority", Some(self.priority), 0..=Self::MAX_PRIORITY);
        problems.field("steps", |problems| {
            if !(1..=Self::MAX_STEPS).contains(&self.steps.len()) {
                problems.wrong("1 to 12 entries");
            }
            let before = self.steps.iter().map(Some);
            let before = core::iter::once(None).chain(before);
            for (n, (step, before)) in self.steps.iter().zip(before).enumerate() {
                problems.entry(n, |problems| step.check(before, problems));
            }
        });
    }
}
