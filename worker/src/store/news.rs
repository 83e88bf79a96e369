//! News of products that waits to be told: one row a push of the catalogue, until everybody whom it may concern has heard.

use super::shop::{ShopStore, double, whole};
use crate::error::Problem;
use crate::json::{text_of, value_of};
use crate::objects::calls::NewsPage;
use homing_core::catalogue::Product;
use homing_core::ids::ShopperId;
use homing_core::news::{Interest, Marked, Marks, News};
use homing_core::prices::Prices;
use homing_core::sequence::Sequence;
use serde::Deserialize;
use std::collections::BTreeMap;
use worker::SqlStorageValue;

/// Shoppers in one page, and those that are looked at for it at once and at most.
const PAGE: usize = 50;
const BATCH: u32 = 1_000;
const MAX_BATCHES: u32 = 20;

#[derive(Deserialize)]
struct Waiting {
    id: f64,
    value: String,
    reached: String,
}

#[derive(Deserialize)]
struct Watching {
    shopper: String,
    watched: String,
}

#[derive(Deserialize)]
struct Latest {
    id: Option<f64>,
}

impl ShopStore {
    /// Adds or replaces products, those that are as they were excepted; writes down what of it is news to the shop's `sequences`.
    pub fn put_products(
        &self,
        products: &[Product],
        sequences: &[Sequence],
        now: u64,
    ) -> Result<(), Problem> {
        let variants: Vec<String> = products.iter().map(|one| one.variant.clone()).collect();
        let mut known: BTreeMap<String, Product> = self
            .products(&variants)?
            .into_iter()
            .map(|product| (product.variant.clone(), product))
            .collect();
        let interest = Interest::of(sequences);
        let mut news = Vec::new();
        let id = self.next_news(now)?;
        for product in products {
            let before = known.insert(product.variant.clone(), product.clone());
            if before.as_ref() == Some(product) {
                continue;
            }
            // Read anew: one push may name a product twice.
            let prices = match self.prices(&product.variant)? {
                Some(mut known) => {
                    known.note(product.price(), now);
                    known
                }
                None => Prices::new(product.price(), now),
            };
            self.put_product(product, &prices)?;
            let changes = before.map(|before| interest.changes(&before, product, &prices));
            news.extend(changes.into_iter().flatten().map(|change| News {
                id,
                at: now,
                variant: product.variant.clone(),
                change,
            }));
        }
        if news.is_empty() {
            return Ok(());
        }
        self.0.exec(
            "INSERT INTO news (id, value, reached) VALUES (?, ?, '')",
            vec![SqlStorageValue::Float(double(id)), text_of(&news)?.into()],
        )?;
        Ok(())
    }

    /// Numbers grow with the time, so that none comes back after its row has gone.
    fn next_news(&self, now: u64) -> Result<u64, Problem> {
        let rows: Vec<Latest> = self
            .0
            .exec("SELECT max(id) AS id FROM news", None)?
            .to_array()?;
        let latest = rows.first().and_then(|row| row.id).map(whole);
        Ok(latest.map_or(now, |latest| latest.saturating_add(1).max(now)))
    }

    /// Whether news waits to be told.
    pub fn owes_news(&self) -> Result<bool, Problem> {
        let rows: Vec<Latest> = self
            .0
            .exec("SELECT id FROM news LIMIT 1", None)?
            .to_array()?;
        Ok(!rows.is_empty())
    }

    /// The next page of the oldest news.
    pub fn news(&self) -> Result<Option<NewsPage>, Problem> {
        let rows: Vec<Waiting> = self
            .0
            .exec(
                "SELECT id, value, reached FROM news ORDER BY id LIMIT 1",
                None,
            )?
            .to_array()?;
        let Some(row) = rows.into_iter().next() else {
            return Ok(None);
        };
        let news: Vec<News> = value_of(&row.value)?;
        let marked = Marked::new(&news);
        let mut page = NewsPage {
            id: whole(row.id),
            people: Vec::new(),
            reached: None,
        };
        let mut reached = row.reached;
        for _ in 0..MAX_BATCHES {
            let batch = self.watching(&reached)?;
            let is_last = batch.len() < BATCH as usize;
            for Watching { shopper, watched } in batch {
                let concerning = marked.concerning(&Marks::from_text(&watched));
                let id: Option<ShopperId> = shopper.parse().ok();
                reached = shopper;
                if let Some(id) = id.filter(|_| !concerning.is_empty()) {
                    page.people.push((id, concerning));
                    if page.people.len() >= PAGE {
                        page.reached = Some(id);
                        return Ok(Some(page));
                    }
                }
            }
            if is_last {
                return Ok(Some(page));
            }
        }
        page.reached = reached.parse().ok();
        Ok(Some(page))
    }

    fn watching(&self, after: &str) -> Result<Vec<Watching>, Problem> {
        Ok(self
            .0
            .exec(
                "SELECT shopper, watched FROM wake WHERE watched IS NOT NULL AND shopper > ? ORDER BY shopper LIMIT ?",
                vec![after.into(), SqlStorageValue::Float(f64::from(BATCH))],
            )?
            .to_array()?)
    }

    /// A page has been told, as far as to this shopper or to the end.
    pub fn news_told(&self, id: u64, reached: Option<ShopperId>) -> Result<(), Problem> {
        let id = SqlStorageValue::Float(double(id));
        match reached {
            // Two may work on the same news: the one that is behind does not take it back.
            Some(reached) => self.0.exec(
                "UPDATE news SET reached = max(reached, ?2) WHERE id = ?1",
                vec![id, reached.to_string().into()],
            )?,
            None => self.0.exec("DELETE FROM news WHERE id = ?", vec![id])?,
        };
        Ok(())
    }
}
