//! What follows from what was decided about a message: it is put off, given up, or written and handed out.

use super::{Commit, Effect, Refused, ReleaseInput, Reply, Shopper};
use crate::bugs::{self, Bug};
use crate::channel::Channel;
use crate::decision::{Decided, Hold, Made, Verdict};
use crate::delivery::{DeliveryKey, Frozen, Skip, State};
use crate::ids::CartId;
use crate::keys::Purpose;
use crate::object::cart::Snapshot;
use crate::sequence::Offer;
use alloc::string::String;
use hmac::Mac;

impl Shopper {
    pub(super) fn apply(
        &mut self,
        input: &ReleaseInput<'_>,
        carts: &[Option<&Snapshot>],
        verdict: Verdict,
        now: u64,
    ) -> Commit<Effect, Reply> {
        let key = input.key;
        if let Made::Send(channel) = verdict.judged.made
            && self.carrier(input, channel).is_none()
        {
            // Nothing is spent on a provider that rests; the hint comes back.
            let rests = match self.carrier_that_rests(input, channel) {
                Some(carrier) => Reply::RestsBy { carrier },
                None => Reply::Refused(Refused::Resting),
            };
            return self.commit(true, now, rests);
        }
        if let Some(service) = self.service_that_rests(input, &verdict) {
            return self.commit(true, now, Reply::Rests { service });
        }
        if verdict.exposed {
            self.note_exposure(input.counts_as_held, input.config.holdout_bp, now);
        }
        for assigned in &verdict.counts {
            self.arms.note(assigned, now);
        }
        if let Some((plan, sequence)) = self.plan.as_mut().zip(verdict.chosen) {
            plan.sequence = Some(sequence);
            plan.arms = verdict.arms;
        }
        let template = self.template_now(key);
        let made = verdict.judged.made;
        let decided = Decided::new(now, made, verdict.judged.seen);
        if let Some(delivery) = self.delivery_mut(key) {
            delivery.note(decided);
            delivery.template = template.unwrap_or(delivery.template);
        }
        match made {
            Made::Defer { .. } if bugs::is(Bug::DroppedDeferral) => {
                self.skip(key, Skip::ConditionUnmet, now)
            }
            Made::Defer { until, hold } => {
                let latest = verdict.carts.first().and_then(|cart| self.carts.get(cart));
                if let Some(latest) = latest.map(|bound| bound.slot.clone())
                    && hold == Hold::Active
                {
                    // Back in the shop: the plan counts anew from this activity.
                    self.follow(&latest);
                }
                if hold == Hold::Approval {
                    self.ask_for_approval(key, now);
                }
                if let Some(delivery) = self.delivery_mut(key) {
                    let later = if hold == Hold::Active {
                        delivery.due_at
                    } else {
                        0
                    };
                    delivery.due_at = until.max(later);
                }
                self.set_state(key, State::Scheduled);
                self.commit(true, now, Reply::Refused(Refused::NotDue))
            }
            Made::Skip(skip) => self.skip(key, skip, now),
            Made::Send(channel) => {
                let digest = self.code_digest(input);
                let offer = verdict.offer.zip(digest);
                let offer = offer.map(|(offer, digest)| offer.made(&digest));
                let frozen = self
                    .delivery(key)
                    .and_then(|delivery| delivery.frozen.clone());
                let message = match frozen {
                    Some(frozen) => frozen,
                    None => match self.write(
                        input,
                        carts,
                        (channel, &verdict.carts, offer.as_ref()),
                        now,
                    ) {
                        Ok(message) => message,
                        Err(skip) => return self.skip(key, skip, now),
                    },
                };
                self.tell_news(input);
                if let Some(delivery) = self.delivery_mut(key) {
                    delivery.channel = Some(channel);
                    if delivery.frozen.is_none() {
                        delivery.offer = offer;
                    }
                }
                self.grant(input, message, now)
            }
        }
    }

    /// What a code for this delivery is made from: the same however often it is decided about, and nobody's to guess. What is tried again has
    /// another one, since the first may have been used or be over; only within its provider's window it is still the same message.
    fn code_digest(&self, input: &ReleaseInput<'_>) -> Option<[u8; 32]> {
        let mac = (input.keys).mac(input.keys.current(), Purpose::Code, self.shop)?;
        let mac = mac.chain_update(self.provider_key(input.key).as_bytes());
        let is_bound = self
            .delivery(input.key)
            .is_some_and(|delivery| delivery.uncertain);
        let mac = match self.afterwards.note(input.key).tried_before {
            tried if tried > 0 && !is_bound => mac.chain_update(tried.to_be_bytes()),
            _ => mac,
        };
        Some(mac.finalize().into_bytes().into())
    }

    /// Writes the message about the first of the carts that can be shown, and remembers when that was left.
    fn write(
        &mut self,
        input: &ReleaseInput<'_>,
        carts: &[Option<&Snapshot>],
        (channel, about, offer): (Channel, &[CartId], Option<&Offer>),
        now: u64,
    ) -> Result<Frozen, Skip> {
        let mut why = Skip::NotInCatalogue;
        for id in about {
            let mut known = carts.iter().flatten();
            let Some(cart) = known.find(|cart| cart.slot.cart == *id) else {
                continue;
            };
            match self.freeze(input, cart, (channel, offer), now) {
                Ok(message) => {
                    let plan = self.plan.as_mut().ok_or(why)?;
                    plan.told = Some(plan.about.left_at(cart));
                    return Ok(message);
                }
                Err(skip) => why = skip,
            }
        }
        Err(why)
    }

    pub(super) fn skip(&mut self, key: DeliveryKey, skip: Skip, now: u64) -> Commit<Effect, Reply> {
        if let Some(delivery) = self.delivery_mut(key)
            && delivery
                .decisions
                .last()
                .is_none_or(|last| last.code() != skip.code())
        {
            delivery.note(Decided::new(now, Made::Skip(skip), String::new()));
        }
        if self.may_be_out(key) {
            // An earlier try may have been accepted: nobody can say that it was not sent.
            self.report(key, "unknown", skip.code(), now);
            let code = String::from(skip.code());
            self.set_state(key, State::Unknown { code });
            // Where it was a no by which it was not tried again, there was nothing to take back when that was said.
            let channel = self.delivery(key).and_then(|delivery| delivery.channel);
            let refused = channel.and_then(|channel| Some((channel, self.unwanted(channel)?)));
            if let Some((channel, cause)) = refused {
                self.recall_by(channel, cause, now);
            }
        } else {
            self.set_state(key, State::Skipped(skip));
        }
        let settings = self.plan.as_ref().map(|plan| plan.settings.clone());
        match skip {
            // One of several carts was emptied: the next step is about the others.
            Skip::Emptied if self.carts.values().any(|bound| self.is_left(&bound.slot)) => {
                self.advance(key, now);
            }
            Skip::Emptied | Skip::Ordered => self.plan = None,
            // Nothing of the conversation will ever go.
            Skip::Holdout | Skip::NoSequence | Skip::FlagOff | Skip::Passed => {
                self.end_conversation();
            }
            _ => self.advance(key, now),
        }
        self.resume(settings, now);
        self.commit(true, now, Reply::Refused(Refused::Closed))
    }
}
