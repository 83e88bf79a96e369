//! `/webhooks/{platform}/{shop}`: what a platform tells, and `/v1/webhooks`: what of that a person has to see.

mod desk;
mod signature;

pub use desk::{list, replay};

use super::body_bytes;
use crate::bindings::{self, Env, Request};
use crate::config::{self, ShopView};
use crate::connections;
use crate::error::Problem;
use crate::intake::{self, Webhook};
use crate::queues::inbound;
use crate::{clock, telemetry};
use homing_core::ids::ShopId;
use homing_core::platform::Platform;
use homing_core::webhook::{Unsigned, is_ping, moment};
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::JsValue;

/// Bytes of a webhook: a cart of 500 lines with all that platforms say of each.
const MAX_BODY: u32 = 1_048_576;

/// How long an order may take before the platform is answered, ms. Shopify waits for five seconds.
const PATIENCE_MS: u64 = 2_000;

/// Longest topic, in bytes.
const MAX_TOPIC: usize = 128;

/// Takes what a platform tells, once its signature is good; until then nothing of it is read or kept.
pub async fn post(request: &Request, env: &Env, address: &str, query: &str) -> JsValue {
    let Some((platform, shop)) = parse(address) else {
        return Problem::NotFound.response(None);
    };
    match take(request, env, platform, shop, query).await {
        Ok(status) => answer(request, platform, status),
        Err(problem) => problem.response(None),
    }
}

/// Adobe I/O asks an address, before it sends anything there, to say back what it was asked.
pub async fn challenge(env: &Env, address: &str, query: &str) -> JsValue {
    let Some((Platform::Adobe, shop)) = parse(address) else {
        return Problem::Method("POST").response(None);
    };
    let asked = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("challenge="))
        .filter(|text| text.len() <= 256 && text.bytes().all(is_of_challenge));
    let Some(asked) = asked else {
        return Problem::Method("POST").response(None);
    };
    match connected(env, shop, Platform::Adobe, false).await {
        Ok(_) => super::json(&Challenge { challenge: asked }),
        Err(problem) => problem.response(None),
    }
}

#[derive(serde::Serialize)]
struct Challenge<'a> {
    challenge: &'a str,
}

fn is_of_challenge(b: u8) -> bool {
    b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.' | b'~')
}

/// Where an address leads: `{platform}/{shop}`.
fn parse(address: &str) -> Option<(Platform, ShopId)> {
    let (platform, shop) = address.split_once('/')?;
    Some((Platform::parse(platform)?, shop.parse().ok()?))
}

