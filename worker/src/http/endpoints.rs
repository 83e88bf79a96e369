//! `/v1/endpoints`: where a merchant's own servers hear what happens.

use super::{body, merchant, text_of};
use crate::bindings::{Env, Request};
use crate::error::Problem;
use crate::objects::calls::{EndpointAct, Listed, ShopInput, ShopReply, ask_shop};
use crate::{clock, config, endpoints};
use homing_core::endpoint::{Answer, Endpoint, EndpointId, Interest, Notice, Trouble, Try};
use homing_core::ids::ShopId;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Put {
    url: String,
    events: Option<Vec<String>>,
    enabled: Option<bool>,
}

#[derive(Serialize)]
struct Shown {
    id: EndpointId,
    url: String,
    events: Vec<Interest>,
    enabled: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    disabled_because: Option<Trouble>,
    #[serde(skip_serializing_if = "Option::is_none")]
    failing_since: Option<u64>,
    /// What became of the mail about that.
    #[serde(skip_serializing_if = "Option::is_none")]
    notice: Option<&'static str>,
    created_at: u64,
    waiting: u64,
    resting: u64,
    tries: Vec<Tried>,
    /// Only where it was just made.
    #[serde(skip_serializing_if = "Option::is_none")]
    secret: Option<String>,
}

/// A try, with the status that came back or what came instead.
#[derive(Serialize)]
struct Tried {
    event: String,
    at: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<u16>,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<&'static str>,
}

#[derive(Serialize)]
struct List {
    endpoints: Vec<Shown>,
}

#[derive(Serialize)]
struct Nothing {}

/// Events that one endpoint may name.
const MAX_EVENTS: usize = 50;

/// All endpoints.
pub async fn list(request: &Request, env: &Env) -> Result<String, Problem> {
    let (shop, _) = merchant::shop(request, env).await?;
    let found = ask(env, shop, &ShopInput::Endpoints).await?;
    text_of(&List {
        endpoints: found.into_iter().map(|one| shown(one, None)).collect(),
    })
}

/// Makes one, and shows its secret.
pub async fn post(request: &Request, env: &Env) -> Result<String, Problem> {
    let (shop, _) = merchant::shop(request, env).await?;
    let act = put(body(request, 8_192).await?, env, true)?;
    with_secret(env, shop, EndpointId(clock::entropy()), act).await
}

/// Changes one.
pub async fn change(request: &Request, env: &Env, id: &str) -> Result<String, Problem> {
    let (shop, _) = merchant::shop(request, env).await?;
    let id = id.parse().map_err(|_| Problem::NotFound)?;
    let act = put(body(request, 8_192).await?, env, false)?;
    text_of(&shown(one(env, shop, id, act).await?, None))
}

/// Takes one away, with all that it has not been told.
pub async fn delete(request: &Request, env: &Env, id: &str) -> Result<String, Problem> {
    let (shop, _) = merchant::shop(request, env).await?;
    let id = id.parse().map_err(|_| Problem::NotFound)?;
    one(env, shop, id, EndpointAct::Delete).await?;
    text_of(&Nothing {})
}

/// `POST /v1/endpoints/{id}/{what}`: a test, what rests once more, or a new secret.
pub async fn act(request: &Request, env: &Env, id: &str, what: &str) -> Result<String, Problem> {
    let (shop, _) = merchant::shop(request, env).await?;
    let id = id.parse().map_err(|_| Problem::NotFound)?;
    let act = match what {
        "test" => EndpointAct::Test,
        "replay" => EndpointAct::Replay,
        "secret" => return with_secret(env, shop, id, EndpointAct::Rotate).await,
        _ => return Err(Problem::NotFound),
    };
    text_of(&shown(one(env, shop, id, act).await?, None))
}

fn put(asked: Put, env: &Env, is_new: bool) -> Result<EndpointAct, Problem> {
    let deployment = config::deployment(env)?;
    let events = asked.events.unwrap_or_else(|| vec![String::from("*")]);
    if events.is_empty() || events.len() > MAX_EVENTS {
        return Err(Problem::Body(format!("`events` are 1 to {MAX_EVENTS}")));
    }
    let events: Result<Vec<Interest>, _> = events.into_iter().map(Interest::try_from).collect();
    Ok(EndpointAct::Put {
        url: endpoints::address(&asked.url, &deployment)?,
        events: events?,
        on: asked.enabled,
        is_new,
    })
}

async fn with_secret(
    env: &Env,
    shop: ShopId,
    id: EndpointId,
    act: EndpointAct,
) -> Result<String, Problem> {
    let found = one(env, shop, id, act).await?;
    let keys = &config::deployment(env)?.keys;
    let secret = found.endpoint.signing.secret(keys, shop, id);
    let secret = secret.map(|secret| secret.text());
    text_of(&shown(found, secret))
}

async fn one(env: &Env, shop: ShopId, id: EndpointId, act: EndpointAct) -> Result<Listed, Problem> {
    let found = ask(env, shop, &ShopInput::Endpoint { id, act }).await?;
    found.into_iter().next().ok_or(Problem::NotFound)
}

async fn ask(env: &Env, shop: ShopId, input: &ShopInput) -> Result<Vec<Listed>, Problem> {
    match ask_shop(env, shop, input).await? {
        ShopReply::Endpoints(found) => Ok(found),
        ShopReply::Full => Err(Problem::TooManyEndpoints(Endpoint::MAX)),
        _ => Err(Problem::Internal(String::from(
            "a shop answered something else",
        ))),
    }
}

fn shown(listed: Listed, secret: Option<String>) -> Shown {
    let Listed {
        endpoint,
        waiting,
        resting,
    } = listed;
    let Endpoint {
        id,
        url,
        events,
        health,
        created_at,
        ..
    } = endpoint;
    Shown {
        id,
        url: url.as_str().to_owned(),
        events,
        enabled: health.is_on(),
        disabled_because: health.off,
        failing_since: health.failing_since,
        notice: health.notice.as_ref().map(Notice::word),
        created_at,
        waiting,
        resting,
        tries: health.tries.into_iter().map(tried).collect(),
        secret,
    }
}

fn tried(one: Try) -> Tried {
    let Try { event, at, answer } = one;
    let (status, error) = match answer {
        Answer::Status { status, .. } => (Some(status), None),
        Answer::Timeout => (None, Some("timeout")),
        Answer::Connection => (None, Some("connection")),
    };
    Tried {
        event,
        at,
        status,
        error,
    }
}
