//! Whom a text names: for bodies that are kept sealed, so that those which are about a person can be found when that person is erased.

use crate::contact::{Email, Phone, percent_decoded};
use crate::ids::ShopperId;
use crate::keys::NameKey;
use alloc::{string::String, vec::Vec};

/// Longest text that is taken for a number or an address.
const LONGEST: usize = 254;

/// Everybody whose address or number stands in a body, whatever its shape: what could not be understood has to be found as well. Numbers
/// are found where they fill a string, in international form; an address also inside a longer one, percent-encoded or not.
pub fn people(body: &[u8], names: &NameKey) -> Vec<ShopperId> {
    let text = String::from_utf8_lossy(body);
    let mut found = Vec::new();
    for part in text.split('"') {
        let plain = unescaped(part);
        look(&plain, names, &mut found);
        if plain.contains('%') {
            look(&percent_decoded(&plain), names, &mut found);
        }
    }
    found
}

fn look(part: &str, names: &NameKey, found: &mut Vec<ShopperId>) {
    let mut note = |id| {
        if !found.contains(&id) {
            found.push(id);
        }
    };
    for whole in part.split(['"', '\'']).map(str::trim) {
        if whole.len() <= LONGEST
            && let Ok(phone) = whole.parse::<Phone>()
        {
            note(names.shopper_by_phone(phone.as_str()));
        }
    }
    if !part.contains('@') {
        return;
    }
    let is_between = |c: char| {
        c.is_whitespace()
            || matches!(
                c,
                '"' | ',' | ';' | ':' | '<' | '>' | '(' | ')' | '=' | '&' | '?'
            )
    };
    for word in part.split(is_between) {
        let mut is_address = |text: &str| {
            let text = text.trim_end_matches('.');
            let email = text.parse::<Email>();
            let Some(email) = email.ok().filter(|_| text.len() <= LONGEST) else {
                return false;
            };
            note(names.shopper_by_email(email.as_str()));
            true
        };
        // An apostrophe may be of a name, or stand where others write quotation marks.
        if !(word.contains('@') && is_address(word) && word.starts_with(char::is_alphanumeric)) {
            for piece in word.split('\'').filter(|piece| piece.contains('@')) {
                is_address(piece);
            }
        }
    }
}

/// A piece of a JSON string as it is meant: `\u0040` is how some write an `@`.
fn unescaped(part: &str) -> String {
    let mut plain = String::with_capacity(part.len());
    let mut rest = part;
    while let Some((before, behind)) = rest.split_once('\\') {
        plain.push_str(before);
        let code = behind
            .strip_prefix('u')
            .and_then(|behind| behind.get(..4))
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .and_then(char::from_u32);
        rest = match code {
            Some(c) => {
                plain.push(c);
                behind.get(5..).unwrap_or_default()
            }
            None => behind,
        };
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::people;
    use crate::ids::ShopperId;
    use crate::keys::NameKey;

    fn found(body: &str) -> Vec<ShopperId> {
        people(body.as_bytes(), &NameKey::new(&[7; 32]).unwrap())
    }

    #[test]
    fn addresses_and_numbers_are_found_however_they_are_written() {
        let names = NameKey::new(&[7; 32]).unwrap();
        let ada = names.shopper_by_email("ada@example.com");
        let number = names.shopper_by_phone("+33698765432");
        for body in [
            r#"{"email":"ada@example.com"}"#,
            r#"{"email":" Ada@Example.COM "}"#,
            r#"{"email":"ada\u0040example.com"}"#,
            r#"{"note":"write to <ada@example.com>, please."}"#,
            r#"{"url":"https:\/\/shop.example\/?to=ada@example.com&x=1"}"#,
            r#"{"url":"https://shop.example/?to=ada%40example.com&x=1"}"#,
            "payload=%7B%22email%22%3A%22ada%2540example.com%22%7D",
            "{'email':'ada@example.com','again':['ada@example.com']}",
            "ada@example.com",
            r#"{"broken": "ada@example.com"#,
        ] {
            assert_eq!(found(body), [ada], "{body}");
        }
        for body in [
            r#"{"phone":"+33698765432"}"#,
            r#"{"phone":"+33 6 98 76 54 32"}"#,
            r#"{"phone":"\u002b33698765432"}"#,
            "{'phone':'+33698765432'}",
        ] {
            assert_eq!(found(body), [number], "{body}");
        }
        let brien = names.shopper_by_email("o'brien@example.com");
        for body in [
            r#"{"email":"o'brien@example.com"}"#,
            r#"{"email":"O\u0027Brien@example.com"}"#,
            "email=o%27brien%40example.com",
        ] {
            assert_eq!(found(body), [brien], "{body}");
        }
        let both = r#"{"customer":{"email":"ada@example.com","phone":"+33698765432"},"again":"ada@example.com"}"#;
        assert_eq!(found(both), [ada, number]);
        assert_eq!(found(r#"{"id":33698765432,"at":"@","x":"a@b"}"#), []);
    }
}
