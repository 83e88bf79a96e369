//! BigCommerce's webhooks, and what is fetched because of them.
//!
//! Shapes: `docs/webhooks/callbacks/data`, `reference/carts.v3.yml` (`GET /v3/carts/{id}` with `include=line_items.physical_items.options,
//! line_items.digital_items.options,redirect_urls`) and `reference/orders.v2.oas2.yml` (`GET /v2/orders/{id}`) of `bigcommerce/docs`.
//!
//! - Webhooks name ids only. The topic stands in the body (`scope`), and that is what counts.
//! - Order of changes: what is fetched is the present state, and later fetches are newer: [`Envelope::triggered_at`] is then when it was
//!   asked for. `updated_time` comes first.
//! - A cart that is told to be deleted has been emptied: one that was bought is told to be converted, and that is an order without a word
//!   about whose; `store/order/created` brings it.
//! - Money: numbers in the currency of the transaction. Texts with four decimals in orders.
//! - Parts of a bundle come and go with it. Gift certificates and items that only the Management API can add name no variant.

use super::line::{self, Lines};
use super::model::{
    Answer, Basket, Discount, Ignored, Line, Order, Resource, Thin, Tidings, Tokens, Totals,
};
use super::object::{Notes, Object};
use super::{Code, Envelope, NotUnderstood, Personal, Refused, instant};
use crate::money::Currency;
use alloc::{format, string::String, vec::Vec};

pub(super) fn read(body: &[u8], envelope: &Envelope) -> Result<Tidings, NotUnderstood> {
    let notes = Notes::default();
    let object = Object::parse(body, &notes)?;
    let scope = object.text("scope");
    let scope = scope.ok_or_else(|| object.lost("scope", Code::Missing))?;
    let at = object.seconds("created_at").or(envelope.triggered_at);
    let data = || {
        let data = object.object("data");
        data.ok_or_else(|| object.lost("data", Code::Missing))
    };
    let id = |name: &str| {
        let data = data()?;
        data.id(name).ok_or_else(|| data.lost(name, Code::Missing))
    };
    let thin = |resource, id| Ok(Tidings::Thin(Thin { resource, id, at }));
    match scope.as_str() {
        "store/cart/created"
        | "store/cart/updated"
        | "store/cart/couponApplied"
        | "store/cart/abandoned" => thin(Resource::Cart, id("id")?),
        "store/cart/lineItem/created"
        | "store/cart/lineItem/updated"
        | "store/cart/lineItem/deleted" => thin(Resource::Cart, id("cartId")?),
        "store/cart/deleted" => {
            let when = instant::When::new(None, at, envelope);
            let basket = Basket::new(cart(id("id")?), Lines::default(), when);
            Ok(Tidings::Basket(basket))
        }
        "store/cart/converted" => {
            let when = instant::When::new(None, at, envelope);
            Ok(Tidings::Order(Order {
                tokens: cart(id("id")?),
                ..Order::new(id("orderId")?, when.changed_at, when.version)
            }))
        }
        "store/order/created" => thin(Resource::Order, id("id")?),
        "store/order/statusUpdated" => {
            let status = data()?.object("status");
            let status = status.and_then(|status| status.text("new_status_id"));
            match status.and_then(|status| unplaced(&status)) {
                Some(ignored) => Ok(Tidings::Ignored(ignored)),
                None => thin(Resource::Order, id("id")?),
            }
        }
        _ if scope.starts_with("store/order/") => Ok(Tidings::Ignored(Ignored::OrderLater)),
        _ => Ok(Tidings::Ignored(Ignored::Topic)),
    }
}

