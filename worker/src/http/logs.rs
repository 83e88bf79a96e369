//! `GET /v1/carts/{cart_id}/log`: a cart's log for its shop, as docs/log-export.md describes it.

use super::export::{self, answer};
use super::{events, merchant};
use crate::bindings::{Env, Request};
use crate::error::Problem;
use crate::objects::calls::{CartCall, ask_cart, log_page};
use crate::{config, telemetry};
use homing_core::ids::{CartId, ShopId};
use homing_core::log::{Body, Entry, Export, Header, Record};
use homing_core::object::cart::{Input, LogEnd, Reply};
use homing_core::object::codec;
use homing_core::scopes::Scope;
use wasm_bindgen::JsValue;

/// One cart's log on its way out.
pub struct CartLog {
    env: Env,
    object: String,
    export: Export,
    /// What was written and not handed out.
    written: Vec<u8>,
    next_page: u32,
    pages: u32,
    tail: Vec<Entry>,
}

/// Answers with the log as it is now; what comes while it is read is left to the next export.
pub async fn get(request: &Request, env: Env, cart: &str) -> JsValue {
    answer(open(request, env, cart).await.map(|rest| (rest, None)))
}

async fn open(request: &Request, env: Env, cart: &str) -> Result<export::Rest, Problem> {
    let (shop, _) = merchant::permitted(request, &env, Scope::CartsRead).await?;
    let cart: CartId = cart.parse()?;
    let object = config::shop(&env, shop).await?.names.cart(cart);
    let log = CartLog::open(env.clone(), shop, cart, object, 0)
        .await?
        .ok_or(Problem::UnknownCart)?;
    Ok(export::Rest::Events(events::Rest::of(env, shop, log)))
}

impl CartLog {
    /// A cart's log as it is now; `None` where nobody has written to the cart, or nothing since `since` (epoch ms).
    pub async fn open(
        env: Env,
        shop: ShopId,
        cart: CartId,
        object: String,
        since: u64,
    ) -> Result<Option<Self>, Problem> {
        let call = CartCall {
            shop,
            cart,
            input: Input::ReadLog,
        };
        let Reply::LogEnd(end) = ask_cart(&env, &object, &call).await? else {
            return Err(Problem::Internal(String::from(
                "a cart answered something else",
            )));
        };
        if end.entries == 0 || is_older_than(&end, since) {
            return Ok(None);
        }
        let header = Header {
            shop,
            cart,
            after: None,
            entries: end.entries,
            head: end.head,
        };
        let mut written = Vec::new();
        let export = Export::begin(header, &mut written);
        Ok(Some(Self {
            env,
            object,
            export,
            written,
            next_page: 0,
            pages: end.pages,
            tail: end.tail,
        }))
    }

    /// The next piece, and what is left behind it.
    pub async fn piece(mut self) -> Result<(Vec<u8>, Option<Self>), Problem> {
        if self.next_page >= self.pages {
            return Ok((self.end(), None));
        }
        self.page().await?;
        let piece = std::mem::take(&mut self.written);
        Ok((piece, Some(self)))
    }

    async fn page(&mut self) -> Result<(), Problem> {
        match log_page(&self.env, &self.object, self.next_page).await? {
            Some(page) => page
                .entries
                .iter()
                .for_each(|entry| self.export.entry(entry, &mut self.written)),
            // The export shows the gap, and whoever verifies it will see.
            None => telemetry::error("log_page_missing", &self.object),
        }
        self.next_page = self.next_page.saturating_add(1);
        Ok(())
    }

    fn end(mut self) -> Vec<u8> {
        for entry in &self.tail {
            self.export.entry(entry, &mut self.written);
        }
        self.export.end(&mut self.written);
        self.written
    }
}

/// Whether the last event was taken before `since`. Where that cannot be seen, because the event was erased or stands on a page, the
/// log counts as new: one too many does no harm.
fn is_older_than(end: &LogEnd, since: u64) -> bool {
    let Some(Body::Kept { payload, .. }) = end.tail.last().map(|entry| &entry.body) else {
        return false;
    };
    codec::decode::<Record>(payload).is_ok_and(|record| record.taken_at < since)
}
