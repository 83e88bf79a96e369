//! Somebody edits an export.

use super::*;
use serde_json::Value;

/// Which entry of which log line `n` of all logs' lines is: the cart and the sequence number.
fn place_of(logs: &[Log], n: usize) -> Option<(CartId, u64)> {
    let mut first = 0;
    for log in logs {
        let lines = log.lines().len();
        if n < first + lines {
            let inner = n - first;
            let is_entry = inner > 0 && inner < lines - 1;
            return is_entry.then(|| (log.cart, (log.pruned + inner) as u64));
        }
        first += lines;
    }
    None
}

fn all_lines(logs: &[Log]) -> Vec<String> {
    logs.iter().flat_map(Log::lines).collect()
}

fn place(fault: &Fault) -> Option<(CartId, u64)> {
    Some((fault.cart?, fault.seq?))
}

/// Each value inside of `value`, by its JSON pointer.
fn pointers(value: &Value, at: &str, found: &mut Vec<String>) {
    match value {
        Value::Object(map) if !map.is_empty() => map.iter().for_each(|(name, inner)| {
            pointers(
                inner,
                &format!("{at}/{}", name.replace('~', "~0").replace('/', "~1")),
                found,
            )
        }),
        Value::Array(list) if !list.is_empty() => list
            .iter()
            .enumerate()
            .for_each(|(n, inner)| pointers(inner, &format!("{at}/{n}"), found)),
        _ => found.push(at.to_owned()),
    }
}

fn changed(value: &Value) -> Value {
    match value {
        Value::Number(number) => (number.as_u64().unwrap() ^ 1).into(),
        Value::Bool(is) => (!is).into(),
        // The last character of what is a digest, a payload or a word.
        Value::String(text) => match text.char_indices().last() {
            Some((at, 'a')) => format!("{}b", &text[..at]).into(),
            Some((at, _)) => format!("{}a", &text[..at]).into(),
            None => "a".into(),
        },
        _ => "x".into(),
    }
}

