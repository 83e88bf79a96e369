//! Twilio SendGrid's HTTP API (`POST /v3/mail/send`, <https://www.twilio.com/docs/sendgrid/api-reference/mail-send/mail-send>). It knows
//! no idempotency key.

use super::DELIVERY_TAG;
use crate::channels::Tried;
use crate::channels::api::{Call, Reading, not_configured, post};
use crate::channels::services::KeyedApi;
use homing_core::delivery::{Mail, Provider};
use homing_core::shop::Carrier;
use homing_core::traceparent::TraceId;
use serde::Serialize;
use std::collections::BTreeMap;

#[derive(Serialize)]
struct Body<'a> {
    personalizations: [Personalization<'a>; 1],
    from: Sender<'a>,
    subject: &'a str,
    content: [Content<'a>; 2],
    headers: BTreeMap<&'a str, String>,
    custom_args: BTreeMap<&'a str, &'a str>,
}

#[derive(Serialize)]
struct Personalization<'a> {
    to: [Recipient<'a>; 1],
}

#[derive(Serialize)]
struct Recipient<'a> {
    email: &'a str,
}

#[derive(Serialize)]
struct Sender<'a> {
    email: &'a str,
    name: &'a str,
}

#[derive(Serialize)]
struct Content<'a> {
    #[serde(rename = "type")]
    kind: &'a str,
    value: &'a str,
}

const READING: Reading = Reading {
    id: |answer| answer.header("x-message-id"),
    // Its errors are sentences; nothing in them is promised to stay.
    name: |_| None,
    refuses: |_| false,
};

/// Sends within `left` ms.
pub async fn send(
    api: Option<&KeyedApi>,
    email: &Mail<'_>,
    (left, trace): (u64, Option<TraceId>),
) -> Tried {
    let Some(api) = api else {
        return not_configured(Carrier::Email(Provider::Sendgrid));
    };
    let body = Body {
        personalizations: [Personalization {
            to: [Recipient { email: email.to }],
        }],
        from: Sender {
            email: email.from_email,
            name: email.from_name,
        },
        subject: email.subject,
        // Plain text has to come first.
        content: [
            Content {
                kind: "text/plain",
                value: email.text,
            },
            Content {
                kind: "text/html",
                value: email.html,
            },
        ],
        headers: email.headers().into_iter().collect(),
        custom_args: BTreeMap::from([(DELIVERY_TAG, email.key)]),
    };
    let call = Call {
        carrier: Carrier::Email(Provider::Sendgrid),
        url: format!("{}/v3/mail/send", api.url),
        headers: vec![("authorization", format!("Bearer {}", api.key))],
        json: serde_json::to_string(&body).unwrap_or_default(),
        trace,
    };
    post(call, &READING, left).await
}
