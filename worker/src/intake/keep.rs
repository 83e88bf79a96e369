//! Webhooks that a person has to see: sealed at the shop's desk.

use super::{Parcel, Webhook};
use crate::bindings::Env;
use crate::error::Problem;
use crate::objects::calls::{Kept, KeptState, ShopInput, ShopReply, ask_shop};
use crate::{clock, config};
use homing_core::bytes::{from_base64url_any, to_base64url, to_hex};
use homing_core::ids::ShopId;
use homing_core::keys::Purpose;
use homing_core::seal;
use sha2::{Digest, Sha256};

/// Keeps a webhook. The same one again is the same there.
pub async fn keep(
    env: &Env,
    shop: ShopId,
    webhook: &Webhook,
    state: KeptState,
    code: &str,
    path: &str,
) -> Result<(), Problem> {
    let id = webhook.kept.clone().unwrap_or_else(|| name(webhook));
    let keys = &config::deployment(env)?.keys;
    let context = id.as_bytes();
    let sealed = seal::seal(
        keys,
        Purpose::Kept,
        shop,
        context,
        clock::entropy(),
        &webhook.body,
    )
    .map_err(|error| Problem::Internal(error.to_string()))?;
    let kept = Kept {
        state,
        platform: webhook.platform.as_str().to_owned(),
        topic: webhook.topic.clone(),
        at: webhook.at,
        triggered_at: webhook.triggered_at,
        code: code.to_owned(),
        path: path.to_owned(),
        sealed: to_base64url(&sealed),
        id,
    };
    ask_shop(env, shop, &ShopInput::Keep(kept)).await?;
    Ok(())
}

/// Why a webhook is kept of which nothing is left but that it came.
pub const BODY_LOST: &str = "body_lost";

/// Keeps that a webhook came whose body cannot be opened any more, so that a person can look at the platform for what it said.
pub async fn keep_lost(env: &Env, parcel: &Parcel, code: &str) -> Result<(), Problem> {
    let (topic, at, triggered_at) = parcel.account();
    let digest = Sha256::new()
        .chain_update(b"homing/lost/v1")
        .chain_update(&parcel.platform)
        .chain_update([0])
        .chain_update(topic)
        .chain_update(at.to_be_bytes())
        .chain_update(parcel.trace().to_string())
        .finalize();
    let (first, _) = digest.split_at(16);
    let kept = Kept {
        id: format!("whk_{}", to_hex(first)),
        state: KeptState::Kept,
        platform: parcel.platform.clone(),
        topic: topic.to_owned(),
        at,
        triggered_at,
        code: BODY_LOST.to_owned(),
        path: code.to_owned(),
        sealed: String::new(),
    };
    ask_shop(env, parcel.shop, &ShopInput::Keep(kept)).await?;
    Ok(())
}

/// The body of one that is kept; `None` where it is not there any more.
pub async fn open_kept(env: &Env, shop: ShopId, id: &str) -> Result<Option<Vec<u8>>, Problem> {
    let ShopReply::Opened(kept) = ask_shop(env, shop, &ShopInput::Open(id.to_owned())).await?
    else {
        return Err(Problem::Internal(String::from(
            "the shop answered something else",
        )));
    };
    let Some(kept) = kept.filter(|kept| kept.code != BODY_LOST && !kept.sealed.is_empty()) else {
        return Ok(None);
    };
    let damaged = || Problem::Internal(String::from("a webhook that was kept cannot be opened"));
    let sealed = from_base64url_any(&kept.sealed).ok_or_else(damaged)?;
    let keys = &config::deployment(env)?.keys;
    seal::open(keys, Purpose::Kept, shop, id.as_bytes(), &sealed)
        .map(Some)
        .map_err(|_| damaged())
}

/// What comes again has the same name.
fn name(webhook: &Webhook) -> String {
    let digest = Sha256::new()
        .chain_update(b"homing/kept/v1")
        .chain_update(webhook.platform.as_str())
        .chain_update([0])
        .chain_update(&webhook.topic)
        .chain_update([0])
        .chain_update(&webhook.body)
        .finalize();
    let (first, _) = digest.split_at(16);
    format!("whk_{}", to_hex(first))
}
