//! The words of an advertisement for what was left, to be put in at the service. An advertisement is shown to many people for days: so
//! nothing stands in it but what the catalogue calls the product and the shop itself, and nothing that may have changed by then (a price, an
//! offer, stock) or that says of its reader what they did. A product that cannot be bought has none.

use crate::catalogue::Product;
use alloc::{format, string::String, vec::Vec};
use serde::Serialize;

/// The words for one product.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Copy {
    /// The variant.
    pub variant: String,
    /// At most 30 characters, the shorter of both services' limits.
    pub headline: String,
    /// At most 90 characters, likewise.
    pub text: String,
    /// Its page in the shop.
    pub url: String,
    /// Its picture.
    pub image: String,
}

/// A headline's characters: Google's responsive search ads; Meta recommends 40.
const MAX_HEADLINE: usize = 30;
/// A text's: Google's descriptions; Meta recommends 125.
const MAX_TEXT: usize = 90;

/// Why there are no words for a product, as a stable code.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct NoCopy {
    /// The variant.
    pub variant: String,
    /// `not_in_catalogue`, `sold_out` or `contact_in_title`.
    pub code: &'static str,
}

impl Copy {
    /// For a product as the catalogue has it now.
    pub fn of(variant: &str, product: Option<&Product>, shop: &str) -> Result<Self, NoCopy> {
        let none = |code| {
            Err(NoCopy {
                variant: String::from(variant),
                code,
            })
        };
        let Some(product) = product else {
            return none("not_in_catalogue");
        };
        // A platform that has told of it may not have told where it is to be seen.
        if product.url.is_empty() || product.image.is_empty() {
            return none("not_in_catalogue");
        }
        if !product.available {
            return none("sold_out");
        }
        if crate::contact::holds_contact(&product.title) {
            return none("contact_in_title");
        }
        let title = product.title.trim();
        let texts = [
            format!("Still thinking about the {title}? Find it at {shop}."),
            format!("Still thinking about the {title}?"),
            format!("Still thinking it over? Find it at {shop}."),
        ];
        let text = texts.into_iter().find(|text| fits(text, MAX_TEXT));
        Ok(Self {
            variant: String::from(variant),
            headline: cut(title, MAX_HEADLINE),
            text: text.unwrap_or_else(|| String::from("Still thinking it over?")),
            url: product.url.clone(),
            image: product.image.clone(),
        })
    }
}

fn fits(text: &str, most: usize) -> bool {
    text.chars().count() <= most
}

/// As many whole words as there is room for; of a single long one as much as there is.
fn cut(text: &str, most: usize) -> String {
    if fits(text, most) {
        return String::from(text);
    }
    let words: Vec<&str> = text.split_whitespace().collect();
    let whole = (1..words.len()).rev().find_map(|count| {
        let some = words.get(..count)?.join(" ");
        fits(&some, most).then_some(some)
    });
    whole.unwrap_or_else(|| text.chars().take(most).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn mug(title: &str, available: bool) -> Product {
        serde_json::from_value(serde_json::json!({
            "variant": "mug", "title": title, "price_minor": 1_950, "currency": "EUR",
            "image": "https://shop.example/m.png", "url": "https://shop.example/m", "available": available,
        }))
        .unwrap()
    }

    #[test]
    fn it_says_what_it_is_and_where_and_claims_nothing_else() {
        let copy = Copy::of("mug", Some(&mug("Blue mug", true)), "Dovecote").unwrap();
        assert_eq!(copy.headline, "Blue mug");
        assert_eq!(
            copy.text,
            "Still thinking about the Blue mug? Find it at Dovecote."
        );
        let code = |product: Option<&Product>| Copy::of("mug", product, "D").unwrap_err().code;
        assert_eq!(code(None), "not_in_catalogue");
        assert_eq!(code(Some(&mug("Blue mug", false))), "sold_out");
        assert_eq!(
            code(Some(&mug("ada@example.com", true))),
            "contact_in_title"
        );
    }

    proptest! {
        #[test]
        fn it_keeps_to_the_limits(title in "\\PC{1,120}", shop in "\\PC{1,120}") {
            let copy = Copy::of("mug", Some(&mug(&title, true)), &shop);
            prop_assume!(copy.is_ok());
            let copy = copy.unwrap();
            prop_assert!(fits(&copy.headline, 30) && fits(&copy.text, 90));
        }
    }
}
