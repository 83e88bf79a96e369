//! What a person should see of messages: a row a message, with the last that was heard of it; and dead letters that are tried again.

use super::shop::{AGED, Number, REPLAY, ShopStore, Text, double, whole};
use crate::error::Problem;
use crate::objects::calls::{DeadLetters, Refusals, Replay, ReplayFilter, ReplayTold};
use homing_core::delivery::DeliveryKey;
use homing_core::ids::ShopperId;
use homing_core::object::shopper::Report;
use homing_core::traceparent::TraceId;
use serde::Deserialize;
use worker::SqlStorageValue;

/// For how long a report is kept, ms: 90 days. What waits for a person's word is kept until that is given.
const KEPT_MS: u64 = 90 * 86_400_000;

/// How often old ones are looked for, ms.
const LOOK_MS: u64 = 86_400_000;

/// Dead letters on a page: each is a call.
const PAGE: f64 = 50.0;

#[derive(Deserialize)]
struct Row {
    shopper: String,
    conversation: u16,
    step: u8,
    state: String,
    code: String,
    at: f64,
    trace: Option<String>,
}

impl Row {
    fn key(&self) -> DeliveryKey {
        DeliveryKey {
            conversation: self.conversation,
            step: self.step,
        }
    }
}

impl ShopStore {
    /// Writes down what a person should see.
    pub fn put_report(
        &self,
        shopper: ShopperId,
        report: &Report,
        trace: Option<TraceId>,
    ) -> Result<(), Problem> {
        self.make_room_for_traces()?;
        self.0.exec(
            "INSERT OR REPLACE INTO report (shopper, conversation, step, state, code, at, trace) VALUES (?, ?, ?, ?, ?, ?, ?)",
            vec![
                shopper.to_string().into(),
                SqlStorageValue::Float(f64::from(report.key.conversation)),
                SqlStorageValue::Float(f64::from(report.key.step)),
                report.state.as_str().into(),
                report.code.as_str().into(),
                SqlStorageValue::Float(double(report.at)),
                trace.map_or(SqlStorageValue::Null, |trace| trace.to_string().into()),
            ],
        )?;
        Ok(())
    }

    /// Whether that is what the desk has heard last about the message.
    pub fn knows_report(&self, shopper: ShopperId, report: &Report) -> Result<bool, Problem> {
        let rows: Vec<Number> = self
            .0
            .exec(
                "SELECT count(*) AS value FROM report WHERE shopper = ? AND conversation = ? AND step = ? AND state = ? AND at = ?",
                vec![
                    shopper.to_string().into(),
                    SqlStorageValue::Float(f64::from(report.key.conversation)),
                    SqlStorageValue::Float(f64::from(report.key.step)),
                    report.state.as_str().into(),
                    SqlStorageValue::Float(double(report.at)),
                ],
            )?
            .to_array()?;
        Ok(rows.first().is_some_and(|row| row.value > 0.0))
    }

    /// What a person should see, newest first, each with its trace.
    pub fn reports(
        &self,
        state: Option<&str>,
    ) -> Result<Vec<(ShopperId, Report, Option<String>)>, Problem> {
        self.make_room_for_traces()?;
        let rows: Vec<Row> = self
            .0
            .exec(
                "SELECT shopper, conversation, step, state, code, at, trace FROM report WHERE ?1 IS NULL OR state = ?1 ORDER BY at DESC LIMIT 500",
                vec![state.map_or(SqlStorageValue::Null, Into::into)],
            )?
            .to_array()?;
        let reports = rows.into_iter().filter_map(|row| {
            let key = row.key();
            let shopper = row.shopper.parse().ok()?;
            let report = Report {
                key,
                state: row.state,
                code: row.code,
                at: whole(row.at),
            };
            Some((shopper, report, row.trace))
        });
        Ok(reports.collect())
    }

    /// Forgets reports that nobody will look at any more; looks for them once a day, however often it is called.
    pub fn forget_old_reports(&self, now: u64) -> Result<(), Problem> {
        let looked: Option<u64> = self.kept_as(AGED)?.and_then(|text| text.parse().ok());
        if looked.is_some_and(|at| now < at.saturating_add(LOOK_MS)) {
            return Ok(());
        }
        self.0.exec(
            "DELETE FROM report WHERE at < ? AND state <> 'awaiting_approval'",
            vec![SqlStorageValue::Float(double(now.saturating_sub(KEPT_MS)))],
        )?;
        self.keep_as(AGED, &now.to_string())
    }

