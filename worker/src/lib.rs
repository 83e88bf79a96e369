//! Homing's edge worker. This file holds the entry points that `js/entry.js` calls, and nothing else.

mod answers;
mod baskets;
mod bindings;
mod channels;
mod clock;
mod config;
mod connections;
mod endpoints;
mod errands;
mod error;
mod feedback;
mod http;
mod intake;
mod json;
mod keyring;
mod limits;
mod links;
mod load;
mod objects;
mod platforms;
mod privacy;
mod promise;
mod queues;
mod short_links;
mod stock;
mod store;
mod stored;
mod sweep;
mod telemetry;
mod traces;

use bindings::{Env, Request, RequestContext};
use error::Problem;
use js_sys::{JsString, Promise};
use promise::promise;
use wasm_bindgen::prelude::*;

/// Where a click on a recovery link leads, up to the token itself; undefined where [`serve`] has to answer.
#[wasm_bindgen]
pub fn lead(token: &str, now: f64) -> Option<JsString> {
    links::lead(token, clock::whole_ms(now))
}

/// Takes a beacon of a page of `origin`, read at `now`, that came from an address, of a browser that says to be a machine or not: the
/// answer's JSON, or a Response, or a promise of either. Of a promise, [`answered`] wants to hear.
#[wasm_bindgen]
pub fn collect(
    body: &[u8],
    origin: Option<String>,
    env: Env,
    now: f64,
    address: Option<String>,
    automated: bool,
) -> JsValue {
    let visitor = limits::Visitor::new(address.as_deref(), automated);
    http::collect::take(body, origin, visitor, env, clock::whole_ms(now))
}

/// The beacon that began to wait at `begun` waits no longer. For how long its storefront should keep still, ms; 0: it need not.
#[wasm_bindgen]
pub fn answered(begun: f64, now: f64) -> u32 {
    load::end(clock::whole_ms(begun), clock::whole_ms(now)).unwrap_or(0)
}

/// The largest beacon, in bytes.
#[wasm_bindgen]
pub fn max_beacon() -> u32 {
    http::collect::MAX_BODY
}

/// The answer to a beacon that is too large or ended early.
#[wasm_bindgen]
pub fn unread(too_large: bool, origin: Option<String>) -> JsValue {
    http::unread(too_large, http::collect::MAX_BODY, origin.as_deref())
}

/// The answer to a beacon that began to wait at `begun` and whose Cart did not answer.
#[wasm_bindgen]
pub fn unanswered(
    error: JsValue,
    body: &[u8],
    origin: Option<String>,
    begun: f64,
    now: f64,
) -> JsValue {
    http::collect::tell_of_unanswered(body);
    let problem = Problem::from(error);
    let (begun, now) = (clock::whole_ms(begun), clock::whole_ms(now));
    if matches!(problem, Problem::Overloaded) {
        load::turned_away(begun, now);
    } else {
        load::end(begun, now);
    }
    problem.response(origin.as_deref())
}

/// Answers any other request: a Response, or a promise of one.
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
