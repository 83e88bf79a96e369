//! What a person of the shop says to a message that waits for it.

use super::{Commit, Effect, Refused, Reply, Shopper};
use crate::decision::{Decided, Hold};
use crate::delivery::{DeliveryKey, Skip, State};

impl Shopper {
    /// Takes what a person has decided about a message that waits for it.
    pub(super) fn approve(
        &mut self,
        key: DeliveryKey,
        approved: bool,
        now: u64,
    ) -> Commit<Effect, Reply> {
        // Something else may hold it by now, a pause for instance; the answer counts all the same.
        let is_asked = |decided: &Decided| decided.code() == Hold::Approval.code();
        let waiting = self.delivery_mut(key).filter(|delivery| {
            !delivery.state.is_closed()
                && delivery.attempts == 0
                && !delivery.approved
                && delivery.decisions.iter().any(is_asked)
        });
        let Some(delivery) = waiting else {
            return Commit::read(Reply::Refused(Refused::Closed));
        };
        if approved {
            delivery.approved = true;
            delivery.due_at = now;
            delivery.state = State::Scheduled;
            self.report(key, "approved", "", now);
            return self.commit(true, now, Reply::Done);
        }
        self.report(key, "rejected", "", now);
        let mut commit = self.skip(key, Skip::Rejected, now);
        commit.reply = Reply::Done;
        commit
    }
}
