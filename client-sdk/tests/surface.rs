//! The wasm surface, called as the page calls it.

use homing_sdk::{apply, fork, settle};

const ID: &str = "00000000000000ab-1";
const NOW: f64 = 1_000.0;

/// The events inside an answer.
fn events(answer: &str) -> String {
    let events: Vec<&str> = answer
        .lines()
        .filter_map(|line| line.strip_prefix("e\t"))
        .collect();
    events.join("\n")
}

/// A cart after some commands.
fn cart(commands: &[&str]) -> String {
    let mut pending = String::new();
    for (n, command) in commands.iter().enumerate() {
        let answer = apply(
            "",
            &pending,
            command,
            &format!("00000000000000ab-{}", n + 1),
            NOW,
        );
        pending = [pending, events(&answer)].join("\n").trim().to_owned();
    }
    pending
}

#[test]
fn an_add_is_named_dated_and_shown() {
    assert_eq!(
        apply("", "", "add\tmug\t2\tEngraving\tAda Ö.\tSize\t ", ID, NOW),
        "e\t00000000000000ab-1\tadd\t0\t65536000\tmug\t2\tEngraving\tAda Ö.\nv\t0\t00000000000000ab-1\nl\tmug\t2\tEngraving\tAda Ö."
    );
}

#[test]
fn looking_writes_nothing() {
    assert_eq!(apply("", "", "", ID, NOW), "v\t0");
}

#[test]
fn setting_a_line_of_two_adds_keeps_one() {
    let answer = apply(
        "",
        &cart(&["add\tmug\t2", "add\tmug\t3"]),
        "set\tmug\t4",
        "00000000000000ab-3",
        NOW,
    );
    assert_eq!(
        answer,
        "e\t00000000000000ab-3\tset\t00000000000000ab-2\t65536002\t4\ne\t00000000000000ab-4\tremove\t00000000000000ab-1\nv\t0\t00000000000000ab-2\nl\tmug\t4"
    );
}

#[test]
fn setting_to_nothing_removes_and_setting_what_is_not_there_adds() {
    let one = cart(&["add\tmug\t2"]);
    for command in ["set\tmug\t0", "remove\tmug\t0"] {
        let answer = apply("", &one, command, "00000000000000ab-2", NOW);
        assert_eq!(
            answer,
            "e\t00000000000000ab-2\tremove\t00000000000000ab-1\nv\t0"
        );
        assert_eq!(apply("", "", command, ID, NOW), "v\t0");
    }
    assert!(apply("", "", "set\tmug\t3", ID, NOW).ends_with("l\tmug\t3"));
}

#[test]
fn an_order_names_what_the_shopper_saw_and_an_empty_clear_is_nothing() {
    let answer = apply(
        "",
        &cart(&["add\tmug\t2"]),
        "order",
        "00000000000000ab-2",
        NOW,
    );
    assert_eq!(
        answer,
        "e\t00000000000000ab-2\torder\t00000000000000ab-1\nv\t1"
    );
    assert_eq!(apply("", "", "clear", ID, NOW), "v\t0");
}

#[test]
fn more_adds_than_one_event_may_name_are_all_covered() {
    let many = cart(&["add\tmug\t1"; 620]);
    for close in ["clear", "order"] {
        let answer = apply("", &many, close, "00000000000000ab-9000", NOW);
        assert!(answer.ends_with("v\t1"), "{answer}");
        assert_eq!(answer.matches("00000000000000ab").count(), 620 + 2);
    }
}

/// Views and acknowledged events have numbers too: what is placed on the base begins anywhere and has holes.
#[test]
fn a_long_time_offline_in_the_middle_of_a_journal_is_all_shown() {
    let mut pending = String::new();
    for n in 0..600 {
        let answer = apply(
            "",
            &pending,
            "add\tmug\t1",
            &format!("00000000000000ab-{}", 5_000 + 2 * n),
            NOW,
        );
        pending = [pending, events(&answer)].join("\n").trim().to_owned();
    }
    assert!(apply("", &pending, "", ID, NOW).ends_with("l\tmug\t600"));
}

#[test]
fn what_cannot_be_is_refused_with_its_code() {
    for (command, code) in [
        ("add\ta b\t1", "variant_invalid"),
        ("add\tmug\t0", "quantity_invalid"),
        ("add\tmug\t10000", "quantity_invalid"),
        ("add\tmug\tNaN", "field_out_of_range"),
        ("add\tmug\t1\tEngraving\t\u{1}", "options_invalid"),
        ("add", "field_missing"),
        ("wish\tmug\t1", "event_kind_unknown"),
    ] {
        assert_eq!(
            apply("", "", command, ID, NOW),
            format!("x\t{code}"),
            "{command:?}"
        );
    }
    let full = cart(&["add\tmug\t1"; 1_000]);
    assert_eq!(
        apply("", &full, "add\tmug\t1", "00000000000000ab-1001", NOW),
        "x\tcart_full"
    );
}

#[test]
fn garbage_is_refused() {
    for answer in [
        apply("{", "", "", ID, NOW),
        apply("1", "", "", ID, NOW),
        apply("", "", "", "x", NOW),
        fork("x", "", "", ID, NOW),
    ] {
        assert!(answer.starts_with("x\t"), "{answer}");
    }
    assert_eq!(settle("", "x", 0.0), "");
}

#[test]
fn a_fork_takes_the_larger_quantity_and_keeps_what_was_there() {
    let own = cart(&["add\tmug\t2", "add\tlamp\t5"]);
    let answer = fork(
        "",
        &own,
        "mug\t3\nlamp\t1\nthrow\t1\tColour\tSage",
        "00000000000000ef-2",
        NOW,
    );
    assert!(
        answer.contains("e\t00000000000000ef-4\tadd\t0\t65536002\tthrow\t1\tColour\tSage"),
        "{answer}"
    );
    assert!(
        answer.ends_with("l\tlamp\t5\nl\tmug\t3\nl\tthrow\t1\tColour\tSage"),
        "{answer}"
    );
}

/// An answer that builds on more than this base knows would leave a hole; one that came late must not turn it back.
#[test]
fn answers_that_overtake_each_other_do_no_harm() {
    let first = "1\t0\t5\t1\n00000000000000ab-1\t1\t5\t00000000000000ab-1\tmug\t1";
    let second = "2\t0\t5\t0\n00000000000000ab-1\t2";
    let third = "3\t0\t5\t0";
    assert_eq!(settle("", second, 1.0), "");
    let one = settle("", first, 0.0);
    assert_eq!(one, first);
    let two = settle(&one, second, 1.0);
    assert_eq!(two, "2\t0\t5\t1");
    assert_eq!(settle(&two, first, 0.0), two);
    assert_eq!(settle(&one, third, 2.0), "");
    // An edge that lost its state says so: the request had seen 2, the answer stands at 1.
    assert_eq!(settle(&two, first, 2.0), first);
}
