//! What a platform says of products while it tells of carts. Where the merchant has pushed nothing of a variant, this is what is shown of it.
//!
//! Payloads come late, twice and in any order, and not each of them says everything. So each field has the rank of whoever said it last: a
//! higher one takes its place, a lower one never does, and one that does not speak of it takes nothing away. Of two that are equally late
//! the greater value stands, so that whatever comes in whatever order ends as the same.

use super::{Product, is_web_url};
use crate::cart::Variant;
use crate::money::{Currency, Money};
use crate::prices::Prices;
use alloc::{collections::BTreeMap, format, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// Longest title, in bytes.
const MAX_TITLE: usize = 300;
/// Dearest price, in minor units.
const MAX_PRICE: u64 = 100_000_000_000;

/// A price in the shop's own currency goes before one in another, however late that was told.
const OWN_CURRENCY: u64 = 1 << 61;
/// A price that goes by nothing but the variant goes before one that what was chosen or typed may have raised.
const PLAIN: u64 = 1 << 60;

/// What one payload says of a variant; what it does not say is `None`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// The variant.
    pub variant: String,
    /// Grows with each change of what the payload is about (`platform::Basket::version`), below 2^53.
    pub version: u64,
    /// The product that it is a variant of.
    pub product: Option<String>,
    /// What the product is called.
    pub title: Option<String>,
    /// What tells the variant from its siblings.
    pub detail: Option<String>,
    /// What one costs.
    pub price: Option<Money>,
    /// Whether that is in the shop's own currency.
    pub in_own_currency: bool,
    /// Whether what was chosen or typed may have raised it.
    pub varies: bool,
    /// Picture.
    pub image: Option<String>,
    /// Its page in the shop.
    pub url: Option<String>,
}

/// A value, and the rank of whoever said it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Said<T> {
    value: T,
    rank: u64,
}

/// Takes a value unless a later one is known; whether that is another one than before.
fn hear<T: Ord>(known: &mut Option<Said<T>>, value: Option<T>, rank: u64) -> bool {
    let Some(value) = value else { return false };
    if let Some(said) = known {
        if said.value == value {
            said.rank = said.rank.max(rank);
            return false;
        }
        if (said.rank, &said.value) > (rank, &value) {
            return false;
        }
    }
    *known = Some(Said { value, rank });
    true
}

fn value<T: Clone>(said: Option<&Said<T>>) -> Option<T> {
    said.map(|said| said.value.clone())
}

/// All that has been heard of a variant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Heard {
    variant: String,
    product: Option<Said<String>>,
    title: Option<Said<String>>,
    detail: Option<Said<String>>,
    price: Option<Said<(u64, Currency)>>,
    image: Option<Said<String>>,
    url: Option<Said<String>>,
    prices: Option<Prices>,
}

impl Heard {
    /// Nothing of this variant yet.
    pub fn new(variant: String) -> Self {
        Self {
            variant,
            product: None,
            title: None,
            detail: None,
            price: None,
            image: None,
            url: None,
            prices: None,
        }
    }

    /// Takes a word, at `now`, epoch ms; whether it says anything that is not known. Where it does not, only ranks have changed, which are not
    /// worth a row: without them an older word may be taken for a newer one once, until the next.
    pub fn take(&mut self, word: Word, now: u64) -> bool {
        let rank = word.version;
        let of_price =
            rank | if word.in_own_currency {
                OWN_CURRENCY
            } else {
                0
            } | if word.varies { 0 } else { PLAIN };
        let price = word.price.map(|price| (price.minor, price.currency));
        let is_priced = hear(&mut self.price, price, of_price);
        if let Some((minor, currency)) = value(self.price.as_ref()).filter(|_| is_priced) {
            let price = Money { minor, currency };
            match &mut self.prices {
                Some(prices) => prices.note(price, now),
                None => self.prices = Some(Prices::new(price, now)),
            }
        }
        let title = self.title();
        hear(&mut self.title, word.title, rank);
        let is_detailed = hear(&mut self.detail, word.detail, rank);
        // Each is heard, whatever came of the one before.
        let heard = [
            is_priced,
            hear(&mut self.product, word.product, rank),
            // Whether it is told in one or in two, what is shown is the same, and is no news.
            self.title() != title || is_detailed && self.title.is_none(),
            hear(&mut self.image, word.image, rank),
            hear(&mut self.url, word.url, rank),
        ];
        heard.contains(&true)
    }

    /// What it is called, with what tells it from its siblings.
    fn title(&self) -> Option<String> {
        let detail = self.detail.as_ref().map(|detail| detail.value.as_str());
        value(self.title.as_ref()).map(|title| titled(title, detail))
    }

