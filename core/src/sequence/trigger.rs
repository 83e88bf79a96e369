//! What begins a sequence.

use super::Thresholds;
use crate::document::{Problems, text::Text, text::shown};
use crate::log::Stage;
use crate::rules::stage_name;
use crate::survey::Answer;
use alloc::{format, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// What begins a sequence. With each, `threshold_ms` says how long the shopper must have been quiet, ms, 1 s to 30 days; where it
/// is not given, the shop's thresholds apply.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(transform = crate::schema::threshold)
)]
#[serde(
    rename_all = "snake_case",
    deny_unknown_fields,
    expecting = "an object with one key: browse, cart, checkout, payment_failed, price_drop, back_in_stock, quote or answer"
)]
pub enum Trigger {
    /// Products were looked at, and none was put into a cart.
    Browse {
        /// Least time on one product's page, ms, 1 s to 1 h.
        #[cfg_attr(feature = "schema", schemars(range(min = 1_000, max = 3_600_000)))]
        min_dwell_ms: u64,
        /// How long the shopper must have been quiet, ms.
        threshold_ms: Option<u64>,
    },
    /// A cart was left: before its checkout, in it, or because its payment failed. A sequence for those alone needs the higher
    /// priority.
    Cart {
        /// How long the shopper must have been quiet, ms.
        threshold_ms: Option<u64>,
    },
    /// A checkout was left.
    Checkout {
        /// The stages at which it may have been left; any where none is named.
        #[serde(default)]
        #[cfg_attr(
            feature = "schema",
            schemars(schema_with = "crate::schema::stages_or_none")
        )]
        stages: Vec<Stage>,
        /// How long the shopper must have been quiet, ms.
        threshold_ms: Option<u64>,
    },
    /// A payment failed.
    PaymentFailed {
        /// The error codes that count, as the shop or its provider names them; any where none is named. Case does not matter.
        #[serde(default)]
        #[cfg_attr(
            feature = "schema",
            schemars(length(max = 50), extend("uniqueItems" = true))
        )]
        codes: Vec<Text>,
        /// How long the shopper must have been quiet, ms.
        threshold_ms: Option<u64>,
    },
    /// Something in a cart that was left costs less.
    PriceDrop {
        /// By at least so much, whole percent, 1 to 99.
        #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 99)))]
        min_percent: u8,
        /// How long the shopper must have been quiet, ms.
        threshold_ms: Option<u64>,
    },
    /// Something in a cart that was left can be bought again.
    BackInStock {
        /// How long the shopper must have been quiet, ms.
        threshold_ms: Option<u64>,
    },
    /// A business buyer's quote was left.
    Quote {
        /// How long the shopper must have been quiet, ms.
        threshold_ms: Option<u64>,
    },
    /// A survey was answered, and something is still left.
    Answer {
        /// The answers that count; any where none is named.
        #[serde(default)]
        #[cfg_attr(
            feature = "schema",
            schemars(length(max = 9), extend("uniqueItems" = true))
        )]
        answers: Vec<Answer>,
        /// How long the shopper must have been quiet, ms.
        threshold_ms: Option<u64>,
    },
}

/// What happened; the counterpart of a trigger.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Occasion {
    /// A product was looked at.
    Browse {
        /// For how long, ms.
        dwell_ms: u64,
    },
    /// A cart was left.
    Cart,
    /// A checkout was left.
    Checkout {
        /// At which stage.
        stage: Stage,
    },
    /// A payment failed.
    PaymentFailed {
        /// The error's code, where there was one.
        code: Option<String>,
    },
    /// A price fell.
    PriceDrop {
        /// By how much, whole percent, rounded down.
        percent: u8,
    },
    /// Something can be bought again.
    BackInStock,
    /// A quote was left.
    Quote,
    /// A survey was answered.
    Answer(Answer),
}

const SECOND: u64 = 1_000;
const MINUTE: u64 = 60 * SECOND;
const DAY: u64 = 1_440 * MINUTE;

