//! `GET /v1/decisions`: what was decided about every message to a page of shoppers, a line a decision, without any contact.

use super::merchant;
use super::page::Page;
use crate::bindings::{self, Env, Request};
use crate::error::Problem;
use crate::objects::calls::{ShopperAsk, ShopperCall, ask_shopper};
use crate::promise::promise;
use homing_core::ids::{ShopId, ShopperId};
use homing_core::object::shopper::{Input, Reply, ViewDelivery};
use js_sys::{Promise, Uint8Array};
use serde::Serialize;
use std::cell::RefCell;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

const PATH: &str = "/v1/decisions";

/// What is left of a page: one shopper is in memory. Asserting unwind safety is sound: a piece that panics leaves nothing behind, and
/// the answer ends there.
#[wasm_bindgen]
pub struct DecisionSource(AssertUnwindSafe<Rc<RefCell<Option<Rest>>>>);

struct Rest {
    env: Env,
    shop: ShopId,
    since: u64,
    shoppers: std::vec::IntoIter<ShopperId>,
}

/// A decision. What closed a message without one, such as an order, has no time and has seen nothing.
#[derive(Serialize)]
struct Line<'a> {
    shopper: &'a str,
    conversation: u16,
    step: u8,
    template: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    at: Option<u64>,
    code: &'a str,
    sentence: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    seen: &'a str,
}

/// Answers with the decisions about a page's shoppers, each shopper's oldest message first.
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
) -> Result<(DecisionSource, Option<String>), Problem> {
    let (shop, _) = merchant::shop(request, &env).await?;
    let page = Page::parse(query)?;
    let found = page.shoppers(&env, shop, PATH).await?;
    let rest = Rest {
        env,
        shop,
        since: page.since,
        shoppers: found.ids.into_iter(),
    };
    let source = DecisionSource(AssertUnwindSafe(Rc::new(RefCell::new(Some(rest)))));
    Ok((source, found.next))
}

#[wasm_bindgen]
impl DecisionSource {
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
        for shopper in self.shoppers.by_ref() {
            let call = ShopperCall {
                shop: self.shop,
                shopper,
                ask: ShopperAsk::Step(Input::Read),
            };
            let Reply::View(view) = ask_shopper(&self.env, &call).await? else {
                return Err(Problem::Internal(String::from(
                    "a shopper answered something else",
                )));
            };
            let name = shopper.to_string();
            // One that has gone over to another identity: that one's turn comes by itself.
            if view.shopper != name {
                continue;
            }
            let mut lines = Vec::new();
            for delivery in &view.deliveries {
                write(&name, delivery, self.since, &mut lines)?;
            }
            if !lines.is_empty() {
                return Ok(Some(lines));
            }
        }
        Ok(None)
    }
}

fn write(
    shopper: &str,
    delivery: &ViewDelivery,
    since: u64,
    lines: &mut Vec<u8>,
) -> Result<(), Problem> {
    let line = |at, code, sentence, seen| Line {
        shopper,
        conversation: delivery.conversation,
        step: delivery.step,
        template: &delivery.template,
        at,
        code,
        sentence,
        seen,
    };
    let mut put = |line: &Line<'_>| {
        serde_json::to_writer(&mut *lines, line)
            .map(|()| lines.push(b'\n'))
            .map_err(|error| Problem::Internal(error.to_string()))
    };
    let told = delivery.decisions.iter();
    for decided in told.clone().filter(|decided| decided.at >= since) {
        put(&line(
            Some(decided.at),
            &decided.code,
            &decided.sentence,
            &decided.seen,
        ))?;
    }
    // An order ends a plan without asking about its messages: that, too, is why this one was not sent.
    let closing = delivery.reason.as_ref().zip(delivery.sentence.as_ref());
    if let Some((code, sentence)) = closing
        && told.clone().all(|decided| decided.code != *code)
        && since <= delivery.due_at
    {
        put(&line(None, code, sentence, ""))?;
    }
    Ok(())
}
