//! Email by Resend's HTTP API (`POST /emails`). Its `Idempotency-Key` is kept for 24 hours: the same key and body within that
//! time send nothing twice, so a try of unknown outcome may be repeated.

use crate::config::Deployment;
use crate::error::describe;
use homing_core::delivery::{Mail, Outcome};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;
use wasm_bindgen::JsValue;
use worker::{AbortSignal, Fetch, Headers, Method, Request, RequestInit};

#[derive(Serialize)]
struct Email<'a> {
    from: String,
    to: [&'a str; 1],
    subject: &'a str,
    html: &'a str,
    text: &'a str,
    headers: BTreeMap<&'a str, String>,
}

#[derive(Deserialize)]
struct Accepted {
    id: String,
}

#[derive(Deserialize)]
struct Refused {
    name: Option<String>,
}

/// Sends by Resend within `left` ms.
pub async fn send(deployment: &Deployment, message: &Mail<'_>, left: u64) -> Outcome {
    let Some(key) = &deployment.resend_key else {
        return Outcome::Transient {
            code: String::from("resend_not_configured"),
        };
    };
    let request = match request(deployment, key, message) {
        Ok(request) => request,
        Err(_) => {
            return Outcome::Rejected {
                code: String::from("message_not_buildable"),
                recipient: false,
            };
        }
    };
    let controller = worker::AbortController::default();
    let signal = controller.signal();
    let work = Box::pin(async { exchange(request, &signal).await });
    let limit = Box::pin(worker::Delay::from(Duration::from_millis(left)));
    match futures_util::future::select(work, limit).await {
        futures_util::future::Either::Left((outcome, _)) => outcome,
        futures_util::future::Either::Right(_) => {
            controller.abort();
            Outcome::Unknown {
                code: String::from("resend_timeout"),
            }
        }
    }
}

async fn exchange(request: Request, signal: &AbortSignal) -> Outcome {
    let mut response = match Fetch::Request(request).send_with_signal(signal).await {
        Ok(response) => response,
        Err(_) => {
            return Outcome::Unknown {
                code: String::from("resend_connection"),
            };
        }
    };
    let status = response.status_code();
    let body = response.text().await.unwrap_or_default();
    if (200..300).contains(&status) {
        return match serde_json::from_str::<Accepted>(&body) {
            Ok(accepted) => Outcome::Accepted {
                provider_id: accepted.id.chars().take(120).collect(),
            },
            Err(_) => Outcome::Accepted {
                provider_id: String::new(),
            },
        };
    }
    let name = serde_json::from_str::<Refused>(&body)
        .ok()
        .and_then(|refused| refused.name)
        .unwrap_or_default();
    outcome(status, &name)
}

fn outcome(status: u16, name: &str) -> Outcome {
    let code = format!("resend_{status}");
    match (status, name) {
        // The same key is being worked on: whatever comes of it, nothing was accepted by this try.
        (409, "concurrent_idempotent_requests") | (429, _) => Outcome::Transient { code },
        // The same key with other bytes: an earlier try of ours reached Resend, and we do not know how it ended.
        (409, _) => Outcome::Unknown { code },
        (401 | 403, _) => Outcome::Transient { code },
        (400..=499, _) => Outcome::Rejected {
            code,
            recipient: false,
        },
        _ => Outcome::Unknown { code },
    }
}

fn request(deployment: &Deployment, key: &str, message: &Mail<'_>) -> Result<Request, String> {
    let body = Email {
        from: format!(
            "\"{}\" <{}>",
            message.from_name.replace(['"', '\\'], ""),
            message.from_email
        ),
        to: [message.to.as_str()],
        subject: message.subject,
        html: message.html,
        text: message.text,
        headers: BTreeMap::from([
            ("List-Unsubscribe", format!("<{}>", message.unsubscribe_url)),
            (
                "List-Unsubscribe-Post",
                String::from("List-Unsubscribe=One-Click"),
            ),
        ]),
    };
    let json = serde_json::to_string(&body).map_err(|error| error.to_string())?;
    let headers = Headers::new();
    let set = |name: &str, value: &str| headers.set(name, value).map_err(|error| error.to_string());
    set("authorization", &format!("Bearer {key}"))?;
    set("content-type", "application/json")?;
    set("idempotency-key", message.key)?;
    set("user-agent", "homing/0.1")?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_headers(headers)
        .with_body(Some(JsValue::from_str(&json)));
    Request::new_with_init(&format!("{}/emails", deployment.resend_url), &init)
        .map_err(|error| describe(&error.into()))
}

#[cfg(test)]
mod tests {
    use super::outcome;
    use homing_core::delivery::Outcome;

    #[test]
    fn only_what_is_proved_may_be_tried_again() {
        assert!(matches!(outcome(429, ""), Outcome::Transient { .. }));
        assert!(matches!(
            outcome(422, "validation_error"),
            Outcome::Rejected { .. }
        ));
        assert!(matches!(outcome(500, ""), Outcome::Unknown { .. }));
        assert!(matches!(
            outcome(409, "invalid_idempotent_request"),
            Outcome::Unknown { .. }
        ));
        assert!(matches!(
            outcome(409, "concurrent_idempotent_requests"),
            Outcome::Transient { .. }
        ));
    }
}
