//! Products as a shopper finds them who comes back to a cart.

use super::shop::{ShopStore, Text, double};
use crate::error::Problem;
use crate::json::value_of;
use crate::objects::calls::Shelved;
use homing_core::cart::Variant;
use homing_core::catalogue::{Outline, Product};
use homing_core::prices::Prices;
use serde::Deserialize;
use worker::SqlStorageValue;

/// Siblings that are named for a product that cannot be bought, and products for which any are.
const MOST_INSTEAD: f64 = 3.0;
const MOST_MISSED: usize = 10;

#[derive(Deserialize)]
struct Row {
    value: String,
    prices: String,
}

impl ShopStore {
    /// The products with these variants, and as much as is known of those that are none; unknown ones are left out. Those in `short` are held
    /// for others.
    pub fn shelf(
        &self,
        variants: &[String],
        left_at: u64,
        short: &[Variant],
    ) -> Result<(Vec<Shelved>, Vec<Outline>), Problem> {
        let is_short = |variant: &str| short.iter().any(|one| one.as_str() == variant);
        let mut missed = 0;
        let mut found = Vec::new();
        for row in self.rows_of::<Row>("product", "value, prices", variants)? {
            let mut product: Product = value_of(&row.value)?;
            product.available &= !is_short(&product.variant);
            let was = value_of::<Prices>(&row.prices)?.at(left_at);
            let mut instead = Vec::new();
            if !product.available && missed < MOST_MISSED {
                missed += 1;
                instead = self.instead_of(&product)?;
                instead.retain(|one| !is_short(&one.variant));
            }
            found.push(Shelved {
                product,
                was,
                instead,
            });
        }
        let known = found.iter().map(|one| one.product.variant.as_str());
        let mut outlines = Vec::new();
        for heard in self.heard_beside(variants, known)? {
            let outline = heard.outline();
            match outline.product() {
                Some(product) => found.push(Shelved {
                    product,
                    was: heard.price_at(left_at),
                    instead: Vec::new(),
                }),
                None => outlines.push(outline),
            }
        }
        Ok((found, outlines))
    }

    /// What else there is of the same product, the nearest in price first.
    fn instead_of(&self, product: &Product) -> Result<Vec<Product>, Problem> {
        let Some(of) = &product.product else {
            return Ok(Vec::new());
        };
        let rows: Vec<Text> = self
            .0
            .exec(
                "SELECT value FROM product WHERE json_extract(value, '$.product') = ? AND json_extract(value, '$.available') AND variant <> ?
                 ORDER BY abs(json_extract(value, '$.price_minor') - ?), variant LIMIT ?",
                vec![
                    of.as_str().into(),
                    product.variant.as_str().into(),
                    SqlStorageValue::Float(double(product.price_minor)),
                    SqlStorageValue::Float(MOST_INSTEAD),
                ],
            )?
            .to_array()?;
        rows.iter().map(|row| value_of(&row.value)).collect()
    }
}
