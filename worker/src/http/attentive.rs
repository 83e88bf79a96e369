//! `POST /callbacks/attentive/{shop}`: what a shop's subscribers say at Attentive. Each webhook there has a signing key of its own, which
//! stands in the shop's connection: <https://docs.attentive.com/docs/webhook-authentication>.

use super::body_bytes;
use crate::bindings::{Env, Request};
use crate::error::Problem;
use crate::objects::calls::{ShopperAsk, ShopperCall, ask_shopper};
use crate::{clock, config};
use homing_core::callback::{attentive, hex_signature};
use homing_core::delivery::{FlowPlatform, Whom};
use homing_core::ids::ShopId;
use homing_core::object::shopper::Input;
use homing_core::webhook::Unsigned;

/// Bytes of a webhook: one event.
const MAX_BODY: u32 = 65_536;

/// Takes a webhook. It is answered once what it says is written down; an error brings it again, for three days.
pub async fn post(request: &Request, env: &Env, shop: &str) -> Result<String, Problem> {
    let shop: ShopId = shop.parse().map_err(|_| Problem::NotFound)?;
    let view = config::shop(env, shop).await?;
    let keys = &config::deployment(env)?.keys;
    let account = view
        .connections
        .account(FlowPlatform::Attentive.name(), keys)?;
    let secret = account.as_ref().and_then(|it| it.get("webhook_secret"));
    let secret = secret.ok_or(Problem::NotFound)?;
    let body = body_bytes(request, MAX_BODY).await?;
    let given = request.headers().get("x-attentive-hmac-sha256");
    if !given.is_some_and(|given| hex_signature(secret, &given, &body)) {
        return Err(Problem::Unsigned(Unsigned::Wrong));
    }
    let text = std::str::from_utf8(&body).map_err(super::not_utf8)?;
    if super::is_deeper_than(super::MAX_DEPTH, &body) {
        return Err(Problem::Body(String::from("it is nested too deep")));
    }
    let said = attentive(text).map_err(|unreadable| Problem::Body(unreadable.to_string()))?;
    let Some(said) = said else {
        return Ok(String::from(r#"{"taken":0,"passed_over":1}"#));
    };
    let shopper = match &said.who {
        Whom::Number(phone) => view.names.shopper_by_phone(phone.as_str()),
        Whom::Address(email) => view.names.shopper_by_email(email.as_str()),
    };
    let channel = said.channel;
    let input = match said.wanted_at {
        None => Input::Opt {
            channel,
            wanted: false,
        },
        Some(at) => Input::OptIn {
            channel,
            at: at.min(clock::now_ms()),
        },
    };
    let ask = ShopperAsk::Step(input);
    ask_shopper(env, &ShopperCall { shop, shopper, ask }).await?;
    Ok(String::from(r#"{"taken":1,"passed_over":0}"#))
}