proptest! {
    #[test]
    fn any_changed_byte_is_found_in_the_event_that_it_is_in(logs in logs(), line in any::<prop::sample::Index>(), byte in any::<prop::sample::Index>(), with in 1_u8..=255) {
        let mut lines: Vec<Vec<u8>> = all_lines(&logs).into_iter().map(String::into_bytes).collect();
        let n = line.index(lines.len());
        let at = byte.index(lines[n].len());
        lines[n][at] ^= with;
        let fault = check(&lines).unwrap_err();
        if let Some(place_of_line) = place_of(&logs, n) {
            prop_assert_eq!(place(&fault), Some(place_of_line), "{}", fault);
            prop_assert_eq!(fault.line, n as u64 + 1);
        }
    }

    #[test]
    fn any_changed_value_is_found_in_the_event_that_it_is_in(logs in logs(), line in any::<prop::sample::Index>(), which in any::<prop::sample::Index>()) {
        let mut lines = all_lines(&logs);
        let n = line.index(lines.len());
        let mut value: Value = serde_json::from_str(&lines[n]).unwrap();
        let mut found = Vec::new();
        pointers(&value, "", &mut found);
        let pointer = &found[which.index(found.len())];
        let inner = value.pointer_mut(pointer).unwrap();
        *inner = changed(inner);
        // Values stay where they are in the text.
        let original: Value = serde_json::from_str(&lines[n]).unwrap();
        let (was, is) = (original.pointer(pointer).unwrap().to_string(), value.pointer(pointer).unwrap().to_string());
        let edited = lines[n].replacen(&was, &is, 1);
        prop_assume!(serde_json::from_str::<Value>(&edited).is_ok_and(|edited| edited == value));
        lines[n] = edited;
        let fault = check(&lines).unwrap_err();
        prop_assert!(fault.is_break() || place_of(&logs, n).is_none(), "{}", fault);
        if let Some(place_of_line) = place_of(&logs, n) {
            prop_assert_eq!(place(&fault), Some(place_of_line), "{}", fault);
        }
    }

    #[test]
    fn a_dropped_event_is_named(logs in logs(), line in any::<prop::sample::Index>()) {
        let mut lines = all_lines(&logs);
        let n = line.index(lines.len());
        lines.remove(n);
        let fault = check(&lines).unwrap_err();
        if let Some(place_of_line) = place_of(&logs, n) {
            prop_assert_eq!(place(&fault), Some(place_of_line), "{}", fault);
        }
    }

    #[test]
    fn of_two_swapped_events_the_first_is_named(logs in logs(), line in any::<prop::sample::Index>()) {
        let mut lines = all_lines(&logs);
        let n = line.index(lines.len() - 1);
        lines.swap(n, n + 1);
        let fault = check(&lines).unwrap_err();
        if let (Some(first), Some(_)) = (place_of(&logs, n), place_of(&logs, n + 1)) {
            prop_assert_eq!(place(&fault), Some(first), "{}", fault);
        }
    }

    #[test]
    fn an_event_from_elsewhere_is_named_where_it_was_put_in(logs in logs(), from in any::<prop::sample::Index>(), to in any::<prop::sample::Index>(), renumber in any::<bool>()) {
        let mut lines = all_lines(&logs);
        let (from, to) = (from.index(lines.len()), to.index(lines.len()));
        let mut copy = lines[from].clone();
        let (source, target) = (place_of(&logs, from), place_of(&logs, to));
        if let (true, Some((_, was)), Some((_, is))) = (renumber, source, target) {
            copy = copy.replacen(&format!("{{\"seq\":{was},"), &format!("{{\"seq\":{is},"), 1);
        }
        // The same line once more, in front of itself, is a duplicate behind it.
        let duplicate = copy == lines[to];
        lines.insert(to, copy);
        let fault = check(&lines).unwrap_err();
        if let (Some(_), Some((cart, seq))) = (source, target) {
            prop_assert_eq!(place(&fault), Some((cart, seq + u64::from(duplicate))), "{}", fault);
        }
    }

    #[test]
    fn an_export_that_was_cut_off_is_named_with_the_first_event_that_is_missing(logs in logs(), at in any::<prop::sample::Index>()) {
        let text = format!("{}\n", all_lines(&logs).join("\n"));
        let at = at.index(text.len());
        prop_assume!(text.is_char_boundary(at));
        let lines: Vec<&str> = text[..at].lines().collect();
        let ends: Vec<usize> = logs.iter().map(|log| log.lines().len()).scan(0, |sum, lines| { *sum += lines; Some(*sum) }).collect();
        match check(&lines) {
            // Whole logs are missing at the end: only somebody who knows of them can tell.
            Ok(totals) => {
                prop_assert!(ends.contains(&lines.len()));
                let mut heads = RecordedHeads::default();
                logs.iter().for_each(|log| heads.record(log.cart, log.head()));
                prop_assert!(verify_lines(&lines, &mut heads).is_ok());
                prop_assert_eq!(heads.unmet().count() as u64, logs.len() as u64 - totals.carts);
            }
            Err(fault) => if let Some((cart, seq)) = place(&fault) {
                let broken = logs.iter().find(|log| log.cart == cart).unwrap();
                prop_assert!(seq > broken.pruned as u64 && seq <= broken.records.len() as u64);
            }
        }
    }

    /// Who also mends the digests of the line that he changed is found one event later; who mends them all, by a recorded head.
    #[test]
    fn a_forger_needs_every_recorded_head(logs in logs(), which in any::<prop::sample::Index>(), other in records(), recorded_at in any::<prop::sample::Index>()) {
        let log = &logs[0];
        let n = log.pruned + which.index(log.records.len() - log.pruned);
        prop_assume!(log.records[n] != other);
        let mut forged = log.clone();
        forged.records[n] = other;
        forged.erased[n] = false;
        let (honest, forgery) = (log.lines(), forged.lines());
        let line = n - log.pruned + 1;
        let mut mended = honest.clone();
        mended[line] = forgery[line].clone();
        let fault = check(&mended).unwrap_err();
        let last = log.records.len() as u64;
        prop_assert_eq!(place(&fault), Some((log.cart, (n as u64 + 2).min(last))), "{}", fault);

        prop_assert!(check(&forgery).is_ok(), "a chain alone proves little against its owner");
        let checkpoints = log.checkpoints();
        let recorded = &checkpoints[recorded_at.index(checkpoints.len())];
        let mut heads = RecordedHeads::default();
        heads.record(log.cart, recorded.hash);
        let is_visible = recorded.seq >= log.pruned as u64;
        prop_assert_eq!(verify_lines(&honest, &mut heads).is_ok(), is_visible);
        let verdict = verify_lines(&forgery, &mut heads);
        // What was recorded before the forged event says nothing of it.
        prop_assert_eq!(verdict.is_ok(), is_visible && recorded.seq <= n as u64);
    }
}

