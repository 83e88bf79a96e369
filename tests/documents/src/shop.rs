//! The same for a shop's whole configuration: parser and schema refuse the same, and the parser names the field.

use crate::edits::{anything, edited, places, rows};
use crate::published;
use homing_core::shop::ShopConfig;
use jsonschema::Validator;
use proptest::prelude::*;
use proptest::sample::select;
use serde_json::Value;

fn validator() -> Validator {
    let [_, (_, schema), _] = published().unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    jsonschema::validator_for(&schema).unwrap()
}

/// A configuration that uses every field.
fn right() -> Value {
    serde_json::from_str(include_str!("../fixtures/shop/right.json")).unwrap()
}

fn refused(document: &Value) -> (Vec<String>, String) {
    let errors = ShopConfig::parse(document.to_string().as_bytes())
        .err()
        .unwrap_or_default();
    let words: Vec<String> = errors.iter().map(ToString::to_string).collect();
    let paths = errors.into_iter().map(|error| error.field).collect();
    (paths, words.join("\n"))
}

#[test]
fn what_is_right_is_taken_by_both_and_uses_every_field() {
    assert_eq!(refused(&right()).1, "");
    assert!(validator().is_valid(&right()));
    let config = ShopConfig::parse(right().to_string().as_bytes()).unwrap();
    let written = serde_json::to_value(&config).unwrap();
    let right = right();
    for (name, value) in written.as_object().unwrap() {
        assert!(right.get(name).is_some(), "{name} is missing");
        assert_ne!(value, &Value::Null, "{name}");
    }
}

#[test]
fn a_configuration_that_was_written_is_taken_by_both() {
    let config = ShopConfig::parse(right().to_string().as_bytes()).unwrap();
    let written = serde_json::to_value(&config).unwrap();
    assert_eq!(refused(&written).1, "");
    assert!(validator().is_valid(&written));
}

#[test]
fn both_refuse_what_is_wrong_and_the_path_leads_to_it() {
    let validator = validator();
    let table = rows(include_str!("../fixtures/shop/refused.json"));
    assert!(table.len() > 60);
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
fn what_only_the_parser_can_see_is_listed() {
    let validator = validator();
    for (pointer, value, path) in rows(include_str!("../fixtures/shop/relations.json")) {
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
const RELATIONS: [&str; 24] = [
    "another id than",
    "an id that no other season has",
    "an email address",
    "a time zone is a name",
    "a date is",
    "not before",
    "an offer, because",
    ", the shop's currency",
    "more than at_least",
    "another hour than",
    "another time than",
    "00:00 to 23:59",
    "three hours in one piece",
    "with a year if",
    "levels deep",
    "tests in one rule",
    "the id of one of the shop's",
    "after from",
    "overlaps the season",
    "shares that sum",
    "later than from",
    "given, where delay_ms is",
    "a step of the sequence",
    "does not change at the same time",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(500))]
    #[test]
    fn parser_and_schema_agree_on_every_change_to_a_configuration(
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
}
