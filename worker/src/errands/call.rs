//! One call of a service's HTTP API.

use crate::clock;
use homing_core::errand::{Ended, Service};
use serde::de::DeserializeOwned;
use std::cell::RefCell;
use std::time::Duration;
use wasm_bindgen::JsValue;
use worker::{AbortSignal, Fetch, Headers, Method, Request, RequestInit, RequestRedirect};

/// Bytes of an answer that are worth reading.
const MAX_ANSWER: usize = 65_536;

/// What is left of a lease for saying what became of the try, ms.
const MARGIN_MS: u64 = 4_000;

/// What is asked.
pub struct Call<'a> {
    /// Of whom.
    pub service: Service,
    /// `GET`, `POST`, `PATCH` or `DELETE`.
    pub method: &'static str,
    /// Where.
    pub url: &'a str,
    /// As whom; `None` where the body says so.
    pub bearer: Option<&'a str>,
    /// The body and its type; `None` for a question.
    pub body: Option<(&'static str, &'a str)>,
    /// Until when the answer counts, epoch ms.
    pub lease_until: u64,
}

/// What came back; the body is empty where it could not be read.
#[derive(Clone, Default)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The body.
    pub body: String,
    /// `Retry-After`, ms.
    pub wait_ms: u64,
}

impl Answer {
    /// Whether the service has done it.
    pub fn is_done(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// The body, where it is what it should be.
    pub fn read<T: DeserializeOwned>(&self) -> Option<T> {
        serde_json::from_str(&self.body).ok()
    }

    /// What a refusal proves, by the service's row; `name`: its own name for it.
    pub fn refused(&self, service: Service, name: &str) -> Ended {
        Ended::Failed {
            code: format!("{}_{}", service.name(), self.status),
            proof: service.proof(self.status, name),
            wait_ms: self.wait_ms,
        }
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
        let controller = worker::AbortController::default();
        let signal = controller.signal();
        // A status line that has come stands, however slowly its body follows.
        let seen = RefCell::new(None);
        let work = Box::pin(exchange(request, &signal, &seen));
        let limit = Box::pin(worker::Delay::from(Duration::from_millis(left)));
        let ended = match futures_util::future::select(work, limit).await {
            futures_util::future::Either::Left(((), _)) => "connection",
            futures_util::future::Either::Right(_) => {
                controller.abort();
                "timeout"
            }
        };
        seen.take().ok_or_else(|| Ended::Failed {
            code: format!("{}_{ended}", self.service.name()),
            proof: homing_core::delivery::Proof::Nothing,
            wait_ms: 0,
        })
    }

    fn request(&self) -> Result<Request, worker::Error> {
        let headers = Headers::new();
        headers.set("accept", "application/json")?;
        headers.set("user-agent", "homing/0.1")?;
        if let Some(token) = self.bearer {
            headers.set("authorization", &format!("Bearer {token}"))?;
        }
        let mut init = RequestInit::new();
        if let Some((kind, body)) = self.body {
            headers.set("content-type", kind)?;
            init.with_body(Some(JsValue::from_str(body)));
        }
        init.with_method(match self.method {
            "POST" => Method::Post,
            "PATCH" => Method::Patch,
            "DELETE" => Method::Delete,
            _ => Method::Get,
        })
        .with_headers(headers)
        .with_redirect(RequestRedirect::Manual);
        Request::new_with_init(self.url, &init)
    }
}

async fn exchange(request: Request, signal: &AbortSignal, seen: &RefCell<Option<Answer>>) {
    let Ok(mut response) = Fetch::Request(request).send_with_signal(signal).await else {
        return;
    };
    let wait = response.headers().get("retry-after").ok().flatten();
    let seconds: Option<u64> = wait.and_then(|text| text.trim().parse().ok());
    seen.replace(Some(Answer {
        status: response.status_code(),
        body: String::new(),
        wait_ms: seconds.unwrap_or(0).saturating_mul(1_000),
    }));
    let Ok(Some(body)) = crate::answers::read(&mut response, MAX_ANSWER).await else {
        return;
    };
    if let Some(answer) = seen.borrow_mut().as_mut() {
        answer.body = String::from_utf8(body).unwrap_or_default();
    }
}
