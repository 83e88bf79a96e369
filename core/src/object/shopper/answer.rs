//! What a shopper has answered to a survey, and what follows from it.

use super::about::About;
use super::{Commit, Effect, PlanSettings, Refused, ReleaseInput, Reply, Shopper};
use crate::delivery::{Delivery, DeliveryKey, Skip};
use crate::object::cart::Snapshot;
use crate::sequence::Template;
use crate::survey::Answer;
use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// The last answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Answered {
    answer: Answer,
    at: u64,
    /// Which survey asked.
    key: DeliveryKey,
    /// Whether it may still begin a conversation.
    open: bool,
    /// Until when it asks for silence, epoch ms.
    silent_until: Option<u64>,
}

impl Shopper {
    /// Takes an answer to the survey that `ordinal` names: the low byte of its conversation, and its step, as in its link. A second
    /// answer to one survey replaces the first. With `silence_ms` nothing is sent for so long; without, a sequence for it may begin.
    pub(super) fn take_answer(
        &mut self,
        answer: Answer,
        ordinal: u16,
        silence_ms: Option<u64>,
        settings: &PlanSettings,
        now: u64,
    ) -> Commit<Effect, Reply> {
        let Some(key) = self.survey(ordinal) else {
            return Commit::read(Reply::Refused(Refused::Closed));
        };
        // The question went to the contact.
        self.vouching.confirm();
        let before = self.answered.filter(|before| before.key == key);
        let reply = Reply::Taken {
            settled: self.live_lease(now).is_none(),
        };
        if before.is_some_and(|before| before.answer == answer) {
            return Commit::read(reply);
        }
        if let Some(before) = before {
            // What the first answer began is taken back, unless it has been told already. A silence that ends at another time is
            // the merchant's word.
            self.suppressions.retain(|one| {
                one.cause != Skip::Silenced
                    || one.until.is_none()
                    || one.until != before.silent_until
            });
            self.take_back();
        }
        let silent_until = silence_ms.map(|silence_ms| now.saturating_add(silence_ms));
        self.report(key, "answered", answer.code(), now);
        self.answered = Some(Answered {
            answer,
            at: now,
            key,
            // About what is left now: what is left another time was not asked about.
            open: silence_ms.is_none() && self.has_left_something(),
            silent_until,
        });
        match silent_until {
            Some(_) => {
                self.suppress(Skip::Silenced, silent_until, now);
            }
            None => self.replan(settings, now),
        }
        self.commit(true, now, reply)
    }

    /// The survey that a link names, the latest of that name.
    fn survey(&self, ordinal: u16) -> Option<DeliveryKey> {
        let is_named = |delivery: &&Delivery| {
            delivery.template == Template::Survey
                && delivery.attempts > 0
                && delivery.key.ordinal() == ordinal
        };
        let found = self.deliveries.iter().rev().find(is_named)?;
        Some(found.key)
    }

    /// Ends a plan that an answer began, while nothing of it was sent.
    fn take_back(&mut self) {
        let Some(plan) = &self.plan else { return };
        if !matches!(plan.about, About::Answer(_)) || self.has_spoken() || self.is_on_its_way() {
            return;
        }
        let key = DeliveryKey {
            conversation: plan.conversation,
            step: plan.current,
        };
        self.plan = None;
        self.set_state(key, crate::delivery::State::Skipped(Skip::Passed));
    }

    /// What was answered and waits for a message about what was left, and since when, epoch ms.
    pub(super) fn answer_to_follow(&self, settings: &PlanSettings) -> Option<(About, u64)> {
        let answered = self.answered.filter(|answered| answered.open)?;
        let about = About::Answer(answered.answer);
        settings.start(&about, None)?;
        self.has_left_something().then_some((about, answered.at))
    }

    fn has_left_something(&self) -> bool {
        self.carts.values().any(|bound| self.is_left(&bound.slot))
    }

    /// The carts that a message after an answer is about: all that were left; `None` where there is none any more.
    pub(super) fn answered_carts(&self, input: &ReleaseInput<'_>) -> Option<Vec<Option<Snapshot>>> {
        let carts: Vec<Option<Snapshot>> = input
            .carts
            .iter()
            .map(|(_, snapshot)| snapshot.clone())
            .filter(|snapshot| {
                snapshot
                    .as_ref()
                    .is_none_or(|snapshot| self.is_left(&snapshot.slot))
            })
            .collect();
        (!carts.is_empty()).then_some(carts)
    }

    /// The answer begins nothing any more.
    pub(super) fn close_answer(&mut self) {
        if let Some(answered) = &mut self.answered {
            answered.open = false;
        }
    }

    /// Takes over what another identity of the same person has answered: the later word counts. `raise` turns its deliveries'
    /// names into this one's.
    pub(super) fn join_answer(
        &mut self,
        other: Option<Answered>,
        raise: impl Fn(DeliveryKey) -> DeliveryKey,
    ) {
        let other = other.map(|other| Answered {
            key: raise(other.key),
            ..other
        });
        let own = self.answered.take();
        self.answered = own.into_iter().chain(other).max_by_key(|one| one.at);
    }

    /// The last answer as a merchant sees it.
    pub(super) fn shown_answer(&self) -> Option<(String, u64)> {
        let answered = self.answered?;
        Some((String::from(answered.answer.code()), answered.at))
    }
}
