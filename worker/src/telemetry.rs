//! Log lines: one JSON object each, without contacts, tokens or secrets.

use serde::Serialize;

#[derive(Serialize)]
struct Line<'a> {
    level: &'a str,
    event: &'a str,
    detail: &'a str,
}

/// Something that a person should look at. `detail` is cut, and addresses in it are masked.
pub fn error(event: &str, detail: &str) {
    worker::console_error!("{}", line("error", event, detail));
}

/// Something that a person will want to know later.
pub fn notice(event: &str, detail: &str) {
    worker::console_warn!("{}", line("notice", event, detail));
}

/// A trace id as W3C Trace Context defines it: 32 lowercase hexadecimal digits, not all zero.
pub fn trace_id(text: &str) -> Option<&str> {
    let is_digit = |byte: u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte);
    let is_one = text.len() == 32 && text.bytes().all(is_digit) && text.bytes().any(|b| b != b'0');
    is_one.then_some(text)
}

fn line(level: &str, event: &str, detail: &str) -> String {
    let line = Line {
        level,
        event,
        detail: &mask(detail),
    };
    serde_json::to_string(&line).unwrap_or_default()
}

/// Replaces words that hold an `@` or a long token, and keeps 300 characters.
fn mask(text: &str) -> String {
    let hidden = |word: &str| word.contains('@') || word.len() > 60;
    let words = text
        .split(' ')
        .map(|word| if hidden(word) { "…" } else { word });
    words
        .collect::<Vec<_>>()
        .join(" ")
        .chars()
        .take(300)
        .collect()
}

#[cfg(test)]
mod tests {
    #[test]
    fn addresses_and_tokens_are_masked() {
        let masked = super::mask(&format!("550 <ada@example.com> unknown {}", "t".repeat(64)));
        assert_eq!(masked, "550 … unknown …");
    }
}
