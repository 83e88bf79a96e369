//! The alarm: finds what is due, and what was lost.

use super::{Commit, Effect, Reply, Report, Shopper};
use crate::bugs::{self, Bug};
use crate::channel::Channel;
use crate::decision::{Decided, Hold, Made};
use crate::delivery::{Delivery, DeliveryKey, Outcome, Skip, State, retry};
use alloc::{format, string::String, vec::Vec};

/// How long a hint may go unanswered before another one is sent, ms; doubles up to [`HINT_MAX_MS`].
const HINT_MS: u64 = 15_000;
const HINT_MAX_MS: u64 = 600_000;
/// For how long a recall is tried whose outcome nobody knows, ms.
const RECALL_MS: u64 = 2 * 86_400_000;

/// When a delivery needs to be looked at, epoch ms.
pub(super) fn wake_at(delivery: &Delivery) -> Option<u64> {
    match delivery.state {
        State::Scheduled => Some(delivery.due_at),
        State::Queued { hinted_at, hints } => Some(hinted_at.saturating_add(hint_wait(hints))),
        State::Released { lease_until } => Some(lease_until),
        _ => None,
    }
}

fn hint_wait(hints: u32) -> u64 {
    HINT_MS
        .saturating_mul(1 << hints.saturating_sub(1).min(10))
        .min(HINT_MAX_MS)
}

impl Shopper {
    /// Hints at what is due; closes leases that ended without a word.
    pub(super) fn wake(&mut self, now: u64) -> Commit<Effect, Reply> {
        let mut hints = Vec::new();
        // The alarm has come, or somebody thinks that it was lost. The row says so as well where it would be trusted otherwise.
        let alarmed = self.armed_at.take().is_some_and(|at| at > now);
        // An alarm may be early.
        let until = if bugs::is(Bug::EarlyAlarmTrusted) {
            now.saturating_add(6_000)
        } else {
            now
        };
        let hands = self.hand_again(until);
        let mut changed = hands || alarmed;
        let due: Vec<DeliveryKey> = self
            .deliveries
            .iter()
            .filter(|delivery| wake_at(delivery).is_some_and(|at| at <= until))
            .map(|delivery| delivery.key)
            .collect();
        for key in due {
            let due_at = self.delivery(key).map_or(now, |delivery| delivery.due_at);
            match self.delivery(key).map(|delivery| &delivery.state) {
                Some(State::Released { .. }) => {
                    changed = true;
                    self.lease_ended(key, now);
                }
                Some(State::Scheduled) => {
                    // The first hint is not worth a row: whoever forgets it finds a delivery that is due, with an alarm that is
                    // set. Being late says that one was forgotten.
                    changed |= now.saturating_sub(due_at) >= HINT_MS;
                    self.set_state(
                        key,
                        State::Queued {
                            hinted_at: now,
                            hints: 1,
                        },
                    );
                    hints.push(Effect::Hint { key });
                }
                Some(State::Queued { hints: sent, .. }) => {
                    changed = true;
                    let state = State::Queued {
                        hinted_at: now,
                        hints: sent.saturating_add(1),
                    };
                    self.set_state(key, state);
                    hints.push(Effect::Hint { key });
                }
                _ => {}
            }
        }
        let (errands, has_begun) = self.begin_errands(now);
        changed |= has_begun;
        let mut commit = self.commit(changed, now, Reply::Done);
        commit.effects.extend(hints);
        commit.effects.extend(errands);
        if hands {
            commit.effects.extend(self.hand_over());
        }
        commit
    }

    /// A lease has ended and nobody said what became of the try.
    fn lease_ended(&mut self, key: DeliveryKey, now: u64) {
        self.uncertain(key, String::from("lease_ended"), Some(0), now);
    }

    /// Nobody knows what became of a try. Where the provider recognises the key, the same bytes may be offered again inside its
    /// window, after `wait` ms; where it does not, or the plan was stopped, nobody will ever know.
    fn uncertain(&mut self, key: DeliveryKey, code: String, wait: Option<u64>, now: u64) {
        let stopped = self.is_stopped(key);
        let Some(delivery) = self.delivery_mut(key) else {
            return;
        };
        delivery.uncertain = true;
        // It may have arrived: it counts.
        if !bugs::is(Bug::CapForgetsUnknown) {
            self.note_sent(key, now);
        }
        let Some(delivery) = self.delivery_mut(key) else {
            return;
        };
        match wait.filter(|_| !stopped && delivery.may_repeat(now)) {
            Some(wait) => {
                delivery.state = State::Scheduled;
                delivery.due_at = now.saturating_add(wait);
            }
            None => self.close_unknown(key, code, now),
        }
    }

