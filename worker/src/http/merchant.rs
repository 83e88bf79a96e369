//! Who a server says to be, and what it may do. What a secret key may do stands in the key; that it was not revoked is asked of the
//! Shop itself: its revocation never waits for a cache.

use crate::bindings::{Env, Request};
use crate::error::Problem;
use crate::objects::calls::{ShopInput, ShopRecord, ShopReply, ask_shop};
use crate::{clock, config};
use hmac::{KeyInit, Mac};
use homing_core::ids::ShopId;
use homing_core::keys::{HmacSha256, bearer};
use homing_core::scopes::{Scope, Scopes};
use homing_core::secret_key::SecretKey;

/// A shop's server, and what it may do.
pub struct Caller {
    /// Whose.
    pub shop: ShopId,
    /// The shop as it is.
    pub record: ShopRecord,
    /// What the key may do.
    pub scopes: Scopes,
    /// When the key ends, epoch seconds; `None`: never.
    pub expires_at_s: Option<u32>,
}

impl Caller {
    /// Refuses what the key may not do.
    pub fn needs(&self, scope: Scope) -> Result<(), Problem> {
        self.scopes
            .missing(&[scope])
            .map_or(Ok(()), |missing| Err(Problem::Scope(missing)))
    }
}

/// The shop whose secret key came along, and what that may do.
pub async fn caller(request: &Request, env: &Env) -> Result<Caller, Problem> {
    let text = token_of(request)?;
    let Ok(secret) = SecretKey::parse(&text, &config::deployment(env)?.keys) else {
        return Err(if is_operator(&text, env)? {
            Problem::OtherKey("a shop's secret key")
        } else {
            Problem::Key
        });
    };
    if secret.has_ended(clock::now_ms()) {
        return Err(Problem::KeyEnded);
    }
    let SecretKey {
        key,
        scopes,
        expires_at_s,
    } = secret;
    match ask_shop(env, key.shop, &ShopInput::Read).await? {
        ShopReply::Record(Some(record)) if !record.config.revoked_secret.contains(&key.serial) => {
            Ok(Caller {
                shop: key.shop,
                record,
                scopes,
                expires_at_s,
            })
        }
        ShopReply::Record(Some(_)) => Err(Problem::Key),
        _ => Err(Problem::UnknownShop(key.shop)),
    }
}

/// Whether whoever asks may act for this shop: the operator, or the shop itself.
pub async fn of_shop(request: &Request, env: &Env, named: ShopId) -> Result<(), Problem> {
    if is_operator(&token_of(request)?, env)? {
        return Ok(());
    }
    let (own, _) = shop(request, env).await?;
    if own == named {
        Ok(())
    } else {
        Err(Problem::UnknownShop(named))
    }
}

/// The shop whose secret key came along, where that may do this.
pub async fn permitted(
    request: &Request,
    env: &Env,
    scope: Scope,
) -> Result<(ShopId, ShopRecord), Problem> {
    let caller = caller(request, env).await?;
    caller.needs(scope)?;
    Ok((caller.shop, caller.record))
}

/// The shop whose secret key came along, where that is an owner's: for calls that no scope is for.
pub async fn shop(request: &Request, env: &Env) -> Result<(ShopId, ShopRecord), Problem> {
    let caller = owner(request, env).await?;
    Ok((caller.shop, caller.record))
}

/// A shop's server whose key is an owner's.
pub async fn owner(request: &Request, env: &Env) -> Result<Caller, Problem> {
    let caller = caller(request, env).await?;
    match caller.scopes.missing(&Scope::OF_OWNERS) {
        Some(missing) => Err(Problem::Scope(missing)),
        None => Ok(caller),
    }
}

/// Refuses whoever has not sent the operator's key.
pub fn operator(request: &Request, env: &Env) -> Result<(), Problem> {
    let given = token_of(request)?;
    if is_operator(&given, env)? {
        return Ok(());
    }
    let secret = SecretKey::parse(&given, &config::deployment(env)?.keys);
    Err(if secret.is_ok() {
        Problem::OtherKey("the operator's key")
    } else {
        Problem::Key
    })
}

/// Whether this is the operator's key, compared in constant time.
fn is_operator(given: &str, env: &Env) -> Result<bool, Problem> {
    let admin_key = &config::deployment(env)?.admin_key;
    // Two MACs under the same key are compared, so that neither length nor content shows in the time it takes.
    let tag = |text: &str| {
        HmacSha256::new_from_slice(admin_key.as_bytes())
            .map(|mac| mac.chain_update(text.as_bytes()))
    };
    Ok(match (tag(given), tag(admin_key)) {
        (Ok(given), Ok(right)) => given.verify(&right.finalize().into_bytes()).is_ok(),
        _ => false,
    })
}

fn token_of(request: &Request) -> Result<String, Problem> {
    request
        .headers()
        .get("authorization")
        .and_then(|header| bearer(&header))
        .ok_or(Problem::Key)
}
