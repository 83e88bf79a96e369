//! `POST /v1/restore`: the cart behind a link or an intent token, fresh from the catalogue. It changes nothing.

use super::carts::NO_DELIVERY;
use super::{beacon, body, text_of};
use crate::bindings::{Env, Request};
use crate::config::{self, Deployment, ShopView};
use crate::error::Problem;
use crate::limits::Visitor;
use crate::objects::calls::{
    CartCall, Shelved, ShopInput, ShopReply, ShopperAsk, ShopperCall, ask_cart, ask_shop,
    ask_shopper,
};
use crate::platforms::{Platforms, shelf};
use crate::{keyring, short_links, stock};
use homing_core::cart::{LineView, Variant};
use homing_core::catalogue::{Outline, Product};
use homing_core::ids::{CartId, ShopId};
use homing_core::log::{PageContext, Stage};
use homing_core::money::Currency;
use homing_core::object::cart::{Input, Reply, Snapshot};
use homing_core::object::shopper::{Input as ShopperInput, Reply as ShopperReply};
use homing_core::sequence::Offer;
use homing_core::token::{LinkPurpose, Token};
use homing_core::traceparent::TraceId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// How often what is shown is held against what others have reserved.
const ROUNDS: u32 = 2;

#[derive(Deserialize)]
struct Restore {
    key: String,
    token: String,
}

#[derive(Serialize)]
struct Restored<'a> {
    status: &'static str,
    cart: String,
    epoch: u32,
    /// In which the shopper saw the cart.
    currency: Currency,
    lines: Vec<Line<'a>>,
    changes: Vec<Change<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    offer: Option<Offer>,
    utm: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    quote: bool,
    /// How far the checkout had come.
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<Stage>,
    /// Why the payment failed, while the checkout stands there.
    #[serde(skip_serializing_if = "Option::is_none")]
    payment_error: Option<&'a str>,
    /// The trace of the cart's life: what its shopper does from here on belongs to it.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<String>,
}

#[derive(Serialize)]
struct Line<'a> {
    variant: &'a str,
    options: BTreeMap<&'a str, &'a str>,
    qty: u32,
    /// The adds behind it: a browser that has brought them back before does not do so again.
    dots: Vec<String>,
    #[serde(flatten)]
    product: Option<Shown<'a>>,
    /// What one cost when the shopper left, where that is not what it costs now.
    #[serde(skip_serializing_if = "Option::is_none")]
    was_minor: Option<u64>,
    available: bool,
    /// What can be bought in its stead.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    alternatives: Vec<Alternative<'a>>,
}

#[derive(Serialize)]
struct Shown<'a> {
    title: &'a str,
    price_minor: u64,
    /// The price's.
    currency: Currency,
    image: &'a str,
    url: &'a str,
}

#[derive(Serialize)]
struct Alternative<'a> {
    variant: &'a str,
    #[serde(flatten)]
    product: Shown<'a>,
}

#[derive(Serialize)]
struct Change<'a> {
    variant: &'a str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    from: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to: Option<u64>,
}

