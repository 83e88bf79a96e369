//! What the platform says of stock and price, laid over the catalogue. It is read and never written; where the platform does not answer
//! in time, the catalogue stands.

use super::{Answer, Platforms};
use crate::clock;
use homing_core::catalogue::Product;
use homing_core::ids::ShopId;
use homing_core::platform::api::{Ask, Found, OnShelf};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// How long a message waits for it before it is written, ms.
pub const BEFORE_A_SEND_MS: u64 = 2_000;
/// How long a shopper waits for it who has clicked, ms.
pub const ON_A_CLICK_MS: u64 = 800;

/// How long an answer counts, ms: a shopper who opens a link twice costs the platform one question.
const FRESH_MS: u64 = 15_000;
/// Answers that an isolate remembers.
const MAX_KNOWN: usize = 5_000;

thread_local! {
    static KNOWN: RefCell<BTreeMap<(ShopId, String), (u64, OnShelf)>> = const { RefCell::new(BTreeMap::new()) };
}

/// Lays over `products` what the platform says of them, within `limit_ms`. `prices`: whether its prices count.
pub async fn lay_over<'a>(
    platform: &Platforms<'_>,
    products: impl Iterator<Item = &'a mut Product>,
    prices: bool,
    limit_ms: u64,
) {
    let now = clock::now_ms();
    let mut unknown = Vec::new();
    let mut wanted: Vec<&mut Product> = Vec::new();
    for product in products {
        match known(platform.shop, &product.variant, now) {
            Some(found) => overlay(product, &found, prices),
            None => {
                unknown.push(product.variant.clone());
                wanted.push(product);
            }
        }
    }
    if unknown.is_empty() {
        return;
    }
    let found = match platform.ask(Ask::Shelf(unknown), limit_ms).await {
        Answer::Found(Found::Shelf(found)) => found,
        Answer::Found(_) => return,
        Answer::Later { why, .. } => {
            return crate::telemetry::error("shelf_unknown", why);
        }
        Answer::Refused(why) => {
            return crate::telemetry::error("shelf_refused", &why);
        }
    };
    for product in wanted {
        let one = found.iter().find(|one| one.variant == product.variant);
        if let Some(one) = one {
            overlay(product, one, prices);
        }
    }
    remember(platform.shop, found, now);
}

fn overlay(product: &mut Product, found: &OnShelf, prices: bool) {
    product.available = found.available;
    // A price of nothing is none, and one in another currency is not this one.
    let price = found.price.filter(|price| prices && price.minor > 0);
    if let Some(price) = price.filter(|price| price.currency == product.currency) {
        product.price_minor = price.minor;
    }
}

fn known(shop: ShopId, variant: &str, now: u64) -> Option<OnShelf> {
    KNOWN.with_borrow(|known| {
        let (at, found) = known.get(&(shop, variant.to_owned()))?;
        (now.saturating_sub(*at) < FRESH_MS).then(|| found.clone())
    })
}

fn remember(shop: ShopId, found: Vec<OnShelf>, now: u64) {
    KNOWN.with_borrow_mut(|known| {
        if known.len() >= MAX_KNOWN {
            known.clear();
        }
        for one in found {
            known.insert((shop, one.variant.clone()), (now, one));
        }
    });
}
