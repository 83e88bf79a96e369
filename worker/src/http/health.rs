//! `/healthz`: this isolate answers. `/readyz`: so do the parts that it needs.

use crate::bindings::{self, Env};
use crate::objects::calls::{ShopInput, ask_shop};
use crate::{channels, clock, config, load};
use homing_core::ids::ShopId;
use serde::Serialize;
use std::time::Duration;
use wasm_bindgen::JsValue;

/// Alive.
#[derive(Serialize)]
pub struct Health {
    status: &'static str,
    load: load::Report,
}

impl Health {
    /// How this isolate fares.
    pub fn now() -> Self {
        Self {
            status: "ok",
            load: load::report(clock::now_ms()),
        }
    }
}

#[derive(Serialize)]
struct Ready {
    status: &'static str,
    objects: bool,
    configuration: bool,
    mail: bool,
    /// Whether requests are limited: not where the deployment has no counters, which keeps nobody from working.
    limits: bool,
}

/// No part may take longer than this to say that it is there, ms.
const LIMIT_MS: u64 = 3_000;

/// Asks each part; 503 when one does not answer.
pub async fn ready(env: &Env) -> JsValue {
    let deployment = match config::deployment(env) {
        Ok(deployment) => deployment,
        Err(problem) => return problem.response(None),
    };
    // A shop that never exists: asking it wakes an object and writes nothing.
    let nobody = ShopId([0; 5]);
    let objects = within(async { ask_shop(env, nobody, &ShopInput::Read).await.is_ok() }).await;
    let configuration = within(config::kv_answers(env)).await;
    // Only a mail server on this machine is asked: strangers must not make us knock at a provider's door.
    let local = deployment
        .smtp_url
        .as_deref()
        .is_some_and(|url| url.starts_with("smtp://"));
    let mail = !local || within(channels::smtp_answers(&deployment)).await;
    let all = objects && configuration && mail;
    let ready = Ready {
        status: if all { "ready" } else { "starting" },
        objects,
        configuration,
        mail,
        limits: env.limit_pages().is_some(),
    };
    bindings::respond(
        if all { 200 } else { 503 },
        "application/json",
        serde_json::to_string(&ready).ok().as_deref(),
        None,
    )
}

async fn within(check: impl Future<Output = bool>) -> bool {
    let limit = Box::pin(worker::Delay::from(Duration::from_millis(LIMIT_MS)));
    match futures_util::future::select(Box::pin(check), limit).await {
        futures_util::future::Either::Left((answer, _)) => answer,
        futures_util::future::Either::Right(_) => false,
    }
}
