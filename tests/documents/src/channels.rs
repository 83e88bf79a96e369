//! The table of providers in `docs/channels.md`, from the table that the code reads.

use homing_core::channel::Channel;
use homing_core::delivery::{FlowPlatform, Proof, Provider, Refusal, Row, web_push};
use std::fmt::Write;

/// What stands before and after it in the file.
pub const MARKS: [&str; 2] = [
    "<!-- made by `cargo run -p homing-documents --bin schemas` -->\n",
    "<!-- end -->\n",
];

/// The file's text with the table as it is in the code; `None` where the marks are not in it.
pub fn with_table(text: &str) -> Option<String> {
    let [begin, end] = MARKS;
    let (head, rest) = text.split_once(begin)?;
    let (_, tail) = rest.split_once(end)?;
    Some(format!("{head}{begin}\n{}\n{end}{tail}", table()))
}

fn table() -> String {
    let mut text = String::from(
        "| provider | its name | repeats recognised | answer awaited | recipients | bytes | rate | documented in |\n|---|---|---|---|---|---|---|---|\n",
    );
    for row in rows() {
        let Row {
            name,
            channel,
            title,
            idempotency_ms,
            timeout_ms,
            max_recipients,
            max_bytes,
            rate,
            source,
            ..
        } = row;
        let repeats =
            idempotency_ms.map_or_else(|| String::from("no"), |ms| format!("{} h", ms / 3_600_000));
        let bytes =
            max_bytes.map_or_else(|| String::from("the server's"), |bytes| bytes.to_string());
        // Browsers name them; a shop only says that it sends notifications.
        let setting = match channel {
            Channel::Email => format!("`{name}`"),
            Channel::Sms | Channel::Push => String::new(),
        };
        let _ = writeln!(
            text,
            "| {title} | {setting} | {repeats} | {} s | {max_recipients} | {bytes} | {rate} | {source} |",
            timeout_ms / 1_000
        );
    }
    text.push_str(
        "\n| provider | tried again | given up | the address takes nothing | proves nothing |\n|---|---|---|---|---|\n",
    );
    for row in rows() {
        let of = |proof| {
            let fitting = row.refusals.iter().filter(|refusal| refusal.proof == proof);
            let names: Vec<String> = fitting.map(spelled).collect();
            names.join(", ")
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} |",
            row.title,
            of(Proof::Transient),
            of(Proof::Rejected),
            of(Proof::Recipient),
            match of(Proof::Nothing).as_str() {
                "" => String::from("all else"),
                some => format!("{some}, all else"),
            }
        );
    }
    text
}

/// Every row: the email providers', the marketing platforms', and that of push services.
fn rows() -> impl Iterator<Item = &'static Row> {
    let mails = Provider::ALL.into_iter().map(Provider::row);
    let flows = FlowPlatform::ALL.into_iter().map(FlowPlatform::row);
    mails.chain(flows).chain([web_push()])
}

fn spelled(refusal: &Refusal) -> String {
    let Refusal { from, to, name, .. } = *refusal;
    match (from, name) {
        (0, Some(name)) => format!("`{name}`"),
        (_, Some(name)) => format!("{from} `{name}`"),
        (_, None) if from == to => from.to_string(),
        (_, None) => format!("{from}–{to}"),
    }
}
