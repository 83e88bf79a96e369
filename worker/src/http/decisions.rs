//! `GET /v1/decisions`: what was decided about every message to a page of shoppers, a line a decision, without any contact.

use super::export::{self, answer};
use super::merchant;
use super::page::Page;
use crate::bindings::{Env, Request};
use crate::error::Problem;
use crate::objects::calls::{ShopperAsk, ShopperCall, ask_shopper};
use homing_core::ids::{ShopId, ShopperId};
use homing_core::object::shopper::{Input, Reply, ViewDelivery};
use homing_core::scopes::Scope;
use serde::Serialize;
use wasm_bindgen::JsValue;

const PATH: &str = "/v1/decisions";

/// What is left of a page: one shopper is in memory.
pub struct Rest {
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
    answer(open(request, env, query).await)
}

async fn open(
    request: &Request,
    env: Env,
    query: &str,
) -> Result<(export::Rest, Option<String>), Problem> {
    let (shop, _) = merchant::permitted(request, &env, Scope::DeliveriesRead).await?;
    let page = Page::parse(query)?;
    let found = page.shoppers(&env, shop, PATH).await?;
    let rest = Rest {
        env,
        shop,
        since: page.since,
        shoppers: found.ids.into_iter(),
    };
    Ok((export::Rest::Decisions(rest), found.next))
}

impl Rest {
    /// The next piece; `None` at the end.
    pub async fn piece(&mut self) -> Result<Option<Vec<u8>>, Problem> {
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
