//! What a platform says of a basket or an order, in a cart's words.

use super::Failure;
use crate::baskets::{carry, claimed, look};
use crate::bindings::Env;
use crate::config::ShopView;
use crate::error::Problem;
use crate::http::fitted;
use crate::objects::calls::{ShopInput, ask_shop};
use crate::{clock, load, telemetry};
use homing_core::catalogue::Word;
use homing_core::ids::CartId;
use homing_core::object::cart::{CartPlatform, Purchase, Step, Telling, Whose};
use homing_core::platform::{Basket, Customer, Order, Platform, Refused};
use homing_core::traceparent::TraceId;

/// Longest reference of an order that is kept, in bytes; as in a browser's `order`.
const REFERENCE: usize = 64;

/// Tells the cart what is in it.
pub async fn basket(
    env: &Env,
    shop: &ShopView,
    (platform, trace): (Platform, TraceId),
    basket: Basket,
) -> Result<(), Failure> {
    note_refused(platform, &basket.refused);
    // It was bought: the order says so itself, and nothing else of it is news.
    if basket.completed_at.is_some() {
        return Ok(());
    }
    let Some(name) = basket.name(platform) else {
        return Ok(());
    };
    let words = basket.words(shop.config.currency);
    let claim = claim(env, shop, basket.intent.as_deref()).await?;
    let telling = Telling {
        version: basket.version.max(1),
        changed_at: basket.changed_at,
        // The snippet follows this basket, and tells its lines by itself. Told twice, one that comes late would count twice.
        lines: if claim.is_some() {
            None
        } else {
            Some(basket.contents())
        },
        // That it is none any more a platform does not say: an order ends it.
        quote: basket.is_quote.then_some(true),
        contact: whose(shop, platform, &basket.customer),
        claim,
        ..blank(shop, platform, &name)
    };
    let taken = carry(telling, trace, shop, env).await?;
    if let Some((variant, why)) = taken.refused.first() {
        telemetry::notice("basket_line_refused", &format!("{variant}: {}", why.code()));
    }
    if !words.is_empty() {
        hear(env, shop, words).await;
    }
    Ok(())
}

/// Has the shop hear what products are called and cost. By then the cart is told, which is what matters: a webhook is not tried again for
/// a name, which the next one tells anyway.
async fn hear(env: &Env, shop: &ShopView, words: Vec<Word>) {
    if load::skips_enrichment(clock::now_ms()) {
        return;
    }
    let hear = ShopInput::Hear(words);
    let mut heard = ask_shop(env, shop.id, &hear).await;
    if heard.is_err() {
        // An object that has just moved answers the second time.
        heard = ask_shop(env, shop.id, &hear).await;
    }
    if let Err(problem) = heard {
        telemetry::error("words_unheard", &problem.to_string());
    }
}

/// Tells everybody who has to know that something was bought.
pub async fn order(
    env: &Env,
    shop: &ShopView,
    (platform, trace): (Platform, TraceId),
    order: Order,
) -> Result<(), Failure> {
    note_refused(platform, &order.refused);
    let contact = whose(shop, platform, &order.customer);
    let mut names: Vec<String> = order.names(platform).collect();
    if names.is_empty() {
        // By telephone, in person, or begun by a clerk: whoever bought need not be reminded, and where nobody is known nobody is.
        if contact.named().is_none() {
            return Ok(());
        }
        names.push(format!("{}/order/{}", platform.as_str(), order.id));
    }
    let claim = claim(env, shop, order.intent.as_deref()).await?;
    let telling = |name: &str| {
        let blank = blank(shop, platform, name);
        Telling {
            version: order.version_of_basket(),
            changed_at: order.placed_at,
            // A platform makes an order of a whole basket. What it calls the lines of an order may differ from what it called them
            // before, and a line that only seems to have been left would be written about.
            lines: None,
            order: Some(Purchase::new(
                blank.alias,
                &order.id,
                fitted(&order.id, REFERENCE),
            )),
            ..blank
        }
    };
    let mut names = names.iter();
    let Some(first) = names.next() else {
        return Ok(());
    };
    let taken = carry(
        Telling {
            contact,
            claim,
            ..telling(first)
        },
        trace,
        shop,
        env,
    )
    .await?;
    for name in names {
        // A checkout that had come before anybody knew its cart. One of which nothing is known need not be told.
        let mut other = telling(name);
        if look(other.alias, shop, env).await?.entries == 0 {
            continue;
        }
        if let Some(order) = &mut other.order {
            // It is the same order, and counts once.
            order.heard_at = taken.ordered_at;
        }
        carry(other, trace, shop, env).await?;
    }
    Ok(())
}

fn blank(shop: &ShopView, platform: Platform, name: &str) -> Telling {
    Telling {
        alias: shop.names.basket(name),
        version: 1,
        changed_at: 0,
        lines: None,
        order: None,
        quote: None,
        contact: Whose::Unsaid,
        claim: None,
        by_link: false,
        step: Step::First,
        moved: false,
        later: None,
        push_every_ms: shop.settings.push_every_ms(),
        platform: CartPlatform::Connected(platform),
    }
}

fn whose(shop: &ShopView, platform: Platform, customer: &Customer) -> Whose {
    let shopper = shop
        .names
        .shopper(customer.email.as_ref(), customer.phone.as_ref());
    match shopper {
        Some(shopper) => Whose::Of(customer.introduction(shopper, platform.as_str())),
        None if customer.is_nobody => Whose::Nobody,
        None => Whose::Unsaid,
    }
}

/// The cart whose browser has put its token into the basket. A token that is worthless claims nothing.
async fn claim(env: &Env, shop: &ShopView, token: Option<&str>) -> Result<Option<CartId>, Failure> {
    let Some(token) = token else { return Ok(None) };
    match claimed(token, shop, env).await {
        Ok(cart) => Ok(Some(cart)),
        Err(Problem::Token(_) | Problem::Revoked) => Ok(None),
        Err(problem) => Err(problem.into()),
    }
}

/// The names of what could not be read, and nothing of what they hold.
fn note_refused(platform: Platform, refused: &[Refused]) {
    if let Some(first) = refused.first() {
        let line = format!(
            "{}: {} of {} lines: {}",
            platform.as_str(),
            first.path,
            refused.len(),
            first.code.as_str()
        );
        telemetry::notice("webhook_line_refused", &line);
    }
}
