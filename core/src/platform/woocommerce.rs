//! WooCommerce's webhooks.
//!
//! Shapes: orders as in `source/includes/wp-api-v3/_orders.md` of `woocommerce/woocommerce-rest-api-docs`. WooCommerce tells of no carts by
//! itself: the plugin sends, under the topic `cart.updated`, the *Cart Response* of the Store API
//! (`plugins/woocommerce/src/StoreApi/docs/cart.md` of `woocommerce/woocommerce`) with a few words around it, see
//! `docs/webhooks-payloads.md`.
//!
//! - Order of changes: the plugin's own clock in ms for carts; `date_modified_gmt`, in whole seconds, for orders.
//! - Money: carts count in units of `currency_minor_unit`, which is how many decimals the shop shows, and not always how many the currency
//!   has. Orders write decimals, and unit prices as numbers.
//! - An order exists before it is paid. Only what is paid, or is to be paid otherwise, was placed.
//! - WooCommerce itself asks nobody about marketing.

use super::line::{self, Lines, Noted};
use super::model::{Basket, Discount, Ignored, Line, Order, Tidings, Tokens, Totals};
use super::node::Node;
use super::object::{Notes, Object};
use super::{Code, Envelope, NotUnderstood, Personal, Refused, amount, instant};
use crate::money::Currency;
use alloc::{string::String, vec::Vec};

pub(super) fn read(
    topic: &str,
    body: &[u8],
    envelope: &Envelope,
) -> Result<Tidings, NotUnderstood> {
    // What a shop sends when a webhook is saved: a form with the webhook's number, unsigned.
    if body.starts_with(b"webhook_id=") {
        return Ok(Tidings::Ping);
    }
    let notes = Notes::default();
    match topic {
        "cart.updated" => {
            let read = cart(&Object::parse(body, &notes)?, envelope)?;
            Ok(Tidings::Basket(read.with(notes)))
        }
        "order.created" | "order.updated" => {
            let object = Object::parse(body, &notes)?;
            if let Some(ignored) = unplaced(&object) {
                return Ok(Tidings::Ignored(ignored));
            }
            let order = order(&object, envelope)?;
            Ok(Tidings::Order(order.with(notes)))
        }
        "order.deleted" => Ok(Tidings::Ignored(Ignored::OrderCancelled)),
        "order.restored" => Ok(Tidings::Ignored(Ignored::OrderLater)),
        _ => Ok(Tidings::Ignored(Ignored::Topic)),
    }
}

fn unplaced(object: &Object<'_, '_>) -> Option<Ignored> {
    match object.text("status")?.as_str() {
        "pending" | "failed" | "checkout-draft" | "auto-draft" | "draft" => {
            Some(Ignored::OrderNotPlaced)
        }
        "cancelled" | "refunded" | "trash" => Some(Ignored::OrderCancelled),
        _ => None,
    }
}

fn cart(object: &Object<'_, '_>, envelope: &Envelope) -> Result<Basket, NotUnderstood> {
    let token = object.id("token");
    let token = token.ok_or_else(|| object.lost("token", Code::Missing))?;
    let cart = object.object("cart");
    let cart = cart.ok_or_else(|| object.lost("cart", Code::Missing))?;
    let Some(items) = cart.objects("items") else {
        return Err(cart.lost("items", Code::Missing));
    };
    let totals = cart.object("totals");
    let currency = totals
        .as_ref()
        .and_then(|totals| totals.currency("currency_code"));
    let mut lines = Lines::default();
    lines.read(items, &|item| chosen(item, currency));
    let milliseconds = |name: &str| {
        let ms = object.scaled(name, 0).and_then(|ms| u64::try_from(ms).ok());
        ms.filter(|ms| *ms > 0)
    };
    let when = instant::When::new(
        milliseconds("created_at"),
        milliseconds("changed_at"),
        envelope,
    );
    let mut noted = Noted::default();
    noted.read(object, "attributes", "name", "value");
    let tokens = Tokens {
        cart: Some(token),
        checkout: None,
    };
    let mut basket = Basket::new(tokens, lines, when);
    basket.currency = currency;
    basket.discounts = coupons(&cart, currency);
    if let Some(totals) = &totals {
        basket.totals = Totals {
            subtotal_minor: units(totals, "total_items", currency),
            discount_minor: units(totals, "total_discount", currency),
            shipping_minor: units(totals, "total_shipping", currency),
            tax_minor: units(totals, "total_tax", currency),
            total_minor: units(totals, "total_price", currency),
        };
    }
    basket.attributes = noted.attributes;
    basket.intent = noted.intent;
    basket.shipping_method = rate(&cart);
    basket.resume_url = object.text("resume_url").map(Personal);
    basket.customer.id = object.id("customer_id");
    basket.customer.locale = object.locale("locale");
    if let Some(billing) = cart.object("billing_address") {
        basket.customer.email = billing.contact("email", Code::Email);
        basket.customer.phone = billing.contact("phone", Code::Phone);
        basket.customer.is_nobody = billing.names_nobody("email", "phone");
        basket.customer.name = line::name_of(&billing, "first_name", "last_name");
    }
    Ok(basket)
}

