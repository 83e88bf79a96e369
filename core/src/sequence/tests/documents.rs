//! What is read and written.

use super::Document;
use super::*;
use crate::channel::Channel;

const HOUR: u64 = 3_600_000;

fn sequence(fields: &str) -> String {
    format!(
        r#"{{"id":"a","version":1,"name":"A","trigger":{{"cart":{{}}}},"steps":[{{"after_ms":1,"template":"reminder"}}]{fields}}}"#
    )
}

fn document(sequences: &[&str]) -> String {
    format!(r#"{{"sequences":[{}]}}"#, sequences.join(","))
}

#[test]
fn the_library_holds_what_its_names_promise() {
    let library = euro_library();
    let ids: Vec<&str> = library
        .iter()
        .map(|sequence| sequence.id.as_str())
        .collect();
    assert_eq!(
        ids,
        [
            "payment-failed",
            "quote",
            "high-value",
            "black-friday",
            "mobile-first",
            "standard",
            "browse",
            "back-in-stock",
            "price-drop",
            "asked",
            "win-back",
        ]
    );
    let find = |id: &str| {
        library
            .iter()
            .find(|sequence| sequence.id.as_str() == id)
            .unwrap()
    };
    assert_eq!(standard(), [find("standard").clone()]);
    let valuable = find("high-value");
    assert!(valuable.approval && valuable.steps.iter().all(|step| step.offer.is_none()));
    assert!(valuable.steps[0].after_ms > find("standard").steps[0].after_ms);
    assert_eq!(find("mobile-first").steps[0].channels[0], Channel::Push);
    assert!(find("payment-failed").steps[0].after_ms < HOUR);
    let used: Vec<Template> = library
        .iter()
        .flat_map(|sequence| &sequence.steps)
        .map(|step| step.template)
        .collect();
    for template in Template::ALL {
        assert!(used.contains(&template), "{template:?}");
    }
}

#[test]
fn the_library_is_a_valid_document_in_every_currency() {
    for code in ["EUR", "JPY", "KWD"] {
        let sequences = library(Currency::parse(code).unwrap());
        let document = Document {
            schema: Some("sequence.schema.json".into()),
            sequences: sequences.clone(),
        };
        let json = document.write().unwrap();
        assert!(!json.contains("null"));
        assert_eq!(Document::parse(json.as_bytes()).unwrap(), sequences);
    }
}

#[test]
fn a_sequence_can_be_kept_in_the_compact_form() {
    for sequence in euro_library() {
        let bytes = postcard::to_allocvec(&sequence).unwrap();
        assert_eq!(postcard::from_bytes::<Sequence>(&bytes).unwrap(), sequence);
    }
}

#[test]
fn what_is_not_said_has_its_documented_meaning() {
    let read = Sequence::parse(sequence("").as_bytes()).unwrap();
    assert_eq!((read.priority, read.approval, read.when), (0, false, None));
    assert_eq!(read.steps, [Step::new(1, Template::Reminder)]);
    assert_eq!(read.steps[0].channels, [Channel::Email]);
    assert!(read.steps[0].judge(&Facts::default()).is_none());
}

#[test]
fn all_that_is_wrong_is_said_at_once() {
    let first = r#"{"id":"a","version":0,"name":"A","priority":1001,"trigger":{"browse":{"min_dwell_ms":1}},
        "when":{"all":[{"device":["phone"]},{"cart_value":{"at_least_minor":10,"below_minor":10,"currency":"EUR"}}]},
        "steps":[
            {"after_ms":10,"template":"offer","channels":["email","email"]},
            {"after_ms":9,"template":"reminder","offer":{"code":"a b","percent":0}}]}"#;
    let second = sequence(r#","prioritty":1"#);
    let third = sequence(r#","when":{"any":[]}"#);
    assert_eq!(
        wrong(&document(&[first, &second, &third])),
        [
            "sequences[0].version: 1 or more",
            "sequences[0].trigger.browse.min_dwell_ms: 1000 to 3600000",
            "sequences[0].when.all[1].cart_value.below_minor: more than at_least_minor",
            "sequences[0].priority: 0 to 1000",
            "sequences[0].steps[0].offer: an offer, because the template is offer",
            "sequences[0].steps[0].channels[1]: an entry only once",
            "sequences[0].steps[1].after_ms: not before the step before it",
            "sequences[0].steps[1].offer.code: 1 to 40 letters, digits, - or _, or at most 30 and {unique}",
            "sequences[0].steps[1].offer.percent: 1 to 100",
            "sequences[1].prioritty: unknown field `prioritty`, expected one of `id`, `version`, `name`, `trigger`, `when`, `priority`, `flag`, `approval`, `steps`",
            "sequences[2].when.any: 1 to 20 rules",
            "sequences[2].id: another id than sequences[0]",
        ]
    );
}

#[test]
fn what_is_no_document_is_refused_by_line_and_column() {
    for (json, reason) in [
        (
            "",
            "body: JSON: EOF while parsing a value at line 1 column 0",
        ),
        (
            "{\"sequences\":\n[}",
            "body: JSON: expected value at line 2 column 2",
        ),
        (
            "{\"sequences\":[]} x",
            "body: JSON: trailing characters at line 1 column 18",
        ),
        ("[]", "body: an object with the field sequences"),
        ("[null, []]", "body: an object with the field sequences"),
        ("{}", "sequences: this field must be given"),
    ] {
        assert_eq!(wrong(json), [reason]);
    }
    let errors = Document::parse(&[0xff]).unwrap_err();
    assert_eq!(errors[0].to_string(), "body: text in UTF-8");
    let large = format!("{{\"sequences\":[{}]}}", " ".repeat(Document::MAX_BYTES));
    assert_eq!(wrong(&large), ["body: at most 128 KiB"]);
}

#[test]
fn a_key_that_stands_twice_is_not_silently_dropped() {
    let twice = sequence(r#","priority":1,"priority":2"#);
    assert_eq!(
        wrong(&document(&[&twice])),
        ["sequences[0].priority: this field only once"]
    );
    let in_rule = sequence(r#","when":{"lines":{"tag":["a"],"tag":["b"]}}"#);
    assert_eq!(
        wrong(&document(&[&in_rule])),
        ["sequences[0].when.lines.tag: this field only once"]
    );
}

#[test]
fn a_hostile_depth_is_refused_without_a_long_path() {
    for depth in [200, 20_000] {
        let rule = format!(
            "{}{}{}",
            r#"{"not":"#.repeat(depth),
            r#"{"quote":true}"#,
            "}".repeat(depth)
        );
        let json = document(&[&sequence(&format!(r#","when":{rule}"#))]);
        let errors = Document::parse(json.as_bytes()).unwrap_err();
        assert_eq!(errors.len(), 1);
        assert!(errors[0].field.len() < 20, "{}", errors[0]);
    }
}

#[test]
fn rules_end_at_their_documented_size() {
    let nested = |depth: usize| {
        let rule = format!(
            "{}{}{}",
            r#"{"not":"#.repeat(depth - 1),
            r#"{"quote":true}"#,
            "}".repeat(depth - 1)
        );
        document(&[&sequence(&format!(r#","when":{rule}"#))])
    };
    assert!(Document::parse(nested(6).as_bytes()).is_ok());
    assert_eq!(
        wrong(&nested(7)),
        ["sequences[0].when.not.not.not.not.not.not: at most 6 levels deep"]
    );
    let tests = |sizes: &[usize]| {
        let group = |size: &usize| {
            format!(
                r#"{{"any":[{}]}}"#,
                vec![r#"{"quote":true}"#; *size].join(",")
            )
        };
        let groups: Vec<String> = sizes.iter().map(group).collect();
        let rule = format!(r#"{{"all":[{}]}}"#, groups.join(","));
        document(&[&sequence(&format!(r#","when":{rule}"#))])
    };
    assert!(Document::parse(tests(&[20, 20]).as_bytes()).is_ok());
    assert_eq!(
        wrong(&tests(&[20, 20, 1])),
        ["sequences[0].when: at most 40 tests in one rule"]
    );
    assert_eq!(
        wrong(&tests(&[21])),
        ["sequences[0].when.all[0].any: 1 to 20 rules"]
    );
}
