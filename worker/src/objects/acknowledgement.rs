//! What a Cart answers to a storefront's events, as the text that goes over the wire: the worker between them passes it on.

use crate::config::Deployment;
use crate::error::Problem;
use crate::json::text_of;
use crate::keyring;
use homing_core::ids::{CartId, ShopId};
use homing_core::object::cart::Collected;
use homing_core::token::{LinkPurpose, Token};
use homing_core::wire::CollectReply;

/// How long an intent token works, s. Each answer brings a fresh one.
const INTENT_S: u64 = 7 * 86_400;

/// The answer's JSON.
pub fn json(
    collected: &Collected,
    deployment: &Deployment,
    shop: ShopId,
    cart: CartId,
    now: u64,
) -> Result<String, Problem> {
    text_of(&reply(collected, deployment, shop, cart, now))
}

fn reply(
    collected: &Collected,
    deployment: &Deployment,
    shop: ShopId,
    cart: CartId,
    now: u64,
) -> CollectReply {
    // The first meaningful change of a cart brings a token that reads it on any device.
    let token = collected.meaningful.then(|| {
        let token = Token {
            purpose: LinkPurpose::Intent,
            kid: deployment.keys.current(),
            expires_at_s: u32::try_from((now / 1_000).saturating_add(INTENT_S)).unwrap_or(u32::MAX),
            shop,
            subject: cart.0,
            epoch: u16::try_from(collected.epoch & 0xffff).unwrap_or(0),
            generation: collected.generation,
            ordinal: 0,
        };
        keyring::sign(&token, &deployment.keys)
    });
    CollectReply::new(collected, token.flatten(), now)
}
