//! From the wire to a type that cannot be wrong.

use crate::bindings::{Env, Request};
use crate::config::{self, ShopView};
use crate::endpoints;
use crate::error::{Problem, RefusedEvent};
use crate::keyring;
use crate::limits::Visitor;
use homing_core::cart::{EventId, Variant};
use homing_core::contact::{Email, Phone, holds_contact};
use homing_core::error::Invalid;
use homing_core::flood::Voice;
use homing_core::ids::CartId;
use homing_core::keys::ApiKey;
use homing_core::log::{ConsentReceipt, PageContext, Stage, What};
use homing_core::object::cart::{Collect, Identify, Incoming, Refusal};
use homing_core::push::{Pushed, Subscription};
use homing_core::token::{LinkPurpose, Token};
use homing_core::wire;
use std::cell::Cell;
use std::rc::Rc;

/// Most events in one request.
pub const MAX_EVENTS: usize = 200;
/// Dwell and latency beyond a day say nothing.
const MAX_MS: u64 = 86_400_000;

/// Checks a request whole: one impossible event refuses all of it, so that nothing is half-applied.
pub fn parse(
    request: wire::CollectRequest,
    shop: &ShopView,
    cart: CartId,
    (now, voice): (u64, Voice),
    fork: impl Fn(&str) -> Result<Token, Problem>,
) -> Result<Collect, Problem> {
    if request.v != 1 {
        return Err(Problem::Body(String::from("`v` must be 1")));
    }
    if request.events.len() > MAX_EVENTS {
        return Err(Problem::TooManyEvents(MAX_EVENTS));
    }
    let skew = request.sent_at.map_or(0, |sent_at| skew(sent_at, now));
    let mut collect = Collect {
        shop: shop.id,
        cart,
        seen: request.seen.unwrap_or(0),
        page: request.page.map(page),
        events: Vec::with_capacity(request.events.len()),
        identify: None,
        withdrawn: None,
        refused: Vec::new(),
        push_every_ms: shop.settings.push_every_ms(),
        look_ms: shop.settings.look_ms(),
        by_link: false,
        doubt: None,
    };
    let mut impossible = Vec::new();
    let by_link = Cell::new(false);
    let fork = |text: &str| {
        let token = fork(text)?;
        let leads_back = token.purpose == LinkPurpose::Recovery && token.shop == shop.id;
        by_link.set(by_link.get() || leads_back);
        Ok(token)
    };
    for event in request.events {
        let at = event.at.unwrap_or(now).saturating_add_signed(skew).min(now);
        match read(&event, at, shop, fork) {
            // A browser that takes notifications names no contact, and is reached at its own wish.
            Ok(Read::Identify(found)) if found.push.is_some() => collect.say(*found),
            Ok(Read::Identify(found)) => collect.say(Identify { voice, ..*found }),
            Ok(Read::Event(id, what)) => collect.events.push(Incoming { id, at, what }),
            Ok(Read::Refused(id, refusal)) => collect.refused.push((id, refusal)),
            Err(invalid) => impossible.push(RefusedEvent {
                id: event.id.chars().take(40).collect(),
                code: invalid.code().to_owned(),
                detail: invalid.to_string(),
            }),
        }
    }
    if !impossible.is_empty() {
        return Err(Problem::Events(impossible));
    }
    collect.by_link = by_link.get();
    Ok(collect)
}

enum Read {
    Event(EventId, What),
    Identify(Box<Identify>),
    Refused(EventId, Refusal),
}

