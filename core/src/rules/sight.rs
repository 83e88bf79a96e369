//! What one test saw, and the words for it.

use super::Outcome;
use alloc::{format, string::String, vec::Vec};

/// How one test came out, and what it saw as part of a sentence.
pub(super) struct Sight {
    pub(super) outcome: Outcome,
    pub(super) words: String,
}

impl Sight {
    pub(super) fn new(holds: bool, words: String) -> Self {
        Self {
            outcome: Outcome::of(holds),
            words,
        }
    }

    pub(super) fn unknown(what: &str) -> Self {
        Self {
            outcome: Outcome::Unknown,
            words: format!("{what} is not known"),
        }
    }
}

/// `one, two or three`; of a long list the beginning and how many more.
pub(super) fn listed<T>(values: &[T], show: impl Fn(&T) -> String) -> String {
    const MOST: usize = 6;
    let mut shown: Vec<String> = values.iter().take(MOST).map(show).collect();
    let more = values.len().saturating_sub(MOST);
    if more > 0 {
        shown.push(format!("{more} more"));
    }
    match shown.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, before)) => format!("{} or {last}", before.join(", ")),
        None => String::from("nothing"),
    }
}

/// A number and its unit: `1 day`, `2 days`.
pub(super) fn counted(count: u64, unit: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {unit}{plural}")
}
