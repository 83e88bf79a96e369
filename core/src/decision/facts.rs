//! What is known when a rule is judged, gathered from a cart, its catalogue and its shopper.

use super::Standing;
use crate::calendar::{Country, LocalDate, Zone};
use crate::catalogue::Product;
use crate::log::Stage;
use crate::money::Money;
use crate::object::cart::{Slot, Snapshot};
use crate::rules::{CheckoutFacts, Device, Facts, LineFacts, LocalMoment, Source};
use crate::sequence::Occasion;
use alloc::{collections::BTreeMap, string::String, vec::Vec};

/// What happened to a cart, as a trigger sees it. `payment_error` is the code of a failed payment.
///
/// A quote is a quote, however far its checkout went: whoever asked for one is not written to as others are.
pub fn occasion(slot: &Slot, payment_error: Option<&str>) -> Occasion {
    match slot.stage {
        _ if slot.quote => Occasion::Quote,
        None | Some(Stage::PaymentSucceeded) => Occasion::Cart,
        Some(Stage::PaymentFailed) => Occasion::PaymentFailed {
            code: payment_error.map(String::from),
        },
        Some(stage) => Occasion::Checkout { stage },
    }
}

/// What is known at `now` (epoch ms) of a cart and its shopper.
pub fn facts(
    cart: &Snapshot,
    products: &BTreeMap<String, Product>,
    shopper: &Standing<'_>,
    zone: Option<&Zone>,
    country: Option<Country>,
    now: u64,
) -> Facts {
    let page = &cart.page;
    let lines: Vec<LineFacts> = cart
        .lines
        .iter()
        .map(|view| {
            let variant = view.line.variant().as_str();
            let product = products.get(variant);
            LineFacts {
                variant: String::from(variant),
                product: product.and_then(|product| product.product.clone()),
                tags: product.map(|product| product.tags.clone()),
                attributes: product.map(|product| product.options.clone()),
                qty: view.qty,
            }
        })
        .collect();
    Facts {
        since_abandonment_ms: Some(now.saturating_sub(cart.slot.last_activity_at)),
        cart_value: worth(cart, products),
        lines: Some(lines),
        margin_percent: margin(cart, products),
        customer_tier: shopper.tier.map(|tier| tier.map(String::from)),
        orders: Some(shopper.orders),
        device: page.device.as_deref().and_then(Device::parse),
        country: country.map(|country| String::from(country.as_str())),
        reasons: None,
        consents: shopper.consents,
        source: Some(Source {
            utm_source: page.utm.get("source").cloned(),
            utm_medium: page.utm.get("medium").cloned(),
            utm_campaign: page.utm.get("campaign").cloned(),
            referrer_host: page.referrer.as_deref().and_then(host_of),
        }),
        checkout: Some(CheckoutFacts {
            stage: cart.slot.stage,
            payment_error: cart.payment_error.clone(),
        }),
        quote: Some(cart.slot.quote),
        local: zone.and_then(|zone| moment(zone, now)),
    }
}

/// What a cart is worth, where every line's price is known and in one currency.
pub fn worth(cart: &Snapshot, products: &BTreeMap<String, Product>) -> Option<Money> {
    value(cart, products, |product| Some(product.price_minor))
}

/// The sum of an amount per piece over the cart, where it is known of every line and in one currency.
fn value(
    cart: &Snapshot,
    products: &BTreeMap<String, Product>,
    of: impl Fn(&Product) -> Option<u64>,
) -> Option<Money> {
    let mut sum: Option<Money> = None;
    for view in &cart.lines {
        let product = products.get(view.line.variant().as_str())?;
        let minor = of(product)?.checked_mul(u64::from(view.qty))?;
        let money = sum.get_or_insert(Money {
            minor: 0,
            currency: product.currency,
        });
        if money.currency != product.currency {
            return None;
        }
        money.minor = money.minor.checked_add(minor)?;
    }
    sum
}

/// What is left of the cart's value after its cost, whole percent, rounded down.
fn margin(cart: &Snapshot, products: &BTreeMap<String, Product>) -> Option<i16> {
    let price = worth(cart, products)?.minor;
    let cost = value(cart, products, |product| product.cost_minor)?.minor;
    let left = i128::from(price).saturating_sub(i128::from(cost));
    let percent = left
        .saturating_mul(100)
        .checked_div_euclid(i128::from(price))?;
    i16::try_from(percent.clamp(i128::from(i16::MIN), i128::from(i16::MAX))).ok()
}

fn moment(zone: &Zone, now: u64) -> Option<LocalMoment> {
    let local = zone.local(now);
    let date = LocalDate::of_day(local.day())?;
    Some(LocalMoment {
        year: u16::try_from(date.year()).ok()?,
        month: u8::try_from(date.month()).ok()?,
        day: u8::try_from(date.day_of_month()).ok()?,
        hour: local.hour(),
        weekday: local.weekday(),
    })
}

/// The host of an origin such as `https://www.example:8443`.
fn host_of(origin: &str) -> Option<String> {
    let (_, rest) = origin.split_once("://")?;
    rest.split(['/', ':', '?', '#']).next().map(String::from)
}
