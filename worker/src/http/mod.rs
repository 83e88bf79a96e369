//! HTTP: one file a resource.

mod approvals;
mod audiences;
mod baskets;
mod beacon;
mod body;
mod callbacks;
pub mod carts;
mod catalogue;
pub mod collect;
mod connections;
mod customers;
mod decisions;
mod deliveries;
mod endpoints;
mod events;
mod experiments;
mod export;
mod health;
mod keys;
mod logs;
mod merchant;
mod messages;
mod once;
mod page;
pub mod pages;
mod privacy;
#[cfg(feature = "test-routes")]
mod provoked;
mod reservations;
mod restore;
mod revocations;
mod routes;
mod said;
mod sandbox;
mod sdk_errors;
mod shoppers;
mod shops;
mod sns;
mod suppressions;
mod survey;
#[cfg(feature = "test-routes")]
mod trace;
mod twilio;
mod unsubscribe;
mod webhooks;

pub use beacon::fitted;
pub use body::unread;

use crate::bindings::{self, Env, Request, RequestContext};
use crate::error::Problem;
use crate::json::text_of;
use crate::promise::promise;
use crate::{limits, links};
use body::{MAX_DEPTH, body, body_bytes, is_deeper_than, not_utf8, parse};
use once::once;
use routes::{Call, Does, Route, find};
use wasm_bindgen::JsValue;

/// Bytes of a merchant's body: 500 products of 2 KB.
const MERCHANT_BODY: u32 = 1_048_576;

/// Routes a request other than a beacon. A click is answered at once; everything else is a promise.
pub fn route(request: Request, env: Env, ctx: &RequestContext) -> JsValue {
    let url = request.url();
    let path = path_of(&url);
    if let Some(token) = path.strip_prefix("/r/") {
        return match request.method().as_str() {
            "GET" | "HEAD" => links::resolve(token, &env, ctx),
            _ => Problem::Method(String::from("GET")).response(None),
        };
    }
    let (path, query) = (
        path.to_owned(),
        url.split_once('?')
            .map_or("", |(_, query)| query)
            .to_owned(),
    );
    let method = request.method();
    promise(async move { Ok(dispatch(&path, &query, &method, request, env).await) }).into()
}

async fn dispatch(path: &str, query: &str, method: &str, request: Request, env: Env) -> JsValue {
    let Some((rows, named)) = find(path) else {
        return Problem::NotFound.response(None);
    };
    let rows: Vec<&Route> = rows.collect();
    let Some(route) = rows.iter().find(|route| route.takes(method)) else {
        let methods: Vec<&str> = rows.iter().map(|route| route.method).collect();
        return Problem::Method(methods.join(" and ")).response(None);
    };
    let call = Call {
        request: &request,
        env: &env,
        query,
        named,
    };
    if let Err(problem) = limits::server(&request, &env).await {
        return problem.response(None);
    }
    match route.does {
        Does::Answers(act) => plain(act(call).await),
        // A problem may be read by the page that caused it: it holds nothing that the page did not send.
        Does::AnswersPage(act) => respond(act(call).await, call.origin().as_deref()),
        Does::Once(who, act) => once(call, path, who, act(call)).await,
        Does::Responds(act) => act(call).await,
        Does::Elsewhere => Problem::NotFound.response(None),
    }
}

fn plain(answer: Result<String, Problem>) -> JsValue {
    respond(answer, None)
}

/// An answer that `origin` may read.
fn respond(answer: Result<String, Problem>, origin: Option<&str>) -> JsValue {
    match answer {
        Ok(body) => bindings::respond(200, "application/json", Some(&body), origin),
        Err(problem) => problem.response(origin),
    }
}

fn json<T: serde::Serialize>(value: &T) -> JsValue {
    bindings::respond(
        200,
        "application/json",
        Some(&serde_json::to_string(value).unwrap_or_default()),
        None,
    )
}

/// The path of an absolute URL, without query.
fn path_of(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let path = rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/");
    path.split(['?', '#']).next().unwrap_or("/")
}

#[cfg(test)]
mod tests {
    use super::path_of;

    #[test]
    fn paths_have_no_query() {
        assert_eq!(path_of("https://edge.example/r/abc?x=1#y"), "/r/abc");
        assert_eq!(path_of("https://edge.example"), "/");
        assert_eq!(path_of("http://127.0.0.1:8787/v1/collect"), "/v1/collect");
    }
}