pub(super) fn fetched(
    resource: Resource,
    body: &[u8],
    envelope: &Envelope,
) -> Result<Tidings, NotUnderstood> {
    let notes = Notes::default();
    let object = Object::parse(body, &notes)?;
    match resource {
        Resource::Cart => {
            let within = object.object("data");
            let basket = basket(within.as_ref().unwrap_or(&object), envelope)?;
            Ok(Tidings::Basket(basket.with(notes)))
        }
        Resource::Order => {
            let status = object.text("status_id");
            if let Some(ignored) = status.and_then(|status| unplaced(&status)) {
                return Ok(Tidings::Ignored(ignored));
            }
            let order = order(&object, envelope)?;
            Ok(Tidings::Order(order.with(notes)))
        }
    }
}

/// What a status says that is no order: by `reference/orders.v2.oas2.yml`, "Order Status Descriptions".
fn unplaced(status: &str) -> Option<Ignored> {
    match status {
        // Incomplete and Pending: the payment was looked at, and not more.
        "0" | "1" => Some(Ignored::OrderNotPlaced),
        // Refunded, Cancelled and Declined.
        "4" | "5" | "6" => Some(Ignored::OrderCancelled),
        _ => None,
    }
}

fn basket(object: &Object<'_, '_>, envelope: &Envelope) -> Result<Basket, NotUnderstood> {
    let id = object.id("id");
    let id = id.ok_or_else(|| object.lost("id", Code::Missing))?;
    let items = object.object("line_items");
    let items = items.ok_or_else(|| object.lost("line_items", Code::Missing))?;
    let currency = object
        .object("currency")
        .and_then(|one| one.currency("code"));
    let currency = currency.or(envelope.shop_currency);
    let list = |name| items.objects(name).unwrap_or_default();
    let all: Vec<_> = ["physical_items", "digital_items"]
        .into_iter()
        .flat_map(list)
        .collect();
    // A part names its whole by either id.
    let mut wholes = Vec::new();
    for item in &all {
        wholes.extend(item.id("id").into_iter().chain(item.id("product_id")));
    }
    let mut lines = Lines::default();
    lines.read(all, &|item| {
        let parent = item.get("parent_id").and_then(|parent| parent.scalar());
        let is_part = parent.is_some_and(|parent| wholes.iter().any(|whole| *whole == parent));
        if is_part {
            Ok(None)
        } else {
            named(item, currency)
        }
    });
    for name in ["custom_items", "gift_certificates"] {
        let unnamed = list(name);
        lines.refused.extend(unnamed.iter().map(|item| Refused {
            path: String::from(item.path()),
            code: Code::VariantMissing,
        }));
    }
    let mut basket = Basket::new(
        cart(id),
        lines,
        instant::When::new(
            object.time("created_time"),
            object.time("updated_time"),
            envelope,
        ),
    );
    basket.currency = currency;
    basket.discounts = discounts(object, currency);
    basket.totals = Totals {
        subtotal_minor: object.minor("base_amount", currency),
        discount_minor: object.minor("discount_amount", currency),
        total_minor: object.minor("cart_amount", currency),
        ..Totals::default()
    };
    basket.customer.id = object.id("customer_id");
    basket.customer.email = object.contact("email", Code::Email);
    basket.customer.is_nobody = object.names_nobody("email", "phone");
    basket.customer.locale = object.locale("locale");
    let urls = object.object("redirect_urls");
    basket.resume_url = urls.and_then(|urls| urls.text("cart_url")).map(Personal);
    Ok(basket)
}

/// The line that the Storefront API names: product and variant, options by number, typed ones apart.
fn named(item: &Object<'_, '_>, currency: Option<Currency>) -> Result<Option<Line>, Refused> {
    let (product, variant) = (item.id("product_id"), item.id("variant_id"));
    let both = product.as_ref().zip(variant);
    let both = both.map(|(product, variant)| format!("{product}:{variant}"));
    let line = line::line(item, both.as_deref(), options(item), "quantity")?;
    Ok(line.map(|line| Line {
        product,
        sku: item.text("sku"),
        title: item.text("name"),
        unit_minor: item.minor("list_price", currency),
        total_minor: item.minor("extended_sale_price", currency),
        discount_minor: item.minor("discount_amount", currency),
        image: item.text("image_url"),
        page: item.text("url"),
        ..line
    }))
}

