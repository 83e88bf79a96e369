//! `POST /v1/collect`: events in, acknowledgement and what the browser does not know out.
//!
//! Nothing here waits as long as the shop is at hand: the promise of the Cart's answer goes back to `js/entry.js`, which waits
//! for less than a future would. What is put aside under load is answered without asking the Cart.

use super::{beacon, parse};
use crate::bindings::Env;
use crate::config::{self, Deployment, ShopView};
use crate::error::Problem;
use crate::limits::Visitor;
use crate::objects::calls::{CartCall, start};
use crate::promise::promise;
use crate::{keyring, links, load, telemetry, traces};
use homing_core::flood::Doubt;
use homing_core::ids::{CartId, CartSecret};
use homing_core::keys::ApiKey;
use homing_core::object::cart::{Collect, Input};
use homing_core::token::LinkPurpose;
use homing_core::traceparent::TraceId;
use homing_core::wire::CollectRequest;
use js_sys::Promise;
use serde::Serialize;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// Beacons and keepalive requests share 64 KiB in browsers; a larger body is no storefront's.
pub const MAX_BODY: u32 = 65_536;

/// A beacon that names its shop, its cart and, if any, its page.
struct Beacon {
    request: CollectRequest,
    key: ApiKey,
    secret: CartSecret,
    origin: Option<String>,
    visitor: Visitor,
    deployment: Rc<Deployment>,
}

/// A beacon that has been read, on its way to its Cart.
struct Checked {
    collect: Collect,
    trace: Option<TraceId>,
    #[cfg(feature = "test-routes")]
    secret: String,
}

/// What becomes of a beacon.
enum Taken {
    /// The Cart was asked.
    Asked(Promise),
    /// JSON, or a Response.
    Answered(JsValue),
}

/// The answer to what was put aside: taken, without effect. There is nothing else to learn from it, the Cart was not asked.
#[derive(Serialize)]
struct PutAside {
    acked: Vec<String>,
    refused: [(); 0],
    /// None where `js/entry.js` says it, as it does of every answer that was waited for.
    #[serde(skip_serializing_if = "Option::is_none")]
    slow_down_ms: Option<u32>,
    now: u64,
}

/// Takes a storefront's events at `now`: the promise of the Cart's answer as text, or the answer to what is put aside as text, or the
/// Response that refuses them.
pub fn take(body: &[u8], origin: Option<String>, visitor: Visitor, env: Env, now: u64) -> JsValue {
    let beacon = match read(body, origin.clone(), visitor, &env) {
        Ok(beacon) => beacon,
        Err(problem) => return problem.response(origin.as_deref()),
    };
    // Who is counted waits for the counters.
    let at_hand = config::at_hand(beacon.key.shop, now).filter(|_| !beacon.visitor.counts(&env));
    let taken = match at_hand {
        Some(shop) => pass_on(beacon, &shop, &env, now, false),
        None => Taken::Asked(promise(async move {
            let shop = match beacon.visitor.pace(&env, beacon.key.shop).await {
                Ok(()) => config::shop(&env, beacon.key.shop).await,
                Err(problem) => Err(problem),
            };
            Ok(match shop {
                Ok(shop) => match count(beacon, &shop, &env, now).await {
                    Taken::Asked(answer) => answer.into(),
                    Taken::Answered(answer) => answer,
                },
                Err(problem) => problem.response(beacon.origin.as_deref()),
            })
        })),
    };
    match taken {
        Taken::Asked(answer) => {
            load::begin(now);
            answer.into()
        }
        Taken::Answered(answer) => answer,
    }
}

/// Names the visit whose beacon was not answered, so that a case of support finds what the log says beside it.
pub fn tell_of_unanswered(body: &[u8]) {
    let request: Option<CollectRequest> = parse(body).ok();
    let trace = request.and_then(|request| request.trace);
    if let Some(trace) = trace.as_deref().and_then(TraceId::parse) {
        telemetry::error_in(Some(trace), "collect_unanswered", "");
    }
}

fn read(
    body: &[u8],
    origin: Option<String>,
    mut visitor: Visitor,
    env: &Env,
) -> Result<Beacon, Problem> {
    let request: CollectRequest = parse(body)?;
    let deployment = config::deployment(env)?;
    let key = keyring::publishable(&request.key, &deployment.keys).map_err(|_| Problem::Key)?;
    visitor.automated |= request.page.as_ref().and_then(|page| page.webdriver) == Some(true);
    Ok(Beacon {
        key,
        secret: request.cart.parse()?,
        request,
        origin,
        visitor,
        deployment,
    })
}

