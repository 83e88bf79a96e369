//! What the platform says of stock and price, laid over the catalogue, and what it says of what nobody has told of. It is read and never
//! written; where the platform does not answer in time, the catalogue stands.

use super::{Answer, Platforms};
use crate::clock;
use homing_core::catalogue::{Outline, Product};
use homing_core::ids::ShopId;
use homing_core::money::Money;
use homing_core::platform::api::{Ask, Found, OnShelf};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// How long a message waits for it before it is written, ms.
const BEFORE_A_SEND_MS: u64 = 2_000;
/// How long a shopper waits for it who has clicked, ms.
pub const ON_A_CLICK_MS: u64 = 800;

/// How long an answer counts, ms: a shopper who opens a link twice costs the platform one question.
const FRESH_MS: u64 = 15_000;
/// Answers that an isolate remembers.
const MAX_KNOWN: usize = 5_000;

thread_local! {
    static KNOWN: RefCell<BTreeMap<(ShopId, String), (u64, OnShelf)>> = const { RefCell::new(BTreeMap::new()) };
}

/// Lays over `products` what the platform says of them, within `limit_ms`, and answers with those that it makes of `outlines`. `prices`:
/// whether its prices count.
pub async fn lay_over<'a>(
    platform: &Platforms<'_>,
    products: impl Iterator<Item = &'a mut Product>,
    outlines: Vec<Outline>,
    prices: bool,
    limit_ms: u64,
) -> Vec<Product> {
    let products: Vec<&mut Product> = products.collect();
    // What is not known comes first: so many may be asked for, and no more.
    let variants = (outlines.iter().map(|outline| &outline.variant))
        .chain(products.iter().map(|product| &product.variant));
    let found = look(platform, variants, limit_ms).await;
    for product in products {
        if let Some(one) = found.get(&product.variant) {
            overlay(product, one, prices);
        }
    }
    let made = outlines.into_iter().filter_map(|mut outline| {
        let one = found.get(&outline.variant)?;
        outline.fill(&Outline {
            price: price(one, prices),
            ..one.outline.clone()
        });
        let mut product = outline.product()?;
        overlay(&mut product, one, prices);
        Some(product)
    });
    made.collect()
}

/// The same over what a message is written from, by variant: what it makes is among them afterwards.
pub async fn before_a_send(
    platform: &Platforms<'_>,
    products: &mut BTreeMap<String, Product>,
    outlines: Vec<Outline>,
    prices: bool,
) {
    let known = products.values_mut();
    let made = lay_over(platform, known, outlines, prices, BEFORE_A_SEND_MS).await;
    products.extend(made.into_iter().map(|one| (one.variant.clone(), one)));
}

/// What the platform says of these variants, by their names.
async fn look<'a>(
    platform: &Platforms<'_>,
    variants: impl Iterator<Item = &'a String>,
    limit_ms: u64,
) -> BTreeMap<String, OnShelf> {
    let now = clock::now_ms();
    let (mut found, mut unknown) = (BTreeMap::new(), Vec::new());
    for variant in variants {
        match known(platform.shop, variant, now) {
            Some(one) => {
                found.insert(variant.clone(), one);
            }
            None => unknown.push(variant.clone()),
        }
    }
    if unknown.is_empty() {
        return found;
    }
    match platform.ask(Ask::Shelf(unknown), limit_ms).await {
        Answer::Found(Found::Shelf(shelf)) => {
            remember(platform.shop, &shelf, now);
            found.extend(shelf.into_iter().map(|one| (one.variant.clone(), one)));
        }
        Answer::Found(_) => {}
        Answer::Later { why, .. } => crate::telemetry::error("shelf_unknown", why),
        Answer::Refused(why) => crate::telemetry::error("shelf_refused", &why),
    }
    found
}

/// A price that counts: one of nothing is none.
fn price(found: &OnShelf, prices: bool) -> Option<Money> {
    found.price.filter(|price| prices && price.minor > 0)
}

fn overlay(product: &mut Product, found: &OnShelf, prices: bool) {
    product.available = found.available;
    // One in another currency is not this one.
    let price = price(found, prices).filter(|price| price.currency == product.currency);
    if let Some(price) = price {
        product.price_minor = price.minor;
    }
    // What the merchant has pushed has both.
    let fill = |own: &mut String, found: &Option<String>| {
        if let Some(found) = found.as_ref().filter(|_| own.is_empty()) {
            own.clone_from(found);
        }
    };
    fill(&mut product.image, &found.outline.image);
    fill(&mut product.url, &found.outline.url);
}

fn known(shop: ShopId, variant: &str, now: u64) -> Option<OnShelf> {
    KNOWN.with_borrow(|known| {
        let (at, found) = known.get(&(shop, variant.to_owned()))?;
        (now.saturating_sub(*at) < FRESH_MS).then(|| found.clone())
    })
}

fn remember(shop: ShopId, found: &[OnShelf], now: u64) {
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        for one in found {
            known.insert((shop, one.variant.clone()), (now, one.clone()));
        }
    });
}
