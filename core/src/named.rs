//! Whom a text names: for bodies that are kept sealed, so that those which are about a person can be found when that person is erased.

use crate::contact::{Email, Phone};
use crate::ids::ShopperId;
use crate::keys::NameKey;
use alloc::{string::String, vec::Vec};

/// Longest text that is taken for a number or an address.
const LONGEST: usize = 254;

/// Everybody whose address or number stands in a body, whatever its shape: what could not be understood has to be found as well. Numbers
/// are found where they fill a string of JSON, in international form; an address also inside a longer one.
pub fn people(body: &[u8], names: &NameKey) -> Vec<ShopperId> {
    let text = String::from_utf8_lossy(body);
    let mut found = Vec::new();
    let mut note = |id| {
        if !found.contains(&id) {
            found.push(id);
        }
    };
    for part in text.split(['"', '\'']) {
        let part = unescaped(part);
        let whole = part.trim();
        if whole.len() <= LONGEST
            && let Ok(phone) = whole.parse::<Phone>()
        {
            note(names.shopper_by_phone(phone.as_str()));
        }
        if !part.contains('@') {
            continue;
        }
        let is_between = |c: char| {
            c.is_whitespace()
                || matches!(c, ',' | ';' | ':' | '<' | '>' | '(' | ')' | '=' | '&' | '?')
        };
        let words = part.split(is_between);
        for word in words.filter(|word| word.contains('@') && word.len() <= LONGEST) {
            if let Ok(email) = word.trim_end_matches('.').parse::<Email>() {
                note(names.shopper_by_email(email.as_str()));
            }
        }
    }
    found
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
            "ada@example.com",
            r#"{"broken": "ada@example.com"#,
        ] {
            assert_eq!(found(body), [ada], "{body}");
        }
        for body in [
            r#"{"phone":"+33698765432"}"#,
            r#"{"phone":"+33 6 98 76 54 32"}"#,
            r#"{"phone":"\u002b33698765432"}"#,
        ] {
            assert_eq!(found(body), [number], "{body}");
        }
        let both = r#"{"customer":{"email":"ada@example.com","phone":"+33698765432"},"again":"ada@example.com"}"#;
        assert_eq!(found(both), [ada, number]);
        assert_eq!(found(r#"{"id":33698765432,"at":"@","x":"a@b"}"#), []);
    }
}
