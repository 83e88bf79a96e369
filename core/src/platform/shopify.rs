//! Shopify's webhooks.
//!
//! Shapes: "Webhook" of the REST Admin API (`shopify.dev/docs/api/admin-rest/latest/resources/webhook`, with a payload for each topic),
//! its resources *Abandoned checkouts* and *Order*, and "Privacy law compliance" (`shopify.dev/docs/apps/build/compliance`).
//!
//! - Tokens: a cart is told by its own, a checkout by its own and by its cart's; an order names both.
//! - Order of changes: `updated_at` is in whole seconds for checkouts and orders. Payloads are what they were when they were set off, also
//!   those of a retry, and may overtake each other: within a second `X-Shopify-Triggered-At` decides.
//! - Money: amounts are in the shop's own currency, from `…_set.shop_money` where there is one. A checkout has none: where the shopper
//!   sees another currency the documentation does not say in which its amounts are, so it has no amounts then.
//! - A cart's payload names neither attributes nor the selling plan of a line, and has no place for a contact. A checkout's has `email`
//!   and `phone`, which are `null` as long as nobody is known.

use super::line::{self, Lines, Noted};
use super::model::{
    Basket, Customer, FormerShop, Ignored, Line, Order, Person, Tidings, Tokens, Totals,
};
use super::object::{Notes, Object};
use super::shopify_customer::customer;
use super::shopify_money::{amount, discounts, taken_off, totals};
use super::{Code, Envelope, NotUnderstood, Refused, instant};
use alloc::{string::String, vec::Vec};

pub(super) fn read(
    topic: &str,
    body: &[u8],
    envelope: &Envelope,
) -> Result<Tidings, NotUnderstood> {
    let notes = Notes::default();
    let object = || Object::parse(body, &notes);
    match topic {
        "carts/create" | "carts/update" => {
            let read = cart(&object()?, envelope)?;
            Ok(Tidings::Basket(read.with(notes)))
        }
        "checkouts/create" | "checkouts/update" => {
            let read = checkout(&object()?, envelope)?;
            Ok(Tidings::Basket(read.with(notes)))
        }
        "checkouts/delete" => Ok(Tidings::Ignored(Ignored::BasketGone)),
        "orders/create" | "orders/paid" => {
            let object = object()?;
            if object.get("cancelled_at").is_some() {
                return Ok(Tidings::Ignored(Ignored::OrderCancelled));
            }
            let read = order(&object, envelope)?;
            Ok(Tidings::Order(read.with(notes)))
        }
        "orders/cancelled" => Ok(Tidings::Ignored(Ignored::OrderCancelled)),
        "customers/redact" => {
            let read = person(&object()?, "orders_to_redact")?;
            Ok(Tidings::Erase(read.with(notes)))
        }
        "customers/data_request" => {
            let read = person(&object()?, "orders_requested")?;
            Ok(Tidings::DataRequest(read.with(notes)))
        }
        "shop/redact" => {
            let object = object()?;
            // What a topic says is not signed: a body about a person asks for no more than that.
            if object.get("customer").is_some() {
                return Err(object.lost("customer", Code::Kind));
            }
            let shop = FormerShop {
                id: object.id("shop_id"),
                domain: object.text("shop_domain"),
            };
            if shop.id.is_none() && shop.domain.is_none() {
                return Err(object.lost("shop_domain", Code::Missing));
            }
            Ok(Tidings::ShopErase(shop))
        }
        _ if topic.starts_with("orders/") => Ok(Tidings::Ignored(Ignored::OrderLater)),
        _ => Ok(Tidings::Ignored(Ignored::Topic)),
    }
}

fn cart(object: &Object<'_, '_>, envelope: &Envelope) -> Result<Basket, NotUnderstood> {
    let token = object.id("token").or_else(|| object.id("id"));
    let token = token.ok_or_else(|| object.lost("token", Code::Missing))?;
    let items = items(object)?;
    // A cart's currency stands with its prices only.
    let money = |field: &str| {
        let mut items = items.iter();
        items.find_map(|item| {
            item.within(&["price_set", field])?
                .currency("currency_code")
        })
    };
    let currency = money("shop_money").or(envelope.shop_currency);
    let mut lines = Lines::default();
    lines.read(items.clone(), &|item| {
        let mut line = named(item)?;
        if let Some(line) = &mut line {
            line.unit_minor = amount(item, "price", currency);
            line.total_minor = amount(item, "line_price", currency);
            line.discount_minor = amount(item, "total_discount", currency);
        }
        Ok(line)
    });
    let mut noted = Noted::default();
    noted.read(object, "attributes", "name", "value");
    noted.read(object, "note_attributes", "name", "value");
    let tokens = Tokens {
        cart: Some(cart_token(token)),
        checkout: None,
    };
    Ok(Basket {
        currency,
        shown_in: money("presentment_money").filter(|shown| Some(*shown) != currency),
        attributes: noted.attributes,
        intent: noted.intent,
        ..Basket::new(tokens, lines, when(object, envelope))
    })
}

