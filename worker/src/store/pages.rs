//! What the Shop hands out page by page, in the order of its keys: no page is read twice and none needs an index of its own.

use super::shop::{ShopStore, Text, double};
use crate::error::Problem;
use crate::json::value_of;
use homing_core::catalogue::Product;
use homing_core::ids::ShopperId;
use worker::SqlStorageValue;

impl ShopStore {
    /// Shoppers that have ever told when they want to be woken, by id, behind `after`.
    pub fn known(&self, after: Option<ShopperId>, limit: u32) -> Result<Vec<ShopperId>, Problem> {
        let after = after.map_or_else(String::new, |after| after.to_string());
        let rows: Vec<Text> = self
            .0
            .exec(
                "SELECT shopper AS value FROM wake WHERE shopper > ? ORDER BY shopper LIMIT ?",
                vec![after.as_str().into(), number(limit)],
            )?
            .to_array()?;
        Ok(rows
            .iter()
            .filter_map(|row| row.value.parse().ok())
            .collect())
    }

    /// Products, by variant, behind `after`.
    pub fn catalogue(&self, after: Option<&str>, limit: u32) -> Result<Vec<Product>, Problem> {
        let rows: Vec<Text> = self
            .0
            .exec(
                "SELECT value FROM product WHERE variant > ? ORDER BY variant LIMIT ?",
                vec![after.unwrap_or_default().into(), number(limit)],
            )?
            .to_array()?;
        rows.iter().map(|row| value_of(&row.value)).collect()
    }
}

fn number(limit: u32) -> SqlStorageValue {
    SqlStorageValue::Float(double(u64::from(limit)))
}
