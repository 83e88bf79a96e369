//! Configuration: the deployment's secrets, and shops as each isolate remembers them.
//!
//! A shop is looked up in the isolate's memory, then in KV (`shop/{id}` holds a version that only grows, `shop/{id}@{version}`
//! an immutable record), then at its Shop object, which is the truth.

use crate::bindings::{Env, RequestContext};
use crate::channels::{EmailServices, FlowUrls};
use crate::connections::Connections;
use crate::errands::Addresses;
use crate::error::Problem;
use crate::json::text_of;
use crate::objects::calls::{ShopInput, ShopRecord, ShopReply, ask_shop};
use crate::{clock, load};
use homing_core::bytes::{from_base64url, to_base64, to_base64url};
use homing_core::document;
use homing_core::ids::ShopId;
use homing_core::keys::{MasterKeys, NameKey, Purpose};
use homing_core::load::Limits;
use homing_core::object::shopper::{ErrandSettings, PlanSettings};
use homing_core::seal;
use homing_core::shop::ShopConfig;
use js_sys::JsString;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use wasm_bindgen::{JsCast, JsValue};

/// How long a shop is used before KV is asked again, ms.
const FRESH_MS: u64 = 30_000;
/// How often a shop is looked up again because a signature does not fit, ms.
const DOUBT_MS: u64 = 5_000;
/// A wrapped name key: key id, nonce, key and tag.
const WRAPPED_BYTES: usize = 1 + 12 + 32 + 16;
/// Shops remembered per isolate; about 2 KB each.
const MAX_SHOPS: usize = 4_000;

/// What the operator configures.
pub struct Deployment {
    /// All keys derive from these.
    pub keys: MasterKeys,
    /// The operator's bearer key.
    pub admin_key: String,
    /// Where this worker is reached, without a slash at the end.
    pub public_url: String,
    /// Where mails go.
    pub smtp_url: Option<String>,
    /// Hosts that merchants' endpoints may have beside public names: an operator's own machine, for tests.
    pub open_hosts: Vec<String>,
    /// BigCommerce's API.
    pub bigcommerce_url: String,
    /// In place of each shop's own address at Shopify: a stand-in, for tests.
    pub shopify_url: Option<String>,
    /// How text messages are sent.
    pub twilio: Option<Twilio>,
    /// What notifications are signed with.
    pub vapid: Option<Vapid>,
    /// Who else carries mails.
    pub email: EmailServices,
    /// Where services are that carry no messages.
    pub services: Addresses,
    /// Where marketing platforms are.
    pub flows: FlowUrls,
    /// What counts as much load.
    pub load: Limits,
}

/// An account at Twilio.
pub struct Twilio {
    /// Its id, `AC…`.
    pub account: String,
    /// The header that an API key makes.
    pub authorization: String,
    /// What its callbacks are signed with. Without it none are asked for, and none taken.
    pub auth_token: Option<String>,
    /// Twilio's address.
    pub url: String,
}

/// The key pair that browsers have subscribed under (RFC 8292), as `npx web-push generate-vapid-keys` writes it.
pub struct Vapid {
    /// The uncompressed point, base64url.
    pub public: String,
    /// Its two coordinates, base64url.
    pub point: [String; 2],
    /// The private number, base64url.
    pub private: String,
}

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
    static DEPLOYMENT: OnceCell<Rc<Deployment>> = const { OnceCell::new() };
    /// By the id's bits: comparing a few numbers costs a click less than hashing does.
    static SHOPS: RefCell<BTreeMap<u64, Remembered>> = const { RefCell::new(BTreeMap::new()) };
}

/// The deployment's configuration, read once per isolate.
pub fn deployment(env: &Env) -> Result<Rc<Deployment>, Problem> {
    DEPLOYMENT.with(|cell| {
        if let Some(deployment) = cell.get() {
            return Ok(Rc::clone(deployment));
        }
        let deployment = Rc::new(read_deployment(env)?);
        load::configure(deployment.load);
        Ok(Rc::clone(cell.get_or_init(|| deployment)))
    })
}

