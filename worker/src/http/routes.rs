//! Every route: what it answers, who may ask it, and whether it is done once under an `Idempotency-Key`.

use super::{
    approvals, audiences, baskets, callbacks, carts, catalogue, connections, customers, decisions,
    deliveries, endpoints, events, experiments, health, json, keys, logs, messages, privacy,
    reservations, restore, revocations, said, sandbox, sdk_errors, shoppers, shops, suppressions,
    survey, twilio, unsubscribe, webhooks,
};
#[cfg(feature = "test-routes")]
use super::{provoked, trace};
use crate::bindings::{Env, Request};
use crate::error::Problem;
use homing_core::delivery::FlowPlatform;
use homing_core::scopes::Scope;
use std::future::Future;
use std::pin::Pin;
use wasm_bindgen::JsValue;

/// Who may make a call.
#[derive(Clone, Copy)]
pub enum Who {
    /// A shop's server whose key has this scope.
    Server(Scope),
    /// The operator.
    Operator,
    /// The operator, or a shop's server whose key is an owner's.
    Owner,
}

/// A request on its way to what answers it.
#[derive(Clone, Copy)]
pub struct Call<'a> {
    /// The request itself.
    pub request: &'a Request,
    /// The deployment's bindings.
    pub env: &'a Env,
    /// Its query, without the question mark.
    pub query: &'a str,
    /// What stands in the path where the pattern has names, in their order.
    pub named: [&'a str; 3],
}

impl Call<'_> {
    /// The page that asks, as its browser says.
    pub fn origin(&self) -> Option<String> {
        self.request.headers().get("origin")
    }
}

/// An answer's JSON. A pointer, so that one piece of code waits for all of them.
pub type Answer<'a> = Pin<Box<dyn Future<Output = Result<String, Problem>> + 'a>>;

/// A whole response.
pub type Response<'a> = Pin<Box<dyn Future<Output = JsValue> + 'a>>;

/// How a request is answered.
#[derive(Clone, Copy)]
pub enum Does {
    /// With JSON.
    Answers(for<'a> fn(Call<'a>) -> Answer<'a>),
    /// With JSON that the asking page may read.
    AnswersPage(for<'a> fn(Call<'a>) -> Answer<'a>),
    /// With JSON, and once under an `Idempotency-Key`.
    Once(Who, for<'a> fn(Call<'a>) -> Answer<'a>),
    /// With whatever it makes itself.
    Responds(for<'a> fn(Call<'a>) -> Response<'a>),
    /// Before it comes here: in `js/entry.js`, without these steps.
    Elsewhere,
}

/// A row of the table.
pub struct Route {
    /// The method; `HEAD` is answered as `GET` where a response is made whole.
    pub method: &'static str,
    /// The path; `{}` stands for any one segment.
    pub pattern: &'static str,
    /// What happens.
    pub does: Does,
}

impl Route {
    const fn new(method: &'static str, pattern: &'static str, does: Does) -> Self {
        Self {
            method,
            pattern,
            does,
        }
    }

    /// What stands in `path` at the pattern's names, or `None` where the path is another.
    pub fn named<'a>(&self, path: &'a str) -> Option<[&'a str; 3]> {
        let mut named = [""; 3];
        let mut free = named.iter_mut();
        let (mut asked, mut pattern) = (path.split('/'), self.pattern.split('/'));
        loop {
            match (asked.next(), pattern.next()) {
                (None, None) => return Some(named),
                (Some(segment), Some("{}")) => *free.next()? = segment,
                (Some(segment), Some(expected)) if segment == expected => {}
                _ => return None,
            }
        }
    }

    /// Whether it answers this method.
    pub fn takes(&self, method: &str) -> bool {
        let is_head = method == "HEAD" && self.method == "GET";
        match self.does {
            Does::Elsewhere => false,
            Does::Responds(_) if is_head => true,
            _ => method == self.method,
        }
    }
}

