//! What was edited: a whole configuration, a document of sequences, or one sequence.

use crate::document::{read, text_of};
use crate::sequence::{Document, Sequence};
use crate::shop::{FieldError, ShopConfig};
use alloc::{string::String, vec::Vec};
use serde::{Deserialize, de::IgnoredAny};

/// The fields by which the three are told apart.
#[derive(Deserialize)]
struct Shape {
    sender: Option<IgnoredAny>,
    trigger: Option<IgnoredAny>,
}

/// The configuration that an edit makes of the present one. A document (`{"sequences": […]}`) replaces all sequences; a single sequence
/// replaces the one with its id, or is added; a whole configuration stands for itself.
pub fn edited(json: &[u8], now: &ShopConfig) -> Result<ShopConfig, Vec<FieldError>> {
    let one = |error| Vec::from([error]);
    let text = text_of(json).map_err(one)?;
    let shape: Shape = read(text, "").map_err(one)?;
    if shape.sender.is_some() {
        return ShopConfig::parse(json);
    }
    let mut config = now.clone();
    if shape.trigger.is_some() {
        let sequence = Sequence::parse(json)?;
        match config
            .sequences
            .iter_mut()
            .find(|known| known.id == sequence.id)
        {
            Some(known) => *known = sequence,
            None => config.sequences.push(sequence),
        }
    } else {
        config.sequences = Document::parse(json)?;
    }
    // Seasons name sequences: what fits alone may not fit together.
    let whole = serde_json::to_vec(&config).map_err(|error| {
        one(FieldError {
            field: String::from("body"),
            reason: alloc::format!("{error}"),
        })
    })?;
    ShopConfig::parse(&whole)
}
