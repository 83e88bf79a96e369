//! The gate: decides, at the moment of sending, whether this message still may go.

use super::{Commit, Effect, Need, Refused, Release, ReleaseInput, Reply, Shopper};
use crate::bugs::{self, Bug};
use crate::delivery::{DeliveryKey, Frozen, Skip, State};
use crate::message::{self, Content};
use crate::object::cart::{Snapshot, Status};
use crate::token::{LinkPurpose, Token};
use alloc::{format, string::String, vec::Vec};

/// How long recovery links work, s: 30 days.
const RECOVERY_S: u64 = 30 * 86_400;
/// How long unsubscribe links work, s: two years; laws ask for at least 30 days.
const UNSUBSCRIBE_S: u64 = 730 * 86_400;
/// How long a send is put off while the shop is paused or a cart cannot be read, ms.
const PUT_OFF_MS: u64 = 60_000;

enum Verdict {
    Send(Frozen),
    Defer(u64),
    Skip(Skip),
}

impl Shopper {
    /// First half of a release: is there something to decide, and which carts have to be read for it?
    pub(super) fn ask(&self, key: DeliveryKey, now: u64) -> Result<Need, Refused> {
        let delivery = self.delivery(key).ok_or(Refused::Closed)?;
        match delivery.state {
            State::Queued { .. } => {}
            State::Scheduled if delivery.due_at <= now => {}
            State::Released { .. } if bugs::is(Bug::DoubleClaim) => {}
            State::Scheduled => return Err(Refused::NotDue),
            State::Released { .. } => return Err(Refused::InFlight),
            _ => return Err(Refused::Closed),
        }
        Ok(Need {
            carts: self
                .carts
                .iter()
                .map(|(cart, bound)| (*cart, bound.object.clone()))
                .collect(),
        })
    }

    /// Second half: decides on the carts as they are now, freezes the message and grants the lease. Everything is asked again,
    /// because anything may have happened since the first half.
    pub fn release(&mut self, input: &ReleaseInput<'_>, now: u64) -> Commit<Effect, Reply> {
        if let Err(refused) = self.ask(input.key, now) {
            return Commit::read(Reply::Refused(refused));
        }
        let lapsed =
            |delivery: &crate::delivery::Delivery| delivery.uncertain && !delivery.may_repeat(now);
        if self.delivery(input.key).is_some_and(lapsed) {
            self.close_unknown(input.key, String::from("window_ended"), now);
            return self.commit(true, now, Reply::Refused(Refused::Closed));
        }
        let missing = input.carts.iter().any(|(_, snapshot)| snapshot.is_none());
        for (cart, snapshot) in input.carts {
            if let (Some(bound), Some(snapshot)) = (self.carts.get(cart), snapshot) {
                self.take_slot(bound.object.clone(), snapshot.slot.clone());
            }
        }
        // An order found in a cart has just ended the plan and closed this delivery.
        if let Err(refused) = self.ask(input.key, now) {
            return self.commit(true, now, Reply::Refused(refused));
        }
        let verdict = if missing {
            Verdict::Defer(now.saturating_add(PUT_OFF_MS))
        } else {
            self.decide(input, now)
        };
        match verdict {
            Verdict::Send(message) => self.grant(input, message, now),
            Verdict::Defer(until) => {
                if let Some(delivery) = self.delivery_mut(input.key) {
                    delivery.due_at = until;
                }
                self.set_state(input.key, State::Scheduled);
                self.commit(true, now, Reply::Refused(Refused::NotDue))
            }
            Verdict::Skip(skip) => {
                self.set_state(input.key, State::Skipped(skip));
                if matches!(skip, Skip::Emptied | Skip::Ordered) {
                    self.plan = None;
                } else {
                    self.advance(input.key, now);
                }
                self.commit(true, now, Reply::Refused(Refused::Closed))
            }
        }
    }

