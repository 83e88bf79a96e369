//! What of a shop's configuration a plan begins with.

use super::plan::is_checkout;
use crate::experiment::earliest_start;
use crate::log::Stage;
use crate::sequence::{Sequence, Template, Thresholds, Trigger};
use crate::shop::ShopConfig;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What of a shop's configuration a plan begins with. It goes along with every slot, so that a Shopper need not ask.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanSettings {
    /// When a cart counts as left, where a sequence says nothing else.
    pub thresholds: Thresholds,
    /// For a cart; `None` where no sequence is for one.
    cart: Option<Start>,
    /// For a checkout.
    checkout: Option<Start>,
    /// For a failed payment.
    payment_failed: Option<Start>,
}

/// The earliest that any sequence begins which may fit.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Start {
    /// The earliest first step, ms after the last activity.
    pub after_ms: u64,
    /// The shortest rest, ms.
    pub rest_ms: u64,
    /// The steps of the likely sequence: the first by priority that is for everybody. After how many ms, and which message.
    pub likely: Vec<(u64, Template)>,
}

impl PlanSettings {
    /// From a shop's configuration.
    pub fn of(config: &ShopConfig) -> Self {
        let starting = |stage: Option<Stage>| start(config, stage);
        Self {
            thresholds: config.thresholds,
            cart: starting(None),
            checkout: starting(Some(Stage::Started)),
            payment_failed: starting(Some(Stage::PaymentFailed)),
        }
    }

    pub(super) fn start(&self, stage: Option<Stage>) -> Option<&Start> {
        match stage {
            Some(Stage::PaymentFailed) => self.payment_failed.as_ref(),
            stage if is_checkout(stage) => self.checkout.as_ref(),
            _ => self.cart.as_ref(),
        }
    }
}

fn start(config: &ShopConfig, stage: Option<Stage>) -> Option<Start> {
    let mut may: Vec<&Sequence> = config
        .sequences
        .iter()
        .filter(|sequence| config.may_use(sequence) && may_begin(&sequence.trigger, stage))
        .collect();
    may.sort_by_key(|sequence| core::cmp::Reverse(sequence.priority));
    let likely = may
        .iter()
        .find(|sequence| sequence.when.is_none() && sequence.flag.is_none());
    let steps = likely.map_or(&[][..], |sequence| sequence.steps.as_slice());
    Some(Start {
        after_ms: may
            .iter()
            .filter_map(|sequence| earliest_start(config, sequence))
            .min()?,
        rest_ms: may
            .iter()
            .map(|sequence| {
                sequence
                    .trigger
                    .threshold_ms(&config.thresholds, is_checkout(stage))
            })
            .min()?,
        likely: steps
            .iter()
            .map(|step| (step.after_ms, step.template))
            .collect(),
    })
}

/// Whether a trigger may begin with a checkout that went as far as this, whatever its own fields say.
fn may_begin(trigger: &Trigger, stage: Option<Stage>) -> bool {
    match trigger {
        Trigger::Cart { .. } => true,
        Trigger::Checkout { .. } => is_checkout(stage) && stage != Some(Stage::PaymentFailed),
        Trigger::PaymentFailed { .. } => stage == Some(Stage::PaymentFailed),
        _ => false,
    }
}
