//! Who was erased, and what the desk forgets of them: the ids are keyed hashes, and all that is left.

use super::shop::{ShopStore, Text, double, whole};
use crate::error::Problem;
use crate::objects::calls::Erased;
use homing_core::ids::ShopperId;
use homing_core::object::shopper::Forget;
use serde::Deserialize;
use worker::SqlStorageValue;

// The first one makes them: most shops erase nobody, and name no customers.
const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS erasure (shopper TEXT PRIMARY KEY, speaks TEXT NOT NULL, at INTEGER NOT NULL, ended_at INTEGER,
  version INTEGER NOT NULL) WITHOUT ROWID;
";
// Whoever changes their address has been two people here, and is called the same; of whom the shop's records have no name the id is empty.
// An older table, `customer`, knows the latest alone.
const CUSTOMERS: &str = "
CREATE TABLE IF NOT EXISTS called (id TEXT NOT NULL, shopper TEXT NOT NULL, PRIMARY KEY (id, shopper)) WITHOUT ROWID;
";
const CUSTOMER_TABLES: [&str; 2] = ["called", "customer"];

#[derive(Deserialize)]
struct Row {
    shopper: String,
    at: f64,
    ended_at: Option<f64>,
    version: f64,
}

impl ShopStore {
    /// Forgets a person. What they counted as in what is measured stays, under a name that leads nowhere. The same again changes nothing.
    pub fn forget(&self, forget: &Forget) -> Result<(), Problem> {
        self.0.exec(SCHEMA, None)?;
        let mut people = forget.people.iter();
        let speaks = people.clone().next().map(ToString::to_string);
        let speaks = speaks.unwrap_or_default();
        people.try_for_each(|person| self.forget_one(*person, &speaks, forget))
    }

    fn forget_one(&self, person: ShopperId, speaks: &str, forget: &Forget) -> Result<(), Problem> {
        let id = person.to_string();
        if self
            .erasure(person)?
            .is_none_or(|known| whole(known.at) != forget.at)
        {
            // What another identity of theirs has told it tells no more.
            let version = if id == speaks {
                SqlStorageValue::Float(double(forget.version))
            } else {
                SqlStorageValue::Null
            };
            self.0.exec(
                "UPDATE wake SET shopper = 'was_' || lower(hex(randomblob(16))), at = NULL, watched = NULL
                 WHERE shopper = ?1 AND (?2 IS NULL OR version <= ?2) AND (held IS NOT NULL OR arms IS NOT NULL)",
                vec![id.as_str().into(), version.clone()],
            )?;
            self.0.exec(
                "DELETE FROM wake WHERE shopper = ?1 AND (?2 IS NULL OR version <= ?2)",
                vec![id.as_str().into(), version],
            )?;
            self.0.exec(
                "DELETE FROM report WHERE shopper = ?",
                vec![id.as_str().into()],
            )?;
            for table in self.customer_tables()? {
                self.0.exec(
                    &format!("DELETE FROM {table} WHERE shopper = ?"),
                    vec![id.as_str().into()],
                )?;
            }
        }
        self.0.exec(
            "INSERT OR REPLACE INTO erasure (shopper, speaks, at, ended_at, version) VALUES (?, ?, ?, ?, ?)",
            vec![
                id.into(),
                speaks.into(),
                SqlStorageValue::Float(double(forget.at)),
                forget.ended_at.map_or(SqlStorageValue::Null, |at| {
                    SqlStorageValue::Float(double(at))
                }),
                SqlStorageValue::Float(double(forget.version)),
            ],
        )?;
        Ok(())
    }

    /// A person was erased at `at`, epoch ms, or later, and has yet to say what the desk is to forget.
    pub(super) fn await_forget(&self, person: ShopperId, at: u64) -> Result<(), Problem> {
        self.0.exec(SCHEMA, None)?;
        if self.erased_since(&[person], at)? {
            return Ok(());
        }
        let id = person.to_string();
        self.0.exec(
            "INSERT OR REPLACE INTO erasure (shopper, speaks, at, ended_at, version) VALUES (?1, ?1, ?2, NULL, 0)",
            vec![id.into(), SqlStorageValue::Float(double(at))],
        )?;
        Ok(())
    }

