//! `POST /v1/collect`: events in, acknowledgement and what the browser does not know out.
//!
//! Nothing here waits as long as the shop is at hand: the promise of the Cart's answer goes back to `js/entry.js`, which waits
//! for less than a future would.

use super::{beacon, parse};
use crate::bindings::Env;
use crate::config::{self, Deployment, ShopView};
use crate::error::Problem;
use crate::objects::calls::{CartCall, start};
use crate::promise::promise;
use crate::{clock, links};
use homing_core::ids::{CartId, CartSecret};
use homing_core::keys::ApiKey;
use homing_core::object::cart::Input;
use homing_core::token::LinkPurpose;
use homing_core::wire::CollectRequest;
use js_sys::Promise;
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
    deployment: Rc<Deployment>,
}

/// Takes a storefront's events: the promise of the Cart's answer as text, or the Response that refuses them.
pub fn take(body: &[u8], origin: Option<String>, env: Env) -> JsValue {
    let beacon = match read(body, origin.clone(), &env) {
        Ok(beacon) => beacon,
        Err(problem) => return problem.response(origin.as_deref()),
    };
    if let Some(shop) = config::at_hand(beacon.key.shop, clock::now_ms()) {
        return pass_on(beacon, &shop, &env);
    }
    promise(async move {
        match config::shop(&env, beacon.key.shop).await {
            Ok(shop) => Ok(pass_on(beacon, &shop, &env)),
            Err(problem) => Ok(problem.response(beacon.origin.as_deref())),
        }
    })
    .into()
}

fn read(body: &[u8], origin: Option<String>, env: &Env) -> Result<Beacon, Problem> {
    let request: CollectRequest = parse(body)?;
    let deployment = config::deployment(env)?;
    let key =
        ApiKey::parse_publishable(&request.key, &deployment.keys).map_err(|_| Problem::Key)?;
    Ok(Beacon {
        key,
        secret: request.cart.parse()?,
        request,
        origin,
        deployment,
    })
}

fn pass_on(beacon: Beacon, shop: &ShopView, env: &Env) -> JsValue {
    let origin = beacon.origin.clone();
    match ask(beacon, shop, env) {
        Ok(answer) => answer.into(),
        Err(problem) => problem.response(origin.as_deref()),
    }
}

fn ask(beacon: Beacon, shop: &ShopView, env: &Env) -> Result<Promise, Problem> {
    let Beacon {
        request,
        key,
        secret,
        origin,
        deployment,
    } = beacon;
    beacon::check_origin(shop, origin.as_deref())?;
    beacon::check_serial(shop, key.serial)?;
    let now = clock::now_ms();
    let cart = CartId::of_secret(shop.id, &secret);
    let fork = |token: &str| {
        Ok(links::verify(
            &deployment,
            token,
            &[LinkPurpose::Recovery, LinkPurpose::Intent],
            now,
        )?)
    };
    let collect = beacon::parse(request, shop, cart, now, fork)?;
    let call = CartCall {
        shop: shop.id,
        cart,
        input: Input::Collect(collect),
    };
    start(env.cart().get_by_name(&shop.names.cart(cart))?, &call)
}
