//! The objects' hosts: load, `core::step`, persist, effects. No rule lives here.

mod acknowledgement;
pub mod calls;
pub mod cart;
pub mod requests;
pub mod shop;
pub mod shopper;
pub mod stock;
#[cfg(feature = "test-routes")]
pub mod trace;

use crate::bindings::ObjectContext;
use crate::error::Problem;
use homing_core::object::codec;
use js_sys::Uint8Array;
use serde::{Serialize, de::DeserializeOwned};
use wasm_bindgen::{JsCast, JsValue};
use worker::durable::State;

/// What the platform gave an object, as the worker crate has it.
fn state_of(ctx: &ObjectContext) -> State {
    let raw: worker::worker_sys::DurableObjectState =
        JsCast::unchecked_into(JsValue::from(ctx.clone()));
    State::from(raw)
}

/// Reads a message.
fn message<T: DeserializeOwned>(bytes: &Uint8Array) -> Result<T, Problem> {
    Ok(codec::decode(&bytes.to_vec())?)
}

/// Writes an answer.
fn answer<T: Serialize>(value: &T) -> Result<JsValue, Problem> {
    Ok(Uint8Array::from(codec::encode(value)?.as_slice()).into())
}

/// A problem as the exception that the platform carries to the caller.
pub fn exception(problem: &Problem) -> JsValue {
    // The caller learns only that it failed; why is said here.
    if let Problem::Internal(detail) | Problem::Unavailable(detail) = problem {
        crate::telemetry::error("call_failed", detail);
    }
    js_sys::Error::new(&problem.to_string()).into()
}
