//! Ends what was going to be sent.

use super::{Effect, Reply, Shopper, Suppression};
use crate::bugs::{self, Bug};
use crate::delivery::{DeliveryKey, Skip, State};
use crate::object::Commit;
use alloc::{string::String, vec::Vec};

impl Shopper {
    /// The shopper wants no more messages.
    pub(super) fn unsubscribe(&mut self, now: u64) -> Commit<Effect, Reply> {
        let fresh = self.take_no(now);
        let reply = Reply::Taken {
            settled: self.live_lease(now).is_none(),
        };
        self.commit(fresh, now, reply)
    }

    /// Ends everything for good; `false` where the shopper had said so before, and nothing is told anew of it.
    pub(super) fn take_no(&mut self, now: u64) -> bool {
        let fresh = !self
            .suppressions
            .iter()
            .any(|suppression| suppression.cause == Skip::Unsubscribed);
        if fresh {
            self.suppressions.push(Suppression {
                cause: Skip::Unsubscribed,
                at: now,
                until: None,
            });
        }
        if bugs::is(Bug::UnsubscribeRace) && self.has_queued() {
            return fresh;
        }
        self.stop(Skip::Unsubscribed, now) || fresh
    }

    /// Ends the plan where an order has become known that ends it.
    pub(super) fn end_ordered(&mut self, now: u64) {
        let plan = self.plan.as_ref();
        if plan.is_some_and(|plan| plan.is_ended_by(self.ordered_at())) {
            self.stop(Skip::Ordered, now);
        }
    }

    /// Ends the plan. What is released already may still be accepted: the stop is in force when its lease has ended. Whether flows are to
    /// be told of it.
    pub(super) fn stop(&mut self, cause: Skip, now: u64) -> bool {
        self.plan = None;
        self.close_all_tidings();
        self.close_answer();
        self.stopped = Some(cause);
        for bound in self.carts.values_mut() {
            if cause != Skip::Ordered {
                bound.conversed = Some(bound.slot.epoch);
            }
        }
        self.close_waiting(cause, now);
        self.recall(cause, u64::MAX, now)
    }

    pub(super) fn close_waiting(&mut self, cause: Skip, now: u64) {
        let waiting: Vec<(DeliveryKey, bool)> = self
            .deliveries
            .iter()
            .filter(|delivery| matches!(delivery.state, State::Scheduled | State::Queued { .. }))
            // Only whoever goes over to another identity leaves these as well: that one takes them up.
            .filter(|delivery| cause == Skip::Joined || !delivery.key.is_recall())
            .map(|delivery| (delivery.key, self.may_be_out(delivery.key)))
            .collect();
        for (key, uncertain) in waiting {
            if uncertain {
                // An earlier try may have been accepted: nobody can say that it was not sent.
                self.close_unknown(key, String::from(cause.code()), now);
            } else {
                self.set_state(key, State::Skipped(cause));
            }
        }
    }

    /// Whether a release may have begun.
    pub(super) fn has_queued(&self) -> bool {
        self.deliveries
            .iter()
            .any(|delivery| matches!(delivery.state, State::Queued { .. }))
    }

    /// Whether a message is somewhere between its alarm and its outcome.
    pub(super) fn is_on_its_way(&self) -> bool {
        self.deliveries.iter().any(|delivery| {
            matches!(
                delivery.state,
                State::Queued { .. } | State::Released { .. }
            )
        })
    }

    pub(super) fn live_lease(&self, now: u64) -> Option<u64> {
        let messages = self.deliveries.iter();
        let messages = messages.filter(|delivery| !delivery.key.is_recall());
        let leases = messages.filter_map(|delivery| match delivery.state {
            State::Released { lease_until } if lease_until > now => Some(lease_until),
            _ => None,
        });
        leases.max()
    }
}
