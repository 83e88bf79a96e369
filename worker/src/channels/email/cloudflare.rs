//! The platform's own email service, by the worker's binding `EMAIL`
//! (<https://developers.cloudflare.com/email-service/api/send-emails/workers-api/>). It knows no idempotency key, and no limit in time
//! but ours.

use super::mime;
use crate::bindings::Env;
use crate::channels::api::{not_configured, outcome};
use crate::channels::{Tried, too_large};
use crate::traces;
use homing_core::delivery::{Mail, Outcome, Provider};
use homing_core::shop::Carrier;
use homing_core::traceparent::TraceId;
use js_sys::Reflect;
use serde::Serialize;
use std::collections::BTreeMap;
use std::time::Duration;
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

#[derive(Serialize)]
struct Message<'a> {
    to: &'a str,
    from: Sender<'a>,
    subject: &'a str,
    html: &'a str,
    text: &'a str,
    headers: BTreeMap<&'a str, String>,
}

#[derive(Serialize)]
struct Sender<'a> {
    email: &'a str,
    name: &'a str,
}

/// Sends within so many ms, under a trace.
pub async fn send(env: &Env, email: &Mail<'_>, (left, trace): (u64, Option<TraceId>)) -> Tried {
    let Some(sender) = env.email() else {
        return not_configured(Carrier::Email(Provider::Cloudflare));
    };
    let mut headers = BTreeMap::from_iter(email.headers());
    if let Some(trace) = trace {
        headers.insert(mime::TRACE, traces::header(trace));
    }
    let message = Message {
        to: email.to,
        from: Sender {
            email: email.from_email,
            name: email.from_name,
        },
        subject: email.subject,
        html: email.html,
        text: email.text,
        headers,
    };
    let json = serde_json::to_string(&message).unwrap_or_default();
    if !Provider::Cloudflare.row().takes(json.as_bytes()) {
        return too_large();
    }
    let begun = js_sys::JSON::parse(&json).and_then(|message| sender.send(&message));
    let sent = match begun {
        Ok(promise) => Box::pin(JsFuture::from(promise)),
        Err(error) => return refused(&error),
    };
    let limit = Box::pin(worker::Delay::from(Duration::from_millis(left)));
    match futures_util::future::select(sent, limit).await {
        futures_util::future::Either::Left((Ok(result), _)) => Tried::of(Outcome::Accepted {
            provider_id: text_at(&result, "messageId")
                .unwrap_or_default()
                .chars()
                .take(120)
                .collect(),
        }),
        futures_util::future::Either::Left((Err(error), _)) => refused(&error),
        futures_util::future::Either::Right(_) => Tried::of(Outcome::Unknown {
            code: String::from("cloudflare_timeout"),
        }),
    }
}

/// What it throws has a `code`; what has none proves nothing.
fn refused(error: &JsValue) -> Tried {
    let name = text_at(error, "code").unwrap_or_default();
    let short = name.trim_start_matches("E_").to_ascii_lowercase();
    let code = match short.as_str() {
        "" => String::from("cloudflare_failed"),
        short => format!("cloudflare_{short}"),
    };
    Tried::of(outcome(
        Provider::Cloudflare.proof(0, &name),
        code.chars().take(60).collect(),
    ))
}

fn text_at(value: &JsValue, name: &str) -> Option<String> {
    if !value.is_object() {
        return None;
    }
    Reflect::get(value, &JsValue::from_str(name))
        .ok()?
        .as_string()
}
