//! Endpoints of a Shop, and what they have not been told yet: a row a message and endpoint, until it has arrived.

use super::shop::{ShopStore, Text, double, whole};
use crate::error::Problem;
use crate::json::{text_of, value_of};
use homing_core::endpoint::{Endpoint, EndpointId, Event};
use serde::Deserialize;
use worker::SqlStorageValue;

/// Messages that wait for one endpoint, or rest; what is older makes way.
const MAX_WAITING: u32 = 1_000;

const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS endpoint (id TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS told (id INTEGER PRIMARY KEY, endpoint TEXT NOT NULL, event TEXT NOT NULL, attempts INTEGER NOT NULL, due INTEGER);
CREATE INDEX IF NOT EXISTS told_to ON told (endpoint, due);
";

/// A message for an endpoint.
pub struct Waiting {
    /// Its row.
    pub row: u64,
    /// Whom it is for.
    pub endpoint: EndpointId,
    /// What it says.
    pub event: Event,
    /// Tries begun.
    pub attempts: u32,
}

#[derive(Deserialize)]
struct Row {
    id: f64,
    endpoint: String,
    event: String,
    attempts: u32,
}

#[derive(Deserialize)]
struct Due {
    endpoint: String,
    due: f64,
}

#[derive(Deserialize)]
struct Counts {
    waiting: f64,
    resting: f64,
}

impl ShopStore {
    /// Shops without endpoints have no tables for them.
    fn has_endpoints(&self) -> Result<bool, Problem> {
        let sql = "SELECT name AS value FROM sqlite_master WHERE name = 'told'";
        let known: Vec<Text> = self.0.exec(sql, None)?.to_array()?;
        Ok(!known.is_empty())
    }

    /// All endpoints, by id.
    pub fn endpoints(&self) -> Result<Vec<Endpoint>, Problem> {
        if !self.has_endpoints()? {
            return Ok(Vec::new());
        }
        let sql = "SELECT value FROM endpoint ORDER BY id";
        let rows: Vec<Text> = self.0.exec(sql, None)?.to_array()?;
        rows.iter().map(|row| value_of(&row.value)).collect()
    }

    /// Adds or replaces one.
    pub fn put_endpoint(&self, endpoint: &Endpoint) -> Result<(), Problem> {
        self.0.exec(SCHEMA, None)?;
        self.0.exec(
            "INSERT OR REPLACE INTO endpoint (id, value) VALUES (?, ?)",
            vec![endpoint.id.to_string().into(), text_of(endpoint)?.into()],
        )?;
        Ok(())
    }

    /// Takes one away, with all that it has not been told.
    pub fn delete_endpoint(&self, id: EndpointId) -> Result<(), Problem> {
        for sql in [
            "DELETE FROM told WHERE endpoint = ?",
            "DELETE FROM endpoint WHERE id = ?",
        ] {
            self.0.exec(sql, vec![id.to_string().into()])?;
        }
        Ok(())
    }

    /// Writes an event down for an endpoint, to be told at `due`, epoch ms.
    pub fn owe(&self, endpoint: EndpointId, event: &Event, due: u64) -> Result<(), Problem> {
        let to = endpoint.to_string();
        self.0.exec(
            "INSERT INTO told (endpoint, event, attempts, due) VALUES (?, ?, 0, ?)",
            vec![
                to.as_str().into(),
                text_of(event)?.into(),
                SqlStorageValue::Float(double(due)),
            ],
        )?;
        self.0.exec(
            "DELETE FROM told WHERE endpoint = ?1 AND id <= (SELECT id FROM told WHERE endpoint = ?1 ORDER BY id DESC LIMIT 1 OFFSET ?2)",
            vec![to.into(), SqlStorageValue::Float(f64::from(MAX_WAITING))],
        )?;
        Ok(())
    }

    /// Of each endpoint what is due first at `now`, epoch ms.
    pub fn owed(&self, now: u64) -> Result<Vec<Waiting>, Problem> {
        if !self.has_endpoints()? {
            return Ok(Vec::new());
        }
        // SQLite takes the other columns from the row that has the least.
        let rows: Vec<Row> = self
            .0
            .exec(
                "SELECT id, endpoint, event, attempts, min(due) FROM told WHERE due <= ? GROUP BY endpoint",
                vec![SqlStorageValue::Float(double(now))],
            )?
            .to_array()?;
        rows.iter()
            .map(|row| {
                Ok(Waiting {
                    row: whole(row.id),
                    endpoint: row.endpoint.parse()?,
                    event: value_of(&row.event)?,
                    attempts: row.attempts,
                })
            })
            .collect()
    }

    /// When the next message is due to each endpoint, epoch ms.
    pub fn next_owed(&self) -> Result<Vec<(EndpointId, u64)>, Problem> {
        if !self.has_endpoints()? {
            return Ok(Vec::new());
        }
        let sql =
            "SELECT endpoint, min(due) AS due FROM told WHERE due IS NOT NULL GROUP BY endpoint";
        let rows: Vec<Due> = self.0.exec(sql, None)?.to_array()?;
        rows.iter()
            .map(|row| Ok((row.endpoint.parse()?, whole(row.due))))
            .collect()
    }

    /// Begins a try: until `lease`, epoch ms, nobody else does.
    pub fn try_owed(&self, row: u64, lease: u64) -> Result<(), Problem> {
        self.0.exec(
            "UPDATE told SET attempts = attempts + 1, due = ? WHERE id = ?",
            vec![
                SqlStorageValue::Float(double(lease)),
                SqlStorageValue::Float(double(row)),
            ],
        )?;
        Ok(())
    }

    /// It has arrived.
    pub fn arrived(&self, row: u64) -> Result<(), Problem> {
        let bound = vec![SqlStorageValue::Float(double(row))];
        self.0.exec("DELETE FROM told WHERE id = ?", bound)?;
        Ok(())
    }

    /// It is told again at `due`, epoch ms; `None`: when somebody asks for it.
    pub fn put_off(&self, row: u64, due: Option<u64>) -> Result<(), Problem> {
        self.0.exec(
            "UPDATE told SET due = ? WHERE id = ?",
            vec![
                due.map_or(SqlStorageValue::Null, |due| {
                    SqlStorageValue::Float(double(due))
                }),
                SqlStorageValue::Float(double(row)),
            ],
        )?;
        Ok(())
    }

    /// How many messages wait for an endpoint, and how many rest.
    pub fn owed_to(&self, endpoint: EndpointId) -> Result<(u64, u64), Problem> {
        let rows: Vec<Counts> = self
            .0
            .exec(
                "SELECT count(due) AS waiting, count(*) - count(due) AS resting FROM told WHERE endpoint = ?",
                vec![endpoint.to_string().into()],
            )?
            .to_array()?;
        Ok(rows
            .first()
            .map_or((0, 0), |row| (whole(row.waiting), whole(row.resting))))
    }

    /// What waits for an endpoint rests from here on.
    pub fn rest(&self, endpoint: EndpointId) -> Result<(), Problem> {
        let bound = vec![endpoint.to_string().into()];
        self.0
            .exec("UPDATE told SET due = NULL WHERE endpoint = ?", bound)?;
        Ok(())
    }

    /// What rests is told again at `now`, epoch ms, as if for the first time.
    pub fn replay(&self, endpoint: EndpointId, now: u64) -> Result<(), Problem> {
        self.0.exec(
            "UPDATE told SET due = ?, attempts = 0 WHERE endpoint = ? AND due IS NULL",
            vec![
                SqlStorageValue::Float(double(now)),
                endpoint.to_string().into(),
            ],
        )?;
        Ok(())
    }
}
