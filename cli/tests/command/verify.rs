//! Files in, a report and an exit code out.

use super::exports::{cart, carts, export, file, head, homing, verify};
use homing_core::bytes::to_hex;
use homing_core::log::MAX_LINE_BYTES;
use serde_json::{Value, json};

#[test]
fn a_whole_export_is_ok_and_says_what_that_does_not_mean() {
    let text = export(1, 3, &[2]) + &export(2, 4, &[]);
    let ran = verify(&[], &text);
    assert_eq!(ran.code, 0, "{}", ran.err);
    assert!(
        ran.out
            .starts_with("standard input: ok: 2 carts, 7 events, 1 erased\n"),
        "{}",
        ran.out
    );
    assert!(
        ran.out.contains("No recorded head was given"),
        "{}",
        ran.out
    );
    let recorded = format!("{}={}", cart(1), to_hex(&head(1, 3)));
    let ran = verify(&["--head", &recorded], &text);
    assert_eq!(ran.out, "standard input: ok: 2 carts, 7 events, 1 erased\n");
}

#[test]
fn the_first_broken_event_of_each_file_is_named() {
    let whole = file("named-whole.ndjson", &carts(&[1, 2]));
    let edited = carts(&[1, 2]).replacen("mug-3", "mug-9", 1);
    let broken = file("named-broken.ndjson", &edited);
    let ran = homing(&["verify", &whole, &broken], b"");
    assert_eq!(ran.code, 1);
    assert!(
        ran.out
            .contains(&format!("{whole}: ok: 2 carts, 6 events\n")),
        "{}",
        ran.out
    );
    let named = format!(
        "{broken}: BROKEN: cart {}, event 3, line 4: the readable part says something else than the payload: `what.variant`\n  before that: 0 carts, 2 events\n",
        cart(1)
    );
    assert!(ran.out.contains(&named), "{}", ran.out);
}

#[test]
fn json_says_the_same() {
    let text = carts(&[1, 2]);
    let ran = verify(&["--json"], &text);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    let file = json!({"file": "standard input", "ok": true, "carts": 2, "events": 6, "erased": 0, "pruned": 0});
    assert_eq!(report, json!({"ok": true, "files": [file], "missing": []}));
    let lines: Vec<&str> = text.lines().collect();
    let dropped = [&lines[..2], &lines[3..]].concat().join("\n");
    let ran = verify(&["--json"], &dropped);
    assert_eq!(ran.code, 1);
    let report: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(report["ok"], false);
    let fault = &report["files"][0]["fault"];
    assert_eq!(fault["code"], "event_out_of_order");
    assert_eq!(fault["cart"], cart(1).to_string());
    assert_eq!((&fault["event"], &fault["line"]), (&json!(2), &json!(3)));
}

#[test]
fn what_cannot_be_checked_is_told_apart_from_what_is_broken() {
    let first = carts(&[1]);
    let newer = carts(&[1]) + "{\"log\":\"homing/2\",\"cart\":\"crt_00\"}\n";
    let endless = format!("{}{}", carts(&[1]), "x".repeat(MAX_LINE_BYTES + 2));
    let inside = format!(
        "{}\n{}",
        first.lines().next().unwrap(),
        "x".repeat(2 * MAX_LINE_BYTES)
    );
    let lines: Vec<&str> = first.lines().collect();
    let cases = [
        (String::new(), 2, "it is empty"),
        (
            String::from("cart,event\n1,2\n"),
            2,
            "is the file an export of Homing?",
        ),
        (
            String::from("{\"type\":\"urn:homing:problem:key_invalid\"}"),
            2,
            "it is an error that the API answered with",
        ),
        (String::from("\u{feff}") + &first, 2, "byte order mark"),
        (
            newer,
            2,
            "this log is in the format \"homing/2\"; this program reads \"homing/1\"",
        ),
        (endless, 2, "longer than 262144 bytes"),
        (inside, 1, "longer than 262144 bytes"),
        (
            lines[..3].join("\n"),
            1,
            "event 3, line 3: the file was cut off here: the log has 3 events",
        ),
        (first[..first.len() / 2].to_owned(), 1, "it ends early"),
        (
            lines[..4].join("\n") + "\nnot JSON\n",
            1,
            "the line is not one of an export",
        ),
    ];
    for (text, code, says) in cases {
        let ran = verify(&[], &text);
        assert_eq!(ran.code, code, "{says}: {}{}", ran.out, ran.err);
        assert!(ran.out.contains(says), "{says}: {}", ran.out);
    }
    let gzip = homing(&["verify", "-"], &[0x1f, 0x8b, 8, 0, 0]);
    assert_eq!(gzip.code, 2);
    assert!(gzip.out.contains("gzip -dc"), "{}", gzip.out);
    let absent = homing(&["verify", "/nowhere/at/all.ndjson"], b"");
    assert_eq!(absent.code, 2);
    assert!(
        absent
            .out
            .contains("/nowhere/at/all.ndjson: not checked: No such file"),
        "{}",
        absent.out
    );
    for args in [
        &["verify"][..],
        &["verify", "-", "-"],
        &["verify", "-", "--head", "x"],
        &["verify", "-", "--proofs", "x"],
        &[],
    ] {
        let ran = homing(args, b"");
        assert_eq!(ran.code, 2, "{args:?}");
        assert!(!ran.err.is_empty());
    }
}

#[test]
fn the_help_says_what_a_chain_does_not_prove() {
    let ran = homing(&["verify", "--help"], b"");
    assert_eq!(ran.code, 0);
    assert!(
        ran.out
            .contains("A chain alone proves little against its owner"),
        "{}",
        ran.out
    );
    assert!(ran.out.contains("Exit code: 0"), "{}", ran.out);
}
