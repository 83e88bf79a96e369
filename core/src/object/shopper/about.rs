//! What a conversation is about, and what begins one: a cart that was left, a product that was looked at, news of what was left.

use super::plan::Plan;
use super::{PlanSettings, Shopper};
use crate::delivery::{Delivery, DeliveryKey, Skip, State};
use crate::ids::CartId;
use crate::object::cart::{Look, Slot, Snapshot, Status};
use crate::survey::Answer;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What a conversation is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum About {
    /// Carts that were left.
    Cart {
        /// Whether the latest of them is a quote.
        quote: bool,
    },
    /// A product that was looked at.
    Look {
        /// In which cart's browser.
        cart: CartId,
        /// What.
        look: Look,
    },
    /// Prices of what was left fell; which ones, the tidings tell.
    PriceDrop,
    /// Something that was left can be bought again.
    BackInStock,
    /// What was answered to a survey about what was left.
    Answer(Answer),
}

impl About {
    pub(super) fn is_cart(&self) -> bool {
        matches!(self, Self::Cart { .. })
    }

    /// When that was left which a message that shows `cart` is about, epoch ms.
    pub(super) fn left_at(&self, cart: &Snapshot) -> u64 {
        match self {
            Self::Look { look, .. } => look.visit_at,
            _ => cart.slot.last_activity_at,
        }
    }
}

impl Shopper {
    /// Begins a plan where there is something to say and somebody to say it to; moves one along with the shopper's activity.
    pub(super) fn replan(&mut self, settings: &PlanSettings, now: u64) {
        if self.is_going() {
            return;
        }
        self.make_way();
        let latest = self.departure();
        match self.plan.as_ref().map(|plan| &plan.about) {
            Some(About::Cart { .. }) => {
                if let Some(latest) = latest {
                    self.follow(&latest);
                }
            }
            Some(About::Look { .. }) => self.follow_look(),
            Some(About::PriceDrop | About::BackInStock | About::Answer(_)) => {
                self.follow_activity();
            }
            None if !self.may_be_written_to() => {}
            None => match latest.filter(|slot| begins(slot, settings)) {
                Some(latest) => self.depart(&latest, settings, now),
                None => self.look_around(settings, now),
            },
        }
    }

    /// The latest cart about which nobody has spoken yet. One that was too many for the contact moves nothing that another one has begun.
    fn departure(&self) -> Option<Slot> {
        let open = self
            .carts
            .values()
            .filter(|bound| self.is_left(&bound.slot) && bound.conversed != Some(bound.slot.epoch));
        open.map(|bound| &bound.slot)
            .max_by_key(|slot| (!self.vouching.is_beyond(slot.cart), slot.last_activity_at))
            .cloned()
    }

    /// Whether a cart holds something. What was left before an order is not written about after it, whichever cart the order was
    /// in.
    pub(super) fn is_left(&self, slot: &Slot) -> bool {
        slot.status == Status::Open && Some(slot.last_activity_at) > self.ordered_at()
    }

    fn depart(&mut self, latest: &Slot, settings: &PlanSettings, now: u64) {
        let about = About::Cart {
            quote: latest.quote,
        };
        let since = latest.last_activity_at.min(now);
        self.begin(Plan {
            stage: latest.stage,
            ..self.plan_of(about, since, settings)
        });
    }

    fn look_around(&mut self, settings: &PlanSettings, now: u64) {
        let active_at = self.last_activity_at().min(now);
        if let Some(about) = self.look_to_tell(settings.look_ms()) {
            self.begin(self.plan_of(about, active_at, settings));
        } else if let Some((about, at)) = self
            .answer_to_follow(settings)
            .or_else(|| self.news_to_tell(settings, now))
        {
            self.begin(Plan {
                active_at,
                ..self.plan_of(about, at.max(active_at), settings)
            });
        }
    }

    /// A plan that has not begun.
    fn plan_of(&self, about: About, since: u64, settings: &PlanSettings) -> Plan {
        Plan {
            conversation: self.conversation.saturating_add(1),
            settings: settings.clone(),
            sequence: None,
            about,
            arms: Vec::new(),
            current: 0,
            since,
            active_at: since,
            stage: None,
            last_closed_at: None,
            heels: self.sent.iter().map(|sent| sent.at).max(),
            told: None,
        }
    }

    fn begin(&mut self, plan: Plan) {
        self.conversation = plan.conversation;
        self.stopped = None;
        self.plan = Some(plan);
        self.schedule_current();
    }