    /// Dead letters that are tried again, or were last.
    pub fn replays(&self) -> Result<Option<Replay>, Problem> {
        self.encoded_as(REPLAY)
    }

    fn keep_replay(&self, replay: &Replay) -> Result<(), Problem> {
        self.encode_as(REPLAY, replay)
    }

    /// Begins to try dead letters again, unless that is under way; whether it was begun now.
    pub fn begin_replay(&self, filter: ReplayFilter, now: u64) -> Result<(Replay, bool), Problem> {
        if let Some(known) = self.replays()?.filter(|known| known.ended_at.is_none()) {
            return Ok((known, false));
        }
        let replay = Replay {
            begun_at: now,
            ended_at: None,
            filter,
            reached: None,
            replayed: 0,
            refused: Refusals::default(),
        };
        self.keep_replay(&replay)?;
        Ok((replay, true))
    }

    /// The next dead letters to ask for, by shopper; `None` where nobody wants any tried again. What has died since that was wanted is
    /// not meant.
    pub fn replay_page(&self) -> Result<Option<(Replay, DeadLetters)>, Problem> {
        let Some(replay) = self.replays()?.filter(|one| one.ended_at.is_none()) else {
            return Ok(None);
        };
        self.make_room_for_traces()?;
        let (shopper, conversation, step) = match &replay.reached {
            Some((shopper, key)) => (shopper.to_string(), key.conversation, key.step),
            None => (String::new(), 0, 0),
        };
        let filter = &replay.filter;
        let until = filter.until.unwrap_or(u64::MAX).min(replay.begun_at);
        let rows: Vec<Row> = self
            .0
            .exec(
                "SELECT shopper, conversation, step, state, code, at, trace FROM report
                 WHERE (shopper, conversation, step) > (?1, ?2, ?3) AND state = 'dead_lettered' AND (?4 IS NULL OR code = ?4) AND at BETWEEN ?5 AND ?6
                 ORDER BY shopper, conversation, step LIMIT ?7",
                vec![
                    shopper.into(),
                    SqlStorageValue::Float(f64::from(conversation)),
                    SqlStorageValue::Float(f64::from(step)),
                    filter
                        .code
                        .as_deref()
                        .map_or(SqlStorageValue::Null, Into::into),
                    SqlStorageValue::Float(double(filter.since.unwrap_or(0))),
                    SqlStorageValue::Float(double(until)),
                    SqlStorageValue::Float(PAGE),
                ],
            )?
            .to_array()?;
        let page = rows
            .iter()
            .filter_map(|row| Some((row.shopper.parse().ok()?, row.key())));
        let page = page.collect();
        Ok(Some((replay, page)))
    }

    /// A page has been asked for.
    pub fn replay_told(&self, told: ReplayTold, now: u64) -> Result<Option<Replay>, Problem> {
        let Some(mut replay) = self.replays()? else {
            return Ok(None);
        };
        // One that was told before, or of an earlier wish.
        let is_next = told.reached.is_none() || told.reached > replay.reached;
        if replay.begun_at != told.begun_at || replay.ended_at.is_some() || !is_next {
            return Ok(Some(replay));
        }
        replay.replayed = replay.replayed.saturating_add(told.replayed);
        for (why, count) in told.refused.0 {
            replay.refused.add(why, count);
        }
        match told.reached {
            Some(reached) => replay.reached = Some(reached),
            None => replay.ended_at = Some(now),
        }
        self.keep_replay(&replay)?;
        Ok(Some(replay))
    }

    /// A table from before there were traces has no column for them.
    fn make_room_for_traces(&self) -> Result<(), Problem> {
        let sql = "SELECT sql AS value FROM sqlite_master WHERE name = 'report'";
        let rows: Vec<Text> = self.0.exec(sql, None)?.to_array()?;
        if rows.first().is_some_and(|row| !row.value.contains("trace")) {
            self.0
                .exec("ALTER TABLE report ADD COLUMN trace TEXT", None)?;
        }
        Ok(())
    }
}
