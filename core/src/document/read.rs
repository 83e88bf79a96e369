//! From JSON to a value, with the path of the field that does not fit.

use crate::shop::FieldError;
use alloc::{
    format,
    string::{String, ToString},
};
use serde::Deserialize;

/// Longest path and longest reason that are answered, in characters: both can hold what the document holds.
const MAX_SHOWN: usize = 300;

/// Reads `json`, which stands at `root` in the merchant's document. It must be JSON; where it is not, the path is `root`.
pub(crate) fn read<'de, T: Deserialize<'de>>(json: &'de str, root: &str) -> Result<T, FieldError> {
    let mut source = serde_json::Deserializer::from_str(json);
    serde_path_to_error::deserialize(&mut source).map_err(|error| {
        let path = error.path().to_string();
        explained(root, &path, error.inner())
    })
}

/// What an error of the JSON reader says, in the words of whoever wrote the document.
pub(crate) fn words_of(error: &serde_json::Error) -> String {
    let text = error.to_string();
    let text = if error.line() == 0 {
        text.as_str()
    } else {
        text.rsplit_once(" at line ")
            .map_or(text.as_str(), |(text, _)| text)
    };
    let text = match text.rsplit_once("expected ") {
        Some((before, "u8")) => format!("{before}expected a whole number, 0 to 255"),
        Some((before, "u16" | "u32" | "u64")) => {
            format!("{before}expected a whole number, 0 or more")
        }
        Some((before, "i16")) => format!("{before}expected a whole number"),
        _ => String::from(text),
    };
    shortened(&text)
}

fn explained(root: &str, path: &str, error: &serde_json::Error) -> FieldError {
    let reason = words_of(error);
    // The depth of what follows is hostile; its path would be as long.
    if reason == "recursion limit exceeded" {
        return FieldError {
            field: named(root),
            reason: String::from("not nested as deeply as this"),
        };
    }
    let place = joined(root, path);
    match reason
        .strip_prefix("missing field `")
        .and_then(|rest| rest.strip_suffix('`'))
    {
        Some(name) => FieldError {
            field: joined(&place, name),
            reason: String::from("this field must be given"),
        },
        None => FieldError {
            field: named(&place),
            reason: match reason.as_str() {
                // What stands here is JSON, so this can only be an object where one key too many follows a choice.
                "expected value" => String::from("an object with exactly one key"),
                _ => reason,
            },
        },
    }
}

fn joined(root: &str, path: &str) -> String {
    let whole = match (root, path) {
        (_, "." | "") => root.to_string(),
        ("", _) => path.to_string(),
        _ if path.starts_with('[') => format!("{root}{path}"),
        _ => format!("{root}.{path}"),
    };
    shortened(&whole)
}

fn named(path: &str) -> String {
    String::from(if path.is_empty() { "body" } else { path })
}

fn shortened(text: &str) -> String {
    text.chars().take(MAX_SHOWN).collect()
}
