//! `homing replay` on the history of a small shop.

use super::exports::homing;
use serde_json::Value;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/fixtures/replay");

fn args<'a>(files: &'a [String; 4], more: &[&'a str]) -> Vec<&'a str> {
    let [edited, history, config, catalogue] = files;
    let named = [
        "replay",
        "--sequence",
        edited,
        "--history",
        history,
        "--config",
        config,
        "--catalogue",
        catalogue,
    ];
    [&named, more].concat()
}

fn files(edited: &str) -> [String; 4] {
    [
        edited,
        "history.ndjson",
        "configuration.json",
        "catalogue.json",
    ]
    .map(|name| format!("{FOLDER}/{name}"))
}

#[test]
fn the_table_says_what_would_have_differed_and_what_is_taken_to_be_so() {
    let files = files("sooner.json");
    let ran = homing(
        &args(&files, &["--price", "email=0.0004", "--limit", "1"]),
        b"",
    );
    assert_eq!(ran.code, 0, "{}", ran.err);
    let squeezed: Vec<String> = ran
        .out
        .lines()
        .map(|line| line.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    for line in [
        "shop_dem00001: 98 events of 28 carts, 2026-03-02 10:10 to 2026-03-23 10:00",
        "sent 44 48 +4",
        "put off: quiet_hours 0 1 +1",
        "takes off at most 122.70 EUR 143.15 EUR +20.45 EUR",
        "messages cost 0.017600 0.019200 +0.001600",
        "4 newly sent",
        "… and 20 more; --limit and --json show them.",
        "- Nobody is held out, because no list of held-out shoppers was given.",
    ] {
        assert!(
            squeezed.iter().any(|told| told == line),
            "{line}\n{}",
            ran.out
        );
    }
}

#[test]
fn json_has_all_of_it() {
    let files = files("cheaper.json");
    let ran = homing(&args(&files, &["--json"]), b"");
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["replay"], "homing-replay/1");
    assert_eq!(report["changed"]["kinds"]["other_offer"], 13);
    assert_eq!(
        report["total"]["difference"]["offer_cost_minor"]["EUR"],
        -6_133
    );
}

#[test]
fn what_cannot_be_read_is_told_apart_from_a_broken_history() {
    let [edited, history, config, catalogue] = files("sooner.json");
    let text = std::fs::read_to_string(&history).unwrap();
    let broken = text.replacen("\"qty\":1", "\"qty\":2", 1);
    let from_stdin = [
        edited.clone(),
        String::from("-"),
        config.clone(),
        catalogue.clone(),
    ];
    let ran = homing(&args(&from_stdin, &[]), broken.as_bytes());
    assert_eq!(ran.code, 1, "{}", ran.err);
    let ran = homing(&args(&from_stdin, &[]), text.as_bytes());
    assert_eq!(ran.code, 0, "{}", ran.err);
    let swapped = [
        catalogue.clone(),
        history.clone(),
        config.clone(),
        catalogue.clone(),
    ];
    let ran = homing(&args(&swapped, &[]), b"");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("what was edited"), "{}", ran.err);
    let missing = [edited, String::from("/nowhere"), config, catalogue];
    assert_eq!(homing(&args(&missing, &[]), b"").code, 2);
}
