//! Texts that can only hold what is allowed in them.

use alloc::string::String;

/// A text is not what it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {0}")]
pub struct NotAllowed(pub &'static str);

/// Whether `text` has at most `most` characters, no control character, and neither begins nor ends with a space.
pub(crate) fn is_plain(text: &str, most: usize) -> bool {
    let length = text.chars().count();
    (1..=most).contains(&length)
        && !text.chars().any(char::is_control)
        && !text.starts_with(' ')
        && !text.ends_with(' ')
}

/// Whether a text is an id as merchants choose them: 1 to 40 lower-case letters, digits, `-` or `_`, beginning with a letter or digit.
pub(crate) fn is_id(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit();
    (1..=40).contains(&text.len())
        && text.bytes().next().is_some_and(plain)
        && text.bytes().all(|b| plain(b) || matches!(b, b'-' | b'_'))
}

/// Defines a text with its own rule: `allowed` says it in words, `pattern` as an ECMA 262 regular expression for the published
/// schema, and `check` in code. Tests hold pattern and code against each other.
macro_rules! checked_text {
    ($(#[$doc:meta])* $name:ident { allowed: $allowed:literal, pattern: $pattern:literal, check: $check:expr }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, serde::Serialize, serde::Deserialize)]
        #[serde(try_from = "alloc::string::String", into = "alloc::string::String")]
        pub struct $name(alloc::string::String);

        impl $name {
            /// What is allowed, in words.
            pub const ALLOWED: &'static str = $allowed;
            /// What is allowed, as an ECMA 262 regular expression.
            pub const PATTERN: &'static str = $pattern;

            /// Parses a text; the error says what is allowed.
            pub fn new(text: &str) -> Result<Self, $crate::document::text::NotAllowed> {
                Self::try_from(alloc::string::String::from(text))
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl TryFrom<alloc::string::String> for $name {
            type Error = $crate::document::text::NotAllowed;

            fn try_from(text: alloc::string::String) -> Result<Self, Self::Error> {
                let allowed: fn(&str) -> bool = $check;
                if allowed(&text) {
                    Ok(Self(text))
                } else {
                    Err($crate::document::text::NotAllowed(Self::ALLOWED))
                }
            }
        }

        impl From<$name> for alloc::string::String {
            fn from(text: $name) -> Self {
                text.0
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(&self.0)
            }
        }

        #[cfg(feature = "schema")]
        impl schemars::JsonSchema for $name {
            fn schema_name() -> alloc::borrow::Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
                schemars::json_schema!({
                    "description": Self::ALLOWED,
                    "type": "string",
                    "pattern": Self::PATTERN,
                })
            }
        }
    };
}

checked_text! {
    /// A word or a few: a tier, a tag, an attribute, a campaign.
    Text {
        allowed: "1 to 100 characters, no control characters, no space at either end",
        pattern: r"^[^ \u0000-\u001f\u007f-\u009f]([^\u0000-\u001f\u007f-\u009f]{0,98}[^ \u0000-\u001f\u007f-\u009f])?$",
        check: |text| is_plain(text, 100)
    }
}

impl Text {
    /// Whether `other` is the same text. ASCII letters compare without regard to case: whoever writes `Google` into a campaign's
    /// link means `google`.
    pub fn is(&self, other: &str) -> bool {
        self.0.eq_ignore_ascii_case(other)
    }
}

/// A value from outside (a campaign's name, an error's code) as an explanation may show it: short, without control characters, and
/// not at all where it holds a contact.
pub(crate) fn shown(value: &str) -> String {
    const MOST: usize = 60;
    if crate::contact::holds_contact(value) {
        return String::from("(a contact, not shown)");
    }
    let clean = value.chars().filter(|c| !c.is_control());
    let mut short: String = clean.clone().take(MOST).collect();
    if clean.count() > MOST {
        short.push('…');
    }
    if short.trim().is_empty() {
        return String::from("(empty)");
    }
    short
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_says_what_is_allowed() {
        assert!(Text::new("Black Friday").is_ok());
        assert!(Text::new(&"é".repeat(100)).is_ok());
        for text in ["", " ", "a ", " a", "a\nb", &"é".repeat(101)] {
            let error = Text::new(text).unwrap_err();
            assert_eq!(
                error.to_string(),
                "expected 1 to 100 characters, no control characters, no space at either end"
            );
        }
    }

    #[test]
    fn what_is_shown_is_short_and_holds_no_contact() {
        assert_eq!(shown("spring\u{7}"), "spring");
        assert_eq!(shown("  "), "(empty)");
        assert_eq!(shown("mail to ada@example.com"), "(a contact, not shown)");
        assert_eq!(shown(&"x".repeat(61)), format!("{}…", "x".repeat(60)));
    }
}