fn read(
    event: &wire::Event,
    at: u64,
    shop: &ShopView,
    fork: impl Fn(&str) -> Result<Token, Problem>,
) -> Result<Read, Invalid> {
    let id = event.event_id()?;
    if event.t == "order" {
        // Nothing about its name may keep an order from ending the reminders.
        return Ok(Read::Event(
            id,
            What::Order {
                dots: event.dot_list()?,
                order: fitted(event.order.as_deref().unwrap_or(""), 64),
            },
        ));
    }
    if let Some(op) = event.op()? {
        return Ok(Read::Event(id, What::Lines(op)));
    }
    let what = match event.t.as_str() {
        "fork" => {
            let dots = event.dot_list()?;
            let token = fork(event.token.as_deref().ok_or(Invalid::Missing("token"))?);
            // A token may have expired while the browser was offline; the cart is good without its parent.
            let Some(token) = token
                .ok()
                .filter(|token| token.shop == shop.id && token.kid >= shop.config.links_from_kid)
            else {
                return Ok(Read::Refused(id, Refusal::ForkToken));
            };
            What::Fork {
                parent: token.cart(),
                dots,
                generation: token.generation,
                merged: event.merged.unwrap_or(false),
            }
        }
        "view" => What::View {
            variant: Variant::new(
                event
                    .variant
                    .as_deref()
                    .ok_or(Invalid::Missing("variant"))?,
            )?
            .as_str()
            .to_owned(),
            dwell_ms: event.ms.unwrap_or(0).min(MAX_MS),
        },
        "exit" => What::Exit {
            how: word(event.how.as_deref().unwrap_or("pointer"), "how")?,
        },
        "checkout" => What::Checkout {
            stage: Stage::parse(event.stage.as_deref().ok_or(Invalid::Missing("stage"))?)
                .ok_or(Invalid::Range("stage"))?,
            latency_ms: event.ms.map(|ms| ms.min(MAX_MS)),
            code: event.code.as_deref().and_then(code),
        },
        "quote" => What::Quote {
            quote: event.quote.ok_or(Invalid::Missing("quote"))?,
        },
        "identify" => {
            return identify(event, id, at, shop).map(|found| Read::Identify(Box::new(found)));
        }
        // A shop that sends none keeps nothing of them.
        "push" if shop.config.push.is_none() => return Ok(Read::Refused(id, Refusal::NoPush)),
        "push" => return pushed(event, id, at, shop).map(|found| Read::Identify(Box::new(found))),
        _ => return Err(Invalid::Kind),
    };
    Ok(Read::Event(id, what))
}

fn identify(
    event: &wire::Event,
    id: EventId,
    at: u64,
    shop: &ShopView,
) -> Result<Identify, Invalid> {
    // Forms send a field that nobody has filled in as well, or a number as people write it: one contact that can be read is enough.
    let (email, phone) = (given(event.email.as_deref()), given(event.phone.as_deref()));
    let email = email.map(str::parse::<Email>);
    let phone = phone.map(str::parse::<Phone>);
    let (email, phone) = match (email, phone) {
        (Some(Err(invalid)), None | Some(Err(_))) | (None, Some(Err(invalid))) => {
            return Err(invalid);
        }
        (email, phone) => (email.and_then(Result::ok), phone.and_then(Result::ok)),
    };
    let shopper = shop.names.shopper(email.as_ref(), phone.as_ref());
    let shopper = shopper.ok_or(Invalid::Missing("email"))?;
    Ok(Identify {
        id,
        at,
        told_at: None,
        shopper,
        email,
        phone,
        consent: event.consent.as_ref().map(receipt),
        push: None,
        earlier: Vec::new(),
        voice: Voice::default(),
    })
}

/// What a browser says of notifications. Where it is reached is an address that this service will call.
fn pushed(event: &wire::Event, id: EventId, at: u64, shop: &ShopView) -> Result<Identify, Invalid> {
    let push = event.push.as_ref().ok_or(Invalid::Missing("push"))?;
    let deployment = config::known_deployment().ok_or(Invalid::Address)?;
    let endpoint = endpoints::called(&push.endpoint, &deployment)?;
    let subscription = match (&push.p256dh, &push.auth) {
        (None, None) => None,
        (p256dh, auth) => Some(Subscription::new(
            endpoint.clone(),
            p256dh.as_deref().ok_or(Invalid::Subscription)?,
            auth.as_deref().ok_or(Invalid::Subscription)?,
        )?),
    };
    let consent = event.consent.as_ref();
    let said = consent.map(receipt).unwrap_or_default();
    Ok(Identify {
        id,
        at,
        told_at: None,
        shopper: shop.names.shopper_by_push(&endpoint),
        email: None,
        phone: None,
        consent: None,
        push: Some(Pushed {
            endpoint,
            subscription,
            agreed: consent.and_then(|consent| consent.push),
            wording: said.wording,
            page: said.page,
        }),
        earlier: Vec::new(),
        voice: Voice::default(),
    })
}

fn given(text: Option<&str>) -> Option<&str> {
    text.map(str::trim).filter(|text| !text.is_empty())
}

