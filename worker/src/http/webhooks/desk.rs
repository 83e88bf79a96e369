//! `GET /v1/webhooks` and `POST /v1/webhooks/replay`: webhooks that could not be taken, and requests that a person has to answer. What
//! they hold is not shown.

use crate::bindings::{Env, Request};
use crate::error::Problem;
use crate::http::{body, merchant};
use crate::intake;
use crate::json::text_of;
use crate::objects::calls::{Kept, KeptState, ShopInput, ShopReply, ask_shop};
use crate::queues::inbound;
use homing_core::ids::ShopId;
use homing_core::platform::Platform;
use serde::{Deserialize, Serialize};

/// Bytes of a list of ids: all that can be kept.
const MAX_BODY: u32 = 65_536;

#[derive(Serialize)]
struct List {
    webhooks: Vec<Listed>,
    /// How many had to go because there was no room, or nobody came for long.
    dropped: u64,
}

#[derive(Serialize)]
struct Listed {
    id: String,
    platform: String,
    topic: String,
    at: u64,
    code: String,
    path: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    ids: Option<Vec<String>>,
    #[serde(default)]
    all: bool,
}

#[derive(Serialize)]
struct Replayed {
    replayed: usize,
    /// Ids of which nothing is kept.
    unknown: Vec<String>,
}

/// Lists them, newest first; `state` is `kept` or `open`.
pub async fn list(request: &Request, env: &Env, query: &str) -> Result<String, Problem> {
    let (shop, _) = merchant::shop(request, env).await?;
    let state = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("state="));
    let state = match state {
        Some("kept") | None => KeptState::Kept,
        Some("open") => KeptState::Open,
        Some(_) => {
            return Err(Problem::Body(String::from("`state` is one of kept, open")));
        }
    };
    let (kept, dropped) = listed(env, shop, state).await?;
    let webhooks = kept.into_iter().map(|kept| Listed {
        id: kept.id,
        platform: kept.platform,
        topic: kept.topic,
        at: kept.at,
        code: kept.code,
        path: kept.path,
    });
    text_of(&List {
        webhooks: webhooks.collect(),
        dropped,
    })
}

/// Has them tried again, each on its own. One that is taken now is gone from the list; one that is not stays in it.
pub async fn replay(request: &Request, env: &Env) -> Result<String, Problem> {
    let (shop, _) = merchant::shop(request, env).await?;
    let asked: Asked = body(request, MAX_BODY).await?;
    let (mut kept, _) = listed(env, shop, KeptState::Kept).await?;
    // Of these nothing is kept but that they came.
    kept.retain(|kept| kept.code != intake::BODY_LOST);
    let (chosen, unknown): (Vec<Kept>, Vec<String>) = match (asked.ids, asked.all) {
        (None, true) => (kept, Vec::new()),
        (Some(ids), false) => {
            let unknown = ids
                .iter()
                .filter(|id| !kept.iter().any(|kept| kept.id == **id));
            let unknown = unknown.cloned().collect();
            let chosen = kept.into_iter().filter(|kept| ids.contains(&kept.id));
            (chosen.collect(), unknown)
        }
        _ => {
            return Err(Problem::Body(String::from(
                "either `ids` or `\"all\": true` says which",
            )));
        }
    };
    for kept in &chosen {
        let message = intake::pack_kept(
            shop,
            &kept.id,
            &kept.platform,
            &kept.topic,
            kept.at,
            kept.triggered_at,
        )?;
        let asks = Platform::parse(&kept.platform).is_some_and(|one| one.asks(&kept.topic));
        let queue = if asks || kept.topic.contains("order") {
            env.orders()
        } else {
            env.inbound()
        };
        inbound::put(&queue, &message).await?;
    }
    text_of(&Replayed {
        replayed: chosen.len(),
        unknown,
    })
}

async fn listed(env: &Env, shop: ShopId, state: KeptState) -> Result<(Vec<Kept>, u64), Problem> {
    match ask_shop(env, shop, &ShopInput::Listed(state)).await? {
        ShopReply::Listed(kept, dropped) => Ok((kept, dropped)),
        _ => Err(Problem::Internal(String::from(
            "the shop answered something else",
        ))),
    }
}
