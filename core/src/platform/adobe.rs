//! Adobe Commerce's events and webhooks.
//!
//! Shapes: "Events reference" and "Configure hook contents" of `AdobeDocs/commerce-extensibility` (`src/pages/events/events-reference.md`,
//! `_includes/sample-event.md`, `src/pages/webhooks/hooks.md`), and `GET /V1/carts/{id}` and `GET /V1/orders/{id}` of the REST API, whose
//! quote and order are the same. An event is wrapped (`data.value`, also below `event`), a webhook has `eventName` and what the merchant
//! has chosen to send.
//!
//! - Order of changes: `updated_at` in whole seconds and UTC, then the event's own `time`. Events come twice and in any order.
//! - Money: numbers, or texts with four to six decimals, in the quote's currency; `base_…` are in the shop's. The price of a quote's item
//!   is in the shop's currency before the totals were collected, so it is taken only where both are the same.
//! - Options: numbers here, "uids" in GraphQL, which are base64 of them (`custom-option/…`, `bundle/…`). Whether the value of a custom option
//!   was typed or chosen is not said without `option_type`; digits alone count as chosen.
//! - An item's `sku` is the chosen variant's. That of its configurable product is known only where `product.sku` is sent along.

use super::adobe_item::{self, Money};
use super::line::{self, Lines, Noted};
use super::model::{
    Answer, Basket, Discount, Ignored, Order, Resource, Thin, Tidings, Tokens, Totals,
};
use super::node::Node;
use super::object::{Notes, Object};
use super::{Code, Envelope, NotUnderstood, instant};
use alloc::{string::String, vec::Vec};

/// The events whose body is an order.
const ORDERS: [&str; 6] = [
    "checkout_submit_all_after",
    "sales_order_place_after",
    "sales_order_save_after",
    "sales_order_save_commit_after",
    "order_management.place",
    "order_repository.save",
];

/// Whether `topic` is the event `name`, which may have the app's own before it: `com.adobe.commerce.my_app.observer.…`.
fn is_event(topic: &str, name: &str) -> bool {
    let before = topic.strip_suffix(name);
    before.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

/// Whether an event or webhook is read as an order. What the body names itself goes before `topic`, and is looked for alone: nothing
/// else of it is read.
pub(super) fn is_order(topic: &str, body: &[u8]) -> bool {
    let named = Node::parse(body).and_then(|body| {
        let outer = field(body, "event").filter(|event| event.fields().is_some());
        let outer = outer.unwrap_or(body);
        let name = |name| Some(String::from(field(outer, name)?.text()?.as_ref()));
        name("type").or_else(|| name("eventName"))
    });
    let topic = named.as_deref().unwrap_or(topic);
    ORDERS.iter().any(|name| is_event(topic, name))
}

/// The last field of this name that is not null.
fn field<'a>(node: Node<'a>, name: &str) -> Option<Node<'a>> {
    let fields = node.fields()?;
    let (_, found) = fields.into_iter().rev().find(|(known, _)| known == name)?;
    (!found.is_null()).then_some(found)
}

pub(super) fn read(
    topic: &str,
    body: &[u8],
    envelope: &Envelope,
) -> Result<Tidings, NotUnderstood> {
    let notes = Notes::default();
    let object = Object::parse(body, &notes)?;
    let outer = object.object("event");
    let outer = outer.as_ref().unwrap_or(&object);
    let named = outer.text("type").or_else(|| outer.text("eventName"));
    let topic = named.as_deref().unwrap_or(topic);
    let envelope = &Envelope {
        triggered_at: outer.time("time").or(envelope.triggered_at),
        ..*envelope
    };
    let data = outer.object("data");
    let data = data.as_ref().unwrap_or(outer);
    let value = data.object("value");
    let value = value.as_ref().unwrap_or(data);
    let is = |name: &str| is_event(topic, name);
    let tidings = if is("sales_quote_save_after") || is("sales_quote_save_commit_after") {
        let quote = value.object("quote");
        quote_told(quote.as_ref().unwrap_or(value), envelope)?
    } else if is("sales_quote_add_item")
        || is("checkout_cart_product_add_after")
        || is("sales_quote_item_save_after")
    {
        let item = value.object("quote_item").or_else(|| value.object("item"));
        let item = item.as_ref().unwrap_or(value);
        let id = item.id("quote_id");
        Tidings::Thin(Thin {
            resource: Resource::Cart,
            id: id.ok_or_else(|| item.lost("quote_id", Code::Missing))?,
            at: envelope.triggered_at,
        })
    } else if ORDERS.iter().any(|name| is(name)) {
        let order = value.object("order");
        order_told(order.as_ref().unwrap_or(value), envelope)?
    } else {
        Tidings::Ignored(Ignored::Topic)
    };
    Ok(with(tidings, notes))
}

