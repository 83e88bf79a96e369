//! `GET /v1/events`: the logs of all carts of a page of shoppers, one after the other, as docs/log-export.md describes them.

use super::export::{self, answer};
use super::logs::CartLog;
use super::merchant;
use super::page::Page;
use crate::bindings::{Env, Request};
use crate::error::Problem;
use crate::objects::calls::{ShopperAsk, ShopperCall, ask_shopper};
use homing_core::ids::{CartId, ShopId, ShopperId};
use homing_core::object::shopper::{Input, Reply};
use homing_core::scopes::Scope;
use wasm_bindgen::JsValue;

const PATH: &str = "/v1/events";

/// What is left of an export: one page of one log is in memory.
pub struct Rest {
    env: Env,
    shop: ShopId,
    since: u64,
    shoppers: std::vec::IntoIter<ShopperId>,
    carts: std::vec::IntoIter<(CartId, String)>,
    log: Option<CartLog>,
}

/// Answers with the logs of a page's carts, each as it is when its turn comes.
pub async fn get(request: &Request, env: Env, query: &str) -> JsValue {
    answer(open(request, env, query).await)
}

async fn open(
    request: &Request,
    env: Env,
    query: &str,
) -> Result<(export::Rest, Option<String>), Problem> {
    let (shop, _) = merchant::permitted(request, &env, Scope::CartsRead).await?;
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
    Ok((export::Rest::Events(rest), found.next))
}

impl Rest {
    /// One log alone.
    pub fn of(env: Env, shop: ShopId, log: CartLog) -> Self {
        Self {
            env,
            shop,
            since: 0,
            shoppers: Vec::new().into_iter(),
            carts: Vec::new().into_iter(),
            log: Some(log),
        }
    }

    /// The next piece; `None` at the end.
    pub async fn piece(&mut self) -> Result<Option<Vec<u8>>, Problem> {
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
