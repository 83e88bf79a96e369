//! Products as the shop itself describes them, or else its platform: the only sources for what a message shows.

mod heard;

pub use heard::{Heard, Outline, Word, address_of, price_of, product_of, title_of, titled};

use crate::cart::Variant;
use crate::money::{Currency, Money};
use alloc::{collections::BTreeMap, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// One variant in the shop's catalogue.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Product {
    /// The variant's id.
    pub variant: String,
    /// What it is called.
    pub title: String,
    /// Price of one, in the currency's smallest unit.
    pub price_minor: u64,
    /// ISO 4217 code.
    pub currency: Currency,
    /// Picture, https (http on loopback only). Empty where a platform has told of the product and not of this.
    pub image: String,
    /// Its page in the shop; empty likewise.
    pub url: String,
    /// Whether it can be bought.
    #[serde(default = "yes")]
    pub available: bool,
    /// What tells this variant from its siblings, such as `Colour: Blue`.
    #[serde(default)]
    pub options: BTreeMap<String, String>,
    /// The product that this is a variant of.
    #[serde(default)]
    pub product: Option<String>,
    /// Words to sort products by, such as a collection's name.
    #[serde(default)]
    pub tags: Vec<String>,
    /// What one costs the shop, in the same unit as its price; never shown to anybody.
    #[serde(default)]
    pub cost_minor: Option<u64>,
    /// How many the shop would still sell; `None`: nobody counts them. As it was pushed: what is reserved and sold since then is known
    /// to the shop's stock.
    #[serde(default)]
    pub stock: Option<u32>,
}

impl Product {
    /// Most products in one push.
    pub const MAX_PUSH: usize = 500;

    /// The price of one.
    pub fn price(&self) -> Money {
        Money {
            minor: self.price_minor,
            currency: self.currency,
        }
    }

    /// Checks what its type cannot; `Err` names the field.
    pub fn check(&self) -> Result<(), &'static str> {
        Variant::new(&self.variant).map_err(|_| "variant")?;
        if self.title.trim().is_empty()
            || self.title.len() > 300
            || self.title.chars().any(char::is_control)
        {
            return Err("title");
        }
        if self.price_minor > 100_000_000_000 {
            return Err("price_minor");
        }
        if !is_web_url(&self.image) {
            return Err("image");
        }
        if !is_web_url(&self.url) {
            return Err("url");
        }
        if self.options.len() > 8
            || self
                .options
                .iter()
                .any(|(name, value)| name.len() > 60 || value.len() > 200)
        {
            return Err("options");
        }
        if self
            .product
            .as_ref()
            .is_some_and(|product| Variant::new(product).is_err())
        {
            return Err("product");
        }
        if self.tags.len() > 50 || self.tags.iter().any(|tag| tag.is_empty() || tag.len() > 60) {
            return Err("tags");
        }
        if self.cost_minor.is_some_and(|cost| cost > 100_000_000_000) {
            return Err("cost_minor");
        }
        if self.stock.is_some_and(|stock| stock > 1_000_000_000) {
            return Err("stock");
        }
        Ok(())
    }
}

/// An absolute https URL, or an http one on this machine, without anything that could break out of an attribute or a header.
pub fn is_web_url(url: &str) -> bool {
    let clean = url.len() <= 2_000
        && url.is_ascii()
        && !url
            .bytes()
            .any(|b| b <= b' ' || matches!(b, b'"' | b'<' | b'>' | b'\\' | b'`' | 0x7f));
    let host = |rest: &str| rest.split(['/', '?', '#']).next().unwrap_or("").len();
    match (url.strip_prefix("https://"), url.strip_prefix("http://")) {
        (Some(rest), _) => clean && host(rest) > 0 && !rest.contains('@'),
        (_, Some(rest)) => {
            let name = rest.split(['/', '?', '#', ':']).next().unwrap_or("");
            clean && matches!(name, "127.0.0.1" | "localhost") && !rest.contains('@')
        }
        _ => false,
    }
}

fn yes() -> bool {
    true
}

#[cfg(test)]
mod tests {
    use super::is_web_url;

    #[test]
    fn only_web_addresses_are_links() {
        for url in [
            "https://shop.example/p?v=1#x",
            "http://127.0.0.1:8787/a",
            "http://localhost/",
        ] {
            assert!(is_web_url(url), "{url}");
        }
        for url in [
            "javascript:alert(1)",
            "http://shop.example/",
            "https://",
            "https://a b",
            "https://x\"y",
            "//x",
            "https://user@evil.example/",
            "http://127.0.0.1@evil.example/",
            "http://localhost.evil.example/",
        ] {
            assert!(!is_web_url(url), "{url}");
        }
    }
}
