//! JSON, as it is answered, stored and put into queues.

use crate::error::Problem;
use serde::Serialize;

/// A value's text. That there is none is a mistake of ours.
pub fn text_of(value: &impl Serialize) -> Result<String, Problem> {
    serde_json::to_string(value).map_err(|error| Problem::Internal(error.to_string()))
}
