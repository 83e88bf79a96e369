//! Who a server says to be. Secret keys are checked against the Shop itself: their revocation never waits for a cache.

use crate::bindings::{Env, Request};
use crate::config;
use crate::error::Problem;
use crate::objects::calls::{ShopInput, ShopRecord, ShopReply, ask_shop};
use hmac::{KeyInit, Mac};
use homing_core::ids::ShopId;
use homing_core::keys::{ApiKey, HmacSha256, bearer};

/// The shop whose secret key came along.
pub async fn shop(request: &Request, env: &Env) -> Result<(ShopId, ShopRecord), Problem> {
    let text = request
        .headers()
        .get("authorization")
        .and_then(|header| bearer(&header))
        .ok_or(Problem::Key)?;
    let key =
        ApiKey::parse_secret(&text, &config::deployment(env)?.keys).map_err(|_| Problem::Key)?;
    match ask_shop(env, key.shop, &ShopInput::Read).await? {
        ShopReply::Record(Some(record)) if !record.config.revoked_secret.contains(&key.serial) => {
            Ok((key.shop, record))
        }
        ShopReply::Record(Some(_)) => Err(Problem::Key),
        _ => Err(Problem::UnknownShop(key.shop)),
    }
}

/// Whether whoever asks may act for this shop: the operator, or the shop itself.
pub async fn of_shop(request: &Request, env: &Env, named: ShopId) -> Result<(), Problem> {
    if operator(request, env).is_ok() {
        return Ok(());
    }
    let (own, _) = shop(request, env).await?;
    if own == named {
        Ok(())
    } else {
        Err(Problem::UnknownShop(named))
    }
}

/// Whether the operator's key came along, compared in constant time.
pub fn operator(request: &Request, env: &Env) -> Result<(), Problem> {
    let given = request
        .headers()
        .get("authorization")
        .and_then(|header| bearer(&header))
        .ok_or(Problem::Key)?;
    let admin_key = &config::deployment(env)?.admin_key;
    // Two MACs under the same key are compared, so that neither length nor content shows in the time it takes.
    let tag = |text: &str| {
        HmacSha256::new_from_slice(admin_key.as_bytes())
            .map(|mac| mac.chain_update(text.as_bytes()))
    };
    match (tag(&given), tag(admin_key)) {
        (Ok(given), Ok(right)) => given
            .verify(&right.finalize().into_bytes())
            .map_err(|_| Problem::Key),
        _ => Err(Problem::Key),
    }
}
