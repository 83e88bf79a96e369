//! What is remembered of messages beside how they stand: under which trace they go, which of them were tried again as dead letters, and
//! the plans of conversations whose last message did not provably arrive, so that it can be.

use super::Shopper;
use super::plan::Plan;
use crate::bugs::{self, Bug};
use crate::channel::Channel;
use crate::delivery::{Body, DeliveryKey, State};
use crate::ids::CartId;
use crate::traceparent::TraceId;
use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// Plans that are remembered after their end; the oldest is forgotten first.
const MAX_ENDED: usize = 2;

/// See the module. Lists of a few, which need less code than maps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Afterwards {
    /// Of each cart the trace of its life.
    traces: Vec<(CartId, TraceId)>,
    notes: Vec<(DeliveryKey, Note)>,
    pub(super) ended: Vec<Plan>,
}

/// The merchant has yet to hear what became of it.
const UNTOLD: u8 = 1;
/// It may have gone out before it was tried again.
const MAY_BE_OUT: u8 = 2;

/// What is remembered of one message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Note {
    /// The trace that it was made under.
    trace: Option<TraceId>,
    /// How often it was tried again as a dead letter.
    pub(super) replays: u8,
    /// How often it had been tried by then: what follows is repeated by the schedule from its beginning.
    pub(super) tried_before: u32,
    /// [`UNTOLD`], [`MAY_BE_OUT`]; older rows have a truth value in this byte.
    marks: u8,
}

impl Note {
    /// Whether the merchant has yet to hear what became of it.
    pub(super) fn is_untold(self) -> bool {
        self.marks & UNTOLD != 0
    }

    /// Whether an earlier try may have arrived, whatever becomes of this one.
    pub(super) fn may_be_out(self) -> bool {
        self.marks & MAY_BE_OUT != 0
    }

    /// A recall is told anew, under a name of its own, having been tried `tried` times.
    pub(super) fn tell_anew(&mut self, tried: u32) {
        self.tried_before = tried;
        self.replays = self.replays.saturating_add(1);
    }

    /// It is tried again, having been tried `tried` times.
    pub(super) fn try_again(&mut self, tried: u32, may_be_out: bool) {
        self.tried_before = tried;
        self.marks |= UNTOLD | if may_be_out { MAY_BE_OUT } else { 0 };
    }
}

impl Afterwards {
    /// A cart tells of itself under this trace.
    pub(super) fn follow(&mut self, cart: CartId, trace: TraceId) {
        match self.traces.iter_mut().find(|(known, _)| *known == cart) {
            Some((_, known)) => *known = trace,
            None => self.traces.push((cart, trace)),
        }
    }

    /// A message about a cart goes out: under the trace that it was first made under, or else the cart's.
    pub(super) fn note_trace(
        &mut self,
        key: DeliveryKey,
        cart: CartId,
        known: Option<TraceId>,
    ) -> Option<TraceId> {
        let trace = known.or_else(|| self.trace(cart));
        let first = self.note(key).trace.or(trace);
        if first.is_some() {
            self.put_note(key, |note| note.trace = first);
        }
        first
    }

    fn trace(&self, cart: CartId) -> Option<TraceId> {
        let found = self.traces.iter().find(|(known, _)| *known == cart);
        found.map(|(_, trace)| *trace)
    }

    pub(super) fn note(&self, key: DeliveryKey) -> Note {
        let found = self.notes.iter().find(|(known, _)| *known == key);
        found.map(|(_, note)| *note).unwrap_or_default()
    }

    /// Changes what is remembered of a message.
    pub(super) fn put_note(&mut self, key: DeliveryKey, change: impl FnOnce(&mut Note)) {
        match self.notes.iter_mut().find(|(known, _)| *known == key) {
            Some((_, note)) => change(note),
            None => {
                let mut note = Note::default();
                change(&mut note);
                self.notes.push((key, note));
            }
        }
    }

    /// Forgets everything but what is remembered of these messages.
    pub(super) fn keep(&mut self, keys: &[DeliveryKey]) {
        self.traces.clear();
        self.ended.clear();
        self.notes.retain(|(key, _)| keys.contains(key));
    }

    /// Takes over what another identity of the same person remembers; its plans have ended with it.
    pub(super) fn join(&mut self, other: Self, raise: impl Fn(DeliveryKey) -> DeliveryKey) {
        for (cart, trace) in other.traces {
            if self.trace(cart).is_none() {
                self.follow(cart, trace);
            }
        }
        let notes = other.notes.into_iter();
        self.notes
            .extend(notes.map(|(key, note)| (raise(key), note)));
    }
}

