//! `/webhooks/{platform}/{shop}`: what a platform tells, and `/v1/webhooks`: what of that a person has to see.

mod desk;
mod signature;

pub use desk::{list, replay};

use super::body::body_bytes;
use super::routes::Call;
use crate::bindings::{self, Env, Request};
use crate::config::{self, ShopView};
use crate::connections;
use crate::error::Problem;
use crate::intake::{self, Webhook};
use crate::limits::Sender;
use crate::queues::inbound;
use crate::{clock, telemetry, traces};
use homing_core::ids::ShopId;
use homing_core::platform::{Platform, is_adobe_order};
use homing_core::webhook::{Unsigned, is_ping, moment};
use std::rc::Rc;
use std::time::Duration;
use wasm_bindgen::JsValue;

/// Bytes of a webhook: a cart of 500 lines with all that platforms say of each.
const MAX_BODY: u32 = 1_048_576;

/// Bytes of a ping.
const MAX_PING: u32 = 64;

/// How long an order may take before the platform is answered, ms. Shopify waits for five seconds.
const PATIENCE_MS: u64 = 2_000;

/// Longest topic, in bytes.
const MAX_TOPIC: usize = 128;

/// Takes what a platform tells, once its signature is good; until then nothing of it is read or kept.
pub async fn post(call: Call<'_>, platform: &str, shop: &str) -> JsValue {
    let Call {
        request,
        env,
        query,
        ..
    } = call;
    let (Some(platform), Ok(shop)) = (Platform::parse(platform), shop.parse()) else {
        return Problem::NotFound.response(None);
    };
    let sender = Sender::of(request, env, shop);
    let is_noisy = sender.is_noisy();
    match take(request, env, platform, shop, query, is_noisy).await {
        Ok(status) => answer(request, platform, status),
        Err(Problem::Unsigned(_)) if is_noisy => Problem::TooMany.response(None),
        Err(problem @ Problem::Unsigned(_)) => {
            note_unsigned(request, env, platform, shop, &problem).await;
            sender.failed(env, problem).await.response(None)
        }
        Err(problem) => problem.response(None),
    }
}

/// Adobe I/O asks an address, before it sends anything there, to say back what it was asked.
pub async fn challenge(env: &Env, shop: &str, query: &str) -> JsValue {
    let Ok(shop) = shop.parse() else {
        return Problem::NotFound.response(None);
    };
    let asked = query
        .split('&')
        .find_map(|pair| pair.strip_prefix("challenge="))
        .filter(|text| text.len() <= 256 && text.bytes().all(is_of_challenge));
    let Some(asked) = asked else {
        return Problem::NotFound.response(None);
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
    is_noisy: bool,
) -> Result<u16, Problem> {
    if !signature::is_there(request, platform) {
        return unsigned(request, platform).await;
    }
    let body = body_bytes(request, MAX_BODY).await?;
    let headers = request.headers();
    verify(request, env, platform, shop, &body, is_noisy).await?;
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
        trace: traces::of(request),
    };
    let queue = match haste(&webhook) {
        Haste::Now if is_in_force(env, shop, &webhook).await => return Ok(202),
        Haste::Now | Haste::Queued => env.orders(),
        Haste::None => env.inbound(),
    };
    let message = intake::pack(env, shop, &webhook).await?;
    inbound::put(&queue, &message).await?;
    Ok(202)
}

/// Says in the log which check has failed: whoever sends learns no more than that one has.
async fn note_unsigned(
    request: &Request,
    env: &Env,
    platform: Platform,
    shop: ShopId,
    problem: &Problem,
) {
    let why = if let Problem::Unsigned(Unsigned::Stale) = problem {
        "signed too long ago, or ahead of our clock"
    } else if !signature::is_there(request, platform) {
        // Nothing was read for it, and nothing is.
        "no signature"
    } else {
        match connected(env, shop, platform, false).await {
            Ok((_, connection)) if !signature::is_of_store(request, platform, &connection) => {
                "of another store than the connection's"
            }
            Ok(_) => "signed under another secret, or changed on its way",
            Err(Problem::Unsigned(_)) => "the shop is not connected to it",
            Err(_) => "nobody knows",
        }
    };
    let detail = format!("{} {shop}: {why}", platform.as_str());
    telemetry::notice("webhook_unsigned", &detail);
}

/// What is not signed is not even read, but for WooCommerce's ping: it says nothing, and a webhook is not saved unless the answer is
/// this very one.
async fn unsigned(request: &Request, platform: Platform) -> Result<u16, Problem> {
    if platform == Platform::WooCommerce {
        let body = body_bytes(request, MAX_PING).await.unwrap_or_default();
        if is_ping(&body) {
            return Ok(200);
        }
    }
    Err(Problem::Unsigned(Unsigned::Wrong))
}

