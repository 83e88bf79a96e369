//! Sequences as JSON: read with everything that is wrong, written as short as can be read again.

use super::{Sequence, SequenceId};
use crate::document::{Node, Problems, checked, read_exactly, read_node, text_of};
use crate::shop::FieldError;
use alloc::{format, string::String, vec::Vec};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A document with sequences: `{"sequences": [...]}`. Editors find its description by `$schema`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(title = "Homing sequences")
)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// Where this description of the document is published. Not read.
    #[serde(rename = "$schema")]
    pub schema: Option<String>,
    /// The sequences; no two with the same id.
    #[cfg_attr(feature = "schema", schemars(length(max = 50)))]
    pub sequences: Vec<Sequence>,
}

/// The same with its sequences still unread, so that one that is wrong does not hide what is wrong with the next.
#[derive(Deserialize)]
#[serde(deny_unknown_fields, expecting = "an object with the field sequences")]
struct Outer<'a> {
    #[serde(rename = "$schema")]
    _schema: Option<String>,
    #[serde(borrow)]
    sequences: Vec<Node<'a>>,
}

impl Document {
    /// Largest document, bytes.
    pub const MAX_BYTES: usize = 128 * 1_024;
    /// Most sequences.
    pub const MAX_SEQUENCES: usize = 50;

    /// Reads and checks a document. Every error names its field's path, such as `sequences[2].steps[0].when.all[1].cart_value`; all
    /// are told of a sequence whose shape is right, and the first of one whose shape is not. Never empty on `Err`.
    pub fn parse(json: &[u8]) -> Result<Vec<Sequence>, Vec<FieldError>> {
        let given = given(json).map_err(|error| Vec::from([error]))?;
        // The reader would take a list of the fields' values as well.
        if !matches!(given, Node::Object(_)) {
            let mut problems = Problems::at("");
            problems.wrong("an object with the field sequences");
            return Err(problems.into_errors());
        }
        let outer: Outer<'_> = read_node(&given, "").map_err(|error| Vec::from([error]))?;
        let mut problems = Problems::at("");
        let mut sequences: Vec<Sequence> = Vec::new();
        let mut ids: Vec<(usize, SequenceId)> = Vec::new();
        problems.field("sequences", |problems| {
            if outer.sequences.len() > Self::MAX_SEQUENCES {
                problems.wrong("at most 50 entries");
                return;
            }
            for (n, given) in outer.sequences.iter().enumerate() {
                match read_exactly::<Sequence>(given, &format!("sequences[{n}]")) {
                    Ok(sequence) => {
                        problems.entry(n, |problems| {
                            sequence.check(problems);
                            if let Some((first, _)) = ids.iter().find(|(_, id)| *id == sequence.id)
                            {
                                let reason = format!("another id than sequences[{first}]");
                                problems.field("id", |problems| problems.wrong(&reason));
                            }
                        });
                        ids.push((n, sequence.id.clone()));
                        sequences.push(sequence);
                    }
                    Err(error) => problems.push(error),
                }
            }
        });
        problems.none_or(sequences)
    }

    /// Checks sequences that stand together under `sequences`.
    pub fn check(sequences: &[Sequence], problems: &mut Problems) {
        problems.field("sequences", |problems| {
            if sequences.len() > Self::MAX_SEQUENCES {
                problems.wrong("at most 50 entries");
                return;
            }
            for (n, sequence) in sequences.iter().enumerate() {
                problems.entry(n, |problems| {
                    sequence.check(problems);
                    let first = sequences
                        .iter()
                        .take(n)
                        .position(|before| before.id == sequence.id);
                    if let Some(first) = first {
                        let reason = format!("another id than sequences[{first}]");
                        problems.field("id", |problems| problems.wrong(&reason));
                    }
                });
            }
        });
    }

    /// Writes a document: indented, without what is not given.
    pub fn write(&self) -> Result<String, serde_json::Error> {
        let mut value = serde_json::to_value(self)?;
        prune(&mut value);
        serde_json::to_string_pretty(&value)
    }
}

impl Sequence {
    /// Reads and checks one sequence; paths begin inside it.
    pub fn parse(json: &[u8]) -> Result<Self, Vec<FieldError>> {
        let given = given(json).map_err(|error| Vec::from([error]))?;
        checked(&given, Self::check)
    }
}

/// What was given, when it is JSON of a size that is read. Where it is not, the reader's line and column help more than a path.
fn given(json: &[u8]) -> Result<Node<'_>, FieldError> {
    let wrong = |reason: String| FieldError {
        field: String::from("body"),
        reason,
    };
    if json.len() > Document::MAX_BYTES {
        return Err(wrong(String::from("at most 128 KiB")));
    }
    let text = text_of(json)?;
    serde_json::from_str(text).map_err(|error| wrong(format!("JSON: {error}")))
}

/// Takes out what reads the same when it is not there.
fn prune(value: &mut Value) {
    match value {
        Value::Object(fields) => {
            fields.retain(|_, value| !value.is_null());
            fields.values_mut().for_each(prune);
        }
        Value::Array(entries) => entries.iter_mut().for_each(prune),
        _ => {}
    }
}
