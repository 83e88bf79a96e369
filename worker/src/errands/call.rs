//! One call of a service's HTTP API.

use crate::answers::{self, Answer};
use crate::clock;
use crate::traces;
use homing_core::delivery::Proof;
use homing_core::errand::{Ended, Service};
use homing_core::traceparent::TraceId;
use serde::de::DeserializeOwned;
use wasm_bindgen::JsValue;
use worker::Request;

/// Bytes of an answer that are worth reading.
const MAX_ANSWER: usize = 65_536;

/// What is left of a lease for saying what became of the try, ms.
const MARGIN_MS: u64 = 4_000;

/// What is asked.
pub struct Call<'a> {
    /// Of whom.
    pub service: Service,
    /// `POST`, `PATCH` or `DELETE`.
    pub method: &'static str,
    /// Where.
    pub url: &'a str,
    /// As whom; `None` where the body says so.
    pub bearer: Option<&'a str>,
    /// The body and its type.
    pub body: (&'static str, &'a str),
    /// Until when the answer counts, epoch ms.
    pub lease_until: u64,
    /// Told as `traceparent`.
    pub trace: Option<TraceId>,
}

/// Whether the service has done it.
pub fn is_done(answer: &Answer) -> bool {
    (200..300).contains(&answer.status)
}

/// The body, where it is what it should be.
pub fn read<T: DeserializeOwned>(answer: &Answer) -> Option<T> {
    serde_json::from_str(&answer.body).ok()
}

/// For how long the service wants to be left alone, ms.
pub fn wait_ms(answer: &Answer) -> u64 {
    answer.wait_ms().unwrap_or(0)
}

/// What a refusal proves, by the service's row; `name`: its own name for it.
pub fn refused(answer: &Answer, service: Service, name: &str) -> Ended {
    Ended::Failed {
        code: format!("{}_{}", service.name(), answer.status),
        proof: service.proof(answer.status, name),
        wait_ms: wait_ms(answer),
    }
}

impl Call<'_> {
    /// Asks and waits for as long as the service's row and the lease allow. `Err`: no answer, which proves nothing; unless there was no
    /// time to ask.
    pub async fn make(&self) -> Result<Answer, Ended> {
        let left = self
            .lease_until
            .saturating_sub(clock::now_ms())
            .saturating_sub(MARGIN_MS)
            .min(self.service.row().timeout_ms);
        let unasked = || super::later(self.service, "lease_too_short", 0);
        if left == 0 {
            return Err(unasked());
        }
        let request = self.request().map_err(|_| unasked())?;
        answers::to(request, left, MAX_ANSWER)
            .await
            .map_err(|ended| Ended::Failed {
                code: format!("{}_{ended}", self.service.name()),
                proof: Proof::Nothing,
                wait_ms: 0,
            })
    }

    fn request(&self) -> Result<Request, worker::Error> {
        let bearer = self.bearer.map(|token| format!("Bearer {token}"));
        let usual = [("accept", "application/json"), ("user-agent", "homing/0.1")];
        let authorization = bearer.as_deref().map(|bearer| ("authorization", bearer));
        let trace = self.trace.map(traces::header);
        let trace = trace.as_deref().map(|trace| ("traceparent", trace));
        let (kind, body) = self.body;
        let headers = usual
            .into_iter()
            .chain(authorization)
            .chain(trace)
            .chain([("content-type", kind)]);
        let body = JsValue::from_str(body);
        answers::request(self.method, self.url, headers, Some(body))
    }
}
