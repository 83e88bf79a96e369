//! What is offered.

use crate::document::Problems;
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// A code and what it takes off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object with code and percent")]
pub struct Offer {
    /// What the shopper enters, or the shop applies: 1 to 40 letters, digits, hyphens or underscores.
    #[cfg_attr(
        feature = "schema",
        schemars(extend("pattern" = "^[A-Za-z0-9_-]{1,40}$"))
    )]
    pub code: String,
    /// Percent off, 1 to 100.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    pub percent: u8,
}

impl Offer {
    pub(crate) fn check(&self, problems: &mut Problems) {
        let code = (1..=40).contains(&self.code.len())
            && self
                .code
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if !code {
            problems.field("code", |problems| {
                problems.wrong("1 to 40 letters, digits, - or _");
            });
        }
        problems.within("percent", Some(self.percent), 1..=100);
    }
}
