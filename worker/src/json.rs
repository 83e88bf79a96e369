//! JSON, as it is answered, stored and put into queues.

use crate::error::Problem;
use serde::{Serialize, de::DeserializeOwned};

/// A value's text. That there is none is a mistake of ours.
pub fn text_of(value: &impl Serialize) -> Result<String, Problem> {
    serde_json::to_string(value).map_err(|error| Problem::Internal(error.to_string()))
}

/// The value of a text that we have written. That there is none is a mistake of ours.
pub fn value_of<T: DeserializeOwned>(text: &str) -> Result<T, Problem> {
    serde_json::from_str(text).map_err(|error| Problem::Internal(error.to_string()))
}