#[test]
fn what_is_no_export_is_told_apart_from_what_is_broken() {
    let why = |lines: &[&str]| check(lines).unwrap_err();
    let cases: [(&[&str], &str); 6] = [
        (&[], "empty"),
        (&[""], "not_an_export"),
        (&["PK\u{3}\u{4}"], "not_an_export"),
        (&["{\"level\":\"info\"}"], "not_an_export"),
        (&["{\"log\":\"homing/2\",\"new\":1}"], "format_unknown"),
        (&["{\"log\":\"homing/1\",\"new\":1}"], "line_invalid"),
    ];
    for (lines, code) in cases {
        let fault = why(lines);
        assert_eq!(
            (fault.why.code(), fault.is_break()),
            (code, false),
            "{fault}"
        );
    }
    let long = format!("{{\"log\":\"{}\"}}", "x".repeat(MAX_LINE_BYTES));
    assert_eq!(why(&[&long]).why, Why::TooLong);
}

fn small() -> Log {
    let record = |how: &str| Record {
        id: None,
        at: 1,
        taken_at: 2,
        what: What::Exit { how: how.into() },
        trace: None,
    };
    Log {
        cart: CartId([7; 16]),
        records: vec![record("pointer"), record("tab")],
        erased: vec![false; 2],
        pruned: 0,
    }
}

#[test]
fn a_readable_part_that_differs_is_named_to_the_field() {
    let mut lines = small().lines();
    lines[2] = lines[2].replace("\"how\":\"tab\"", "\"how\":\"idle\"");
    let fault = check(&lines).unwrap_err();
    assert_eq!(fault.why, Why::Readable("what.how".into()));
    assert_eq!((fault.line, fault.seq), (3, Some(2)));
    assert_eq!(
        fault.to_string(),
        "cart crt_07070707070707070707070707070707, event 2, line 3: the readable part says something else than the payload: `what.how`"
    );
    // Nor may it be left out, said twice, or said of an erased event.
    let mut missing = small().lines();
    missing[1] = missing[1].replace(",\"what\":{\"t\":\"exit\",\"how\":\"pointer\"}", "");
    assert_eq!(
        check(&missing).unwrap_err().why,
        Why::Readable("what".into())
    );
    let mut twice = small().lines();
    twice[1] = twice[1].replace("\"how\":\"pointer\"", "\"how\":\"x\",\"how\":\"pointer\"");
    assert_eq!(check(&twice).unwrap_err().why, Why::Spelling);
    let mut erased = small();
    erased.erased[0] = true;
    let mut lines = erased.lines();
    assert!(check(&lines).is_ok());
    lines[1] = lines[1].replace("\"erased\"", "\"at\":5,\"erased\"");
    assert_eq!(check(&lines).unwrap_err().why, Why::Readable("at".into()));
}

