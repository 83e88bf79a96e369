//! What a person of the shop says to a message that waits for it.

use super::{Commit, Effect, Refused, Reply, Shopper};
use crate::delivery::{Approval, DeliveryKey, Skip, State};
use alloc::{string::String, vec::Vec};

impl Shopper {
    /// Asks the shop's people whether a message may go; once.
    pub(super) fn ask_for_approval(&mut self, key: DeliveryKey, now: u64) {
        let unasked = self
            .delivery_mut(key)
            .filter(|delivery| delivery.approval == Approval::Unasked);
        if let Some(delivery) = unasked {
            delivery.approval = Approval::Asked;
            self.report(key, "awaiting_approval", "", now);
        }
    }

    /// What was asked about messages that will not go, whatever is answered, is not asked any more.
    pub(super) fn withdraw_questions(&mut self, now: u64) {
        let over: Vec<(DeliveryKey, String)> = self
            .deliveries
            .iter_mut()
            .filter(|delivery| delivery.approval == Approval::Asked && delivery.state.is_closed())
            .map(|delivery| {
                delivery.approval = Approval::Unasked;
                let code = match &delivery.state {
                    State::Skipped(why) => why.code(),
                    other => other.name(),
                };
                (delivery.key, String::from(code))
            })
            .collect();
        for (key, code) in over {
            self.report(key, "withdrawn", &code, now);
        }
    }

    /// Takes what a person has decided about a message that waits for it.
    pub(super) fn approve(
        &mut self,
        key: DeliveryKey,
        approved: bool,
        now: u64,
    ) -> Commit<Effect, Reply> {
        // Something else may hold it by now, a pause for instance; the answer counts all the same.
        let waiting = self.delivery_mut(key).filter(|delivery| {
            !delivery.state.is_closed()
                && delivery.attempts == 0
                && delivery.approval == Approval::Asked
        });
        let Some(delivery) = waiting else {
            return Commit::read(Reply::Refused(Refused::Closed));
        };
        delivery.approval = Approval::Unasked;
        if approved {
            delivery.approval = Approval::Given;
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
