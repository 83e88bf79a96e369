//! What is wrong with a document.

use crate::shop::FieldError;
use alloc::{format, string::String, vec::Vec};
use core::{fmt::Display, ops::RangeInclusive};

/// Collects what is wrong while a document is walked through, and knows where in it the walk is.
#[derive(Debug, Default)]
pub struct Problems {
    path: String,
    found: Vec<FieldError>,
}

impl Problems {
    /// Most that are kept: nobody reads more, and a hostile document shall not make the answer long.
    pub const MAX: usize = 100;

    /// Begins at `root`, the path of what is checked; empty for the document itself.
    pub fn at(root: &str) -> Self {
        Self {
            path: String::from(root),
            found: Vec::new(),
        }
    }

    /// The field where the walk is must be `reason`.
    pub fn wrong(&mut self, reason: &str) {
        let field = if self.path.is_empty() {
            "body"
        } else {
            &self.path
        };
        let error = FieldError {
            field: String::from(field),
            reason: String::from(reason),
        };
        if self.found.len() < Self::MAX {
            self.found.push(error);
        }
    }

    /// Takes an error that already knows its path.
    pub fn push(&mut self, error: FieldError) {
        if self.found.len() < Self::MAX {
            self.found.push(error);
        }
    }

    /// Walks into the field `name`.
    pub fn field(&mut self, name: &str, walk: impl FnOnce(&mut Self)) {
        let segment = if self.path.is_empty() {
            String::from(name)
        } else {
            format!(".{name}")
        };
        self.inside(&segment, walk);
    }

    /// Walks into the entry `n`, counted from 0.
    pub fn entry(&mut self, n: usize, walk: impl FnOnce(&mut Self)) {
        self.inside(&format!("[{n}]"), walk);
    }

    /// The field `name`, where it is given, must lie in `allowed`.
    pub fn within<T: PartialOrd + Display>(
        &mut self,
        name: &str,
        value: Option<T>,
        allowed: RangeInclusive<T>,
    ) {
        if value.is_some_and(|value| !allowed.contains(&value)) {
            let reason = format!("{} to {}", allowed.start(), allowed.end());
            self.field(name, |problems| problems.wrong(&reason));
        }
    }

    /// The list at this place has `allowed` entries, and none of them twice.
    pub fn list<T: PartialEq>(&mut self, list: &[T], allowed: RangeInclusive<usize>) {
        if !allowed.contains(&list.len()) {
            self.wrong(&format!("{} to {} entries", allowed.start(), allowed.end()));
            // Looking for doubles in a list of any length would take time by its square.
            return;
        }
        for (n, value) in list.iter().enumerate() {
            if list.iter().take(n).any(|before| before == value) {
                self.entry(n, |problems| problems.wrong("an entry only once"));
            }
        }
    }

    /// `value`, where nothing is wrong with it.
    pub fn none_or<T>(self, value: T) -> Result<T, Vec<FieldError>> {
        match self.into_errors() {
            errors if errors.is_empty() => Ok(value),
            errors => Err(errors),
        }
    }

    /// All of it, in the order in which it was found.
    pub fn into_errors(self) -> Vec<FieldError> {
        self.found
    }

    fn inside(&mut self, segment: &str, walk: impl FnOnce(&mut Self)) {
        let outer = self.path.len();
        self.path.push_str(segment);
        walk(self);
        self.path.truncate(outer);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_walk_comes_back_to_where_it_was() {
        let mut problems = Problems::at("");
        problems.wrong("an object");
        problems.field("steps", |problems| {
            problems.entry(2, |problems| {
                problems.within("after_ms", Some(9), 0..=5);
                problems.within("after_ms", Some(5), 0..=5);
            });
            problems.list(&[1, 2, 1], 1..=3);
            problems.list(&[1, 1], 3..=4);
        });
        let said: Vec<String> = problems
            .into_errors()
            .iter()
            .map(ToString::to_string)
            .collect();
        assert_eq!(
            said,
            [
                "body: an object",
                "steps[2].after_ms: 0 to 5",
                "steps[2]: an entry only once",
                "steps: 3 to 4 entries",
            ]
        );
    }

    #[test]
    fn a_hostile_document_does_not_make_a_long_answer() {
        let mut problems = Problems::at("");
        for _ in 0..1_000 {
            problems.wrong("shorter");
        }
        assert_eq!(problems.into_errors().len(), Problems::MAX);
    }
}
