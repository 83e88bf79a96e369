//! What a replay is told beside history, configurations and catalogue.

use crate::channel::Channel;
use crate::document::read;
use crate::ids::ShopperId;
use crate::shop::FieldError;
use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::String,
    vec::Vec,
};
use serde::Deserialize;

/// What a replay is told beside history, configurations and catalogue.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Shoppers who are held out. Who is, is drawn under a key that never leaves the edge; nobody is where nothing is said.
    pub held_out: BTreeSet<ShopperId>,
    /// What one message costs, in millionths of the shop's currency.
    pub prices_micro: BTreeMap<Channel, u64>,
    /// When to stop looking, epoch ms. `None`: when nothing is due any more, which is after the history's end.
    pub until: Option<u64>,
    /// How many differences are listed; all are counted.
    pub limit: usize,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            held_out: BTreeSet::new(),
            prices_micro: BTreeMap::new(),
            until: None,
            limit: Self::LIMIT,
        }
    }
}

/// The same as JSON; what is left out has its default.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    #[serde(default)]
    held_out: Vec<String>,
    #[serde(default)]
    prices_micro: BTreeMap<Channel, u64>,
    #[serde(default)]
    until: Option<u64>,
    #[serde(default)]
    limit: Option<usize>,
}

impl Options {
    /// Differences that are listed where nothing is said.
    pub const LIMIT: usize = 1_000;

    /// Reads `{"held_out": ["shp_…"], "prices_micro": {"email": 400}, "until": …, "limit": …}`, all of it optional.
    pub fn parse(json: &str) -> Result<Self, FieldError> {
        let document: Document = read(json, "")?;
        let mut held_out = BTreeSet::new();
        for (n, id) in document.held_out.iter().enumerate() {
            let id = id.parse().map_err(|_| FieldError {
                field: alloc::format!("held_out[{n}]"),
                reason: String::from("a shopper's id"),
            })?;
            held_out.insert(id);
        }
        Ok(Self {
            held_out,
            prices_micro: document.prices_micro,
            until: document.until,
            limit: document.limit.unwrap_or(Self::LIMIT),
        })
    }
}
