//! What each platform signs, and where the signature stands. Secrets are shared in `homing_core::webhook`; Adobe's keys are public:
//!
//! - Commerce webhooks sign base64 of the body (RSA-SHA-256, <https://developer.adobe.com/commerce/extensibility/webhooks/signature-verification/>).
//! - I/O Events sign the body, twice, with keys that are the same for everybody
//!   (<https://developer.adobe.com/events/docs/guides/sdk/sdk-signature-verification>); so an event has to name its recipient.

use crate::bindings::{self, Request};
use crate::clock;
use crate::error::Problem;
use base64::{Engine, engine::general_purpose::STANDARD};
use homing_core::connection::Connection;
use homing_core::platform::Platform;
use homing_core::webhook::{Unsigned, shopify_store, signed_by, standard_webhook};
use js_sys::Boolean;
use serde::Deserialize;
use wasm_bindgen_futures::JsFuture;

const WOOCOMMERCE: &str = "x-wc-webhook-signature";
/// Adobe Commerce's signature.
pub const ADOBE_COMMERCE: &str = "x-adobe-commerce-webhook-signature";
const ADOBE_EVENTS: [&str; 2] = ["x-adobe-digital-signature-1", "x-adobe-digital-signature-2"];

const SHOPIFY: &str = "x-shopify-hmac-sha256";
const BIGCOMMERCE: &str = "webhook-signature";

/// Whether there is any signature that could be checked.
pub fn is_there(request: &Request, platform: Platform) -> bool {
    let headers = request.headers();
    let has = |name: &str| headers.get(name).is_some();
    match platform {
        Platform::Shopify => has(SHOPIFY),
        Platform::WooCommerce => has(WOOCOMMERCE),
        Platform::BigCommerce => has(BIGCOMMERCE),
        Platform::Adobe => has(ADOBE_COMMERCE) || ADOBE_EVENTS.into_iter().any(has),
    }
}

/// Whether the platform has signed this body.
pub async fn check(
    request: &Request,
    platform: Platform,
    connection: &Connection,
    body: &[u8],
) -> Result<(), Problem> {
    let headers = request.headers();
    let header = |name: &str| headers.get(name);
    let secrets = connection.secrets();
    match platform {
        Platform::Shopify => {
            signed_by(&secrets, header(SHOPIFY).as_deref(), body)?;
            store_named(request, connection)?;
            Ok(())
        }
        Platform::WooCommerce => Ok(signed_by(&secrets, header(WOOCOMMERCE).as_deref(), body)?),
        Platform::BigCommerce => Ok(standard_webhook(
            &secrets,
            header("webhook-id").as_deref(),
            header("webhook-timestamp").as_deref(),
            header(BIGCOMMERCE).as_deref(),
            body,
            clock::now_ms() / 1_000,
        )?),
        Platform::Adobe => match header(ADOBE_COMMERCE) {
            Some(signature) => {
                let signed = STANDARD.encode(body);
                by_key(connection, &[signature], signed.as_bytes()).await
            }
            None => {
                let given: Vec<String> = ADOBE_EVENTS.into_iter().filter_map(header).collect();
                by_key(connection, &given, body).await?;
                for_us(connection, body)
            }
        },
    }
}

fn store_named(request: &Request, connection: &Connection) -> Result<(), Unsigned> {
    let named = request.headers().get("x-shopify-shop-domain");
    shopify_store(connection.store.as_deref(), named.as_deref())
}

/// Whether it names the connection's store, where a header says whose it is.
pub fn is_of_store(request: &Request, platform: Platform, connection: &Connection) -> bool {
    platform != Platform::Shopify || store_named(request, connection).is_ok()
}

/// Whether one of the connection's keys has signed it.
async fn by_key(
    connection: &Connection,
    signatures: &[String],
    signed: &[u8],
) -> Result<(), Problem> {
    for key in connection.keys() {
        for signature in signatures {
            // 4096 bits are 684 characters.
            let Some(signature) = Some(signature.trim())
                .filter(|text| text.len() <= 2_048)
                .and_then(|text| STANDARD.decode(text).ok())
            else {
                continue;
            };
            let is_good =
                JsFuture::from(bindings::is_signed_by_rsa(&key, &signature, signed)).await?;
            if Boolean::from(is_good).value_of() {
                return Ok(());
            }
        }
    }
    Err(Problem::Unsigned(Unsigned::Wrong))
}

#[derive(Deserialize)]
struct Recipient {
    recipient_client_id: Option<String>,
}

/// Whether an event that Adobe has signed is meant for this shop.
fn for_us(connection: &Connection, body: &[u8]) -> Result<(), Problem> {
    let named = super::super::parse::<Recipient>(body)
        .ok()
        .and_then(|said| said.recipient_client_id);
    match (&connection.client_id, named) {
        (Some(own), Some(named)) if *own == named => Ok(()),
        _ => Err(Problem::Unsigned(Unsigned::Wrong)),
    }
}
