//! A cart in JSON.

use super::filter::{Looks, Source};
use super::gather::Reader;
use homing_core::cart::LineView;
use homing_core::catalogue::{Outline, Product};
use homing_core::ids::ShopId;
use homing_core::log::Stage;
use homing_core::money::Currency;
use homing_core::object::cart::{
    Account, CartPlatform, CartPlatforms, Position, Snapshot, Standing, Status,
};
use homing_core::object::shopper::Profile;
use serde::{Serialize, Serializer};
use std::collections::BTreeMap;

/// What stands in the place of a delivery in the token of a link that no message carries: no sequence has so many steps.
pub const NO_DELIVERY: u16 = 0x00ff;

/// A cart. Times are epoch ms, amounts in the currency's smallest unit.
#[derive(Serialize)]
pub struct Cart {
    id: String,
    #[serde(serialize_with = "by_name")]
    state: Standing,
    source: Source,
    #[serde(serialize_with = "names")]
    platforms: CartPlatforms,
    quote: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<Stage>,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer: Option<Customer>,
    #[serde(skip_serializing_if = "Option::is_none")]
    consent: Option<Consent>,
    lines: Vec<Line>,
    totals: Vec<Total>,
    unpriced_lines: u32,
    currency: Currency,
    #[serde(skip_serializing_if = "Option::is_none")]
    created_at: Option<u64>,
    modified_at: u64,
    active_at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    abandoned_at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recovered_at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    ordered_at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    recovery_link: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    copied_from: Option<String>,
    #[serde(skip)]
    sums: Vec<(Currency, u64)>,
}

#[derive(Serialize)]
struct Customer {
    id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    customer_id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    email: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
}

/// What was answered, by channel; null: it was never asked.
#[derive(Serialize)]
struct Consent {
    email: Option<bool>,
    sms: Option<bool>,
}

#[derive(Serialize)]
struct Line {
    variant: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    options: BTreeMap<String, String>,
    qty: u32,
    #[serde(flatten)]
    described: Described,
}

/// What is known of a variant.
pub enum Known {
    /// A product: the merchant's own, or what the platform has said.
    Product(Product),
    /// Less than that.
    Outline(Outline),
}

/// What is known of a line.
#[derive(Serialize)]
struct Described {
    #[serde(skip_serializing_if = "Option::is_none")]
    product: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    title: Option<String>,
    #[serde(flatten)]
    price: Option<Priced>,
    #[serde(skip_serializing_if = "Option::is_none")]
    available: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    url: Option<String>,
}

#[derive(Serialize)]
struct Priced {
    unit_price_minor: u64,
    total_minor: u64,
    currency: Currency,
}

#[derive(Serialize)]
struct Total {
    currency: Currency,
    total_minor: u64,
}

impl Cart {
    /// A cart as `reader` may see it.
    pub fn new(
        reader: &Reader,
        account: &Account,
        whose: Option<&Profile>,
        products: &BTreeMap<String, Known>,
    ) -> Self {
        let Account {
            snapshot,
            life,
            is_told,
            platforms,
            parent,
        } = account;
        let Position {
            standing,
            abandoned_at,
            recovered_at,
            ordered_at,
        } = account.position(
            |stage, quote| reader.settings.left_after_ms(stage, quote),
            reader.now,
        );
        let lines: Vec<Line> = snapshot
            .lines
            .iter()
            .map(|view| line(view, products))
            .collect();
        let sums = sums(&lines);
        Self {
            id: snapshot.slot.cart.to_string(),
            state: standing,
            source: if *is_told {
                Source::Server
            } else {
                Source::Snippet
            },
            platforms: *platforms,
            quote: snapshot.slot.quote,
            stage: snapshot.slot.stage,
            customer: whose.map(|profile| customer(profile, reader.contacts)),
            consent: whose.map(|profile| Consent {
                email: profile.consent_email,
                sms: profile.consent_sms,
            }),
            totals: sums
                .iter()
                .map(|(currency, total_minor)| Total {
                    currency: *currency,
                    total_minor: *total_minor,
                })
                .collect(),
            unpriced_lines: count(lines.iter().filter(|line| line.described.price.is_none())),
            lines,
            currency: (snapshot.page.currency.as_deref())
                .and_then(Currency::parse)
                .unwrap_or(reader.currency),
            created_at: life.created_at,
            modified_at: life.modified_at,
            active_at: snapshot.slot.last_activity_at,
            abandoned_at,
            recovered_at,
            ordered_at,
            recovery_link: recovery_link(reader, reader.shop, snapshot),
            copied_from: parent.map(|parent| parent.to_string()),
            sums,
        }
    }

