//! Text messages by Twilio's Programmable Messaging (`POST /2010-04-01/Accounts/{sid}/Messages.json`). Its `Messages` resource takes no
//! idempotency key, so a try of unknown outcome is never repeated; a status callback may say later what became of it.
//! Codes: <https://www.twilio.com/docs/api/errors>.

use crate::config::{Deployment, Twilio};
use crate::error::describe;
use homing_core::contact::Phone;
use homing_core::delivery::{Outcome, Receipt};
use homing_core::shop::SmsSender;
use serde::Deserialize;
use std::time::Duration;
use wasm_bindgen::JsValue;
use worker::{AbortSignal, Fetch, Headers, Method, Request, RequestInit};

/// For how long Twilio may keep a text in its queue, s. What it could not send within that time it drops, and says so: a text of the
/// evening must not come at night.
const VALID_S: &str = "900";

/// A text, to whom, from what.
#[derive(Clone, Copy)]
pub struct Text<'a> {
    /// To whom.
    pub to: &'a Phone,
    /// From what.
    pub from: &'a SmsSender,
    /// What it says.
    pub text: &'a str,
    /// Where Twilio tells what became of it.
    pub callback_url: &'a str,
}

#[derive(Deserialize)]
struct Created {
    sid: String,
}

#[derive(Deserialize)]
struct Refused {
    code: Option<u32>,
}

/// Sends by Twilio within `left` ms.
pub async fn send(deployment: &Deployment, text: Text<'_>, left: u64) -> Outcome {
    let Some(twilio) = &deployment.twilio else {
        return transient("twilio_not_configured");
    };
    let Ok(request) = request(twilio, text) else {
        return Outcome::Rejected {
            code: String::from("message_not_buildable"),
            recipient: false,
        };
    };
    let controller = worker::AbortController::default();
    let signal = controller.signal();
    let work = Box::pin(exchange(request, &signal));
    let limit = Box::pin(worker::Delay::from(Duration::from_millis(left)));
    match futures_util::future::select(work, limit).await {
        futures_util::future::Either::Left((outcome, _)) => outcome,
        futures_util::future::Either::Right(_) => {
            controller.abort();
            unknown("twilio_timeout")
        }
    }
}

async fn exchange(request: Request, signal: &AbortSignal) -> Outcome {
    let Ok(mut response) = Fetch::Request(request).send_with_signal(signal).await else {
        return unknown("twilio_connection");
    };
    let status = response.status_code();
    let body = response.text().await.unwrap_or_default();
    if (200..300).contains(&status) {
        let created = serde_json::from_str::<Created>(&body).ok();
        let sid = created.map_or_else(String::new, |created| created.sid);
        return Outcome::Accepted {
            provider_id: sid.chars().take(64).collect(),
        };
    }
    let refused = serde_json::from_str::<Refused>(&body).ok();
    outcome(status, refused.and_then(|refused| refused.code))
}

fn outcome(status: u16, code: Option<u32>) -> Outcome {
    let named = format!("twilio_{}", code.unwrap_or(u32::from(status)));
    match (status, code) {
        // The number has answered STOP to this sender.
        (400..=499, Some(21_610)) => Outcome::OptedOut { code: named },
        // Too much at once, for the account or for the number.
        (429, _) | (400..=499, Some(20_429 | 14_107 | 21_611)) => {
            Outcome::Transient { code: named }
        }
        // The deployment's own credentials or account: somebody will put them right.
        (401 | 403 | 404, _) => Outcome::Transient { code: named },
        (400..=499, code) => Outcome::Rejected {
            code: named,
            recipient: code.is_some_and(takes_no_texts),
        },
        // Nothing says that a server which failed has not taken the text before.
        _ => Outcome::Unknown { code: named },
    }
}

/// Whether a code says that the number cannot take any text: no number, no mobile, a landline, or nobody's.
fn takes_no_texts(code: u32) -> bool {
    matches!(code, 21_211 | 21_614 | 21_635 | 30_005 | 30_006)
}

/// What a status callback says of a message; `None` for what is no news.
pub fn receipt(status: &str, sid: &str, code: Option<u32>) -> Option<Receipt> {
    match status {
        "sent" | "delivered" | "read" => Some(Receipt::Accepted {
            provider_id: sid.chars().take(64).collect(),
        }),
        "undelivered" | "failed" | "canceled" => Some(Receipt::Failed {
            code: code.map_or_else(
                || format!("twilio_{status}"),
                |code| format!("twilio_{code}"),
            ),
            recipient: code.is_some_and(takes_no_texts),
            opted_out: code == Some(21_610),
        }),
        _ => None,
    }
}

fn request(twilio: &Twilio, text: Text<'_>) -> Result<Request, String> {
    let mut form = form_urlencoded::Serializer::new(String::new());
    form.append_pair("To", text.to.as_str());
    let from = if text.from.is_service() {
        "MessagingServiceSid"
    } else {
        "From"
    };
    form.append_pair(from, text.from.as_str());
    form.append_pair("Body", text.text);
    form.append_pair("ValidityPeriod", VALID_S);
    if twilio.auth_token.is_some() {
        // A callback that cannot be checked would be of no use.
        form.append_pair("StatusCallback", text.callback_url);
    }
    let headers = Headers::new();
    let set = |name: &str, value: &str| headers.set(name, value).map_err(|error| error.to_string());
    set("authorization", &twilio.authorization)?;
    set("content-type", "application/x-www-form-urlencoded")?;
    set("accept", "application/json")?;
    let mut init = RequestInit::new();
    init.with_method(Method::Post)
        .with_headers(headers)
        .with_redirect(worker::RequestRedirect::Manual)
        .with_body(Some(JsValue::from_str(&form.finish())));
    let url = format!(
        "{}/2010-04-01/Accounts/{}/Messages.json",
        twilio.url, twilio.account
    );
    Request::new_with_init(&url, &init).map_err(|error| describe(&error.into()))
}

fn transient(code: &str) -> Outcome {
    Outcome::Transient {
        code: String::from(code),
    }
}

fn unknown(code: &str) -> Outcome {
    Outcome::Unknown {
        code: String::from(code),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_proved_may_be_tried_again() {
        assert!(matches!(
            outcome(429, Some(20_429)),
            Outcome::Transient { .. }
        ));
        assert!(matches!(
            outcome(401, Some(20_003)),
            Outcome::Transient { .. }
        ));
        assert!(matches!(
            outcome(400, Some(21_610)),
            Outcome::OptedOut { code } if code == "twilio_21610"
        ));
        for code in [21_211, 21_614] {
            assert!(matches!(
                outcome(400, Some(code)),
                Outcome::Rejected {
                    recipient: true,
                    ..
                }
            ));
        }
        assert!(matches!(
            outcome(400, Some(21_606)),
            Outcome::Rejected {
                recipient: false,
                ..
            }
        ));
        for status in [302, 500, 502, 503] {
            assert!(matches!(outcome(status, None), Outcome::Unknown { .. }));
        }
    }

    #[test]
    fn callbacks_say_what_became_of_it() {
        assert_eq!(receipt("queued", "SM1", None), None);
        assert!(matches!(
            receipt("delivered", "SM1", None),
            Some(Receipt::Accepted { provider_id }) if provider_id == "SM1"
        ));
        assert_eq!(
            receipt("undelivered", "SM1", Some(30_006)),
            Some(Receipt::Failed {
                code: String::from("twilio_30006"),
                recipient: true,
                opted_out: false,
            })
        );
        assert!(matches!(
            receipt("failed", "SM1", Some(30_008)),
            Some(Receipt::Failed {
                recipient: false,
                ..
            })
        ));
    }
}
