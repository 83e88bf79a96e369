//! `PUT /v1/baskets`: a shop's server tells of a basket of its own. Token and contact travel in the body: paths are logged.

use super::{beacon, body, merchant, text_of};
use crate::baskets::{carry, claimed};
use crate::bindings::{Env, Request};
use crate::clock;
use crate::config::{self, ShopView};
use crate::error::Problem;
use crate::traces;
use homing_core::cart::{LineKey, Quantity, Variant};
use homing_core::contact::{Email, Phone};
use homing_core::ids::CartId;
use homing_core::object::cart::{Introduction, Purchase, Status, Step, Telling, Whose};
use homing_core::scopes::Scope;
use homing_core::wire::Consent;
use serde::{Deserialize, Deserializer, Serialize};
use std::collections::BTreeMap;

/// Bytes of a basket: 500 lines with options.
const MAX_BODY: u32 = 262_144;

/// Longest token of a basket, in bytes.
const MAX_TOKEN: usize = 256;

/// In 2001; whoever counts in seconds is below it.
const EARLIEST: u64 = 1_000_000_000_000;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Put {
    basket: String,
    version: u64,
    changed_at: Option<u64>,
    lines: Option<Vec<Line>>,
    /// `Some(None)`: `null`.
    #[serde(default, deserialize_with = "given")]
    email: Option<Option<String>>,
    phone: Option<String>,
    consent: Option<Answer>,
    intent: Option<String>,
    order: Option<String>,
    quote: Option<bool>,
    #[serde(default)]
    by_link: bool,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    pub variant: String,
    options: Option<BTreeMap<String, String>>,
    pub qty: u32,
}

/// What the shopper has answered.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    email: Option<bool>,
    sms: Option<bool>,
    ads: Option<bool>,
    wording: Option<String>,
    page: Option<String>,
    /// When, epoch ms.
    at: Option<u64>,
}

#[derive(Serialize)]
struct Told {
    cart: String,
    epoch: u32,
    status: Status,
    stale: bool,
    refused: Vec<Refused>,
}

#[derive(Serialize)]
struct Refused {
    variant: String,
    code: &'static str,
}

/// Answers once an order counts and a contact has arrived; until then it is `unavailable`, and told again as it is.
pub async fn put(request: &Request, env: &Env) -> Result<String, Problem> {
    let (id, _) = merchant::permitted(request, env, Scope::CartsWrite).await?;
    let asked: Put = body(request, MAX_BODY).await?;
    let shop = config::shop(env, id).await?;
    let claim = match &asked.intent {
        Some(token) => Some(claimed(token, &shop, env).await?),
        None => None,
    };
    let telling = telling(asked, claim, &shop)?;
    let taken = carry(telling, traces::of(request), &shop, env).await?;
    text_of(&Told {
        cart: taken.cart.to_string(),
        epoch: taken.epoch,
        status: taken.status,
        stale: taken.stale,
        refused: taken
            .refused
            .into_iter()
            .map(|(variant, why)| Refused {
                variant,
                code: why.code(),
            })
            .collect(),
    })
}

fn telling(asked: Put, claim: Option<CartId>, shop: &ShopView) -> Result<Telling, Problem> {
    let token = asked.basket.as_str();
    if !(8..=MAX_TOKEN).contains(&token.len()) || !token.bytes().all(|b| b.is_ascii_graphic()) {
        return Err(wrong("basket", "8 to 256 visible ASCII characters"));
    }
    if asked.version == 0 {
        return Err(wrong("version", "a number from 1"));
    }
    if asked.changed_at.is_some_and(|at| at < EARLIEST) {
        return Err(wrong("changed_at", "milliseconds since 1970"));
    }
    let alias = shop.names.basket(token);
    let order = asked.order.as_deref();
    let order = order.map(|order| Purchase::new(alias, order, beacon::fitted(order, 64)));
    Ok(Telling {
        alias,
        version: asked.version,
        changed_at: asked.changed_at.unwrap_or_else(clock::now_ms),
        lines: asked.lines.map(lines).transpose()?,
        order,
        quote: asked.quote,
        contact: contact(asked.email, asked.phone, asked.consent, shop)?,
        claim,
        by_link: asked.by_link,
        step: Step::First,
        moved: false,
        later: None,
        push_every_ms: shop.settings.push_every_ms(),
    })
}

/// Each line once; what stands there twice is added up.
fn lines(lines: Vec<Line>) -> Result<Vec<(LineKey, Quantity)>, Problem> {
    if lines.len() > Telling::MAX_LINES {
        return Err(wrong("lines", "at most 500"));
    }
    let mut sums: Vec<(LineKey, u32)> = Vec::with_capacity(lines.len());
    for line in lines {
        let key = LineKey::new(
            Variant::new(&line.variant)?,
            &line.options.unwrap_or_default(),
        )?;
        let qty = Quantity::new(line.qty)?.get();
        match sums.iter_mut().find(|(known, _)| *known == key) {
            Some((_, sum)) => *sum = sum.saturating_add(qty).min(Quantity::MAX),
            None => sums.push((key, qty)),
        }
    }
    let lines = sums.into_iter();
    lines
        .map(|(line, qty)| Ok((line, Quantity::new(qty)?)))
        .collect()
}

/// A field that is there, whatever it holds.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<String>>, D::Error> {
    Option::deserialize(deserializer).map(Some)
}

fn contact(
    email: Option<Option<String>>,
    phone: Option<String>,
    answer: Option<Answer>,
    shop: &ShopView,
) -> Result<Whose, Problem> {
    let is_nobody = email == Some(None);
    let email: Option<Email> = email.flatten().as_deref().map(str::parse).transpose()?;
    let phone: Option<Phone> = phone.as_deref().map(str::parse).transpose()?;
    let Some(shopper) = shop.names.shopper(email.as_ref(), phone.as_ref()) else {
        return match answer {
            Some(_) => Err(wrong("consent", "given together with email or phone")),
            None if is_nobody => Ok(Whose::Nobody),
            None => Ok(Whose::Unsaid),
        };
    };
    let agreed_at = answer.as_ref().and_then(|answer| answer.at);
    if agreed_at.is_some_and(|at| at < EARLIEST) {
        return Err(wrong("consent.at", "milliseconds since 1970"));
    }
    let consent = answer.map(|answer| {
        beacon::receipt(&Consent {
            email: answer.email,
            sms: answer.sms,
            ads: answer.ads,
            push: None,
            wording: answer.wording,
            page: answer.page,
        })
    });
    Ok(Whose::Of(Introduction {
        shopper,
        email,
        phone,
        consent,
        agreed_at,
    }))
}

fn wrong(field: &str, reason: &str) -> Problem {
    Problem::Body(format!("`{field}` is {reason}"))
}
