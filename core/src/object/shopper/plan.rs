//! The plan: which step comes next, and when.

use super::about::About;
use super::{PlanSettings, Shopper, Start, ViewDelivery};
use crate::delivery::{Approval, Delivery, DeliveryKey, Echo, State};
use crate::experiment::Enrolled;
use crate::log::Stage;
use crate::object::cart::Slot;
use crate::sequence::{Sequence, Template};
use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// A conversation under way. Its sequence is chosen when its first step is decided about, because only then the cart's lines and
/// prices are looked at; from then on the plan keeps its own copy: editing a sequence does not change what people walk through.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Plan {
    pub(super) conversation: u16,
    pub(super) settings: PlanSettings,
    pub(super) sequence: Option<Sequence>,
    pub(super) about: About,
    /// The arms that this copy was made with.
    pub(super) arms: Vec<Enrolled>,
    /// The step that is scheduled or on its way.
    pub(super) current: u8,
    /// What every step counts from, epoch ms: the shopper's last activity, or the news.
    pub(super) since: u64,
    /// The shopper's last activity, epoch ms: nobody is written to who is in the shop.
    pub(super) active_at: u64,
    /// How far the checkout went.
    pub(super) stage: Option<Stage>,
    /// When the step before was closed, epoch ms.
    pub(super) last_closed_at: Option<u64>,
    /// The latest message before this conversation, epoch ms: one does not follow on another's heels.
    pub(super) heels: Option<u64>,
    /// When that was left which the conversation's latest message shows, epoch ms; `None` before the first message is made.
    pub(super) told: Option<u64>,
}

impl Plan {
    /// What a step's time is reckoned from before a sequence is chosen.
    fn start(&self) -> Option<&Start> {
        self.settings.start(&self.about, self.stage)
    }

    fn after_ms(&self, n: u8) -> Option<u64> {
        match &self.sequence {
            Some(sequence) => sequence.steps.get(usize::from(n)).map(|step| step.after_ms),
            None => self.start().filter(|_| n == 0).map(|start| start.after_ms),
        }
    }

    pub(super) fn template(&self, n: u8) -> Option<Template> {
        match &self.sequence {
            Some(sequence) => sequence.steps.get(usize::from(n)).map(|step| step.template),
            None => self
                .start()
                .and_then(|start| start.likely.get(usize::from(n)))
                .map(|(_, template)| *template)
                .or((n == 0).then_some(Template::Reminder)),
        }
    }

    /// Whether an order ends this conversation. One from before the shopper's last activity belongs to an earlier story, and may
    /// become known late: by a browser, or by a join. It ends nothing that has told of later things only; but what shows things that
    /// were left before it is neither tried again nor carried on. What was left after the order begins a conversation of its own.
    pub(super) fn is_ended_by(&self, ordered_at: Option<u64>) -> bool {
        let of = |at: u64| Some(at) <= ordered_at;
        of(self.since) || self.told.is_some_and(of)
    }

    /// How long a cart must have rested, ms.
    pub(super) fn rest_ms(&self, sequence: Option<&Sequence>, stage: Option<Stage>) -> u64 {
        match sequence.or(self.sequence.as_ref()) {
            Some(sequence) => sequence
                .trigger
                .threshold_ms(&self.settings.thresholds, stage),
            None => self.settings.rest_ms(&self.about, stage),
        }
    }

    /// When step `n` is due. After a delay (a pause, a fault) steps keep half of their planned distance instead of all
    /// coming at once.
    pub(super) fn due_at(&self, n: u8) -> Option<u64> {
        let after_ms = self.after_ms(n)?;
        let planned = self.planned(after_ms, self.rest_ms(None, self.stage));
        let before = n.checked_sub(1).and_then(|n| self.after_ms(n));
        let spaced = self
            .last_closed_at
            .zip(before)
            .map(|(closed, before)| closed.saturating_add(after_ms.saturating_sub(before) / 2));
        let not_before = self.heels.map_or(0, |at| at.saturating_add(after_ms));
        Some(planned.max(spaced.unwrap_or(not_before)))
    }

    /// When what comes `after_ms` may go at the earliest, where the shopper must have been quiet for `rest_ms`.
    fn planned(&self, after_ms: u64, rest_ms: u64) -> u64 {
        let rested = self.active_at.saturating_add(rest_ms);
        self.since.saturating_add(after_ms).max(rested)
    }

