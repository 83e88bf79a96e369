//! `POST /test/trace`: what an object did, step by step, base64url. Only in builds for tests.

use super::body;
use crate::bindings::{Env, Request};
use crate::config;
use crate::error::Problem;
use crate::objects::trace::WANTED;
use homing_core::bytes::to_base64url;
use homing_core::contact::Email;
use homing_core::ids::{CartId, CartSecret, ShopId};
use homing_core::keys::shopper_object;
use js_sys::Uint8Array;
use serde::Deserialize;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;

/// One of the two.
#[derive(Deserialize)]
struct Ask {
    shop: String,
    /// A cart's secret.
    cart: Option<String>,
    email: Option<String>,
}

/// Reads the trace of a cart, or of the shopper with an address.
pub async fn post(request: &Request, env: &Env) -> Result<String, Problem> {
    let ask: Ask = body(request, 4_096).await?;
    let id: ShopId = ask.shop.parse()?;
    let shop = config::shop(env, id).await?;
    let stub = match (ask.cart, ask.email) {
        (Some(secret), _) => {
            let secret: CartSecret = secret.parse()?;
            let cart = CartId::of_secret(id, &secret);
            env.cart().get_by_name(&shop.names.cart(cart))?
        }
        (None, Some(email)) => {
            let email: Email = email.parse()?;
            let shopper = shop.names.shopper_by_email(email.as_str());
            env.shopper().get_by_name(&shopper_object(shopper))?
        }
        (None, None) => return Err(Problem::NotFound),
    };
    let answer = JsFuture::from(stub.call(Uint8Array::from(WANTED))?).await?;
    let bytes: Uint8Array = answer
        .dyn_into()
        .map_err(|_| Problem::Internal(String::from("an object answered with no bytes")))?;
    Ok(to_base64url(&bytes.to_vec()))
}
