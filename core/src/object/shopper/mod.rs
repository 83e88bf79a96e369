//! The Shopper: one person in one shop. The only place with a contact, and the gate through which every message goes.

mod about;
mod answer;
mod call;
mod consent;
mod customer;
mod inspect;
mod join;
mod memory;
mod plan;
mod release;
mod scene;
mod settings;
mod suppression;
mod telephone;
mod tidings;
mod view;
mod wake;

pub use call::{
    Bound, Effect, Input, Need, Refused, Release, ReleaseInput, Reply, Report, View, ViewDecision,
    ViewDelivery,
};
pub use customer::{Customer, History};
pub use join::Adoption;
pub use memory::Exposure;
pub use settings::PlanSettings;
use settings::Start;
pub use suppression::{Cause, Suppression, ViewSuppression};

use super::Commit;
use super::cart::{Identify, Slot, Status};
use crate::bugs::{self, Bug};
use crate::calendar::{Activity, Sent, Zone};
use crate::contact::Email;
use crate::delivery::{Delivery, DeliveryKey, Skip, State};
use crate::experiment::Exposures;
use crate::ids::{CartId, ShopId, ShopperId};
use crate::news::Marks;
use alloc::{collections::BTreeMap, string::String, vec, vec::Vec};
use answer::Answered;
use consent::Consent;
use join::Identity;
use plan::Plan;
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
    carts: BTreeMap<CartId, Bound>,
    suppressions: Vec<Suppression>,
    /// The latest order on any cart, epoch ms; what was left before it is not written about.
    ordered_at: Option<u64>,
    /// Orders so far.
    orders: u32,
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
    /// What was answered to a survey last.
    answered: Option<Answered>,
    /// Whom it speaks for, or who speaks for it.
    identity: Identity,
}

