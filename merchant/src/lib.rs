//! The merchant's wasm: the dashboard asks what other messages would have done, and the answer is computed in its own browser.

use homing_core::replay::{Refusal, Request};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use wasm_bindgen::prelude::*;

/// Replays a shop's history: docs/replay.md. `history` is an export (NDJSON); the others are JSON texts as they stand in files; `edited`
/// is a document of sequences, one sequence, or a whole configuration. The report is a plain object whose JSON is, to the byte, what
/// `homing replay --json` prints. What cannot be read is thrown as an `Error` with `code` and `problems` (`[{field, reason}]`).
#[wasm_bindgen]
pub fn replay(
    history: &[u8],
    configuration: &str,
    edited: &str,
    catalogue: &str,
    options: Option<String>,
) -> Result<JsValue, JsValue> {
    let request = Request {
        history,
        configuration,
        edited,
        catalogue,
        options: options.as_deref().unwrap_or("{}"),
    };
    let report = request.run().map_err(|refusal| thrown(&refusal))?;
    // Maps as objects and nothing as null: what JSON has.
    report
        .serialize(&Serializer::json_compatible())
        .map_err(JsValue::from)
}

fn thrown(refusal: &Refusal) -> JsValue {
    let error = js_sys::Error::new(&refusal.to_string());
    let put = |name: &str, value: &JsValue| {
        // Setting a property of an error that nobody has frozen cannot fail.
        let _ = js_sys::Reflect::set(&error, &JsValue::from_str(name), value);
    };
    put("code", &JsValue::from_str(refusal.code()));
    if let Ok(problems) = refusal.problems().serialize(&Serializer::json_compatible()) {
        put("problems", &problems);
    }
    error.into()
}
