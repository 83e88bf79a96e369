//! The published JSON Schema (draft 2020-12) of what a merchant writes. The parser stays the judge: the schema says all that the
//! language can say, which is everything but how fields relate to each other (order, uniqueness of ids, depth, number of tests) and
//! how JSON is spelt: `5.0` is an integer to a schema and none to the parser, which also refuses a key that stands twice.

use crate::log::Stage;
use crate::rules::{Condition, stage_name};
use crate::sequence::Document;
use crate::shop::ShopConfig;
use alloc::{string::String, vec::Vec};
use iso_currency::Currency;
use schemars::generate::SchemaSettings;
use schemars::transform::RecursiveTransform;
use schemars::{Schema, SchemaGenerator, json_schema};
use serde_json::{Value, json};

/// The schema of [`Document`].
pub fn sequences() -> Schema {
    SchemaSettings::draft2020_12()
        .with_transform(RecursiveTransform(plain))
        .into_generator()
        .into_root_schema_for::<Document>()
}

/// The schema of [`ShopConfig`], a shop's whole configuration.
pub fn shop() -> Schema {
    SchemaSettings::draft2020_12()
        .with_transform(RecursiveTransform(plain))
        .into_generator()
        .into_root_schema_for::<ShopConfig>()
}

/// Leaves out what only Rust knows: the widths of its integers, which strict validators refuse as unknown formats, and the line
/// breaks of its comments.
fn plain(schema: &mut Schema) {
    schema.remove("format");
    if let Some(Value::String(text)) = schema.get_mut("description") {
        *text = text.replace('\n', " ");
    }
}

/// Every code of ISO 4217 that is read.
pub(crate) fn currency(_: &mut SchemaGenerator) -> Schema {
    let codes: Vec<&str> = (0..1_000)
        .filter_map(Currency::from_numeric)
        .map(|currency| currency.code())
        .collect();
    json_schema!({
        "description": "ISO 4217 code, such as EUR.",
        "type": "string",
        "enum": codes,
    })
}

/// The same, or nothing.
pub(crate) fn maybe_currency(generator: &mut SchemaGenerator) -> Schema {
    let named = currency(generator);
    json_schema!({"anyOf": [named, {"type": "null"}]})
}

/// The members of an `all` or `any`.
pub(crate) fn group(generator: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "type": "array",
        "items": generator.subschema_for::<Condition>(),
        "minItems": 1,
        "maxItems": Condition::MAX_GROUP,
    })
}

/// One stage or more.
pub(crate) fn stages(_: &mut SchemaGenerator) -> Schema {
    stage_list(1)
}

/// Any number of stages.
pub(crate) fn stages_or_none(_: &mut SchemaGenerator) -> Schema {
    stage_list(0)
}

fn stage_list(least: usize) -> Schema {
    let all = [
        Stage::Started,
        Stage::Contact,
        Stage::Shipping,
        Stage::Price,
        Stage::PaymentStarted,
        Stage::PaymentFailed,
        Stage::PaymentSucceeded,
    ];
    json_schema!({
        "type": "array",
        "items": {"type": "string", "enum": all.map(stage_name)},
        "minItems": least,
        "maxItems": all.len(),
        "uniqueItems": true,
    })
}

/// Of the fields that may be left out and have no default, at least one is given.
pub(crate) fn some_of(schema: &mut Schema) {
    let required: Vec<Value> = schema
        .get("required")
        .and_then(Value::as_array)
        .cloned()
        .unwrap_or_default();
    let names: Vec<String> = schema
        .get("properties")
        .and_then(Value::as_object)
        .into_iter()
        .flatten()
        .filter(|(name, field)| {
            !required.iter().any(|given| given == name.as_str()) && field.get("default").is_none()
        })
        .map(|(name, _)| name.clone())
        .collect();
    let given: Vec<Value> = names
        .iter()
        .map(|name| json!({"required": [name], "properties": {name.as_str(): {"not": {"type": "null"}}}}))
        .collect();
    schema.insert(String::from("anyOf"), Value::Array(given));
}

/// A rule for a country forbids hours or days.
pub(crate) fn forbids(schema: &mut Schema) {
    let given = ["not_between", "not_on"]
        .map(|name| json!({"required": [name], "properties": {name: {"not": {"type": "null"}}}}));
    schema.insert(String::from("anyOf"), json!(given));
}

/// The limits of every trigger's `threshold_ms`.
pub(crate) fn threshold(schema: &mut Schema) {
    let variants = schema.get_mut("oneOf").and_then(Value::as_array_mut);
    for variant in variants.into_iter().flatten() {
        let fields = variant
            .get_mut("properties")
            .and_then(Value::as_object_mut)
            .into_iter()
            .flat_map(|variants| variants.values_mut());
        for field in fields {
            let threshold = field.pointer_mut("/properties/threshold_ms");
            if let Some(threshold) = threshold.and_then(Value::as_object_mut) {
                threshold.insert(String::from("minimum"), json!(1_000));
                threshold.insert(String::from("maximum"), json!(2_592_000_000_u64));
            }
        }
    }
}
