//! `GET /v1/events`: the logs of all carts of a page of shoppers, one after the other, as docs/log-export.md describes them.

use super::logs::CartLog;
use super::merchant;
use super::page::Page;
use crate::bindings::{self, Env, Request};
use crate::error::Problem;
use crate::objects::calls::{ShopperAsk, ShopperCall, ask_shopper};
use crate::promise::promise;
use homing_core::ids::{CartId, ShopId, ShopperId};
use homing_core::object::shopper::{Input, Reply};
use js_sys::{Promise, Uint8Array};
use std::cell::RefCell;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

const PATH: &str = "/v1/events";

/// What is left of an export: one page of one log is in memory. Asserting unwind safety is sound: a piece that panics leaves nothing
/// behind, and the answer ends there.
#[wasm_bindgen]
pub struct EventSource(AssertUnwindSafe<Rc<RefCell<Option<Rest>>>>);

struct Rest {
    env: Env,
    shop: ShopId,
    since: u64,
    shoppers: std::vec::IntoIter<ShopperId>,
    carts: std::vec::IntoIter<(CartId, String)>,
    log: Option<CartLog>,
}

/// Answers with the logs of a page's carts, each as it is when its turn comes.
pub async fn get(request: &Request, env: Env, query: &str) -> JsValue {
    match open(request, env, query).await {
        Ok((source, next)) => {
            bindings::stream("application/x-ndjson", source.into(), next.as_deref())
        }
        Err(problem) => problem.response(None),
    }
}

async fn open(
    request: &Request,
    env: Env,
    query: &str,
) -> Result<(EventSource, Option<String>), Problem> {
    let (shop, _) = merchant::shop(request, &env).await?;
    let page = Page::parse(query)?;
    let found = page.shoppers(&env, shop, PATH).await?;
    let rest = Rest {
        env,
        shop,
        since: page.since,
        shoppers: found.ids.into_iter(),
        carts: Vec::new().into_iter(),
        log: None,
    };
    let source = EventSource(AssertUnwindSafe(Rc::new(RefCell::new(Some(rest)))));
    Ok((source, found.next))
}

#[wasm_bindgen]
impl EventSource {
    /// The next piece, or undefined at the end. Pieces are asked for one after the other.
    pub fn next(&self) -> Promise {
        let left = Rc::clone(&self.0);
        promise(async move {
            let Some(mut rest) = left.take() else {
                return Ok(JsValue::UNDEFINED);
            };
            let Some(piece) = rest.piece().await? else {
                return Ok(JsValue::UNDEFINED);
            };
            left.replace(Some(rest));
            Ok(Uint8Array::from(piece.as_slice()).into())
        })
    }
}

impl Rest {
    async fn piece(&mut self) -> Result<Option<Vec<u8>>, Problem> {
        loop {
            if let Some(log) = self.log.take() {
                let (piece, rest) = log.piece().await?;
                self.log = rest;
                return Ok(Some(piece));
            }
            if let Some((cart, object)) = self.carts.next() {
                self.log =
                    CartLog::open(self.env.clone(), self.shop, cart, object, self.since).await?;
                continue;
            }
            let Some(shopper) = self.shoppers.next() else {
                return Ok(None);
            };
            self.carts = self.carts_of(shopper).await?.into_iter();
        }
    }

    async fn carts_of(&self, shopper: ShopperId) -> Result<Vec<(CartId, String)>, Problem> {
        let call = ShopperCall {
            shop: self.shop,
            shopper,
            ask: ShopperAsk::Step(Input::Carts),
        };
        match ask_shopper(&self.env, &call).await? {
            Reply::Carts(carts) => Ok(carts),
            _ => Err(Problem::Internal(String::from(
                "a shopper answered something else",
            ))),
        }
    }
}
