//! `GET /v1/carts/{cart_id}/events`: what happened to a cart, a page at a time. `/log` has the same with what is needed to verify it.

use super::filter::{decoded, wrong};
use crate::bindings::{Env, Request};
use crate::config;
use crate::error::Problem;
use crate::http::{merchant, text_of};
use crate::objects::calls::{CartCall, ask_cart, log_page};
use homing_core::ids::{CartId, ShopId};
use homing_core::log::{Body, Entry, Event, Record};
use homing_core::object::cart::{Input, LogEnd, Reply};
use homing_core::object::codec;
use homing_core::scopes::Scope;
use serde::Serialize;

/// Events on a page when nobody says how many.
const DEFAULT_LIMIT: usize = 100;
/// And at most.
const MAX_LIMIT: usize = 500;

/// What the query says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Asked {
    /// The log's page to begin at. Pages do not change when the log grows: what stood in the open end then stands in the page of that
    /// number now.
    page: u32,
    /// The last event that is known.
    after: u64,
    limit: usize,
}

#[derive(Serialize)]
struct Page {
    cart: String,
    events: Vec<serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

#[derive(Serialize)]
struct Shown<'a> {
    seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    taken_at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    what: Option<Event<'a>>,
    /// The trace of the cart's life: with the first event of that, and with its order.
    #[serde(skip_serializing_if = "Option::is_none")]
    trace: Option<String>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    erased: bool,
}

/// A page of a cart's events, the oldest first.
pub async fn get(request: &Request, env: &Env, cart: &str, query: &str) -> Result<String, Problem> {
    let (shop, _) = merchant::permitted(request, env, Scope::CartsRead).await?;
    let cart: CartId = cart.parse()?;
    let asked = Asked::parse(query)?;
    let object = config::shop(env, shop).await?.names.cart(cart);
    let (events, next) = found(env, shop, (cart, &object), asked).await?;
    text_of(&Page {
        cart: cart.to_string(),
        events,
        next,
    })
}

/// The first events of a cart, as many as there are on the largest page, and where the next one begins.
pub(super) async fn first(
    env: &Env,
    shop: ShopId,
    cart: CartId,
    object: &str,
) -> Result<Events, Problem> {
    let asked = Asked {
        page: 0,
        after: 0,
        limit: MAX_LIMIT,
    };
    found(env, shop, (cart, object), asked).await
}

type Events = (Vec<serde_json::Value>, Option<String>);

async fn found(
    env: &Env,
    shop: ShopId,
    (cart, object): (CartId, &str),
    asked: Asked,
) -> Result<Events, Problem> {
    let call = CartCall {
        shop,
        cart,
        input: Input::ReadLog,
    };
    let Reply::LogEnd(end) = ask_cart(env, object, &call).await? else {
        return Err(Problem::Internal(String::from(
            "a cart answered something else",
        )));
    };
    if end.entries == 0 {
        return Err(Problem::UnknownCart);
    }
    let mut found = Found {
        asked,
        events: Vec::new(),
        last: None,
    };
    for page in asked.page..end.pages {
        if let Some(read) = log_page(env, object, page).await? {
            found.take(page, &read.entries)?;
        }
        if found.is_full() {
            break;
        }
    }
    found.take(end.pages, &end.tail)?;
    let next = found.next(&end);
    Ok((found.events, next))
}

struct Found {
    asked: Asked,
    events: Vec<serde_json::Value>,
    /// The page and the number of the last of them.
    last: Option<(u32, u64)>,
}

impl Found {
    fn is_full(&self) -> bool {
        self.events.len() >= self.asked.limit
    }

    fn take(&mut self, page: u32, entries: &[Entry]) -> Result<(), Problem> {
        let known = self.last.map_or(self.asked.after, |(_, seq)| seq);
        for entry in entries.iter().filter(|entry| entry.seq > known) {
            if self.is_full() {
                return Ok(());
            }
            self.events.push(shown(entry)?);
            self.last = Some((page, entry.seq));
        }
        Ok(())
    }

    fn next(&self, end: &LogEnd) -> Option<String> {
        let (page, seq) = self.last?;
        (seq < end.entries).then(|| format!("{page}.{seq}"))
    }
}

fn shown(entry: &Entry) -> Result<serde_json::Value, Problem> {
    let record: Option<Record> = match &entry.body {
        Body::Kept { payload, .. } => codec::decode(payload).ok(),
        Body::Erased { .. } => None,
    };
    let record = record.as_ref();
    let shown = Shown {
        seq: entry.seq,
        at: record.map(|record| record.at),
        taken_at: record.map(|record| record.taken_at),
        id: record.and_then(|record| record.id).map(|id| id.to_string()),
        what: record.map(|record| Event::from(&record.what)),
        trace: record
            .and_then(|record| record.trace)
            .map(|trace| trace.to_string()),
        erased: matches!(entry.body, Body::Erased { .. }),
    };
    serde_json::to_value(shown).map_err(|error| Problem::Internal(error.to_string()))
}

impl Asked {
    fn parse(query: &str) -> Result<Self, Problem> {
        let mut asked = Self {
            page: 0,
            after: 0,
            limit: DEFAULT_LIMIT,
        };
        for pair in query.split('&').filter(|pair| !pair.is_empty()) {
            let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
            let value = decoded(value).unwrap_or_default();
            match name {
                "cursor" => {
                    let place = value
                        .split_once('.')
                        .and_then(|(page, after)| Some((page.parse().ok()?, after.parse().ok()?)));
                    (asked.page, asked.after) =
                        place.ok_or_else(|| wrong(name, "what the page before led to"))?;
                }
                "limit" => {
                    asked.limit = value
                        .parse()
                        .ok()
                        .filter(|limit| (1..=MAX_LIMIT).contains(limit))
                        .ok_or_else(|| wrong(name, "1 to 500"))?;
                }
                _ => {
                    return Err(Problem::Body(String::from(
                        "the query has `cursor` and `limit`",
                    )));
                }
            }
        }
        Ok(asked)
    }
}

#[cfg(test)]
mod tests {
    use super::Asked;

    #[test]
    fn a_query_says_where_a_page_begins() {
        let asked = Asked::parse("cursor=2.417&limit=5").unwrap();
        assert_eq!((asked.page, asked.after, asked.limit), (2, 417, 5));
        for query in ["limit=0", "limit=501", "cursor=7", "cursor=x.1", "since=1"] {
            assert!(Asked::parse(query).is_err(), "{query}");
        }
    }
}
