//! The gate: decides, at the moment of sending, whether this message still may go.

use super::scene::Scene;
use super::{Commit, Effect, Need, Refused, Release, ReleaseInput, Reply, Shopper};
use crate::bugs::{self, Bug};
use crate::calendar::Sent;
use crate::decision::{self, Case, Decided, Hold, Made, Standing, Verdict};
use crate::delivery::{DeliveryKey, Frozen, Skip, State};
use crate::message::{self, Content};
use crate::object::cart::{Snapshot, Status};
use crate::rules::Consents;
use crate::sequence::{Offer, Sequence};
use crate::token::{LinkPurpose, Token};
use alloc::{format, string::String};

/// How long recovery links work, s: 30 days.
const RECOVERY_S: u64 = 30 * 86_400;
/// How long unsubscribe links work, s: two years; laws ask for at least 30 days.
const UNSUBSCRIBE_S: u64 = 730 * 86_400;

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
            carts: self.bound_objects(),
            products: self.products_to_read(),
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
        // Kept, because an order that is found now may end the plan and leave what was left after it to begin another.
        let settings = self.plan.as_ref().map(|plan| plan.settings.clone());
        for (cart, snapshot) in input.carts {
            if let (Some(bound), Some(snapshot)) = (self.carts.get(cart), snapshot) {
                self.take_slot(bound.object.clone(), snapshot.slot.clone(), now);
            }
        }
        if settings.is_some() {
            self.make_way();
            self.resume(settings, now);
            self.look_again();
        }
        // An order found in a cart, or a cart that was begun, has just ended the plan and closed this delivery.
        if let Err(refused) = self.ask(input.key, now) {
            return self.commit(true, now, Reply::Refused(refused));
        }
        if let Some(skip) = self.is_overtaken(input.key) {
            return self.skip(input.key, skip, now);
        }
        let sent = self.counted(input.key, now);
        let scene = self.scene(input);
        if matches!(scene, Scene::Passed) {
            return self.skip(input.key, Skip::Passed, now);
        }
        let carts = scene.carts(input);
        let verdict = self.decide(input, &scene, &carts, &sent, now);
        self.apply(input, &carts, verdict, now)
    }

    /// Why a message that was tried before cannot be tried again: its bytes speak of a cart that was bought or emptied since. Others
    /// may be open; they are not what it shows.
    fn is_overtaken(&self, key: DeliveryKey) -> Option<Skip> {
        let frozen = self.delivery(key)?.frozen.as_ref()?;
        let slot = &self.carts.get(&frozen.cart)?.slot;
        let is_about_cart = self.plan.as_ref()?.about.is_cart();
        if Some(slot.last_activity_at) <= self.ordered_at {
            Some(Skip::Ordered)
        } else {
            (is_about_cart && slot.status != Status::Open).then_some(Skip::Emptied)
        }
    }

    fn decide(
        &self,
        input: &ReleaseInput<'_>,
        scene: &Scene,
        carts: &[Option<&Snapshot>],
        sent: &[Sent],
        now: u64,
    ) -> Verdict {
        let delivery = self.delivery(input.key);
        let plan = self.plan.as_ref();
        let case = Case {
            now,
            lease_ms: Self::LEASE_MS,
            shopper: Standing {
                suppressed: self
                    .suppressed(now)
                    .filter(|_| !bugs::is(Bug::UnsubscribeRace)),
                consents: self.consents(),
                wordings: self.consent.wordings(),
                email: self.email.as_ref(),
                phone: self.phone.as_ref().and_then(|phone| {
                    let held = carts.iter().flatten().filter(|cart| !cart.lines.is_empty());
                    phone.about(held.map(|cart| cart.slot.cart))
                }),
                sent,
                ordered_at: self.ordered_at,
                orders: self.bought_before(now),
                tier: self.tier(),
                activity: &self.activity,
                held_out: input.held_out,
            },
            carts,
            occasion: scene.occasion(),
            products: input.products,
            config: input.config,
            sequence: plan.and_then(|plan| plan.sequence.as_ref()),
            arms: plan.map_or(&[], |plan| &plan.arms),
            draws: input.draws,
            step: input.key.step,
            begun: delivery
                .filter(|delivery| delivery.frozen.is_some())
                .and_then(|delivery| delivery.channel),
            approved: delivery.is_some_and(|delivery| delivery.approved),
            waited: delivery.is_some_and(crate::delivery::Delivery::has_waited),
        };
        decision::decide(
            &case,
            |sequence, carts| self.rests_until(sequence, carts, now),
            |sequence| plan.map_or(now, |plan| plan.starts_at(sequence)),
        )
    }

    fn apply(
        &mut self,
        input: &ReleaseInput<'_>,
        carts: &[Option<&Snapshot>],
        verdict: Verdict,
        now: u64,
    ) -> Commit<Effect, Reply> {
        let key = input.key;
        if verdict.exposed {
            self.note_exposure(input.counts_as_held, now);
        }
        for assigned in &verdict.counts {
            self.arms.note(assigned, now);
        }
        if let Some((plan, sequence)) = self.plan.as_mut().zip(verdict.chosen) {
            plan.sequence = Some(sequence);
            plan.arms = verdict.arms;
        }
        let template = self.plan.as_ref().and_then(|plan| plan.template(key.step));
        let made = verdict.judged.made;
        let decided = Decided::new(now, made, verdict.judged.seen);
        let was_waiting = self
            .delivery(key)
            .and_then(|delivery| delivery.decisions.last())
            .is_some_and(|last| last.code() == Hold::Approval.code());
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
                if hold == Hold::Approval && !was_waiting {
                    self.report(key, "awaiting_approval", "", now);
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
                let frozen = self
                    .delivery(key)
                    .and_then(|delivery| delivery.frozen.clone())
                    .or_else(|| {
                        let to = self.email.clone()?;
                        verdict.carts.iter().find_map(|id| {
                            let mut known = carts.iter().flatten();
                            let cart = known.find(|cart| cart.slot.cart == *id)?;
                            let offer = verdict.offer.as_ref();
                            let message = self.freeze(input, cart, offer, to.clone(), now)?;
                            let plan = self.plan.as_mut()?;
                            plan.told = Some(plan.about.left_at(cart));
                            Some(message)
                        })
                    });
                let Some(message) = frozen else {
                    return self.skip(key, Skip::NotInCatalogue, now);
                };
                self.tell_news(input);
                if let Some(delivery) = self.delivery_mut(key) {
                    delivery.channel = Some(channel);
                    if delivery.frozen.is_none() {
                        delivery.offer = verdict.offer;
                    }
                }
                self.grant(input, message, now)
            }
        }
    }

    fn skip(&mut self, key: DeliveryKey, skip: Skip, now: u64) -> Commit<Effect, Reply> {
        if let Some(delivery) = self.delivery_mut(key)
            && delivery
                .decisions
                .last()
                .is_none_or(|last| last.code() != skip.code())
        {
            delivery.note(Decided::new(now, Made::Skip(skip), String::new()));
        }
        if self
            .delivery(key)
            .is_some_and(|delivery| delivery.uncertain)
        {
            // An earlier try may have been accepted: nobody can say that it was not sent.
            self.report(key, "unknown", skip.code(), now);
            let code = String::from(skip.code());
            self.set_state(key, State::Unknown { code });
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

    fn consents(&self) -> Consents {
        self.consent.told()
    }

    /// The earliest time at which every open cart has rested long enough; `None` when all have.
    fn rests_until(
        &self,
        sequence: Option<&Sequence>,
        carts: &[&Snapshot],
        now: u64,
    ) -> Option<u64> {
        let plan = self.plan.as_ref()?;
        if !plan.about.is_cart() {
            let rest = plan.rest_ms(sequence, None);
            let until = self.last_activity_at().saturating_add(rest);
            return Some(until).filter(|until| *until > now);
        }
        let rested = carts.iter().map(|cart| {
            let rest = plan.rest_ms(sequence, cart.slot.stage);
            cart.slot.last_activity_at.saturating_add(rest)
        });
        rested.max().filter(|until| *until > now)
    }

    fn freeze(
        &self,
        input: &ReleaseInput<'_>,
        cart: &Snapshot,
        offer: Option<&Offer>,
        to: crate::contact::Email,
        now: u64,
    ) -> Option<Frozen> {
        let plan = self.plan.as_ref()?;
        let template = plan.template(input.key.step)?;
        let step = plan
            .sequence
            .as_ref()
            .and_then(|sequence| sequence.steps.get(usize::from(input.key.step)));
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
        let survey = Token {
            purpose: LinkPurpose::Survey,
            subject: self.id.0,
            epoch: 0,
            generation: 0,
            ..recovery
        };
        let survey_url = format!("{}/s/{}", input.public_url, survey.sign(input.keys)?);
        let unsubscribe_url = format!("{}/u/{}", input.public_url, unsubscribe.sign(input.keys)?);
        let rendered = message::render(&Content {
            template,
            topic: self.topic(cart),
            offer,
            subject: step.and_then(|step| step.subject.as_ref()),
            texts: step.and_then(|step| step.content.as_ref()),
            lines: &cart.lines,
            products: input.products,
            shop: input.config,
            recovery_url: &format!("{}/r/{}", input.public_url, recovery.sign(input.keys)?),
            unsubscribe_url: &unsubscribe_url,
            survey_url: &survey_url,
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
            cart: cart.slot.cart,
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
