//! Homing's edge worker. This file holds the entry points that `js/entry.js` calls, and nothing else.

mod bindings;
mod channels;
mod clock;
mod config;
mod error;
mod http;
mod links;
mod objects;
mod promise;
mod queues;
mod store;
mod sweep;
mod telemetry;

use bindings::{Env, Request, RequestContext};
use js_sys::Promise;
use promise::promise;
use wasm_bindgen::prelude::*;

/// Answers a request: a Response, or a promise of one.
#[wasm_bindgen]
pub fn serve(request: Request, env: Env, ctx: &RequestContext) -> JsValue {
    http::route(request, env, ctx)
}

/// Takes a queue's message; the number of seconds after which to see it again, or undefined.
#[wasm_bindgen]
pub fn consume(queue: String, body: String, attempts: u32, env: Env) -> Promise {
    promise(async move { Ok(queues::consume(&queue, &body, attempts, &env).await.into()) })
}

/// The cron: rearms what lost alarms left behind.
#[wasm_bindgen]
pub fn sweep(env: Env) -> Promise {
    promise(async move {
        sweep::run(&env).await;
        Ok(JsValue::UNDEFINED)
    })
}
