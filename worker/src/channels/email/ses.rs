//! Amazon SES's HTTP API, version 2 (`POST /v2/email/outbound-emails`,
//! <https://docs.aws.amazon.com/ses/latest/APIReference-V2/API_SendEmail.html>). It takes the raw message. It knows no idempotency key.

use super::{DELIVERY_TAG, mime, sigv4};
use crate::answers::Answer;
use crate::channels::Tried;
use crate::channels::api::{Call, Reading, not_configured, post};
use crate::channels::services::Ses;
use crate::clock;
use homing_core::bytes::to_base64;
use homing_core::delivery::{Mail, Outcome, Provider};
use homing_core::shop::Carrier;
use homing_core::traceparent::TraceId;
use serde::{Deserialize, Serialize};

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Body<'a> {
    from_email_address: String,
    destination: Destination<'a>,
    content: Content,
    email_tags: [Tag<'a>; 1],
    #[serde(skip_serializing_if = "Option::is_none")]
    configuration_set_name: Option<&'a str>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Destination<'a> {
    to_addresses: [&'a str; 1],
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Content {
    raw: Raw,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Raw {
    data: String,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Tag<'a> {
    name: &'a str,
    value: &'a str,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Accepted {
    message_id: String,
}

#[derive(Deserialize)]
struct Refused {
    #[serde(rename = "__type")]
    kind: String,
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
        let header = answer.header("x-amzn-errortype");
        let kind =
            header.or_else(|| Some(serde_json::from_str::<Refused>(&answer.body).ok()?.kind))?;
        // It may stand between a namespace and an address: `com.amazonaws.ses#Kind:http://…`.
        let kind = kind.split(':').next()?;
        Some(kind.rsplit('#').next()?.to_owned())
    },
    refuses: |_| false,
};

/// Sends within `left` ms.
pub async fn send(
    api: Option<&Ses>,
    email: &Mail<'_>,
    (left, trace): (u64, Option<TraceId>),
) -> Tried {
    let Some(api) = api else {
        return not_configured(Carrier::Email(Provider::Ses));
    };
    let unbuildable = || {
        Tried::of(Outcome::Rejected {
            code: String::from("message_not_buildable"),
            recipient: false,
        })
    };
    let Some(raw) = mime::build(email, None) else {
        return unbuildable();
    };
    let body = Body {
        from_email_address: email.from_email.to_owned(),
        destination: Destination {
            to_addresses: [email.to],
        },
        content: Content {
            raw: Raw {
                data: to_base64(&raw),
            },
        },
        email_tags: [Tag {
            name: DELIVERY_TAG,
            value: email.key,
        }],
        configuration_set_name: api.configuration_set.as_deref(),
    };
    let json = serde_json::to_string(&body).unwrap_or_default();
    let signed = sigv4::Signing {
        access_key: &api.access_key,
        secret_key: &api.secret_key,
        region: &api.region,
        service: "ses",
        host: &api.host,
        path: "/v2/email/outbound-emails",
        body: json.as_bytes(),
        now_ms: clock::now_ms(),
    };
    let Some(signature) = signed.sign() else {
        return unbuildable();
    };
    let call = Call {
        carrier: Carrier::Email(Provider::Ses),
        url: format!("{}{}", api.url, signed.path),
        headers: vec![
            ("x-amz-date", signature.date),
            ("x-amz-content-sha256", signature.body_hash),
            ("authorization", signature.authorization),
        ],
        json,
        trace,
    };
    post(call, &READING, left).await
}