/// Whether the signature is good. Where it is not, what is known of the shop may be older than its newest secret. Nobody is asked about that
/// for one whose network is noisy: a good one from there, as of a host that many shops share, is taken all the same.
async fn verify(
    request: &Request,
    env: &Env,
    platform: Platform,
    shop: ShopId,
    body: &[u8],
    is_noisy: bool,
) -> Result<(), Problem> {
    let mut is_doubted = false;
    loop {
        let checked = match connected(env, shop, platform, is_doubted).await {
            Ok((_, connection)) => signature::check(request, platform, &connection, body).await,
            Err(problem) => Err(problem),
        };
        match checked {
            Err(Problem::Unsigned(Unsigned::Wrong)) if !is_doubted && !is_noisy => {
                is_doubted = true;
            }
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

/// How an order is to be taken, or what else must not be given up after half an hour.
enum Haste {
    /// It is none.
    None,
    /// It has to be fetched first, and has a queue of its own; so has what a law asks for.
    Queued,
    /// All that has to be known is there: it counts before the platform is answered.
    Now,
}

fn haste(webhook: &Webhook) -> Haste {
    // In a thin payload, the scope is the only place where this stands.
    let names = |scope: &str| {
        let escaped = scope.replace('/', "\\/");
        [scope, &escaped].into_iter().any(|scope| {
            let scope = scope.as_bytes();
            webhook.body.windows(scope.len()).any(|text| text == scope)
        })
    };
    match webhook.platform {
        Platform::BigCommerce if names("store/cart/converted") => Haste::Now,
        Platform::BigCommerce if names("store/order/") => Haste::Queued,
        Platform::BigCommerce => Haste::None,
        Platform::Adobe if is_adobe_order(&webhook.topic, &webhook.body) => Haste::Now,
        Platform::Adobe => Haste::None,
        _ if webhook.topic.contains("order") => Haste::Now,
        platform if platform.asks(&webhook.topic) => Haste::Queued,
        _ => Haste::None,
    }
}

async fn is_in_force(env: &Env, shop: ShopId, webhook: &Webhook) -> bool {
    let work = Box::pin(intake::take(env, shop, webhook));
    let limit = Box::pin(worker::Delay::from(Duration::from_millis(PATIENCE_MS)));
    let why = match futures_util::future::select(work, limit).await {
        futures_util::future::Either::Left((Ok(intake::Fate::Done), _)) => return true,
        futures_util::future::Either::Left((Ok(intake::Fate::Asked(what)), _)) => what,
        futures_util::future::Either::Left((Err(failure), _)) => failure.code(),
        futures_util::future::Either::Right(_) => "it took too long",
    };
    // Whatever it is: out of the queue it is tried again, and kept where that is of no use.
    telemetry::passed(Some(webhook.trace), "order_queued", why);
    false
}

#[cfg(test)]
mod tests {
    use super::{Haste, haste};
    use crate::intake::Webhook;
    use homing_core::platform::Platform;
    use homing_core::traceparent::TraceId;

    #[test]
    fn an_order_goes_first_and_one_that_has_to_be_fetched_waits_with_its_like() {
        let of = |platform, topic: &str, body: &str| {
            haste(&Webhook {
                platform,
                topic: topic.to_owned(),
                at: 0,
                triggered_at: None,
                body: body.as_bytes().to_vec(),
                kept: None,
                trace: TraceId::of([1; 16]),
            })
        };
        let thin = |scope: &str| {
            of(
                Platform::BigCommerce,
                "",
                &format!("{{\"scope\":\"{scope}\"}}"),
            )
        };
        for now in [
            of(Platform::Shopify, "orders/create", "{}"),
            of(Platform::WooCommerce, "order.updated", "{}"),
            thin("store/cart/converted"),
            thin("store\\/cart\\/converted"),
            // An order whose name has no such word in it, by the header or the address, with the app's own name before it or without.
            of(Platform::Adobe, "observer.checkout_submit_all_after", "{}"),
            of(
                Platform::Adobe,
                "com.adobe.commerce.app.observer.checkout_submit_all_after",
                "{}",
            ),
            of(
                Platform::Adobe,
                "plugin.magento.sales.api.order_management.place",
                "{}",
            ),
            of(
                Platform::Adobe,
                "observer.sales_order_save_after",
                "not JSON",
            ),
            // It is named in the body alone, and what stands there goes before all else.
            of(
                Platform::Adobe,
                "",
                r#"{"eventName":"observer.sales_order_place_after"}"#,
            ),
            of(
                Platform::Adobe,
                "",
                r#"{"event":{"type":"observer.checkout_submit_all_after"}}"#,
            ),
            of(
                Platform::Adobe,
                "observer.sales_quote_save_after",
                r#"{"eventName":"observer.sales_order_save_after"}"#,
            ),
        ] {
            assert!(matches!(now, Haste::Now));
        }
        for queued in [
            thin("store/order/created"),
            thin("store\\/order\\/created"),
            of(Platform::Shopify, "customers/redact", "{}"),
        ] {
            assert!(matches!(queued, Haste::Queued));
        }
        for none in [
            of(Platform::Shopify, "carts/update", r#"{"note":"order"}"#),
            of(Platform::WooCommerce, "cart.updated", "{}"),
            thin("store/cart/updated"),
            of(
                Platform::Adobe,
                "observer.sales_quote_save_after",
                r#"{"note":"order"}"#,
            ),
            of(
                Platform::Adobe,
                "",
                r#"{"eventName":"observer.sales_quote_save_after","data":{"value":{"note":"observer.sales_order_save_after"}}}"#,
            ),
            of(
                Platform::Adobe,
                "observer.my_checkout_submit_all_after",
                "{}",
            ),
            of(Platform::Adobe, "", r#"{"event":null,"eventName":7}"#),
            of(Platform::Adobe, "", "order"),
        ] {
            assert!(matches!(none, Haste::None));
        }
    }
}
