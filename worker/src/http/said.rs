//! `POST /callbacks/attentive/{shop}`, `…/klaviyo/{shop}` and `…/hubspot/{shop}`: what a shop's subscribers say at its marketing platforms. What
//! each signs with stands in the shop's connection.

use super::callbacks::{AT_ONCE, Telling};
use super::{body_bytes, text_of};
use crate::bindings::{Env, Request};
use crate::channels::flow::{self, people};
use crate::clock;
use crate::config::{self, Deployment, ShopView};
use crate::error::Problem;
use crate::objects::calls::{ShopperAsk, ShopperCall, ask_shopper};
use futures_util::future::join_all;
use homing_core::account::Account;
use homing_core::callback::{
    Heard, Named, Person, ProfileId, Said, Word, base64_signature, heard, hex_signature, is_fresh,
};
use homing_core::delivery::{FlowPlatform, Whom};
use homing_core::ids::ShopId;
use homing_core::object::shopper::{Cause, Input};
use homing_core::webhook::Unsigned;
use serde::Serialize;
use std::rc::Rc;

/// For how long the platform is waited for where it has to be asked who somebody is, ms: HubSpot waits 5 s for its own answer.
const WAITED_MS: u64 = 3_000;

/// Profiles that are asked for in one call.
const ASKED_AT_ONCE: usize = 100;

/// How old a webhook of Klaviyo's may be, ms: it tries for two days, and does not say whether it signs a repeat anew.
const KEPT_MS: u64 = 49 * 3_600_000;

/// What became of a webhook.
#[derive(Serialize)]
struct Taken {
    taken: u32,
    passed_over: u32,
}

