//! `/v1/reservations`: pieces that are held while somebody pays. The shop's server begins that when the payment starts.

use super::baskets::Line;
use super::{body, merchant};
use crate::bindings::{Env, Request};
use crate::error::Problem;
use crate::objects::calls::{StockInput, StockReply, ask_stock};
use crate::{baskets, config, stock};
use homing_core::bytes::to_hex;
use homing_core::cart::Variant;
use homing_core::idempotency::IdempotencyKey;
use homing_core::ids::{CartId, ShopId};
use homing_core::scopes::Scope;
use homing_core::stock::{DEFAULT_MS, Period, ReservationId, State, Wanted, gathered};
use serde::Deserialize;
use sha2::{Digest, Sha256};

/// Bytes of a body: 500 lines.
const BODY: u32 = 65_536;

/// Reservations on a page where nothing is said, and at most.
const PAGE: u32 = 50;
const MOST: u32 = 100;

#[derive(Deserialize)]
struct Asked {
    id: Option<String>,
    lines: Vec<Line>,
    cart: Option<String>,
    expires_in_ms: Option<u64>,
}

/// Holds all lines or none. Without an id of the caller's own, the `Idempotency-Key` names it, so that the same request that was cut off
/// before its answer holds nothing twice.
pub async fn post(request: &Request, env: &Env) -> Result<String, Problem> {
    let (shop, _) = merchant::permitted(request, env, Scope::ReservationsWrite).await?;
    let asked: Asked = body(request, BODY).await?;
    let id = match asked.id {
        Some(id) => id.try_into()?,
        None => named_by_key(request, shop)?,
    };
    let lines: Result<Vec<(Variant, u32)>, Problem> = asked
        .lines
        .iter()
        .map(|line| Ok((Variant::new(&line.variant)?, line.qty)))
        .collect();
    let items = gathered(lines?.into_iter())?;
    let period = Period::new(asked.expires_in_ms.unwrap_or(DEFAULT_MS))?;
    let (mut cart, mut in_cart) = (None, false);
    if let Some(text) = &asked.cart {
        let id: CartId = text.parse()?;
        let view = config::shop(env, shop).await?;
        let snapshot = baskets::look(id, &view, env).await?;
        if snapshot.entries == 0 {
            return Err(Problem::UnknownCart);
        }
        let holds = |variant: &Variant| {
            let mut lines = snapshot.lines.iter();
            lines.any(|view| view.line.variant() == variant)
        };
        in_cart = items.iter().all(|item| holds(&item.variant));
        cart = Some((id, snapshot.slot.epoch));
    }
    let wanted = Wanted {
        id,
        items,
        cart,
        in_cart,
        period,
    };
    ask(env, shop, &StockInput::Reserve(wanted)).await
}

/// A name that the same request has each time.
fn named_by_key(request: &Request, shop: ShopId) -> Result<ReservationId, Problem> {
    let header = request.headers().get("idempotency-key");
    let Some(key) = header.as_deref().and_then(IdempotencyKey::parse) else {
        return Err(Problem::Body(String::from(
            "an `id`, or an Idempotency-Key, says which reservation it is",
        )));
    };
    // A key is its caller's word: it is not kept as it is.
    let digest = Sha256::new()
        .chain_update(b"homing/reservation/v1")
        .chain_update(shop.0)
        .chain_update(key.as_str())
        .finalize();
    Ok(format!("rsv_{}", to_hex(digest.get(..16).unwrap_or_default())).try_into()?)
}

/// What was held is sold, or given up: `confirm` or `cancel`.
pub async fn act(request: &Request, env: &Env, id: &str, what: &str) -> Result<String, Problem> {
    let (shop, _) = merchant::permitted(request, env, Scope::ReservationsWrite).await?;
    let id = String::from(id).try_into()?;
    let input = match what {
        "confirm" => StockInput::Confirm(id),
        "cancel" => StockInput::Cancel(id),
        _ => return Err(Problem::NotFound),
    };
    ask(env, shop, &input).await
}

/// One reservation.
pub async fn one(request: &Request, env: &Env, id: &str) -> Result<String, Problem> {
    let (shop, _) = merchant::permitted(request, env, Scope::ReservationsRead).await?;
    ask(env, shop, &StockInput::Read(String::from(id).try_into()?)).await
}

async fn ask(env: &Env, shop: ShopId, input: &StockInput) -> Result<String, Problem> {
    match ask_stock(env, shop, input).await? {
        StockReply::Reservation(json) => Ok(json),
        StockReply::Refused(refusal) => Err(Problem::Reservation(refusal)),
        _ => Err(stock::odd()),
    }
}

/// Reservations by id, a page at a time: `state`, `reconciled`, `cursor`, `limit`.
pub async fn list(request: &Request, env: &Env, query: &str) -> Result<String, Problem> {
    let (shop, _) = merchant::permitted(request, env, Scope::ReservationsRead).await?;
    let (mut state, mut reconciled, mut after, mut limit) = (None, false, None, PAGE);
    let wrong = |what: &str| Problem::Body(String::from(what));
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=').unwrap_or((pair, "")) {
            ("state", name) => {
                let found = State::ALL.into_iter().find(|one| one.name() == name);
                state = Some(found.ok_or_else(|| {
                    wrong("`state` is held, confirmed, cancelled, expired or orphaned")
                })?);
            }
            ("reconciled", "true") => reconciled = true,
            ("cursor", id) => after = Some(String::from(id).try_into()?),
            ("limit", count) => {
                let count = count.parse().ok();
                limit = count
                    .filter(|count| (1..=MOST).contains(count))
                    .ok_or_else(|| wrong("`limit` is 1 to 100"))?;
            }
            _ => {
                return Err(wrong(
                    "the query has `state`, `reconciled=true`, `cursor` and `limit`",
                ));
            }
        }
    }
    let input = StockInput::List {
        state,
        reconciled,
        after,
        limit,
    };
    let StockReply::List(all, next) = ask_stock(env, shop, &input).await? else {
        return Err(stock::odd());
    };
    // Ids hold nothing that JSON would escape.
    let next = next.map(|id| format!(r#","next":"{}""#, id.as_str()));
    Ok(format!(
        r#"{{"reservations":[{}]{}}}"#,
        all.join(","),
        next.unwrap_or_default()
    ))
}
