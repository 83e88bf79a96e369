//! Platforms' own APIs. What is asked and what an answer means stands in `core::platform::api`; here it is carried, within a time limit,
//! and a platform that wants to be left alone is.

pub mod shelf;
pub mod tag;

use crate::answers;
use crate::bindings::Env;
use crate::clock;
use crate::config::{Deployment, ShopView};
use crate::connections::Connections;
use crate::endpoints;
use crate::error::Problem;
use crate::traces;
use homing_core::connection::Connection;
use homing_core::contact::Email;
use homing_core::ids::ShopId;
use homing_core::money::Currency;
use homing_core::object::shopper::{Customer, Release};
use homing_core::platform::Platform;
use homing_core::platform::api::{Ask, Call, Found, Hosts, MAX_CALLS, Response, Step, Talk};
use homing_core::traceparent::TraceId;
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::JsValue;
use worker::{AbortSignal, Fetch, Headers, Request};

/// Largest answer, in bytes: 500 lines with options, many times over.
const MAX_ANSWER: usize = 4 * 1_024 * 1_024;

/// How long a platform is left alone at most by its own word, ms.
const MAX_REST_MS: u64 = 12 * 3_600_000;

/// Platforms that an isolate remembers to leave alone.
const MAX_RESTS: usize = 1_000;

/// How long a store's currency counts once it is known, ms.
const STORE_MS: u64 = 600_000;

/// Stores whose currency an isolate remembers.
const MAX_STORES: usize = 1_000;

/// Most time that a code may take before its message is sent, ms: what the lease has is for the provider.
const CODE_MS: u64 = 6_000;

/// How long a message waits for what the platform says of its customer, ms.
const CUSTOMER_MS: u64 = 3_000;

/// What a question came to.
#[derive(Debug)]
pub enum Answer {
    /// This.
    Found(Found),
    /// Not now.
    Later {
        /// Why, as a code.
        why: &'static str,
        /// How soon it makes sense to ask again, ms, where the platform says.
        after_ms: Option<u64>,
    },
    /// Not with what the shop has connected us with; why, as a code.
    Refused(String),
}

thread_local! {
    /// Until when a shop's platform is left alone, epoch ms.
    static RESTS: RefCell<BTreeMap<(ShopId, Platform), u64>> = const { RefCell::new(BTreeMap::new()) };
    /// The currency of a shop's store, and since when it is known, epoch ms.
    static STORES: RefCell<BTreeMap<(ShopId, Platform), (u64, Currency)>> = const { RefCell::new(BTreeMap::new()) };
}

/// A shop's platform, and what opens it.
pub struct Platforms<'a> {
    deployment: &'a Deployment,
    shop: ShopId,
    currency: Currency,
    platform: Platform,
    connection: Rc<Connection>,
    trace: Option<TraceId>,
}