/// Adobe Commerce waits for the answer, and does what it says; the others want to see that it was taken.
fn answer(request: &Request, platform: Platform, status: u16) -> JsValue {
    let is_synchronous =
        platform == Platform::Adobe && request.headers().get(signature::ADOBE_COMMERCE).is_some();
    let (status, body) = if is_synchronous {
        (200, r#"{"op":"success"}"#)
    } else {
        (status, "{}")
    };
    bindings::respond(status, "application/json", Some(body), None)
}

async fn take(
    request: &Request,
    env: &Env,
    platform: Platform,
    shop: ShopId,
    query: &str,
) -> Result<u16, Problem> {
    let body = body_bytes(request, MAX_BODY).await?;
    let headers = request.headers();
    if platform == Platform::WooCommerce
        && headers.get(signature::WOOCOMMERCE).is_none()
        && is_ping(&body)
    {
        // It says nothing, and a webhook is not saved unless the answer is this very one.
        return Ok(200);
    }
    verify(request, env, platform, shop, &body).await?;
    let webhook = Webhook {
        platform,
        topic: topic(request, platform, query),
        at: clock::now_ms(),
        triggered_at: headers
            .get("x-shopify-triggered-at")
            .filter(|_| platform == Platform::Shopify)
            .and_then(|text| moment(&text)),
        body,
        kept: None,
    };
    let is_order = is_about_order(&webhook);
    if is_order && is_in_force(env, shop, &webhook).await {
        return Ok(202);
    }
    let message = intake::pack(env, shop, &webhook).await?;
    let queue = if is_order {
        env.orders()
    } else {
        env.inbound()
    };
    inbound::put(&queue, &message).await?;
    Ok(202)
}

/// Whether the signature is good. Where it is not, what is known of the shop may be older than its newest secret.
async fn verify(
    request: &Request,
    env: &Env,
    platform: Platform,
    shop: ShopId,
    body: &[u8],
) -> Result<(), Problem> {
    let mut is_doubted = false;
    loop {
        let checked = match connected(env, shop, platform, is_doubted).await {
            Ok((_, connection)) => signature::check(request, platform, &connection, body).await,
            Err(problem) => Err(problem),
        };
        match checked {
            Err(Problem::Unsigned(Unsigned::Wrong)) if !is_doubted => is_doubted = true,
            checked => return checked,
        }
    }
}

/// A shop with what connects it to a platform. Who cannot sign does not learn what there is.
async fn connected(
    env: &Env,
    shop: ShopId,
    platform: Platform,
    is_doubted: bool,
) -> Result<(Rc<ShopView>, Rc<connections::Connection>), Problem> {
    let unsigned = Problem::Unsigned(Unsigned::Wrong);
    let view = match config::shop_if_published(env, shop, is_doubted).await {
        Err(Problem::UnknownShop(_)) => return Err(unsigned),
        found => found?,
    };
    let keys = &config::deployment(env)?.keys;
    let connection = view.connections.of(platform, keys)?.ok_or(unsigned)?;
    Ok((view, connection))
}

/// What it is about, as far as that does not stand in the body.
fn topic(request: &Request, platform: Platform, query: &str) -> String {
    let header = |name: &str| request.headers().get(name);
    let topic = match platform {
        Platform::Shopify => header("x-shopify-topic"),
        Platform::WooCommerce => header("x-wc-webhook-topic"),
        // Commerce itself names none: its administrator adds the event to the address.
        Platform::Adobe => header("x-adobe-event-code").or_else(|| {
            let topic = query
                .split('&')
                .find_map(|pair| pair.strip_prefix("topic="));
            topic.map(str::to_owned)
        }),
        Platform::BigCommerce => None,
    };
    topic
        .filter(|topic| topic.len() <= MAX_TOPIC)
        .unwrap_or_default()
}

/// What of an order has to be fetched first can wait for its turn; everything else counts before the platform is answered.
fn is_about_order(webhook: &Webhook) -> bool {
    match webhook.platform {
        Platform::BigCommerce => {
            // In its body, which is small, the scope is the only place where that stands.
            webhook.body.windows(12).any(|text| text == b"store/order/")
                || webhook
                    .body
                    .windows(12)
                    .any(|text| text == b"store\\/order")
        }
        _ => webhook.topic.contains("order"),
    }
}

async fn is_in_force(env: &Env, shop: ShopId, webhook: &Webhook) -> bool {
    if webhook.platform == Platform::BigCommerce {
        return false;
    }
    let work = Box::pin(intake::take(env, shop, webhook));
    let limit = Box::pin(worker::Delay::from(Duration::from_millis(PATIENCE_MS)));
    match futures_util::future::select(work, limit).await {
        futures_util::future::Either::Left((Ok(intake::Fate::Done), _)) => true,
        futures_util::future::Either::Left((Ok(intake::Fate::Asked(_)), _)) => false,
        // Whatever it is: out of the queue it is tried again, and kept where that is of no use.
        futures_util::future::Either::Left((Err(failure), _)) => {
            telemetry::notice("order_queued", failure.code());
            false
        }
        futures_util::future::Either::Right(_) => {
            telemetry::notice("order_queued", "it took too long");
            false
        }
    }
}

#[cfg(test)]
mod tests {
    use super::parse;
    use homing_core::platform::Platform;

    #[test]
    fn an_address_names_a_platform_and_a_shop() {
        let shop = "shop_dem00001".parse().unwrap();
        assert_eq!(
            parse("shopify/shop_dem00001"),
            Some((Platform::Shopify, shop))
        );
        for address in [
            "shopify",
            "shopify/",
            "magento/shop_dem00001",
            "shopify/shop_dem00001/x",
            "shopify/shop_1",
        ] {
            assert_eq!(parse(address), None, "{address}");
        }
    }
}
