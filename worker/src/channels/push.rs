//! Notifications by Web Push (RFC 8030): to the push service that the browser itself has named, encrypted for that browser (RFC 8291) and
//! signed with the deployment's key (RFC 8292). The curve and the cipher are the platform's own.

use super::Tried;
use super::api::{self, Reading};
use super::services::Vapid;
use crate::answers::{self, Answer};
use crate::bindings::{agree_with, seal_record, sign_es256};
use crate::config::Deployment;
use crate::{clock, endpoints, traces};
use homing_core::delivery::{Frozen, Outcome, web_push};
use homing_core::push::{Subscription, encryption, vapid};
use homing_core::traceparent::TraceId;
use js_sys::{Promise, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// A push service names the message by its address (RFC 8030, section 5), and gives its refusals no names that it promises to keep.
const READING: Reading = Reading {
    id: |answer: &Answer| {
        let location = answer.header("location")?;
        Some(location.rsplit('/').next()?.to_owned())
    },
    name: |_| None,
    refuses: |_| false,
};

/// Sends to a browser within so many ms, under a trace.
pub async fn send(
    deployment: &Deployment,
    message: &Frozen,
    (to, contact, keep_s): (&Subscription, &str, u32),
    (left, trace): (u64, Option<TraceId>),
) -> Tried {
    let name = web_push().name;
    let refused = |code: &str, recipient| {
        Tried::uncalled(Outcome::Rejected {
            code: format!("{name}_{code}"),
            recipient,
        })
    };
    let Some(keys) = &deployment.vapid else {
        return Tried::uncalled(Outcome::Transient {
            code: format!("{name}_not_configured"),
        });
    };
    // Checked once more: what this service may call may have changed since.
    if endpoints::called(to.endpoint().as_str(), deployment).is_err() {
        return refused("endpoint", true);
    }
    let Some(shown) = message.shown() else {
        return refused("too_long", false);
    };
    // The browser's own keys are none: nothing can be encrypted for it.
    let Some(body) = encrypted(to, &shown).await else {
        return refused("keys", true);
    };
    if !web_push().takes(&body) {
        return refused("too_long", false);
    }
    let Some(authorization) = signed(keys, to, contact).await else {
        return Tried::uncalled(Outcome::Transient {
            code: format!("{name}_key"),
        });
    };
    let keep_s = keep_s.to_string();
    let trace = trace.map(traces::header);
    let trace = trace.as_deref().map(|trace| ("traceparent", trace));
    let headers = [
        ("authorization", authorization.as_str()),
        ("content-encoding", "aes128gcm"),
        ("content-type", "application/octet-stream"),
        ("ttl", keep_s.as_str()),
        ("urgency", "normal"),
        ("topic", message.topic()),
    ];
    let headers = headers.into_iter().chain(trace);
    let body = JsValue::from(Uint8Array::from(body.as_slice()));
    let Ok(request) = answers::request("POST", to.endpoint().as_str(), headers, Some(body)) else {
        return super::not_buildable();
    };
    match answers::to(request, left, 0).await {
        Ok(answer) => api::judged(web_push(), &answer, &READING),
        Err(ended) => Tried::of(Outcome::Unknown {
            code: format!("{name}_{ended}"),
        }),
    }
}

async fn encrypted(to: &Subscription, shown: &str) -> Option<Vec<u8>> {
    let agreed = bytes(agree_with(to.p256dh())).await?;
    let (sender, secret) = agreed.split_first_chunk::<65>()?;
    let salt = clock::entropy();
    let keys = encryption::keys(to, sender, secret.first_chunk()?, &salt)?;
    let record = encryption::record(shown.as_bytes())?;
    let sealed = bytes(seal_record(&keys.key, &keys.nonce, &record)).await?;
    Some(encryption::body(sender, &salt, &sealed))
}

async fn signed(keys: &Vapid, to: &Subscription, contact: &str) -> Option<String> {
    let unsigned = vapid::unsigned(to.endpoint(), clock::now_ms() / 1_000, contact);
    let [x, y] = &keys.point;
    let signature = bytes(sign_es256(x, y, &keys.private, &unsigned)).await?;
    Some(vapid::authorization(&unsigned, &signature, &keys.public))
}

/// What a promise of bytes brings; nothing where it brings none.
async fn bytes(promise: Promise) -> Option<Vec<u8>> {
    let found = JsFuture::from(promise).await.ok()?;
    let found: Uint8Array = found.dyn_into().ok()?;
    Some(found.to_vec())
}
