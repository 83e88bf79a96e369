//! The Shopper: one person in one shop. The only place with a contact, and the gate through which every message goes.

mod about;
mod access;
mod adopt;
mod afterwards;
mod alarm;
mod answer;
mod approval;
mod bound;
mod call;
mod channels;
mod consent;
mod customer;
mod effect;
mod erasure;
mod errands;
mod feedback;
mod freeze;
mod grant;
mod inspect;
mod join;
mod memory;
mod notifications;
mod outbox;
mod plan;
mod profile;
mod purchases;
mod reach;
mod recall;
mod release;
mod replay;
mod reply;
mod scene;
mod settings;
mod stop;
mod suppression;
mod telephone;
mod tidings;
mod verdict;
mod view;
mod vouching;
mod wake;

pub use access::{Browsing, Held, Said as HeldWord};
pub use adopt::Adoption;
pub use bound::Bound;
pub use call::Input;
pub use channels::{ChannelWord, NumberWord, ViewRefusal};
pub use customer::{Customer, History};
pub use effect::{Effect, Report};
pub use erasure::{Forget, ViewErasure};
pub use errands::{ErrandSettings, ViewAlert, ViewMembership};
pub use memory::Exposure;
pub use profile::Profile;
pub use release::{Release, ReleaseInput};
pub use reply::{Need, Refused, Reply};
pub use settings::PlanSettings;
use settings::Start;
pub use suppression::{Cause, Suppression, ViewSuppression};
pub use view::{View, ViewDecision, ViewDelivery};
pub use vouching::Vouching;

use super::cart::Identify;
use super::{Commit, codec};
use crate::calendar::{Activity, Sent};
use crate::channel::Channel;
use crate::contact::Email;
use crate::delivery::{Delivery, Skip};
use crate::experiment::Exposures;
use crate::ids::{CartId, ShopId, ShopperId};
use afterwards::Afterwards;
use alloc::{boxed::Box, collections::BTreeMap, vec::Vec};
use answer::Answered;
use consent::Consent;
use erasure::Erasure;
use errands::Errands;
use join::Identity;
use notifications::{Browsers, Notifications};
use outbox::Fact;
use plan::Plan;
use purchases::Purchases;
use reach::Reach;
use serde::{Deserialize, Serialize};
use telephone::Telephone;

/// A shopper's packed state. It is sealed before it is written.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shopper {
    shop: ShopId,
    id: ShopperId,
    email: Option<Email>,
    phone: Option<Telephone>,
    consent: Consent,
    /// Channels that were left, beside consent.
    words: Vec<ChannelWord>,
    carts: BTreeMap<CartId, Bound>,
    suppressions: Vec<Suppression>,
    /// Orders on any cart.
    purchases: Purchases,
    /// What went out, and what may have gone out.
    sent: Vec<Sent>,
    /// When the shopper is usually there, by the hours of UTC.
    activity: Activity,
    /// What the shopper counts as in what is measured.
    exposure: Option<Exposure>,
    /// What the shopper counts as in experiments and by flags.
    arms: Exposures,
    conversation: u16,
    plan: Option<Plan>,
    /// Why the last plan was stopped.
    stopped: Option<Skip>,
    deliveries: Vec<Delivery>,
    fact: Fact,
    reports: Vec<Report>,
    /// Reports that the desk has taken so far: the number of the first one here.
    reported: u64,
    /// What the platform's alarm is set to, epoch ms; it may be earlier, or gone once this has passed.
    armed_at: Option<u64>,
    /// What the shop's own records say.
    customer: Option<customer::Known>,
    /// News of what was left.
    tidings: Vec<tidings::Tiding>,
    /// Whether the shop has sequences about news.
    watches: bool,
    /// Whether the shop sends text messages.
    texts: bool,
    /// What was answered to a survey last.
    answered: Option<Answered>,
    /// Whom it speaks for, or who speaks for it.
    identity: Identity,
    /// What is remembered of messages beside how they stand.
    #[serde(deserialize_with = "codec::or_default")]
    afterwards: Afterwards,
    /// What is done for it at services that carry no messages.
    #[serde(deserialize_with = "codec::or_default")]
    errands: Errands,
    /// Browsers that take notifications.
    #[serde(deserialize_with = "codec::or_default")]
    notifications: Notifications,
    /// That the person was erased.
    #[serde(deserialize_with = "codec::or_default")]
    erasure: Option<Box<Erasure>>,
    /// What is known of them beside that.
    #[serde(deserialize_with = "codec::or_default")]
    browsers: Browsers,
    /// How far that erasure reaches.
    #[serde(deserialize_with = "codec::or_default")]
    reach: Reach,
    /// Who vouches for the contact.
    #[serde(deserialize_with = "codec::or_default")]
    vouching: Vouching,
}

