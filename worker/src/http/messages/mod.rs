//! `/v1/messages`: a message as it would be. `preview` answers with it, `test` sends it to one of the shop's own people. Neither
//! touches a Shopper or writes to a Cart.

mod asked;
mod shown;
mod test_send;

pub use test_send::post as test;

use super::merchant::Caller;
use super::{MERCHANT_BODY, body, merchant, text_of};
use crate::bindings::{Env, Request};
use crate::connections::Connections;
use crate::error::Problem;
use crate::objects::calls::{CartCall, ShopInput, ShopRecord, ShopReply, ask_cart, ask_shop};
use crate::platforms::{Platforms, shelf};
use crate::{channels, clock, config, stock};
use asked::Asked;
use homing_core::cart::LineView;
use homing_core::catalogue::{Outline, Product};
use homing_core::experiment::Draws;
use homing_core::ids::{CartId, ShopId};
use homing_core::object::cart::{Input as CartInput, Reply as CartReply};
use homing_core::preview::{Preview, Scene, Warning};
use homing_core::scopes::Scope;
use homing_core::sequence::Sequence;
use homing_core::shop::Carrier;
use shown::Shown;
use std::collections::BTreeMap;

/// Products of a sample, where nothing else is asked for.
const SAMPLE: u32 = 2;

/// What was asked for, and the message.
struct Seen {
    shop: ShopId,
    record: ShopRecord,
    sequence: Sequence,
    step: u8,
    cart: Option<CartId>,
    preview: Preview,
}

/// The message, as a release would write it now.
pub async fn preview(request: &Request, env: &Env) -> Result<String, Problem> {
    let caller = merchant::caller(request, env).await?;
    caller.needs(Scope::ShopRead)?;
    let asked: Asked = body(request, MERCHANT_BODY).await?;
    if asked.to.is_some() {
        return Err(asked::wrong("to", "only in /v1/messages/test"));
    }
    let seen = see(caller, asked, env).await?;
    text_of(&Shown::of(&seen))
}

/// Writes the message that is asked for.
async fn see(caller: Caller, asked: Asked, env: &Env) -> Result<Seen, Problem> {
    let sequence = asked.sequence(&caller.record.config)?;
    let shop = caller.shop;
    let cart = asked.cart()?;
    let (lines, quote) = match cart {
        Some(cart) => {
            caller.needs(Scope::CartsRead)?;
            of_cart(env, shop, cart).await?
        }
        None => (asked.lines()?, false),
    };
    let mut record = caller.record;
    let (lines, mut products, outlines) =
        on_shelf(env, (shop, &mut record), lines, asked.is_sample()).await?;
    let connections = Connections::new(shop, record.connections.clone());
    let deployment = config::deployment(env)?;
    // As before a send: what the platform says of stock and price, then what is held for others.
    let platform = Platforms::of(&deployment, shop, record.config.currency, &connections);
    let platform = platform.ok().flatten();
    if let Some(platform) = &platform {
        let prices = record.config.platform.prices;
        shelf::before_a_send(platform, &mut products, outlines, prices).await;
    }
    let own = cart.into_iter().collect();
    stock::withhold(env, shop, &mut products, own).await?;
    if let Some(locale) = asked.locale()? {
        record.config.locale = locale;
    }
    let draws = Draws::picked(&record.config, &asked.arms).map_err(|id| {
        asked::wrong(
            &format!("arms.{id}"),
            "an experiment of the shop, and an arm of it",
        )
    })?;
    let scene = Scene {
        sequence: &sequence,
        step: asked.step,
        channel: asked.channel,
        draws: &draws,
        lines: &lines,
        quote,
        products: &products,
        config: &record.config,
        public_url: &deployment.public_url,
        short_url: &deployment.short_url,
        makes_codes: platform.is_some(),
        now: clock::now_ms(),
    };
    let mut preview = scene
        .preview()
        .ok_or_else(|| asked::wrong("step", "one of the sequence's steps, counted from 0"))?;
    let (channel, id) = (preview.channel, Some(&sequence.id));
    let flow = record.config.flow(channel, id, asked.step);
    let carrier = flow.map(Carrier::Flow);
    let carrier = carrier.or_else(|| record.config.carrier(channel));
    let can = |carrier| channels::is_configured(env, &deployment, &connections, carrier);
    if carrier.is_some_and(|carrier| !can(carrier)) {
        preview.warnings.push(Warning::not_configured());
    }
    Ok(Seen {
        shop,
        record,
        sequence,
        step: asked.step,
        cart,
        preview,
    })
}

/// What a cart of the shop holds, and whether it is a quote. A line's options are the shopper's own words; no message shows them.
async fn of_cart(env: &Env, shop: ShopId, cart: CartId) -> Result<(Vec<LineView>, bool), Problem> {
    let object = config::shop(env, shop).await?.names.cart(cart);
    let call = CartCall {
        shop,
        cart,
        input: CartInput::Read,
    };
    match ask_cart(env, &object, &call).await? {
        CartReply::Snapshot(snapshot) if snapshot.entries > 0 => {
            Ok((snapshot.lines, snapshot.slot.quote))
        }
        _ => Err(Problem::UnknownCart),
    }
}

/// The lines with their products, and with what is known of those that are not all known; where a sample is wanted, lines of the
/// catalogue's first ones.
async fn on_shelf(
    env: &Env,
    (shop, record): (ShopId, &mut ShopRecord),
    mut lines: Vec<LineView>,
    is_sample: bool,
) -> Result<(Vec<LineView>, BTreeMap<String, Product>, Vec<Outline>), Problem> {
    let odd = || Problem::Internal(String::from("the shop answered something else"));
    let mut outlines = Vec::new();
    let found = if is_sample {
        let page = ShopInput::Catalogue {
            after: None,
            limit: SAMPLE,
        };
        let ShopReply::Catalogue(found) = ask_shop(env, shop, &page).await? else {
            return Err(odd());
        };
        lines = found
            .iter()
            .filter_map(|product| asked::line(&product.variant, 1, &BTreeMap::new()).ok())
            .collect();
        found
    } else {
        let mut variants: Vec<String> = lines
            .iter()
            .map(|view| view.line.variant().as_str().to_owned())
            .collect();
        variants.sort_unstable();
        variants.dedup();
        match ask_shop(env, shop, &ShopInput::Products(variants)).await? {
            ShopReply::Products(now, found, unknown) => {
                *record = now;
                outlines = unknown;
                found
            }
            _ => return Err(odd()),
        }
    };
    let by_variant = found
        .into_iter()
        .map(|product| (product.variant.clone(), product));
    Ok((lines, by_variant.collect(), outlines))
}
