//! Short links: twelve characters in a text message that stand for a [`Token`].
//!
//! A code is made from the token by HMAC-SHA-256 under a key of the shop's own, so that it need not be kept beside the message, and the same
//! message always has the same one. It says nothing by itself: somebody has to keep what it stands for ([`ShortCode::place`]) before the
//! message goes.
//!
//! `58^12` is 2^70.3. While a million codes lead somewhere (all that were sent within thirty days), one guess in 1.4 · 10^15 finds one of them:
//! whoever tries ten thousand a second has an even chance of the first cart, whosever that is, after 3,100 years. For the cart of a
//! particular message it takes some million times as long.

use crate::bytes::to_hex;
use crate::keys::{MasterKeys, Purpose};
use crate::token::Token;
use alloc::{format, string::String};
use core::fmt;
use hmac::Mac;
use sha2::{Digest, Sha256};

/// Letters and digits that are not taken for each other, as Bitcoin's addresses have them: without `0`, `O`, `I` and `l`.
const ALPHABET: &[u8; 58] = b"123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

/// A code's characters from eight bytes each: 58^6 goes into 2^64 four hundred million times, so that none is preferred.
const HALF: usize = 6;

/// A code as it stands in a link.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct ShortCode([u8; 2 * HALF]);

/// Whoever knows a code may open what it stands for: it is no more for logs than the token.
impl fmt::Debug for ShortCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ShortCode(…)")
    }
}

/// Where what a code stands for is kept. Neither tells the code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The object: one of 4,096 for all shops of a deployment.
    pub object: String,
    /// The row in it.
    pub row: String,
}

impl ShortCode {
    /// A code's length in characters.
    pub const TEXT_LEN: usize = 2 * HALF;

    /// The code that stands for a token. `None` where its key id is not configured.
    pub fn of(token: &Token, keys: &MasterKeys) -> Option<Self> {
        let mac = keys.mac(token.kid, Purpose::ShortLink, token.shop)?;
        let head: [u8; 32] = (*token).into();
        let digest = mac.chain_update(head).finalize().into_bytes();
        let (first, rest) = digest.split_first_chunk::<8>()?;
        let second = rest.first_chunk::<8>()?;
        let mut code = [0; 2 * HALF];
        for (half, bytes) in code.chunks_mut(HALF).zip([first, second]) {
            let mut number = u64::from_be_bytes(*bytes);
            for character in half {
                *character = *ALPHABET.get(usize::try_from(number % 58).ok()?)?;
                number /= 58;
            }
        }
        Some(Self(code))
    }

    /// Reads a code; `None` for what is none.
    pub fn parse(text: &str) -> Option<Self> {
        let code: [u8; 2 * HALF] = text.as_bytes().try_into().ok()?;
        let is_code = code.iter().all(|character| ALPHABET.contains(character));
        is_code.then_some(Self(code))
    }

    /// The code as text.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default()
    }

    /// Where what it stands for is kept: by the SHA-256 of the code, so that who reads what is kept learns no link.
    pub fn place(&self) -> Place {
        let digest = Sha256::new()
            .chain_update(b"homing/short_link\0")
            .chain_update(self.0)
            .finalize();
        let text = to_hex(&digest);
        let (object, row) = text.split_at_checked(3).unwrap_or_default();
        Place {
            object: format!("short/{object}"),
            row: String::from(row.get(..24).unwrap_or_default()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::tests::master;
    use crate::token::tests::token;
    use alloc::collections::{BTreeMap, BTreeSet};
    use proptest::prelude::*;

    fn code(token: Token) -> ShortCode {
        ShortCode::of(&token, &master()).unwrap()
    }

    /// Links live for a month: what they were made to never changes. The values were worked out by Python's `hmac` and `hashlib`.
    #[test]
    fn a_code_is_what_it_always_was() {
        assert_eq!(code(token()).as_str(), "2FtWTjhoHrnb");
        let place = code(token()).place();
        assert_eq!(
            (place.object.as_str(), place.row.as_str()),
            ("short/c2a", "bde21d7e03fdc80ca0bed0e7")
        );
        assert_eq!(
            ShortCode::parse(code(token()).as_str()),
            Some(code(token()))
        );
        assert_eq!(ShortCode::of(&Token { kid: 9, ..token() }, &master()), None);
    }

    #[test]
    fn what_is_no_code_is_none() {
        let signed = token().sign(&master()).unwrap();
        for text in [
            "",
            "abc",
            "0bcdefghijkm",
            "abcdefghijkl",
            "abcdefghijk-",
            &signed,
        ] {
            assert_eq!(ShortCode::parse(text), None, "{text}");
        }
    }

    /// The arithmetic that docs/channels.md states.
    #[test]
    fn a_code_cannot_be_tried_out() {
        let all = 58_f64.powi(12);
        assert!(all.log2() > 70.2 && all.log2() < 70.3);
        // While a million lead somewhere, at ten thousand guesses a second: an even chance of one of them.
        let (live, guesses_a_year) = (1e6, 10_000.0 * 365.25 * 86_400.0);
        let years = core::f64::consts::LN_2 * all / live / guesses_a_year;
        assert!((3_100.0..3_200.0).contains(&years), "{years}");
        // Of a hundred million, two are alike.
        let alike = 1e8 * 1e8 / 2.0 / all;
        assert!((3e-6..4e-6).contains(&alike), "{alike}");
    }

    /// A chi-square test of each character's place, far out in its tail.
    #[test]
    fn no_character_is_preferred_and_objects_share_alike() {
        const MANY: u32 = 58_000;
        let codes = (0..MANY).map(|expires_at_s| {
            code(Token {
                expires_at_s,
                ..token()
            })
        });
        let codes: Vec<ShortCode> = codes.collect();
        for place in 0..ShortCode::TEXT_LEN {
            let mut counts = BTreeMap::<u8, f64>::new();
            for code in &codes {
                *counts.entry(code.0[place]).or_default() += 1.0;
            }
            assert_eq!(counts.len(), 58);
            let expected = f64::from(MANY) / 58.0;
            let chi: f64 = counts
                .values()
                .map(|n| (n - expected).powi(2) / expected)
                .sum();
            assert!(chi < 57.0 + 6.0 * 114_f64.sqrt(), "{place}: {chi}");
        }
        let objects: BTreeSet<_> = codes.iter().map(|code| code.place().object).collect();
        assert_eq!(objects.len(), 4_096);
        let distinct: BTreeSet<_> = codes.into_iter().collect();
        assert_eq!(distinct.len(), MANY as usize);
    }

    proptest! {
        /// No two deliveries share one, of whatever they differ in.
        #[test]
        fn tokens_that_differ_have_codes_that_differ(
            n in 0_usize..32, bit in 0_u8..8, expires_at_s in any::<u32>(), subject in any::<[u8; 16]>(), ordinal in any::<u16>(),
        ) {
            let one = Token { expires_at_s, subject, ordinal, ..token() };
            let mut head: [u8; 32] = one.into();
            head[n] ^= 1 << bit;
            if let Ok(other) = Token::try_from(head) {
                prop_assert_ne!(ShortCode::of(&other, &master()), Some(code(one)));
            }
            prop_assert_ne!(code(one).place(), code(Token { epoch: 4, ..one }).place());
        }

        #[test]
        fn no_text_crashes_the_reader(text in "\\PC{0,20}") {
            if let Some(code) = ShortCode::parse(&text) {
                prop_assert_eq!(code.as_str(), text);
            }
        }
    }
}
