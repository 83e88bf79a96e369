//! A merchant's own words in a message.

use crate::document::text::is_plain;
use serde::{Deserialize, Serialize};

checked_text! {
    /// One line: a subject, a headline.
    Line {
        allowed: "1 to 150 characters, no control characters, no space at either end",
        pattern: r"^[^ \u0000-\u001f\u007f-\u009f]([^\u0000-\u001f\u007f-\u009f]{0,148}[^ \u0000-\u001f\u007f-\u009f])?$",
        check: |text| is_plain(text, 150)
    }
}

checked_text! {
    /// Some sentences.
    Paragraph {
        allowed: "1 to 1000 characters, no control characters, no space at either end",
        pattern: r"^[^ \u0000-\u001f\u007f-\u009f]([^\u0000-\u001f\u007f-\u009f]{0,998}[^ \u0000-\u001f\u007f-\u009f])?$",
        check: |text| is_plain(text, 1_000)
    }
}

checked_text! {
    /// What a button says.
    Label {
        allowed: "1 to 40 characters, no control characters, no space at either end",
        pattern: r"^[^ \u0000-\u001f\u007f-\u009f]([^\u0000-\u001f\u007f-\u009f]{0,38}[^ \u0000-\u001f\u007f-\u009f])?$",
        check: |text| is_plain(text, 40)
    }
}

checked_text! {
    /// A sentence or two in a text message.
    Note {
        allowed: "1 to 300 characters, no control characters, no space at either end",
        pattern: r"^[^ \u0000-\u001f\u007f-\u009f]([^\u0000-\u001f\u007f-\u009f]{0,298}[^ \u0000-\u001f\u007f-\u009f])?$",
        check: |text| is_plain(text, 300)
    }
}

/// Texts in a message, plain; each replaces the template's.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(
    deny_unknown_fields,
    expecting = "an object with headline, intro, button or text"
)]
pub struct Texts {
    /// The headline.
    pub headline: Option<Line>,
    /// The sentences below it.
    pub intro: Option<Paragraph>,
    /// The button's text.
    pub button: Option<Label>,
    /// What a text message says between the shop's name and the link. Where there is no room, its last words are left out.
    pub text: Option<Note>,
}

impl Texts {
    /// These texts, and those of `other` where it has any.
    pub fn replaced_by(&self, other: &Self) -> Self {
        Self {
            headline: other.headline.clone().or_else(|| self.headline.clone()),
            intro: other.intro.clone().or_else(|| self.intro.clone()),
            button: other.button.clone().or_else(|| self.button.clone()),
            text: other.text.clone().or_else(|| self.text.clone()),
        }
    }
}
