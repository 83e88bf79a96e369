//! Futures as promises.

use crate::error::Problem;
use crate::objects::exception;
use js_sys::Promise;
use std::panic::AssertUnwindSafe;
use wasm_bindgen::JsValue;

/// Runs a future as a promise. A panic inside rejects the promise and nothing else. Asserting unwind safety is sound because
/// nothing that such a future shares survives it: `js/entry.js` drops an object's memory after a failed call, and what isolates
/// remember (keys, shops) is only ever replaced whole.
pub fn promise(future: impl Future<Output = Result<JsValue, Problem>> + 'static) -> Promise {
    wasm_bindgen_futures::future_to_promise(AssertUnwindSafe(async move {
        future.await.map_err(|problem| exception(&problem))
    }))
}
