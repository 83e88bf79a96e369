//! A webhook on its way through a queue: what has to be known of it, and its body, sealed.
//!
//! The body is sealed under a key of its day (`homing_core::webhook`). A queue's message holds 128 KB; a body that is too large for one lies
//! in KV meanwhile, which every location reads, which takes values of any size that a webhook may have, and which forgets them by itself.

use super::Webhook;
use super::keep::open_kept;
use crate::bindings::Env;
use crate::clock;
use crate::config;
use crate::error::Problem;
use crate::json::text_of;
use crate::stored;
use crate::traces;
use homing_core::bytes::{from_base64url_any, to_base64url, to_hex};
use homing_core::ids::ShopId;
use homing_core::keys::Purpose;
use homing_core::platform::Platform;
use homing_core::seal;
use homing_core::traceparent::TraceId;
use homing_core::webhook::{Day, context};
use serde::{Deserialize, Serialize};

/// Most bytes of a message, as text.
const MAX_MESSAGE: usize = 96 * 1_024;

/// A queue's message.
#[derive(Debug, Serialize, Deserialize)]
pub struct Parcel {
    /// Whose shop.
    pub shop: ShopId,
    /// The platform's name.
    pub platform: String,
    topic: String,
    at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    triggered_at: Option<u64>,
    /// Its trace.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    trace: Option<String>,
    body: Place,
}

/// Where the body is.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Place {
    /// Here: base64url.
    Sealed(String),
    /// In KV, under this name.
    Stored(String),
    /// At the Shop, under this id.
    Kept(String),
}

/// Why a parcel cannot be opened.
#[derive(Debug)]
pub enum Unopened {
    /// For good: its time is over, or it is done with.
    Gone(&'static str),
    /// Its body is not where it was put: KV may show it a little later elsewhere, or has forgotten it.
    Missing,
    /// Where it lies did not answer.
    Later(Problem),
}

impl Parcel {
    /// Its trace; a fresh one where it was packed without.
    pub fn trace(&self) -> TraceId {
        let known = self.trace.as_deref().and_then(TraceId::parse);
        known.unwrap_or_else(traces::fresh)
    }

    /// What has to be known of it, where what it holds cannot be had any more.
    pub fn account(&self) -> (&str, u64, Option<u64>) {
        (&self.topic, self.at, self.triggered_at)
    }
}

/// Seals a webhook for a queue.
pub async fn pack(env: &Env, shop: ShopId, webhook: &Webhook) -> Result<String, Problem> {
    let deployment = config::deployment(env)?;
    let sealed = seal::seal(
        &deployment.keys,
        Purpose::Inbound,
        shop,
        &bound_to(webhook.at, webhook.platform, &webhook.topic),
        clock::entropy(),
        &webhook.body,
    )
    .map_err(|error| Problem::Internal(error.to_string()))?;
    let parcel = |body| Parcel {
        shop,
        platform: webhook.platform.as_str().to_owned(),
        topic: webhook.topic.clone(),
        at: webhook.at,
        triggered_at: webhook.triggered_at,
        trace: Some(webhook.trace.to_string()),
        body,
    };
    let message = text_of(&parcel(Place::Sealed(to_base64url(&sealed))))?;
    if message.len() <= MAX_MESSAGE {
        return Ok(message);
    }
    let name = format!("inbound/{}", to_hex(&clock::entropy::<16>()));
    stored::put(env, &name, &sealed, Day::LONGEST_WAIT_S).await?;
    text_of(&parcel(Place::Stored(name)))
}

/// A message for a webhook that the Shop keeps.
pub fn pack_kept(
    shop: ShopId,
    id: &str,
    platform: &str,
    topic: &str,
    at: u64,
    triggered_at: Option<u64>,
) -> Result<String, Problem> {
    text_of(&Parcel {
        shop,
        platform: platform.to_owned(),
        topic: topic.to_owned(),
        at,
        triggered_at,
        trace: None,
        body: Place::Kept(id.to_owned()),
    })
}

/// Opens a message.
pub async fn unpack(env: &Env, parcel: &Parcel) -> Result<Webhook, Unopened> {
    let platform = Platform::parse(&parcel.platform).ok_or(Unopened::Gone("platform_unknown"))?;
    let (body, kept) = match &parcel.body {
        Place::Sealed(text) => {
            let sealed = from_base64url_any(text).ok_or(Unopened::Gone("damaged"))?;
            (opened(env, parcel, platform, &sealed)?, None)
        }
        Place::Stored(name) => {
            let stored = stored::get(env, name).await.map_err(Unopened::Later)?;
            let sealed = stored.ok_or(Unopened::Missing)?;
            (opened(env, parcel, platform, &sealed)?, None)
        }
        Place::Kept(id) => {
            let body = open_kept(env, parcel.shop, id)
                .await
                .map_err(Unopened::Later)?;
            let body = body.ok_or(Unopened::Gone("done_with"))?;
            (body, Some(id.clone()))
        }
    };
    Ok(Webhook {
        platform,
        topic: parcel.topic.clone(),
        at: parcel.at,
        triggered_at: parcel.triggered_at,
        body,
        kept,
        trace: parcel.trace(),
    })
}

fn opened(
    env: &Env,
    parcel: &Parcel,
    platform: Platform,
    sealed: &[u8],
) -> Result<Vec<u8>, Unopened> {
    if !Day::of(parcel.at).may_open(clock::now_ms()) {
        return Err(Unopened::Gone("too_old"));
    }
    let deployment = config::deployment(env).map_err(Unopened::Later)?;
    let bound = bound_to(parcel.at, platform, &parcel.topic);
    seal::open(
        &deployment.keys,
        Purpose::Inbound,
        parcel.shop,
        &bound,
        sealed,
    )
    .map_err(|_| Unopened::Gone("damaged"))
}

fn bound_to(at: u64, platform: Platform, topic: &str) -> Vec<u8> {
    context(Day::of(at), &[platform.as_str(), topic])
}