impl Shopper {
    /// The trace of the cart that was touched last.
    pub fn latest_trace(&self) -> Option<TraceId> {
        let carts = self.carts.values();
        let traced =
            carts.filter_map(|bound| Some((bound, self.afterwards.trace(bound.slot.cart)?)));
        let latest = traced.max_by_key(|(bound, _)| bound.slot.last_activity_at);
        latest.map(|(_, trace)| trace)
    }

    /// The trace under which a message goes: of the cart that it shows, or before that is known of the one that was touched last.
    pub fn trace_of(&self, key: DeliveryKey) -> Option<TraceId> {
        let own = self.afterwards.note(key).trace;
        own.or_else(|| self.latest_trace())
    }

    /// Whether a message can only go as a mail, as far as that is decided.
    pub fn goes_by_mail(&self, key: DeliveryKey) -> bool {
        if let Some(frozen) = self
            .delivery(key)
            .and_then(|delivery| delivery.frozen.as_ref())
        {
            return matches!(frozen.body, Body::Email { .. });
        }
        let plan = self.plan.as_ref();
        let sequence = plan
            .filter(|plan| plan.conversation == key.conversation)
            .and_then(|plan| plan.sequence.as_ref());
        let step = sequence.and_then(|sequence| sequence.steps.get(usize::from(key.step)));
        step.is_some_and(|step| step.channels.iter().all(|one| *one == Channel::Email))
    }

    /// Whether an earlier try of a message may have arrived, so that nobody can say that it was not sent.
    pub(super) fn may_be_out(&self, key: DeliveryKey) -> bool {
        self.delivery(key)
            .is_some_and(|delivery| delivery.uncertain)
            || self.afterwards.note(key).may_be_out()
    }

    /// Remembers the plan of a conversation that has ended with a message that did not provably arrive.
    pub(super) fn keep_plan(&mut self, plan: Option<Plan>) {
        let goes_on = |plan: &Plan| {
            let current = self.plan.as_ref();
            current.is_some_and(|current| current.conversation == plan.conversation)
        };
        let Some(plan) = plan.filter(|plan| !goes_on(plan)) else {
            return;
        };
        let ended = &mut self.afterwards.ended;
        ended.retain(|one| one.conversation != plan.conversation);
        ended.push(plan);
        let excess = ended.len().saturating_sub(MAX_ENDED);
        ended.drain(..excess);
    }

    /// The plan, where it is of this message's conversation.
    pub(super) fn plan_of_message(&self, key: DeliveryKey) -> Option<Plan> {
        let plan = self.plan.as_ref();
        plan.filter(|plan| plan.conversation == key.conversation)
            .cloned()
    }

    /// Ends a step: says what became of messages that were tried again, and forgets what is about nothing any more.
    pub(super) fn look_back(&mut self, now: u64) {
        let untold: Vec<DeliveryKey> = self
            .afterwards
            .notes
            .iter()
            .filter(|(_, note)| note.is_untold())
            .map(|(key, _)| *key)
            .collect();
        for key in untold {
            let told = match self.delivery(key).map(|delivery| &delivery.state) {
                Some(state) if !state.is_closed() => continue,
                Some(State::Sent { .. }) => Some(("sent", "replayed")),
                Some(State::Skipped(why)) => Some(("skipped", why.code())),
                // These are told by themselves.
                _ => None,
            };
            if let Some((state, code)) = told.filter(|_| !bugs::is(Bug::ReplayUntold)) {
                self.report(key, state, code, now);
            }
            self.afterwards.put_note(key, |note| note.marks &= !UNTOLD);
        }
        let deliveries = &self.deliveries;
        let is_known = |key: &DeliveryKey| deliveries.iter().any(|one| one.key == *key);
        self.afterwards.notes.retain(|(key, _)| is_known(key));
        let carts = &self.carts;
        self.afterwards
            .traces
            .retain(|(cart, _)| carts.contains_key(cart));
    }

    /// What is shown of a message beside how it stands: its trace, and how often it was tried again.
    pub(super) fn shown_afterwards(&self, key: DeliveryKey) -> (Option<String>, u8) {
        let note = self.afterwards.note(key);
        let trace = self.trace_of(key);
        let text = trace.map(|trace| alloc::string::ToString::to_string(&trace));
        (text, note.replays)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::codec;

    /// What rows held before a message that may be out was remembered as such.
    #[derive(Serialize)]
    struct Before {
        trace: Option<TraceId>,
        replays: u8,
        tried_before: u32,
        untold: bool,
    }

    #[test]
    fn a_note_from_before_is_read() {
        for untold in [false, true] {
            let before = Before {
                trace: Some(TraceId::of([1; 16])),
                replays: 2,
                tried_before: 300,
                untold,
            };
            let note: Note = codec::decode(&codec::encode(&before).unwrap()).unwrap();
            assert_eq!((note.replays, note.tried_before), (2, 300));
            assert_eq!((note.is_untold(), note.may_be_out()), (untold, false));
        }
    }
}
