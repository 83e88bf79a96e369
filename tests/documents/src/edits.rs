//! Changes to documents: from tables, and at random.

use proptest::prelude::*;
use proptest::sample::select;
use serde_json::{Value, json};

/// Rows of a pointer (RFC 6901), what is put there, and the path of the one error.
pub(crate) fn rows(table: &str) -> Vec<(String, Value, String)> {
    serde_json::from_str(table).unwrap()
}

/// `document` with `value` at `pointer`; `null` takes the field out.
pub(crate) fn edited(mut document: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = document.pointer_mut(parent).unwrap();
    match (parent, value) {
        (Value::Object(fields), Value::Null) => {
            fields.remove(name).unwrap();
        }
        (Value::Object(fields), value) => {
            fields.insert(name.into(), value);
        }
        (Value::Array(entries), Value::Null) => {
            entries.remove(name.parse().unwrap());
        }
        (Value::Array(entries), value) => entries[name.parse::<usize>().unwrap()] = value,
        _ => panic!("{pointer} leads nowhere"),
    }
    document
}

/// Pointers to everything in a document, and all that stands there.
pub(crate) fn places(value: &Value, at: &str, found: &mut Vec<(String, Value)>) {
    found.push((at.to_string(), value.clone()));
    match value {
        Value::Object(fields) => {
            for (name, value) in fields {
                places(value, &format!("{at}/{name}"), found);
            }
        }
        Value::Array(entries) => {
            for (n, value) in entries.iter().enumerate() {
                places(value, &format!("{at}/{n}"), found);
            }
        }
        _ => {}
    }
}

/// What a document may hold where something else stood: parts of documents, and what fits nowhere.
pub(crate) fn anything(parts: Vec<Value>) -> impl Strategy<Value = Value> {
    let foreign = [
        json!(null),
        json!(true),
        json!(0),
        json!(-1),
        json!(1.5),
        json!(70_000),
        json!(u64::MAX),
        json!(""),
        json!("email"),
        json!("11-27"),
        json!([]),
        json!([1]),
        json!({}),
        json!({"email": null}),
    ];
    prop_oneof![select(parts), select(foreign.to_vec())]
}
