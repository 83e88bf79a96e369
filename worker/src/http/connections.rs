//! `/v1/shops/{shop}/connections/{platform}`: what connects a shop to its platform. Secrets are written here and never read again.

use super::{body, merchant, text_of};
use crate::bindings::{self, Env, Request};
use crate::config;
use crate::connections;
use crate::error::Problem;
use crate::objects::calls::{ShopInput, ShopRecord, ShopReply, ask_shop};
use homing_core::account::Account;
use homing_core::connection::{Connection, Sealed};
use homing_core::ids::ShopId;
use homing_core::platform::Platform;
use js_sys::Boolean;
use serde::Serialize;
use wasm_bindgen_futures::JsFuture;

/// Bytes of a connection: four public keys.
const MAX_BODY: u32 = 16_384;

#[derive(Serialize)]
struct List {
    connections: Vec<Listed>,
}

#[derive(Serialize)]
struct Listed {
    platform: String,
    /// Where the platform's webhooks go, where it sends any.
    #[serde(skip_serializing_if = "Option::is_none")]
    webhooks: Option<String>,
    set: Vec<String>,
    since: u64,
}

/// What the shop is connected to.
pub async fn list(request: &Request, env: &Env, shop: &str) -> Result<String, Problem> {
    let shop = authorised(request, env, shop).await?;
    let record = match ask_shop(env, shop, &ShopInput::Read).await? {
        ShopReply::Record(Some(record)) => record,
        _ => return Err(Problem::UnknownShop(shop)),
    };
    text_of(&listed(env, shop, &record)?)
}

/// Connects it to a platform.
pub async fn put(
    request: &Request,
    env: &Env,
    [shop, platform, _]: [&str; 3],
) -> Result<String, Problem> {
    let Some(platform) = Platform::parse(platform) else {
        return put_account(request, env, (shop, platform)).await;
    };
    let shop = authorised(request, env, shop).await?;
    let connection: Connection = body(request, MAX_BODY).await?;
    connection.check(platform)?;
    for (n, key) in connection.keys().iter().enumerate() {
        let is_key = JsFuture::from(bindings::is_rsa_key(key)).await?;
        if !Boolean::from(is_key).value_of() {
            return Err(Problem::Field(homing_core::shop::FieldError {
                field: format!("public_keys[{n}]"),
                reason: String::from("must be an RSA key"),
            }));
        }
    }
    let deployment = config::deployment(env)?;
    if let (Platform::WooCommerce | Platform::Adobe, Some(store)) = (platform, &connection.store)
        && crate::endpoints::address(store, &deployment).is_err()
    {
        return Err(Problem::Field(homing_core::shop::FieldError {
            field: String::from("store"),
            reason: String::from("must be an https address under a public name"),
        }));
    }
    let keys = &deployment.keys;
    let whole = (connection.set(), &connection);
    let sealed = connections::seal(keys, shop, platform.as_str(), whole)?;
    set(env, shop, platform.as_str(), Some(sealed)).await
}

/// Connects it to its account at a marketing platform or another service.
async fn put_account(
    request: &Request,
    env: &Env,
    (shop, name): (&str, &str),
) -> Result<String, Problem> {
    let name = Account::named(name).ok_or(Problem::NotFound)?;
    let shop = authorised(request, env, shop).await?;
    let account: Account = body(request, MAX_BODY).await?;
    account.check(name)?;
    let keys = &config::deployment(env)?.keys;
    let whole = (account.set(), &account);
    let sealed = connections::seal(keys, shop, name, whole)?;
    set(env, shop, name, Some(sealed)).await
}

/// Connects it no longer.
pub async fn delete(
    request: &Request,
    env: &Env,
    [shop, name, _]: [&str; 3],
) -> Result<String, Problem> {
    let platform = Platform::parse(name).map(Platform::as_str);
    let platform = platform.or_else(|| Account::named(name));
    let platform = platform.ok_or(Problem::NotFound)?;
    let shop = authorised(request, env, shop).await?;
    match ask_shop(env, shop, &ShopInput::Read).await? {
        ShopReply::Record(Some(record)) if record.connections.contains_key(platform) => {}
        ShopReply::Record(Some(_)) => return Err(Problem::NotConnected),
        _ => return Err(Problem::UnknownShop(shop)),
    }
    set(env, shop, platform, None).await
}

async fn authorised(request: &Request, env: &Env, shop: &str) -> Result<ShopId, Problem> {
    let shop: ShopId = shop.parse()?;
    merchant::of_shop(request, env, shop).await?;
    Ok(shop)
}

async fn set(
    env: &Env,
    shop: ShopId,
    platform: &str,
    sealed: Option<Sealed>,
) -> Result<String, Problem> {
    let input = ShopInput::Connect(platform.to_owned(), sealed);
    let ShopReply::Record(Some(record)) = ask_shop(env, shop, &input).await? else {
        return Err(Problem::Internal(String::from(
            "the shop answered something else",
        )));
    };
    config::publish(env, shop, &record).await?;
    text_of(&listed(env, shop, &record)?)
}

fn listed(env: &Env, shop: ShopId, record: &ShopRecord) -> Result<List, Problem> {
    let url = &config::deployment(env)?.public_url;
    let connections = record.connections.iter().map(|(platform, sealed)| Listed {
        webhooks: Platform::parse(platform).map(|_| format!("{url}/webhooks/{platform}/{shop}")),
        platform: platform.clone(),
        set: sealed.set.clone(),
        since: sealed.since,
    });
    Ok(List {
        connections: connections.collect(),
    })
}