impl<'a> Platforms<'a> {
    /// A shop's own platform: the first that its API is opened of; `None` where none is.
    pub fn of(
        deployment: &'a Deployment,
        shop: ShopId,
        currency: Currency,
        connections: &Connections,
    ) -> Result<Option<Self>, Problem> {
        for platform in Platform::ALL {
            let found = Self::at(platform, deployment, (shop, currency), connections)?;
            if let Some(found) = found.filter(|found| found.connection.api.is_some()) {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    /// The platform of a shop as this isolate knows it.
    pub fn of_view(deployment: &'a Deployment, shop: &ShopView) -> Result<Option<Self>, Problem> {
        let currency = shop.config.currency;
        Self::of(deployment, shop.id, currency, &shop.connections)
    }

    /// A platform that a shop is connected to.
    pub fn at(
        platform: Platform,
        deployment: &'a Deployment,
        (shop, currency): (ShopId, Currency),
        connections: &Connections,
    ) -> Result<Option<Self>, Problem> {
        let connection = connections.of(platform, &deployment.keys)?;
        Ok(connection.map(|connection| Self {
            deployment,
            shop,
            currency,
            platform,
            connection,
            trace: None,
        }))
    }

    /// Asks under this trace: of the cart that the question is about.
    pub fn under(self, trace: Option<TraceId>) -> Self {
        Self { trace, ..self }
    }

    /// Asks, within `limit_ms`.
    pub async fn ask(&self, ask: Ask, limit_ms: u64) -> Answer {
        let now = clock::now_ms();
        let key = (self.shop, self.platform);
        let rest = RESTS.with_borrow(|rests| rests.get(&key).copied());
        if let Some(left) = rest
            .and_then(|until| until.checked_sub(now))
            .filter(|ms| *ms > 0)
        {
            return Answer::Later {
                why: "rests",
                after_ms: Some(left),
            };
        }
        let hosts = Hosts {
            bigcommerce: &self.deployment.bigcommerce_url,
            shopify: self.deployment.shopify_url.as_deref(),
        };
        let known = STORES.with_borrow(|stores| stores.get(&key).copied());
        let known = known.filter(|(since, _)| now.saturating_sub(*since) < STORE_MS);
        let currencies = (self.currency, known.map(|(_, store)| store));
        let talk = Talk::new(self.platform, &self.connection, hosts, currencies, ask);
        let mut talk = match talk {
            Ok(talk) => talk,
            Err(why) => return Answer::Refused(String::from(why)),
        };
        let controller = worker::AbortController::default();
        let signal = controller.signal();
        let work = Box::pin(self.converse(&mut talk, &signal));
        let limit = Box::pin(worker::Delay::from(Duration::from_millis(limit_ms)));
        let answer = match futures_util::future::select(work, limit).await {
            futures_util::future::Either::Left((answer, _)) => answer,
            futures_util::future::Either::Right(_) => {
                controller.abort();
                Answer::Later {
                    why: "timeout",
                    after_ms: None,
                }
            }
        };
        if let Some(store) = talk.store().filter(|_| known.is_none()) {
            STORES.with_borrow_mut(|stores| {
                if stores.len() >= MAX_STORES {
                    stores.clear();
                }
                stores.insert(key, (now, store));
            });
        }
        match answer {
            // A platform that is asked one by one may have answered most of it: the rest is asked for the next time.
            Answer::Later { .. } => talk.so_far().map_or(answer, Answer::Found),
            answer => answer,
        }
    }

    /// What the platform's own record says of whoever has this address; `None` where it says nothing in time.
    pub async fn customer(&self, email: Email) -> Option<Box<Customer>> {
        match self.ask(Ask::Customer(email), CUSTOMER_MS).await {
            Answer::Found(Found::Customer(customer)) => Some(customer),
            Answer::Found(_) => None,
            Answer::Later { why, .. } => {
                crate::telemetry::error("customer_unknown", why);
                None
            }
            Answer::Refused(why) => {
                crate::telemetry::error("customer_refused", &why);
                None
            }
        }
    }

    async fn converse(&self, talk: &mut Talk, signal: &AbortSignal) -> Answer {
        let mut step = talk.begin();
        for _ in 0..MAX_CALLS {
            let call = match step {
                Step::Call(call) => call,
                Step::Done(found) => return Answer::Found(found),
                Step::Refused(why) => return Answer::Refused(why),
                Step::Later { why, after_ms } => {
                    self.rest(after_ms);
                    return Answer::Later { why, after_ms };
                }
            };
            step = match self.exchange(call, signal).await {
                Ok((status, headers, body)) => {
                    let header = |name: &str| headers.get(name).ok().flatten();
                    let response = Response {
                        status,
                        header: &header,
                        body: &body,
                    };
                    let step = talk.take(&response);
                    self.rest(talk.rest_ms(&response));
                    step
                }
                Err(step) => step,
            };
        }
        match step {
            Step::Done(found) => Answer::Found(found),
            _ => Answer::Refused(String::from("too_many_calls")),
        }
    }

    fn rest(&self, ms: Option<u64>) {
        let Some(ms) = ms else { return };
        let until = clock::now_ms().saturating_add(ms.min(MAX_REST_MS));
        RESTS.with_borrow_mut(|rests| {
            if rests.len() >= MAX_RESTS {
                rests.clear();
            }
            rests.insert((self.shop, self.platform), until);
        });
    }

    async fn exchange(
        &self,
        call: Call,
        signal: &AbortSignal,
    ) -> Result<(u16, Headers, Vec<u8>), Step> {
        let later = |why| Step::Later {
            why,
            after_ms: None,
        };
        // A merchant has named it: what may be called is asked at each call.
        let is_named = matches!(self.platform, Platform::WooCommerce | Platform::Adobe);
        if is_named && endpoints::address(&call.url, self.deployment).is_err() {
            return Err(Step::Refused(String::from("address")));
        }
        let request =
            request(&call, self.trace).map_err(|_| Step::Refused(String::from("request")))?;
        let sent = Fetch::Request(request).send_with_signal(signal).await;
        let mut response = sent.map_err(|_| later("connection"))?;
        let (status, headers) = (response.status_code(), response.headers().clone());
        let body = answers::read(&mut response, MAX_ANSWER).await;
        match body.map_err(|_| later("connection"))? {
            Some(body) => Ok((status, headers, body)),
            None => Err(Step::Refused(String::from("too_large"))),
        }
    }
}

fn request(call: &Call, trace: Option<TraceId>) -> Result<Request, worker::Error> {
    let trace = trace.map(traces::header);
    let trace = trace.as_deref().map(|trace| ("traceparent", trace));
    let usual = [
        // BigCommerce's version 2 answers in XML where nobody asks for anything else.
        ("accept", "application/json"),
        ("user-agent", "homing/0.1"),
    ];
    let own = call
        .headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()));
    let body = call.body.as_deref().map(JsValue::from_str);
    let kind = body.as_ref().map(|_| ("content-type", "application/json"));
    let headers = usual.into_iter().chain(trace).chain(own).chain(kind);
    answers::request(call.method, &call.url, headers, body)
}

/// Has the code made that a released message names; `Err` says what became of the message instead.
pub async fn make_code(
    env: &Env,
    deployment: &Deployment,
    shop: ShopId,
    release: &Release,
) -> Result<(), Answer> {
    let Some(code) = &release.code else {
        return Ok(());
    };
    let later = |why| Answer::Later {
        why,
        after_ms: None,
    };
    let view = crate::config::shop(env, shop).await;
    let view = view.map_err(|_| later("shop_unknown"))?;
    let platform = Platforms::of_view(deployment, &view).map_err(|problem| {
        crate::telemetry::error("connection_unreadable", &problem.to_string());
        later("connection_unreadable")
    })?;
    let Some(platform) = platform else {
        return Err(Answer::Refused(String::from("not_connected")));
    };
    let platform = platform.under(release.trace);
    match platform.ask(Ask::Code(code.clone()), CODE_MS).await {
        Answer::Found(Found::Done) => Ok(()),
        Answer::Found(_) => Err(Answer::Refused(String::from("not_made"))),
        other => Err(other),
    }
}
