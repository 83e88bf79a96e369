//! Webhooks that are kept for a person: sealed, and bounded in number, bytes and age.

use super::shop::{ShopStore, double, whole};
use crate::error::Problem;
use crate::json::{text_of, value_of};
use crate::objects::calls::{Kept, KeptState};
use serde::Deserialize;
use worker::SqlStorageValue;

/// Most of them in each state.
const MAX_COUNT: u32 = 1_000;
/// Most bytes in each state, as they are stored.
const MAX_BYTES: u64 = 64 * 1_024 * 1_024;
/// How long one is kept that could not be taken, ms.
const KEPT_MS: u64 = 30 * 86_400_000;
/// How long a request stays visible, ms: longer than any law gives to answer it.
const OPEN_MS: u64 = 180 * 86_400_000;

// The first one makes them: most shops keep none.
const SCHEMA: &str = "
CREATE TABLE IF NOT EXISTS kept (id TEXT PRIMARY KEY, state TEXT NOT NULL, at INTEGER NOT NULL, bytes INTEGER NOT NULL,
  said TEXT NOT NULL, sealed TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS kept_lost (state TEXT PRIMARY KEY, count INTEGER NOT NULL) WITHOUT ROWID;
";

#[derive(Deserialize)]
struct Row {
    said: String,
    sealed: String,
}

#[derive(Deserialize)]
struct Count {
    count: f64,
}

#[derive(Deserialize)]
struct Held {
    id: String,
    at: f64,
    bytes: f64,
}

impl ShopStore {
    /// Keeps a webhook. The same one again is kept once. Where there is no room, the oldest goes, and is counted.
    pub fn keep(&self, kept: &Kept, now: u64) -> Result<(), Problem> {
        self.0.exec(SCHEMA, None)?;
        let said = Kept {
            sealed: String::new(),
            ..kept.clone()
        };
        self.0.exec(
            "INSERT OR REPLACE INTO kept (id, state, at, bytes, said, sealed) VALUES (?, ?, ?, ?, ?, ?)",
            vec![
                kept.id.as_str().into(),
                name(kept.state).into(),
                SqlStorageValue::Float(double(kept.at)),
                SqlStorageValue::Float(double(kept.sealed.len() as u64)),
                text_of(&said)?.into(),
                kept.sealed.as_str().into(),
            ],
        )?;
        self.make_room(kept.state, now)
    }

    /// Those in a state, newest first and without what they hold, and how many had to go.
    pub fn kept(&self, state: KeptState) -> Result<(Vec<Kept>, u64), Problem> {
        if !self.has_kept()? {
            return Ok((Vec::new(), 0));
        }
        let rows: Vec<Row> = self
            .0
            .exec(
                "SELECT said, '' AS sealed FROM kept WHERE state = ? ORDER BY at DESC, id",
                vec![name(state).into()],
            )?
            .to_array()?;
        let kept = rows.iter().map(|row| value_of(&row.said));
        Ok((kept.collect::<Result<_, _>>()?, self.lost(state)?))
    }

    /// One of them, whole.
    pub fn open_kept(&self, id: &str) -> Result<Option<Kept>, Problem> {
        if !self.has_kept()? {
            return Ok(None);
        }
        let rows: Vec<Row> = self
            .0
            .exec(
                "SELECT said, sealed FROM kept WHERE id = ?",
                vec![id.into()],
            )?
            .to_array()?;
        let Some(row) = rows.into_iter().next() else {
            return Ok(None);
        };
        let said: Kept = value_of(&row.said)?;
        Ok(Some(Kept {
            sealed: row.sealed,
            ..said
        }))
    }

    /// What one of them holds is forgotten; that it came is still shown.
    pub fn blank(&self, id: &str) -> Result<(), Problem> {
        self.0.exec(
            "UPDATE kept SET sealed = '', bytes = 0 WHERE id = ?",
            vec![id.into()],
        )?;
        Ok(())
    }

    /// Whether one of them was kept before, and says nothing any more.
    pub fn is_blank(&self, id: &str) -> Result<bool, Problem> {
        let known = self.open_kept(id)?;
        Ok(known.is_some_and(|known| known.sealed.is_empty()))
    }

    /// One of them is done with.
    pub fn let_go(&self, id: &str) -> Result<(), Problem> {
        if self.has_kept()? {
            self.0
                .exec("DELETE FROM kept WHERE id = ?", vec![id.into()])?;
        }
        Ok(())
    }

    fn make_room(&self, state: KeptState, now: u64) -> Result<(), Problem> {
        let held: Vec<Held> = self
            .0
            .exec(
                "SELECT id, at, bytes FROM kept WHERE state = ? ORDER BY at DESC, id",
                vec![name(state).into()],
            )?
            .to_array()?;
        let oldest = now.saturating_sub(match state {
            KeptState::Kept => KEPT_MS,
            KeptState::Open => OPEN_MS,
        });
        let (mut count, mut bytes, mut lost) = (0_u32, 0_u64, 0_u64);
        for Held {
            id,
            at,
            bytes: size,
        } in held
        {
            count = count.saturating_add(1);
            bytes = bytes.saturating_add(whole(size));
            if count > MAX_COUNT || bytes > MAX_BYTES || whole(at) < oldest {
                self.let_go(&id)?;
                lost = lost.saturating_add(1);
            }
        }
        if lost > 0 {
            self.0.exec(
                "INSERT INTO kept_lost (state, count) VALUES (?1, ?2) ON CONFLICT (state) DO UPDATE SET count = count + ?2",
                vec![name(state).into(), SqlStorageValue::Float(double(lost))],
            )?;
        }
        Ok(())
    }

    fn lost(&self, state: KeptState) -> Result<u64, Problem> {
        let rows: Vec<Count> = self
            .0
            .exec(
                "SELECT count FROM kept_lost WHERE state = ?",
                vec![name(state).into()],
            )?
            .to_array()?;
        Ok(rows.first().map_or(0, |row| whole(row.count)))
    }

    fn has_kept(&self) -> Result<bool, Problem> {
        let rows: Vec<Count> = self
            .0
            .exec(
                "SELECT count(*) AS count FROM sqlite_master WHERE name = 'kept_lost'",
                None,
            )?
            .to_array()?;
        Ok(rows.first().is_some_and(|row| row.count > 0.0))
    }
}

fn name(state: KeptState) -> &'static str {
    match state {
        KeptState::Kept => "kept",
        KeptState::Open => "open",
    }
}
