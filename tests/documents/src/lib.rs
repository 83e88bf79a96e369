//! The documents that are published for merchants, each as the text of its file in `docs/schemas`.

pub mod channels;
#[cfg(test)]
mod edits;
#[cfg(test)]
mod refusals;
#[cfg(test)]
mod shop;
#[cfg(test)]
mod up_to_date;

use homing_core::money::Currency;
use homing_core::sequence::Document;
use homing_core::sequence::library;
use std::error::Error;

/// Name and text of every published file.
///
/// # Errors
/// When a value cannot be written as JSON, which would be a fault of its type.
pub fn published() -> Result<[(&'static str, String); 3], Box<dyn Error>> {
    let schema = serde_json::to_string_pretty(&homing_core::schema::sequences())?;
    let shop = serde_json::to_string_pretty(&homing_core::schema::shop())?;
    let currency = Currency::parse("EUR").ok_or("EUR is a currency")?;
    let example = Document {
        schema: Some(String::from("sequence.schema.json")),
        sequences: library(currency),
    };
    Ok([
        ("sequence.schema.json", format!("{schema}\n")),
        ("shop.schema.json", format!("{shop}\n")),
        ("library.json", format!("{}\n", example.write()?)),
    ])
}