    /// Whether there is somebody to write to, and nothing forbids it.
    pub(super) fn may_be_written_to(&self) -> bool {
        self.may_be_reached() && !self.is_suppressed_for_good()
    }

    /// When the shopper was last seen, on whichever device, epoch ms.
    pub(super) fn last_activity_at(&self) -> u64 {
        let activities = self.carts.values().map(|bound| bound.slot.last_activity_at);
        activities.max().unwrap_or(0)
    }

    /// The latest look that was not spoken about; none while a cart holds something.
    fn look_to_tell(&self, look_ms: Option<u64>) -> Option<About> {
        let least = look_ms?;
        if self.carts.values().any(|bound| self.is_left(&bound.slot)) {
            return None;
        }
        let looks = self.carts.values().filter_map(|bound| {
            let look = bound.slot.look.as_ref()?;
            let fresh =
                Some(look.visit_at) > bound.looked && Some(look.visit_at) > self.ordered_at();
            (fresh && look.dwell_ms >= least).then_some((bound.slot.cart, look))
        });
        let (cart, look) = looks.max_by_key(|(_, look)| look.visit_at)?;
        Some(About::Look {
            cart,
            look: look.clone(),
        })
    }

    /// Tells what was looked at longest in the last visit, as far as it is worth telling.
    pub(super) fn look_again(&mut self) {
        let Some(plan) = &self.plan else { return };
        if !matches!(plan.about, About::Look { .. }) {
            return;
        }
        let found = self.look_to_tell(plan.settings.look_ms());
        if let Some((plan, about)) = self.plan.as_mut().zip(found) {
            plan.about = about;
        }
    }

    /// The shopper looked on, or has come back: the message counts from there.
    pub(super) fn follow_look(&mut self) {
        self.look_again();
        let active_at = self.last_activity_at();
        let Some(plan) = &mut self.plan else { return };
        if active_at > plan.since {
            plan.since = active_at;
            plan.active_at = active_at;
            self.reschedule();
        }
    }

    /// The shopper has been active: news waits until that has ended.
    pub(super) fn follow_activity(&mut self) {
        let active_at = self.last_activity_at();
        let Some(plan) = self.plan.as_mut().filter(|plan| active_at > plan.active_at) else {
            return;
        };
        plan.active_at = active_at;
        self.reschedule();
    }

    /// A cart goes before what was looked at, and before news: such a plan ends when a cart is begun, unless its message may be
    /// on its way.
    pub(super) fn make_way(&mut self) {
        let Some(plan) = &self.plan else { return };
        let gives_way = match plan.about {
            About::Cart { .. } => false,
            About::Look { .. } => self.carts.values().any(|bound| self.is_left(&bound.slot)),
            About::PriceDrop | About::BackInStock | About::Answer(_) => self
                .departure()
                .is_some_and(|slot| begins(&slot, &plan.settings)),
        };
        let key = DeliveryKey {
            conversation: plan.conversation,
            step: plan.current,
        };
        let is_released = |delivery: &Delivery| matches!(delivery.state, State::Released { .. });
        let may_be_underway = self.may_be_out(key) || self.delivery(key).is_some_and(is_released);
        if gives_way && !may_be_underway {
            let has_spoken = plan.current > 0;
            self.set_state(key, State::Skipped(Skip::CartBegun));
            if has_spoken {
                self.end_conversation();
            }
            self.plan = None;
        }
    }

    /// The conversation is over: none is begun again about what it was about.
    pub(super) fn end_conversation(&mut self) {
        match self.plan.take().map(|plan| plan.about) {
            None | Some(About::Cart { .. }) => {
                for bound in self.carts.values_mut() {
                    bound.conversed = Some(bound.slot.epoch);
                }
            }
            Some(About::Look { cart, look }) => {
                for bound in self.carts.values_mut() {
                    let told = (bound.slot.cart == cart).then_some(look.visit_at);
                    let seen = bound.slot.look.as_ref().map(|look| look.visit_at);
                    bound.looked = bound.looked.max(told).max(seen);
                }
            }
            Some(About::Answer(_)) => self.close_answer(),
            Some(about) => self.close_tidings(&about),
        }
    }

    /// A plan has ended: what waited for that begins.
    pub(super) fn resume(&mut self, settings: Option<PlanSettings>, now: u64) {
        if let Some(settings) = settings.filter(|_| self.plan.is_none()) {
            self.replan(&settings, now);
        }
    }
}

/// Whether a cart that was left begins a conversation in this shop.
fn begins(slot: &Slot, settings: &PlanSettings) -> bool {
    let about = About::Cart { quote: slot.quote };
    settings.start(&about, slot.stage).is_some()
}
