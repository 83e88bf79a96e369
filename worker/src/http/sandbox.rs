//! `POST /v1/sandbox/state`: what the edge knows of a browser's own cart; only for shops in the sandbox, because a plan says
//! something about a person.

use super::{beacon, body, text_of};
use crate::bindings::{Env, Request};
use crate::error::Problem;
use crate::objects::calls::{CartCall, ShopperAsk, ShopperCall, ask_cart, ask_shopper};
use homing_core::bytes::to_hex;
use homing_core::ids::{CartId, CartSecret};
use homing_core::object::cart::{Input, Reply};
use homing_core::object::shopper::{self, ViewDelivery};
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
struct Ask {
    key: String,
    cart: String,
}

#[derive(Serialize)]
struct State {
    cart: CartState,
    bound: bool,
    plan: Option<Plan>,
    now: u64,
}

#[derive(Serialize)]
struct CartState {
    epoch: u32,
    seq: u64,
    entries: u64,
    head: String,
    status: homing_core::object::cart::Status,
    last_activity_at: u64,
}

#[derive(Serialize)]
struct Plan {
    state: String,
    next_wake_at: Option<u64>,
    deliveries: Vec<ViewDelivery>,
}

/// Shows a cart's inner state to the browser that owns it.
pub async fn post(request: &Request, env: &Env, origin: Option<String>) -> Result<String, Problem> {
    let ask: Ask = body(request, 4_096).await?;
    let shop = beacon::shop_of(&ask.key, request, origin.as_deref(), env).await?;
    let secret: CartSecret = ask.cart.parse()?;
    if !shop.config.sandbox {
        return Err(Problem::NotSandbox);
    }
    let cart = CartId::of_secret(shop.id, &secret);
    let Reply::Snapshot(snapshot) = ask_cart(
        env,
        &shop.names.cart(cart),
        &CartCall {
            shop: shop.id,
            cart,
            input: Input::Read,
        },
    )
    .await?
    else {
        return Err(Problem::Internal(String::from(
            "a cart answered something else",
        )));
    };
    let plan = match snapshot.shopper {
        Some(shopper) => match ask_shopper(
            env,
            &ShopperCall {
                shop: shop.id,
                shopper,
                ask: ShopperAsk::Step(shopper::Input::Read),
            },
        )
        .await?
        {
            shopper::Reply::View(view) => Some(plan(view)),
            _ => None,
        },
        None => None,
    };
    text_of(&State {
        cart: CartState {
            epoch: snapshot.slot.epoch,
            seq: snapshot.slot.version,
            entries: snapshot.entries,
            head: to_hex(&snapshot.head),
            status: snapshot.slot.status,
            last_activity_at: snapshot.slot.last_activity_at,
        },
        bound: snapshot.shopper.is_some(),
        plan,
        now: crate::clock::now_ms(),
    })
}

fn plan(view: shopper::View) -> Plan {
    let state = match (&view.suppressed, view.planned, view.consent_email) {
        (Some(cause), _, _) => cause.clone(),
        (None, true, _) => String::from("waiting"),
        (None, false, false) => String::from("no_consent"),
        (None, false, true) => String::from("idle"),
    };
    let deliveries = view.deliveries.into_iter().chain(view.upcoming).collect();
    Plan {
        state,
        next_wake_at: view.next_wake_at,
        deliveries,
    }
}
