//! The table of providers and services in `docs/channels.md`, from the table that the code reads.

use homing_core::delivery::{
    FlowPlatform, Most, Proof, Provider, Refusal, Repeats, Row, TWILIO, web_push,
};
use homing_core::errand::Service;
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
        "| who | its name | repeats recognised | answer awaited | most in one call | documented in |\n|---|---|---|---|---|---|\n",
    );
    for row in rows() {
        let Row {
            name,
            title,
            repeats,
            timeout_ms,
            most,
            refusals: _,
            source,
        } = row;
        let repeats = match repeats {
            Repeats::Never => String::from("no"),
            Repeats::Within(ms) => format!("{} h", ms / 3_600_000),
            Repeats::Always => String::from("always"),
        };
        let most = match most {
            Most::Untold => String::from("not published"),
            Most::Bytes(most) => format!("{most} bytes"),
            Most::Units(most) => format!("{most} characters"),
        };
        let _ = writeln!(
            text,
            "| {title} | `{name}` | {repeats} | {} s | {most} | {source} |",
            timeout_ms / 1_000
        );
    }
    text.push_str(
        "\n| who | tried again | given up | the address takes nothing | its owner wants nothing | proves nothing |\n|---|---|---|---|---|---|\n",
    );
    for row in rows() {
        let of = |proof| {
            let fitting = row.refusals.iter().filter(|refusal| refusal.proof == proof);
            let names: Vec<String> = fitting.map(spelled).collect();
            names.join(", ")
        };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} |",
            row.title,
            of(Proof::Transient),
            of(Proof::Rejected),
            of(Proof::Recipient),
            of(Proof::OptedOut),
            match of(Proof::Nothing).as_str() {
                "" => String::from("all else"),
                some => format!("{some}, all else"),
            }
        );
    }
    text
}

/// Every row: who carries mails, texts and notifications, the marketing platforms, and the services that carry no messages. The shop's own
/// endpoints have no refusals of their own: docs/endpoints.md.
fn rows() -> impl Iterator<Item = &'static Row> {
    let mails = Provider::ALL.into_iter().map(Provider::row);
    let flows = FlowPlatform::ALL.into_iter().map(FlowPlatform::row);
    let services = Service::ALL.into_iter().map(Service::row);
    mails
        .chain([&TWILIO, web_push()])
        .chain(flows)
        .chain(services)
}

fn spelled(refusal: &Refusal) -> String {
    let Refusal { from, to, name, .. } = *refusal;
    match (from, name) {
        (0, Some(name)) => format!("`{name}`"),
        (_, Some(name)) if from == to => format!("{from} `{name}`"),
        (_, Some(name)) => format!("`{name}`"),
        (_, None) if from == to => from.to_string(),
        (_, None) => format!("{from}–{to}"),
    }
}
