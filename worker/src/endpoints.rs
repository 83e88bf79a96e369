//! Calls to merchants' endpoints, by Standard Webhooks. Whoever names an address has this service call it: it is checked once more before
//! each call, no redirect is followed, nothing of an answer but its status and `Retry-After` is read, and it has to come in time.

use crate::bindings::Env;
use crate::error::{Problem, describe};
use crate::{clock, config, traces};
use homing_core::endpoint::{Address, Answer, Endpoint, Event, Try};
use homing_core::error::Invalid;
use homing_core::traceparent::TraceId;
use std::time::Duration;
use wasm_bindgen::JsValue;
use worker::{
    AbortController, AbortSignal, Fetch, Headers, Method, Request, RequestInit, RequestRedirect,
};

/// How long an endpoint may take, as Svix has it.
const PATIENCE: Duration = Duration::from_secs(15);

/// Reads a merchant's address.
pub fn address(text: &str, deployment: &config::Deployment) -> Result<Address, Problem> {
    Ok(called(text, deployment)?)
}

/// Reads an address that somebody else has this service call.
pub fn called(text: &str, deployment: &config::Deployment) -> Result<Address, Invalid> {
    let open: Vec<&str> = deployment.open_hosts.iter().map(String::as_str).collect();
    let own = host(&deployment.public_url);
    Address::parse(text, &[own], &open)
}

/// Tells an endpoint of an event, once.
pub async fn send(env: &Env, endpoint: &Endpoint, event: &Event) -> Result<Try, Problem> {
    let deployment = config::deployment(env)?;
    let url = address(endpoint.url.as_str(), &deployment)?;
    let body = event.body();
    let at_s = clock::now_ms() / 1_000;
    let signatures = endpoint
        .signing
        .signatures(
            &deployment.keys,
            (endpoint.shop, endpoint.id),
            (&event.id, at_s, &body),
        )
        .ok_or_else(|| {
            Problem::Internal(format!(
                "the secret of {} belongs to a master key that is not configured any more",
                endpoint.id
            ))
        })?;
    let request = request(&url, event, at_s, &signatures, &body)
        .map_err(|error| Problem::Internal(describe(&error.into())))?;
    let controller = AbortController::default();
    let signal = controller.signal();
    let work = Box::pin(exchange(request, &signal));
    let limit = Box::pin(worker::Delay::from(PATIENCE));
    let answer = match futures_util::future::select(work, limit).await {
        futures_util::future::Either::Left((answer, _)) => answer,
        futures_util::future::Either::Right(_) => Answer::Timeout,
    };
    // What of the answer has not come yet is not wanted.
    controller.abort();
    Ok(Try {
        event: event.id.clone(),
        at: clock::now_ms(),
        answer,
    })
}

async fn exchange(request: Request, signal: &AbortSignal) -> Answer {
    match Fetch::Request(request).send_with_signal(signal).await {
        Ok(response) => {
            let wait = response.headers().get("retry-after").ok().flatten();
            let seconds: Option<u64> = wait.and_then(|text| text.trim().parse().ok());
            Answer::Status {
                status: response.status_code(),
                wait_ms: seconds.map(|seconds| seconds.saturating_mul(1_000)),
            }
        }
        Err(_) => Answer::Connection,
    }
}

fn request(
    url: &Address,
    event: &Event,
    at_s: u64,
    signatures: &str,
    body: &str,
) -> Result<Request, worker::Error> {
    let headers = Headers::new();
    headers.set("content-type", "application/json")?;
    headers.set("user-agent", "homing/0.1")?;
    headers.set("webhook-id", &event.id)?;
    headers.set("webhook-timestamp", &at_s.to_string())?;
    headers.set("webhook-signature", signatures)?;
    if let Some(trace) = event.trace.as_deref().and_then(TraceId::parse) {
        headers.set("traceparent", &traces::header(trace))?;
    }
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual)
        .with_body(Some(JsValue::from_str(body)));
    Request::new_with_init(url.as_str(), &init)
}

/// The host of an absolute URL, without port.
fn host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.split(['/', '?', '#', ':']).next().unwrap_or_default()
}