/// The next wake-up as the desk knows it, so that a sweep knows where to look for a lost alarm.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Fact {
    version: u64,
    next_at: Option<u64>,
    exposure: Option<Exposure>,
    /// How often [`Shopper::arms`] had changed.
    arms: u32,
    acknowledged: u64,
    retry_at: u64,
    watched: Marks,
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
            carts: BTreeMap::new(),
            suppressions: Vec::new(),
            ordered_at: None,
            orders: 0,
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
            answered: None,
            identity: Identity::default(),
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
                settings,
                ..
            } => {
                // A newer slot changes the row, whatever else it does; a copy to compare with is only worth it where it is none.
                let is_news = self.is_news(&object, &slot);
                let before = (!is_news).then(|| self.clone());
                self.identify(identify, slot.cart);
                self.watches = settings.watches();
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
            Input::Unsubscribe => {
                let fresh = !self
                    .suppressions
                    .iter()
                    .any(|suppression| suppression.cause == Skip::Unsubscribed);
                if fresh {
                    self.suppressions.push(Suppression {
                        cause: Skip::Unsubscribed,
                        at: now,
                        until: None,
                    });
                }
                if !(bugs::is(Bug::UnsubscribeRace) && self.has_queued()) {
                    self.stop(Skip::Unsubscribed, now);
                }
                let reply = Reply::Taken {
                    settled: self.live_lease(now).is_none(),
                };
                self.commit(fresh, now, reply)
            }
            Input::Approved { key, approved } => self.approve(key, approved, now),
            Input::FactTaken { version, reported } => {
                self.fact.acknowledged = self.fact.acknowledged.max(version);
                if self.fact.acknowledged == self.fact.version {
                    // What is told next is told at once; only what fails again is waited for.
                    self.fact.retry_at = 0;
                }
                let told = usize::try_from(reported.saturating_sub(self.reported)).unwrap_or(0);
                let drained = self.reports.len().min(told);
                self.reports.drain(..drained);
                self.reported = self.reported.max(reported);
                Commit {
                    write: drained > 0,
                    pages: vec![],
                    effects: vec![],
                    reply: Reply::Done,
                }
            }
            Input::FactLost => {
                self.fact.retry_at = now.saturating_add(60_000);
                if bugs::is(Bug::LostOutboxRow) {
                    self.reports.clear();
                }
                Commit::read(Reply::Done)
            }
            Input::Read => Commit::read(Reply::View(self.view(now))),
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
            Input::Carts => Commit::read(Reply::Carts(self.bound_objects())),
            // Diverted; an adoption takes more, see [`Shopper::adopt`].
            Input::Join { .. } | Input::HandedOver { .. } | Input::Adopt(_) => {
                Commit::read(Reply::Refused(Refused::Closed))
            }
        }
    }

    /// When the object must be woken, epoch ms: the earliest of due steps, unanswered hints, lease ends and what is owed.
    pub fn next_alarm(&self) -> Option<u64> {
        let deliveries = self.deliveries.iter().filter_map(wake::wake_at).min();
        let untold = self.fact.acknowledged < self.fact.version || !self.reports.is_empty();
        let owes = (untold && self.fact.retry_at > 0).then_some(self.fact.retry_at);
        let hands = self.hands_at();
        deliveries.into_iter().chain(owes).chain(hands).min()
    }

    /// What the platform's alarm has to be set to now, epoch ms; `None` to leave it as it is. Setting one costs as much as a row, so
    /// one that comes too early for what is due now is left to come: it finds nothing to do, and is set anew then. So is one that
    /// is not needed any more. Called after each step that is written, before the row is, and after each wake-up.
    pub fn arm(&mut self, now: u64) -> Option<u64> {
        let next = self.next_alarm()?;
        let will_do = |armed: &u64| {
            let early = next.checked_sub(*armed);
            let far = *armed > now.saturating_add(NEAR_MS);
            *armed > now && early.is_some_and(|early| far || early <= NEAR_MS)
        };
        if self.armed_at.as_ref().is_some_and(will_do) {
            return None;
        }
        self.armed_at = Some(next);
        Some(next)
    }

    /// Whether a slot says more than what is known of its cart.
    fn is_news(&self, object: &str, slot: &Slot) -> bool {
        self.carts.get(&slot.cart).is_none_or(|known| {
            slot.version >= known.slot.version && (known.slot != *slot || known.object != object)
        })
    }

    /// The carts that it owns: their ids, and their objects' names.
    pub(super) fn bound_objects(&self) -> Vec<(CartId, String)> {
        self.carts
            .iter()
            .map(|(cart, bound)| (*cart, bound.object.clone()))
            .collect()
    }

    fn identify(&mut self, identify: Option<Identify>, cart: CartId) {
        let Some(identify) = identify else { return };
        if let Some(number) = identify.phone {
            self.take_number(number, identify.email.is_none(), cart);
        }
        // Of a person's addresses the first stays.
        self.email = self.email.take().or(identify.email);
        if let Some(receipt) = identify.consent {
            self.consent.take(receipt, identify.at);
        }
    }

    /// Whether there is a channel by which something may be sent.
    fn may_be_reached(&self) -> bool {
        self.email.is_some() && self.consent.to_email()
    }

    fn take_slot(&mut self, object: String, slot: Slot, now: u64) {
        if let Some(bound) = self.carts.get(&slot.cart) {
            if slot.version < bound.slot.version && !bugs::is(Bug::StaleVersion) {
                return;
            }
        } else if self.carts.len() >= Self::MAX_CARTS {
            self.forget_a_cart();
        }
        let known = self.carts.get(&slot.cart);
        let conversed = known.and_then(|bound| bound.conversed);
        let looked = known.and_then(|bound| bound.looked);
        let ordered_at = slot.ordered.map(|ordered| ordered.at);
        if known.is_none_or(|bound| bound.slot.last_activity_at < slot.last_activity_at) {
            self.activity.note(slot.last_activity_at, &Zone::UTC);
        }
        self.carts.insert(
            slot.cart,
            Bound {
                object,
                slot,
                conversed,
                looked,
            },
        );
        self.forget_tidings();
        if ordered_at > self.ordered_at && !bugs::is(Bug::SendAfterOrder) {
            self.ordered_at = ordered_at;
            self.orders = self.orders.saturating_add(1);
            self.note_conversion(ordered_at);
            self.end_ordered(now);
        }
    }

    /// Ends the plan where an order has become known that ends it.
    fn end_ordered(&mut self, now: u64) {
        let plan = self.plan.as_ref();
        if plan.is_some_and(|plan| plan.is_ended_by(self.ordered_at)) {
            self.stop(Skip::Ordered, now);
        }
    }

    /// Forgets the cart that is the least likely to be written about.
    fn forget_a_cart(&mut self) {
        let oldest = self.carts.iter().min_by_key(|(_, bound)| {
            (
                bound.slot.status == Status::Open,
                bound.slot.last_activity_at,
            )
        });
        if let Some(cart) = oldest.map(|(cart, _)| *cart) {
            self.carts.remove(&cart);
        }
    }

    /// Ends the plan. What is released already may still be accepted: the stop is in force when its lease has ended.
    fn stop(&mut self, cause: Skip, now: u64) {
        self.plan = None;
        self.close_all_tidings();
        self.close_answer();
        self.stopped = Some(cause);
        for bound in self.carts.values_mut() {
            if cause != Skip::Ordered {
                bound.conversed = Some(bound.slot.epoch);
            }
        }
        self.close_waiting(cause, now);
    }

    fn close_waiting(&mut self, cause: Skip, now: u64) {
        let waiting: Vec<(DeliveryKey, bool)> = self
            .deliveries
            .iter()
            .filter(|delivery| matches!(delivery.state, State::Scheduled | State::Queued { .. }))
            .map(|delivery| (delivery.key, delivery.uncertain))
            .collect();
        for (key, uncertain) in waiting {
            if uncertain {
                // An earlier try may have been accepted: nobody can say that it was not sent.
                self.close_unknown(key, String::from(cause.code()), now);
            } else {
                self.set_state(key, State::Skipped(cause));
            }
        }
    }

    /// Whether a release may have begun.
    fn has_queued(&self) -> bool {
        self.deliveries
            .iter()
            .any(|delivery| matches!(delivery.state, State::Queued { .. }))
    }

    /// Whether a message is somewhere between its alarm and its outcome.
    fn is_on_its_way(&self) -> bool {
        self.deliveries.iter().any(|delivery| {
            matches!(
                delivery.state,
                State::Queued { .. } | State::Released { .. }
            )
        })
    }

    fn live_lease(&self, now: u64) -> Option<u64> {
        let leases = self
            .deliveries
            .iter()
            .filter_map(|delivery| match delivery.state {
                State::Released { lease_until } if lease_until > now => Some(lease_until),
                _ => None,
            });
        leases.max()
    }

    /// Ends a step: writes down when the desk has to look for this shopper, and what it has to hear.
    fn commit(&mut self, changed: bool, now: u64, reply: Reply) -> Commit<Effect, Reply> {
        self.forget_old_deliveries();
        let begins_handing = self.begin_handing(now);
        let next = self.next_alarm();
        // A later wake-up need not be told before the one that was told has come: a sweep that looks too early finds a shopper with
        // nothing to do. And what is on its way is told when it has arrived: until then the sweep looks often enough, because
        // what was told has come.
        let told = self.fact.next_at;
        let earlier = told.is_none() && next.is_some()
            || told.zip(next).is_some_and(|(told, next)| next < told);
        let over = told.is_some() && next.is_none();
        let outdated = told != next && told.is_some_and(|told| told <= now);
        let rests = !self.is_on_its_way();
        // One variant that is not watched any more costs nothing but a question too many.
        let watched = self.watched();
        let unwatched = watched.is_empty() && !self.fact.watched.is_empty();
        let counts_differ =
            self.fact.exposure != self.exposure || self.fact.arms != self.arms.changes();
        let tell = changed && (earlier || rests && over)
            || rests && (outdated || counts_differ)
            || unwatched
            || !self.fact.watched.cover(&watched);
        if tell {
            self.fact.watched = watched;
            self.fact.next_at = next;
            self.fact.exposure = self.exposure;
            self.fact.arms = self.arms.changes();
            self.fact.version = self.fact.version.saturating_add(1);
        }
        let mut effects = Vec::new();
        if begins_handing {
            effects.extend(self.hand_over());
        }
        if self.fact.acknowledged < self.fact.version || !self.reports.is_empty() {
            effects.push(Effect::TellDesk {
                version: self.fact.version,
                next_at: self.fact.next_at,
                exposure: self.fact.exposure,
                watched: self.fact.watched.clone(),
                arms: self.arms.list().to_vec(),
                reports: self.reports.clone(),
                reported: self
                    .reported
                    .saturating_add(u64::try_from(self.reports.len()).unwrap_or(0)),
            });
        }
        Commit {
            write: changed || tell || begins_handing,
            pages: vec![],
            effects,
            reply,
        }
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

/// Alarms this near to each other are as good as one, and one this near is about to come, ms.
const NEAR_MS: u64 = 60_000;

#[cfg(test)]
mod tests;
