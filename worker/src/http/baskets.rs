//! `PUT /v1/baskets`: a shop's server tells of a basket of its own. Token and contact travel in the body: paths are logged.

use super::{beacon, body, merchant, text_of};
use crate::bindings::{Env, Request};
use crate::config::{self, ShopView};
use crate::error::Problem;
use crate::objects::calls::{CartCall, ask_cart};
use crate::{clock, links};
use homing_core::cart::{LineKey, Quantity, Variant};
use homing_core::contact::{Email, Phone};
use homing_core::ids::{CartId, ShopId};
use homing_core::object::cart::{
    Heard, Input, Introduction, Next, Passage, Purchase, Reply, Status, Step, Taken, Telling,
};
use homing_core::scopes::Scope;
use homing_core::token::{LinkPurpose, TokenError};
use homing_core::wire::Consent;
use serde::{Deserialize, Serialize};
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
    email: Option<String>,
    phone: Option<String>,
    consent: Option<Answer>,
    intent: Option<String>,
    order: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    variant: String,
    options: Option<BTreeMap<String, String>>,
    qty: u32,
}

/// What the shopper has answered.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Answer {
    email: Option<bool>,
    sms: Option<bool>,
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
        Some(token) => Some(claimed(token, id, &shop, env).await?),
        None => None,
    };
    let taken = carry(telling(asked, claim, &shop)?, id, &shop, env).await?;
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

/// The cart whose browser has shown its token to the shop. One that was revoked shows nothing.
async fn claimed(text: &str, id: ShopId, shop: &ShopView, env: &Env) -> Result<CartId, Problem> {
    let deployment = config::deployment(env)?;
    let token = links::verify(&deployment, text, &[LinkPurpose::Intent], clock::now_ms())?;
    if token.shop != id || token.kid < shop.config.links_from_kid {
        return Err(Problem::Token(TokenError::Invalid));
    }
    match ask(token.cart(), Input::Read, id, shop, env).await? {
        Reply::Snapshot(snapshot) if snapshot.generation == token.generation => Ok(token.cart()),
        Reply::Snapshot(_) => Err(Problem::Token(TokenError::Invalid)),
        _ => Err(odd()),
    }
}

async fn carry(telling: Telling, id: ShopId, shop: &ShopView, env: &Env) -> Result<Taken, Problem> {
    let mut passage = Passage::new(telling);
    loop {
        let heard: Heard = match ask(passage.asked(), passage.input(), id, shop, env).await? {
            Reply::Told(heard) => *heard,
            _ => return Err(odd()),
        };
        match passage.heard(heard) {
            Next::Ask(_) => {}
            Next::Done(taken) => return Ok(taken),
            Next::Again => {
                return Err(Problem::Unavailable(String::from(
                    "not everybody who has to hear of it has yet",
                )));
            }
        }
    }
}

async fn ask(
    cart: CartId,
    input: Input,
    shop: ShopId,
    view: &ShopView,
    env: &Env,
) -> Result<Reply, Problem> {
    let object = view.names.cart(cart);
    ask_cart(env, &object, &CartCall { shop, cart, input }).await
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
        contact: contact(asked.email, asked.phone, asked.consent, shop)?,
        claim,
        step: Step::First,
        moved: false,
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

fn contact(
    email: Option<String>,
    phone: Option<String>,
    answer: Option<Answer>,
    shop: &ShopView,
) -> Result<Option<Introduction>, Problem> {
    let email: Option<Email> = email.as_deref().map(str::parse).transpose()?;
    let phone: Option<Phone> = phone.as_deref().map(str::parse).transpose()?;
    let Some(shopper) = shop.names.shopper(email.as_ref(), phone.as_ref()) else {
        return match answer {
            Some(_) => Err(wrong("consent", "given together with email or phone")),
            None => Ok(None),
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
            wording: answer.wording,
            page: answer.page,
        })
    });
    Ok(Some(Introduction {
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

fn odd() -> Problem {
    Problem::Internal(String::from("a cart answered something else"))
}
