//! What stands in `docs/schemas` is what the code says.

use crate::channels::with_table;
use crate::published;
use jsonschema::Validator;
use serde_json::Value;
use std::{fs, path::Path};

#[test]
fn the_committed_files_are_up_to_date() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/schemas");
    for (name, text) in published().unwrap() {
        let committed = fs::read_to_string(folder.join(name)).unwrap_or_default();
        assert!(
            committed == text,
            "docs/schemas/{name} is out of date: cargo run -p homing-documents --bin schemas"
        );
    }
}

#[test]
fn the_table_of_providers_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/channels.md");
    let text = fs::read_to_string(path).unwrap();
    assert!(
        with_table(&text).as_ref() == Some(&text),
        "docs/channels.md is out of date: cargo run -p homing-documents --bin schemas"
    );
}

#[test]
fn the_schema_is_a_schema_and_takes_the_library() {
    let [(_, schema), _, (_, library)] = published().unwrap();
    let schema: Value = serde_json::from_str(&schema).unwrap();
    assert!(jsonschema::meta::is_valid(&schema));
    let library: Value = serde_json::from_str(&library).unwrap();
    assert_eq!(library["sequences"].as_array().unwrap().len(), 11);
    let validator: Validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(&library)
        .map(|error| format!("{}: {error}", error.instance_path()))
        .collect();
    assert_eq!(errors, Vec::<String>::new());
}
