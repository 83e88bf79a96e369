//! What providers tell of messages afterwards, mails and texts alike: it closes what nobody knew, takes back what was only thought to
//! have gone out, and some of it ends what would follow.

use super::{Commit, Effect, Reply, Shopper};
use crate::callback::by_time;
use crate::channel::Channel;
use crate::delivery::{DeliveryKey, Feedback, Skip, State};
use alloc::string::String;

/// For how long an address is left alone that refused a message for now, ms: three days, in which a mailbox that is full is mostly
/// emptied, and a server that is down comes back.
const SOFT_BOUNCE_MS: u64 = 3 * 86_400_000;

impl Shopper {
    /// Takes what a provider tells of a message that went by `channel`; the same again changes nothing. `detail`: its own code for what
    /// happened, or its id for what it accepted; empty where it has none. Refused where no such message was ever tried. Of a try before the
    /// message was a dead letter that is being tried again (`replays`) only a proof that it arrived says anything.
    pub(super) fn heard_back(
        &mut self,
        (key, replays): (DeliveryKey, u8),
        (channel, feedback, detail): (Channel, Feedback, String),
        at: u64,
        now: u64,
    ) -> Commit<Effect, Reply> {
        let at = at.min(now);
        let is_past = replays < self.afterwards.note(key).replays && !feedback.proves_arrival();
        // Decided anew meanwhile, or never tried: it is about something else.
        let tried = self
            .delivery_mut(key)
            .filter(|delivery| delivery.attempts > 0 && delivery.channel == Some(channel));
        let Some(delivery) = tried else {
            return self.heard_of_forgotten(key, feedback, now);
        };
        let sent_at = match delivery.state {
            State::Sent { at, .. } => Some(at),
            _ => None,
        };
        let feedback = by_time(feedback, delivery.echo.delivered_at.or(sent_at), at);
        if is_past || !delivery.echo.note(feedback, at) {
            return Commit::read(Reply::Done);
        }
        if feedback == Feedback::Accepted {
            // It says nothing of how the message went on; what is known of that already says more.
            if !matches!(
                delivery.state,
                State::Released { .. } | State::Unknown { .. }
            ) {
                return Commit::read(Reply::Done);
            }
            self.has_gone_out(key, detail, now);
        } else if feedback.proves_arrival() {
            self.has_gone_out(key, detail, now);
        } else {
            let code = if detail.is_empty() {
                String::from(feedback.code())
            } else {
                detail
            };
            self.came_back(key, feedback, code, now);
        }
        match feedback {
            Feedback::Bounced { hard: true } | Feedback::Unreachable => {
                self.unreachable(Some(channel), Skip::Bounced, now);
            }
            Feedback::OptedOut => self.unreachable(Some(channel), Skip::OptedOut, now),
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
            Feedback::Accepted
            | Feedback::Delivered
            | Feedback::Opened { .. }
            | Feedback::Clicked { .. }
            | Feedback::Failed => {}
        }
        self.commit(true, now, Reply::Done)
    }

    /// It went out, whatever was thought of it.
    fn has_gone_out(&mut self, key: DeliveryKey, provider_id: String, now: u64) {
        let is_sent = |state: &State| matches!(state, State::Sent { .. });
        if self
            .delivery(key)
            .is_some_and(|delivery| !is_sent(&delivery.state))
        {
            let stopped = self.is_stopped(key);
            self.accepted(key, provider_id, stopped, now);
        }
    }

    /// The recipient has not got it. What the recipient's side refused had been sent; what failed before that never was.
    fn came_back(&mut self, key: DeliveryKey, feedback: Feedback, code: String, now: u64) {
        match self.delivery(key).map(|delivery| &delivery.state) {
            Some(State::Sent { .. }) if !feedback.is_failure() => {
                self.report(key, "bounced", &code, now);
            }
            // The try before that may have arrived all the same.
            Some(State::Sent { .. }) if self.afterwards.note(key).may_be_out() => {
                self.report(key, "unknown", &code, now);
                self.set_state(key, State::Unknown { code });
            }
            Some(State::Unknown { .. }) if self.afterwards.note(key).may_be_out() => {}
            // The steps after it have gone on since.
            Some(State::Sent { .. } | State::Unknown { .. }) => {
                self.report(key, "dead_lettered", &code, now);
                self.set_state(key, State::DeadLettered { code });
            }
            // Of a try that is on its way the consumer may say only now that it was accepted: by then this is known.
            Some(State::Scheduled | State::Queued { .. } | State::Released { .. }) => {
                self.dead_letter(key, code, now);
            }
            Some(State::Skipped(_) | State::DeadLettered { .. }) | None => {}
        }
    }
}