/// The deployment's configuration, where this isolate has read it.
pub fn known_deployment() -> Option<Rc<Deployment>> {
    DEPLOYMENT.with(|cell| cell.get().map(Rc::clone))
}

fn read_deployment(env: &Env) -> Result<Deployment, Problem> {
    let read = |name: &str| {
        js_sys::Reflect::get(env.as_ref(), &JsValue::from_str(name))
            .ok()
            .and_then(|value| value.as_string())
            .filter(|text| !text.is_empty())
    };
    let limit = |name: &str| {
        // wrangler.toml may hold it as text or as a number.
        let value = js_sys::Reflect::get(env.as_ref(), &JsValue::from_str(name))
            .ok()
            .filter(|value| !value.is_undefined());
        let Some(value) = value else { return Ok(None) };
        let text = value
            .as_string()
            .or_else(|| value.as_f64().map(|number| number.to_string()));
        match text.unwrap_or_default().parse::<u32>() {
            Ok(limit) if limit > 0 => Ok(Some(limit)),
            _ => Err(Problem::Internal(format!(
                "{name} must be a whole number above 0; see docs/load.md"
            ))),
        }
    };
    let address = |name: &str, usual: &str| {
        let url = read(name).unwrap_or_else(|| usual.to_owned());
        url.trim_end_matches('/').to_owned()
    };
    let needed = |name: &str| {
        read(name).ok_or_else(|| {
            Problem::Internal(format!("the secret {name} is not set; see docs/deploy.md"))
        })
    };
    let keys = MasterKeys::parse(&needed("HOMING_MASTER_KEYS")?).map_err(|_| {
        Problem::Internal(String::from(
            "HOMING_MASTER_KEYS is not id:key pairs; see docs/deploy.md",
        ))
    })?;
    let admin_key = needed("HOMING_ADMIN_KEY")?;
    if admin_key.len() < 32 {
        return Err(Problem::Internal(String::from(
            "HOMING_ADMIN_KEY must have at least 32 characters",
        )));
    }
    Ok(Deployment {
        keys,
        admin_key,
        public_url: needed("PUBLIC_URL")?.trim_end_matches('/').to_owned(),
        smtp_url: read("SMTP_URL"),
        open_hosts: read("OPEN_HOSTS")
            .unwrap_or_default()
            .split(',')
            .map(|host| host.trim().to_owned())
            .filter(|host| !host.is_empty())
            .collect(),
        bigcommerce_url: address("BIGCOMMERCE_URL", "https://api.bigcommerce.com"),
        shopify_url: read("SHOPIFY_URL").map(|url| url.trim_end_matches('/').to_owned()),
        twilio: twilio(&read),
        vapid: vapid(&read),
        services: Addresses::read(read),
        flows: FlowUrls::read(read),
        email: EmailServices::read(read),
        load: load::limits(limit("LOAD_IN_FLIGHT")?, limit("LOAD_ANSWER_MS")?),
    })
}

/// The account at Twilio, where there is one. Secrets are put in one by one, and each is in force at once: half an account is none yet, and
/// nothing else may fail because of it.
fn twilio(read: &impl Fn(&str) -> Option<String>) -> Option<Twilio> {
    let account = read("TWILIO_ACCOUNT_SID")?;
    let (Some(key), Some(secret)) = (read("TWILIO_API_KEY"), read("TWILIO_API_SECRET")) else {
        let missing = "TWILIO_ACCOUNT_SID needs TWILIO_API_KEY and TWILIO_API_SECRET";
        crate::telemetry::error("twilio_not_configured", missing);
        return None;
    };
    let is_id = account.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if !is_id {
        let wrong = "TWILIO_ACCOUNT_SID is letters and digits";
        crate::telemetry::error("twilio_not_configured", wrong);
        return None;
    }
    Some(Twilio {
        account,
        authorization: format!("Basic {}", to_base64(format!("{key}:{secret}").as_bytes())),
        auth_token: read("TWILIO_AUTH_TOKEN"),
        url: read("TWILIO_URL")
            .unwrap_or_else(|| String::from("https://api.twilio.com"))
            .trim_end_matches('/')
            .to_owned(),
    })
}