/// Takes a webhook. It is answered once what it says is written down; an error brings it again.
pub async fn post(
    request: &Request,
    env: &Env,
    platform: FlowPlatform,
    shop: &str,
) -> Result<String, Problem> {
    let shop: ShopId = shop.parse().map_err(|_| Problem::NotFound)?;
    let view = config::shop(env, shop).await?;
    let deployment = config::deployment(env)?;
    let keys = view
        .connections
        .account(platform.name(), &deployment.keys)?
        .ok_or(Problem::NotFound)?;
    let own = keys.get("account").unwrap_or_default();
    // An app of HubSpot's may be in several accounts, and the same id is somebody else in each.
    if platform == FlowPlatform::Hubspot && own.is_empty() {
        return Err(Problem::NotFound);
    }
    let body = body_bytes(request, most_bytes(platform)).await?;
    let url = format!(
        "{}/callbacks/{}/{shop}",
        deployment.public_url,
        platform.name()
    );
    signed(request, platform, &keys, (&url, &body))?;
    let text = std::str::from_utf8(&body).map_err(super::not_utf8)?;
    if super::is_deeper_than(super::MAX_DEPTH, &body) {
        return Err(Problem::Body(String::from("it is nested too deep")));
    }
    let heard =
        heard(platform, own, text).map_err(|unreadable| Problem::Body(unreadable.to_string()))?;
    if platform == FlowPlatform::Klaviyo {
        sent_lately(request, &heard)?;
    }
    let known = who(&deployment, platform, &keys, &heard.said).await?;
    let mut taken = Taken {
        taken: 0,
        passed_over: heard.passed_over,
    };
    for some in heard.said.chunks(AT_ONCE) {
        let telling = some
            .iter()
            .map(|said| -> Telling<'_> { Box::pin(tell(env, shop, &view, &known, said)) });
        for is_taken in join_all(telling).await {
            let count = if is_taken? {
                &mut taken.taken
            } else {
                &mut taken.passed_over
            };
            *count = count.saturating_add(1);
        }
    }
    text_of(&taken)
}

/// Bytes of a webhook: Attentive's tell of one event, HubSpot's of 100, Klaviyo's of 1,000 with all that belongs to them.
fn most_bytes(platform: FlowPlatform) -> u32 {
    match platform {
        FlowPlatform::Attentive => 65_536,
        FlowPlatform::Klaviyo => 4_194_304,
        FlowPlatform::Hubspot | FlowPlatform::Braze => 262_144,
    }
}

/// Checks that the platform itself calls, by what it signs with.
fn signed(
    request: &Request,
    platform: FlowPlatform,
    keys: &Account,
    (url, body): (&str, &[u8]),
) -> Result<(), Problem> {
    let secret = keys.get("webhook_secret").ok_or(Problem::NotFound)?;
    let header = |name: &str| request.headers().get(name).unwrap_or_default();
    let is_signed = match platform {
        FlowPlatform::Attentive => {
            hex_signature(secret, &header("x-attentive-hmac-sha256"), &[body])
        }
        FlowPlatform::Klaviyo => {
            let at = header("klaviyo-timestamp");
            hex_signature(secret, &header("klaviyo-signature"), &[body, at.as_bytes()])
        }
        FlowPlatform::Hubspot => {
            let at = header("x-hubspot-request-timestamp");
            let pieces = [b"POST", url.as_bytes(), body, at.as_bytes()];
            let is_signed = base64_signature(secret, &header("x-hubspot-signature-v3"), &pieces);
            if is_signed && !is_fresh(&at, clock::now_ms()) {
                return Err(Problem::Unsigned(Unsigned::Stale));
            }
            is_signed
        }
        FlowPlatform::Braze => false,
    };
    if is_signed {
        Ok(())
    } else {
        Err(Problem::Unsigned(Unsigned::Wrong))
    }
}

/// Checks what Klaviyo wants checked beside its signature, and when the body says that it was sent. Its header tells that as well, in a time
/// that was seen to be hours off.
fn sent_lately(request: &Request, heard: &Heard) -> Result<(), Problem> {
    if request.headers().get("klaviyo-webhook-id") != heard.webhook {
        return Err(Problem::Unsigned(Unsigned::Wrong));
    }
    let now = clock::now_ms();
    match heard.sent_at {
        Some(at) if now.saturating_sub(at) > KEPT_MS => Err(Problem::Unsigned(Unsigned::Stale)),
        _ => Ok(()),
    }
}

/// Asks the platform who the profiles are that are named, each once.
async fn who(
    deployment: &Deployment,
    platform: FlowPlatform,
    keys: &Rc<Account>,
    said: &[Said],
) -> Result<Vec<Person>, Problem> {
    let mut ids: Vec<&ProfileId> = Vec::new();
    for said in said {
        if let Named::Profile(id) = &said.who
            && !ids.contains(&id)
        {
            ids.push(id);
        }
    }
    let account = flow::account_with(deployment, platform, keys, None);
    let until = clock::now_ms().saturating_add(WAITED_MS);
    let mut known = Vec::new();
    for some in ids.chunks(ASKED_AT_ONCE) {
        let left = until.saturating_sub(clock::now_ms());
        known.extend(people::ask(&account, platform, some, left).await?);
    }
    Ok(known)
}

/// Tells the Shopper, also where nobody is known by the contact yet. `false`: the platform knows no such contact any more.
async fn tell(
    env: &Env,
    shop: ShopId,
    view: &ShopView,
    known: &[Person],
    said: &Said,
) -> Result<bool, Problem> {
    let whom = match &said.who {
        Named::Contact(whom) => Some(whom.clone()),
        Named::Profile(id) => known
            .iter()
            .find(|person| person.id == *id)
            .and_then(|person| person.contact(said.word.channel())),
    };
    let shopper = match whom {
        Some(Whom::Number(phone)) => view.names.shopper_by_phone(phone.as_str()),
        Some(Whom::Address(email)) => view.names.shopper_by_email(email.as_str()),
        None => return Ok(false),
    };
    let input = match said.word {
        Word::No(channel) => Input::Opt {
            channel,
            wanted: false,
        },
        Word::Yes(channel, at) => Input::OptIn {
            channel,
            at: at.min(clock::now_ms()),
        },
        Word::Complaint => Input::Suppress {
            cause: Cause::Complained,
            until: None,
        },
    };
    let ask = ShopperAsk::Step(input);
    ask_shopper(env, &ShopperCall { shop, shopper, ask }).await?;
    Ok(true)
}