fn checkout(object: &Object<'_, '_>, envelope: &Envelope) -> Result<Basket, NotUnderstood> {
    let tokens = Tokens {
        cart: object.id("cart_token").map(cart_token),
        checkout: object.id("token"),
    };
    if tokens.cart.is_none() && tokens.checkout.is_none() {
        return Err(object.lost("token", Code::Missing));
    }
    let items = items(object)?;
    let own = object.currency("currency").or(envelope.shop_currency);
    let shown_in = object.currency("presentment_currency");
    let shown_in = shown_in.filter(|shown| Some(*shown) != own);
    let currency = if shown_in.is_some() {
        object.note("presentment_currency", Code::Ambiguous);
        None
    } else {
        own
    };
    let mut lines = Lines::default();
    lines.read(items, &|item| {
        let mut line = named(item)?;
        if let Some(line) = &mut line {
            line.unit_minor = amount(item, "price", currency);
            line.total_minor = amount(item, "line_price", currency);
            line.discount_minor = taken_off(item, currency);
        }
        Ok(line)
    });
    let mut noted = Noted::default();
    noted.read(object, "note_attributes", "name", "value");
    let customer = customer(object, None);
    let is_known = customer.email.is_some() || customer.phone.is_some();
    Ok(Basket {
        completed_at: object.time("completed_at"),
        currency,
        shown_in,
        discounts: discounts(object, currency),
        totals: totals(object, currency),
        customer: Customer {
            is_nobody: !is_known && object.names_nobody("email", "phone"),
            ..customer
        },
        attributes: noted.attributes,
        intent: noted.intent,
        shipping_method: shipping_method(object),
        resume_url: object.text("abandoned_checkout_url").map(super::Personal),
        ..Basket::new(tokens, lines, when(object, envelope))
    })
}

fn order(object: &Object<'_, '_>, envelope: &Envelope) -> Result<Order, NotUnderstood> {
    let id = object.id("id");
    let id = id.ok_or_else(|| object.lost("id", Code::Missing))?;
    let currency = object.currency("currency").or(envelope.shop_currency);
    let shown_in = object.currency("presentment_currency");
    let items = object.objects("line_items");
    let mut lines = Lines::default();
    lines.read(items.clone().unwrap_or_default(), &|item| {
        let mut line = named(item)?;
        if let Some(line) = &mut line {
            line.unit_minor = amount(item, "price", currency);
            line.discount_minor = taken_off(item, currency);
            // An order says what one costs and what is taken off, and leaves the rest to arithmetic.
            line.total_minor = line.unit_minor.and_then(|unit| {
                let all = unit.checked_mul(i64::from(line.quantity.get()))?;
                all.checked_sub(line.discount_minor.unwrap_or(0))
            });
        }
        Ok(line)
    });
    let mut noted = Noted::default();
    noted.read(object, "note_attributes", "name", "value");
    let when = when(object, envelope);
    let placed_at = when.created_at.unwrap_or(when.changed_at);
    Ok(Order {
        name: object.text("name"),
        tokens: Tokens {
            cart: object.id("cart_token").map(cart_token),
            checkout: object.id("checkout_token"),
        },
        currency,
        shown_in: shown_in.filter(|shown| Some(*shown) != currency),
        lines: items.map(|_| lines.lines),
        discounts: discounts(object, currency),
        totals: Totals {
            shipping_minor: amount(object, "total_shipping_price", currency),
            ..totals(object, currency)
        },
        customer: customer(object, Some(placed_at)),
        attributes: noted.attributes,
        intent: noted.intent,
        shipping_method: shipping_method(object),
        refused: lines.refused,
        ..Order::new(id, placed_at, when.version)
    })
}

fn person(object: &Object<'_, '_>, orders: &str) -> Result<Person, NotUnderstood> {
    let customer = object.object("customer");
    let customer = customer.ok_or_else(|| object.lost("customer", Code::Missing))?;
    let person = Person {
        shop_domain: object.text("shop_domain"),
        id: customer.id("id"),
        email: customer.contact("email", Code::Email),
        phone: customer.contact("phone", Code::Phone),
        orders: object.ids(orders),
        request: object
            .object("data_request")
            .and_then(|asked| asked.id("id")),
        unread: Vec::new(),
    };
    if person.id.is_none() && person.email.is_none() && person.phone.is_none() {
        return Err(customer.lost("id", Code::Missing));
    }
    Ok(person)
}

/// Without a list nothing is known of the lines, which is not the same as an empty cart.
fn items<'a, 'n>(object: &Object<'a, 'n>) -> Result<Vec<Object<'a, 'n>>, NotUnderstood> {
    match object.get("line_items") {
        None => Err(object.lost("line_items", Code::Missing)),
        Some(_) => object
            .objects("line_items")
            .ok_or_else(|| object.lost("line_items", Code::Kind)),
    }
}

/// The line that the theme's Ajax API names.
fn named(item: &Object<'_, '_>) -> Result<Option<Line>, Refused> {
    let variant = item.id("variant_id");
    let options = line::options(item, "properties", "name", "value").map(|mut options| {
        let plan = item.within(&["selling_plan_allocation", "selling_plan"]);
        let plan = plan.and_then(|plan| plan.id("id"));
        options.extend(plan.map(|plan| (String::from("selling_plan"), plan)));
        options
    });
    let line = line::line(item, variant.as_deref(), options, "quantity")?;
    Ok(line.map(|line| Line {
        product: item.id("product_id"),
        sku: item.text("sku"),
        title: item
            .text("title")
            .or_else(|| item.text("presentment_title")),
        variant_title: item.text("variant_title"),
        is_gift_card: item.bool("gift_card").unwrap_or(false),
        ..line
    }))
}

fn shipping_method(object: &Object<'_, '_>) -> Option<String> {
    let lines = object.objects("shipping_lines")?;
    lines
        .iter()
        .find_map(|line| line.text("title").or_else(|| line.text("code")))
}

/// The storefront's token of a cart has a secret behind a question mark, which no webhook knows.
fn cart_token(token: String) -> String {
    match token.split_once('?') {
        Some((token, _)) => String::from(token),
        None => token,
    }
}

fn when(object: &Object<'_, '_>, envelope: &Envelope) -> instant::When {
    instant::When::new(
        object.time("created_at"),
        object.time("updated_at"),
        envelope,
    )
}
