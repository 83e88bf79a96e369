//! The table of requests that carried an `Idempotency-Key`.

use super::shop::{double, whole};
use crate::error::Problem;
use homing_core::bytes::{from_base64url, to_base64url};
use homing_core::idempotency::{Answer, Fingerprint, KEPT_MS, Known};
use serde::Deserialize;
use worker::{SqlStorage, SqlStorageValue};

/// Rows of one object; each of a shop's objects keeps so many.
const MAX_ROWS: f64 = 50_000.0;

/// Outdated rows that a new one takes along: fewer than two, and they would pile up.
const SWEPT: u32 = 4;

/// The table of one object.
pub struct RequestStore(SqlStorage);

#[derive(Deserialize)]
struct Row {
    fingerprint: String,
    begun_at: f64,
    attempt: u32,
    status: Option<u16>,
    body: Option<String>,
}

#[derive(Deserialize)]
struct Oldest {
    at: Option<f64>,
}

#[derive(Deserialize)]
struct Span {
    rows: Option<f64>,
}

// Rows are numbered as they come, so the oldest are found without another index.
const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS request (id INTEGER PRIMARY KEY, key TEXT NOT NULL UNIQUE, fingerprint TEXT NOT NULL,
  begun_at INTEGER NOT NULL, attempt INTEGER NOT NULL, status INTEGER, body TEXT);
";

impl RequestStore {
    /// Opens the table, making it the first time.
    pub fn open(sql: SqlStorage) -> Result<Self, Problem> {
        sql.exec(SCHEMA, None)?;
        Ok(Self(sql))
    }

    /// What is known of a key.
    pub fn known(&self, key: &str) -> Result<Option<Known>, Problem> {
        let rows: Vec<Row> = self
            .0
            .exec(
                "SELECT fingerprint, begun_at, attempt, status, body FROM request WHERE key = ?",
                vec![key.into()],
            )?
            .to_array()?;
        Ok(rows.into_iter().next().and_then(|row| {
            Some(Known {
                fingerprint: from_base64url(&row.fingerprint)?,
                begun_at: whole(row.begun_at),
                attempt: row.attempt,
                answer: row.status.zip(row.body).map(|(status, body)| Answer {
                    status,
                    body: body.into_bytes(),
                }),
            })
        }))
    }

    /// Whether there is no room for another key, once what is outdated at `now` (epoch ms) has gone.
    pub fn is_full(&self, now: u64) -> Result<bool, Problem> {
        let before = now.saturating_sub(KEPT_MS);
        self.0.exec(
            "DELETE FROM request WHERE id IN (SELECT id FROM request ORDER BY id LIMIT ?) AND begun_at <= ?",
            vec![
                SqlStorageValue::Float(f64::from(SWEPT)),
                SqlStorageValue::Float(double(before)),
            ],
        )?;
        let spans: Vec<Span> = self
            .0
            .exec("SELECT max(id) - min(id) AS rows FROM request", None)?
            .to_array()?;
        let rows = spans.first().and_then(|span| span.rows);
        Ok(rows.is_some_and(|rows| rows >= MAX_ROWS))
    }

    /// Forgets what is outdated at `now`, epoch ms.
    pub fn forget_outdated(&self, now: u64) -> Result<(), Problem> {
        let before = SqlStorageValue::Float(double(now.saturating_sub(KEPT_MS)));
        self.0
            .exec("DELETE FROM request WHERE begun_at <= ?", vec![before])?;
        Ok(())
    }

    /// When the oldest will be outdated, epoch ms; `None` where there is none.
    pub fn next_outdated(&self) -> Result<Option<u64>, Problem> {
        let oldest: Vec<Oldest> = self
            .0
            .exec("SELECT min(begun_at) AS at FROM request", None)?
            .to_array()?;
        let at = oldest.first().and_then(|row| row.at);
        Ok(at.map(|at| whole(at).saturating_add(KEPT_MS)))
    }

    /// A request is begun.
    pub fn begin(
        &self,
        key: &str,
        fingerprint: &Fingerprint,
        attempt: u32,
        now: u64,
    ) -> Result<(), Problem> {
        self.0.exec(
            "INSERT OR REPLACE INTO request (key, fingerprint, begun_at, attempt) VALUES (?, ?, ?, ?)",
            vec![
                key.into(),
                to_base64url(fingerprint).into(),
                SqlStorageValue::Float(double(now)),
                SqlStorageValue::Float(f64::from(attempt)),
            ],
        )?;
        Ok(())
    }

    /// A request was answered. Who has been overtaken by a later attempt changes nothing.
    pub fn done(&self, key: &str, attempt: u32, status: u16, body: &str) -> Result<(), Problem> {
        self.0.exec(
            "UPDATE request SET status = ?, body = ? WHERE key = ? AND attempt = ? AND status IS NULL",
            vec![
                SqlStorageValue::Float(f64::from(status)),
                body.into(),
                key.into(),
                SqlStorageValue::Float(f64::from(attempt)),
            ],
        )?;
        Ok(())
    }

    /// A request changed nothing: the key is free.
    pub fn release(&self, key: &str, attempt: u32) -> Result<(), Problem> {
        self.0.exec(
            "DELETE FROM request WHERE key = ? AND attempt = ? AND status IS NULL",
            vec![key.into(), SqlStorageValue::Float(f64::from(attempt))],
        )?;
        Ok(())
    }
}
