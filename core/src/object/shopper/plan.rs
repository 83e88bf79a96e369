//! The plan: which step comes next, and when.

use super::{PlanSettings, Shopper, ViewDelivery};
use crate::delivery::{Delivery, DeliveryKey, State};
use crate::log::Stage;
use crate::object::cart::{Slot, Status};
use crate::sequence::{Step, Thresholds};
use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// A sequence under way. It keeps its own copy of the sequence: editing one does not change what people already walk through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) conversation: u16,
    pub(super) thresholds: Thresholds,
    pub(super) steps: Vec<Step>,
    /// The step that is scheduled or on its way.
    pub(super) current: u8,
    /// The shopper's last activity, from which every step counts, epoch ms.
    pub(super) since: u64,
    /// How far the checkout went.
    pub(super) checkout: bool,
    /// When the step before was closed, epoch ms.
    pub(super) last_closed_at: Option<u64>,
    /// The first step waits for this, epoch ms: one conversation does not follow on another's heels.
    pub(super) not_before: u64,
}

impl Plan {
    fn threshold(&self) -> u64 {
        if self.checkout {
            self.thresholds.checkout_ms
        } else {
            self.thresholds.cart_ms
        }
    }

    /// When step `n` is due. After a delay (a pause, a fault) steps keep half of their planned distance instead of all
    /// coming at once.
    fn due_at(&self, n: u8) -> Option<u64> {
        let step = self.steps.get(usize::from(n))?;
        let planned = self
            .since
            .saturating_add(step.after_ms.max(self.threshold()));
        let before = n
            .checked_sub(1)
            .and_then(|n| self.steps.get(usize::from(n)));
        let spaced = self.last_closed_at.zip(before).map(|(closed, before)| {
            closed.saturating_add(step.after_ms.saturating_sub(before.after_ms) / 2)
        });
        Some(planned.max(spaced.unwrap_or(self.not_before)))
    }
}

impl Shopper {
    /// Begins a plan where there is something to say and somebody to say it to; moves one along with the shopper's activity.
    pub(super) fn replan(&mut self, settings: &PlanSettings, now: u64) {
        let open = self.carts.values().filter(|bound| {
            bound.slot.status == Status::Open
                && bound.conversed != Some(bound.slot.epoch)
                // What was left before an order is not written about after it, whichever cart the order was in.
                && Some(bound.slot.last_activity_at) > self.ordered_at
        });
        let Some(latest) = open
            .map(|bound| &bound.slot)
            .max_by_key(|slot| slot.last_activity_at)
            .cloned()
        else {
            return;
        };
        if self.plan.is_some() {
            self.follow(&latest);
        } else if self.email.is_some()
            && self.consent.email
            && self.suppressions.is_empty()
            && !settings.sequence.is_empty()
        {
            self.conversation = self.conversation.saturating_add(1);
            self.stopped = None;
            let first = settings.sequence.first().map_or(0, |step| step.after_ms);
            let not_before = self.sent_at.map_or(0, |at| at.saturating_add(first));
            self.plan = Some(Plan {
                conversation: self.conversation,
                thresholds: settings.thresholds,
                steps: settings.sequence.clone(),
                current: 0,
                since: latest.last_activity_at.min(now),
                checkout: is_checkout(&latest),
                last_closed_at: None,
                not_before,
            });
            self.schedule_current();
        }
    }

    /// The shopper has been active: the step that waits counts from there.
    pub(super) fn follow(&mut self, slot: &Slot) {
        let Some(plan) = &mut self.plan else { return };
        if slot.last_activity_at <= plan.since && plan.checkout == is_checkout(slot) {
            return;
        }
        plan.since = plan.since.max(slot.last_activity_at);
        plan.checkout = is_checkout(slot);
        let (key, due_at) = (
            DeliveryKey {
                conversation: plan.conversation,
                step: plan.current,
            },
            plan.due_at(plan.current),
        );
        // A delivery that was tried before keeps its own retry time.
        let waiting = self.deliveries.iter_mut().find(|delivery| {
            delivery.key == key && delivery.attempts == 0 && !delivery.state.is_closed()
        });
        if let (Some(delivery), Some(due_at)) = (waiting, due_at) {
            delivery.due_at = due_at;
            delivery.state = State::Scheduled;
        }
    }

    /// Puts the plan's current step among the deliveries; ends the plan after the last.
    pub(super) fn schedule_current(&mut self) {
        let Some(plan) = &self.plan else { return };
        let key = DeliveryKey {
            conversation: plan.conversation,
            step: plan.current,
        };
        match (
            plan.due_at(plan.current),
            plan.steps.get(usize::from(plan.current)),
        ) {
            (Some(due_at), Some(step)) => self.deliveries.push(Delivery {
                key,
                template: step.template,
                due_at,
                state: State::Scheduled,
                attempts: 0,
                uncertain: false,
                frozen: None,
                first_released_at: None,
                provider: None,
            }),
            _ => {
                self.plan = None;
                for bound in self.carts.values_mut() {
                    bound.conversed = Some(bound.slot.epoch);
                }
            }
        }
    }

    /// Goes on after `key` was closed at `now`.
    pub(super) fn advance(&mut self, key: DeliveryKey, now: u64) {
        let Some(plan) = self
            .plan
            .as_mut()
            .filter(|plan| plan.conversation == key.conversation && plan.current == key.step)
        else {
            return;
        };
        plan.current = plan.current.saturating_add(1);
        plan.last_closed_at = Some(now);
        self.schedule_current();
    }

    /// The earliest time at which every open cart has rested long enough; `None` when all have.
    pub(super) fn rests_until(&self, now: u64) -> Option<u64> {
        let plan = self.plan.as_ref()?;
        let open = self
            .carts
            .values()
            .map(|bound| &bound.slot)
            .filter(|slot| slot.status == Status::Open);
        let rested = open.map(|slot| {
            let threshold = if is_checkout(slot) {
                plan.thresholds.checkout_ms
            } else {
                plan.thresholds.cart_ms
            };
            slot.last_activity_at.saturating_add(threshold)
        });
        rested.max().filter(|until| *until > now)
    }

    /// Steps after the current one, when nothing changes.
    pub(super) fn upcoming(&self) -> Vec<ViewDelivery> {
        let Some(plan) = &self.plan else {
            return Vec::new();
        };
        let rest = plan
            .steps
            .iter()
            .enumerate()
            .skip(usize::from(plan.current).saturating_add(1));
        rest.map(|(n, step)| ViewDelivery {
            conversation: plan.conversation,
            step: u8::try_from(n).unwrap_or(u8::MAX),
            template: String::from(step.template.name()),
            state: String::from("planned"),
            due_at: plan
                .since
                .saturating_add(step.after_ms.max(plan.threshold())),
            attempts: 0,
            crossed: false,
            reason: None,
            sentence: None,
        })
        .collect()
    }
}

fn is_checkout(slot: &Slot) -> bool {
    slot.stage
        .is_some_and(|stage| stage != Stage::PaymentSucceeded)
}
