//! Held against a library that wraps the JSON reader.

use crate::document::Node;
use crate::shop::ShopConfig;
use proptest::prelude::*;
use proptest::sample::Index;
use serde::Deserialize;
use serde_json::{Value, json};

fn good() -> Value {
    json!({
        "name": "Dovecote", "origins": ["https://shop.example"], "restore_url": "https://shop.example/cart",
        "currency": "EUR", "locale": "en", "provider": "smtp",
        "sender": {"name": "Dovecote", "email": "hello@shop.example", "postal_address": "1 Lane"},
        "thresholds": {"cart_ms": 3_600_000, "checkout_ms": 1_800_000, "stage_ms": {"shipping": 900_000}},
        "sequences": [{
            "id": "left", "version": 1, "name": "Left", "priority": -3, "trigger": {"payment_failed": {"codes": ["declined"]}},
            "when": {"all": [{"cart_value": {"at_least_minor": 9_000, "currency": "EUR"}}, {"not": {"device": ["phone"]}}]},
            "steps": [
                {"after_ms": 1_000, "template": "reminder", "channels": ["sms", "email"]},
                {"after_ms": 2_000, "template": "offer", "offer": {"code": "BACK", "percent": 10}}
            ]
        }],
        "quiet_hours": [{"from": "21:00", "to": "08:00", "days": ["saturday"]}],
        "caps": {"caps": [{"messages": 4, "window_ms": 604_800_000}], "min_gap_ms": 0},
        "flags": [{"id": "rich", "on": true}],
        "seasons": [{"id": "s", "from": "2027-02-01", "to": "2027-03-01", "changes": {"offer": {"code": "S", "percent": 5}}}],
        "paused": false
    })
}

/// Every place in a value, the whole among them.
fn places(value: &Value, here: &str, found: &mut Vec<String>) {
    found.push(here.into());
    match value {
        Value::Object(fields) => {
            fields
                .iter()
                .for_each(|(name, value)| places(value, &format!("{here}/{name}"), found));
        }
        Value::Array(list) => {
            list.iter()
                .enumerate()
                .for_each(|(n, value)| places(value, &format!("{here}/{n}"), found));
        }
        _ => {}
    }
}

fn wrong() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        Just(json!(300)),
        Just(json!(1.5)),
        "[a-z:0-9]{0,6}".prop_map(Value::from),
        Just(json!([])),
        Just(json!([1, "x"])),
        Just(json!({})),
        Just(json!({"cart": {}})),
        Just(json!({"x": 1, "y": null})),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

    /// A library that wraps the JSON reader finds the same fault at the same place.
    #[test]
    fn faults_are_where_a_library_finds_them(at in any::<Index>(), how in 0_u8..4, wrong in wrong()) {
        let mut document = good();
        let mut found = Vec::new();
        places(&document, "", &mut found);
        let place = document.pointer_mut(at.get(&found).as_str()).unwrap();
        match (how, place) {
            (0, Value::Object(fields)) => {
                fields.insert("unknown".into(), wrong);
            }
            (1, Value::Object(fields)) => {
                let first = fields.keys().next().cloned();
                first.and_then(|name| fields.remove(&name));
            }
            (2, Value::Array(list)) => list.push(wrong),
            (_, place) => *place = wrong,
        }
        let text = document.to_string();
        let ours = ShopConfig::deserialize(&serde_json::from_str::<Node<'_>>(&text).unwrap());
        let theirs: Result<ShopConfig, _> =
            serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(&text));
        match (ours, theirs) {
            (Ok(ours), Ok(theirs)) => prop_assert_eq!(ours, theirs),
            (Err(ours), Err(theirs)) => {
                let path = theirs.path().to_string();
                let reason = theirs.inner().to_string();
                let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(reason, _)| reason);
                let path = if path == "." { "" } else { &path };
                // The reader of text meets the first of several names before it can know that there are several, and says
                // of a bracket no more than that it stands there.
                if ours.reason == "expected value" || reason == "trailing characters" {
                    prop_assert!(path.starts_with(&ours.path()));
                } else {
                    prop_assert_eq!(ours.reason.as_str(), reason, "{}", path);
                    prop_assert_eq!(ours.path(), path);
                }
            }
            (ours, theirs) => prop_assert!(false, "{:?} but {:?} of {}", ours.is_ok(), theirs.is_ok(), text),
        }
    }
}

#[test]
fn a_field_that_stands_there_twice_is_seen() {
    let node: Node<'_> = serde_json::from_str(r#"{"a": 1, "a": 2}"#).unwrap();
    assert!(matches!(node, Node::Object(fields) if fields.len() == 2));
    #[derive(Debug, Deserialize)]
    struct One {
        #[expect(dead_code, reason = "only that it is read matters")]
        a: u8,
    }
    let text = r#"[{"a": 1}, {"a": 1, "a": 2}]"#;
    let node: Node<'_> = serde_json::from_str(text).unwrap();
    let misfit = Vec::<One>::deserialize(&node).unwrap_err();
    assert_eq!(
        (misfit.path().as_str(), misfit.reason.as_str()),
        ("[1]", "duplicate field `a`")
    );
}