/// Reads the cart that a token speaks for.
pub async fn post(request: &Request, env: &Env, origin: Option<String>) -> Result<String, Problem> {
    let asked: Restore = body(request, 4_096).await?;
    let deployment = config::deployment(env)?;
    let key = keyring::publishable(&asked.key, &deployment.keys).map_err(|_| Problem::Key)?;
    Visitor::of(request).pace(env, key.shop).await?;
    let wanted = [LinkPurpose::Recovery, LinkPurpose::Intent];
    let token = short_links::verify(env, &deployment, &asked.token, &wanted).await?;
    if token.shop != key.shop {
        return Err(Problem::Token(homing_core::token::TokenError::Invalid));
    }
    let shop = config::shop(env, key.shop).await?;
    beacon::admit(&shop, &key, origin.as_deref())?;
    if token.kid < shop.config.links_from_kid {
        return Err(Problem::Revoked);
    }
    let cart = token.cart();
    let call = CartCall {
        shop: shop.id,
        cart,
        input: Input::Read,
    };
    let Reply::Snapshot(snapshot) = ask_cart(env, &shop.names.cart(cart), &call).await? else {
        return Err(Problem::Internal(String::from(
            "a cart answered something else",
        )));
    };
    if snapshot.generation != token.generation {
        return Err(Problem::Revoked);
    }
    let ordered = was_ordered(&token, &snapshot);
    let lines: &[LineView] = if ordered { &[] } else { &snapshot.lines };
    let left_at = snapshot.slot.last_activity_at;
    let (mut products, outlines) = products(env, &shop, cart, lines, left_at).await?;
    if token.purpose == LinkPurpose::Recovery
        && !lines.is_empty()
        && look_at_shelf(
            &deployment,
            (&shop, snapshot.trace),
            &mut products,
            outlines,
        )
        .await
    {
        // The platform does not know what is held for others.
        let shown = products.values().map(|one| &one.product);
        for held in stock::short(env, shop.id, shown, vec![cart]).await? {
            if let Some(shelved) = products.get_mut(held.as_str()) {
                shelved.product.available = false;
            }
        }
    }
    let status = match (ordered, lines.is_empty()) {
        (true, _) => "ordered",
        (false, true) => "empty",
        (false, false) => "ok",
    };
    let offer = match status {
        "ok" => offer(env, shop.id, &token, &snapshot).await,
        _ => None,
    };
    let restored = Restored {
        status,
        cart: homing_core::bytes::to_hex(&cart.0),
        epoch: snapshot.slot.epoch,
        currency: (snapshot.page.currency.as_deref())
            .and_then(Currency::parse)
            .unwrap_or(shop.config.currency),
        lines: lines.iter().map(|view| line(view, &products)).collect(),
        changes: lines
            .iter()
            .filter_map(|view| change(view, &products))
            .collect(),
        offer,
        utm: utm(&token, &snapshot),
        quote: snapshot.slot.quote && status == "ok",
        stage: snapshot.slot.stage.filter(|_| status == "ok"),
        payment_error: snapshot.payment_error.as_deref().filter(|_| status == "ok"),
        trace: snapshot
            .trace
            .filter(|_| status == "ok")
            .map(|trace| trace.to_string()),
    };
    text_of(&restored)
}

/// Whether the epoch that the token was made in has ended with an order.
fn was_ordered(token: &Token, snapshot: &Snapshot) -> bool {
    let Some(ordered) = snapshot.slot.ordered else {
        return false;
    };
    let closed = u16::try_from(ordered.epoch & 0xffff).unwrap_or(0);
    // Epochs are counted modulo 65,536 in a token; whichever is less than half a turn behind is the earlier one.
    closed.wrapping_sub(token.epoch) < 0x8000
}

fn line<'a>(view: &'a LineView, products: &'a BTreeMap<String, Shelved>) -> Line<'a> {
    let variant = view.line.variant().as_str();
    let shelved = products.get(variant);
    let instead = shelved.map_or(&[][..], |shelved| &shelved.instead);
    Line {
        variant,
        options: view.line.options().collect(),
        qty: view.qty,
        dots: view.dots.iter().map(ToString::to_string).collect(),
        product: shelved.map(|shelved| shown(&shelved.product)),
        was_minor: shelved.and_then(was_minor),
        available: shelved.is_some_and(|shelved| shelved.product.available),
        alternatives: instead
            .iter()
            .map(|product| Alternative {
                variant: &product.variant,
                product: shown(product),
            })
            .collect(),
    }
}

fn shown(product: &Product) -> Shown<'_> {
    Shown {
        title: &product.title,
        price_minor: product.price_minor,
        currency: product.currency,
        image: &product.image,
        url: &product.url,
    }
}

/// What it cost when the shopper left, where that is another price in the same currency.
fn was_minor(shelved: &Shelved) -> Option<u64> {
    let now = shelved.product.price();
    let was = shelved.was.filter(|was| was.currency == now.currency)?;
    (was != now).then_some(was.minor)
}

fn change<'a>(view: &'a LineView, products: &BTreeMap<String, Shelved>) -> Option<Change<'a>> {
    let variant = view.line.variant().as_str();
    let change = |kind, from, to| {
        Some(Change {
            variant,
            kind,
            from,
            to,
        })
    };
    match products.get(variant) {
        None => change("gone", None, None),
        Some(shelved) if !shelved.product.available => change("sold_out", None, None),
        Some(shelved) => {
            let was = was_minor(shelved)?;
            change("price", Some(was), Some(shelved.product.price_minor))
        }
    }
}

