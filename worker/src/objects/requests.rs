//! Hosts one of the objects in which a shop's requests with an `Idempotency-Key` are remembered.

use super::calls::{RequestsInput, RequestsReply};
use super::{answer, exception, message, state_of};
use crate::bindings::{self, Env, ObjectContext};
use crate::clock;
use crate::error::Problem;
use crate::store::requests::RequestStore;
use homing_core::idempotency::{Met, meet};
use js_sys::Uint8Array;
use std::cell::Cell;
use std::panic::AssertUnwindSafe;
use wasm_bindgen::prelude::*;
use worker::durable::State;

/// The object and what the platform gave it. Asserting unwind safety is sound: what is thought of the alarm costs a row at worst.
#[wasm_bindgen]
pub struct RequestsHost {
    ctx: ObjectContext,
    state: State,
    /// Whether the alarm is known to be set by which answers are forgotten of a shop that has stopped to call.
    armed: AssertUnwindSafe<Cell<bool>>,
}

/// Alarms this close to each other are as good as one, ms.
const APART_MS: u64 = 3_600_000;

/// Opens the object.
#[wasm_bindgen]
pub fn open_requests(ctx: ObjectContext, _env: Env) -> RequestsHost {
    RequestsHost {
        state: state_of(&ctx),
        ctx,
        armed: AssertUnwindSafe(Cell::new(false)),
    }
}

#[wasm_bindgen]
impl RequestsHost {
    /// Drops what is remembered.
    pub fn forget(&self) {
        self.armed.set(false);
    }

    /// The alarm: what is outdated goes.
    pub fn alarm(&self) -> Result<JsValue, JsValue> {
        self.forget_outdated()
            .map(|()| JsValue::UNDEFINED)
            .map_err(|problem| exception(&problem))
    }

    /// One call: bytes in, bytes out.
    pub fn call(&self, bytes: Uint8Array) -> Result<JsValue, JsValue> {
        self.take(&bytes)
            .and_then(|reply| answer(&reply))
            .map_err(|problem| exception(&problem))
    }
}

impl RequestsHost {
    fn forget_outdated(&self) -> Result<(), Problem> {
        let store = RequestStore::open(self.state.storage().sql())?;
        store.forget_outdated(clock::now_ms())?;
        self.arm(&store)
    }

    /// Sets the alarm to the time at which the oldest answer will be outdated; those that follow it closely go with the next one.
    fn arm(&self, store: &RequestStore) -> Result<(), Problem> {
        let Some(at) = store.next_outdated()? else {
            self.armed.set(false);
            return Ok(());
        };
        self.armed.set(true);
        let at = at.max(clock::now_ms().saturating_add(APART_MS));
        #[expect(clippy::cast_precision_loss, reason = "epoch ms stay far below 2^53")]
        let at = at as f64;
        // Not awaited, so that it is written together with what it is for.
        bindings::set_alarm(&self.ctx, at)
            .map(drop)
            .map_err(Problem::from)
    }

    fn take(&self, bytes: &Uint8Array) -> Result<RequestsReply, Problem> {
        let input: RequestsInput = message(bytes)?;
        let store = RequestStore::open(self.state.storage().sql())?;
        match input {
            RequestsInput::Begin { key, fingerprint } => {
                let now = clock::now_ms();
                let known = store.known(&key)?;
                let met = meet(known.as_ref(), &fingerprint, now);
                let Met::Begin(attempt) = met else {
                    return Ok(RequestsReply::Met(met));
                };
                if known.is_none() && store.is_full(now)? {
                    return Ok(RequestsReply::Met(Met::Full));
                }
                store.begin(&key, &fingerprint, attempt, now)?;
                // Once in the life of a process: it costs a row.
                if !self.armed.get() {
                    self.arm(&store)?;
                }
                Ok(RequestsReply::Met(met))
            }
            RequestsInput::Done {
                key,
                attempt,
                status,
                body,
            } => {
                store.done(&key, attempt, status, &body)?;
                Ok(RequestsReply::Done)
            }
            RequestsInput::Release { key, attempt } => {
                store.release(&key, attempt)?;
                Ok(RequestsReply::Done)
            }
        }
    }
}
