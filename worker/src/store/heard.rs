//! What platforms say of products while they tell of carts: a row a variant, written only when something of it is new. What the merchant has
//! pushed stands in a table of its own and is never looked for here.

use super::shop::{Number, ShopStore, Text, whole};
use crate::error::Problem;
use crate::json::{text_of, value_of};
use crate::telemetry;
use homing_core::catalogue::{Heard, Outline, Product, Word};
use std::collections::{BTreeMap, BTreeSet};

/// Variants that are kept. Whoever has more pushes a catalogue.
const MOST: u64 = 50_000;
/// Variants that are remembered with ranks that were not worth a row.
const MOST_REMEMBERED: usize = 5_000;

// The first word makes it: most shops push their products, or are connected to nothing.
const TABLE: &str = "heard";
const SCHEMA: &str = "CREATE TABLE IF NOT EXISTS heard (variant TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID";

/// What need not be read again: variants as they are known, and how many there are.
#[derive(Default)]
pub struct Memory {
    known: BTreeMap<String, Heard>,
    count: Option<u64>,
}

impl ShopStore {
    /// Hears a platform's words at `now`, epoch ms. Of what the merchant has pushed there is nothing to hear.
    pub fn hear(&self, words: Vec<Word>, memory: &mut Memory, now: u64) -> Result<(), Problem> {
        let variants: BTreeSet<&str> = words.iter().map(|word| word.variant.as_str()).collect();
        let variants: Vec<String> = variants.into_iter().map(String::from).collect();
        let pushed: Vec<Text> = self.rows_of("product", "variant AS value", &variants)?;
        let pushed: BTreeSet<String> = pushed.into_iter().map(|row| row.value).collect();
        if memory.known.len() >= MOST_REMEMBERED {
            memory.known.clear();
        }
        let unread = variants
            .iter()
            .filter(|variant| !pushed.contains(*variant) && !memory.known.contains_key(*variant));
        let unread: Vec<String> = unread.cloned().collect();
        let mut stored = BTreeMap::new();
        for heard in self.heard(&unread)? {
            stored.insert(heard.outline().variant, heard);
        }
        let mut changed = BTreeSet::new();
        for word in words {
            let variant = word.variant.clone();
            if pushed.contains(&variant) {
                continue;
            }
            let mut heard = match memory
                .known
                .remove(&variant)
                .or_else(|| stored.remove(&variant))
            {
                Some(heard) => heard,
                None if self.has_room(memory)? => Heard::new(variant.clone()),
                None => continue,
            };
            if heard.take(word, now) {
                changed.insert(variant.clone());
            }
            memory.known.insert(variant, heard);
        }
        if changed.is_empty() {
            return Ok(());
        }
        self.0.exec(SCHEMA, None)?;
        for variant in changed {
            let Some(heard) = memory.known.get(&variant) else {
                continue;
            };
            self.0.exec(
                "INSERT OR REPLACE INTO heard (variant, value) VALUES (?, ?)",
                vec![variant.into(), text_of(heard)?.into()],
            )?;
        }
        Ok(())
    }

    /// The products with these variants: the merchant's, and of the others what platforms have said, as far as that makes one.
    pub fn shown(&self, variants: &[String]) -> Result<(Vec<Product>, Vec<Outline>), Problem> {
        let mut products = self.products(variants)?;
        let known = products.iter().map(|product| product.variant.as_str());
        let mut outlines = Vec::new();
        let heard = self.heard_beside(variants, known)?;
        for outline in heard.iter().map(Heard::outline) {
            match outline.product() {
                Some(product) => products.push(product),
                None => outlines.push(outline),
            }
        }
        Ok((products, outlines))
    }

    /// What has been heard of those of these variants that are not among `known`.
    pub(super) fn heard_beside<'a>(
        &self,
        variants: &[String],
        known: impl Iterator<Item = &'a str>,
    ) -> Result<Vec<Heard>, Problem> {
        let known: BTreeSet<&str> = known.collect();
        let unknown = variants.iter().filter(|one| !known.contains(one.as_str()));
        self.heard(&unknown.cloned().collect::<Vec<_>>())
    }

    fn heard(&self, variants: &[String]) -> Result<Vec<Heard>, Problem> {
        if variants.is_empty() || !self.has(TABLE)? {
            return Ok(Vec::new());
        }
        let rows: Vec<Text> = self.rows_of(TABLE, "value", variants)?;
        rows.iter().map(|row| value_of(&row.value)).collect()
    }

    /// Whether one more may be kept; it counts as kept then.
    fn has_room(&self, memory: &mut Memory) -> Result<bool, Problem> {
        let count = match memory.count {
            Some(count) => count,
            None if self.has(TABLE)? => {
                let sql = "SELECT count(*) AS value FROM heard";
                let rows: Vec<Number> = self.0.exec(sql, None)?.to_array()?;
                rows.first().map_or(0, |row| whole(row.value))
            }
            None => 0,
        };
        let has_room = count < MOST;
        memory.count = Some(count.saturating_add(u64::from(has_room)));
        if !has_room {
            telemetry::notice("products_full", "push the catalogue");
        }
        Ok(has_room)
    }
}
