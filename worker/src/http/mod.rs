//! HTTP: one file a resource.

mod approvals;
mod baskets;
mod beacon;
mod callbacks;
mod carts;
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
mod once;
mod page;
pub mod pages;
mod restore;
mod revocations;
mod sandbox;
mod sdk_errors;
mod shoppers;
mod shops;
mod suppressions;
mod survey;
#[cfg(feature = "test-routes")]
mod trace;
mod twilio;
mod unsubscribe;
mod webhooks;

pub use beacon::fitted;

use crate::bindings::{self, Env, Request, RequestContext};
use crate::error::Problem;
use crate::json::text_of;
use crate::links;
use crate::promise::promise;
use homing_core::scopes::Scope;
use js_sys::Uint8Array;
use once::{Who, once};
use std::future::Future;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Bytes of a merchant's body: 500 products of 2 KB.
const MERCHANT_BODY: u32 = 1_048_576;

/// How deep JSON may be nested; the deepest that has a meaning is a product's option, at four.
const MAX_DEPTH: u32 = 16;

/// Routes a request other than a beacon. A click is answered at once; everything else is a promise.
pub fn route(request: Request, env: Env, ctx: &RequestContext) -> JsValue {
    let url = request.url();
    let path = path_of(&url);
    if let Some(token) = path.strip_prefix("/r/") {
        return match request.method().as_str() {
            "GET" | "HEAD" => links::resolve(token, &env, ctx),
            _ => Problem::Method("GET").response(None),
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
    let server = Who::Server;
    match (path, method) {
        ("/v1/restore", "POST") => {
            readable(&request, |origin| restore::post(&request, &env, origin)).await
        }
        ("/v1/sandbox/state", "POST") => {
            readable(&request, |origin| sandbox::post(&request, &env, origin)).await
        }
        ("/v1/sdk-errors", "POST") => {
            readable(&request, |origin| sdk_errors::post(&request, &env, origin)).await
        }
        ("/v1/catalogue", "PUT") => {
            once(
                &request,
                &env,
                (path, query),
                server(Scope::CatalogueWrite),
                catalogue::put(&request, &env),
            )
            .await
        }
        ("/v1/catalogue", "GET") => plain(catalogue::get(&request, &env)).await,
        ("/v1/catalogue/products", "GET") => plain(catalogue::list(&request, &env, query)).await,
        ("/v1/baskets", "PUT") => {
            once(
                &request,
                &env,
                (path, query),
                server(Scope::CartsWrite),
                baskets::put(&request, &env),
            )
            .await
        }
        ("/v1/events", "GET") => events::get(&request, env, query).await,
        ("/v1/decisions", "GET") => decisions::get(&request, env, query).await,
        ("/v1/deliveries", "GET") => plain(deliveries::get(&request, &env, query)).await,
        ("/v1/approvals", "POST") => {
            once(
                &request,
                &env,
                (path, query),
                server(Scope::DeliveriesWrite),
                approvals::post(&request, &env),
            )
            .await
        }
        ("/v1/endpoints", "GET") => plain(endpoints::list(&request, &env)).await,
        ("/v1/endpoints", "POST") => {
            once(
                &request,
                &env,
                (path, query),
                Who::Owner,
                endpoints::post(&request, &env),
            )
            .await
        }
        ("/v1/endpoints", _) => Problem::Method("GET and POST").response(None),
        ("/v1/experiments", "GET") => plain(experiments::all(&request, &env)).await,
        ("/v1/experiments/holdout", "GET") => plain(experiments::holdout(&request, &env)).await,
        ("/v1/links/revoke", "POST") => {
            once(
                &request,
                &env,
                (path, query),
                server(Scope::CartsWrite),
                revocations::post(&request, &env),
            )
            .await
        }
        ("/v1/shoppers", "PUT") => {
            once(
                &request,
                &env,
                (path, query),
                server(Scope::ContactsWrite),
                customers::put(&request, &env),
            )
            .await
        }
        ("/v1/suppressions", "POST") => {
            once(
                &request,
                &env,
                (path, query),
                server(Scope::ContactsWrite),
                suppressions::post(&request, &env),
            )
            .await
        }
        ("/v1/suppressions", "DELETE") => {
            once(
                &request,
                &env,
                (path, query),
                server(Scope::ContactsWrite),
                suppressions::delete(&request, &env),
            )
            .await
        }
        ("/v1/shoppers/lookup", "POST") => plain(shoppers::lookup(&request, &env)).await,
        ("/v1/shoppers/join", "POST") => {
            once(
                &request,
                &env,
                (path, query),
                server(Scope::ContactsWrite),
                shoppers::join(&request, &env),
            )
            .await
        }
        ("/v1/carts", "GET") => plain(carts::list(&request, &env, query)).await,
        ("/v1/carts/search", "POST") => plain(carts::search(&request, &env)).await,
        ("/v1/keys", "POST") => {
            once(
                &request,
                &env,
                (path, query),
                Who::Owner,
                keys::post(&request, &env),
            )
            .await
        }
        ("/v1/webhooks", "GET") => plain(webhooks::list(&request, &env, query)).await,
        ("/v1/webhooks/replay", "POST") => {
            let act = webhooks::replay(&request, &env);
            once(&request, &env, (path, query), Who::Owner, act).await
        }
        ("/healthz", "GET" | "HEAD") => json(&health::Health::now()),
        ("/readyz", "GET" | "HEAD") => health::ready(&env).await,
        #[cfg(feature = "test-routes")]
        ("/test/panic", _) => test_panic(),
        #[cfg(feature = "test-routes")]
        ("/test/trap", _) => {
            test_trap(0);
            Problem::NotFound.response(None)
        }
        #[cfg(feature = "test-routes")]
        ("/test/trace", "POST") => plain(trace::post(&request, &env)).await,
        #[cfg(feature = "test-routes")]
        ("/test/panic-in-cart", _) => test_panic_in_cart(&env).await,
        (
            "/v1/collect"
            | "/v1/restore"
            | "/v1/sandbox/state"
            | "/v1/sdk-errors"
            | "/v1/shoppers/lookup"
            | "/v1/shoppers/join"
            | "/v1/approvals"
            | "/v1/links/revoke"
            | "/v1/webhooks/replay"
            | "/v1/carts/search"
            | "/v1/keys",
            _,
        ) => Problem::Method("POST").response(None),
        ("/v1/baskets" | "/v1/shoppers", _) => Problem::Method("PUT").response(None),
        ("/v1/catalogue", _) => Problem::Method("GET and PUT").response(None),
        ("/v1/suppressions", _) => Problem::Method("POST and DELETE").response(None),
        (
            "/v1/deliveries"
            | "/v1/experiments"
            | "/v1/experiments/holdout"
            | "/v1/catalogue/products"
            | "/v1/events"
            | "/v1/decisions"
            | "/v1/webhooks"
            | "/v1/carts"
            | "/v1/region"
            | "/healthz"
            | "/readyz",
            _,
        ) => Problem::Method("GET").response(None),
        _ => {
            if let Some(address) = path.strip_prefix("/webhooks/") {
                return match method {
                    "POST" => webhooks::post(&request, &env, address, query).await,
                    _ => webhooks::other(&env, method, address, query).await,
                };
            }
            if let Some(shop) = path.strip_prefix("/v1/shops/") {
                if let Some((shop, rest)) = shop.split_once("/connections") {
                    return connections::route(&request, &env, (method, path, query), (shop, rest))
                        .await;
                }
                return match method {
                    "GET" => plain(shops::get(&request, &env, shop)).await,
                    "PUT" => {
                        once(
                            &request,
                            &env,
                            (path, query),
                            Who::Operator,
                            shops::put(&request, &env, shop),
                        )
                        .await
                    }
                    _ => Problem::Method("GET and PUT").response(None),
                };
            }
            if let Some(rest) = path.strip_prefix("/v1/endpoints/") {
                return match (rest.split_once('/'), method) {
                    (None, "PUT") => {
                        let act = endpoints::change(&request, &env, rest);
                        once(&request, &env, (path, query), Who::Owner, act).await
                    }
                    (None, "DELETE") => {
                        let act = endpoints::delete(&request, &env, rest);
                        once(&request, &env, (path, query), Who::Owner, act).await
                    }
                    (None, _) => Problem::Method("PUT and DELETE").response(None),
                    (Some((id, what)), "POST") => {
                        let act = endpoints::act(&request, &env, id, what);
                        once(&request, &env, (path, query), Who::Owner, act).await
                    }
                    (Some(_), _) => Problem::Method("POST").response(None),
                };
            }
            if let Some(cart) = path.strip_prefix("/v1/carts/") {
                return of_cart(cart, query, method, request, env).await;
            }
            if let Some(shop) = path.strip_prefix("/callbacks/twilio/") {
                return match method {
                    "POST" => twilio::post(&request, &env, shop, query).await,
                    _ => Problem::Method("POST").response(None),
                };
            }
            if let Some(rest) = path.strip_prefix("/callbacks/") {
                return match method {
                    "POST" => plain(callbacks::post(&request, &env, rest)).await,
                    _ => Problem::Method("POST").response(None),
                };
            }
            if let Some(token) = path.strip_prefix("/u/") {
                return match method {
                    "GET" | "HEAD" => unsubscribe::page(token, &env).await,
                    "POST" => unsubscribe::post(token, query, &env).await,
                    _ => Problem::Method("GET and POST").response(None),
                };
            }
            if let Some(token) = path.strip_prefix("/s/") {
                return match method {
                    "GET" | "HEAD" => survey::page(token, &env).await,
                    "POST" => survey::post(token, query, &env).await,
                    _ => Problem::Method("GET and POST").response(None),
                };
            }
            Problem::NotFound.response(None)
        }
    }
}

/// What is asked of one cart: itself, its events or its log.
async fn of_cart(path: &str, query: &str, method: &str, request: Request, env: Env) -> JsValue {
    let (cart, what) = path.split_once('/').unwrap_or((path, ""));
    match (what, method) {
        ("", "GET") => plain(carts::one(&request, &env, cart)).await,
        ("events", "GET") => plain(carts::events(&request, &env, cart, query)).await,
        ("log", "GET") => logs::get(&request, env, cart).await,
        ("" | "events" | "log", _) => Problem::Method("GET").response(None),
        _ => Problem::NotFound.response(None),
    }
}

/// A call from a page: its answer names the origin that may read it, once the shop has said that it may.
async fn readable<F, Fut>(request: &Request, act: F) -> JsValue
where
    F: FnOnce(Option<String>) -> Fut,
    Fut: Future<Output = Result<String, Problem>>,
{
    let origin = request.headers().get("origin");
    // A problem may be read by the page that caused it: it holds nothing that the page did not send.
    match act(origin.clone()).await {
        Ok(body) => bindings::respond(200, "application/json", Some(&body), origin.as_deref()),
        Err(problem) => problem.response(origin.as_deref()),
    }
}

async fn plain(act: impl Future<Output = Result<String, Problem>>) -> JsValue {
    match act.await {
        Ok(body) => bindings::respond(200, "application/json", Some(&body), None),
        Err(problem) => problem.response(None),
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

/// Reads a JSON body of at most `limit` bytes.
async fn body<T: serde::de::DeserializeOwned>(request: &Request, limit: u32) -> Result<T, Problem> {
    parse(&body_bytes(request, limit).await?)
}

/// The answer where a body could not be read.
pub fn unread(too_large: bool, limit: u32, origin: Option<&str>) -> JsValue {
    let problem = if too_large {
        Problem::TooLarge(limit)
    } else {
        Problem::Body(String::from("it ended early"))
    };
    problem.response(origin)
}

/// Parses JSON. Parsers skip what they do not know however deep it is nested, so depth is limited before they see it.
fn parse<T: serde::de::DeserializeOwned>(json: &[u8]) -> Result<T, Problem> {
    if is_deeper_than(MAX_DEPTH, json) {
        return Err(Problem::Body(format!(
            "it may be nested at most {MAX_DEPTH} deep"
        )));
    }
    let text = std::str::from_utf8(json).map_err(not_utf8)?;
    // Serde would take an array for an object's fields in their order.
    if !text.trim_start().starts_with('{') {
        return Err(Problem::Body(String::from("it is a JSON object")));
    }
    // The same reader as for documents: each further one of a large type is code of its own.
    serde_json::from_str(text).map_err(|error| Problem::Body(error.to_string()))
}

fn not_utf8<E>(_: E) -> Problem {
    Problem::Body(String::from("it is not UTF-8"))
}

fn is_deeper_than(limit: u32, json: &[u8]) -> bool {
    let (mut depth, mut quoted, mut escaped) = (0_u32, false, false);
    for byte in json {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = quoted,
            b'"' => quoted = !quoted,
            b'[' | b'{' if !quoted => depth = depth.saturating_add(1),
            b']' | b'}' if !quoted => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth > limit {
            return true;
        }
    }
    false
}

async fn body_bytes(request: &Request, limit: u32) -> Result<Vec<u8>, Problem> {
    let bytes = JsFuture::from(bindings::read_body(request, limit))
        .await
        .map_err(|_| Problem::Body(String::from("it ended early")))?;
    if bytes.is_null() {
        return Err(Problem::TooLarge(limit));
    }
    let bytes: Uint8Array = bytes
        .dyn_into()
        .map_err(|_| Problem::Internal(String::from("a body that is no bytes")))?;
    Ok(bytes.to_vec())
}

#[cfg(feature = "test-routes")]
#[expect(
    clippy::panic,
    reason = "the route exists to prove that a panic fails one request only"
)]
fn test_panic() -> JsValue {
    panic!("provoked by a test")
}

/// Exhausts the stack, which traps.
#[cfg(feature = "test-routes")]
#[expect(
    unconditional_recursion,
    reason = "the route exists to exhaust the stack"
)]
fn test_trap(depth: u64) -> u64 {
    let room = std::hint::black_box([depth; 64]);
    test_trap(depth.wrapping_add(1)).wrapping_add(room.iter().sum::<u64>())
}