/// The line that the Store API names, since it is the same API.
fn chosen(item: &Object<'_, '_>, currency: Option<Currency>) -> Result<Option<Line>, Refused> {
    let options = line::options(item, "variation", "attribute", "value");
    let id = item.id("id");
    let line = line::line(item, id.as_deref(), options, "quantity")?;
    let (prices, totals) = (item.object("prices"), item.object("totals"));
    let total = |name| units(totals.as_ref()?, name, currency);
    let (before, after) = (total("line_subtotal"), total("line_total"));
    let images = item.objects("images").unwrap_or_default();
    let is_variation = item
        .get("variation")
        .and_then(Node::entries)
        .is_some_and(|chosen| !chosen.is_empty());
    Ok(line.map(|line| Line {
        // A variation does not name the product that it is one of.
        product: id.filter(|_| !is_variation),
        sku: item.text("sku"),
        title: item.text("name").map(|name| unescaped(&name)),
        unit_minor: prices.and_then(|prices| units(&prices, "price", currency)),
        total_minor: after,
        discount_minor: before
            .zip(after)
            .and_then(|(before, after)| before.checked_sub(after)),
        image: images.first().and_then(|image| image.text("src")),
        page: item.text("permalink"),
        ..line
    }))
}

/// A name without HTML's references: WordPress keeps and tells names as a page would show them.
pub(super) fn unescaped(name: &str) -> String {
    let mut text = String::with_capacity(name.len());
    let mut rest = name;
    while let Some((before, after)) = rest.split_once('&') {
        text.push_str(before);
        let found = after
            .split_once(';')
            .and_then(|(reference, behind)| Some((referred(reference)?, behind)));
        match found {
            Some((char, behind)) => {
                text.push(char);
                rest = behind;
            }
            None => {
                text.push('&');
                rest = after;
            }
        }
    }
    text.push_str(rest);
    text
}

fn referred(reference: &str) -> Option<char> {
    Some(match reference {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => {
            let number = reference.strip_prefix('#')?;
            let number = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(number.ok()?)?
        }
    })
}

/// An amount that stands beside its currency and how many decimals it is counted in.
fn units(object: &Object<'_, '_>, name: &str, currency: Option<Currency>) -> Option<i64> {
    let decimals = amount::decimals(currency?)?;
    if object
        .currency("currency_code")
        .is_some_and(|own| Some(own) != currency)
    {
        object.note("currency_code", Code::Ambiguous);
        return None;
    }
    let unit = object.scaled("currency_minor_unit", 0);
    let unit = unit.and_then(|unit| i32::try_from(unit).ok());
    let Some(unit) = unit.filter(|unit| (0..=20).contains(unit)) else {
        object.note("currency_minor_unit", Code::Missing);
        return None;
    };
    object.scaled(name, decimals - unit)
}

fn coupons(cart: &Object<'_, '_>, currency: Option<Currency>) -> Vec<Discount> {
    let coupons = cart.objects("coupons").unwrap_or_default();
    let coupons = coupons.iter().map(|coupon| Discount {
        code: coupon.text("code"),
        title: None,
        amount_minor: coupon
            .object("totals")
            .and_then(|totals| units(&totals, "total_discount", currency)),
    });
    coupons.collect()
}

/// The rate that is chosen, of the first shipment that has one.
fn rate(cart: &Object<'_, '_>) -> Option<String> {
    let shipments = cart.objects("shipping_rates")?;
    shipments.iter().find_map(|shipment| {
        let rates = shipment.objects("shipping_rates")?;
        let mut rates = rates.iter();
        let chosen = rates.find(|rate| rate.bool("selected") == Some(true))?;
        chosen.text("name")
    })
}

