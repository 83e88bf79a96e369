//! Log lines: one JSON object each, without contacts, tokens or secrets.

use homing_core::traceparent::TraceId;
use serde::Serialize;

#[derive(Serialize)]
struct Line<'a> {
    level: &'a str,
    event: &'a str,
    detail: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<String>,
}

/// Something that a person should look at. `detail` is cut, and addresses in it are masked.
pub fn error(event: &str, detail: &str) {
    worker::console_error!("{}", line("error", event, detail, None));
}

/// The same about what belongs to a trace.
pub fn error_in(trace: Option<TraceId>, event: &str, detail: &str) {
    worker::console_error!("{}", line("error", event, detail, trace));
}

/// Something that a person will want to know later.
pub fn notice(event: &str, detail: &str) {
    worker::console_warn!("{}", line("notice", event, detail, None));
}

/// A station on the way of a trace: what happened there, whatever came of it.
pub fn passed(trace: Option<TraceId>, event: &str, detail: &str) {
    worker::console_warn!("{}", line("info", event, detail, trace));
}

fn line(level: &str, event: &str, detail: &str, trace: Option<TraceId>) -> String {
    let line = Line {
        level,
        event,
        detail: &mask(detail),
        trace: trace.map(|trace| trace.to_string()),
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
