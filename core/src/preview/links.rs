//! Links for messages that nobody gets: as long as real ones, so that a text is as long as it will be, and plainly none.

use crate::short_link::ShortCode;
use crate::token::Token;
use alloc::{format, string::String};

/// The links of a sample.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SampleLinks {
    /// In place of what brings a cart back.
    pub recovery: String,
    /// In place of what ends messages.
    pub unsubscribe: String,
    /// In place of the question what kept the shopper.
    pub survey: String,
}

/// What stands where a token would. Its first four bits are no version that there is, so it is refused before anything is looked up.
const NO_TOKEN: &str = "sample-sample-sample-sample-sample-sample-sample-sample-sample--";
const _: () = assert!(NO_TOKEN.len() == Token::TEXT_LEN);

/// What stands where a text's short code would. No code has a hyphen.
const NO_CODE: &str = "sample-sampl";
const _: () = assert!(NO_CODE.len() == ShortCode::TEXT_LEN);

impl SampleLinks {
    /// The links of a text, which leads to `short_url`.
    pub fn of_text(public_url: &str, short_url: &str) -> Self {
        let link = |kind: char| format!("{short_url}/{kind}/{NO_CODE}");
        Self {
            recovery: link('r'),
            survey: link('s'),
            ..Self::new(public_url)
        }
    }

    /// The links of a deployment that is reached at `public_url`.
    pub fn new(public_url: &str) -> Self {
        let link = |kind: char| format!("{public_url}/{kind}/{NO_TOKEN}");
        Self {
            recovery: link('r'),
            unsubscribe: link('u'),
            survey: link('s'),
        }
    }
}

/// Whether this stands in a sample in a token's place.
pub fn is_sample(token: &str) -> bool {
    token == NO_TOKEN || token == NO_CODE
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::TokenError;

    #[test]
    fn a_sample_is_no_token_whatever_the_keys_are() {
        assert_eq!(Token::read(NO_TOKEN).unwrap_err(), TokenError::Invalid);
        let links = SampleLinks::new("https://edge.example");
        assert!(links.recovery.starts_with("https://edge.example/r/sample-"));
        assert!(is_sample(
            &links.unsubscribe["https://edge.example/u/".len()..]
        ));
        assert!(!is_sample("sample"));
        assert!(ShortCode::parse(NO_CODE).is_none());
        let text = SampleLinks::of_text("https://edge.example", "https://s.example");
        assert_eq!(text.recovery, "https://s.example/r/sample-sampl");
    }
}
