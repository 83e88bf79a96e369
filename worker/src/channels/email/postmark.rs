//! Postmark's HTTP API (`POST /email`, <https://postmarkapp.com/developer/api/email-api>). It knows no idempotency key.

use super::DELIVERY_TAG;
use crate::answers::Answer;
use crate::channels::Tried;
use crate::channels::api::{Call, Reading, not_configured, post};
use crate::channels::services::Postmark;
use homing_core::delivery::{Mail, Provider};
use homing_core::shop::Carrier;
use homing_core::traceparent::TraceId;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    from: String,
    to: &'a str,
    subject: &'a str,
    html_body: &'a str,
    text_body: &'a str,
    headers: Vec<Header>,
    metadata: BTreeMap<&'a str, &'a str>,
    message_stream: &'a str,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Header {
    name: &'static str,
    value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Accepted {
    #[serde(rename = "MessageID")]
    message_id: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Refused {
    error_code: u32,
}

const READING: Reading = Reading {
    id: |answer| {
        Some(
            serde_json::from_str::<Accepted>(&answer.body)
                .ok()?
                .message_id,
        )
    },
    name: |answer: &Answer| {
        let refused = serde_json::from_str::<Refused>(&answer.body).ok()?;
        Some(refused.error_code.to_string())
    },
    refuses: |_| false,
};

/// Sends within `left` ms.
pub async fn send(
    api: Option<&Postmark>,
    email: &Mail<'_>,
    (left, trace): (u64, Option<TraceId>),
) -> Tried {
    let Some(api) = api else {
        return not_configured(Carrier::Email(Provider::Postmark));
    };
    let body = Body {
        from: email.from(),
        to: email.to,
        subject: email.subject,
        html_body: email.html,
        text_body: email.text,
        headers: email
            .headers()
            .into_iter()
            .map(|(name, value)| Header { name, value })
            .collect(),
        metadata: BTreeMap::from([(DELIVERY_TAG, email.key)]),
        message_stream: &api.stream,
    };
    let call = Call {
        carrier: Carrier::Email(Provider::Postmark),
        url: format!("{}/email", api.url),
        headers: vec![("x-postmark-server-token", api.token.clone())],
        json: serde_json::to_string(&body).unwrap_or_default(),
        trace,
    };
    post(call, &READING, left).await
}
