//! Answers in pieces: a log, a page of logs, a page of decisions. One piece is in memory.

use super::{decisions, events};
use crate::bindings;
use crate::error::Problem;
use crate::promise::promise;
use js_sys::{Promise, Uint8Array};
use std::cell::RefCell;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// What is left to hand out.
#[expect(
    clippy::large_enum_variant,
    reason = "there is one for each answer, not a collection of them"
)]
pub enum Rest {
    /// Of logs.
    Events(events::Rest),
    /// Of decisions.
    Decisions(decisions::Rest),
}

/// What is left of an answer. Asserting unwind safety is sound: a piece that panics leaves nothing behind, and the answer ends
/// there.
#[wasm_bindgen]
pub struct ExportSource(AssertUnwindSafe<Rc<RefCell<Option<Rest>>>>);

#[wasm_bindgen]
impl ExportSource {
    /// The next piece, or undefined at the end. Pieces are asked for one after the other.
    pub fn next(&self) -> Promise {
        let left = Rc::clone(&self.0);
        promise(async move {
            let Some(mut rest) = left.take() else {
                return Ok(JsValue::UNDEFINED);
            };
            let piece = match &mut rest {
                Rest::Events(rest) => rest.piece().await?,
                Rest::Decisions(rest) => rest.piece().await?,
            };
            let Some(piece) = piece else {
                return Ok(JsValue::UNDEFINED);
            };
            left.replace(Some(rest));
            Ok(Uint8Array::from(piece.as_slice()).into())
        })
    }
}

/// The answer, with where the next page is.
pub fn answer(opened: Result<(Rest, Option<String>), Problem>) -> JsValue {
    match opened {
        Ok((rest, next)) => {
            let source = ExportSource(AssertUnwindSafe(Rc::new(RefCell::new(Some(rest)))));
            bindings::stream("application/x-ndjson", source.into(), next.as_deref())
        }
        Err(problem) => problem.response(None),
    }
}