/// What the answer was counts more than where it was given.
pub fn receipt(consent: &wire::Consent) -> ConsentReceipt {
    let wording = consent.wording.as_deref().filter(|text| is_word(text));
    ConsentReceipt {
        email: consent.email,
        sms: consent.sms,
        ads: consent.ads,
        wording: wording.unwrap_or("unversioned").to_owned(),
        page: fitted(consent.page.as_deref().unwrap_or("/"), 200),
    }
}

/// What a page says of itself is no reason to lose what happened on it: values that do not fit are cut, those that would mean
/// something else when cut are left out.
fn page(page: wire::Page) -> PageContext {
    let whole = |value: Option<String>, limit: usize| {
        value
            .filter(|value| value.len() <= limit)
            .map(|value| fitted(&value, limit))
    };
    let utm = page.utm.unwrap_or_default().into_iter();
    PageContext {
        device: whole(page.device, 16),
        tz: whole(page.tz, 48),
        locale: whole(page.locale, 24),
        currency: whole(page.currency, 3),
        // A whole address may hold anything; the origin is what is needed.
        referrer: page
            .referrer
            .map(|referrer| fitted(&origin_of(&referrer), 130)),
        utm: utm
            .filter(|(name, _)| is_word(name))
            .map(|(name, value)| (name, fitted(&value, 100)))
            .take(8)
            .collect(),
    }
}

fn origin_of(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme @ ("https" | "http"), rest)) => format!(
            "{scheme}://{}",
            rest.split(['/', '?', '#'])
                .next()
                .unwrap_or("")
                .chars()
                .take(120)
                .collect::<String>()
        ),
        _ => String::new(),
    }
}

/// At most so many bytes of a text, on one line. A contact in a place that is not made for it goes no further.
pub fn fitted(text: &str, limit: usize) -> String {
    /// Characters that are looked at: no limit is near it, so that nothing which is kept was cut out of a contact.
    const LOOKED_AT: usize = 1_000;
    let mut fitted: String = text
        .chars()
        .filter(|c| !c.is_control())
        .take(LOOKED_AT)
        .collect();
    if holds_contact(&fitted) {
        return String::new();
    }
    while fitted.len() > limit {
        fitted.pop();
    }
    fitted
}

/// Why a payment failed, in the spelling of codes: some shops say it in words.
fn code(text: &str) -> Option<String> {
    let spelt = |c: char| if is_of_word(c) { c } else { '_' };
    let code: String = fitted(text, 64).chars().map(spelt).collect();
    Some(code).filter(|code| !code.is_empty())
}

fn is_of_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':')
}

fn is_word(text: &str) -> bool {
    (1..=64).contains(&text.len()) && text.chars().all(is_of_word)
}

fn word(text: &str, field: &'static str) -> Result<String, Invalid> {
    if is_word(text) {
        Ok(text.to_owned())
    } else {
        Err(Invalid::Range(field))
    }
}

/// What a browser's clock shows too little, ms; the same for all events of a request. The way takes time as well, and some
/// requests overtake others: what the way may explain is not the clock's fault, and taking it off would change the order in which
/// things were said.
fn skew(sent_at: u64, now: u64) -> i64 {
    const MOST_OF_THE_WAY_MS: u64 = 120_000;
    if now.abs_diff(sent_at) <= MOST_OF_THE_WAY_MS {
        return 0;
    }
    let signed = |ms: u64| i64::try_from(ms).unwrap_or(0);
    signed(now).saturating_sub(signed(sent_at))
}

/// A shop's own page may use its publishable key, as long as that is not revoked; other pages may not.
pub fn admit(shop: &ShopView, key: &ApiKey, origin: Option<&str>) -> Result<(), Problem> {
    if !origin.is_some_and(|origin| shop.config.allows_origin(origin)) {
        return Err(Problem::Origin);
    }
    if shop.config.revoked_publishable.contains(&key.serial) {
        return Err(Problem::Key);
    }
    Ok(())
}

/// The shop whose page has sent a publishable key.
pub async fn shop_of(
    key: &str,
    request: &Request,
    origin: Option<&str>,
    env: &Env,
) -> Result<Rc<ShopView>, Problem> {
    let key =
        keyring::publishable(key, &config::deployment(env)?.keys).map_err(|_| Problem::Key)?;
    Visitor::of(request).pace(env, key.shop).await?;
    let shop = config::shop(env, key.shop).await?;
    admit(&shop, &key, origin)?;
    Ok(shop)
}
