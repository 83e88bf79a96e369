//! How far everybody of a shop is forgotten, and what its desk forgets with them.

use super::shop::{Number, SHOP_ERASURE, ShopStore, Text, double, whole};
use crate::error::Problem;
use crate::objects::calls::{
    KeptState, SHOP_ERASURE_ASKED, ShopErasure, ShopErasureTold, ViewShopErasure,
};
use homing_core::ids::ShopperId;
use worker::SqlStorageValue;

/// People in a page.
const PAGE: usize = 50;
/// How long whoever tells a page has it to themselves, ms. Where that was too short, people are told twice, which changes nothing.
const LEASE_MS: u64 = 15_000;
/// A time that does not come, epoch ms; a number of JavaScript's holds it.
const MOST_MS: u64 = 1 << 52;

/// What platforms and the shop have told of products. Not every shop has all of it.
const PRODUCTS: [&str; 3] = ["product", "heard", "news"];

impl ShopStore {
    /// The latest wish.
    pub fn shop_erasure(&self) -> Result<Option<ShopErasure>, Problem> {
        self.encoded_as(SHOP_ERASURE)
    }

    fn keep_shop_erasure(&self, erasure: &ShopErasure) -> Result<(), Problem> {
        self.encode_as(SHOP_ERASURE, erasure)
    }

    /// Begins to forget everybody, and forgets what the desk itself holds; whether it was begun now. A later wish than the one that is known
    /// begins anew, also where that one is under way.
    pub fn begin_shop_erasure(&self, asked_at: u64) -> Result<bool, Problem> {
        let known = self.shop_erasure()?;
        if known.is_some_and(|known| known.asked_at >= asked_at) {
            return Ok(false);
        }
        for table in PRODUCTS {
            if self.has(table)? {
                self.0.exec(&format!("DELETE FROM {table}"), None)?;
            }
        }
        for state in [KeptState::Kept, KeptState::Open] {
            for kept in self.kept(state)?.0 {
                match state {
                    _ if kept.told_at() > asked_at => {}
                    // That somebody asked for something else is still to be answered.
                    KeptState::Open if kept.code != SHOP_ERASURE_ASKED => self.blank(&kept.id)?,
                    _ => self.let_go(&kept.id)?,
                }
            }
        }
        // They are looked for by who they are, and never were before.
        for table in self.customer_tables()? {
            let index = format!("CREATE INDEX IF NOT EXISTS {table}_shopper ON {table} (shopper)");
            self.0.exec(&index, None)?;
        }
        self.keep_shop_erasure(&ShopErasure {
            asked_at,
            ended_at: None,
            reached: None,
            is_through: false,
            silent: Vec::new(),
            leased_until: 0,
        })?;
        Ok(true)
    }

    /// When it was asked for and who is to be told next; `None` where nobody is to be forgotten, everybody was told, or somebody is at it.
    pub fn shop_erasure_page(&self, now: u64) -> Result<Option<(u64, Vec<ShopperId>)>, Problem> {
        let known = self.shop_erasure()?;
        let is_due = |known: &ShopErasure| known.ended_at.is_none() && known.leased_until <= now;
        let Some(mut erasure) = known.filter(is_due) else {
            return Ok(None);
        };
        let page = if erasure.is_through {
            erasure.silent.iter().take(PAGE).copied().collect()
        } else {
            self.people_behind(erasure.reached)?
        };
        erasure.leased_until = now.saturating_add(LEASE_MS);
        self.keep_shop_erasure(&erasure)?;
        Ok(Some((erasure.asked_at, page)))
    }