const fn get(pattern: &'static str, act: for<'a> fn(Call<'a>) -> Answer<'a>) -> Route {
    Route::new("GET", pattern, Does::Answers(act))
}

/// A question whose words do not fit into an address.
const fn ask(pattern: &'static str, act: for<'a> fn(Call<'a>) -> Answer<'a>) -> Route {
    Route::new("POST", pattern, Does::Answers(act))
}

const fn of_page(pattern: &'static str, act: for<'a> fn(Call<'a>) -> Answer<'a>) -> Route {
    Route::new("POST", pattern, Does::AnswersPage(act))
}

const fn once(
    method: &'static str,
    pattern: &'static str,
    who: Who,
    act: for<'a> fn(Call<'a>) -> Answer<'a>,
) -> Route {
    Route::new(method, pattern, Does::Once(who, act))
}

const fn whole(
    method: &'static str,
    pattern: &'static str,
    act: for<'a> fn(Call<'a>) -> Response<'a>,
) -> Route {
    Route::new(method, pattern, Does::Responds(act))
}

const fn elsewhere(method: &'static str, pattern: &'static str) -> Route {
    Route::new(method, pattern, Does::Elsewhere)
}

const OWNER: Who = Who::Owner;
const CARTS: Who = Who::Server(Scope::CartsWrite);
const CATALOGUE: Who = Who::Server(Scope::CatalogueWrite);
const CONTACTS: Who = Who::Server(Scope::ContactsWrite);
const DELIVERIES: Who = Who::Server(Scope::DeliveriesWrite);
const PRIVACY: Who = Who::Server(Scope::PrivacyWrite);
const RESERVATIONS: Who = Who::Server(Scope::ReservationsWrite);

/// All of them. Of the patterns that fit a path, the first is taken.
#[rustfmt::skip]
pub static ROUTES: &[Route] = &[
    // Pages.
    elsewhere("POST", "/v1/collect"),
    elsewhere("GET", "/v1/region"),
    elsewhere("GET", "/v1/push"),
    of_page("/v1/restore", |c| Box::pin(restore::post(c.request, c.env, c.origin()))),
    of_page("/v1/sandbox/state", |c| Box::pin(sandbox::post(c.request, c.env, c.origin()))),
    of_page("/v1/sdk-errors", |c| Box::pin(sdk_errors::post(c.request, c.env, c.origin()))),
    whole("GET", "/u/{}", |c| Box::pin(unsubscribe::page(c.named[0], c.env))),
    whole("POST", "/u/{}", |c| Box::pin(unsubscribe::post(c.named[0], c.query, c.env))),
    whole("GET", "/s/{}", |c| Box::pin(survey::page(c.named[0], c.env))),
    whole("POST", "/s/{}", |c| Box::pin(survey::post(c.named[0], c.query, c.env))),

    // Platforms and providers.
    whole("GET", "/webhooks/adobe/{}", |c| Box::pin(webhooks::challenge(c.env, c.named[0], c.query))),
    whole("POST", "/webhooks/adobe/{}", |c| Box::pin(webhooks::post(c, "adobe", c.named[0]))),
    whole("POST", "/webhooks/{}/{}", |c| Box::pin(webhooks::post(c, c.named[0], c.named[1]))),
    whole("POST", "/callbacks/twilio/{}", |c| Box::pin(twilio::post(c.request, c.env, c.named[0], c.query))),
    ask("/callbacks/attentive/{}", |c| Box::pin(said::post(c.request, c.env, FlowPlatform::Attentive, c.named[0]))),
    ask("/callbacks/hubspot/{}", |c| Box::pin(said::post(c.request, c.env, FlowPlatform::Hubspot, c.named[0]))),
    ask("/callbacks/klaviyo/{}", |c| Box::pin(said::post(c.request, c.env, FlowPlatform::Klaviyo, c.named[0]))),
    ask("/callbacks/{}/{}", |c| Box::pin(callbacks::post(c.request, c.env, c.named))),
    ask("/callbacks/{}/{}/{}", |c| Box::pin(callbacks::post(c.request, c.env, c.named))),

    // A shop's server: carts, people, products.
    once("PUT", "/v1/baskets", CARTS, |c| Box::pin(baskets::put(c.request, c.env))),
    get("/v1/carts", |c| Box::pin(carts::list(c.request, c.env, c.query))),
    ask("/v1/carts/search", |c| Box::pin(carts::search(c.request, c.env))),
    get("/v1/carts/{}", |c| Box::pin(carts::one(c.request, c.env, c.named[0]))),
    get("/v1/carts/{}/events", |c| Box::pin(carts::events(c.request, c.env, c.named[0], c.query))),
    whole("GET", "/v1/carts/{}/log", |c| Box::pin(logs::get(c.request, c.env.clone(), c.named[0]))),
    once("POST", "/v1/links/revoke", CARTS, |c| Box::pin(revocations::post(c.request, c.env))),
    once("PUT", "/v1/shoppers", CONTACTS, |c| Box::pin(customers::put(c.request, c.env))),
    ask("/v1/shoppers/lookup", |c| Box::pin(shoppers::lookup(c.request, c.env))),
    once("POST", "/v1/shoppers/join", CONTACTS, |c| Box::pin(shoppers::join(c.request, c.env))),
    once("POST", "/v1/shoppers/erase", PRIVACY, |c| Box::pin(privacy::erase(c.request, c.env))),
    ask("/v1/shoppers/access", |c| Box::pin(privacy::access(c.request, c.env))),
    get("/v1/erasures", |c| Box::pin(privacy::list(c.request, c.env))),
    once("POST", "/v1/suppressions", CONTACTS, |c| Box::pin(suppressions::post(c.request, c.env))),
    once("DELETE", "/v1/suppressions", CONTACTS, |c| Box::pin(suppressions::delete(c.request, c.env))),
    get("/v1/catalogue", |c| Box::pin(catalogue::get(c.request, c.env))),
    once("PUT", "/v1/catalogue", CATALOGUE, |c| Box::pin(catalogue::put(c.request, c.env))),
    get("/v1/reservations", |c| Box::pin(reservations::list(c.request, c.env, c.query))),
    once("POST", "/v1/reservations", RESERVATIONS, |c| Box::pin(reservations::post(c.request, c.env))),
    get("/v1/reservations/{}", |c| Box::pin(reservations::one(c.request, c.env, c.named[0]))),
    once("POST", "/v1/reservations/{}/{}", RESERVATIONS, |c| Box::pin(reservations::act(c.request, c.env, c.named[0], c.named[1]))),
    get("/v1/catalogue/products", |c| Box::pin(catalogue::list(c.request, c.env, c.query))),

    // What was decided, sent and heard.
    whole("GET", "/v1/events", |c| Box::pin(events::get(c.request, c.env.clone(), c.query))),
    whole("GET", "/v1/decisions", |c| Box::pin(decisions::get(c.request, c.env.clone(), c.query))),
    get("/v1/deliveries", |c| Box::pin(deliveries::get(c.request, c.env, c.query))),
    get("/v1/deliveries/replay", |c| Box::pin(deliveries::replaying(c.request, c.env))),
    once("POST", "/v1/deliveries/replay", DELIVERIES, |c| Box::pin(deliveries::replay(c.request, c.env))),
    once("POST", "/v1/approvals", DELIVERIES, |c| Box::pin(approvals::post(c.request, c.env))),
    ask("/v1/messages/preview", |c| Box::pin(messages::preview(c.request, c.env))),
    once("POST", "/v1/messages/test", DELIVERIES, |c| Box::pin(messages::test(c.request, c.env))),
    get("/v1/experiments", |c| Box::pin(experiments::all(c.request, c.env))),
    get("/v1/experiments/holdout", |c| Box::pin(experiments::holdout(c.request, c.env))),

    get("/v1/audiences", |c| Box::pin(audiences::list(c.request, c.env))),

    // What belongs to whoever owns the shop.
    get("/v1/endpoints", |c| Box::pin(endpoints::list(c.request, c.env))),
    once("POST", "/v1/endpoints", OWNER, |c| Box::pin(endpoints::post(c.request, c.env))),
    once("PUT", "/v1/endpoints/{}", OWNER, |c| Box::pin(endpoints::change(c.request, c.env, c.named[0]))),
    once("DELETE", "/v1/endpoints/{}", OWNER, |c| Box::pin(endpoints::delete(c.request, c.env, c.named[0]))),
    once("POST", "/v1/endpoints/{}/{}", OWNER, |c| Box::pin(endpoints::act(c.request, c.env, c.named[0], c.named[1]))),
    once("POST", "/v1/keys", OWNER, |c| Box::pin(keys::post(c.request, c.env))),
    get("/v1/webhooks", |c| Box::pin(webhooks::list(c.request, c.env, c.query))),
    once("POST", "/v1/webhooks/replay", OWNER, |c| Box::pin(webhooks::replay(c.request, c.env))),
    get("/v1/shops/{}", |c| Box::pin(shops::get(c.request, c.env, c.named[0]))),
    once("PUT", "/v1/shops/{}", Who::Operator, |c| Box::pin(shops::put(c.request, c.env, c.named[0]))),
    get("/v1/shops/{}/connections", |c| Box::pin(connections::list(c.request, c.env, c.named[0]))),
    once("PUT", "/v1/shops/{}/connections/{}", OWNER, |c| Box::pin(connections::put(c.request, c.env, c.named))),
    once("DELETE", "/v1/shops/{}/connections/{}", OWNER, |c| Box::pin(connections::delete(c.request, c.env, c.named))),

    // Whoever keeps it running.
    whole("GET", "/healthz", |_| Box::pin(async { json(&health::Health::now()) })),
    whole("GET", "/readyz", |c| Box::pin(health::ready(c.env))),

    // Failures that tests provoke.
    #[cfg(feature = "test-routes")]
    whole("GET", "/test/panic", |_| Box::pin(async { provoked::panic() })),
    #[cfg(feature = "test-routes")]
    whole("GET", "/test/trap", |_| Box::pin(async { provoked::trap() })),
    #[cfg(feature = "test-routes")]
    whole("GET", "/test/panic-in-cart", |c| Box::pin(provoked::panic_in_cart(c.env))),
    #[cfg(feature = "test-routes")]
    ask("/test/consume", |c| Box::pin(provoked::consume(c.request, c.env))),
    #[cfg(feature = "test-routes")]
    ask("/test/trace", |c| Box::pin(trace::post(c.request, c.env))),
];

/// The rows of the pattern that a path fits first, with what stands in the path at its names.
pub fn find(path: &str) -> Option<(impl Iterator<Item = &'static Route>, [&str; 3])> {
    let mut rows = ROUTES.iter();
    let (pattern, named) = rows.find_map(|route| Some((route.pattern, route.named(path)?)))?;
    let same = ROUTES.iter().filter(move |route| route.pattern == pattern);
    Some((same, named))
}

#[cfg(test)]
mod tests {
    use super::{ROUTES, find};

    fn found(method: &str, path: &'static str) -> Option<(&'static str, [&'static str; 3])> {
        let (mut rows, named) = find(path)?;
        Some((rows.find(|row| row.takes(method))?.pattern, named))
    }

    #[test]
    fn a_path_is_the_pattern_segment_by_segment() {
        assert_eq!(
            found("POST", "/v1/endpoints/ep_1/test"),
            Some(("/v1/endpoints/{}/{}", ["ep_1", "test", ""]))
        );
        assert_eq!(
            found("POST", "/callbacks/twilio/abc"),
            Some(("/callbacks/twilio/{}", ["abc", "", ""]))
        );
        assert_eq!(found("HEAD", "/healthz"), Some(("/healthz", [""; 3])));
        assert_eq!(found("HEAD", "/v1/carts"), None);
        assert_eq!(found("GET", "/v1/carts/a/log/b"), None);
    }

    #[test]
    fn what_a_pattern_spells_out_is_no_name() {
        assert_eq!(found("GET", "/v1/carts/search"), None);
        assert_eq!(found("GET", "/webhooks/shopify/x"), None);
        assert!(found("GET", "/webhooks/adobe/x").is_some());
    }

    #[test]
    fn each_row_can_be_reached() {
        for route in ROUTES {
            let path = route.pattern.replace("{}", "x");
            let (rows, _) = find(&path).unwrap();
            let mut same = rows.filter(|row| row.method == route.method);
            assert_eq!(same.next().map(|row| row.pattern), Some(route.pattern));
            assert!(same.next().is_none(), "{} {}", route.method, route.pattern);
        }
    }
}
