//! What comes in the body of a request: limited before it is read, and parsed as JSON.

use crate::bindings::{self, Request};
use crate::error::Problem;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// How deep JSON may be nested; the deepest that has a meaning is a product's option, at four.
pub const MAX_DEPTH: u32 = 16;

/// Reads a JSON body of at most `limit` bytes.
pub async fn body<T: serde::de::DeserializeOwned>(
    request: &Request,
    limit: u32,
) -> Result<T, Problem> {
    parse(&body_bytes(request, limit).await?)
}

/// The answer where a body could not be read.
pub fn unread(too_large: bool, limit: u32, origin: Option<&str>) -> JsValue {
    let problem = if too_large {
        Problem::TooLarge(limit)
    } else {
        Problem::Body(String::from("it ended early"))
    };
    problem.response(origin)
}

/// Parses JSON. Parsers skip what they do not know however deep it is nested, so depth is limited before they see it.
pub fn parse<T: serde::de::DeserializeOwned>(json: &[u8]) -> Result<T, Problem> {
    if is_deeper_than(MAX_DEPTH, json) {
        return Err(Problem::Body(format!(
            "it may be nested at most {MAX_DEPTH} deep"
        )));
    }
    let text = std::str::from_utf8(json).map_err(not_utf8)?;
    // Serde would take an array for an object's fields in their order.
    if !text.trim_start().starts_with('{') {
        return Err(Problem::Body(String::from("it is a JSON object")));
    }
    // The same reader as for documents: each further one of a large type is code of its own.
    serde_json::from_str(text).map_err(|error| Problem::Body(error.to_string()))
}

/// The problem of a text that is not UTF-8.
pub fn not_utf8<E>(_: E) -> Problem {
    Problem::Body(String::from("it is not UTF-8"))
}

/// Whether brackets outside of strings are nested deeper than `limit`.
pub fn is_deeper_than(limit: u32, json: &[u8]) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => depth = depth.saturating_add(1),
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limit {
            return true;
        }
    }
    false
}

/// Reads a body of at most `limit` bytes as it is.
pub async fn body_bytes(request: &Request, limit: u32) -> Result<Vec<u8>, Problem> {
    let bytes = JsFuture::from(bindings::read_body(request, limit))
        .await
        .map_err(|_| Problem::Body(String::from("it ended early")))?;
    if bytes.is_null() {
        return Err(Problem::TooLarge(limit));
    }
    let bytes: Uint8Array = bytes
        .dyn_into()
        .map_err(|_| Problem::Internal(String::from("a body that is no bytes")))?;
    Ok(bytes.to_vec())
}

#[cfg(test)]
mod tests {
    use super::is_deeper_than;

    #[test]
    fn depth_counts_brackets_outside_of_strings() {
        assert!(!is_deeper_than(2, br#"{"a":[1,"[[[\"[["],"b":[]}"#));
        assert!(is_deeper_than(2, br#"{"a":[[1]]}"#));
        assert!(is_deeper_than(16, "[".repeat(10_000).as_bytes()));
    }
}
