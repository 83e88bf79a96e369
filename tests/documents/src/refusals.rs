//! Parser and schema refuse the same documents, and the parser names the field.
//!
//! Each table has rows of a pointer into `right.json` (RFC 6901), what is put there (`null` takes the field out), and the path of
//! the one error.

use crate::edits::{anything, edited, places, rows};
use crate::published;
use homing_core::document::text::Text;
use homing_core::experiment::ExperimentId;
use homing_core::flag::FlagId;
use homing_core::rules::{CalendarDay, CatalogueId, Country, Host};
use homing_core::sequence::{Document, Label, Line, Paragraph, SequenceId};
use jsonschema::Validator;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

fn validator() -> Validator {
    let [(_, schema), ..] = published().unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    jsonschema::validator_for(&schema).unwrap()
}

/// A document that uses every test and every field.
fn right() -> Value {
    serde_json::from_str(include_str!("../fixtures/right.json")).unwrap()
}

/// The paths of what the parser refuses, and all of its words.
fn refused(document: &Value) -> (Vec<String>, String) {
    let errors = Document::parse(document.to_string().as_bytes())
        .err()
        .unwrap_or_default();
    let words: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let paths = errors.into_iter().map(|error| error.field).collect();
    (paths, words.join("\n"))
}

#[test]
fn what_is_right_is_taken_by_both() {
    assert_eq!(refused(&right()).1, "");
    assert!(validator().is_valid(&right()));
}

#[test]
fn both_refuse_what_is_wrong_and_the_path_leads_to_it() {
    let validator = validator();
    let table = rows(include_str!("../fixtures/refused.json"));
    assert!(table.len() > 70);
    for (pointer, value, path) in table {
        let document = edited(right(), &pointer, value.clone());
        let (paths, words) = refused(&document);
        assert_eq!(paths, [path], "{pointer} {value}\n{words}");
        assert!(
            !validator.is_valid(&document),
            "{pointer} {value}: the schema takes it"
        );
    }
}

#[test]
fn both_refuse_more_sequences_than_are_allowed() {
    let one = &right()["sequences"][1];
    let many: Vec<Value> = (0..51)
        .map(|n| {
            let mut sequence = one.clone();
            sequence["id"] = json!(format!("s{n}"));
            sequence
        })
        .collect();
    let all = json!({"sequences": many});
    assert!(!validator().is_valid(&all));
    assert_eq!(refused(&all).1, "sequences: at most 50 entries");
    let fewer = json!({"sequences": many[1..]});
    assert!(validator().is_valid(&fewer));
    assert_eq!(refused(&fewer).1, "");
}

/// How fields relate to each other is beyond the schema's language.
#[test]
fn what_only_the_parser_can_see_is_listed() {
    let validator = validator();
    for (pointer, value, path) in rows(include_str!("../fixtures/relations.json")) {
        let document = edited(right(), &pointer, value.clone());
        let (paths, words) = refused(&document);
        assert_eq!(paths, [path], "{pointer} {value}\n{words}");
        assert!(
            validator.is_valid(&document),
            "{pointer} {value}: the schema has learnt it, and it belongs in refused.json"
        );
    }
}

/// The words for what the schema's language cannot say.
const RELATIONS: [&str; 8] = [
    "another id than",
    "not before",
    "an offer, because",
    "more than at_least",
    "another hour than",
    "with a year if",
    "levels deep",
    "tests in one rule",
];

/// Whether the parser takes a text.
type Taken = fn(&str) -> bool;

/// Every published pattern, compiled once, with the parser that it speaks for.
fn patterns() -> Vec<(&'static str, Validator, Taken)> {
    let all: [(&'static str, Taken); 11] = [
        (Text::PATTERN, |text| Text::new(text).is_ok()),
        (CatalogueId::PATTERN, |text| CatalogueId::new(text).is_ok()),
        (Country::PATTERN, |text| Country::new(text).is_ok()),
        (Host::PATTERN, |text| Host::new(text).is_ok()),
        (SequenceId::PATTERN, |text| SequenceId::new(text).is_ok()),
        (Line::PATTERN, |text| Line::new(text).is_ok()),
        (Paragraph::PATTERN, |text| Paragraph::new(text).is_ok()),
        (Label::PATTERN, |text| Label::new(text).is_ok()),
        (FlagId::PATTERN, |text| FlagId::new(text).is_ok()),
        (CalendarDay::PATTERN, |text| CalendarDay::new(text).is_ok()),
        ("^[a-z0-9_-]{1,40}$", |text| {
            text.parse::<ExperimentId>().is_ok()
        }),
    ];
    all.into_iter()
        .map(|(pattern, taken)| {
            let schema = json!({"type": "string", "pattern": pattern});
            (pattern, jsonschema::validator_for(&schema).unwrap(), taken)
        })
        .collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn parser_and_schema_agree_on_every_change_to_a_document(
        (pointer, value) in {
            let mut found = Vec::new();
            places(&right(), "", &mut found);
            let (pointers, parts): (Vec<String>, Vec<Value>) = found.into_iter().skip(1).unzip();
            (select(pointers), anything(parts))
        }
    ) {
        thread_local!(static SCHEMA: Validator = validator());
        let document = edited(right(), &pointer, value);
        let (paths, words) = refused(&document);
        let taken = SCHEMA.with(|schema| schema.is_valid(&document));
        if taken {
            let related = |line: &str| RELATIONS.iter().any(|words| line.contains(words));
            prop_assert!(words.lines().all(related), "only the parser refuses: {words}");
        } else {
            prop_assert!(!paths.is_empty(), "only the schema refuses {document}");
        }
    }

    #[test]
    fn the_published_patterns_take_what_the_parser_takes(
        text in prop_oneof![
            "[ a-zA-Z0-9._-]{0,45}",
            "([0-9]{4}-)?[01][0-9]-[0-3][0-9]",
            "[ é\u{0}-\u{20}\u{7f}-\u{a0}]{0,4}",
            "\\PC{0,110}",
            "[a-z ]{145,155}",
        ]
    ) {
        thread_local!(static PATTERNS: Vec<(&'static str, Validator, Taken)> = patterns());
        PATTERNS.with(|patterns| {
            for (pattern, validator, taken) in patterns {
                prop_assert_eq!(validator.is_valid(&json!(text)), taken(&text), "{}", pattern);
            }
            Ok(())
        })?;
    }
}
