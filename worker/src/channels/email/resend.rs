//! Resend's HTTP API (`POST /emails`, <https://resend.com/docs/api-reference/emails/send-email>). Its `Idempotency-Key` is kept for 24
//! hours: the same key and body within that time send nothing twice, so a try of unknown outcome may be repeated.

use super::DELIVERY_TAG;
use crate::answers::Answer;
use crate::channels::Tried;
use crate::channels::api::{Call, Reading, not_configured, post};
use crate::channels::services::KeyedApi;
use homing_core::delivery::{Mail, Provider};
use homing_core::shop::Carrier;
use homing_core::traceparent::TraceId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Body<'a> {
    from: String,
    to: [&'a str; 1],
    subject: &'a str,
    html: &'a str,
    text: &'a str,
    headers: BTreeMap<&'a str, String>,
    tags: [Tag<'a>; 1],
}

#[derive(Serialize)]
struct Tag<'a> {
    name: &'a str,
    value: &'a str,
}

#[derive(Deserialize)]
struct Accepted {
    id: String,
}

#[derive(Deserialize)]
struct Refused {
    name: Option<String>,
}

const READING: Reading = Reading {
    id: |answer| Some(serde_json::from_str::<Accepted>(&answer.body).ok()?.id),
    name: |answer: &Answer| serde_json::from_str::<Refused>(&answer.body).ok()?.name,
    refuses: |_| false,
};

/// Sends within `left` ms.
pub async fn send(
    api: Option<&KeyedApi>,
    email: &Mail<'_>,
    (left, trace): (u64, Option<TraceId>),
) -> Tried {
    let Some(api) = api else {
        return not_configured(Carrier::Email(Provider::Resend));
    };
    let body = Body {
        from: email.from(),
        to: [email.to],
        subject: email.subject,
        html: email.html,
        text: email.text,
        headers: email.headers().into_iter().collect(),
        tags: [Tag {
            name: DELIVERY_TAG,
            value: email.key,
        }],
    };
    let call = Call {
        carrier: Carrier::Email(Provider::Resend),
        url: format!("{}/emails", api.url),
        headers: vec![
            ("authorization", format!("Bearer {}", api.key)),
            ("idempotency-key", email.key.to_owned()),
        ],
        json: serde_json::to_string(&body).unwrap_or_default(),
        trace,
    };
    post(call, &READING, left).await
}
