//! A replay as text in: what the command line and the merchant's wasm both call.

use super::{History, Options, Refusal, Report, edited, replay};
use crate::catalogue::Product;
use crate::document::read;
use crate::shop::{FieldError, ShopConfig};
use alloc::{collections::BTreeMap, format, string::String, vec::Vec};
use serde::Deserialize;

/// Everything that a replay takes, as it stands in files.
#[derive(Clone, Copy, Debug)]
pub struct Request<'a> {
    /// An export, NDJSON.
    pub history: &'a [u8],
    /// The configuration as it is, JSON.
    pub configuration: &'a str,
    /// What was edited, JSON; see [`edited`].
    pub edited: &'a str,
    /// The catalogue, `{"products": […]}`.
    pub catalogue: &'a str,
    /// [`Options`], JSON.
    pub options: &'a str,
}

impl Request<'_> {
    /// Reads all of it and replays.
    pub fn run(&self) -> Result<Report, Refusal> {
        let now =
            ShopConfig::parse(self.configuration.as_bytes()).map_err(Refusal::Configuration)?;
        let edited = edited(self.edited.as_bytes(), &now).map_err(Refusal::Edited)?;
        let catalogue = read_catalogue(self.catalogue).map_err(Refusal::Catalogue)?;
        let options =
            Options::parse(self.options).map_err(|error| Refusal::Options(Vec::from([error])))?;
        let history = History::read(self.history)?;
        replay(&history, &now, &edited, &catalogue, &options)
    }
}

#[derive(Deserialize)]
struct Catalogue {
    products: Vec<Product>,
}

/// Reads a catalogue as `PUT /v1/catalogue` takes it, of any length; by variant.
pub fn read_catalogue(json: &str) -> Result<BTreeMap<String, Product>, Vec<FieldError>> {
    let catalogue: Catalogue = read(json, "").map_err(|error| Vec::from([error]))?;
    let wrong: Vec<FieldError> = catalogue
        .products
        .iter()
        .enumerate()
        .filter_map(|(n, product)| {
            let field = product.check().err()?;
            Some(FieldError {
                field: format!("products[{n}].{field}"),
                reason: String::from("not a valid value"),
            })
        })
        .collect();
    if !wrong.is_empty() {
        return Err(wrong);
    }
    let by_variant = catalogue
        .products
        .into_iter()
        .map(|product| (product.variant.clone(), product));
    Ok(by_variant.collect())
}
