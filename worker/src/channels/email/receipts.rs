//! Which delivery a mail is that a provider calls by a name of its own: Cloudflare's service takes none of ours, and tells of its mails by
//! the id that it gave them. It is kept in KV, ids alone, for as long as anybody complains of a mail.

use crate::bindings::Env;
use crate::error::Problem;
use crate::{stored, telemetry};
use futures_util::future::{Either, select};
use homing_core::bytes::to_hex;
use homing_core::delivery::{DeliveryName, Outcome, Provider};
use homing_core::ids::ShopId;
use homing_core::object::shopper::Release;
use homing_core::shop::Carrier;
use sha2::{Digest, Sha256};
use std::time::Duration;

/// How long it is kept, s.
const KEPT_S: u64 = 30 * 86_400;

/// How long that may take, ms: what became of the try has yet to be told within its lease.
const LIMIT_MS: u64 = 1_000;

/// Longest id, in characters, as it is noted with a delivery.
const MAX_ID: usize = 120;

/// Keeps which delivery a mail is that was taken. Where that fails the mail is sent all the same, and what is told of it is passed over.
pub async fn remember(env: &Env, shop: ShopId, release: &Release, outcome: &Outcome) {
    let Outcome::Accepted { provider_id } = outcome else {
        return;
    };
    if release.provider != Carrier::Email(Provider::Cloudflare) || provider_id.is_empty() {
        return;
    }
    let value = format!("{shop} {}", release.message.key);
    let name = name(provider_id);
    let put = Box::pin(stored::put(env, &name, value.as_bytes(), KEPT_S));
    let limit = Box::pin(worker::Delay::from(Duration::from_millis(LIMIT_MS)));
    let why = match select(put, limit).await {
        Either::Left((Ok(()), _)) => return,
        Either::Left((Err(problem), _)) => problem.to_string(),
        Either::Right(_) => String::from("it took too long"),
    };
    telemetry::error("mail_not_remembered", &why);
}

/// Which delivery of which shop a mail is; `None`: none of this worker's, or it is not known here yet.
pub async fn find(env: &Env, mail: &str) -> Result<Option<(ShopId, DeliveryName)>, Problem> {
    let found = stored::get(env, &name(mail)).await?;
    Ok(found.and_then(|value| {
        let (shop, delivery) = std::str::from_utf8(&value).ok()?.split_once(' ')?;
        Some((shop.parse().ok()?, delivery.parse().ok()?))
    }))
}

/// What the id is made of is the service's own affair: a digest fits anywhere.
fn name(mail: &str) -> String {
    let mail: String = mail.chars().take(MAX_ID).collect();
    format!("mail/{}", to_hex(&Sha256::digest(mail.as_bytes())))
}