impl Trigger {
    /// Its key in a document.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Browse { .. } => "browse",
            Self::Cart { .. } => "cart",
            Self::Checkout { .. } => "checkout",
            Self::PaymentFailed { .. } => "payment_failed",
            Self::PriceDrop { .. } => "price_drop",
            Self::BackInStock { .. } => "back_in_stock",
            Self::Quote { .. } => "quote",
            Self::Answer { .. } => "answer",
        }
    }

    /// How long the shopper must have been quiet, ms: its own word, or the shop's for a checkout that went as far as `stage`.
    pub fn threshold_ms(&self, shop: &Thresholds, stage: Option<Stage>) -> u64 {
        let (own, default) = match self {
            Self::Cart { threshold_ms } => (threshold_ms, shop.left_ms(stage)),
            // Without a stage: as at its beginning.
            Self::Checkout { threshold_ms, .. } => {
                let stage = stage.filter(|stage| *stage != Stage::PaymentSucceeded);
                let stage = stage.unwrap_or(Stage::Started);
                (threshold_ms, shop.left_ms(Some(stage)))
            }
            Self::PaymentFailed { threshold_ms, .. } => (threshold_ms, shop.failed_ms()),
            Self::Browse { threshold_ms, .. } => (threshold_ms, shop.looked_ms()),
            Self::PriceDrop { threshold_ms, .. }
            | Self::BackInStock { threshold_ms }
            | Self::Quote { threshold_ms }
            | Self::Answer { threshold_ms, .. } => (threshold_ms, shop.cart_ms),
        };
        own.unwrap_or(default)
    }

    /// Whether `occasion` begins it, and what it saw as part of a sentence.
    pub fn judge(&self, occasion: &Occasion) -> (bool, String) {
        let against = |holds: bool| if holds { "at least" } else { "below" };
        match (self, occasion) {
            (Self::Browse { min_dwell_ms, .. }, Occasion::Browse { dwell_ms }) => {
                let holds = dwell_ms >= min_dwell_ms;
                let (seen, least) = (dwell_ms / SECOND, min_dwell_ms / SECOND);
                let place = against(holds);
                let words = format!("a product was looked at for {seen} s, {place} {least} s");
                (holds, words)
            }
            (Self::Checkout { stages, .. }, Occasion::Checkout { stage }) => {
                let holds = stages.is_empty() || stages.contains(stage);
                let other = if holds {
                    ""
                } else {
                    ", which is another stage"
                };
                let name = stage_name(*stage);
                (holds, format!("a checkout was left at {name}{other}"))
            }
            (Self::PaymentFailed { codes, .. }, Occasion::PaymentFailed { code }) => {
                let listed = |code: &String| codes.iter().any(|wanted| wanted.is(code));
                let holds = codes.is_empty() || code.as_ref().is_some_and(listed);
                let other = if holds { "" } else { ", which is another code" };
                let code = code.as_deref().map_or(String::from("no code"), shown);
                (holds, format!("a payment failed with {code}{other}"))
            }
            (Self::PriceDrop { min_percent, .. }, Occasion::PriceDrop { percent }) => {
                let holds = percent >= min_percent;
                let place = against(holds);
                (
                    holds,
                    format!("a price fell by {percent} %, {place} {min_percent} %"),
                )
            }
            (Self::Answer { answers, .. }, Occasion::Answer(answer)) => {
                let holds = answers.is_empty() || answers.contains(answer);
                let other = if holds {
                    ""
                } else {
                    ", which is another answer"
                };
                let code = answer.code();
                (holds, format!("a survey was answered with {code}{other}"))
            }
            (
                Self::Cart { .. },
                Occasion::Cart | Occasion::Checkout { .. } | Occasion::PaymentFailed { .. },
            )
            | (Self::BackInStock { .. }, Occasion::BackInStock)
            | (Self::Quote { .. }, Occasion::Quote) => (true, String::from(occasion.words())),
            _ => (
                false,
                format!(
                    "{}, and {} begins it",
                    occasion.words(),
                    self.words_of_kind()
                ),
            ),
        }
    }

    fn words_of_kind(&self) -> &'static str {
        match self {
            Self::Browse { .. } => "a look at a product",
            Self::Cart { .. } => "a cart that was left",
            Self::Checkout { .. } => "a checkout that was left",
            Self::PaymentFailed { .. } => "a failed payment",
            Self::PriceDrop { .. } => "a fallen price",
            Self::BackInStock { .. } => "a product's return",
            Self::Quote { .. } => "a quote that was left",
            Self::Answer { .. } => "an answer to a survey",
        }
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        problems.field(self.name(), |problems| {
            let threshold_ms = match self {
                Self::Browse {
                    min_dwell_ms,
                    threshold_ms,
                } => {
                    problems.within("min_dwell_ms", Some(*min_dwell_ms), SECOND..=60 * MINUTE);
                    threshold_ms
                }
                Self::Checkout {
                    stages,
                    threshold_ms,
                } => {
                    problems.field("stages", |problems| problems.list(stages, 0..=7));
                    threshold_ms
                }
                Self::PaymentFailed {
                    codes,
                    threshold_ms,
                } => {
                    problems.field("codes", |problems| problems.list(codes, 0..=50));
                    threshold_ms
                }
                Self::PriceDrop {
                    min_percent,
                    threshold_ms,
                } => {
                    problems.within("min_percent", Some(*min_percent), 1..=99);
                    threshold_ms
                }
                Self::Answer {
                    answers,
                    threshold_ms,
                } => {
                    problems.field("answers", |problems| problems.list(answers, 0..=9));
                    threshold_ms
                }
                Self::Cart { threshold_ms }
                | Self::BackInStock { threshold_ms }
                | Self::Quote { threshold_ms } => threshold_ms,
            };
            problems.within("threshold_ms", *threshold_ms, SECOND..=30 * DAY);
        });
    }
}

impl Occasion {
    fn words(&self) -> &'static str {
        match self {
            Self::Browse { .. } => "a product was looked at",
            Self::Cart => "a cart was left",
            Self::Checkout { .. } => "a checkout was left",
            Self::PaymentFailed { .. } => "a payment failed",
            Self::PriceDrop { .. } => "a price fell",
            Self::BackInStock => "a product came back",
            Self::Quote => "a quote was left",
            Self::Answer(_) => "a survey was answered",
        }
    }
}
