//! Records what an object does, in its own storage, where the deployment asks for it. Only in builds for tests: a trace holds
//! contacts, and costs a row a step.

use super::answer;
use crate::bindings::{Env, ObjectContext};
use crate::error::Problem;
use homing_core::object::{Commit, codec};
use homing_core::trace::{Asked, Entry};
use js_sys::{Reflect, Uint8Array};
use serde::{Deserialize, Serialize};
use wasm_bindgen::JsValue;
use worker::SqlStorage;

/// What is said to an object to read its trace.
pub const WANTED: &[u8] = b"trace";

/// Whether a message asks for the trace.
pub fn is_wanted(message: &Uint8Array) -> bool {
    message.length() == 5 && message.to_vec() == WANTED
}

/// The state has been read from its row, or is a new object's.
pub fn begun<T: Serialize>(ctx: &ObjectContext, env: &Env, state: &T) -> Result<(), Problem> {
    if !is_on(env) {
        return Ok(());
    }
    let state = codec::encode(state)?;
    put(ctx, &Entry::Begun { state })
}

/// A step has been taken.
pub fn step<E: Serialize, R: Serialize, T: Serialize>(
    ctx: &ObjectContext,
    env: &Env,
    (now, entropy, asked): (u64, [u8; 32], Asked),
    commit: &Commit<E, R>,
    state: &T,
) -> Result<(), Problem> {
    if !is_on(env) {
        return Ok(());
    }
    let entry = Entry::Step {
        now,
        entropy,
        asked,
        commit: codec::encode(commit)?,
        state: codec::encode(state)?,
    };
    put(ctx, &entry)
}

/// The alarm has been asked for.
pub fn armed<T: Serialize>(
    ctx: &ObjectContext,
    env: &Env,
    now: u64,
    at: Option<u64>,
    state: &T,
) -> Result<(), Problem> {
    if !is_on(env) {
        return Ok(());
    }
    let state = codec::encode(state)?;
    put(ctx, &Entry::Armed { now, at, state })
}

#[derive(Deserialize)]
struct Row {
    #[serde(with = "serde_bytes")]
    value: Vec<u8>,
}

/// All entries, oldest first.
pub fn read(ctx: &ObjectContext) -> Result<JsValue, Problem> {
    let rows: Vec<Row> = sql(ctx)
        .exec("SELECT value FROM trace ORDER BY number", None)?
        .to_array()?;
    let entries = rows
        .iter()
        .map(|row| codec::decode(&row.value))
        .collect::<Result<Vec<Entry>, _>>()?;
    answer(&entries)
}

fn is_on(env: &Env) -> bool {
    Reflect::get(env.as_ref(), &JsValue::from_str("HOMING_TRACE")).is_ok_and(|on| on.is_truthy())
}

/// Without an `await`: the platform writes it together with the row that it is about, or neither.
fn put(ctx: &ObjectContext, entry: &Entry) -> Result<(), Problem> {
    let sql = sql(ctx);
    sql.exec(
        "CREATE TABLE IF NOT EXISTS trace (number INTEGER PRIMARY KEY, value BLOB NOT NULL)",
        None,
    )?;
    sql.exec(
        "INSERT INTO trace (value) VALUES (?)",
        vec![codec::encode(entry)?.into()],
    )?;
    Ok(())
}

fn sql(ctx: &ObjectContext) -> SqlStorage {
    super::state_of(ctx).storage().sql()
}
