//! `POST /v1/collect`: events in, acknowledgement and what the browser does not know out.

use super::{beacon, body, text_of};
use crate::bindings::{Env, Request};
use crate::config::{self, Deployment};
use crate::error::Problem;
use crate::objects::calls::{CartCall, ask_cart};
use crate::{clock, links};
use homing_core::ids::{CartId, CartSecret};
use homing_core::keys::ApiKey;
use homing_core::object::cart::{Collected, Input, Reply};
use homing_core::token::{LinkPurpose, Token};
use homing_core::wire::{CollectReply, CollectRequest, DotChange, Refused};

/// Beacons and keepalive requests share 64 KiB in browsers; a larger body is no storefront's.
pub const MAX_BODY: u32 = 65_536;
/// How long an intent token works, s. Each answer brings a fresh one.
const INTENT_S: u64 = 7 * 86_400;

/// Takes a storefront's events.
pub async fn post(request: &Request, env: &Env, origin: Option<String>) -> Result<String, Problem> {
    let beacon: CollectRequest = body(request, MAX_BODY).await?;
    let deployment = config::deployment(env)?;
    let key = ApiKey::parse_publishable(&beacon.key, &deployment.keys).map_err(|_| Problem::Key)?;
    let secret: CartSecret = beacon.cart.parse()?;
    let shop = config::shop(env, key.shop).await?;
    beacon::check_origin(&shop, origin.as_deref())?;
    beacon::check_serial(&shop, key.serial)?;
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
    let collect = beacon::parse(beacon, &shop, cart, now, fork)?;
    let call = CartCall {
        shop: shop.id,
        cart,
        input: Input::Collect(collect),
    };
    match ask_cart(env, &shop.names.cart(cart), &call).await? {
        Reply::Collected(collected) => text_of(&reply(collected, &deployment, &call, now)),
        _ => Err(Problem::Internal(String::from(
            "a cart answered something else",
        ))),
    }
}

fn reply(collected: Collected, deployment: &Deployment, call: &CartCall, now: u64) -> CollectReply {
    // The first meaningful change of a cart brings a token that reads it on any device.
    let token = collected.meaningful.then(|| {
        let token = Token {
            purpose: LinkPurpose::Intent,
            kid: deployment.keys.current(),
            expires_at_s: u32::try_from((now / 1_000).saturating_add(INTENT_S)).unwrap_or(u32::MAX),
            shop: call.shop,
            subject: call.cart.0,
            epoch: u16::try_from(collected.epoch & 0xffff).unwrap_or(0),
            generation: collected.generation,
            ordinal: 0,
        };
        token.sign(&deployment.keys)
    });
    CollectReply {
        acked: collected.acked.iter().map(ToString::to_string).collect(),
        refused: collected
            .refused
            .iter()
            .map(|(id, refusal)| Refused {
                id: id.to_string(),
                code: refusal.code().to_owned(),
            })
            .collect(),
        seq: collected.seq,
        epoch: collected.epoch,
        full: collected.full,
        dots: collected.changes.iter().map(DotChange::from).collect(),
        clock: collected.clock.to_string(),
        token: token.flatten(),
        now,
        rebind: collected.rebind.then_some(true),
    }
}
