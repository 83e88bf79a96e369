//! What signs messages to an endpoint. Secrets are derived, so there is nothing to steal from storage.

use super::EndpointId;
use crate::ids::ShopId;
use crate::keys::{HmacSha256, MasterKeys, Purpose};
use alloc::{format, string::String};
use base64::{Engine, engine::general_purpose::STANDARD};
use core::fmt;
use hmac::{KeyInit, Mac};
use serde::{Deserialize, Serialize};

/// For how long the secret before signs as well, ms: a day to put the new one in place.
const OVERLAP_MS: u64 = 86_400_000;

/// Which secrets sign.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signing {
    /// The master key that the current one is derived from, and how often there was a new one.
    pub current: (u8, u32),
    /// The one before, and until when it signs, epoch ms.
    pub before: Option<((u8, u32), u64)>,
}

/// A secret as its merchant's server holds it. `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret([u8; 32]);

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl Secret {
    /// `whsec_` and the key in base64, as Standard Webhooks writes symmetric secrets.
    pub fn text(&self) -> String {
        format!("whsec_{}", STANDARD.encode(self.0))
    }

    /// The signature of a message: `v1,` and the base64 of HMAC-SHA-256 over `id.seconds.body`.
    fn sign(&self, id: &str, at_s: u64, body: &str) -> Option<String> {
        let mac = HmacSha256::new_from_slice(&self.0).ok()?;
        let signed = mac.chain_update(format!("{id}.{at_s}.{body}").as_bytes());
        Some(format!(
            "v1,{}",
            STANDARD.encode(signed.finalize().into_bytes())
        ))
    }
}

impl Signing {
    /// The first secret of a new endpoint.
    pub fn new(keys: &MasterKeys) -> Self {
        Self {
            current: (keys.current(), 0),
            before: None,
        }
    }

    /// Makes a new secret; the one that was signs as well for a day from `now`, epoch ms. Of several within a day the first.
    pub fn rotate(&mut self, keys: &MasterKeys, now: u64) {
        let (_, generation) = self.current;
        // Who asks twice within a day, because the first answer was lost, has never seen the one between.
        let (before, _) = self
            .before
            .filter(|(_, until)| *until > now)
            .unwrap_or((self.current, 0));
        self.before = Some((before, now.saturating_add(OVERLAP_MS)));
        self.current = (keys.current(), generation.wrapping_add(1));
    }

    /// The current secret; `None` where its master key is not configured any more.
    pub fn secret(&self, keys: &MasterKeys, shop: ShopId, id: EndpointId) -> Option<Secret> {
        secret(keys, shop, id, self.current)
    }

    /// `webhook-signature`: all signatures that hold at `at_s` (epoch s), parted by blanks. `None` where no secret can be made.
    pub fn signatures(
        &self,
        keys: &MasterKeys,
        (shop, id): (ShopId, EndpointId),
        (event, at_s, body): (&str, u64, &str),
    ) -> Option<String> {
        let mut text = self.secret(keys, shop, id)?.sign(event, at_s, body)?;
        if let Some((before, until)) = self.before
            && at_s.saturating_mul(1_000) < until
            && let Some(more) =
                secret(keys, shop, id, before).and_then(|before| before.sign(event, at_s, body))
        {
            text.push(' ');
            text.push_str(&more);
        }
        Some(text)
    }
}

fn secret(
    keys: &MasterKeys,
    shop: ShopId,
    id: EndpointId,
    (kid, generation): (u8, u32),
) -> Option<Secret> {
    let mac = keys.mac(kid, Purpose::Endpoint, shop)?;
    let mac = mac
        .chain_update(id.0)
        .chain_update(generation.to_be_bytes());
    Some(Secret(mac.finalize().into_bytes().into()))
}