    /// Some have been told. Until its Shopper has had the desk forget them as well, who has answered counts as one of whom something is left.
    pub fn shop_erasure_told(&self, told: &ShopErasureTold, now: u64) -> Result<(), Problem> {
        let known = self.shop_erasure()?;
        let is_it = |known: &ShopErasure| known.asked_at == told.asked_at;
        let Some(mut erasure) = known.filter(|known| is_it(known) && known.ended_at.is_none())
        else {
            return Ok(());
        };
        erasure.leased_until = 0;
        let answered = |id: &&ShopperId| !told.silent.contains(id);
        for person in told.page.iter().filter(answered) {
            self.await_forget(*person, erasure.asked_at)?;
        }
        if erasure.is_through {
            // Those who are silent still come last: they keep nobody else waiting.
            erasure.silent.retain(|id| !told.page.contains(id));
            erasure.silent.extend_from_slice(&told.silent);
        } else {
            match told.page.last() {
                None => erasure.is_through = true,
                Some(last) if Some(*last) > erasure.reached => {
                    erasure.reached = Some(*last);
                    erasure.silent.extend_from_slice(&told.silent);
                }
                // A page that was told before.
                Some(_) => {}
            }
        }
        if erasure.is_through && erasure.silent.is_empty() {
            erasure.ended_at = Some(now);
        }
        self.keep_shop_erasure(&erasure)
    }

    /// The latest wish as it is shown.
    pub fn shown_shop_erasure(&self) -> Result<Option<ViewShopErasure>, Problem> {
        let Some(erasure) = self.shop_erasure()? else {
            return Ok(None);
        };
        let silent = u64::try_from(erasure.silent.len()).unwrap_or(u64::MAX);
        let waiting = if erasure.is_through {
            0
        } else {
            self.count_behind(erasure.reached)?
        };
        let (people, open) = if self.has("erasure")? {
            // Who is erased later, by themselves, is none of these.
            let until = erasure.ended_at.unwrap_or(MOST_MS);
            let of_it = "SELECT count(*) AS value FROM erasure WHERE at BETWEEN ? AND ?";
            let bound = || {
                [erasure.asked_at, until]
                    .map(|at| SqlStorageValue::Float(double(at)))
                    .to_vec()
            };
            let open = format!("{of_it} AND shopper = speaks AND ended_at IS NULL");
            (
                self.counted_by(of_it, bound())?,
                self.counted_by(&open, bound())?,
            )
        } else {
            (0, 0)
        };
        let left = silent.saturating_add(waiting).saturating_add(open);
        let is_done = erasure.ended_at.is_some() && left == 0;
        Ok(Some(ViewShopErasure {
            state: String::from(if is_done { "erased" } else { "erasing" }),
            at: erasure.asked_at,
            people,
            left,
        }))
    }

    /// Who has told of themselves, or was told of by the shop's records, behind `after`: a page of them. Whoever is erased is in none of
    /// these tables any more.
    fn people_behind(&self, after: Option<ShopperId>) -> Result<Vec<ShopperId>, Problem> {
        let limit = u32::try_from(PAGE).unwrap_or(u32::MAX);
        let mut people = self.known(after, limit)?;
        for table in self.customer_tables()? {
            let sql = format!(
                "SELECT DISTINCT shopper AS value FROM {table} WHERE shopper > ? ORDER BY shopper LIMIT ?"
            );
            let bound = vec![
                text_of(after).into(),
                SqlStorageValue::Float(f64::from(limit)),
            ];
            let rows: Vec<Text> = self.0.exec(&sql, bound)?.to_array()?;
            let ids = rows.iter();
            people.extend(ids.filter_map(|row| row.value.parse::<ShopperId>().ok()));
        }
        people.sort_unstable();
        people.dedup();
        people.truncate(PAGE);
        Ok(people)
    }

    fn count_behind(&self, after: Option<ShopperId>) -> Result<u64, Problem> {
        let tables = ["wake"].into_iter().chain(self.customer_tables()?);
        // Those of whom nothing but a figure is left have names that come behind all others'.
        let each = tables.map(|table| {
            format!("SELECT shopper FROM {table} WHERE shopper > ?1 AND shopper < 'was_'")
        });
        let all = each.collect::<Vec<_>>().join(" UNION ");
        let sql = format!("SELECT count(*) AS value FROM ({all})");
        self.counted_by(&sql, vec![text_of(after).into()])
    }

    fn counted_by(&self, sql: &str, bound: Vec<SqlStorageValue>) -> Result<u64, Problem> {
        let rows: Vec<Number> = self.0.exec(sql, bound)?.to_array()?;
        Ok(rows.first().map_or(0, |row| whole(row.value)))
    }
}

/// As the tables have it: in front of everybody where there is none.
fn text_of(after: Option<ShopperId>) -> String {
    after.map_or_else(String::new, |id| id.to_string())
}
