//! What a preview is asked for.

use crate::error::Problem;
use homing_core::cart::{LineKey, LineView, Quantity, Variant};
use homing_core::channel::Channel;
use homing_core::experiment::{ArmId, ExperimentId};
use homing_core::ids::CartId;
use homing_core::sequence::Sequence;
use homing_core::shop::{FieldError, ShopConfig};
use serde::Deserialize;
use serde_json::value::RawValue;
use std::collections::BTreeMap;

/// Sample lines at most.
const MAX_LINES: usize = 50;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Asked {
    /// The id of one of the shop's, or one that is not saved.
    sequence: Box<RawValue>,
    #[serde(default)]
    pub step: u8,
    pub channel: Option<Channel>,
    locale: Option<String>,
    #[serde(default)]
    pub arms: BTreeMap<ExperimentId, ArmId>,
    cart: Option<String>,
    lines: Option<Vec<Line>>,
    pub to: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    variant: String,
    qty: Option<u32>,
    #[serde(default)]
    options: BTreeMap<String, String>,
}

impl Asked {
    /// The sequence: the shop's own of this id, or the one that is given, checked as a configuration's would be.
    pub fn sequence(&self, config: &ShopConfig) -> Result<Sequence, Problem> {
        let given = self.sequence.get();
        if let Ok(id) = serde_json::from_str::<String>(given) {
            let mut known = config.sequences.iter();
            return known
                .find(|sequence| sequence.id.as_str() == id)
                .cloned()
                .ok_or_else(|| {
                    wrong(
                        "sequence",
                        "the id of one of the shop's sequences, or a sequence",
                    )
                });
        }
        Sequence::parse(given.as_bytes()).map_err(|errors| {
            let inside = errors.into_iter().map(|error| FieldError {
                field: format!("sequence.{}", error.field),
                ..error
            });
            Problem::Fields(inside.collect())
        })
    }

    /// The cart that is named.
    pub fn cart(&self) -> Result<Option<CartId>, Problem> {
        if self.cart.is_some() && self.lines.is_some() {
            return Err(wrong("lines", "this field or cart, one of them"));
        }
        Ok(self.cart.as_deref().map(str::parse).transpose()?)
    }

    /// The lines that are given.
    pub fn lines(&self) -> Result<Vec<LineView>, Problem> {
        let given = self.lines.as_deref().unwrap_or_default();
        if self.lines.is_some() && !(1..=MAX_LINES).contains(&given.len()) {
            return Err(wrong("lines", "1 to 50 entries"));
        }
        let lines = given
            .iter()
            .map(|given| line(&given.variant, given.qty.unwrap_or(1), &given.options));
        lines.collect()
    }

    /// Whether the catalogue is to choose.
    pub fn is_sample(&self) -> bool {
        self.cart.is_none() && self.lines.is_none()
    }

    /// The locale in the shop's stead.
    pub fn locale(&self) -> Result<Option<String>, Problem> {
        let is_plain = |text: &String| {
            (2..=35).contains(&text.len())
                && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
        };
        match &self.locale {
            Some(text) if !is_plain(text) => Err(wrong("locale", "a BCP 47 tag such as en-IE")),
            locale => Ok(locale.clone()),
        }
    }
}

/// A line of so many.
pub fn line(
    variant: &str,
    qty: u32,
    options: &BTreeMap<String, String>,
) -> Result<LineView, Problem> {
    Quantity::new(qty)?;
    Ok(LineView {
        line: LineKey::new(Variant::new(variant)?, options)?,
        qty,
        dots: Vec::new(),
    })
}

pub fn wrong(field: &str, reason: &str) -> Problem {
    Problem::Field(FieldError {
        field: field.to_owned(),
        reason: reason.to_owned(),
    })
}