/// What the lines are, by their variants, and as much as is known of those that are no products.
async fn products(
    env: &Env,
    shop: &ShopView,
    cart: CartId,
    lines: &[LineView],
    left_at: u64,
) -> Result<(BTreeMap<String, Shelved>, Vec<Outline>), Problem> {
    if lines.is_empty() {
        return Ok((BTreeMap::new(), Vec::new()));
    }
    // What is held for others cannot be had, and something else may be in its stead, of which the same is true.
    let (mut short, mut rounds) = (Vec::new(), 0..ROUNDS);
    let (shelved, mut outlines) = loop {
        let (shelved, outlines) = shelf(env, shop.id, lines, left_at, short.clone()).await?;
        if rounds.next().is_none() {
            break (shelved, outlines);
        }
        let shown = shelved
            .iter()
            .flat_map(|one| one.instead.iter().chain([&one.product]));
        let more = stock::short(env, shop.id, shown, vec![cart]).await?;
        if more.is_empty() {
            break (shelved, outlines);
        }
        short.extend(more);
    };
    let by_variant = shelved
        .into_iter()
        .map(|one| (one.product.variant.clone(), one));
    let by_variant: BTreeMap<_, _> = by_variant.collect();
    Outline::complete(&mut outlines, variants_of(lines), |known| {
        by_variant.contains_key(known)
    });
    Ok((by_variant, outlines))
}

fn variants_of(lines: &[LineView]) -> Vec<String> {
    let variants = lines
        .iter()
        .map(|view| view.line.variant().as_str().to_owned());
    variants.collect()
}

async fn shelf(
    env: &Env,
    shop: ShopId,
    lines: &[LineView],
    left_at: u64,
    short: Vec<Variant>,
) -> Result<(Vec<Shelved>, Vec<Outline>), Problem> {
    let input = ShopInput::Shelf {
        variants: variants_of(lines),
        left_at,
        short,
    };
    match ask_shop(env, shop, &input).await? {
        ShopReply::Shelf(shelved, outlines) => Ok((shelved, outlines)),
        _ => Err(Problem::Internal(String::from(
            "the shop answered something else",
        ))),
    }
}

/// Who comes back by a link sees what the platform has now, where it says so in time. Whether there is a platform to ask.
async fn look_at_shelf(
    deployment: &Deployment,
    (shop, trace): (&ShopView, Option<TraceId>),
    products: &mut BTreeMap<String, Shelved>,
    outlines: Vec<Outline>,
) -> bool {
    match Platforms::of_view(deployment, shop) {
        Ok(Some(platform)) => {
            let known = products.values_mut().map(|one| &mut one.product);
            let (prices, limit_ms) = (shop.config.platform.prices, shelf::ON_A_CLICK_MS);
            let platform = platform.under(trace);
            let made = shelf::lay_over(&platform, known, outlines, prices, limit_ms).await;
            products.extend(made.into_iter().map(|product| {
                let shelved = Shelved {
                    product,
                    was: None,
                    instead: Vec::new(),
                };
                (shelved.product.variant.clone(), shelved)
            }));
            true
        }
        Ok(None) => false,
        Err(problem) => {
            crate::telemetry::error("shelf_unknown", &problem.to_string());
            false
        }
    }
}

/// What the message that carried the link offers. Where its shopper does not say, the cart is restored without an offer.
async fn offer(env: &Env, shop: ShopId, token: &Token, snapshot: &Snapshot) -> Option<Offer> {
    let shopper = snapshot.shopper?;
    if token.purpose != LinkPurpose::Recovery {
        return None;
    }
    let ordinal = token.ordinal;
    let call = ShopperCall {
        shop,
        shopper,
        ask: ShopperAsk::Step(ShopperInput::Offer { ordinal }),
    };
    match ask_shopper(env, &call).await {
        Ok(ShopperReply::Offer(offer)) => offer,
        Ok(_) => None,
        Err(problem) => {
            crate::telemetry::error("offer_unreadable", &problem.to_string());
            None
        }
    }
}

/// What brought the shopper: this link, or whatever brought them first.
fn utm(token: &Token, snapshot: &Snapshot) -> BTreeMap<&'static str, String> {
    let mut utm = BTreeMap::new();
    if token.purpose == LinkPurpose::Recovery {
        let [_, step] = token.ordinal.to_be_bytes();
        utm.insert("source", String::from(PageContext::LINK_SOURCE));
        utm.insert("campaign", String::from("cart"));
        if token.ordinal == NO_DELIVERY {
            utm.insert("medium", String::from("link"));
        } else {
            utm.insert("medium", String::from("email"));
            utm.insert("content", format!("step-{}", step.saturating_add(1)));
        }
    } else {
        for name in ["source", "medium", "campaign", "content", "term"] {
            if let Some(value) = snapshot.page.utm.get(name) {
                utm.insert(name, value.clone());
            }
        }
    }
    utm
}
