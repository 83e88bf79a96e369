//! `/v1/shops/{shop}`: the operator creates or reconfigures a shop, and the shop's server reads what it is.

use super::{MERCHANT_BODY, body_bytes, merchant, not_utf8, text_of};
use crate::bindings::{Env, Request};
use crate::config;
use crate::error::Problem;
use crate::objects::calls::{ShopInput, ShopReply, ask_shop};
use homing_core::ids::ShopId;
use homing_core::keys::ApiKey;
use homing_core::scopes::Scope;
use homing_core::shop::ShopConfig;
use serde::Serialize;

#[derive(Serialize)]
struct Configured {
    shop: String,
    version: u64,
    publishable_key: Option<String>,
    secret_key: Option<String>,
}

#[derive(Serialize)]
struct Current {
    shop: String,
    version: u64,
    configuration: ShopConfig,
}

/// The configuration in force, for the shop itself.
pub async fn get(request: &Request, env: &Env, shop: &str) -> Result<String, Problem> {
    let (own, record) = merchant::permitted(request, env, Scope::ShopRead).await?;
    let shop: ShopId = shop.parse()?;
    if shop != own {
        return Err(Problem::UnknownShop(shop));
    }
    text_of(&Current {
        shop: shop.to_string(),
        version: record.version,
        configuration: record.config,
    })
}

/// Creates or replaces; the same configuration again changes nothing.
pub async fn put(request: &Request, env: &Env, shop: &str) -> Result<String, Problem> {
    merchant::operator(request, env)?;
    let shop: ShopId = shop.parse()?;
    let json = body_bytes(request, MERCHANT_BODY).await?;
    // Checked here for a clear answer; the Shop checks again, because it trusts nobody.
    ShopConfig::parse(&json)?;
    let json = String::from_utf8(json).map_err(not_utf8)?;
    let ShopReply::Record(Some(record)) = ask_shop(env, shop, &ShopInput::Configure(json)).await?
    else {
        return Err(Problem::Internal(String::from(
            "the shop answered something else",
        )));
    };
    config::publish(env, shop, &record).await?;
    let keys = &config::deployment(env)?.keys;
    let free = |revoked: &[u8]| {
        (1..=u8::MAX)
            .find(|serial| !revoked.contains(serial))
            .unwrap_or(1)
    };
    let key = |serial| ApiKey {
        shop,
        kid: keys.current(),
        serial,
    };
    text_of(&Configured {
        shop: shop.to_string(),
        version: record.version,
        publishable_key: key(free(&record.config.revoked_publishable)).publishable(keys),
        secret_key: key(free(&record.config.revoked_secret)).secret(keys),
    })
}