    /// As much of a product as has been heard.
    pub fn outline(&self) -> Outline {
        Outline {
            variant: self.variant.clone(),
            product: value(self.product.as_ref()),
            title: self.title(),
            price: value(self.price.as_ref()).map(|(minor, currency)| Money { minor, currency }),
            image: value(self.image.as_ref()),
            url: value(self.url.as_ref()),
        }
    }

    /// At least so much it cost at a time, epoch ms.
    pub fn price_at(&self, time: u64) -> Option<Money> {
        self.prices.as_ref()?.at(time)
    }
}

/// As much of a product as is known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Outline {
    /// The variant.
    pub variant: String,
    /// The product that it is a variant of.
    pub product: Option<String>,
    /// What it is called.
    pub title: Option<String>,
    /// What one costs.
    pub price: Option<Money>,
    /// Picture.
    pub image: Option<String>,
    /// Its page in the shop.
    pub url: Option<String>,
}

impl Outline {
    /// Of a variant of which nothing is told.
    pub fn blank(variant: &str) -> Self {
        Self {
            variant: String::from(variant),
            ..Self::default()
        }
    }

    /// All that is known of a product.
    pub fn of(product: &Product) -> Self {
        let said = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        Self {
            variant: product.variant.clone(),
            product: product.product.clone(),
            title: Some(product.title.clone()),
            price: Some(product.price()),
            image: said(&product.image),
            url: said(&product.url),
        }
    }

    /// The product, where its name and price are known; picture and page may be empty.
    pub fn product(&self) -> Option<Product> {
        let price = self.price?;
        Some(Product {
            variant: self.variant.clone(),
            title: self.title.clone()?,
            price_minor: price.minor,
            currency: price.currency,
            image: self.image.clone().unwrap_or_default(),
            url: self.url.clone().unwrap_or_default(),
            available: true,
            options: BTreeMap::new(),
            product: self.product.clone(),
            tags: Vec::new(),
            cost_minor: None,
            stock: None,
        })
    }

    /// Adds a blank one for each of these variants that is neither known nor among `outlines`.
    pub fn complete(
        outlines: &mut Vec<Self>,
        variants: impl IntoIterator<Item = String>,
        is_known: impl Fn(&str) -> bool,
    ) {
        for variant in variants {
            if !is_known(&variant) && outlines.iter().all(|one| one.variant != variant) {
                outlines.push(Self {
                    variant,
                    ..Self::default()
                });
            }
        }
    }

    /// Fills in from `other` what is not known here.
    pub fn fill(&mut self, other: &Self) {
        let take = |own: &mut Option<String>, other: &Option<String>| {
            if own.is_none() {
                own.clone_from(other);
            }
        };
        take(&mut self.product, &other.product);
        take(&mut self.title, &other.title);
        take(&mut self.image, &other.image);
        take(&mut self.url, &other.url);
        self.price = self.price.or(other.price);
    }
}

/// A title with what tells the variant from its siblings, unless it says so itself. One that ends with it behind a hyphen, as in Shopify's
/// carts, comes out as where both are told apart, as in its checkouts.
pub fn titled(title: String, detail: Option<&str>) -> String {
    let Some(detail) = detail else { return title };
    let plain = title.strip_suffix(detail);
    let plain = plain.and_then(|plain| plain.strip_suffix(" - "));
    let plain = match plain {
        Some(plain) => plain,
        None if title.contains(detail) => return title,
        None => title.as_str(),
    };
    title_of(&format!("{plain} – {detail}")).unwrap_or(title)
}

/// A title as messages may show it: on one line, and cut where it is too long; `None` where nothing is left.
pub fn title_of(text: &str) -> Option<String> {
    let mut title = String::with_capacity(text.len().min(MAX_TITLE));
    for word in text.split(|char: char| char.is_whitespace() || char.is_control()) {
        let gap = usize::from(!title.is_empty());
        if word.is_empty() {
            continue;
        }
        if gap > 0 && title.len() < MAX_TITLE {
            title.push(' ');
        }
        for char in word.chars() {
            if title.len().saturating_add(char.len_utf8()) > MAX_TITLE {
                return Some(String::from(title.trim_end()));
            }
            title.push(char);
        }
    }
    (!title.is_empty()).then_some(title)
}

/// A price that is one; what costs nothing has none.
pub fn price_of(minor: i64, currency: Currency) -> Option<Money> {
    let minor = u64::try_from(minor).ok()?;
    (1..=MAX_PRICE)
        .contains(&minor)
        .then_some(Money { minor, currency })
}

/// An address of a picture or a page that may stand in a message.
pub fn address_of(text: &str) -> Option<String> {
    is_web_url(text).then(|| String::from(text))
}

/// A product's id that can be one.
pub fn product_of(text: &str) -> Option<String> {
    Variant::new(text).ok().map(|_| String::from(text))
}

#[cfg(test)]
mod tests;
