//! The alarm: finds what is due, and what was lost.

use super::{Commit, Effect, Reply, Report, Shopper};
use crate::delivery::{Delivery, DeliveryKey, Outcome, State, retry};
use alloc::{string::String, vec::Vec};

/// How long a hint may go unanswered before another one is sent, ms; doubles up to [`HINT_MAX_MS`].
const HINT_MS: u64 = 15_000;
const HINT_MAX_MS: u64 = 600_000;

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
        let mut changed = false;
        let due: Vec<DeliveryKey> = self
            .deliveries
            .iter()
            .filter(|delivery| wake_at(delivery).is_some_and(|at| at <= now))
            .map(|delivery| delivery.key)
            .collect();
        for key in due {
            changed = true;
            match self.delivery(key).map(|delivery| &delivery.state) {
                Some(State::Released { .. }) => self.lease_ended(key, now),
                Some(State::Scheduled) => {
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
        let mut commit = self.commit(changed, now, Reply::Done);
        commit.effects.extend(hints);
        commit
    }

    /// A lease has ended and nobody said what became of the try. Where the provider recognises the key, the same bytes may be
    /// offered again inside its window; where it does not, or the plan was stopped, nobody will ever know.
    fn lease_ended(&mut self, key: DeliveryKey, now: u64) {
        let stopped = self
            .plan
            .as_ref()
            .is_none_or(|plan| plan.conversation != key.conversation);
        let Some(delivery) = self.delivery_mut(key) else {
            return;
        };
        if !stopped && delivery.may_repeat(now) {
            delivery.state = State::Scheduled;
            delivery.due_at = now;
        } else {
            self.close_unknown(key, String::from("lease_ended"), now);
        }
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
        let stopped = self
            .plan
            .as_ref()
            .is_none_or(|plan| plan.conversation != key.conversation);
        let seed = u64::from_le_bytes(
            crate::ids::first_16(&self.id.0)
                .first_chunk::<8>()
                .copied()
                .unwrap_or_default(),
        );
        let Some(delivery) = self
            .delivery_mut(key)
            .filter(|delivery| delivery.attempts == attempt)
        else {
            return Commit::read(Reply::Done);
        };
        let released = matches!(delivery.state, State::Released { .. });
        match outcome {
            // News of an acceptance is true however late it comes.
            Outcome::Accepted { provider_id }
                if released
                    || matches!(
                        delivery.state,
                        State::Unknown { .. } | State::Scheduled | State::Queued { .. }
                    ) =>
            {
                let was_closed = delivery.state.is_closed();
                delivery.state = State::Sent {
                    at: now,
                    provider_id,
                    crossed: stopped,
                };
                delivery.frozen = None;
                if !was_closed {
                    self.advance(key, now);
                }
            }
            Outcome::Transient { code } if released => {
                let wait = retry::wait_ms(waits_ms, attempt, seed ^ u64::from(key.step));
                match wait {
                    Some(wait) if !stopped => {
                        delivery.state = State::Scheduled;
                        delivery.due_at = now.saturating_add(wait);
                    }
                    _ => self.dead_letter(key, code, now),
                }
            }
            Outcome::Rejected { code, recipient } if released => {
                self.dead_letter(key, code, now);
                if recipient {
                    self.suppressions.push(super::Suppression {
                        cause: crate::delivery::Skip::Bounced,
                        at: now,
                    });
                    self.stop(crate::delivery::Skip::Bounced);
                }
            }
            Outcome::Unknown { code } if released => {
                if !stopped && delivery.may_repeat(now) {
                    let wait = retry::wait_ms(waits_ms, attempt, seed ^ u64::from(key.step));
                    match wait {
                        Some(wait) => {
                            delivery.state = State::Scheduled;
                            delivery.due_at = now.saturating_add(wait);
                        }
                        None => self.close_unknown(key, code, now),
                    }
                } else {
                    self.close_unknown(key, code, now);
                }
            }
            _ => return Commit::read(Reply::Done),
        }
        self.commit(true, now, Reply::Done)
    }

    fn dead_letter(&mut self, key: DeliveryKey, code: String, now: u64) {
        self.report(key, "dead_lettered", &code, now);
        self.set_state(key, State::DeadLettered { code });
        self.advance(key, now);
    }

    fn close_unknown(&mut self, key: DeliveryKey, code: String, now: u64) {
        self.report(key, "unknown", &code, now);
        self.set_state(key, State::Unknown { code });
        self.advance(key, now);
    }

    fn report(&mut self, key: DeliveryKey, state: &str, code: &str, at: u64) {
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
    fn may_repeat(&self, now: u64) -> bool {
        const MARGIN_MS: u64 = 5 * 60_000;
        let window = self
            .provider
            .and_then(crate::shop::Provider::idempotency_window_ms);
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
