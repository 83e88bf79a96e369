//! `POST /v1/sdk-errors`: a mistake that the SDK made in a page, as a line of the log. Nothing is kept of it.

use super::beacon::{self, fitted};
use super::body;
use crate::bindings::{Env, Request};
use crate::error::Problem;
use crate::telemetry;
use homing_core::traceparent::TraceId;
use serde::Deserialize;

/// Bytes of a body.
const MAX_BODY: u32 = 2_048;

/// What went wrong, and where. The SDK says nothing of the page or the shopper.
#[derive(Deserialize)]
struct Mistake {
    key: String,
    /// Of the visit, as W3C Trace Context has them.
    trace: Option<String>,
    /// Which build of the SDK.
    version: Option<String>,
    name: String,
    message: String,
    /// File, line and column.
    at: String,
}

/// Takes note of one.
pub async fn post(request: &Request, env: &Env, origin: Option<String>) -> Result<String, Problem> {
    let mistake: Mistake = body(request, MAX_BODY).await?;
    let shop = beacon::shop_of(&mistake.key, request, origin.as_deref(), env).await?;
    telemetry::notice("sdk_error", &mistake.line(&shop.id.to_string()));
    Ok(String::from("{}"))
}

impl Mistake {
    fn line(&self, shop: &str) -> String {
        let trace = self.trace.as_deref().and_then(TraceId::parse);
        let trace = trace.map(|trace| trace.to_string());
        let fields = [
            shop,
            &fitted(self.version.as_deref().unwrap_or("-"), 20),
            trace.as_deref().unwrap_or("-"),
            &fitted(&self.at, 40),
            &fitted(&self.name, 40),
            &fitted(&self.message, 120),
        ];
        fields.join(" ")
    }
}

#[cfg(test)]
mod tests {
    use super::Mistake;

    #[test]
    fn a_mistake_is_one_line() {
        let mistake = Mistake {
            key: String::new(),
            trace: Some("0123456789abcdef0123456789abcdef".to_owned()),
            version: None,
            name: "TypeError".to_owned(),
            message: format!("x is\nnull {}", "y".repeat(200)),
            at: "runtime.js:1:234".to_owned(),
        };
        let line = mistake.line("shop_x");
        let begin =
            "shop_x - 0123456789abcdef0123456789abcdef runtime.js:1:234 TypeError x isnull yyy";
        assert!(line.starts_with(begin) && line.len() < 220, "{line}");
        let unknown = Mistake {
            trace: Some("00000000000000000000000000000000".to_owned()),
            ..mistake
        };
        assert!(unknown.line("shop_x").starts_with("shop_x - - "));
    }
}