    /// What of it decides whether it is wanted.
    pub fn looks(&self) -> Looks<'_> {
        Looks {
            standing: self.state,
            source: self.source,
            platforms: self.platforms,
            totals: &self.sums,
            created_at: self.created_at,
            modified_at: self.modified_at,
            abandoned_at: self.abandoned_at,
        }
    }
}

fn customer(profile: &Profile, contacts: bool) -> Customer {
    let shown = |text: &Option<String>| text.clone().filter(|_| contacts);
    Customer {
        id: profile.shopper.to_string(),
        // Some shops call their customers by their address.
        customer_id: shown(&profile.reference),
        name: shown(&profile.name),
        email: shown(&profile.email),
        phone: shown(&profile.phone),
    }
}

fn line(view: &LineView, products: &BTreeMap<String, Known>) -> Line {
    let variant = view.line.variant().as_str();
    let owned = |(name, value): (&str, &str)| (name.to_owned(), value.to_owned());
    Line {
        variant: variant.to_owned(),
        options: view.line.options().map(owned).collect(),
        qty: view.qty,
        described: described(products.get(variant), view.qty),
    }
}

fn described(known: Option<&Known>, qty: u32) -> Described {
    let outline = match known {
        // Whoever has named a product and no price has not said either whether it can be bought.
        Some(Known::Outline(outline)) => Some((outline.clone(), None)),
        Some(Known::Product(product)) => Some((Outline::of(product), Some(product.available))),
        None => None,
    };
    let (outline, available) = outline.unwrap_or_default();
    Described {
        product: outline.product,
        // A price without a name is shown to nobody.
        price: outline
            .price
            .filter(|_| outline.title.is_some())
            .map(|price| Priced {
                unit_price_minor: price.minor,
                total_minor: price.minor.saturating_mul(u64::from(qty)),
                currency: price.currency,
            }),
        title: outline.title,
        available,
        image: outline.image,
        url: outline.url,
    }
}

fn sums(lines: &[Line]) -> Vec<(Currency, u64)> {
    let mut sums = BTreeMap::new();
    for price in lines
        .iter()
        .filter_map(|line| line.described.price.as_ref())
    {
        let sum: &mut u64 = sums.entry(price.currency).or_default();
        *sum = sum.saturating_add(price.total_minor);
    }
    sums.into_iter().collect()
}

fn count<T>(things: impl Iterator<Item = T>) -> u32 {
    u32::try_from(things.count()).unwrap_or(u32::MAX)
}

/// A link as messages carry it, to a cart that holds something.
fn recovery_link(reader: &Reader, shop: ShopId, snapshot: &Snapshot) -> Option<String> {
    if snapshot.slot.status != Status::Open {
        return None;
    }
    let keys = &reader.deployment.keys;
    let token = snapshot.recovery(shop, keys.current(), NO_DELIVERY, reader.now);
    let token = token.sign(keys)?;
    Some(format!("{}/r/{token}", reader.deployment.public_url))
}

fn names<S: Serializer>(platforms: &CartPlatforms, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(platforms.iter().map(CartPlatform::name))
}

fn by_name<S: Serializer>(standing: &Standing, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(standing.name())
}
