//! The gate: decides, at the moment of sending, whether this message still may go.

use super::about::About;
use super::notifications::Reach;
use super::scene::Scene;
use super::{Commit, Customer, Effect, Need, NumberWord, Refused, Reply, Shopper};
use crate::bugs::{self, Bug};
use crate::calendar::Sent;
use crate::catalogue::Product;
use crate::channel::Channel;
use crate::decision::{self, Case, Decided, Hold, Made, Standing, Verdict, Wordings};
use crate::delivery::{Approval, Delivery, DeliveryKey, Frozen, Skip, State};
use crate::experiment::Draws;
use crate::ids::CartId;
use crate::keys::MasterKeys;
use crate::object::cart::{Snapshot, Status};
use crate::platform::api::NewCode;
use crate::rules::Consents;
use crate::sequence::Sequence;
use crate::shop::{Carrier, ShopConfig};
use crate::traceparent::TraceId;
use alloc::{collections::BTreeMap, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// How long a text waits before it is asked again what was said from its number, ms.
const UNHEARD_MS: u64 = 60_000;

/// What a release is decided on.
#[derive(Debug)]
pub struct ReleaseInput<'a> {
    /// Which delivery.
    pub key: DeliveryKey,
    /// The carts as they are now; `None` for one that could not be read.
    pub carts: &'a [(CartId, Option<Snapshot>)],
    /// The catalogue's entries for their lines, by variant.
    pub products: &'a BTreeMap<String, Product>,
    /// The shop.
    pub config: &'a ShopConfig,
    /// Signs the message's links.
    pub keys: &'a MasterKeys,
    /// Where the links lead: this deployment's own address.
    pub public_url: &'a str,
    /// Where short links lead: the same, or a shorter name of it.
    pub short_url: &'a str,
    /// What was said about text messages by whoever has the shopper's number.
    pub word: NumberWord,
    /// Whether the shopper is held out, see [`crate::shop::ShopConfig::holdout_bp`]: whether any of its identities is.
    pub held_out: bool,
    /// Whether it counts among the held out in what is measured, see [`crate::experiment::Standing`].
    pub counts_as_held: bool,
    /// The shopper's arms and flags.
    pub draws: &'a Draws,
    /// Who nothing is to be released to for now.
    pub resting: &'a [Carrier],
    /// Push services, by host, that nothing is to be released to for now.
    pub resting_services: &'a [String],
    /// What the shop's platform says of the customer, where it was asked: what the shop itself has told goes before it.
    pub customer: Option<&'a Customer>,
}

/// The right to send one message, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Which try, from 1.
    pub attempt: u32,
    /// Through whom.
    pub provider: Carrier,
    /// Until when, epoch ms: the consumer gives up before.
    pub lease_until: u64,
    /// The message.
    pub message: Frozen,
    /// The trace of the cart that it shows.
    pub trace: Option<TraceId>,
    /// The code that it names and that has to be there before it is sent, where it names one of its own.
    pub code: Option<NewCode>,
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
            return self.release_recall(input, now);
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
        self.unfreeze_for_browsers(input.key);
        let sent = self.counted(input.key, now);
        let scene = self.scene(input);
        if matches!(scene, Scene::Passed) {
            return self.skip(input.key, Skip::Passed, now);
        }
        let carts = scene.carts(input);
        if let Some(skip) = self.keeps_back(&carts) {
            let decided = Decided::new(now, Made::Skip(skip), String::new());
            if let Some(delivery) = self.delivery_mut(input.key) {
                delivery.note(decided);
            }
            return self.skip(input.key, skip, now);
        }
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
        let held = carts.iter().flatten().filter(|cart| !cart.lines.is_empty());
        let reach = self.browsers_about(held.map(|cart| cart.slot.cart));
        // Who left the channel and whose browser was asked anew since has not left it there.
        let words = self.words.iter().copied();
        let words = words.filter(|word| reach != Reach::Own || word.channel != Channel::Push);
        let words: Vec<_> = words.collect();
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
                words: &words,
                email: self.email.as_ref(),
                phone: self.phone.as_ref().and_then(|phone| {
                    let held = carts.iter().flatten().filter(|cart| !cart.lines.is_empty());
                    phone.about(held.map(|cart| cart.slot.cart))
                }),
                push: reach != Reach::None,
                push_yields: reach == Reach::Doubtful,
                sent,
                ordered_at: self.ordered_at(),
                orders: self.bought_before(input.customer, now),
                tier: self.tier(input.customer),
                activity: &self.activity,
                held_out: input.held_out,
                vouching: &self.vouching,
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
}
