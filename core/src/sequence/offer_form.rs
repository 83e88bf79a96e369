//! An offer as a document has it: one object, in which one thing is given.

use super::offer::{Gives, MAX_MINOR, Offer};
use crate::money::{Currency, Money};
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// A code and one of `percent`, `amount_minor` and `free_shipping`; `currency` where there is an amount.
#[derive(Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(
    deny_unknown_fields,
    expecting = "an object with code and one of percent, amount_minor and free_shipping"
)]
#[cfg_attr(feature = "schema", schemars(extend("oneOf" = [
    {"required": ["percent"], "properties": {"percent": {"not": {"type": "null"}}}},
    {"required": ["amount_minor"], "properties": {"amount_minor": {"not": {"type": "null"}}}},
    {"required": ["free_shipping"], "properties": {"free_shipping": {"const": true}}},
], "if" = {"anyOf": [
    {"required": ["amount_minor"], "properties": {"amount_minor": {"not": {"type": "null"}}}},
    {"required": ["min_order_minor"], "properties": {"min_order_minor": {"not": {"type": "null"}}}},
]}, "then" = {"required": ["currency"], "properties": {"currency": {"not": {"type": "null"}}}},
    "else" = {"properties": {"currency": {"type": "null"}}})))]
pub(super) struct Form {
    /// What the shopper enters, or the shop applies: 1 to 40 letters, digits, hyphens or underscores. One that ends in `{unique}`, behind
    /// at most 30 of those, is made for each message by the connected platform, counts once, and ends.
    #[cfg_attr(
        feature = "schema",
        schemars(extend("pattern" = r"^([A-Za-z0-9_-]{1,40}|[A-Za-z0-9_-]{0,30}\{unique\})$"))
    )]
    code: String,
    /// Percent off, 1 to 100.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    percent: Option<u8>,
    /// Money off the order, in the smallest unit of `currency`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(range(min = 1, max = 100_000_000_000_u64))
    )]
    amount_minor: Option<u64>,
    /// The order is sent for nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    free_shipping: Option<bool>,
    /// What the order must come to at least, in the smallest unit of `currency`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(range(min = 1, max = 100_000_000_000_u64))
    )]
    min_order_minor: Option<u64>,
    /// The currency of the amounts: the shop's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(
        feature = "schema",
        schemars(schema_with = "crate::schema::maybe_currency")
    )]
    currency: Option<Currency>,
}

// The schema says it as a number, which has to be the same.
const _: () = assert!(MAX_MINOR == 100_000_000_000);

impl From<&Offer> for Form {
    fn from(offer: &Offer) -> Self {
        let (percent, amount, free_shipping) = match offer.gives {
            Gives::Percent(percent) => (Some(percent), None, None),
            Gives::Amount(money) => (None, Some(money), None),
            Gives::FreeShipping => (None, None, Some(true)),
        };
        Self {
            code: offer.code.clone(),
            percent,
            amount_minor: amount.map(|money| money.minor),
            free_shipping,
            min_order_minor: offer.minimum.map(|money| money.minor),
            currency: offer.currency(),
        }
    }
}

impl Form {
    /// The offer; or what is wrong with its shape.
    pub(super) fn offer(self) -> Result<Offer, &'static str> {
        let has_amount = self.amount_minor.is_some() || self.min_order_minor.is_some();
        if has_amount != self.currency.is_some() {
            return Err("currency together with amount_minor or min_order_minor, and only then");
        }
        let money = |minor: Option<u64>| {
            let (minor, currency) = minor.zip(self.currency)?;
            Some(Money { minor, currency })
        };
        let gives = match (
            self.percent,
            money(self.amount_minor),
            self.free_shipping == Some(true),
        ) {
            (Some(percent), None, false) => Gives::Percent(percent),
            (None, Some(amount), false) => Gives::Amount(amount),
            (None, None, true) => Gives::FreeShipping,
            _ => return Err("one of percent, amount_minor and free_shipping"),
        };
        let minimum = money(self.min_order_minor);
        Ok(Offer {
            code: self.code,
            gives,
            minimum,
        })
    }
}
