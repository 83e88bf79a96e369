mod arbitrary;
mod logic;
mod words;

use super::*;
use crate::document::Problems;

/// A rule from JSON that must be right.
pub(super) fn rule(json: &str) -> Condition {
    let rule: Condition = serde_json::from_str(json).unwrap();
    let mut problems = Problems::at("when");
    rule.check(&mut problems);
    assert_eq!(problems.into_errors(), [], "{json}");
    rule
}