    /// When the first step of `sequence` would be due, were it chosen, epoch ms.
    pub(super) fn starts_at(&self, sequence: &Sequence) -> u64 {
        let after_ms = sequence.steps.first().map_or(0, |step| step.after_ms);
        let planned = self.planned(after_ms, self.rest_ms(Some(sequence), self.stage));
        planned.max(self.heels.map_or(0, |at| at.saturating_add(after_ms)))
    }
}

impl Shopper {
    /// The shopper has been active: the step that waits counts from there.
    pub(super) fn follow(&mut self, slot: &Slot) {
        let Some(plan) = &mut self.plan else { return };
        let about = About::Cart { quote: slot.quote };
        match plan.about {
            About::Cart { .. } => {}
            About::Look { .. } => return self.follow_look(),
            About::PriceDrop | About::BackInStock | About::Answer(_) => {
                return self.follow_activity();
            }
        }
        if slot.last_activity_at <= plan.since && plan.stage == slot.stage && plan.about == about {
            return;
        }
        plan.since = plan.since.max(slot.last_activity_at);
        plan.active_at = plan.since;
        plan.stage = slot.stage;
        plan.about = about;
        self.reschedule();
    }

    /// Sets the waiting step's time anew.
    pub(super) fn reschedule(&mut self) {
        let Some(plan) = &self.plan else { return };
        let (key, due_at, template) = (
            DeliveryKey {
                conversation: plan.conversation,
                step: plan.current,
            },
            plan.due_at(plan.current),
            plan.template(plan.current),
        );
        // A delivery that was tried before keeps its own retry time.
        let waiting = self.deliveries.iter_mut().find(|delivery| {
            delivery.key == key && delivery.attempts == 0 && !delivery.state.is_closed()
        });
        if let (Some(delivery), Some(due_at), Some(template)) = (waiting, due_at, template) {
            delivery.due_at = due_at;
            delivery.template = template;
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
        match (plan.due_at(plan.current), plan.template(plan.current)) {
            (Some(due_at), Some(template)) => self.deliveries.push(Delivery {
                key,
                template,
                offer: None,
                channel: None,
                due_at,
                state: State::Scheduled,
                attempts: 0,
                uncertain: false,
                counted_at: None,
                frozen: None,
                first_released_at: None,
                provider: None,
                approval: Approval::Unasked,
                waited: false,
                decisions: Vec::new(),
                echo: Echo::default(),
            }),
            _ => self.end_conversation(),
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
        let settings = plan.settings.clone();
        // A cart that was begun meanwhile is a conversation of its own.
        self.make_way();
        self.schedule_current();
        self.resume(Some(settings), now);
    }

    /// Steps after the current one, when nothing changes; before a sequence is chosen, the likely ones.
    pub(super) fn upcoming(&self) -> Vec<ViewDelivery> {
        let Some(plan) = &self.plan else {
            return Vec::new();
        };
        let steps: Vec<(u64, Template)> = match &plan.sequence {
            Some(sequence) => sequence
                .steps
                .iter()
                .map(|step| (step.after_ms, step.template))
                .collect(),
            None => plan
                .start()
                .map(|start| start.likely.clone())
                .unwrap_or_default(),
        };
        let rest = plan.rest_ms(None, plan.stage);
        let steps = steps
            .into_iter()
            .enumerate()
            .skip(usize::from(plan.current).saturating_add(1));
        steps
            .map(|(n, (after_ms, template))| ViewDelivery {
                conversation: plan.conversation,
                step: u8::try_from(n).unwrap_or(u8::MAX),
                template: String::from(template.name()),
                state: String::from("planned"),
                due_at: plan.planned(after_ms, rest),
                attempts: 0,
                crossed: false,
                offer: None,
                channel: None,
                reason: None,
                sentence: None,
                decisions: Vec::new(),
                provider: None,
                echo: Echo::default(),
                trace: None,
                replays: 0,
            })
            .collect()
    }
}

/// Whether a checkout is under way.
pub(super) fn is_checkout(stage: Option<Stage>) -> bool {
    stage.is_some_and(|stage| stage != Stage::PaymentSucceeded)
}
