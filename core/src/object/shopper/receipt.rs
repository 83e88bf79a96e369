//! Callbacks of providers: they close what nobody knew, and take back what was only thought to have arrived.

use super::{Effect, Reply, Shopper};
use crate::channel::Channel;
use crate::delivery::{DeliveryKey, Feedback, Receipt, Skip, State};
use crate::object::Commit;

impl Shopper {
    /// Takes what a provider says of a message that went by `channel`.
    pub(super) fn receipt(
        &mut self,
        key: DeliveryKey,
        channel: Channel,
        receipt: Receipt,
        now: u64,
    ) -> Commit<Effect, Reply> {
        let known = self.delivery(key);
        // Decided anew meanwhile, or never tried: the callback is about something else.
        let Some(delivery) =
            known.filter(|known| known.channel == Some(channel) && known.attempts > 0)
        else {
            return Commit::read(Reply::Done);
        };
        let state = delivery.state.clone();
        match receipt {
            Receipt::Accepted { provider_id } => match state {
                State::Released { .. } | State::Unknown { .. } => {
                    let stopped = self.is_stopped(key);
                    self.accepted(key, provider_id, stopped, now);
                }
                _ => return Commit::read(Reply::Done),
            },
            Receipt::Failed {
                code,
                recipient,
                opted_out,
            } => {
                match state {
                    State::Released { .. } => {
                        // The consumer may say only now that it was accepted.
                        if let Some(delivery) = self.delivery_mut(key) {
                            delivery.echo.note(Feedback::Failed, now);
                        }
                        self.dead_letter(key, code, now);
                    }
                    // The steps after it have gone on since.
                    State::Sent { .. } | State::Unknown { .. } => {
                        self.report(key, "dead_lettered", &code, now);
                        self.set_state(key, State::DeadLettered { code });
                    }
                    _ => return Commit::read(Reply::Done),
                }
                if opted_out {
                    self.unreachable(Some(channel), Skip::OptedOut, now);
                } else if recipient {
                    self.unreachable(Some(channel), Skip::Bounced, now);
                }
            }
        }
        self.commit(true, now, Reply::Done)
    }
}