    /// Whether it was told before, whatever has become of it since.
    pub fn knows_erasure(&self, forget: &Forget) -> Result<bool, Problem> {
        for person in &forget.people {
            let known = self.erasure(*person)?;
            if known.is_none_or(|known| whole(known.at) != forget.at) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn erasure(&self, person: ShopperId) -> Result<Option<Row>, Problem> {
        if !self.has("erasure")? {
            return Ok(None);
        }
        let rows: Vec<Row> = self
            .0
            .exec(
                "SELECT shopper, at, ended_at, version FROM erasure WHERE shopper = ?",
                vec![person.to_string().into()],
            )?
            .to_array()?;
        Ok(rows.into_iter().next())
    }

    /// Whether a fact is about a person who was erased since.
    pub fn is_of_erased(&self, person: ShopperId, version: u64) -> Result<bool, Problem> {
        let known = self.erasure(person)?;
        Ok(known.is_some_and(|known| whole(known.version) >= version))
    }

    /// Whether one of these people was erased at `at` or later, epoch ms.
    pub fn erased_since(&self, people: &[ShopperId], at: u64) -> Result<bool, Problem> {
        for person in people {
            if self
                .erasure(*person)?
                .is_some_and(|known| whole(known.at) >= at)
            {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Who was erased, the latest first; of several identities who spoke for them.
    pub fn erasures(&self, limit: u32) -> Result<Vec<Erased>, Problem> {
        if !self.has("erasure")? {
            return Ok(Vec::new());
        }
        let rows: Vec<Row> = self
            .0
            .exec(
                "SELECT shopper, at, ended_at, version FROM erasure WHERE shopper = speaks ORDER BY at DESC, shopper LIMIT ?",
                vec![SqlStorageValue::Float(f64::from(limit))],
            )?
            .to_array()?;
        let erased = rows.into_iter().map(|row| Erased {
            shopper: row.shopper,
            at: whole(row.at),
            ended_at: row.ended_at.map(whole),
        });
        Ok(erased.collect())
    }

    /// Remembers whom the shop's records call so; `id` is a keyed hash of that.
    pub fn call(&self, id: &str, person: ShopperId) -> Result<(), Problem> {
        self.0.exec(CUSTOMERS, None)?;
        self.0.exec(
            "INSERT OR IGNORE INTO called (id, shopper) VALUES (?, ?)",
            vec![id.into(), person.to_string().into()],
        )?;
        Ok(())
    }

    /// Everybody whom they have called so.
    pub fn called(&self, id: &str) -> Result<Vec<ShopperId>, Problem> {
        let mut called = Vec::new();
        for table in self.customer_tables()? {
            let rows: Vec<Text> = self
                .0
                .exec(
                    &format!("SELECT shopper AS value FROM {table} WHERE id = ?"),
                    vec![id.into()],
                )?
                .to_array()?;
            let people = rows.iter();
            called.extend(people.filter_map(|row| row.value.parse::<ShopperId>().ok()));
        }
        Ok(called)
    }

    /// The tables in which stands whom the shop's records know; a shop has those that it has needed.
    pub(super) fn customer_tables(&self) -> Result<Vec<&'static str>, Problem> {
        let mut tables = Vec::new();
        for table in CUSTOMER_TABLES {
            if self.has(table)? {
                tables.push(table);
            }
        }
        Ok(tables)
    }

    pub(super) fn has(&self, table: &str) -> Result<bool, Problem> {
        let rows: Vec<Text> = self
            .0
            .exec(
                "SELECT name AS value FROM sqlite_master WHERE type = 'table' AND name = ?",
                vec![table.into()],
            )?
            .to_array()?;
        Ok(!rows.is_empty())
    }
}