pub(super) fn fetched(
    resource: Resource,
    body: &[u8],
    envelope: &Envelope,
) -> Result<Tidings, NotUnderstood> {
    let notes = Notes::default();
    let object = Object::parse(body, &notes)?;
    let tidings = match resource {
        Resource::Cart => quote_told(&object, envelope)?,
        Resource::Order => order_told(&object, envelope)?,
    };
    Ok(with(tidings, notes))
}

fn with(tidings: Tidings, notes: Notes) -> Tidings {
    match tidings {
        Tidings::Basket(basket) => Tidings::Basket(basket.with(notes)),
        Tidings::Order(order) => Tidings::Order(order.with(notes)),
        other => other,
    }
}

fn quote_told(object: &Object<'_, '_>, envelope: &Envelope) -> Result<Tidings, NotUnderstood> {
    let items = object.objects("items");
    let id = object.id("entity_id").or_else(|| object.id("id"));
    let id = id.or_else(|| object.id("quote_id"));
    // The documented fields of a quote have no id, but each of its items has.
    let id = id.or_else(|| items.iter().flatten().find_map(|item| item.id("quote_id")));
    let id = id.ok_or_else(|| object.lost("entity_id", Code::Missing))?;
    if object.bool("is_active") == Some(false) {
        return Ok(Tidings::Ignored(Ignored::BasketInactive));
    }
    let Some(items) = items else {
        return Ok(Tidings::Thin(Thin {
            resource: Resource::Cart,
            id,
            at: object.time("updated_at").or(envelope.triggered_at),
        }));
    };
    let currencies = object.object("currency");
    let named = |name: &str| {
        let within = currencies.as_ref().and_then(|one| one.currency(name));
        within.or_else(|| object.currency(name))
    };
    let currency = named("quote_currency_code");
    let base = named("base_currency_code");
    let money = Money {
        currency: currency.or(envelope.shop_currency),
        is_plain: base.is_none() || currency.is_none() || base == currency,
    };
    let currency = money.currency;
    let mut lines = Lines::default();
    lines.read(items, &|item| adobe_item::read(item, "qty", money));
    let tokens = Tokens {
        cart: Some(id),
        checkout: None,
    };
    let when = instant::When::new(
        object.time("created_at"),
        object.time("updated_at"),
        envelope,
    );
    let mut basket = Basket::new(tokens, lines, when);
    basket.completed_at = object.time("converted_at");
    basket.currency = currency;
    basket.discounts = coupon(object, None);
    let subtotal = object.minor("subtotal", currency);
    let after = object.minor("subtotal_with_discount", currency);
    let shipping = object.object("shipping_address");
    let of_address = |name: &str| {
        let within = shipping.as_ref().and_then(|one| one.minor(name, currency));
        within.or_else(|| object.minor(name, currency))
    };
    basket.totals = Totals {
        subtotal_minor: subtotal,
        discount_minor: subtotal
            .zip(after)
            .and_then(|(all, after)| all.checked_sub(after)),
        shipping_minor: of_address("shipping_amount"),
        tax_minor: of_address("tax_amount"),
        total_minor: object.minor("grand_total", currency),
    };
    let method = shipping
        .as_ref()
        .and_then(|one| one.text("shipping_description"));
    basket.shipping_method = method.or_else(|| object.text("shipping_description"));
    let billing = object.object("billing_address");
    let customer = object.object("customer");
    basket.customer = person(object, customer.as_ref(), billing.as_ref());
    basket.customer.is_nobody = names_nobody(object, customer.as_ref(), billing.as_ref());
    let noted = noted(object);
    basket.attributes = noted.attributes;
    basket.intent = noted.intent;
    let quote = object.within(&["extension_attributes", "negotiable_quote"]);
    basket.is_quote = quote.is_some_and(|quote| quote.bool("is_regular_quote") == Some(true));
    Ok(Tidings::Basket(basket))
}

