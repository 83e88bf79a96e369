//! `Idempotency-Key`: the same request is done once. Only a request that carries one pays for it.
//!
//! Which requests of a shop were done stands in [`SPREAD`] objects, chosen by the key's hash, so that none of them is a bottleneck. A
//! worker that is ended between doing and writing that down leaves the request under way; once its lease is over it is done again, which
//! is harmless, because each of these operations may be repeated by itself.

use super::routes::{Answer as Act, Call, Who};
use super::{MERCHANT_BODY, merchant, plain};
use crate::bindings::{self, Env, Request};
use crate::error::Problem;
use crate::objects::calls::{RequestsInput, RequestsReply, ask_requests};
use crate::{clock, config, telemetry};
use homing_core::bytes::{from_base64url_any, to_base64url};
use homing_core::idempotency::{Answer, Fingerprint, IdempotencyKey, MAX_ANSWER, Met};
use homing_core::ids::ShopId;
use homing_core::keys::Purpose;
use homing_core::seal;
use js_sys::Uint8Array;
use sha2::{Digest, Sha256};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// Objects among which the keys of one shop are spread.
const SPREAD: u8 = 16;

const JSON: &str = "application/json";

/// Who makes it.
#[derive(Clone, Copy)]
enum Asker {
    Shop(ShopId),
    Operator,
}

impl Asker {
    fn name(self) -> String {
        match self {
            Self::Shop(shop) => shop.to_string(),
            Self::Operator => String::from("operator"),
        }
    }

    /// Whose key seals the answers. No shop has the operator's.
    fn seals_as(self) -> ShopId {
        match self {
            Self::Shop(shop) => shop,
            Self::Operator => ShopId([0; 5]),
        }
    }
}

/// The right to do a request, and to say what was answered.
struct Ticket {
    asker: Asker,
    object: String,
    key: String,
    attempt: u32,
}

/// Does what a server asks for, once where it says so.
pub async fn once(call: Call<'_>, path: &str, who: Who, act: Act<'_>) -> JsValue {
    let Call {
        request,
        env,
        query,
        ..
    } = call;
    let Some(header) = request.headers().get("idempotency-key") else {
        return plain(act.await);
    };
    let ticket = match begin(request, env, (path, query), who, &header).await {
        Ok(Begun::First(ticket)) => ticket,
        Ok(Begun::Unread) => return plain(act.await),
        Ok(Begun::Again(answer)) => {
            return bindings::respond_again(answer.status, JSON, &answer.body);
        }
        Err(problem) => return problem.response(None),
    };
    let outcome = act.await;
    end(env, ticket, outcome.as_deref().ok()).await;
    plain(outcome)
}

enum Begun {
    First(Ticket),
    Again(Answer),
    /// The body is too large to tell it from others: whoever does it says so.
    Unread,
}

async fn begin(
    request: &Request,
    env: &Env,
    target: (&str, &str),
    who: Who,
    header: &str,
) -> Result<Begun, Problem> {
    // First of all: who may not ask does not learn what others were answered.
    let asker = asker(request, env, who).await?;
    let key = IdempotencyKey::parse(header).ok_or(Problem::IdempotencyKey)?;
    let Some(fingerprint) = fingerprint(request, target).await? else {
        return Ok(Begun::Unread);
    };
    // Keys are their callers' words: they are not kept as they are.
    let digest: [u8; 32] = Sha256::digest(key.as_str().as_bytes()).into();
    let [first, ..] = digest;
    let object = format!("{}/{}", asker.name(), first % SPREAD);
    let key = to_base64url(&digest);
    let input = RequestsInput::Begin {
        key: key.clone(),
        fingerprint,
    };
    match ask_requests(env, &object, &input).await? {
        RequestsReply::Met(Met::Begin(attempt)) => Ok(Begun::First(Ticket {
            asker,
            object,
            key,
            attempt,
        })),
        RequestsReply::Met(Met::Done(answer)) => {
            Ok(Begun::Again(opened(env, asker, &key, &answer)?))
        }
        RequestsReply::Met(Met::Conflict) => Err(Problem::IdempotencyConflict),
        RequestsReply::Met(Met::UnderWay(left_ms)) => Err(Problem::IdempotencyUnderWay(
            u32::try_from(left_ms.div_ceil(1_000)).unwrap_or(u32::MAX),
        )),
        RequestsReply::Met(Met::Full) => Err(Problem::Overloaded),
        RequestsReply::Done => Err(Problem::Internal(String::from(
            "the memory of requests answered something else",
        ))),
    }
}

