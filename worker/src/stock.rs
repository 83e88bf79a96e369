//! What of the catalogue somebody cannot have now, because it is held for others or sold since the catalogue was pushed.

use crate::bindings::Env;
use crate::error::Problem;
use crate::objects::calls::{StockInput, StockReply, ask_stock};
use crate::telemetry;
use homing_core::cart::Variant;
use homing_core::catalogue::Product;
use homing_core::ids::{CartId, ShopId};
use homing_core::object::cart::Ordered;
use std::collections::BTreeMap;

/// Which of these products somebody cannot have now who has these carts. Where nobody counts any of them, nobody is asked.
pub async fn short<'a>(
    env: &Env,
    shop: ShopId,
    products: impl Iterator<Item = &'a Product>,
    carts: Vec<CartId>,
) -> Result<Vec<Variant>, Problem> {
    let counted = products.filter(|product| product.available && product.stock.is_some());
    let variants: Vec<Variant> = counted
        .filter_map(|product| Variant::new(&product.variant).ok())
        .collect();
    if variants.is_empty() {
        return Ok(variants);
    }
    match ask_stock(env, shop, &StockInput::Short { variants, carts }).await? {
        StockReply::Short(short) => Ok(short),
        _ => Err(odd()),
    }
}

/// Marks those of these products, by variant, that somebody cannot have now who has these carts.
pub async fn withhold(
    env: &Env,
    shop: ShopId,
    products: &mut BTreeMap<String, Product>,
    carts: Vec<CartId>,
) -> Result<(), Problem> {
    for held in short(env, shop, products.values(), carts).await? {
        if let Some(product) = products.get_mut(held.as_str()) {
            product.available = false;
        }
    }
    Ok(())
}

/// A cart was bought: what was reserved for it is sold. Nobody waits for that: it is nothing to whoever has ordered. An order that gets
/// lost on the way is found by the next reconciliation, in the cart itself.
pub fn tell_of_order(env: &Env, shop: ShopId, cart: CartId, ordered: Ordered) {
    let env = env.clone();
    wasm_bindgen_futures::spawn_local(async move {
        let told = ask_stock(&env, shop, &StockInput::Ordered { cart, ordered }).await;
        if let Err(problem) = told {
            telemetry::error("stock_not_told", &problem.to_string());
        }
    });
}

/// The stock answered something else than it was asked.
pub fn odd() -> Problem {
    Problem::Internal(String::from("the stock answered something else"))
}
