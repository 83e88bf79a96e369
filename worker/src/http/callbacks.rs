//! `POST /callbacks/{provider}/{shop}`: what providers tell of messages afterwards. Who may tell is checked on the raw bytes before
//! anything is read; what is about no message of ours is counted and left.

use super::{body_bytes, sns, text_of};
use crate::answers;
use crate::bindings::{self, Env, Request};
use crate::channels::CallbackSecrets;
use crate::error::Problem;
use crate::{clock, config, feedback};
use futures_util::future::join_all;
use hmac::{KeyInit, Mac};
use homing_core::callback::{self, basic_credentials, is_recent, svix_signature};
use homing_core::delivery::Provider;
use homing_core::ids::ShopId;
use homing_core::keys::HmacSha256;
use homing_core::webhook::Unsigned;
use serde::Serialize;
use std::future::Future;
use std::pin::Pin;
use wasm_bindgen_futures::JsFuture;

/// Bytes of a callback: SendGrid puts up to 768 KB of events into one.
const MAX_BODY: u32 = 1_048_576;

/// How long SNS is waited for, ms.
const WAITED_MS: u64 = 5_000;

/// Shoppers that are told at the same time: a large callback is about a thousand of them.
pub const AT_ONCE: usize = 16;

/// How one of them is told; whether it was for them. A pointer, so that one piece of code waits for all of them.
pub type Telling<'a> = Pin<Box<dyn Future<Output = Result<bool, Problem>> + 'a>>;

/// What became of a callback.
#[derive(Default, Serialize)]
struct Taken {
    /// Entries that were taken, be it again.
    taken: u32,
    /// Entries about messages that this shop has not sent.
    unknown: u32,
    /// Entries that tell nothing that matters here.
    passed_over: u32,
}

/// Takes a callback of `/callbacks/{provider}/{shop}`, with a token behind it where the provider signs nothing.
pub async fn post(
    request: &Request,
    env: &Env,
    [name, shop, token]: [&str; 3],
) -> Result<String, Problem> {
    let token = (!token.is_empty()).then_some(token);
    let provider = Provider::named(name).ok_or(Problem::NotFound)?;
    let shop: ShopId = shop.parse().map_err(|_| Problem::NotFound)?;
    // A token in the path is for SES alone.
    if token.is_some() != (provider == Provider::Ses) {
        return Err(match provider {
            Provider::Ses => Problem::Unsigned(Unsigned::Wrong),
            _ => Problem::NotFound,
        });
    }
    let secrets = &config::deployment(env)?.email.callbacks;
    if !is_expected(provider, secrets, token) {
        return Err(Problem::Unsigned(Unsigned::Wrong));
    }
    let bytes = body_bytes(request, MAX_BODY).await?;
    if !is_from(provider, secrets, request, token, &bytes).await? {
        return Err(Problem::Unsigned(Unsigned::Wrong));
    }
    let text = std::str::from_utf8(&bytes).map_err(super::not_utf8)?;
    if super::is_deeper_than(super::MAX_DEPTH, &bytes) {
        return Err(Problem::Body(String::from("it is nested too deep")));
    }
    let callback = callback::read(provider, text)
        .map_err(|unreadable| Problem::Body(unreadable.to_string()))?;
    if let Some(url) = &callback.confirm {
        confirm(&sns::address(url, secrets.sns.as_deref())).await?;
    }
    let mut taken = Taken {
        passed_over: callback.passed_over,
        ..Taken::default()
    };
    for some in callback.told.chunks(AT_ONCE) {
        let telling = some
            .iter()
            .map(|told| -> Telling<'_> { Box::pin(feedback::tell(env, shop, told)) });
        for known in join_all(telling).await {
            if known? {
                taken.taken = taken.taken.saturating_add(1);
            } else {
                taken.unknown = taken.unknown.saturating_add(1);
            }
        }
    }
    if taken.unknown > 0 {
        let detail = format!("{name}: {}", taken.unknown);
        crate::telemetry::notice("callback_unknown", &detail);
    }
    text_of(&taken)
}

/// Whether anybody at all may be believed: what nobody can have sent is not read.
fn is_expected(provider: Provider, secrets: &CallbackSecrets, token: Option<&str>) -> bool {
    match provider {
        Provider::Resend => secrets.resend.is_some(),
        Provider::Postmark => secrets.postmark.is_some(),
        Provider::Sendgrid => secrets.sendgrid.is_some(),
        Provider::Ses => {
            let secret = secrets.ses.as_deref();
            let is_told = secret
                .zip(token)
                .is_some_and(|(secret, token)| is_same(token, secret));
            is_told && !secrets.topics.is_empty()
        }
        Provider::Smtp | Provider::Cloudflare => true,
    }
}

/// Whether the provider itself calls. Where no secret is set, nobody is believed.
async fn is_from(
    provider: Provider,
    secrets: &CallbackSecrets,
    request: &Request,
    token: Option<&str>,
    body: &[u8],
) -> Result<bool, Problem> {
    let headers = request.headers();
    let header = |name: &str| headers.get(name).unwrap_or_default();
    Ok(match provider {
        Provider::Resend => secrets.resend.as_ref().is_some_and(|secret| {
            let (id, at) = (header("svix-id"), header("svix-timestamp"));
            svix_signature(
                secret,
                &id,
                &at,
                &header("svix-signature"),
                body,
                clock::now_ms(),
            )
        }),
        Provider::Postmark => secrets
            .postmark
            .as_ref()
            .is_some_and(|secret| is_same(&header("authorization"), &basic_credentials(secret))),
        Provider::Sendgrid => match &secrets.sendgrid {
            Some(key) => {
                // The signature is over the timestamp's text and the body, without anything between them.
                let timestamp = header("x-twilio-email-event-webhook-timestamp");
                if !is_recent(&timestamp, clock::now_ms()) {
                    return Err(Problem::Unsigned(Unsigned::Stale));
                }
                let mut signed = timestamp.into_bytes();
                signed.extend_from_slice(body);
                let signature = header("x-twilio-email-event-webhook-signature");
                let checked = bindings::verify_ecdsa(key, &signature, &signed);
                JsFuture::from(checked).await?.is_truthy()
            }
            None => false,
        },
        Provider::Ses => {
            let is_told = secrets.ses.as_ref().zip(token);
            is_told.is_some_and(|(right, given)| is_same(given, right))
                && sns::is_signed(body, &secrets.topics, secrets.sns.as_deref()).await?
        }
        Provider::Smtp | Provider::Cloudflare => return Err(Problem::NotFound),
    })
}

/// Compares in a time that tells neither length nor content: two MACs under one key.
fn is_same(given: &str, right: &str) -> bool {
    let tag = |text: &str| {
        HmacSha256::new_from_slice(right.as_bytes()).map(|mac| mac.chain_update(text.as_bytes()))
    };
    match (tag(given), tag(right)) {
        (Ok(given), Ok(right)) => given.verify(&right.finalize().into_bytes()).is_ok(),
        _ => false,
    }
}

/// Confirms a subscription at SNS; whoever made up the address was refused when it was read.
async fn confirm(url: &str) -> Result<(), Problem> {
    let request = answers::request("GET", url, [], None)?;
    let answer = answers::to(request, WAITED_MS, 0).await;
    match answer.map(|answer| answer.status) {
        Ok(200) => {
            crate::telemetry::notice("sns_subscription_confirmed", "");
            Ok(())
        }
        Ok(status) => Err(Problem::Unavailable(format!("SNS answered {status}"))),
        Err(why) => Err(Problem::Unavailable(format!("SNS: {why}"))),
    }
}