impl Shopper {
    /// Carts watched at once; the one longest without activity is forgotten first.
    pub const MAX_CARTS: usize = 16;
    /// Deliveries remembered.
    pub const MAX_DELIVERIES: usize = 48;
    /// How long a release is valid, ms. A consumer gives up before that.
    pub const LEASE_MS: u64 = 20_000;

    /// A shopper of whom nothing is known.
    pub fn new(shop: ShopId, id: ShopperId) -> Self {
        Self {
            shop,
            id,
            email: None,
            phone: None,
            consent: Consent::default(),
            words: Vec::new(),
            carts: BTreeMap::new(),
            suppressions: Vec::new(),
            purchases: Purchases::default(),
            sent: Vec::new(),
            activity: Activity::default(),
            exposure: None,
            arms: Exposures::default(),
            conversation: 0,
            plan: None,
            stopped: None,
            deliveries: Vec::new(),
            fact: Fact::default(),
            reports: Vec::new(),
            reported: 0,
            armed_at: None,
            customer: None,
            tidings: Vec::new(),
            watches: false,
            texts: false,
            answered: None,
            identity: Identity::default(),
            afterwards: Afterwards::default(),
            errands: Errands::default(),
            notifications: Notifications::default(),
            erasure: None,
            browsers: Browsers::default(),
            reach: Reach::default(),
            vouching: Vouching::default(),
        }
    }

    /// The shop.
    pub fn shop(&self) -> ShopId {
        self.shop
    }

    /// The shopper's id.
    pub fn id(&self) -> ShopperId {
        self.id
    }

