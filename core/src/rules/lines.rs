//! A test of a cart's lines.

use super::bounds::CountBounds;
use super::choice::{CatalogueId, OneOf, Spoken};
use super::facts::LineFacts;
use super::outcome::Outcome;
use super::sight::{Sight, listed};
use crate::document::Problems;
use crate::document::text::{Text, shown};
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use serde::{Deserialize, Serialize};

/// Any or all lines have everything that is said here. At least one thing is said. An empty cart meets no such test, also not one
/// of all its lines.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(transform = crate::schema::some_of)
)]
#[serde(
    deny_unknown_fields,
    expecting = "an object with variant, product, tag, attribute or quantity"
)]
pub struct LineTest {
    /// Whether one line is enough, or every line must be such.
    #[serde(default)]
    pub which: Which,
    /// The line's variant is one of these.
    pub variant: Option<OneOf<CatalogueId>>,
    /// The line's product is one of these.
    pub product: Option<OneOf<CatalogueId>>,
    /// The product has one of these tags. Case does not matter.
    pub tag: Option<OneOf<Text>>,
    /// The variant has this attribute.
    pub attribute: Option<AttributeTest>,
    /// How many of the line.
    pub quantity: Option<CountBounds>,
}

/// Whether one line is enough.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Which {
    /// One line is enough.
    #[default]
    Any,
    /// Every line must be such.
    All,
}

/// An attribute with one of these values, such as colour: blue. Case does not matter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object with name and value")]
pub struct AttributeTest {
    /// The attribute's name.
    pub name: Text,
    /// Its value is one of these.
    pub value: OneOf<Text>,
}

impl Spoken for CatalogueId {
    fn spoken(&self) -> String {
        self.to_string()
    }
}

impl LineTest {
    pub(super) fn see(&self, seen: Option<&[LineFacts]>) -> Sight {
        let words = self.words();
        let Some(lines) = seen else {
            return Sight::unknown("what is in the cart");
        };
        if lines.is_empty() {
            return Sight::new(false, String::from("the cart was empty"));
        }
        let outcomes = lines.iter().map(|line| self.fits(line));
        let outcome = match self.which {
            Which::Any => outcomes.fold(Outcome::Unmet, Outcome::or),
            Which::All => outcomes.fold(Outcome::Met, Outcome::and),
        };
        // The line that decided: the first that came out as the whole did.
        let name = lines
            .iter()
            .find(|line| self.fits(line) == outcome)
            .map_or(String::new(), |line| shown(&line.variant));
        let words = match (self.which, outcome) {
            (_, Outcome::Unknown) => format!("whether the line {name} is {words} is not known"),
            (Which::Any, Outcome::Met) => format!("the line {name} was {words}"),
            (Which::Any, Outcome::Unmet) => format!("no line was {words}"),
            (Which::All, Outcome::Met) => format!("every line was {words}"),
            (Which::All, Outcome::Unmet) => format!("the line {name} was not {words}"),
        };
        Sight { outcome, words }
    }

    fn fits(&self, line: &LineFacts) -> Outcome {
        let id = |ids: &OneOf<CatalogueId>, seen: &str| {
            Outcome::of(ids.0.iter().any(|id| id.as_str() == seen))
        };
        let variant = self.variant.as_ref().map(|ids| id(ids, &line.variant));
        let product = self.product.as_ref().map(|ids| match &line.product {
            Some(product) => id(ids, product),
            None => Outcome::Unknown,
        });
        let tag = self.tag.as_ref().map(|wanted| match &line.tags {
            Some(tags) => Outcome::of(tags.iter().any(|tag| wanted.0.iter().any(|w| w.is(tag)))),
            None => Outcome::Unknown,
        });
        let attribute = self
            .attribute
            .as_ref()
            .map(|wanted| match &line.attributes {
                Some(attributes) => Outcome::of(attributes.iter().any(|(name, value)| {
                    wanted.name.is(name) && wanted.value.0.iter().any(|w| w.is(value))
                })),
                None => Outcome::Unknown,
            });
        let quantity = self
            .quantity
            .map(|bounds| Outcome::of(bounds.holds(line.qty)));
        [variant, product, tag, attribute, quantity]
            .into_iter()
            .flatten()
            .fold(Outcome::Met, Outcome::and)
    }

    /// The test as it follows on "the line was".
    fn words(&self) -> String {
        let ids = |what: &str, ids: &OneOf<CatalogueId>| {
            format!("of the {what} {}", listed(&ids.0, Spoken::spoken))
        };
        let parts = [
            self.variant.as_ref().map(|list| ids("variant", list)),
            self.product.as_ref().map(|list| ids("product", list)),
            self.tag
                .as_ref()
                .map(|list| format!("tagged {}", listed(&list.0, Spoken::spoken))),
            self.attribute.as_ref().map(|attribute| {
                let values = listed(&attribute.value.0, Spoken::spoken);
                format!("of {} {values}", attribute.name)
            }),
            self.quantity
                .map(|bounds| format!("of a quantity {}", bounds.words())),
        ];
        let parts: Vec<String> = parts.into_iter().flatten().collect();
        parts.join(" and ")
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        if self
            == &(Self {
                which: self.which,
                ..Self::default()
            })
        {
            problems.wrong("at least one of variant, product, tag, attribute and quantity");
        }
        if let Some(list) = &self.variant {
            problems.field("variant", |problems| list.check(problems));
        }
        if let Some(list) = &self.product {
            problems.field("product", |problems| list.check(problems));
        }
        if let Some(list) = &self.tag {
            problems.field("tag", |problems| list.check(problems));
        }
        if let Some(attribute) = &self.attribute {
            problems.field("attribute", |problems| {
                problems.field("value", |problems| attribute.value.check(problems));
            });
        }
        if let Some(bounds) = self.quantity {
            problems.field("quantity", |problems| bounds.check(problems));
        }
    }
}
