//! What is offered.

use crate::document::Problems;
use alloc::{format, string::String};
use serde::{Deserialize, Serialize};

/// A code and what it takes off.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object with code and percent")]
pub struct Offer {
    /// What the shopper enters, or the shop applies: 1 to 40 letters, digits, hyphens or underscores. One that ends in `{unique}`, behind
    /// at most 30 of those, is made for each message by the connected platform, counts once, and ends.
    #[cfg_attr(
        feature = "schema",
        schemars(extend("pattern" = r"^([A-Za-z0-9_-]{1,40}|[A-Za-z0-9_-]{0,30}\{unique\})$"))
    )]
    pub code: String,
    /// Percent off, 1 to 100.
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 100)))]
    pub percent: u8,
}

/// What stands for the part that is made for each message.
const UNIQUE: &str = "{unique}";
/// Longest code, and longest part before the one that is made.
const MAX_CODE: usize = 40;
const MAX_STEM: usize = 30;
/// Crockford's letters and digits: none is taken for another.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Stands where a code would be made: as long as one, with a letter that none has.
const SAMPLE: &str = "SAMPLECODE";
/// How many of them a code gets: 50 bits, which nobody guesses at a shop that can be asked a few times a second.
const MADE: usize = 10;

impl Offer {
    pub(crate) fn check(&self, problems: &mut Problems) {
        let (stem, least, most) = match self.code.strip_suffix(UNIQUE) {
            Some(stem) => (stem, 0, MAX_STEM),
            None => (self.code.as_str(), 1, MAX_CODE),
        };
        let code = (least..=most).contains(&stem.len())
            && stem
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if !code {
            problems.field("code", |problems| {
                problems.wrong("1 to 40 letters, digits, - or _, or at most 30 and {unique}");
            });
        }
        problems.within("percent", Some(self.percent), 1..=100);
    }

    /// The offer for one message, whose digest under the shop's key is `digest`. What is made for it stands in braces, so that it can be told
    /// from a code that is everybody's; [`Self::shown`] takes them off.
    pub(crate) fn made(self, digest: &[u8; 32]) -> Self {
        let Some(stem) = self.code.strip_suffix(UNIQUE) else {
            return self;
        };
        let letters = digest.iter().take(MADE);
        let letters = letters.filter_map(|byte| LETTERS.get(usize::from(byte % 32)));
        let made: String = letters.map(|letter| char::from(*letter)).collect();
        Self {
            code: format!("{stem}{{{made}}}"),
            ..self
        }
    }

    /// The offer as a message that nobody gets shows it: in place of what is made for each stands a word that no made code can be.
    pub fn sample(&self) -> Self {
        Self {
            code: self.code.replace(UNIQUE, SAMPLE),
            ..self.clone()
        }
    }

    /// Whether its code is made for one message, or has been.
    pub fn is_unique(&self) -> bool {
        self.code.ends_with('}')
    }

    /// The offer as it stands for all messages that have it: what is made for each is not told apart.
    #[cfg(feature = "replay")]
    pub(crate) fn for_all(&self) -> Self {
        let stem = self.code.split_once('{');
        Self {
            code: stem.map_or_else(|| self.code.clone(), |(stem, _)| format!("{stem}{UNIQUE}")),
            ..self.clone()
        }
    }

    /// The offer as it is told.
    pub(crate) fn shown(&self) -> Self {
        Self {
            code: self.code.replace(['{', '}'], ""),
            ..self.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(code: &str) -> Offer {
        Offer {
            code: String::from(code),
            percent: 10,
        }
    }

    #[test]
    fn a_code_is_made_for_each_message_and_the_same_again_for_the_same() {
        let made = offer("BACK10-{unique}").made(&[7; 32]);
        assert!(made.is_unique());
        assert_eq!(made, offer("BACK10-{unique}").made(&[7; 32]));
        assert_ne!(made, offer("BACK10-{unique}").made(&[8; 32]));
        assert_eq!(made.shown().code, "BACK10-7777777777");
        // One that is made stays as it is.
        assert_eq!(made.clone().made(&[9; 32]), made);
        assert_eq!(made.shown().shown(), made.shown());
    }

    #[test]
    fn a_sample_is_as_long_as_a_code_and_can_be_none() {
        let sample = offer("BACK10-{unique}").sample().shown().code;
        assert_eq!(sample, "BACK10-SAMPLECODE");
        assert_eq!(SAMPLE.len(), MADE);
        assert!(SAMPLE.bytes().any(|byte| !LETTERS.contains(&byte)));
        assert_eq!(offer("COMEBACK10").sample(), offer("COMEBACK10"));
    }

    #[test]
    fn a_code_that_is_everybodys_stays_as_it_is() {
        let plain = offer("COMEBACK10");
        assert!(!plain.is_unique());
        assert_eq!(plain.clone().made(&[7; 32]), plain);
        assert_eq!(plain.shown(), plain);
    }

    #[test]
    fn only_a_whole_placeholder_at_the_end_is_one() {
        let is_right = |code: &str| {
            let mut problems = Problems::at("");
            offer(code).check(&mut problems);
            problems.into_errors().is_empty()
        };
        for code in [
            "A",
            "{unique}",
            "BACK-{unique}",
            &format!("{:A<30}{{unique}}", ""),
        ] {
            assert!(is_right(code), "{code}");
        }
        for code in [
            "",
            "{}",
            "A}",
            "{unique}A",
            "A{UNIQUE}",
            "{unique}{unique}",
            &format!("{:A<31}{{unique}}", ""),
            &format!("{:A<41}", ""),
        ] {
            assert!(!is_right(code), "{code}");
        }
    }
}
