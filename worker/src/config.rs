//! Configuration: the deployment's secrets, and shops as each isolate remembers them.
//!
//! A shop is looked up in the isolate's memory, then in KV (`shop/{id}` holds a version that only grows, `shop/{id}@{version}`
//! an immutable record), then at its Shop object, which is the truth.

mod deployment;
mod published;

pub use deployment::{Deployment, deployment, known_deployment};
pub use published::{kv, kv_answers, publish, published_shops};

use crate::bindings::{Env, RequestContext};
use crate::clock;
use crate::connections::Connections;
use crate::error::Problem;
use crate::objects::calls::{ShopInput, ShopRecord, ShopReply, ask_shop};
use homing_core::bytes::from_base64url;
use homing_core::ids::ShopId;
use homing_core::keys::{MasterKeys, NameKey, Purpose};
use homing_core::object::shopper::{ErrandSettings, PlanSettings};
use homing_core::seal;
use homing_core::shop::ShopConfig;
use js_sys::JsString;
use published::{Published, from_kv};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// How long a shop is used before KV is asked again, ms.
const FRESH_MS: u64 = 30_000;
/// How often a shop is looked up again because a signature does not fit, ms.
const DOUBT_MS: u64 = 5_000;
/// A wrapped name key: key id, nonce, key and tag.
const WRAPPED_BYTES: usize = 1 + 12 + 32 + 16;
/// Shops remembered per isolate; about 2 KB each.
const MAX_SHOPS: usize = 4_000;

/// A shop as this isolate knows it.
pub struct ShopView {
    /// The shop.
    pub id: ShopId,
    /// Version of the configuration.
    pub version: u64,
    /// The configuration.
    pub config: ShopConfig,
    /// Names its objects.
    pub names: NameKey,
    /// When it was asked for last that everybody is forgotten, epoch ms.
    pub erased_at: Option<u64>,
    /// What plans are made from.
    pub settings: PlanSettings,
    /// What errands are made from.
    pub errands: ErrandSettings,
    /// What connects it to platforms and services.
    pub connections: Connections,
    /// `restore_url` with the `#homing=` that a token is appended to; JavaScript's own string, so that a click copies none.
    pub restore_prefix: JsString,
}

struct Remembered {
    view: Rc<ShopView>,
    checked_at: u64,
}

thread_local! {
    /// By the id's bits: comparing a few numbers costs a click less than hashing does.
    static SHOPS: RefCell<BTreeMap<u64, Remembered>> = const { RefCell::new(BTreeMap::new()) };
}

/// A shop that this isolate already knows, however old, and whether it should be looked up again.
pub fn remembered(shop: ShopId, now: u64) -> Option<(Rc<ShopView>, bool)> {
    SHOPS.with_borrow(|shops| {
        shops.get(&shop.bits()).map(|known| {
            (
                Rc::clone(&known.view),
                now.saturating_sub(known.checked_at) > FRESH_MS,
            )
        })
    })
}

/// A shop that this isolate knows and need not look up again.
pub fn at_hand(shop: ShopId, now: u64) -> Option<Rc<ShopView>> {
    match remembered(shop, now) {
        Some((view, false)) => Some(view),
        _ => None,
    }
}

/// Looks a shop up. Call it only for a shop whose key or token was verified: anything else would let strangers fill memory.
pub async fn shop(env: &Env, shop: ShopId) -> Result<Rc<ShopView>, Problem> {
    let now = clock::now_ms();
    match remembered(shop, now) {
        Some((view, false)) => Ok(view),
        // A stale shop is better than none; a look-up that fails is not repeated by every request.
        Some((view, true)) => {
            checked(shop, now);
            let found = look_up(env, shop, Some(Rc::clone(&view))).await;
            Ok(found.unwrap_or(view))
        }
        None => look_up(env, shop, None).await,
    }
}

/// Refreshes a shop behind an answer that was given from memory.
pub fn refresh_later(env: &Env, ctx: &RequestContext, shop: ShopId) {
    // One refresh at a time and isolate is enough.
    checked(shop, clock::now_ms());
    let env = env.clone();
    ctx.wait_until(&crate::promise::promise(async move {
        let known = remembered(shop, clock::now_ms()).map(|(view, _)| view);
        if let Err(problem) = look_up(&env, shop, known).await {
            crate::telemetry::error("shop_refresh_failed", &problem.to_string());
        }
        Ok(JsValue::UNDEFINED)
    }));
}

