//! From the wire to a type that cannot be wrong.

use crate::config::ShopView;
use crate::error::{Problem, RefusedEvent};
use homing_core::cart::{EventId, Variant};
use homing_core::contact::{Email, Phone, holds_contact};
use homing_core::error::Invalid;
use homing_core::ids::CartId;
use homing_core::log::{ConsentReceipt, PageContext, Stage, What};
use homing_core::object::cart::{Collect, Identify, Incoming, Refusal};
use homing_core::token::Token;
use homing_core::wire;

/// Most events in one request.
pub const MAX_EVENTS: usize = 200;
/// Dwell and latency beyond a day say nothing.
const MAX_MS: u64 = 86_400_000;

/// Checks a request whole: one impossible event refuses all of it, so that nothing is half-applied.
pub fn parse(
    request: wire::CollectRequest,
    shop: &ShopView,
    cart: CartId,
    now: u64,
    fork: impl Fn(&str) -> Result<Token, Problem>,
) -> Result<Collect, Problem> {
    if request.v != 1 {
        return Err(Problem::Body(String::from("`v` must be 1")));
    }
    if request.events.len() > MAX_EVENTS {
        return Err(Problem::TooManyEvents(MAX_EVENTS));
    }
    // What the browser's clock shows wrong is the same for all its events.
    let skew = request.sent_at.map_or(0, |sent_at| {
        i64::try_from(now)
            .unwrap_or(0)
            .saturating_sub(i64::try_from(sent_at).unwrap_or(0))
    });
    let mut events = Vec::with_capacity(request.events.len());
    let mut identify: Option<Identify> = None;
    let mut impossible = Vec::new();
    let mut refused = Vec::new();
    for event in request.events {
        let at = event.at.unwrap_or(now).saturating_add_signed(skew).min(now);
        match read(&event, at, shop, &fork) {
            // The last word counts: a typing error that was put right is nobody's address.
            Ok(Read::Identify(mut found)) => {
                if let Some(earlier) = identify.take() {
                    refused.push((earlier.id, Refusal::Superseded));
                    // What the same person said before, and did not say anew, still holds.
                    if earlier.shopper == found.shopper {
                        found.phone = found.phone.or(earlier.phone);
                        found.consent = found.consent.or(earlier.consent);
                    }
                }
                identify = Some(found);
            }
            Ok(Read::Event(id, what)) => events.push(Incoming { id, at, what }),
            Ok(Read::Refused(id, refusal)) => refused.push((id, refusal)),
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
    Ok(Collect {
        shop: shop.id,
        cart,
        seen: request.seen.unwrap_or(0),
        page: request.page.map(page).transpose()?,
        events,
        identify,
        refused,
        push_every_ms: shop.settings.thresholds.shortest_ms().max(5_000),
        look_ms: shop.settings.look_ms(),
    })
}

enum Read {
    Event(EventId, What),
    Identify(Identify),
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
        let order = short(event.order.as_deref().unwrap_or(""), 64, "order")?;
        return Ok(Read::Event(
            id,
            What::Order {
                dots: event.dot_list()?,
                order: without_contact(&order),
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
            code: event
                .code
                .as_deref()
                .map(|code| word(code, "code"))
                .transpose()?,
        },
        "quote" => What::Quote {
            quote: event.quote.ok_or(Invalid::Missing("quote"))?,
        },
        "identify" => return identify(event, id, at, shop).map(Read::Identify),
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
    let email: Option<Email> = event.email.as_deref().map(str::parse).transpose()?;
    let phone: Option<Phone> = event.phone.as_deref().map(str::parse).transpose()?;
    let shopper = match (&email, &phone) {
        (Some(email), _) => shop.names.shopper_by_email(email.as_str()),
        (None, Some(phone)) => shop.names.shopper_by_phone(phone.as_str()),
        (None, None) => return Err(Invalid::Missing("email")),
    };
    let consent = event.consent.as_ref().map(receipt).transpose()?;
    Ok(Identify {
        id,
        at,
        shopper,
        email,
        phone,
        consent,
    })
}

fn receipt(consent: &wire::Consent) -> Result<ConsentReceipt, Invalid> {
    Ok(ConsentReceipt {
        email: consent.email,
        sms: consent.sms,
        wording: word(
            consent.wording.as_deref().unwrap_or("unversioned"),
            "consent.wording",
        )?,
        page: without_contact(&short(
            consent.page.as_deref().unwrap_or("/"),
            200,
            "consent.page",
        )?),
    })
}

fn page(page: wire::Page) -> Result<PageContext, Problem> {
    let utm = page.utm.unwrap_or_default();
    if utm.len() > 8 {
        return Err(Problem::Invalid(Invalid::Range("page.utm")));
    }
    let text = |value: Option<String>, limit: usize, field: &'static str| {
        value
            .map(|value| short(&value, limit, field).map(|value| without_contact(&value)))
            .transpose()
            .map_err(Problem::Invalid)
    };
    let mut clean = std::collections::BTreeMap::new();
    for (name, value) in utm {
        clean.insert(
            word(&name, "page.utm")?,
            without_contact(&short(&value, 100, "page.utm")?),
        );
    }
    Ok(PageContext {
        device: text(page.device, 16, "page.device")?,
        tz: text(page.tz, 48, "page.tz")?,
        locale: text(page.locale, 24, "page.locale")?,
        currency: text(page.currency, 3, "page.currency")?,
        // A whole address may hold anything; the origin is what is needed.
        referrer: text(page.referrer, 1_000, "page.referrer")?.map(|referrer| origin_of(&referrer)),
        utm: clean,
    })
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

/// A contact in a place that is not made for it goes no further.
fn without_contact(text: &str) -> String {
    if holds_contact(text) {
        String::new()
    } else {
        text.to_owned()
    }
}

fn short(text: &str, limit: usize, field: &'static str) -> Result<String, Invalid> {
    if text.len() > limit || text.chars().any(char::is_control) {
        Err(Invalid::Range(field))
    } else {
        Ok(text.to_owned())
    }
}

fn word(text: &str, field: &'static str) -> Result<String, Invalid> {
    let fits = (1..=64).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.' | b':'));
    if fits {
        Ok(text.to_owned())
    } else {
        Err(Invalid::Range(field))
    }
}

/// A shop's own page may use its publishable key; other pages may not.
pub fn check_origin(shop: &ShopView, origin: Option<&str>) -> Result<(), Problem> {
    match origin {
        Some(origin) if shop.config.allows_origin(origin) => Ok(()),
        _ => Err(Problem::Origin),
    }
}

/// What a key and a shop's revocations say.
pub fn check_serial(shop: &ShopView, serial: u8) -> Result<(), Problem> {
    if shop.config.revoked_publishable.contains(&serial) {
        Err(Problem::Key)
    } else {
        Ok(())
    }
}