/// The keys for notifications, where they are there and whole.
fn vapid(read: &impl Fn(&str) -> Option<String>) -> Option<Vapid> {
    let public = read("VAPID_PUBLIC_KEY")?;
    let private = read("VAPID_PRIVATE_KEY").filter(|key| from_base64url::<32>(key).is_some());
    let point = from_base64url::<65>(&public);
    let (Some(private), Some([4, point @ ..])) = (private, point) else {
        let wrong =
            "VAPID_PUBLIC_KEY is a point of 65 bytes and VAPID_PRIVATE_KEY 32 bytes, base64url";
        crate::telemetry::error("vapid_not_configured", wrong);
        return None;
    };
    let (x, y) = point.split_at_checked(32)?;
    Some(Vapid {
        point: [to_base64url(x), to_base64url(y)],
        public,
        private,
    })
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
        config,
    })
}

/// The namespace of what is cached near the visitors.
pub fn kv(env: &Env) -> Option<worker::KvStore> {
    env.unchecked_ref::<worker::Env>().kv("CONFIG").ok()
}

fn head_name(shop: ShopId) -> String {
    format!("shop/{shop}")
}

fn record_name(shop: ShopId, version: u64) -> String {
    format!("shop/{shop}@{version}")
}

/// What KV says of a shop.
enum Published {
    /// The version that is known already; its record need not be read.
    Unchanged,
    /// A newer one.
    Record(Box<ShopRecord>),
}

/// `None` where KV has no record, or only one older than what is known.
async fn from_kv(env: &Env, shop: ShopId, known: Option<u64>) -> Option<Published> {
    let kv = kv(env)?;
    let version: u64 = kv.get(&head_name(shop)).text().await.ok()??.parse().ok()?;
    match known {
        Some(known) if known == version => return Some(Published::Unchanged),
        Some(known) if known > version => return None,
        _ => {}
    }
    let json = kv.get(&record_name(shop, version)).text().await.ok()??;
    // The same reader as everywhere: each further one of such a large type is code of its own.
    document::read(&json, "").ok().map(Published::Record)
}

/// Publishes a record near the visitors. Its immutable name first, so that no head ever names what is not there.
pub async fn publish(env: &Env, shop: ShopId, record: &ShopRecord) -> Result<(), Problem> {
    let Some(kv) = kv(env) else { return Ok(()) };
    let unavailable = |error: worker::KvError| Problem::Unavailable(error.to_string());
    let json = text_of(record)?;
    kv.put(&record_name(shop, record.version), json)
        .map_err(unavailable)?
        .execute()
        .await
        .map_err(unavailable)?;
    let head = kv.get(&head_name(shop)).text().await.map_err(unavailable)?;
    if head
        .and_then(|text| text.parse::<u64>().ok())
        .is_some_and(|head| head >= record.version)
    {
        return Ok(());
    }
    kv.put(&head_name(shop), record.version.to_string())
        .map_err(unavailable)?
        .execute()
        .await
        .map_err(unavailable)
}

/// Every shop that was ever published.
pub async fn published_shops(env: &Env) -> Result<Vec<ShopId>, Problem> {
    let Some(kv) = kv(env) else {
        return Ok(Vec::new());
    };
    let mut shops = Vec::new();
    let mut cursor: Option<String> = None;
    loop {
        let mut list = kv.list().prefix(String::from("shop/"));
        if let Some(cursor) = cursor.take() {
            list = list.cursor(cursor);
        }
        let page = list
            .execute()
            .await
            .map_err(|error| Problem::Unavailable(error.to_string()))?;
        shops.extend(
            page.keys
                .iter()
                .filter_map(|key| key.name.strip_prefix("shop/")?.parse::<ShopId>().ok()),
        );
        match page.cursor.filter(|_| !page.list_complete) {
            Some(next) => cursor = Some(next),
            None => return Ok(shops),
        }
    }
}

/// Whether KV answers.
pub async fn kv_answers(env: &Env) -> bool {
    match kv(env) {
        Some(kv) => kv.get("shop/none").text().await.is_ok(),
        None => true,
    }
}
