//! Text messages by Twilio's Programmable Messaging (`POST /2010-04-01/Accounts/{sid}/Messages.json`). Its `Messages` resource takes no
//! idempotency key, so a try of unknown outcome is never repeated; a status callback may say later what became of it.
//! Codes: <https://www.twilio.com/docs/api/errors>.

use super::api;
use super::services::Twilio;
use super::{Tried, too_large};
use crate::answers;
use crate::config::Deployment;
use crate::traces;
use homing_core::contact::Phone;
use homing_core::delivery::{Feedback, Outcome, Proof, TWILIO};
use homing_core::shop::SmsSender;
use homing_core::traceparent::TraceId;
use serde::Deserialize;
use wasm_bindgen::JsValue;
use worker::Request;

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

/// Sends by Twilio within `left` ms. A status proves what it proves, however slowly its body follows: without that only the text's id, or
/// the code of a refusal, is not known.
pub async fn send(
    deployment: &Deployment,
    text: Text<'_>,
    (left, trace): (u64, Option<TraceId>),
) -> Tried {
    let Some(twilio) = &deployment.twilio else {
        return Tried::of(Outcome::Transient {
            code: String::from("twilio_not_configured"),
        });
    };
    if !TWILIO.takes(text.text.as_bytes()) {
        return too_large();
    }
    let Ok(request) = request(twilio, text, trace) else {
        return super::not_buildable();
    };
    let answer = match answers::to(request, left, MAX_ANSWER).await {
        Ok(answer) => answer,
        Err(ended) => {
            return Tried::of(Outcome::Unknown {
                code: format!("twilio_{ended}"),
            });
        }
    };
    if (200..300).contains(&answer.status) {
        let created = serde_json::from_str::<Created>(&answer.body).ok();
        let sid = created.map_or_else(String::new, |created| created.sid);
        return Tried::of(Outcome::Accepted {
            provider_id: sid.chars().take(64).collect(),
        });
    }
    let refused = serde_json::from_str::<Refused>(&answer.body).ok();
    let code = refused.and_then(|refused| refused.code);
    let is_unread = code.is_none() && (400..500).contains(&answer.status);
    let code = code.map_or_else(|| answer.status.to_string(), |code| code.to_string());
    // Without its code a refusal proves that the text was not taken, and not that it never will be.
    let proof = match TWILIO.proof(answer.status, &code) {
        Proof::Rejected if is_unread => Proof::Transient,
        proof => proof,
    };
    Tried {
        retry_after_ms: answer.wait_ms(),
        ..Tried::of(api::outcome(proof, format!("{}_{code}", TWILIO.name)))
    }
}

/// What a status callback says of a message, with the id or the code that goes with it; `None` for what is no news.
pub fn feedback(status: &str, sid: &str, code: Option<u32>) -> Option<(Feedback, String)> {
    let feedback = match status {
        "sent" => Feedback::Accepted,
        "delivered" | "read" => Feedback::Delivered,
        "undelivered" | "failed" | "canceled" => {
            let named = code.map_or_else(|| status.to_owned(), |code| code.to_string());
            // Codes mean the same as under a refusal.
            let feedback = match TWILIO.proof(400, &named) {
                Proof::OptedOut => Feedback::OptedOut,
                Proof::Recipient => Feedback::Unreachable,
                _ => Feedback::Failed,
            };
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

#[cfg(test)]
mod tests {
    use super::*;

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
