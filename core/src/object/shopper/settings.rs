//! What of a shop's configuration a plan begins with.

use super::about::About;
use super::plan::is_checkout;
use crate::experiment::earliest_start;
use crate::log::Stage;
use crate::news::Interest;
use crate::sequence::{Sequence, Template, Thresholds, Trigger};
use crate::shop::ShopConfig;
use crate::survey::Answer;
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
    /// For a quote.
    quote: Option<Start>,
    /// For a product that was looked at.
    browse: Option<Start>,
    /// For a price that fell.
    price_drop: Option<Start>,
    /// The least fall of a price that any sequence cares for, whole percent.
    pub(super) least_percent: u8,
    /// For a return to stock.
    back_in_stock: Option<Start>,
    /// For answers to a survey; one for which there is no sequence is not in it.
    answers: Vec<(Answer, Start)>,
    /// Stages at which a checkout rests for another time than at its beginning, ms.
    stage_rests: Vec<(Stage, u64)>,
    /// The shortest look that any sequence cares for, ms.
    look_ms: Option<u64>,
    /// Whether the shop sends text messages.
    texts: bool,
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

/// The stages of a checkout between its beginning and its payment.
const STAGES: [Stage; 4] = [
    Stage::Contact,
    Stage::Shipping,
    Stage::Price,
    Stage::PaymentStarted,
];

impl PlanSettings {
    /// From a shop's configuration.
    pub fn of(config: &ShopConfig) -> Self {
        let departure = |stage: Option<Stage>| start(config, stage, |trigger| left(trigger, stage));
        let checkout = departure(Some(Stage::Started));
        let rests = STAGES.into_iter().filter_map(|stage| {
            let rest_ms = departure(Some(stage))?.rest_ms;
            (Some(rest_ms) != checkout.as_ref().map(|start| start.rest_ms))
                .then_some((stage, rest_ms))
        });
        let looks = config
            .sequences
            .iter()
            .filter_map(|sequence| match sequence.trigger {
                Trigger::Browse { min_dwell_ms, .. } => Some(min_dwell_ms),
                _ => None,
            });
        Self {
            thresholds: config.thresholds,
            cart: departure(None),
            stage_rests: rests.collect(),
            payment_failed: departure(Some(Stage::PaymentFailed)),
            quote: start(config, None, |on| matches!(on, Trigger::Quote { .. })),
            browse: start(config, None, |on| matches!(on, Trigger::Browse { .. })),
            price_drop: start(config, None, |on| matches!(on, Trigger::PriceDrop { .. })),
            least_percent: Interest::of(&config.sequences).percent.unwrap_or(100),
            back_in_stock: start(config, None, |on| matches!(on, Trigger::BackInStock { .. })),
            answers: Answer::ALL
                .into_iter()
                .filter_map(|answer| {
                    let begins = |on: &Trigger| {
                        matches!(on, Trigger::Answer { answers, .. }
                            if answers.is_empty() || answers.contains(&answer))
                    };
                    Some((answer, start(config, None, begins)?))
                })
                .collect(),
            look_ms: looks.min(),
            texts: config.sends_texts(),
            checkout,
        }
    }

    /// How often a cart tells what is not urgent, ms: a pause as long counts as leaving.
    pub fn push_every_ms(&self) -> u64 {
        self.thresholds.shortest_ms().max(5_000)
    }

    /// For how long nobody has to be there until a cart counts as left whose checkout went as far as this, ms: what the shortest of the
    /// sequences says that may begin with it.
    pub fn left_after_ms(&self, stage: Option<Stage>, quote: bool) -> u64 {
        self.rest_ms(&About::Cart { quote }, stage)
    }

    /// The shortest look at a product that any sequence cares for, ms; `None`: none does.
    pub fn look_ms(&self) -> Option<u64> {
        self.look_ms
    }

    /// Whether a sequence cares for news of what was left.
    pub fn watches(&self) -> bool {
        self.price_drop.is_some() || self.back_in_stock.is_some()
    }

    /// Whether the shop sends text messages.
    pub fn texts(&self) -> bool {
        self.texts
    }

    pub(super) fn start(&self, about: &About, stage: Option<Stage>) -> Option<&Start> {
        match about {
            About::Cart { quote: true } => self.quote.as_ref(),
            About::Look { .. } => self.browse.as_ref(),
            About::PriceDrop => self.price_drop.as_ref(),
            About::BackInStock => self.back_in_stock.as_ref(),
            About::Answer(answer) => {
                let mut starts = self.answers.iter();
                let found = starts.find(|(known, _)| known == answer)?;
                Some(&found.1)
            }
            About::Cart { quote: false } => match stage {
                Some(Stage::PaymentFailed) => self.payment_failed.as_ref(),
                stage if is_checkout(stage) => self.checkout.as_ref(),
                _ => self.cart.as_ref(),
            },
        }
    }

    /// The shortest that a shopper must have been quiet for any sequence, ms.
    pub(super) fn rest_ms(&self, about: &About, stage: Option<Stage>) -> u64 {
        let named = |(named, _): &&(Stage, u64)| Some(*named) == stage;
        let of_stage = match about {
            About::Cart { quote: false } => self.stage_rests.iter().find(named),
            _ => None,
        };
        match of_stage {
            Some((_, rest_ms)) => *rest_ms,
            None => self
                .start(about, stage)
                .map_or(self.thresholds.cart_ms, |start| start.rest_ms),
        }
    }
}

fn start(
    config: &ShopConfig,
    stage: Option<Stage>,
    may_begin: impl Fn(&Trigger) -> bool,
) -> Option<Start> {
    let mut may: Vec<&Sequence> = config
        .sequences
        .iter()
        .filter(|sequence| config.may_use(sequence) && may_begin(&sequence.trigger))
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
            .map(|sequence| sequence.trigger.threshold_ms(&config.thresholds, stage))
            .min()?,
        likely: steps
            .iter()
            .map(|step| (step.after_ms, step.template))
            .collect(),
    })
}

/// Whether a trigger may begin with a cart whose checkout went as far as this, whatever its own fields say.
fn left(trigger: &Trigger, stage: Option<Stage>) -> bool {
    match trigger {
        Trigger::Cart { .. } => true,
        Trigger::Checkout { .. } => is_checkout(stage) && stage != Some(Stage::PaymentFailed),
        Trigger::PaymentFailed { .. } => stage == Some(Stage::PaymentFailed),
        _ => false,
    }
}
