//! The gate: decides, at the moment of sending, whether this message still may go.

use super::about::About;
use super::scene::Scene;
use super::{Commit, Effect, Need, NumberWord, Refused, Release, ReleaseInput, Reply, Shopper};
use crate::bugs::{self, Bug};
use crate::calendar::Sent;
use crate::channel::Channel;
use crate::decision::{self, Case, Decided, Hold, Made, Standing, Verdict, Wordings};
use crate::delivery::{Approval, Body, Delivery, DeliveryKey, Frozen, Skip, State, Whom};
use crate::ids::CartId;
use crate::keys::Purpose;
use crate::object::cart::{Snapshot, Status};
use crate::platform::api::NewCode;
use crate::rules::Consents;
use crate::sequence::{Offer, Sequence};
use crate::shop::{Carrier, FlowPlatform};
use crate::traceparent::TraceId;
use alloc::{string::String, vec::Vec};
use hmac::Mac;

/// How long a text waits before it is asked again what was said from its number, ms.
const UNHEARD_MS: u64 = 60_000;

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
        if key.is_recall() {
            // There is nothing to decide about.
            return Ok(Need {
                carts: Vec::new(),
                products: Vec::new(),
            });
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
        let lapsed = |delivery: &Delivery| delivery.uncertain && !delivery.may_repeat(now);
        if self.delivery(input.key).is_some_and(lapsed) {
            self.close_unknown(input.key, String::from("window_ended"), now);
            return self.commit(true, now, Reply::Refused(Refused::Closed));
        }
        if input.key.is_recall() {
            return self.release_recall(input.key, now);
        }
        // Kept, because an order that is found now may end the plan and leave what was left after it to begin another.
        let settings = self.plan.as_ref().map(|plan| plan.settings.clone());
        for (cart, snapshot) in input.carts {
            if let (Some(bound), Some(snapshot)) = (self.carts.get(cart), snapshot) {
                self.take_slot(bound.object.clone(), snapshot.slot.clone(), now);
            }
        }
        if let NumberWord::Heard(Some(word)) = input.word {
            self.heed(word);
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
        let mut verdict = self.decide(input, &scene, &carts, &sent, now);
        if verdict.judged.made == Made::Send(Channel::Sms) {
            match input.word {
                NumberWord::Heard(_) => {}
                // What was looked at until here is looked at again in a moment: it is not worth a row.
                NumberWord::Unasked => {
                    return Commit::read(Reply::Refused(Refused::NumberUnheard));
                }
                NumberWord::Unanswered => {
                    verdict.judged.made = Made::Defer {
                        until: now.saturating_add(UNHEARD_MS),
                        hold: Hold::NumberUnheard,
                    };
                }
            }
        }
        self.apply(input, &carts, verdict, now)
    }

    /// Why a message that was tried before cannot be tried again: its bytes speak of a cart that was bought or emptied since. Others
    /// may be open; they are not what it shows.
    fn is_overtaken(&self, key: DeliveryKey) -> Option<Skip> {
        let frozen = self.delivery(key)?.frozen.as_ref()?;
        let slot = &self.carts.get(&frozen.cart)?.slot;
        // Whoever only looked at something has left nothing in their cart.
        let is_about_lines = !matches!(self.plan.as_ref()?.about, About::Look { .. });
        if Some(slot.last_activity_at) <= self.ordered_at() {
            Some(Skip::Ordered)
        } else {
            (is_about_lines && slot.status != Status::Open).then_some(Skip::Emptied)
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
                wordings: Wordings {
                    push: self.notifications.wording(),
                    ..self.consent.wordings()
                },
                words: &self.words,
                email: self.email.as_ref(),
                phone: self.phone.as_ref().and_then(|phone| {
                    let held = carts.iter().flatten().filter(|cart| !cart.lines.is_empty());
                    phone.about(held.map(|cart| cart.slot.cart))
                }),
                push: {
                    let held = carts.iter().flatten().filter(|cart| !cart.lines.is_empty());
                    let mut ids = held.map(|cart| cart.slot.cart);
                    ids.any(|cart| self.notifications.about(cart).is_some())
                },
                sent,
                ordered_at: self.ordered_at(),
                orders: self.bought_before(input.customer, now),
                tier: self.tier(input.customer),
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
                .filter(|delivery| delivery.frozen.is_some() || delivery.uncertain)
                .and_then(|delivery| delivery.channel),
            approved: delivery.is_some_and(|delivery| delivery.approval == Approval::Given),
            waited: delivery.is_some_and(|delivery| delivery.waited),
            without_offer: delivery.is_some_and(Delivery::goes_without_offer),
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
        if let Made::Send(channel) = verdict.judged.made
            && self.carrier(input, channel).is_none()
        {
            // Nothing is spent on a provider that rests; the hint comes back.
            return self.commit(true, now, Reply::Refused(Refused::Resting));
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

    fn consents(&self) -> Consents {
        self.consent.told(self.notifications.agreed())
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

    /// Who carries the next try; `None` where only a provider could that rests. Once an earlier try may have been accepted it is who
    /// made that one, and nobody else ever; a try that has provably failed is followed by one at the other provider, where there are
    /// two.
    fn carrier(&self, input: &ReleaseInput<'_>, channel: Channel) -> Option<Carrier> {
        let delivery = self.delivery(input.key)?;
        let awake = |carrier: &Carrier| match carrier {
            Carrier::Email(provider) => !input.resting.contains(provider),
            Carrier::Sms(_) | Carrier::Push | Carrier::Flow(_) => true,
        };
        if delivery.uncertain {
            return delivery.provider.filter(awake);
        }
        let frozen = delivery.frozen.as_ref().map(|frozen| &frozen.body);
        if matches!(frozen, Some(Body::Event { .. })) {
            // It was written for one platform, and nobody else can read it.
            return delivery.provider;
        }
        if frozen.is_none()
            && let Some(platform) = self.flow(input, channel)
        {
            return Some(Carrier::Flow(platform));
        }
        let first = input.config.carrier(channel)?;
        let second = input.config.second_carrier(channel).unwrap_or(first);
        let (first, second) = if delivery.provider == Some(first) && delivery.attempts > 0 {
            (second, first)
        } else {
            (first, second)
        };
        [first, second].into_iter().find(awake)
    }

    /// Whose flow writes the message in the shop's stead. Once an earlier try may have been accepted, it is written for who made that one.
    pub(super) fn flow(&self, input: &ReleaseInput<'_>, channel: Channel) -> Option<FlowPlatform> {
        let bound = self.delivery(input.key).filter(|known| known.uncertain);
        if let Some(bound) = bound {
            return match bound.provider {
                Some(Carrier::Flow(platform)) => Some(platform),
                _ => None,
            };
        }
        let sequence = self.plan.as_ref().and_then(|plan| plan.sequence.as_ref());
        let id = sequence.map(|sequence| &sequence.id);
        input.config.flow(channel, id, input.key.step)
    }

    fn grant(
        &mut self,
        input: &ReleaseInput<'_>,
        message: Frozen,
        now: u64,
    ) -> Commit<Effect, Reply> {
        let Some(provider) = self.carrier(input, message.body.channel()) else {
            return Commit::read(Reply::Refused(Refused::Resting));
        };
        let known = self.delivery(input.key);
        let tries = known.map_or(0, |delivery| delivery.attempts);
        let offer = known.and_then(|delivery| delivery.offer.as_ref());
        let code = offer
            .filter(|offer| offer.is_unique())
            .map(|offer| NewCode {
                code: match tries {
                    1.. if bugs::is(Bug::CodePerTry) => alloc::format!("{}{tries}", offer.shown().code),
                    _ => offer.shown().code,
                },
                percent: offer.percent,
                starts_at: message.date_ms,
                ends_at: message
                    .date_ms
                    .saturating_add(input.config.platform.code_ms),
                email: match &message.body {
                    Body::Email { to, .. }
                    | Body::Event {
                        to: Whom::Address(to),
                        ..
                    } => Some(to.clone()),
                    Body::Sms { .. } | Body::Push { .. } | Body::Event { .. } => None,
                },
            });
        let shown = input.carts.iter().find(|(cart, _)| *cart == message.cart);
        let trace = shown.and_then(|(_, snapshot)| snapshot.as_ref()?.trace);
        let trace = self.afterwards.note_trace(input.key, message.cart, trace);
        self.hand_out((input.key, provider), message, (code, trace), now)
    }

    /// Writes down that a try begins, and gives the right to make it.
    pub(super) fn hand_out(
        &mut self,
        (key, provider): (DeliveryKey, Carrier),
        message: Frozen,
        (code, trace): (Option<NewCode>, Option<TraceId>),
        now: u64,
    ) -> Commit<Effect, Reply> {
        let lease_until = now.saturating_add(Self::LEASE_MS);
        let Some(delivery) = self.delivery_mut(key) else {
            return Commit::read(Reply::Refused(Refused::Closed));
        };
        delivery.attempts = delivery.attempts.saturating_add(1);
        delivery.first_released_at.get_or_insert(now);
        delivery.frozen = Some(message.clone());
        delivery.state = State::Released { lease_until };
        delivery.provider = Some(provider);
        let attempt = delivery.attempts;
        self.commit(
            true,
            now,
            Reply::Go(Release {
                attempt,
                provider,
                lease_until,
                message,
                trace,
                code,
            }),
        )
    }
}