    pub(super) fn is_stopped(&self, key: DeliveryKey) -> bool {
        if key.is_recall() {
            // What takes something back is not stopped by what it follows from; but whoever takes this identity in tells it once more.
            return self.is_going();
        }
        self.plan
            .as_ref()
            .is_none_or(|plan| plan.conversation != key.conversation)
    }

    /// Takes what a consumer says of its try.
    pub(super) fn outcome(
        &mut self,
        key: DeliveryKey,
        attempt: u32,
        outcome: Outcome,
        waits_ms: &[u64],
        now: u64,
    ) -> Commit<Effect, Reply> {
        let stopped = self.is_stopped(key);
        let since = attempt.saturating_sub(self.afterwards.note(key).tried_before);
        let wait = retry::wait_ms(waits_ms, since, self.spread() ^ u64::from(key.step));
        let Some(delivery) = self.delivery_mut(key) else {
            return Commit::read(Reply::Done);
        };
        if let Outcome::Accepted { provider_id } = outcome {
            if key.is_recall() && since == 0 {
                // It told nothing of what was handed over since.
                return Commit::read(Reply::Done);
            }
            // What became of it afterwards may have been told before the acceptance.
            let came_back = delivery
                .echo
                .bounced_at
                .or(delivery.echo.failed_at)
                .is_some();
            if came_back && matches!(delivery.state, State::DeadLettered { .. }) {
                return Commit::read(Reply::Done);
            }
            // News of an acceptance is true however late it comes, and whichever try it was.
            if attempt <= delivery.attempts && !matches!(delivery.state, State::Sent { .. }) {
                self.accepted(key, provider_id, stopped, now);
                if came_back {
                    self.report(key, "bounced", "bounced", now);
                }
                return self.commit(true, now, Reply::Done);
            }
            return Commit::read(Reply::Done);
        }
        if delivery.attempts != attempt || !matches!(delivery.state, State::Released { .. }) {
            return Commit::read(Reply::Done);
        }
        // This try failed provably; an earlier one may not have.
        let uncertain = delivery.uncertain;
        match outcome {
            Outcome::Accepted { .. } => {}
            Outcome::Transient { .. } | Outcome::NoCode { .. } if stopped && !uncertain => {
                let cause = self.stopped.unwrap_or(Skip::Ordered);
                let cause = if key.is_recall() { Skip::Joined } else { cause };
                if self.may_be_out(key) {
                    self.close_unknown(key, String::from(cause.code()), now);
                } else {
                    self.set_state(key, State::Skipped(cause));
                }
            }
            Outcome::Transient { code } if uncertain => self.uncertain(key, code, wait, now),
            Outcome::Transient { code } => match wait {
                Some(wait) => {
                    delivery.state = State::Scheduled;
                    delivery.due_at = now.saturating_add(wait);
                }
                None => self.dead_letter(key, code, now),
            },
            Outcome::Rejected { code, .. }
            | Outcome::OptedOut { code }
            | Outcome::NoCode { code, .. }
                if uncertain =>
            {
                self.close_unknown(key, code, now);
            }
            Outcome::NoCode {
                go_without: true, ..
            } => {
                // Nobody was offered it, so nothing binds it to what was frozen.
                if !bugs::is(Bug::RefusedCodeNamed) {
                    delivery.frozen = None;
                }
                delivery.offer = None;
                delivery.provider = None;
                delivery.first_released_at = None;
                delivery.state = State::Scheduled;
                delivery.due_at = now;
                let hold = Hold::OfferRefused;
                let made = Made::Defer { until: now, hold };
                delivery.note(Decided::new(now, made, String::new()));
            }
            Outcome::NoCode { code, .. } => {
                let made = Made::Skip(Skip::OfferRefused);
                let seen = format!("The platform said: {code}.");
                delivery.note(Decided::new(now, made, seen));
                let mut commit = self.skip(key, Skip::OfferRefused, now);
                commit.reply = Reply::Done;
                return commit;
            }
            Outcome::Rejected {
                code,
                recipient: false,
            } => self.dead_letter(key, code, now),
            Outcome::Rejected { code, .. } => self.turned_away(key, code, Skip::Bounced, now),
            Outcome::OptedOut { code } => self.turned_away(key, code, Skip::OptedOut, now),
            Outcome::Unknown { code } => self.uncertain(key, code, wait, now),
        }
        self.commit(true, now, Reply::Done)
    }

