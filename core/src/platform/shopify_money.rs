//! Amounts of Shopify's payloads: what lines cost, what discounts take off, and what it all comes to.

use super::Code;
use super::model::{Discount, Totals};
use super::object::Object;
use crate::money::Currency;
use alloc::{format, vec::Vec};

/// The amount in the shop's own currency.
pub(super) fn amount(
    object: &Object<'_, '_>,
    name: &str,
    currency: Option<Currency>,
) -> Option<i64> {
    let set = object.within(&[&format!("{name}_set"), "shop_money"]);
    match set {
        Some(money) if money.currency("currency_code") == currency => {
            money.minor("amount", currency)
        }
        Some(money) => {
            money.note("currency_code", Code::Ambiguous);
            None
        }
        None => object.minor(name, currency),
    }
}

/// All that discounts take off a line.
pub(super) fn taken_off(item: &Object<'_, '_>, currency: Option<Currency>) -> Option<i64> {
    let parts = item.objects("discount_allocations")?;
    let mut amounts = parts.iter().map(|part| amount(part, "amount", currency));
    currency?;
    amounts.try_fold(0_i64, |sum, part| sum.checked_add(part?))
}

pub(super) fn totals(object: &Object<'_, '_>, currency: Option<Currency>) -> Totals {
    let shipping = object.objects("shipping_lines").and_then(|parts| {
        let mut prices = parts.iter().map(|part| amount(part, "price", currency));
        currency?;
        prices.try_fold(0_i64, |sum, price| sum.checked_add(price?))
    });
    Totals {
        subtotal_minor: amount(object, "subtotal_price", currency),
        discount_minor: amount(object, "total_discounts", currency),
        shipping_minor: shipping,
        tax_minor: amount(object, "total_tax", currency),
        total_minor: amount(object, "total_price", currency),
    }
}

/// Codes, and what applies by itself.
pub(super) fn discounts(object: &Object<'_, '_>, currency: Option<Currency>) -> Vec<Discount> {
    let codes = object.objects("discount_codes").unwrap_or_default();
    let codes = codes.iter().filter_map(|entry| {
        // Older documentation has each of them in an object of its own.
        let within = entry.object("discount_code");
        let entry = within.as_ref().unwrap_or(entry);
        let code = entry.text("code")?;
        Some(Discount {
            code: Some(code),
            title: None,
            amount_minor: entry.minor("amount", currency),
        })
    });
    let others = object.objects("discount_applications").unwrap_or_default();
    let others = others.iter().filter_map(|entry| {
        let is_code = entry
            .text("type")
            .is_some_and(|kind| kind == "discount_code");
        let title = entry.text("title").or_else(|| entry.text("description"));
        (!is_code && title.is_some()).then_some(Discount {
            code: None,
            title,
            amount_minor: None,
        })
    });
    codes.chain(others).collect()
}
