//! One call of a provider's HTTP API, and what its answer proves by the provider's row of the table.

use super::Tried;
use crate::answers::{self, Answer};
use crate::clock;
use crate::traces;
use homing_core::delivery::{Outcome, Proof, Row};
use homing_core::shop::Carrier;
use homing_core::traceparent::TraceId;
use wasm_bindgen::JsValue;
use worker::Request;

/// Bytes of an answer that are worth reading.
const MAX_ANSWER: usize = 16_384;

/// What is posted.
pub struct Call {
    pub carrier: Carrier,
    pub url: String,
    pub headers: Vec<(&'static str, String)>,
    pub json: String,
    /// Told as `traceparent`.
    pub trace: Option<TraceId>,
}

/// How a provider writes what has to be read of its answers.
pub struct Reading {
    /// Its id for what it accepted.
    pub id: fn(&Answer) -> Option<String>,
    /// Its own name for why it refused.
    pub name: fn(&Answer) -> Option<String>,
    /// Whether what it says under a status of success is a refusal all the same.
    pub refuses: fn(&Answer) -> bool,
}

/// A provider whose status tells all.
pub const STATUS_ALONE: Reading = Reading {
    id: |_| None,
    name: |_| None,
    refuses: |_| false,
};

/// A try at a provider whose secret is not set: nothing was sent, and it may be set later.
pub fn not_configured(carrier: Carrier) -> Tried {
    Tried::of(Outcome::Transient {
        code: format!("{}_not_configured", carrier.name()),
    })
}

/// Posts and waits at most `left` ms.
pub async fn post(call: Call, reading: &Reading, left: u64) -> Tried {
    let (carrier, row) = (call.carrier, call.carrier.row());
    if !row.takes(call.json.as_bytes()) {
        return super::too_large();
    }
    let Ok(request) = request(&call) else {
        return super::not_buildable();
    };
    match answers::to(request, left, MAX_ANSWER).await {
        Ok(answer) => judged(row, &answer, reading),
        Err(ended) => Tried::of(Outcome::Unknown {
            code: format!("{}_{ended}", carrier.name()),
        }),
    }
}

/// What an answer proves by the provider's row.
pub fn judged(row: &Row, answer: &Answer, reading: &Reading) -> Tried {
    let code = format!("{}_{}", row.name, answer.status);
    if (200..300).contains(&answer.status) {
        if (reading.refuses)(answer) {
            return Tried::of(outcome(Proof::Rejected, code));
        }
        let id = (reading.id)(answer).unwrap_or_default();
        return Tried::of(Outcome::Accepted {
            provider_id: id.chars().take(120).collect(),
        });
    }
    let name = (reading.name)(answer).unwrap_or_default();
    let proof = row.proof(answer.status, &name);
    Tried {
        retry_after_ms: retry_after_ms(
            answer.status,
            |name| answer.header(name),
            clock::now_ms(),
            js_sys::Date::parse,
        ),
        ..Tried::of(outcome(proof, code))
    }
}

/// The outcome that is as sure as the proof.
pub fn outcome(proof: Proof, code: String) -> Outcome {
    match proof {
        Proof::Transient => Outcome::Transient { code },
        Proof::Rejected | Proof::Recipient => Outcome::Rejected {
            code,
            recipient: proof == Proof::Recipient,
        },
        Proof::OptedOut => Outcome::OptedOut { code },
        Proof::Nothing => Outcome::Unknown { code },
    }
}

/// How long the provider wants to be left alone, ms: `Retry-After` in seconds or as a date (RFC 9110, 10.2.3), or where it refuses for too
/// much at once SendGrid's `X-RateLimit-Reset`, in seconds of Unix time. That one comes with every answer of SendGrid's, and asks for
/// nothing by itself (<https://www.twilio.com/docs/sendgrid/api-reference/how-to-use-the-sendgrid-v3-api/rate-limits>).
fn retry_after_ms(
    status: u16,
    header: impl Fn(&str) -> Option<String>,
    now: u64,
    parse_date: impl Fn(&str) -> f64,
) -> Option<u64> {
    if let Some(text) = header("retry-after") {
        if let Ok(seconds) = text.trim().parse::<u64>() {
            return Some(seconds.saturating_mul(1_000));
        }
        let at = clock::whole_ms(parse_date(&text));
        return (at > 0).then(|| at.saturating_sub(now));
    }
    let asks = (status == 429).then_some("x-ratelimit-reset")?;
    let reset: u64 = header(asks)?.trim().parse().ok()?;
    // Some count from now, and some since 1970.
    let at = reset.saturating_mul(1_000);
    (at > now).then(|| at.saturating_sub(now))
}

fn request(call: &Call) -> Result<Request, worker::Error> {
    let trace = call.trace.map(traces::header);
    let usual = [
        ("content-type", "application/json"),
        ("accept", "application/json"),
        ("user-agent", "homing/0.1"),
    ];
    let trace = trace.as_deref().map(|trace| ("traceparent", trace));
    let own = call
        .headers
        .iter()
        .map(|(name, value)| (*name, value.as_str()));
    let headers = usual.into_iter().chain(trace).chain(own);
    let body = JsValue::from_str(&call.json);
    answers::request("POST", &call.url, headers, Some(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(pairs: &[(&str, &str)]) -> Option<u64> {
        after_a(429, pairs)
    }

    fn after_a(status: u16, pairs: &[(&str, &str)]) -> Option<u64> {
        let header = |name: &str| {
            let known = pairs.iter().find(|(known, _)| *known == name)?;
            Some(String::from(known.1))
        };
        // The platform reads dates; here one stands for all.
        let parse = |text: &str| {
            if text.starts_with("Sun") {
                1_700_000_009_000.0
            } else {
                f64::NAN
            }
        };
        retry_after_ms(status, header, 1_700_000_000_000, parse)
    }

    #[test]
    fn a_wait_is_read_in_each_of_its_spellings() {
        assert_eq!(after(&[("retry-after", "3")]), Some(3_000));
        assert_eq!(
            after(&[("retry-after", "Sun, 06 Nov 1994 08:49:37 GMT")]),
            Some(9_000)
        );
        assert_eq!(after(&[("x-ratelimit-reset", "1700000004")]), Some(4_000));
        assert_eq!(after(&[("x-ratelimit-reset", "1600000004")]), None);
        // It comes with every answer of SendGrid's: only under a refusal for too much at once it asks for anything.
        let reset = [("x-ratelimit-reset", "1700000004")];
        assert_eq!(after_a(403, &reset), None);
        assert_eq!(after_a(500, &reset), None);
        assert_eq!(after_a(503, &[("retry-after", "3")]), Some(3_000));
        assert_eq!(after(&[("retry-after", "soon")]), None);
        assert_eq!(after(&[]), None);
    }

    #[test]
    fn what_is_not_proved_is_unknown() {
        let code = || String::from("x");
        assert!(matches!(
            outcome(Proof::Nothing, code()),
            Outcome::Unknown { .. }
        ));
        assert!(matches!(
            outcome(Proof::Transient, code()),
            Outcome::Transient { .. }
        ));
        assert!(matches!(
            outcome(Proof::Recipient, code()),
            Outcome::Rejected {
                recipient: true,
                ..
            }
        ));
    }
}