    /// One step; `now` is the edge's clock, epoch ms.
    pub fn step(&mut self, input: Input, now: u64) -> Commit<Effect, Reply> {
        let input = match self.divert(input, now) {
            Ok(input) => input,
            Err(commit) => return commit,
        };
        match input {
            Input::Slot {
                object,
                slot,
                identify,
                named_at,
                settings,
                errands,
                ..
            } => {
                let identify = self.said_since(identify);
                if self.has_forgotten(&slot, identify.as_ref(), named_at) {
                    return self.refuse_cart(object, &slot, now);
                }
                // A newer slot changes the row, whatever else it does; a copy to compare with is only worth it where it is none.
                let is_news = self.is_news(&object, &slot);
                let before = (!is_news).then(|| self.clone());
                if let Some(identify) = &identify {
                    self.hear_voice(identify.voice, slot.cart, now);
                }
                self.identify(identify, slot.cart, now);
                self.watches = settings.watches();
                self.texts = settings.texts();
                self.errands.settings = errands;
                self.take_slot(object, slot, now);
                self.replan(&settings, now);
                let changed = before.is_none_or(|before| before != *self);
                let reply = Reply::Taken {
                    settled: self.live_lease(now).is_none(),
                };
                self.commit(changed, now, reply)
            }
            Input::Wake => self.wake(now),
            Input::ReleaseAsked { key } => Commit::read(match self.ask(key, now) {
                Ok(need) => Reply::Need(need),
                Err(refused) => Reply::Refused(refused),
            }),
            Input::Outcome {
                key,
                attempt,
                outcome,
                waits_ms,
            } => self.outcome(key, attempt, outcome, &waits_ms, now),
            Input::HeardBack {
                key,
                replays,
                channel,
                feedback,
                detail,
                at,
            } => self.heard_back((key, replays), (channel, feedback, detail), at, now),
            Input::Replay {
                key,
                despite_unknown,
            } => self.replay(key, despite_unknown, now),
            Input::Traced { cart, trace, input } => {
                self.afterwards.follow(cart, trace);
                self.step(*input, now)
            }
            Input::Unsubscribe => self.unsubscribe(now),
            Input::Opt { channel, wanted } => self.opt(channel, wanted.then_some(now), now),
            Input::OptIn { channel, at } => self.opt(channel, Some(at.min(now)), now),
            Input::WordAbout(channel) => Commit::read(Reply::Word(self.word_about(channel))),
            Input::Approved { key, approved } => self.approve(key, approved, now),
            Input::FactTaken {
                version,
                reported,
                limited,
            } => self.fact_taken(version, reported, limited),
            Input::Confirmed => self.confirmed(now),
            Input::FactLost { brought_by } => self.fact_lost(brought_by, now),
            Input::Read => Commit::read(Reply::View(self.view(now))),
            Input::Offer { ordinal } => Commit::read(Reply::Offer(self.offer_of(ordinal))),
            Input::News { news, settings } => self.hear(news, &settings, now),
            Input::Customer(customer) => self.know(customer, now),
            Input::Suppress { cause, until } => self.withhold(cause, until, now),
            Input::Lift { cause } => self.lift(cause, now),
            Input::Answered {
                answer,
                ordinal,
                silence_ms,
                settings,
            } => self.take_answer(answer, ordinal, silence_ms, &settings, now),
            Input::Profile => Commit::read(Reply::Profile(Box::new(self.profile()))),
            Input::ErrandDone { errand, ended } => self.errand_done(&errand, ended, now),
            Input::Erase { asked_at } => self.erase(asked_at, now),
            Input::Forgotten {
                forget,
                carts,
                desk,
            } => self.forgotten(&forget, &carts, desk, now),
            Input::Access => Commit::read(Reply::Held(Box::new(self.held(now)))),
            Input::Carts => Commit::read(Reply::Carts(self.bound_objects())),
            // Diverted; an adoption takes more, see [`Shopper::adopt`].
            Input::Join { .. } | Input::HandedOver { .. } | Input::Adopt(_) => {
                Commit::read(Reply::Refused(Refused::Closed))
            }
        }
    }

    fn identify(&mut self, identify: Option<Identify>, cart: CartId, now: u64) {
        let Some(identify) = identify else { return };
        let before = (self.consent.email(), self.consent.sms());
        if let Some(number) = identify.phone {
            self.take_number(number, identify.email.is_none(), cart);
        }
        // Of a person's addresses the first stays.
        self.email = self.email.take().or(identify.email);
        let words = identify.earlier.into_iter();
        let words = words.map(|word| (word.at, word.consent, word.push));
        for (at, consent, push) in words.chain([(identify.at, identify.consent, identify.push)]) {
            if let Some(receipt) = consent {
                self.errands.hear(&receipt, at);
                self.consent.take(receipt, at);
            }
            if let Some(pushed) = push {
                self.take_pushed(pushed, cart, at, now);
            }
        }
        for (channel, before, said) in [
            (Channel::Email, before.0, self.consent.email()),
            (Channel::Sms, before.1, self.consent.sms()),
        ] {
            if said == Some(false) && before != said {
                self.recall_by(channel, Skip::NoConsent, now);
            }
        }
    }

    /// Whether there is a channel by which something may be sent.
    fn may_be_reached(&self) -> bool {
        let by_email = self.email.is_some() && self.consent.to_email();
        let by_text = self.texts && self.phone.is_some() && self.consent.to_sms();
        by_email && !self.is_refused(Channel::Email)
            || by_text && !self.is_refused(Channel::Sms)
            || self.live_browsers() > 0
    }

    fn forget_old_deliveries(&mut self) {
        let excess = self.deliveries.len().saturating_sub(Self::MAX_DELIVERIES);
        let mut closed = 0;
        self.deliveries.retain(|delivery| {
            let forget = closed < excess && delivery.state.is_closed();
            closed = closed.saturating_add(usize::from(forget));
            !forget
        });
    }
}

#[cfg(test)]
mod tests;