    pub(super) fn accepted(
        &mut self,
        key: DeliveryKey,
        provider_id: String,
        stopped: bool,
        now: u64,
    ) {
        // A join ends a plan, and so does this very message when it comes back; neither is a stop of the shopper's. A plan that has come
        // to its end was stopped by nobody.
        let is_stop = |cause| !matches!(cause, Skip::Joined | Skip::Bounced);
        let crossed = stopped && !key.is_recall() && self.stopped.is_some_and(is_stop);
        let was_closed = self
            .delivery(key)
            .is_none_or(|known| known.state.is_closed());
        if !was_closed {
            self.note_sent(key, now);
        }
        self.set_state(
            key,
            State::Sent {
                at: now,
                provider_id,
                crossed,
            },
        );
        if was_closed {
            // The desk was told that nobody knows; now somebody does.
            self.report(key, "sent", "accepted_late", now);
        } else {
            self.advance(key, now);
        }
    }

    /// Spreads the retries of deliveries that failed together.
    pub(super) fn spread(&self) -> u64 {
        u64::from_le_bytes(self.id.0.first_chunk::<8>().copied().unwrap_or_default())
    }

    /// Every try has failed, provably; unless one from before it was tried again may have arrived.
    pub(super) fn dead_letter(&mut self, key: DeliveryKey, code: String, now: u64) {
        if self.afterwards.note(key).may_be_out() {
            return self.close_unknown(key, code, now);
        }
        self.report(key, "dead_lettered", &code, now);
        self.set_state(key, State::DeadLettered { code });
        let plan = self.plan_of_message(key);
        self.advance(key, now);
        self.keep_plan(plan);
    }

    /// The contact takes no messages. Another channel may have a way to the shopper.
    fn turned_away(&mut self, key: DeliveryKey, code: String, cause: Skip, now: u64) {
        let channel = self.delivery(key).and_then(|delivery| delivery.channel);
        if channel == Some(Channel::Push) {
            // One browser takes nothing any more; that says nothing of the others, nor of one that comes later.
            if !bugs::is(Bug::ExpiredBrowserKept) {
                self.forget_browser_of(key);
            }
            if !self.reroute(key, now) {
                self.dead_letter(key, code, now);
            }
            return;
        }
        if !self.reroute(key, now) {
            self.dead_letter(key, code, now);
        }
        self.unreachable(channel, cause, now);
    }

    pub(super) fn close_unknown(&mut self, key: DeliveryKey, code: String, now: u64) {
        self.report(key, "unknown", &code, now);
        self.set_state(key, State::Unknown { code });
        let plan = self.plan_of_message(key);
        self.advance(key, now);
        self.keep_plan(plan);
    }

    pub(super) fn report(&mut self, key: DeliveryKey, state: &str, code: &str, at: u64) {
        self.reports.push(Report {
            key,
            state: String::from(state),
            code: String::from(code),
            at,
        });
    }

    pub(super) fn delivery(&self, key: DeliveryKey) -> Option<&Delivery> {
        self.deliveries.iter().find(|delivery| delivery.key == key)
    }

    pub(super) fn delivery_mut(&mut self, key: DeliveryKey) -> Option<&mut Delivery> {
        self.deliveries
            .iter_mut()
            .find(|delivery| delivery.key == key)
    }

    /// Moves a delivery on; a closed one forgets its bytes, and with them the contact.
    pub(super) fn set_state(&mut self, key: DeliveryKey, state: State) {
        if let Some(delivery) = self.delivery_mut(key) {
            if state.is_closed() {
                delivery.frozen = None;
            }
            delivery.state = state;
        }
    }
}

impl Delivery {
    /// Whether a try of unknown outcome may be repeated: only with the provider's idempotency key, well inside its window.
    pub(super) fn may_repeat(&self, now: u64) -> bool {
        const MARGIN_MS: u64 = 5 * 60_000;
        let window = if self.key.is_recall() {
            // It ends flows, and what has ended ends no further.
            Some(RECALL_MS)
        } else {
            self.provider
                .and_then(crate::shop::Carrier::idempotency_window_ms)
        };
        match (window, self.first_released_at) {
            (Some(window), Some(first)) => {
                now.saturating_sub(first)
                    .saturating_add(Shopper::LEASE_MS + MARGIN_MS)
                    < window
            }
            _ => false,
        }
    }
}
