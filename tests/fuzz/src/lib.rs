//! What has to hold for whatever bytes come in.

use homing_core::money::Currency;
use homing_core::object::cart::Telling;
use homing_core::platform::{Basket, Envelope, Line, Platform, Resource, Tidings, fetched, read};

/// Topics that are read; the first byte of an input chooses.
const SHOPIFY: [&str; 8] = [
    "carts/update",
    "checkouts/update",
    "orders/create",
    "customers/redact",
    "customers/data_request",
    "shop/redact",
    "checkouts/delete",
    "products/update",
];
const ADOBE: [&str; 4] = [
    "observer.sales_quote_save_after",
    "observer.sales_order_save_commit_after",
    "observer.sales_quote_add_item",
    "observer.customer_login",
];
const WOOCOMMERCE: [&str; 3] = ["cart.updated", "order.updated", "product.updated"];

/// The first byte says how the rest is read: with bit 7 as something that was set off later, and from 64 on as an answer of the platform's own API.
pub fn payload(platform: Platform, input: &[u8]) {
    let Some((choice, body)) = input.split_first() else {
        return;
    };
    let (choice, is_later) = (usize::from(choice & 127), choice & 128 != 0);
    let envelope = Envelope {
        triggered_at: is_later.then_some(1_795_000_000_123),
        received_at: 1_795_000_001_000,
        shop_currency: is_later.then(|| Currency::parse("EUR").expect("a currency")),
    };
    let of = |topics: &[&'static str]| topics[choice % topics.len()];
    let resource = [Resource::Cart, Resource::Order][choice % 2];
    let understand = || match platform {
        _ if choice >= 64 => fetched(platform, resource, body, &envelope),
        Platform::Shopify => read(platform, of(&SHOPIFY), body, &envelope),
        Platform::WooCommerce => read(platform, of(&WOOCOMMERCE), body, &envelope),
        Platform::Adobe => read(platform, of(&ADOBE), body, &envelope),
        Platform::BigCommerce => read(platform, "", body, &envelope),
    };
    let understood = understand();
    assert_eq!(
        understood,
        understand(),
        "the same bytes are understood in one way"
    );
    match understood {
        Ok(Tidings::Basket(basket)) => whole(platform, &basket),
        Ok(Tidings::Order(order)) => {
            assert!(!order.id.is_empty() && order.version > 0);
            bounded(order.lines.as_deref().unwrap_or_default());
            assert!(order.names(platform).all(|name| is_name(&name)));
        }
        Ok(Tidings::Thin(thin)) => assert!(!thin.id.is_empty()),
        _ => {}
    }
}

fn whole(platform: Platform, basket: &Basket) {
    bounded(&basket.lines);
    assert!(basket.version > 0);
    assert!(is_name(
        &basket.name(platform).expect("a basket has a token")
    ));
    let contents = basket.contents();
    assert!(contents.len() <= basket.lines.len());
    let has_amounts = basket.lines.iter().any(|line| line.unit_minor.is_some());
    assert!(
        basket.currency.is_some() || !has_amounts,
        "an amount without a currency"
    );
    assert!(
        basket
            .intent
            .as_ref()
            .is_none_or(|intent| !intent.is_empty())
    );
}

fn bounded(lines: &[Line]) {
    assert!(lines.len() <= Telling::MAX_LINES);
}

fn is_name(name: &str) -> bool {
    name.len() <= 256 && name.bytes().all(|byte| byte.is_ascii_graphic())
}
