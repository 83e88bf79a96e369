//! From JSON to a value, with the path of the field that does not fit.

use super::Problems;
use super::node::Node;
use crate::shop::FieldError;
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

/// Longest path that is answered, in characters: it can hold what the document holds.
const MAX_PATH: usize = 300;
/// Longest reason, in characters: room for the names of all tests.
const MAX_REASON: usize = 600;

/// A body as text.
pub(crate) fn text_of(json: &[u8]) -> Result<&str, FieldError> {
    core::str::from_utf8(json).map_err(|_| FieldError {
        field: String::from("body"),
        reason: String::from("text in UTF-8"),
    })
}

/// Reads a whole document and has it checked. Never empty on `Err`.
pub(crate) fn read_checked<T: DeserializeOwned + Serialize>(
    json: &[u8],
    check: impl FnOnce(&T, &mut Problems),
) -> Result<T, Vec<FieldError>> {
    let given = text_of(json).and_then(|text| parsed(text, ""));
    checked(&given.map_err(|error| Vec::from([error]))?, check)
}

/// Reads a document by [`read_exactly`] and has it checked. Never empty on `Err`.
pub(crate) fn checked<T: DeserializeOwned + Serialize>(
    given: &Node<'_>,
    check: impl FnOnce(&T, &mut Problems),
) -> Result<T, Vec<FieldError>> {
    let value = read_exactly(given, "").map_err(|error| Vec::from([error]))?;
    let mut problems = Problems::at("");
    check(&value, &mut problems);
    problems.none_or(value)
}

/// Reads `json`, which stands at `root` in the merchant's document. It must be JSON; where it is not, the path is `root`.
pub fn read<'de, T: Deserialize<'de>>(json: &'de str, root: &str) -> Result<T, FieldError> {
    read_node(&parsed(json, root)?, root)
}

fn parsed<'de>(json: &'de str, root: &str) -> Result<Node<'de>, FieldError> {
    serde_json::from_str(json).map_err(|error| explained(root, "", &said(&error)))
}

pub(crate) fn read_node<'de, T: Deserialize<'de>>(
    node: &Node<'de>,
    root: &str,
) -> Result<T, FieldError> {
    T::deserialize(node).map_err(|misfit| explained(root, &misfit.path(), &misfit.reason))
}

/// The same for a value that says all of itself when it is written, and must have been given in that shape. The reader alone would
/// also take a list of values for an object, in the order of its fields, and `{"phone": null}` for `"phone"`.
pub(crate) fn read_exactly<T: DeserializeOwned + Serialize>(
    given: &Node<'_>,
    root: &str,
) -> Result<T, FieldError> {
    let value: T = read_node(given, root)?;
    let mut problems = Problems::at(root);
    match serde_json::to_value(&value) {
        Ok(written) => compare(given, &written, &mut problems),
        // What was read can be written; were it not so, it would not be taken.
        Err(error) => problems.wrong(&words_of(&said(&error))),
    }
    match problems.into_errors().into_iter().next() {
        None => Ok(value),
        Some(error) => Err(error),
    }
}

fn compare(given: &Node<'_>, written: &Value, problems: &mut Problems) {
    match (given, written) {
        (Node::Object(given), Value::Object(written)) => {
            for (name, given) in given {
                if let Some(written) = written.get(name.as_ref()) {
                    problems.field(name, |problems| compare(given, written, problems));
                }
            }
        }
        (Node::List(given), Value::Array(written)) => {
            for (n, (given, written)) in given.iter().zip(written).enumerate() {
                problems.entry(n, |problems| compare(given, written, problems));
            }
        }
        (_, Value::Object(_)) => problems.wrong("an object"),
        (Node::Object(_), Value::String(_)) => problems.wrong("a text"),
        _ => {}
    }
}

/// What the JSON reader says, without the place: whoever reads that knows the path.
fn said(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rsplit_once(" at line ") {
        Some((text, _)) if error.line() > 0 => String::from(text),
        _ => text,
    }
}

/// What a reader says, in the words of whoever wrote the document.
fn words_of(text: &str) -> String {
    // The reader speaks of Rust's types.
    let text = match text {
        "invalid type: unit variant, expected struct variant"
        | "invalid type: unit variant, expected newtype variant" => {
            String::from("an object with exactly one key")
        }
        _ => text
            .replacen("unknown variant", "unknown value", 1)
            .replacen("invalid type: map", "invalid type: object", 1)
            .replacen("invalid type: sequence", "invalid type: list", 1),
    };
    let text = match text.rsplit_once("expected ") {
        Some(("", allowed)) => String::from(allowed),
        Some((before, "u8")) => format!("{before}expected a whole number, 0 to 255"),
        Some((before, "u16" | "u32" | "u64")) => {
            format!("{before}expected a whole number, 0 or more")
        }
        Some((before, "i16")) => format!("{before}expected a whole number"),
        Some((before, "a boolean")) => format!("{before}expected true or false"),
        Some((before, "a sequence")) => format!("{before}expected a list"),
        _ => text,
    };
    text.chars().take(MAX_REASON).collect()
}

fn explained(root: &str, path: &str, said: &str) -> FieldError {
    let reason = words_of(said);
    // The depth of what follows is hostile; its path would be as long.
    if reason == "recursion limit exceeded" {
        return FieldError {
            field: named(root),
            reason: String::from("not nested as deeply as this"),
        };
    }
    let place = joined(root, path);
    let named_in = |beginning: &str| {
        let rest = reason.strip_prefix(beginning)?;
        Some(joined(&place, rest.strip_suffix('`')?))
    };
    let (field, reason) = if let Some(field) = named_in("missing field `") {
        (field, String::from("this field must be given"))
    } else if let Some(field) = named_in("duplicate field `") {
        (field, String::from("this field only once"))
    } else if reason == "value" {
        // What stands here is JSON, so a choice was made with no key, with several, or by something else.
        let allowed = "a single name, or an object with exactly one key";
        (named(&place), String::from(allowed))
    } else {
        (named(&place), reason)
    };
    FieldError { field, reason }
}

fn joined(root: &str, path: &str) -> String {
    let whole = match (root, path) {
        (_, "." | "") => root.to_string(),
        ("", _) => path.to_string(),
        _ if path.starts_with('[') => format!("{root}{path}"),
        _ => format!("{root}.{path}"),
    };
    whole.chars().take(MAX_PATH).collect()
}

fn named(path: &str) -> String {
    String::from(if path.is_empty() { "body" } else { path })
}
