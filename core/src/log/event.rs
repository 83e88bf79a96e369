//! An event as a merchant reads it: plain JSON in the words of `POST /v1/collect`, derived from the record and nothing else.

use super::{ConsentReceipt, PageContext, Stage, What};
use crate::cart::{Dot, LineKey, Op};
use crate::ids::{CartId, ShopperId};
use alloc::{collections::BTreeMap, string::String};
use core::fmt::Display;
use serde::{Serialize, Serializer};

/// A [`What`] in readable form. The order of its fields is part of the export's format.
#[derive(Debug, Serialize)]
#[serde(tag = "t", rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "the kinds and their fields are described in docs/log-export.md"
)]
pub enum Event<'a> {
    Add {
        variant: &'a str,
        #[serde(skip_serializing_if = "BTreeMap::is_empty")]
        options: BTreeMap<&'a str, &'a str>,
        qty: u32,
        epoch: u32,
        clock: Text<u64>,
    },
    Set {
        dot: Text<Dot>,
        qty: u32,
        clock: Text<u64>,
    },
    Remove {
        dots: Dots<'a>,
    },
    Clear {
        dots: Dots<'a>,
    },
    Order {
        order: &'a str,
        dots: Dots<'a>,
    },
    Fork {
        parent: Text<CartId>,
        dots: Dots<'a>,
        generation: u8,
        merged: bool,
    },
    ForkOrdered {
        fork: Text<CartId>,
        dots: Dots<'a>,
    },
    Revoked {
        generation: u8,
    },
    Page(PageEvent<'a>),
    View {
        variant: &'a str,
        ms: u64,
    },
    Exit {
        how: &'a str,
    },
    Checkout {
        stage: Stage,
        #[serde(skip_serializing_if = "Option::is_none")]
        ms: Option<u64>,
        #[serde(skip_serializing_if = "Option::is_none")]
        code: Option<&'a str>,
    },
    Identify {
        shopper: Text<ShopperId>,
        #[serde(skip_serializing_if = "Option::is_none")]
        consent: Option<Consent<'a>>,
    },
    Quote {
        quote: bool,
    },
    Push {
        shopper: Text<ShopperId>,
        here: bool,
        #[serde(skip_serializing_if = "Option::is_none")]
        consent: Option<Consent<'a>>,
    },
}

/// The page and device; what was not said is left out.
#[derive(Debug, Serialize)]
pub struct PageEvent<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    device: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    tz: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    locale: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    referrer: Option<&'a str>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    utm: &'a BTreeMap<String, String>,
}

/// A consent receipt; what was not asked is left out.
#[derive(Debug, Serialize)]
pub struct Consent<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sms: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ads: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    push: Option<bool>,
    wording: &'a str,
    page: &'a str,
}

/// A value in its one spelling, as a JSON string. Clocks are written so because they exceed what a double holds.
#[derive(Debug)]
pub struct Text<T>(T);

impl<T: Display> Serialize for Text<T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(&self.0)
    }
}

/// Names of adds.
#[derive(Debug)]
pub struct Dots<'a>(&'a [Dot]);

impl Serialize for Dots<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.0.iter().map(Text))
    }
}

impl<'a> From<&'a What> for Event<'a> {
    fn from(what: &'a What) -> Self {
        match what {
            What::Lines(op) => op.into(),
            What::Order { dots, order } => Self::Order {
                order,
                dots: Dots(dots),
            },
            What::Fork {
                parent,
                dots,
                generation,
                merged,
            } => Self::Fork {
                parent: Text(*parent),
                dots: Dots(dots),
                generation: *generation,
                merged: *merged,
            },
            What::ForkOrdered { dots, fork } => Self::ForkOrdered {
                fork: Text(*fork),
                dots: Dots(dots),
            },
            What::Revoked { generation } => Self::Revoked {
                generation: *generation,
            },
            What::Page(page) => Self::Page(page.into()),
            What::View { variant, dwell_ms } => Self::View {
                variant,
                ms: *dwell_ms,
            },
            What::Exit { how } => Self::Exit { how },
            What::Checkout {
                stage,
                latency_ms,
                code,
            } => Self::Checkout {
                stage: *stage,
                ms: *latency_ms,
                code: code.as_deref(),
            },
            What::Identified { shopper, consent } => Self::Identify {
                shopper: Text(*shopper),
                consent: consent.as_ref().map(Into::into),
            },
            What::Quote { quote } => Self::Quote { quote: *quote },
            What::Push {
                shopper,
                here,
                agreed,
                wording,
                page,
            } => Self::Push {
                shopper: Text(*shopper),
                here: *here,
                consent: agreed.map(|agreed| Consent {
                    email: None,
                    sms: None,
                    ads: None,
                    push: Some(agreed),
                    wording,
                    page,
                }),
            },
        }
    }
}

impl<'a> From<&'a Op> for Event<'a> {
    fn from(op: &'a Op) -> Self {
        match op {
            Op::Add {
                epoch,
                clock,
                line,
                qty,
            } => Self::Add {
                variant: line.variant().as_str(),
                options: LineKey::options(line).collect(),
                qty: qty.get(),
                epoch: *epoch,
                clock: Text(clock.0),
            },
            Op::Set { clock, dot, qty } => Self::Set {
                dot: Text(*dot),
                qty: qty.get(),
                clock: Text(clock.0),
            },
            Op::Remove { dots } => Self::Remove { dots: Dots(dots) },
            Op::Close { dots } => Self::Clear { dots: Dots(dots) },
        }
    }
}

impl<'a> From<&'a PageContext> for PageEvent<'a> {
    fn from(page: &'a PageContext) -> Self {
        Self {
            device: page.device.as_deref(),
            tz: page.tz.as_deref(),
            locale: page.locale.as_deref(),
            currency: page.currency.as_deref(),
            referrer: page.referrer.as_deref(),
            utm: &page.utm,
        }
    }
}

impl<'a> From<&'a ConsentReceipt> for Consent<'a> {
    fn from(receipt: &'a ConsentReceipt) -> Self {
        Self {
            email: receipt.email,
            sms: receipt.sms,
            ads: receipt.ads,
            push: None,
            wording: &receipt.wording,
            page: &receipt.page,
        }
    }
}
