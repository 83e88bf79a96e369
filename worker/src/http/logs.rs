//! `GET /v1/carts/{cart_id}/log`: a cart's log for its shop, as docs/log-export.md describes it.

use super::merchant;
use crate::bindings::{self, Env, Request};
use crate::error::Problem;
use crate::objects::calls::{CartCall, ask_cart, log_page};
use crate::promise::promise;
use crate::{config, telemetry};
use homing_core::ids::CartId;
use homing_core::log::{Entry, Export, Header};
use homing_core::object::cart::{Input, Reply};
use js_sys::{Promise, Uint8Array};
use std::cell::RefCell;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// What is left of an export. Asserting unwind safety is sound: a piece that panics leaves nothing behind, and the answer ends there.
#[wasm_bindgen]
pub struct LogSource(AssertUnwindSafe<Rc<RefCell<Option<Rest>>>>);

struct Rest {
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
    match open(request, env, cart).await {
        Ok(source) => bindings::stream("application/x-ndjson", source.into()),
        Err(problem) => problem.response(None),
    }
}

async fn open(request: &Request, env: Env, cart: &str) -> Result<LogSource, Problem> {
    let (shop, _) = merchant::shop(request, &env).await?;
    let cart: CartId = cart.parse()?;
    let object = config::shop(&env, shop).await?.names.cart(cart);
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
    if end.entries == 0 {
        return Err(Problem::UnknownCart);
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
    let rest = Rest {
        env,
        object,
        export,
        written,
        next_page: 0,
        pages: end.pages,
        tail: end.tail,
    };
    Ok(LogSource(AssertUnwindSafe(Rc::new(RefCell::new(Some(
        rest,
    ))))))
}

#[wasm_bindgen]
impl LogSource {
    /// The next piece, or undefined at the end. Pieces are asked for one after the other.
    pub fn next(&self) -> Promise {
        let left = Rc::clone(&self.0);
        promise(async move {
            let Some(mut rest) = left.take() else {
                return Ok(JsValue::UNDEFINED);
            };
            let piece = if rest.next_page < rest.pages {
                rest.page().await?;
                let piece = std::mem::take(&mut rest.written);
                left.replace(Some(rest));
                piece
            } else {
                rest.end()
            };
            Ok(Uint8Array::from(piece.as_slice()).into())
        })
    }
}

impl Rest {
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