fn pass_on(beacon: Beacon, shop: &ShopView, env: &Env, now: u64, waited: bool) -> Taken {
    let origin = beacon.origin.clone();
    check(beacon, shop, now)
        .and_then(|checked| ask(checked, shop, env, now, waited))
        .unwrap_or_else(|problem| Taken::Answered(problem.response(origin.as_deref())))
}

/// The same of a visitor who is counted, after what they do was.
async fn count(beacon: Beacon, shop: &ShopView, env: &Env, now: u64) -> Taken {
    let (origin, visitor) = (beacon.origin.clone(), beacon.visitor);
    let taken = match check(beacon, shop, now) {
        Ok(mut checked) => {
            if checked.collect.doubt.is_none() {
                checked.collect.doubt = visitor.doubt(env, shop.id, &checked.collect).await;
            }
            ask(checked, shop, env, now, true)
        }
        Err(problem) => Err(problem),
    };
    taken.unwrap_or_else(|problem| Taken::Answered(problem.response(origin.as_deref())))
}

fn check(beacon: Beacon, shop: &ShopView, now: u64) -> Result<Checked, Problem> {
    let Beacon {
        request,
        key,
        secret,
        origin,
        visitor,
        deployment,
    } = beacon;
    beacon::admit(shop, &key, origin.as_deref())?;
    #[cfg(feature = "test-routes")]
    let secret_text = request.cart.clone();
    let cart = CartId::of_secret(shop.id, &secret);
    let fork = |token: &str| {
        Ok(links::verify(
            &deployment,
            token,
            &[LinkPurpose::Recovery, LinkPurpose::Intent],
            now,
        )?)
    };
    let trace = request.trace.as_deref().and_then(TraceId::parse);
    let voice = visitor.voice(&deployment, shop.id);
    let mut collect = beacon::parse(request, shop, cart, (now, voice), fork)?;
    // Also where nothing is counted.
    collect.doubt = visitor.is_machine().then_some(Doubt::Automated);
    Ok(Checked {
        collect,
        trace,
        #[cfg(feature = "test-routes")]
        secret: secret_text,
    })
}

fn ask(
    checked: Checked,
    shop: &ShopView,
    env: &Env,
    now: u64,
    waited: bool,
) -> Result<Taken, Problem> {
    let Checked { collect, trace, .. } = checked;
    if let Some(slow_down_ms) = load::puts_aside(&collect, now) {
        let slow_down_ms = (!waited).then_some(slow_down_ms);
        return Ok(Taken::Answered(put_aside(&collect, slow_down_ms, now)?));
    }
    #[cfg(feature = "test-routes")]
    if checked.secret == OVERLOADED_CART {
        return Ok(Taken::Asked(overloaded()));
    }
    let trace = trace.unwrap_or_else(traces::fresh);
    let cart = collect.cart;
    let call = CartCall {
        shop: shop.id,
        cart,
        input: Input::Traced(trace, Box::new(Input::Collect(collect))),
    };
    let stub = env.cart().get_by_name(&shop.names.cart(cart))?;
    Ok(Taken::Asked(start(stub, &call)?))
}

fn put_aside(collect: &Collect, slow_down_ms: Option<u32>, now: u64) -> Result<JsValue, Problem> {
    let answer = PutAside {
        acked: collect
            .events
            .iter()
            .map(|event| event.id.to_string())
            .collect(),
        refused: [],
        slow_down_ms,
        now,
    };
    Ok(JsValue::from_str(&super::text_of(&answer)?))
}

/// In test builds, the object of the cart with this secret has too much to do.
#[cfg(feature = "test-routes")]
const OVERLOADED_CART: &str = "_v7-_v7-_v7-_v7-_v7-_g";

/// What the platform says of such an object; nothing on one machine makes it say so.
#[cfg(feature = "test-routes")]
fn overloaded() -> Promise {
    let error = js_sys::Error::new("Durable Object is overloaded. Too many requests queued.");
    let marked = js_sys::Reflect::set(&error, &JsValue::from_str("overloaded"), &JsValue::TRUE);
    Promise::reject(marked.as_ref().map_or_else(|error| error, |_| &error))
}