fn order(object: &Object<'_, '_>, envelope: &Envelope) -> Result<Order, NotUnderstood> {
    let id = object.id("id");
    let id = id.ok_or_else(|| object.lost("id", Code::Missing))?;
    let currency = object.currency("currency").or(envelope.shop_currency);
    let when = instant::When::new(
        object.time("date_created_gmt"),
        object.time("date_modified_gmt"),
        envelope,
    );
    let placed_at = when.created_at.unwrap_or(when.changed_at);
    let items = object.objects("line_items");
    let mut lines = Lines::default();
    lines.read(items.clone().unwrap_or_default(), &|item| {
        bought(item, currency)
    });
    let mut noted = Noted::default();
    noted.read(object, "meta_data", "key", "value");
    let mut order = Order::new(id, placed_at, when.version);
    order.name = object.text("number");
    // The plugin leaves the cart's token with the order.
    order.tokens.cart = token(object);
    order.currency = currency;
    order.lines = items.map(|_| lines.lines);
    order.refused = lines.refused;
    order.discounts = object
        .objects("coupon_lines")
        .unwrap_or_default()
        .iter()
        .map(|coupon| Discount {
            code: coupon.text("code"),
            title: None,
            amount_minor: coupon.minor("discount", currency),
        })
        .collect();
    order.totals = Totals {
        // An order says what its lines come to only line by line.
        subtotal_minor: order.lines.as_ref().and_then(|lines| {
            let mut totals = lines.iter().map(|line| line.total_minor);
            currency?;
            totals.try_fold(0_i64, |sum, total| sum.checked_add(total?))
        }),
        discount_minor: object.minor("discount_total", currency),
        shipping_minor: object.minor("shipping_total", currency),
        tax_minor: object.minor("total_tax", currency),
        total_minor: object.minor("total", currency),
    }
    .unless(!order.refused.is_empty());
    order.attributes = noted.attributes;
    order.intent = noted.intent;
    let shipping = object.objects("shipping_lines").unwrap_or_default();
    order.shipping_method = shipping.iter().find_map(|line| line.text("method_title"));
    order.customer.id = object.id("customer_id");
    if let Some(billing) = object.object("billing") {
        order.customer.email = billing.contact("email", Code::Email);
        order.customer.phone = billing.contact("phone", Code::Phone);
        order.customer.name = line::name_of(&billing, "first_name", "last_name");
    }
    Ok(order)
}

impl Totals {
    /// Without the sum of lines, where one of them is not there.
    fn unless(self, is_short: bool) -> Self {
        Self {
            subtotal_minor: self.subtotal_minor.filter(|_| !is_short),
            ..self
        }
    }
}

/// A variation's number where there is one. An order tells its attributes among whatever else was noted with the line.
fn bought(item: &Object<'_, '_>, currency: Option<Currency>) -> Result<Option<Line>, Refused> {
    let variant = item.id("variation_id").or_else(|| item.id("product_id"));
    let line = line::line(item, variant.as_deref(), Ok(attributes(item)), "quantity")?;
    let (before, after) = (
        item.minor("subtotal", currency),
        item.minor("total", currency),
    );
    Ok(line.map(|line| Line {
        product: item.id("product_id"),
        sku: item.text("sku"),
        title: item.text("parent_name").or_else(|| item.text("name")),
        variant_title: item.text("parent_name").and_then(|_| item.text("name")),
        unit_minor: item.minor("price", currency),
        total_minor: after,
        discount_minor: before
            .zip(after)
            .and_then(|(before, after)| before.checked_sub(after)),
        ..line
    }))
}

/// A variation's attributes as shoppers see them.
fn attributes(item: &Object<'_, '_>) -> line::Options {
    let mut found = line::Options::new();
    if item.id("variation_id").is_none() {
        return found;
    }
    for meta in item.objects("meta_data").unwrap_or_default() {
        let key = meta.text("key").filter(|key| !key.starts_with('_'));
        let shown = |shown: &str, raw: &str| {
            let node = meta.get(shown).or_else(|| meta.get(raw))?;
            line::value(node).ok().flatten()
        };
        let pair = shown("display_key", "key").zip(shown("display_value", "value"));
        found.extend(key.and(pair));
    }
    found
}

/// What the plugin notes with an order, hidden from people.
fn token(object: &Object<'_, '_>) -> Option<String> {
    let metas = object.objects("meta_data")?;
    metas.iter().find_map(|meta| {
        let is_token = meta.text("key").is_some_and(|key| key == super::CART);
        is_token.then(|| meta.id("value")).flatten()
    })
}

#[cfg(test)]
mod tests {
    use super::unescaped;

    #[test]
    fn names_are_read_as_a_page_would_show_them() {
        for (name, read) in [
            ("Salt &amp; Pepper", "Salt & Pepper"),
            (
                "Ada&#8217;s &#x2014; &quot;Mug&quot;",
                "Ada\u{2019}s \u{2014} \"Mug\"",
            ),
            (
                "A & B; C &unknown; &#xD800; &",
                "A & B; C &unknown; &#xD800; &",
            ),
            ("&amp;lt;", "&lt;"),
            ("", ""),
        ] {
            assert_eq!(unescaped(name), read);
        }
    }
}
