//! BigCommerce's management API: carts (v3, <https://developer.bigcommerce.com/docs/rest-management/carts>) and orders (v2,
//! <https://developer.bigcommerce.com/docs/rest-management/orders>). It limits requests by window, and says with a 429 in
//! `X-Rate-Limit-Time-Reset-Ms` when the next one begins.

use super::Answer;
use homing_core::connection::Connection;
use homing_core::platform::Resource;
use std::time::Duration;
use worker::{AbortSignal, Fetch, Headers, Request, RequestInit, RequestRedirect};

/// How long it may take, ms.
const PATIENCE_MS: u64 = 10_000;

/// Largest answer, in bytes: 500 lines with options, many times over.
const MAX_ANSWER: usize = 4 * 1_024 * 1_024;

/// How long to wait at least after a 429, s: all that was told to wait comes back spread out by the queue.
const LEAST_WAIT_S: u32 = 1;
const MOST_WAIT_S: u32 = 600;

/// Asks for a cart or an order.
pub async fn fetch(url: &str, connection: &Connection, resource: Resource, id: &str) -> Answer {
    let (Some(store), Some(api)) = (&connection.store, &connection.api) else {
        return Answer::Refused(401);
    };
    // It becomes part of a path.
    let is_id = |b: u8| b.is_ascii_alphanumeric() || b == b'-';
    if id.is_empty() || id.len() > 64 || !id.bytes().all(is_id) {
        return Answer::Gone;
    }
    let address = format!("{url}/stores/{store}{}", path(resource, id));
    let request = match request(&address, api.access_token.reveal()) {
        Ok(request) => request,
        Err(error) => {
            return Answer::Later {
                detail: error.to_string(),
                after_s: None,
            };
        }
    };
    let controller = worker::AbortController::default();
    let signal = controller.signal();
    let work = Box::pin(async { exchange(request, &signal).await });
    let limit = Box::pin(worker::Delay::from(Duration::from_millis(PATIENCE_MS)));
    match futures_util::future::select(work, limit).await {
        futures_util::future::Either::Left((answer, _)) => answer,
        futures_util::future::Either::Right(_) => {
            controller.abort();
            Answer::Later {
                detail: String::from("BigCommerce took too long"),
                after_s: None,
            }
        }
    }
}

fn path(resource: Resource, id: &str) -> String {
    match resource {
        // Without `include` an item's options are left out.
        Resource::Cart => format!(
            "/v3/carts/{id}?include=line_items.physical_items.options,line_items.digital_items.options,redirect_urls"
        ),
        Resource::Order => format!("/v2/orders/{id}"),
    }
}

fn request(address: &str, token: &str) -> Result<Request, worker::Error> {
    let headers = Headers::new();
    headers.set("x-auth-token", token)?;
    // Version 2 answers in XML where nobody asks for anything else.
    headers.set("accept", "application/json")?;
    headers.set("user-agent", "homing/0.1")?;
    let mut init = RequestInit::new();
    init.with_headers(headers)
        .with_redirect(RequestRedirect::Manual);
    Request::new_with_init(address, &init)
}

async fn exchange(request: Request, signal: &AbortSignal) -> Answer {
    let later = |detail: String, after_s| Answer::Later { detail, after_s };
    let mut response = match Fetch::Request(request).send_with_signal(signal).await {
        Ok(response) => response,
        Err(_) => return later(String::from("BigCommerce cannot be reached"), None),
    };
    let status = response.status_code();
    match status {
        200 => {}
        404 | 410 => return Answer::Gone,
        // Version 2 answers so where there is no such thing.
        204 => return Answer::Gone,
        429 => {
            let reset = response.headers().get("x-rate-limit-time-reset-ms");
            return later(
                String::from("BigCommerce answered 429"),
                Some(wait_s(reset.ok().flatten().as_deref())),
            );
        }
        500.. => return later(format!("BigCommerce answered {status}"), None),
        _ => return Answer::Refused(status),
    }
    match response.bytes().await {
        Ok(body) if body.len() <= MAX_ANSWER => Answer::Body(body),
        Ok(_) => Answer::Refused(413),
        Err(_) => later(String::from("BigCommerce's answer broke off"), None),
    }
}

/// When the next window begins, s.
fn wait_s(reset_ms: Option<&str>) -> u32 {
    let ms = reset_ms.and_then(|text| text.trim().parse::<u32>().ok());
    ms.map_or(30, |ms| ms.div_ceil(1_000))
        .clamp(LEAST_WAIT_S, MOST_WAIT_S)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_is_waited_out() {
        let waits = [Some("1"), Some("15000"), Some("15001"), Some("x"), None];
        assert_eq!(waits.map(wait_s), [1, 15, 16, 30, 30]);
        assert_eq!(wait_s(Some("99999999")), MOST_WAIT_S);
    }

    #[test]
    fn a_cart_comes_with_its_options() {
        assert!(path(Resource::Cart, "ab-1").starts_with("/v3/carts/ab-1?include=line_items."));
        assert_eq!(path(Resource::Order, "17"), "/v2/orders/17");
    }
}