fn checked(shop: ShopId, now: u64) {
    SHOPS.with_borrow_mut(|shops| {
        if let Some(known) = shops.get_mut(&shop.bits()) {
            known.checked_at = now;
        }
    });
}

/// Forgets what this isolate knows, after the shop was changed through it.
pub fn forget(shop: ShopId) {
    SHOPS.with_borrow_mut(|shops| shops.remove(&shop.bits()));
}

/// Looks a shop up that somebody without a key has named. Where KV does not know it, nobody is asked: strangers may name any. One that this
/// isolate knows is looked up at the Shop object itself, at most once in a while, where `is_doubted` says that what is known may be old.
pub async fn shop_if_published(
    env: &Env,
    shop: ShopId,
    is_doubted: bool,
) -> Result<Rc<ShopView>, Problem> {
    let now = clock::now_ms();
    match remembered(shop, now) {
        None if from_kv(env, shop, None).await.is_none() => Err(Problem::UnknownShop(shop)),
        Some((view, _)) if is_doubted => {
            let is_due = SHOPS.with_borrow(|shops| {
                let known = shops.get(&shop.bits());
                known.is_some_and(|known| now.saturating_sub(known.checked_at) > DOUBT_MS)
            });
            if !is_due {
                return Ok(view);
            }
            checked(shop, now);
            match ask_shop(env, shop, &ShopInput::Read).await? {
                ShopReply::Record(Some(record)) => {
                    Ok(remember(shop, Rc::new(self::view(env, shop, record)?)))
                }
                _ => Err(Problem::UnknownShop(shop)),
            }
        }
        _ => self::shop(env, shop).await,
    }
}

async fn look_up(
    env: &Env,
    shop: ShopId,
    known: Option<Rc<ShopView>>,
) -> Result<Rc<ShopView>, Problem> {
    let version = known.as_ref().map(|view| view.version);
    let view = match (from_kv(env, shop, version).await, known) {
        (Some(Published::Unchanged), Some(view)) => view,
        (Some(Published::Record(record)), _) => Rc::new(view(env, shop, *record)?),
        _ => match ask_shop(env, shop, &ShopInput::Read).await? {
            ShopReply::Record(Some(record)) => Rc::new(view(env, shop, record)?),
            _ => return Err(Problem::UnknownShop(shop)),
        },
    };
    Ok(remember(shop, view))
}

fn remember(shop: ShopId, view: Rc<ShopView>) -> Rc<ShopView> {
    SHOPS.with_borrow_mut(|shops| {
        if shops.len() >= MAX_SHOPS {
            shops.clear();
        }
        // Two look-ups may overtake each other; versions only grow.
        if shops
            .get(&shop.bits())
            .is_some_and(|known| known.view.version > view.version)
        {
            return;
        }
        shops.insert(
            shop.bits(),
            Remembered {
                view: Rc::clone(&view),
                checked_at: clock::now_ms(),
            },
        );
    });
    view
}

/// What a shop's sealed name key is bound to.
pub const NAME_KEY: &[u8] = b"name";

/// Opens a shop's name key; with it, the id of the master key that sealed it.
pub fn open_name_key(
    keys: &MasterKeys,
    shop: ShopId,
    sealed: &str,
) -> Result<(u8, [u8; 32]), Problem> {
    let damaged = || Problem::Internal(String::from("a shop's name key is damaged"));
    let wrapped = from_base64url::<WRAPPED_BYTES>(sealed).ok_or_else(damaged)?;
    let opened = seal::open(keys, Purpose::Wrap, shop, NAME_KEY, &wrapped).map_err(|_| {
        Problem::Internal(String::from(
            "a shop's name key cannot be opened with the configured master keys",
        ))
    })?;
    let [kid, ..] = wrapped;
    Ok((kid, opened.try_into().map_err(|_| damaged())?))
}

fn view(env: &Env, shop: ShopId, record: ShopRecord) -> Result<ShopView, Problem> {
    let keys = &deployment(env)?.keys;
    let (_, name_key) = open_name_key(keys, shop, &record.name_key)?;
    let config = record.config;
    Ok(ShopView {
        id: shop,
        version: record.version,
        names: NameKey::new(&name_key).ok_or(Problem::Key)?,
        settings: PlanSettings::of(&config),
        errands: ErrandSettings::of(&config),
        connections: Connections::new(shop, record.connections),
        restore_prefix: format!("{}#homing=", config.restore_url).into(),
        erased_at: record.erased_at,
        config,
    })
}