fn options(item: &Object<'_, '_>) -> Result<line::Options, Refused> {
    let refused = || Refused {
        path: item.at("options"),
        code: Code::Options,
    };
    let mut found = line::Options::new();
    if item.get("options").is_none() {
        return Ok(found);
    }
    for option in item.objects("options").ok_or_else(refused)? {
        let name = option.id("nameId").ok_or_else(refused)?;
        let chosen = option.id("valueId");
        let typed = option.get("value").map_or(Ok(None), line::value);
        match (chosen, typed.map_err(|_| refused())?) {
            (Some(value), _) => found.push((name, value)),
            (None, Some(text)) => found.push((format!("{name}t"), text)),
            (None, None) => {}
        }
    }
    Ok(found)
}

fn discounts(object: &Object<'_, '_>, currency: Option<Currency>) -> Vec<Discount> {
    let codes = object.objects("coupons").unwrap_or_default();
    let codes = codes.iter().map(|coupon| Discount {
        code: coupon.text("code"),
        title: coupon.text("display_name").or_else(|| coupon.text("name")),
        amount_minor: coupon.minor("discounted_amount", currency),
    });
    let others = object.objects("discounts").unwrap_or_default();
    let others = others.iter().filter_map(|discount| {
        // What the coupons take off together stands there as well.
        let is_coupon = discount.text("id").is_some_and(|id| id == "coupon");
        (!is_coupon).then(|| Discount {
            code: None,
            title: None,
            amount_minor: discount.minor("discounted_amount", currency),
        })
    });
    codes.chain(others).collect()
}

fn order(object: &Object<'_, '_>, envelope: &Envelope) -> Result<Order, NotUnderstood> {
    let id = object.id("id");
    let id = id.ok_or_else(|| object.lost("id", Code::Missing))?;
    let currency = object.currency("default_currency_code");
    let currency = currency.or(envelope.shop_currency);
    let shown_in = object.currency("currency_code");
    let when = instant::When::new(
        object.time("date_created"),
        object.time("date_modified"),
        envelope,
    );
    let placed_at = when.created_at.unwrap_or(when.changed_at);
    let mut order = Order::new(id, placed_at, when.version);
    order.tokens.cart = object.id("cart_id");
    order.currency = currency;
    order.shown_in = shown_in.filter(|shown| Some(*shown) != currency);
    let off = ["discount_amount", "coupon_discount"].map(|name| object.minor(name, currency));
    order.totals = Totals {
        subtotal_minor: object.minor("subtotal_ex_tax", currency),
        discount_minor: match off {
            [Some(discount), Some(coupons)] => discount.checked_add(coupons),
            [discount, coupons] => discount.or(coupons),
        },
        shipping_minor: object.minor("shipping_cost_ex_tax", currency),
        tax_minor: object.minor("total_tax", currency),
        total_minor: object.minor("total_inc_tax", currency),
    };
    order.customer.id = object.id("customer_id");
    order.customer.locale = object.locale("customer_locale");
    if let Some(billing) = object.object("billing_address") {
        order.customer.email = billing.contact("email", Code::Email);
        order.customer.phone = billing.contact("phone", Code::Phone);
        order.customer.name = line::name_of(&billing, "first_name", "last_name");
    }
    // The box of the checkout; an empty one was perhaps never shown.
    let is_ticked = object.bool("is_email_opt_in") == Some(true);
    order.customer.consent.email = order.customer.email.as_ref().and_then(|_| {
        is_ticked.then_some(Answer {
            agreed: true,
            at: Some(placed_at),
        })
    });
    Ok(order)
}

fn cart(id: String) -> Tokens {
    Tokens {
        cart: Some(id),
        checkout: None,
    }
}