#[test]
fn a_log_does_not_pass_for_another_carts() {
    let own = small().cart.to_string();
    let other = CartId([8; 16]).to_string();
    let lines: Vec<String> = small()
        .lines()
        .iter()
        .map(|line| line.replace(&own, &other))
        .collect();
    let fault = check(&lines).unwrap_err();
    assert_eq!((fault.seq, fault.why), (Some(1), Why::Chain));
}

#[test]
fn a_log_that_begins_inside_of_another_is_named_with_the_event_that_is_missing() {
    let mut lines = small().lines();
    lines.truncate(2);
    lines.extend(small().lines());
    let fault = check(&lines).unwrap_err();
    assert_eq!(
        (fault.line, fault.seq, fault.why),
        (3, Some(2), Why::Unended)
    );
}

#[test]
fn a_later_log_in_a_newer_format_is_no_break() {
    let mut lines = small().lines();
    lines.push("{\"log\":\"homing/2\",\"cart\":\"crt_1\"}".into());
    let fault = check(&lines).unwrap_err();
    assert!(!fault.is_break());
    assert_eq!(fault.why, Why::Format("homing/2".into()));
}

#[test]
fn ends_of_lines_of_another_system_change_nothing() {
    let lines: Vec<String> = small()
        .lines()
        .iter()
        .map(|line| format!("{line}\r"))
        .collect();
    assert!(check(&lines).is_ok());
}

#[test]
fn the_first_fault_stays() {
    let mut heads = RecordedHeads::default();
    let mut verifier = Verifier::new(&mut heads);
    let fault = verifier.line(b"x").unwrap_err();
    let good = small().lines();
    assert_eq!(verifier.line(good[0].as_bytes()), Err(fault.clone()));
    assert_eq!(verifier.finish(), Err(fault));
}

#[test]
fn a_payload_that_is_no_event_is_exported_and_named() {
    let mut chain = Chain::new(SHOP, CartId([7; 16]));
    chain.append(vec![9, 9, 9], &[1; 32]);
    let header = Header {
        shop: SHOP,
        cart: CartId([7; 16]),
        after: None,
        entries: 1,
        head: chain.head(),
    };
    let mut out = Vec::new();
    let mut export = Export::begin(header, &mut out);
    chain
        .tail()
        .iter()
        .for_each(|entry| export.entry(entry, &mut out));
    export.end(&mut out);
    let lines: Vec<&[u8]> = out
        .split(|byte| *byte == b'\n')
        .filter(|line| !line.is_empty())
        .collect();
    let fault = check(&lines).unwrap_err();
    assert_eq!(
        (fault.seq, fault.why.code()),
        (Some(1), "payload_unreadable")
    );
}

#[test]
fn the_longest_event_fits_a_line() {
    let dot = Dot {
        id: EventId {
            replica: Replica(u64::MAX),
            counter: u32::MAX,
        },
        carry: u16::MAX,
    };
    let what = What::Fork {
        parent: CartId([9; 16]),
        dots: vec![dot; Op::MAX_DOTS],
        generation: 255,
        merged: true,
    };
    let mut log = small();
    log.records[0].what = what;
    assert!(
        log.lines()[1].len() < MAX_LINE_BYTES / 4,
        "{}",
        log.lines()[1].len()
    );
    assert!(check(&log.lines()).is_ok());
}

#[test]
fn a_hostile_file_does_not_speak_to_the_terminal() {
    let name = "\\u001b[2Jx";
    let mut inner = small().lines();
    inner[1] = inner[1].replace("\"how\":", &format!("\"{name}\":1,\"how\":"));
    let mut outer = small().lines();
    outer[1] = outer[1].replacen("\"at\":", &format!("\"{name}\":1,\"at\":"), 1);
    let format = vec![format!("{{\"log\":\"homing/{name}\"}}")];
    for lines in [inner, outer, format] {
        let said = check(&lines).unwrap_err().to_string();
        assert!(said.contains("[2Jx"), "{said}");
        assert!(!said.chars().any(char::is_control), "{said:?}");
    }
}