fn order_told(object: &Object<'_, '_>, envelope: &Envelope) -> Result<Tidings, NotUnderstood> {
    match object.text("state").as_deref() {
        Some("pending_payment") => return Ok(Tidings::Ignored(Ignored::OrderNotPlaced)),
        Some("canceled") => return Ok(Tidings::Ignored(Ignored::OrderCancelled)),
        Some("closed") => return Ok(Tidings::Ignored(Ignored::OrderLater)),
        _ => {}
    }
    // What the success page knows, and so the storefront.
    let id = object
        .id("increment_id")
        .or_else(|| object.id("real_order_id"));
    let id = id.ok_or_else(|| object.lost("increment_id", Code::Missing))?;
    let currency = object.currency("order_currency_code");
    let currency = currency.or(envelope.shop_currency);
    let when = instant::When::new(
        object.time("created_at"),
        object.time("updated_at"),
        envelope,
    );
    let placed_at = when.created_at.unwrap_or(when.changed_at);
    let items = object.objects("items");
    let mut lines = Lines::default();
    let money = Money {
        currency,
        is_plain: true,
    };
    lines.read(items.clone().unwrap_or_default(), &|item| {
        adobe_item::read(item, "qty_ordered", money)
    });
    let off = object.minor("discount_amount", currency);
    let off = off.and_then(i64::checked_abs);
    let mut order = Order::new(id.clone(), placed_at, when.version);
    order.name = Some(id);
    order.tokens.cart = object.id("quote_id");
    order.currency = currency;
    order.lines = items.map(|_| lines.lines);
    order.refused = lines.refused;
    order.discounts = coupon(object, off);
    order.totals = Totals {
        subtotal_minor: object.minor("subtotal", currency),
        discount_minor: off,
        shipping_minor: object.minor("shipping_amount", currency),
        tax_minor: object.minor("tax_amount", currency),
        total_minor: object.minor("grand_total", currency),
    };
    order.shipping_method = object.text("shipping_description");
    let addresses = object.objects("addresses").unwrap_or_default();
    let is_billing = |one: &&Object<'_, '_>| {
        one.text("address_type")
            .is_some_and(|kind| kind == "billing")
    };
    let billing = object.object("billing_address");
    let billing = billing
        .as_ref()
        .or_else(|| addresses.iter().find(is_billing));
    order.customer = person(object, None, billing);
    let noted = noted(object);
    order.attributes = noted.attributes;
    order.intent = noted.intent;
    Ok(Tidings::Order(order))
}

fn person(
    object: &Object<'_, '_>,
    account: Option<&Object<'_, '_>>,
    billing: Option<&Object<'_, '_>>,
) -> super::Customer {
    let email = object
        .contact("customer_email", Code::Email)
        .or_else(|| account.and_then(|one| one.contact("email", Code::Email)))
        .or_else(|| billing.and_then(|one| one.contact("email", Code::Email)));
    let own = line::name_of(object, "customer_firstname", "customer_lastname");
    let names = || account.into_iter().chain(billing);
    let subscribed = account.and_then(|one| one.object("extension_attributes"));
    let is_subscribed = subscribed.and_then(|one| one.bool("is_subscribed")) == Some(true);
    let mut person = super::Customer {
        id: object
            .id("customer_id")
            .or_else(|| account.and_then(|one| one.id("id"))),
        phone: billing.and_then(|one| one.contact("telephone", Code::Phone)),
        name: own.or_else(|| names().find_map(|one| line::name_of(one, "firstname", "lastname"))),
        email,
        ..super::Customer::default()
    };
    // Whoever is not subscribed was perhaps never asked.
    person.consent.email = (is_subscribed && person.email.is_some()).then_some(Answer {
        agreed: true,
        at: None,
    });
    person
}

/// Whether one of the places for an address is there, and all of them are left empty.
fn names_nobody(
    object: &Object<'_, '_>,
    account: Option<&Object<'_, '_>>,
    billing: Option<&Object<'_, '_>>,
) -> bool {
    let accounts = account.into_iter().chain(billing);
    let mut places =
        core::iter::once((object, "customer_email")).chain(accounts.map(|one| (one, "email")));
    let is_open = |(one, name): &(&Object<'_, '_>, &str)| one.is_blank(name);
    let has_number =
        billing.is_some_and(|one| one.get("telephone").is_some() && !one.is_blank("telephone"));
    let is_given =
        |(one, name): (&Object<'_, '_>, &str)| one.get(name).is_some() && !one.is_blank(name);
    places.clone().any(|place| is_open(&place)) && !places.any(is_given) && !has_number
}

fn coupon(object: &Object<'_, '_>, off: Option<i64>) -> Vec<Discount> {
    let code = object.text("coupon_code");
    let title = object.text("discount_description");
    if code.is_none() && title.is_none() {
        return Vec::new();
    }
    Vec::from([Discount {
        code,
        title,
        amount_minor: off,
    }])
}

fn noted(object: &Object<'_, '_>) -> Noted {
    let mut noted = Noted::default();
    noted.read(object, "custom_attributes", "attribute_code", "value");
    noted
}
