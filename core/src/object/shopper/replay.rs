//! Dead letters, tried again. What is asked of every message is asked of these once more when they are released; here only what can be
//! said at once.

use super::{Commit, Effect, Reply, Shopper};
use crate::delivery::{DeliveryKey, Echo, State};
use crate::shop::Carrier;
use alloc::string::String;

impl Shopper {
    /// Has a dead letter tried again, once, however often it is asked for. What may have gone out before goes only where somebody has
    /// decided so about this very message.
    pub(super) fn replay(
        &mut self,
        key: DeliveryKey,
        despite_unknown: bool,
        now: u64,
    ) -> Commit<Effect, Reply> {
        if self.is_being_replayed(key) {
            return Commit::read(Reply::Replayed);
        }
        if key.is_recall() {
            return self.replay_recall(key, despite_unknown, now);
        }
        let was = match self.may_be_replayed(key, despite_unknown, now) {
            Ok(code) => code,
            Err(why) => return Commit::read(Reply::NotReplayed(String::from(why))),
        };
        self.take_plan_up(key);
        let Some(delivery) = self.delivery_mut(key) else {
            return Commit::read(Reply::NotReplayed(String::from("unknown_delivery")));
        };
        let tried_before = delivery.attempts;
        let is_dead = matches!(delivery.state, State::DeadLettered { .. });
        // Inside its window the provider tells by the key that it had it before; only there it is bound to that.
        delivery.uncertain = !is_dead && delivery.may_repeat(now);
        if !delivery.uncertain {
            delivery.first_released_at = None;
            delivery.echo = Echo::default();
        }
        delivery.frozen = None;
        delivery.due_at = now;
        delivery.state = State::Scheduled;
        self.afterwards.put_note(key, |note| {
            note.try_again(tried_before, !is_dead);
            note.replays = note.replays.saturating_add(u8::from(is_dead));
        });
        self.report(key, "replayed", &was, now);
        self.commit(true, now, Reply::Replayed)
    }

    /// The same for a recall: it is no message, and what forbids messages is what it tells of.
    fn replay_recall(
        &mut self,
        key: DeliveryKey,
        despite_unknown: bool,
        now: u64,
    ) -> Commit<Effect, Reply> {
        let was = match self.dead_under(key, despite_unknown) {
            Ok(code) => code,
            Err(why) => return Commit::read(Reply::NotReplayed(String::from(why))),
        };
        let to = self.whom_recalled(key);
        let unwanted = to.as_ref().and_then(|to| self.unwanted(to.channel()));
        let cause = if self.is_suppressed_for_good() {
            self.recall_cause(now)
        } else {
            unwanted.unwrap_or_else(|| self.recall_cause(now))
        };
        if !to.is_some_and(|to| self.recall_anew(key, to, cause, now)) {
            return Commit::read(Reply::NotReplayed(String::from("unknown_delivery")));
        }
        self.afterwards
            .put_note(key, |note| note.try_again(note.tried_before, false));
        self.report(key, "replayed", &was, now);
        self.commit(true, now, Reply::Replayed)
    }

    /// Whether that has been asked for, and nothing has come of it yet.
    fn is_being_replayed(&self, key: DeliveryKey) -> bool {
        let is_open = |state: &State| !state.is_closed();
        self.afterwards.note(key).is_untold()
            && self
                .delivery(key)
                .is_some_and(|delivery| is_open(&delivery.state))
    }

    /// The code under which a message is dead that may be tried again, or why it may not.
    fn may_be_replayed(
        &self,
        key: DeliveryKey,
        despite_unknown: bool,
        now: u64,
    ) -> Result<String, &'static str> {
        let code = self.dead_under(key, despite_unknown)?;
        if let Some(holding) = self.suppressed(now).filter(|one| one.until.is_none()) {
            return Err(holding.cause.code());
        }
        if !self.may_be_reached() {
            return Err("no_consent");
        }
        match &self.plan {
            Some(plan) if plan.conversation == key.conversation => {}
            // The shopper is written to about something newer.
            Some(_) => return Err("overtaken"),
            None => {
                let ended = self.afterwards.ended.iter();
                let plan = ended
                    .clone()
                    .find(|plan| plan.conversation == key.conversation);
                let stopped = self.stopped.map_or("overtaken", |cause| cause.code());
                let plan = plan.ok_or(stopped)?;
                if plan.is_ended_by(self.ordered_at()) {
                    return Err("ordered");
                }
            }
        }
        Ok(code)
    }

    /// The code under which something is dead, or taken for that.
    fn dead_under(&self, key: DeliveryKey, despite_unknown: bool) -> Result<String, &'static str> {
        if self.is_going() {
            return Err("joined");
        }
        let delivery = self.delivery(key).ok_or("unknown_delivery")?;
        let is_at_flow = matches!(delivery.provider, Some(Carrier::Flow(_)));
        match &delivery.state {
            State::DeadLettered { code } => Ok(code.clone()),
            // Its flow may be under way, and a second one would not replace it.
            State::Unknown { .. } if is_at_flow && !key.is_recall() => Err("unknown_at_flow"),
            State::Unknown { code } if despite_unknown => Ok(code.clone()),
            State::Unknown { .. } => Err("unknown_outcome"),
            _ => Err("not_dead"),
        }
    }

    /// Goes on with the conversation of a message where that has ended: with this message alone.
    fn take_plan_up(&mut self, key: DeliveryKey) {
        if self.plan.is_some() {
            return;
        }
        let ended = self.afterwards.ended.iter();
        let plan = ended
            .clone()
            .find(|plan| plan.conversation == key.conversation);
        let Some(mut plan) = plan.cloned() else {
            return;
        };
        plan.current = key.step;
        if let Some(sequence) = &mut plan.sequence {
            sequence
                .steps
                .truncate(usize::from(key.step).saturating_add(1));
        }
        self.stopped = None;
        self.plan = Some(plan);
    }
}
