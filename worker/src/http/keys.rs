//! `POST /v1/keys`: makes a secret key that may do only what it says. Nothing is kept of it: the same words make the same key.

use super::{body, merchant, text_of};
use crate::bindings::{Env, Request};
use crate::error::Problem;
use crate::objects::calls::{ShopInput, ShopReply, ask_shop};
use crate::{clock, config};
use homing_core::ids::ShopId;
use homing_core::keys::ApiKey;
use homing_core::scopes::{Scope, Scopes};
use homing_core::secret_key::SecretKey;
use homing_core::shop::ShopConfig;
use serde::{Deserialize, Serialize};

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    shop: Option<String>,
    serial: u8,
    scopes: Vec<String>,
    expires_at: Option<u64>,
}

#[derive(Serialize)]
struct Made {
    shop: String,
    serial: u8,
    scopes: Vec<&'static str>,
    /// Epoch ms.
    #[serde(skip_serializing_if = "Option::is_none")]
    expires_at: Option<u64>,
    secret_key: String,
}

/// Makes a key, for the operator or a shop's server whose own key is an owner's.
pub async fn post(request: &Request, env: &Env) -> Result<String, Problem> {
    let owner = match merchant::operator(request, env) {
        Ok(()) => None,
        Err(_) => Some(merchant::owner(request, env).await?),
    };
    let asked: Asked = body(request, 4_096).await?;
    let named: Option<ShopId> = asked.shop.as_deref().map(str::parse).transpose()?;
    let scopes = scopes(&asked.scopes)?;
    // A key that is older than a scope does not give it to another one.
    if let Some(owner) = &owner
        && let Some(missing) = owner.scopes.missing(&scopes.list())
    {
        return Err(Problem::Scope(missing));
    }
    let (shop, config, ends_s) = match owner {
        Some(owner) if named.is_none_or(|named| named == owner.shop) => {
            (owner.shop, owner.record.config, owner.expires_at_s)
        }
        Some(owner) => return Err(Problem::UnknownShop(named.unwrap_or(owner.shop))),
        None => {
            let shop = named.ok_or_else(|| wrong("shop", "needed with the operator's key"))?;
            (shop, config_of(env, shop).await?, None)
        }
    };
    let key = SecretKey {
        key: ApiKey {
            shop,
            kid: config::deployment(env)?.keys.current(),
            serial: serial(asked.serial, &config)?,
        },
        scopes,
        expires_at_s: end(asked.expires_at, ends_s)?,
    };
    let secret_key = key
        .text(&config::deployment(env)?.keys)
        .ok_or_else(|| Problem::Internal(String::from("no master key is current")))?;
    text_of(&Made {
        shop: shop.to_string(),
        serial: key.key.serial,
        scopes: key.scopes.list().into_iter().map(Scope::name).collect(),
        expires_at: key
            .expires_at_s
            .map(|end| u64::from(end).saturating_mul(1_000)),
        secret_key,
    })
}

async fn config_of(env: &Env, shop: ShopId) -> Result<ShopConfig, Problem> {
    match ask_shop(env, shop, &ShopInput::Read).await? {
        ShopReply::Record(Some(record)) => Ok(record.config),
        _ => Err(Problem::UnknownShop(shop)),
    }
}

fn serial(serial: u8, config: &ShopConfig) -> Result<u8, Problem> {
    if serial == 0 || config.revoked_secret.contains(&serial) {
        return Err(wrong("serial", "1 to 255, and not among those revoked"));
    }
    Ok(serial)
}

fn scopes(names: &[String]) -> Result<Scopes, Problem> {
    let scopes: Option<Vec<Scope>> = names.iter().map(|name| Scope::parse(name)).collect();
    match scopes.filter(|scopes| !scopes.is_empty()) {
        Some(scopes) => Ok(Scopes::of(&scopes)),
        None => {
            let known = Scope::ALL.map(Scope::name).join(", ");
            Err(wrong("scopes", &format!("one or more of {known}")))
        }
    }
}

/// When the key ends, epoch seconds: not later than the one that it is made with.
fn end(asked_ms: Option<u64>, own_s: Option<u32>) -> Result<Option<u32>, Problem> {
    let Some(asked_ms) = asked_ms else {
        return Ok(own_s);
    };
    let second = u32::try_from(asked_ms / 1_000)
        .ok()
        .filter(|_| asked_ms > clock::now_ms())
        .ok_or_else(|| wrong("expires_at", "a time to come, epoch ms"))?;
    Ok(Some(own_s.map_or(second, |own| second.min(own))))
}

fn wrong(field: &str, reason: &str) -> Problem {
    Problem::Body(format!("`{field}` is {reason}"))
}
