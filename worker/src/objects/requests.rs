//! Hosts one of the objects in which a shop's requests with an `Idempotency-Key` are remembered.

use super::calls::{RequestsInput, RequestsReply};
use super::{answer, exception, message};
use crate::bindings::{Env, ObjectContext};
use crate::clock;
use crate::error::Problem;
use crate::store::requests::RequestStore;
use homing_core::idempotency::{Met, meet};
use js_sys::Uint8Array;
use wasm_bindgen::prelude::*;
use worker::durable::State;

/// The object and what the platform gave it.
#[wasm_bindgen]
pub struct RequestsHost {
    state: State,
}

/// Opens the object.
#[wasm_bindgen]
pub fn open_requests(ctx: ObjectContext, _env: Env) -> RequestsHost {
    let raw: worker::worker_sys::DurableObjectState = JsCast::unchecked_into(JsValue::from(ctx));
    RequestsHost {
        state: State::from(raw),
    }
}

#[wasm_bindgen]
impl RequestsHost {
    /// Remembers nothing.
    pub fn forget(&self) {}

    /// One call: bytes in, bytes out.
    pub fn call(&self, bytes: Uint8Array) -> Result<JsValue, JsValue> {
        self.take(&bytes)
            .and_then(|reply| answer(&reply))
            .map_err(|problem| exception(&problem))
    }
}

impl RequestsHost {
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
