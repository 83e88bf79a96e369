//! Text messages by Twilio's Programmable Messaging (`POST /2010-04-01/Accounts/{sid}/Messages.json`). Its `Messages` resource takes no
//! idempotency key, so a try of unknown outcome is never repeated; a status callback may say later what became of it.
//! Codes: <https://www.twilio.com/docs/api/errors>.

use super::services::Twilio;
use crate::answers;
use crate::config::Deployment;
use crate::traces;
use homing_core::contact::Phone;
use homing_core::delivery::{Feedback, Outcome};
use homing_core::shop::SmsSender;
use homing_core::traceparent::TraceId;
use serde::Deserialize;
use std::time::Duration;
use wasm_bindgen::JsValue;
use worker::{AbortSignal, Fetch, Request};

/// For how long Twilio may keep a text in its queue, s. What it could not send within that time it drops, and says so: a text of the
/// evening must not come at night.
const VALID_S: &str = "900";

/// Bytes of an answer that are worth reading.
const MAX_ANSWER: usize = 16_384;

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
pub async fn send(
    deployment: &Deployment,
    text: Text<'_>,
    (left, trace): (u64, Option<TraceId>),
) -> Outcome {
    let Some(twilio) = &deployment.twilio else {
        return transient("twilio_not_configured");
    };
    let Ok(request) = request(twilio, text, trace) else {
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
    let body = answers::read(&mut response, MAX_ANSWER).await;
    let body = body.ok().flatten().unwrap_or_default();
    if (200..300).contains(&status) {
        let created = serde_json::from_slice::<Created>(&body).ok();
        let sid = created.map_or_else(String::new, |created| created.sid);
        return Outcome::Accepted {
            provider_id: sid.chars().take(64).collect(),
        };
    }
    let refused = serde_json::from_slice::<Refused>(&body).ok();
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

/// What a status callback says of a message, with the id or the code that goes with it; `None` for what is no news.
pub fn feedback(status: &str, sid: &str, code: Option<u32>) -> Option<(Feedback, String)> {
    let feedback = match status {
        "sent" => Feedback::Accepted,
        "delivered" | "read" => Feedback::Delivered,
        "undelivered" | "failed" | "canceled" => {
            let feedback = match code {
                Some(21_610) => Feedback::OptedOut,
                Some(code) if takes_no_texts(code) => Feedback::Unreachable,
                _ => Feedback::Failed,
            };
            let named = code.map_or_else(|| status.to_owned(), |code| code.to_string());
            return Some((feedback, format!("twilio_{named}")));
        }
        _ => return None,
    };
    Some((feedback, sid.chars().take(64).collect()))
}

fn request(
    twilio: &Twilio,
    text: Text<'_>,
    trace: Option<TraceId>,
) -> Result<Request, worker::Error> {
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
    let trace = trace.map(traces::header);
    let trace = trace.as_deref().map(|trace| ("traceparent", trace));
    let headers = [
        ("authorization", twilio.authorization.as_str()),
        ("content-type", "application/x-www-form-urlencoded"),
        ("accept", "application/json"),
    ];
    let url = format!(
        "{}/2010-04-01/Accounts/{}/Messages.json",
        twilio.url, twilio.account
    );
    let body = JsValue::from_str(&form.finish());
    answers::request("POST", &url, headers.into_iter().chain(trace), Some(body))
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
        let said = |status: &str, code| feedback(status, "SM1", code);
        let told = |feedback, detail: &str| Some((feedback, String::from(detail)));
        assert_eq!(said("queued", None), None);
        assert_eq!(said("sent", None), told(Feedback::Accepted, "SM1"));
        assert_eq!(said("delivered", None), told(Feedback::Delivered, "SM1"));
        for (code, feedback) in [
            (30_006, Feedback::Unreachable),
            (30_008, Feedback::Failed),
            (21_610, Feedback::OptedOut),
        ] {
            let detail = format!("twilio_{code}");
            assert_eq!(said("undelivered", Some(code)), told(feedback, &detail));
        }
        assert_eq!(
            said("failed", None),
            told(Feedback::Failed, "twilio_failed")
        );
    }
}
