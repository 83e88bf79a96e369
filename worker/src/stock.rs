//! What of the catalogue somebody cannot have now, because it is held for others or sold since the catalogue was pushed.

use crate::bindings::Env;
use crate::error::Problem;
use crate::objects::calls::{StockInput, StockReply, ask_stock};
use homing_core::cart::Variant;
use homing_core::catalogue::Product;
use homing_core::ids::{CartId, ShopId};

/// Which of these products somebody cannot have now who has these carts. Where nobody counts any of them, nobody is asked.
pub async fn short<'a>(
    env: &Env,
    shop: ShopId,
    products: impl Iterator<Item = &'a Product>,
    carts: Vec<CartId>,
) -> Result<Vec<Variant>, Problem> {
    let counted = products.filter(|product| product.available && product.stock.is_some());
    let variants: Result<Vec<Variant>, _> = counted
        .map(|product| Variant::new(&product.variant))
        .collect();
    let variants = variants?;
    if variants.is_empty() {
        return Ok(variants);
    }
    match ask_stock(env, shop, &StockInput::Short { variants, carts }).await? {
        StockReply::Short(short) => Ok(short),
        _ => Err(odd()),
    }
}

/// The stock answered something else than it was asked.
pub fn odd() -> Problem {
    Problem::Internal(String::from("the stock answered something else"))
}
