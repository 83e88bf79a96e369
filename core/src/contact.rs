//! Contacts: the one kind of personal data that Homing needs. Their `Debug` is masked.

use crate::error::Invalid;
use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use core::{fmt, str::FromStr};
use email_address::{EmailAddress, Options};
use serde::{Deserialize, Serialize};

/// A normalised email address: valid by RFC 5321, trimmed, lower case.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Email(String);

impl Email {
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part after the `@`.
    pub fn domain(&self) -> &str {
        self.0.rsplit_once('@').map_or("", |(_, domain)| domain)
    }
}

impl FromStr for Email {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        // Lower-casing the local part is not what RFC 5321 says, but what every large mailbox provider does; without it one
        // person would be two shoppers.
        let text = text.trim().to_lowercase();
        let options = Options::default()
            .without_display_text()
            .without_domain_literal()
            .with_required_tld();
        let ascii = text.is_ascii()
            && !text
                .bytes()
                .any(|b| b.is_ascii_control() || b == b' ' || b == b'"');
        if ascii && EmailAddress::parse_with_options(&text, options).is_ok() {
            Ok(Self(text))
        } else {
            Err(Invalid::Email)
        }
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

/// A phone number in E.164.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Phone(String);

impl Phone {
    /// The number.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Phone {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let compact: String = text
            .chars()
            .filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')'))
            .collect();
        let digits = compact.strip_prefix('+').ok_or(Invalid::Phone)?;
        if (8..=15).contains(&digits.len())
            && !digits.starts_with('0')
            && digits.bytes().all(|b| b.is_ascii_digit())
        {
            Ok(Self(compact.to_string()))
        } else {
            Err(Invalid::Phone)
        }
    }
}

impl fmt::Debug for Phone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phone(…)")
    }
}

/// Whether something like an address or an international phone number stands in a text, percent-encoded or not. Shops put
/// contacts where none belong: in campaign names, in paths. A number without its `+` cannot be told from an id.
pub fn holds_contact(text: &str) -> bool {
    /// A date has eight digits; numbers that are shorter than this exist on a few islands.
    const PHONE_DIGITS: usize = 9;
    // Nearly every text ends here: nothing that could be one of the two signs, not even encoded or in full width.
    if text
        .bytes()
        .all(|byte| byte.is_ascii() && !matches!(byte, b'@' | b'+' | b'%'))
    {
        return false;
    }
    let plain = percent_decoded(text);
    let signs = || plain.chars().map(half_width);
    let is_phone = |skip: usize| {
        signs()
            .skip(skip)
            .filter(|c| {
                !c.is_whitespace()
                    && !matches!(
                        c,
                        '-' | '.' | '(' | ')' | '/' | '+' | '\u{2010}'..='\u{2015}'
                    )
            })
            .take_while(char::is_ascii_digit)
            .nth(PHONE_DIGITS - 1)
            .is_some()
    };
    signs().any(|c| c == '@') || signs().enumerate().any(|(at, c)| c == '+' && is_phone(at))
}

/// A text without percent encoding, however many layers of it there are.
pub(crate) fn percent_decoded(text: &str) -> String {
    let mut bytes = text.as_bytes().to_vec();
    while percent_decode(&mut bytes) {}
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Undoes one layer of percent encoding; whether there was any.
fn percent_decode(bytes: &mut Vec<u8>) -> bool {
    let hex = |byte: Option<&u8>| byte.and_then(|byte| char::from(*byte).to_digit(16));
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut rest = bytes.as_slice();
    while let Some((first, others)) = rest.split_first() {
        rest = others;
        let byte = match (*first, hex(rest.first()), hex(rest.get(1))) {
            (b'%', Some(high), Some(low)) => {
                rest = rest.get(2..).unwrap_or_default();
                (high * 16 + low) as u8
            }
            (byte, ..) => byte,
        };
        decoded.push(byte);
    }
    let found = decoded.len() < bytes.len();
    *bytes = decoded;
    found
}

/// The ASCII character that a full-width form stands for.
fn half_width(c: char) -> char {
    match c {
        '\u{ff01}'..='\u{ff5e}' => char::from_u32(u32::from(c) - 0xfee0).unwrap_or(c),
        _ => c,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn contacts_are_seen_where_they_do_not_belong() {
        for text in [
            "ada@example.com",
            "/account/ada%40example.com",
            "ada%2540example.com",
            "%61da%4%30example.com",
            "ada\u{ff20}example.com",
            "call\u{ff0b}49\u{a0}30\u{a0}123\u{2011}456\u{a0}78",
            "%2B%34930%31%32345678",
            "+33612345678",
            "/call/%2B33612345678",
            "tel=%252b33%206%2012-34.56(78)",
            "+33+6+12+34+56+78",
        ] {
            assert!(holds_contact(text), "{text}");
        }
        for text in [
            "",
            "summer+sale",
            "spring+20261123",
            "120208331234567890",
            "a+1 b+2",
            "50%25 off",
        ] {
            assert!(!holds_contact(text), "{text}");
        }
    }

    #[test]
    fn one_person_is_one_address() {
        assert_eq!(
            " Ada@Example.COM ".parse::<Email>().unwrap().as_str(),
            "ada@example.com"
        );
        assert_eq!(
            format!("{:?}", "ada@example.com".parse::<Email>().unwrap()),
            "Email(…)"
        );
    }

    #[test]
    fn what_is_no_address_is_refused() {
        for text in [
            "",
            "ada",
            "ada@",
            "@example.com",
            "ada@example",
            "a b@example.com",
            "ada@example.com\r\nBcc: x@y.zz",
            "Ada <ada@example.com>",
            "\"a\"@example.com",
            "ada@[127.0.0.1]",
        ] {
            assert!(text.parse::<Email>().is_err(), "{text}");
        }
    }

    #[test]
    fn phones_are_e164() {
        assert_eq!(
            "+33 6 12-34.56(78)".parse::<Phone>().unwrap().as_str(),
            "+33612345678"
        );
        for text in [
            "",
            "0612345678",
            "+0612345678",
            "+33",
            "+1234567890123456",
            "+33a12345678",
        ] {
            assert!(text.parse::<Phone>().is_err(), "{text}");
        }
    }
}