    fn decide(&mut self, input: &ReleaseInput<'_>, now: u64) -> Verdict {
        if let Some(suppression) = self.suppressions.first()
            && !bugs::is(Bug::UnsubscribeRace)
        {
            return Verdict::Skip(suppression.cause);
        }
        if !self.consent.email {
            return Verdict::Skip(Skip::NoConsent);
        }
        let Some(to) = self.email.clone() else {
            return Verdict::Skip(Skip::NoContact);
        };
        if input.config.paused {
            return Verdict::Defer(now.saturating_add(PUT_OFF_MS));
        }
        let mut open: Vec<&Snapshot> = input
            .carts
            .iter()
            .filter_map(|(_, snapshot)| snapshot.as_ref())
            .filter(|snapshot| snapshot.slot.status == Status::Open)
            .collect();
        if open.is_empty() {
            return Verdict::Skip(Skip::Emptied);
        }
        open.retain(|snapshot| Some(snapshot.slot.last_activity_at) > self.ordered_at);
        open.sort_by_key(|snapshot| core::cmp::Reverse(snapshot.slot.last_activity_at));
        let Some(latest) = open.first() else {
            return Verdict::Skip(Skip::Ordered);
        };
        if self.rests_until(now).is_some() {
            // Back in the shop: the plan counts anew from this activity.
            self.follow(&latest.slot);
            let until = self
                .delivery(input.key)
                .map_or(now, |delivery| delivery.due_at)
                .max(self.rests_until(now).unwrap_or(now));
            return Verdict::Defer(until);
        }
        if let Some(frozen) = self
            .delivery(input.key)
            .and_then(|delivery| delivery.frozen.clone())
        {
            return Verdict::Send(frozen);
        }
        let message = open
            .iter()
            .find_map(|snapshot| self.freeze(input, snapshot, to.clone(), now));
        message.map_or(Verdict::Skip(Skip::NotInCatalogue), Verdict::Send)
    }

    fn freeze(
        &self,
        input: &ReleaseInput<'_>,
        cart: &Snapshot,
        to: crate::contact::Email,
        now: u64,
    ) -> Option<Frozen> {
        let plan = self.plan.as_ref()?;
        let step = plan.steps.get(usize::from(input.key.step))?;
        let kid = input.keys.current();
        let expires =
            |seconds: u64| u32::try_from((now / 1_000).saturating_add(seconds)).unwrap_or(u32::MAX);
        let [_, conversation] = input.key.conversation.to_be_bytes();
        let recovery = Token {
            purpose: LinkPurpose::Recovery,
            kid,
            expires_at_s: expires(RECOVERY_S),
            shop: self.shop,
            subject: cart.slot.cart.0,
            epoch: u16::try_from(cart.slot.epoch & 0xffff).unwrap_or(0),
            generation: cart.generation,
            ordinal: u16::from_be_bytes([conversation, input.key.step]),
        };
        let unsubscribe = Token {
            purpose: LinkPurpose::Unsubscribe,
            subject: self.id.0,
            expires_at_s: expires(UNSUBSCRIBE_S),
            epoch: 0,
            generation: 0,
            ..recovery
        };
        let unsubscribe_url = format!("{}/u/{}", input.public_url, unsubscribe.sign(input.keys)?);
        let rendered = message::render(&Content {
            template: step.template,
            offer: step.offer.as_ref(),
            lines: &cart.lines,
            products: input.products,
            shop: input.config,
            recovery_url: &format!("{}/r/{}", input.public_url, recovery.sign(input.keys)?),
            unsubscribe_url: &unsubscribe_url,
        })?;
        Some(Frozen {
            to,
            from_name: input.config.sender.name.clone(),
            from_email: input.config.sender.email.clone(),
            subject: rendered.subject,
            html: rendered.html,
            text: rendered.text,
            unsubscribe_url,
            key: self.provider_key(input.key),
            date_ms: now,
        })
    }

    /// The idempotency key of one step, the same however often it is tried.
    fn provider_key(&self, key: DeliveryKey) -> String {
        format!(
            "dlv_{}_{}_{}",
            crate::bytes::to_hex(&self.id.0),
            key.conversation,
            key.step
        )
    }

    fn grant(
        &mut self,
        input: &ReleaseInput<'_>,
        message: Frozen,
        now: u64,
    ) -> Commit<Effect, Reply> {
        let lease_until = now.saturating_add(Self::LEASE_MS);
        let Some(delivery) = self.delivery_mut(input.key) else {
            return Commit::read(Reply::Refused(Refused::Closed));
        };
        delivery.attempts = delivery.attempts.saturating_add(1);
        delivery.first_released_at.get_or_insert(now);
        delivery.frozen = Some(message.clone());
        delivery.state = State::Released { lease_until };
        let provider = *delivery.provider.get_or_insert(input.config.provider);
        let attempt = delivery.attempts;
        self.commit(
            true,
            now,
            Reply::Go(Release {
                attempt,
                provider,
                lease_until,
                message,
            }),
        )
    }
}
