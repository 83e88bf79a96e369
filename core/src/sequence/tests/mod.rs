mod choice;
mod documents;

use super::*;
use crate::money::Currency;
use crate::rules::Facts;

pub(super) fn euro_library() -> Vec<Sequence> {
    library(Currency::parse("EUR").unwrap())
}

/// Everything that is wrong with a document, as `path: reason`.
pub(super) fn wrong(json: &str) -> Vec<String> {
    let errors = Document::parse(json.as_bytes()).unwrap_err();
    errors.iter().map(ToString::to_string).collect()
}
