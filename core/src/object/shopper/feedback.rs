//! What providers tell of messages afterwards: it closes what nobody knew, and some of it ends what would follow.

use super::{Commit, Effect, Refused, Reply, Shopper};
use crate::delivery::{DeliveryKey, Feedback, Skip, State};
use alloc::string::String;

/// For how long an address is left alone that refused a message for now, ms: three days, in which a mailbox that is full is mostly
/// emptied, and a server that is down comes back.
const SOFT_BOUNCE_MS: u64 = 3 * 86_400_000;

impl Shopper {
    /// Takes what a provider tells; the same again changes nothing. Refused where no such message was ever tried.
    pub(super) fn heard_back(
        &mut self,
        key: DeliveryKey,
        feedback: Feedback,
        at: u64,
        now: u64,
    ) -> Commit<Effect, Reply> {
        let at = at.min(now);
        let delivery = self.delivery_mut(key);
        let Some(delivery) = delivery.filter(|delivery| delivery.attempts > 0) else {
            return Commit::read(Reply::Refused(Refused::Closed));
        };
        if !delivery.echo.note(feedback, at) {
            return Commit::read(Reply::Done);
        }
        if feedback.proves_arrival() {
            self.has_arrived(key, now);
        } else {
            self.came_back(key, feedback, now);
        }
        match feedback {
            Feedback::Bounced { hard: true } => {
                self.suppress(Skip::Bounced, None, now);
            }
            Feedback::Bounced { hard: false } => {
                let until = at.saturating_add(SOFT_BOUNCE_MS);
                // What is told days later is over.
                if until > now {
                    self.suppress(Skip::SoftBounced, Some(until), now);
                }
            }
            Feedback::Complained => {
                self.report(key, feedback.code(), feedback.code(), now);
                self.suppress(Skip::Complained, None, now);
            }
            Feedback::Unsubscribed => {
                self.take_no(now);
            }
            Feedback::Delivered
            | Feedback::Opened { .. }
            | Feedback::Clicked { .. }
            | Feedback::Failed => {}
        }
        self.commit(true, now, Reply::Done)
    }

    /// It is there, whatever was thought of it.
    fn has_arrived(&mut self, key: DeliveryKey, now: u64) {
        let is_sent = |state: &State| matches!(state, State::Sent { .. });
        if self
            .delivery(key)
            .is_some_and(|delivery| !is_sent(&delivery.state))
        {
            let stopped = self.is_stopped(key);
            self.accepted(key, String::new(), stopped, now);
        }
    }

    /// The provider had it, and the recipient has not got it.
    fn came_back(&mut self, key: DeliveryKey, feedback: Feedback, now: u64) {
        let code = String::from(feedback.code());
        match self.delivery(key).map(|delivery| &delivery.state) {
            Some(State::Sent { .. }) => self.report(key, "bounced", feedback.code(), now),
            Some(State::Unknown { .. }) => {
                self.report(key, "dead_lettered", feedback.code(), now);
                self.set_state(key, State::DeadLettered { code });
            }
            Some(State::Scheduled | State::Queued { .. }) => self.dead_letter(key, code, now),
            // A try is on its way: what becomes of that one is told by who makes it.
            _ => {}
        }
    }
}