#[cfg(feature = "test-routes")]
async fn test_panic_in_cart(env: &Env) -> JsValue {
    use crate::objects::calls::{CartCall, ask_cart};
    use homing_core::ids::{CartId, ShopId};
    use homing_core::object::cart::Input;
    // The all-ones cart panics in test builds; see objects::cart.
    let call = CartCall {
        shop: ShopId([0; 5]),
        cart: CartId([0xff; 16]),
        input: Input::Read,
    };
    match ask_cart(env, "panics", &call).await {
        Ok(_) => Problem::Internal(String::from("the object did not panic")).response(None),
        Err(problem) => Problem::Internal(problem.to_string()).response(None),
    }
}

#[cfg(test)]
mod tests {
    use super::{is_deeper_than, path_of};

    #[test]
    fn depth_counts_brackets_outside_of_strings() {
        assert!(!is_deeper_than(2, br#"{"a":[1,"[[[\"[["],"b":[]}"#));
        assert!(is_deeper_than(2, br#"{"a":[[1]]}"#));
        assert!(is_deeper_than(16, "[".repeat(10_000).as_bytes()));
    }

    #[test]
    fn paths_have_no_query() {
        assert_eq!(path_of("https://edge.example/r/abc?x=1#y"), "/r/abc");
        assert_eq!(path_of("https://edge.example"), "/");
        assert_eq!(path_of("http://127.0.0.1:8787/v1/collect"), "/v1/collect");
    }
}