async fn asker(request: &Request, env: &Env, who: Who) -> Result<Asker, Problem> {
    let operator = || merchant::operator(request, env).map(|()| Asker::Operator);
    match who {
        Who::Operator => operator(),
        Who::Owner => match operator() {
            Ok(operator) => Ok(operator),
            Err(_) => Ok(Asker::Shop(merchant::shop(request, env).await?.0)),
        },
        Who::Server(scope) => {
            let (shop, _) = merchant::permitted(request, env, scope).await?;
            Ok(Asker::Shop(shop))
        }
    }
}

async fn fingerprint(
    request: &Request,
    (path, query): (&str, &str),
) -> Result<Option<Fingerprint>, Problem> {
    let body = JsFuture::from(bindings::peek_body(request, MERCHANT_BODY))
        .await
        .map_err(|_| Problem::Body(String::from("it ended early")))?;
    let Ok(body) = body.dyn_into::<Uint8Array>() else {
        return Ok(None);
    };
    let digest = Sha256::new()
        .chain_update(request.method().as_bytes())
        .chain_update([0])
        .chain_update(path.as_bytes())
        .chain_update([0])
        .chain_update(query.as_bytes())
        .chain_update([0])
        .chain_update(body.to_vec())
        .finalize();
    Ok(Some(digest.into()))
}

/// Writes down what was answered. A request that failed has changed nothing: it may be sent again, corrected or as it is.
async fn end(env: &Env, ticket: Ticket, answered: Option<&str>) {
    let Ticket {
        asker,
        object,
        key,
        attempt,
    } = ticket;
    let sealed = answered
        .filter(|body| body.len() <= MAX_ANSWER)
        .and_then(|body| sealed(env, asker, &key, body).ok());
    let input = match sealed {
        Some(body) => RequestsInput::Done {
            key,
            attempt,
            status: 200,
            body,
        },
        None => RequestsInput::Release { key, attempt },
    };
    // It was done, whatever is remembered of it.
    if let Err(problem) = ask_requests(env, &object, &input).await {
        telemetry::error("request_not_remembered", &problem.to_string());
    }
}

/// An answer as it is kept: some hold a secret key.
fn sealed(env: &Env, asker: Asker, key: &str, body: &str) -> Result<String, Problem> {
    let keys = &config::deployment(env)?.keys;
    let sealed = seal::seal(
        keys,
        Purpose::Seal,
        asker.seals_as(),
        key.as_bytes(),
        clock::entropy(),
        body.as_bytes(),
    );
    sealed
        .map(|bytes| to_base64url(&bytes))
        .map_err(|error| Problem::Internal(error.to_string()))
}

fn opened(env: &Env, asker: Asker, key: &str, answer: &Answer) -> Result<Answer, Problem> {
    let keys = &config::deployment(env)?.keys;
    let sealed = std::str::from_utf8(&answer.body)
        .ok()
        .and_then(from_base64url_any)
        .ok_or_else(|| Problem::Internal(String::from("a kept answer is damaged")))?;
    let body = seal::open(
        keys,
        Purpose::Seal,
        asker.seals_as(),
        key.as_bytes(),
        &sealed,
    )
    .map_err(|error| Problem::Internal(error.to_string()))?;
    Ok(Answer {
        status: answer.status,
        body,
    })
}
