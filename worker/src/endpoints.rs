//! Calls to merchants' endpoints, by Standard Webhooks. Whoever names an address has this service call it: it is checked once more before
//! each call, no redirect is followed, nothing of an answer but its status and `Retry-After` is read, and it has to come in time.

use crate::answers;
use crate::bindings::Env;
use crate::error::{Problem, describe};
use crate::{clock, config, traces};
use homing_core::endpoint::{Address, Answer, Endpoint, Event, Try};
use homing_core::errand::Service;
use homing_core::error::Invalid;
use homing_core::traceparent::TraceId;
use wasm_bindgen::JsValue;
use worker::Request;

/// Reads a merchant's address.
pub fn address(text: &str, deployment: &config::Deployment) -> Result<Address, Problem> {
    Ok(called(text, deployment)?)
}

/// Reads an address that somebody else has this service call.
pub fn called(text: &str, deployment: &config::Deployment) -> Result<Address, Invalid> {
    let own: Vec<&str> = deployment.own_hosts.iter().map(String::as_str).collect();
    let open: Vec<&str> = deployment.open_hosts.iter().map(String::as_str).collect();
    Address::parse(text, &own, &open)
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
    let answer = match answers::to(request, Service::Endpoints.row().timeout_ms, 0).await {
        Ok(answer) => Answer::Status {
            status: answer.status,
            wait_ms: answer.wait_ms(),
        },
        Err("timeout") => Answer::Timeout,
        Err(_) => Answer::Connection,
    };
    Ok(Try {
        event: event.id.clone(),
        at: clock::now_ms(),
        answer,
    })
}

fn request(
    url: &Address,
    event: &Event,
    at_s: u64,
    signatures: &str,
    body: &str,
) -> Result<Request, worker::Error> {
    let at_s = at_s.to_string();
    let trace = event.trace.as_deref().and_then(TraceId::parse);
    let trace = trace.map(traces::header);
    let trace = trace.as_deref().map(|trace| ("traceparent", trace));
    let headers = [
        ("content-type", "application/json"),
        ("user-agent", "homing/0.1"),
        ("webhook-id", event.id.as_str()),
        ("webhook-timestamp", at_s.as_str()),
        ("webhook-signature", signatures),
    ];
    let headers = headers.into_iter().chain(trace);
    answers::request("POST", url.as_str(), headers, Some(JsValue::from_str(body)))
}
