//! Secret keys: a shop's own (`sk_` and 36 characters, see [`crate::keys`]), which may do everything, and those that say what they
//! may do and until when.
//!
//! The latter are `sk_` and the base64url of `key id (1) ‖ shop (5) ‖ serial (1) ‖ scopes (4) ‖ end (4) ‖ first 20 bytes of HMAC-SHA-256
//! over all of that`. Integers are big-endian; the end is in epoch seconds, 0 for none. So what a key may do is known without asking
//! anybody; only whether its serial was revoked is asked of the Shop.

use crate::bytes::{from_base64url, to_base64url};
use crate::error::Invalid;
use crate::ids::ShopId;
use crate::keys::{ApiKey, MasterKeys, Purpose};
use crate::scopes::Scopes;
use alloc::{format, string::String, vec::Vec};
use hmac::Mac;

/// A secret key that this deployment made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SecretKey {
    /// Whose, made with which master key, and its number.
    pub key: ApiKey,
    /// What it may do.
    pub scopes: Scopes,
    /// When it ends, epoch seconds; `None`: never.
    pub expires_at_s: Option<u32>,
}

const HEAD: usize = 15;
const TAG: usize = 20;
const PREFIX: &str = "sk_";

impl SecretKey {
    /// Verifies a key's text. Whether it has ended is for [`SecretKey::has_ended`] to say.
    pub fn parse(text: &str, keys: &MasterKeys) -> Result<Self, Invalid> {
        if let Ok(key) = ApiKey::parse_secret(text, keys) {
            return Ok(Self {
                key,
                scopes: Scopes::EVERYTHING,
                expires_at_s: None,
            });
        }
        let bytes: [u8; HEAD + TAG] = text
            .strip_prefix(PREFIX)
            .and_then(from_base64url)
            .ok_or(Invalid::Key)?;
        let (head, tag) = bytes.split_first_chunk::<HEAD>().ok_or(Invalid::Key)?;
        let [kid, s0, s1, s2, s3, s4, serial, a, b, c, d, e, f, g, h] = *head;
        let shop = ShopId([s0, s1, s2, s3, s4]);
        keys.mac(kid, Purpose::ScopedSecret, shop)
            .ok_or(Invalid::Key)?
            .chain_update(head)
            .verify_truncated_left(tag)
            .map_err(|_| Invalid::Key)?;
        let end = u32::from_be_bytes([e, f, g, h]);
        Ok(Self {
            key: ApiKey { shop, kid, serial },
            scopes: Scopes::from_bits(u32::from_be_bytes([a, b, c, d])),
            expires_at_s: (end > 0).then_some(end),
        })
    }

    /// Its text, with its scopes in it whatever they are. `None` when its master key is not configured.
    pub fn text(&self, keys: &MasterKeys) -> Option<String> {
        let head = self.head();
        let ApiKey { shop, kid, .. } = self.key;
        let mac = keys.mac(kid, Purpose::ScopedSecret, shop)?;
        let tag = mac.chain_update(&head).finalize().into_bytes();
        let mut bytes = head;
        bytes.extend_from_slice(tag.get(..TAG)?);
        Some(format!("{PREFIX}{}", to_base64url(&bytes)))
    }

    /// Whether its time is over at `now`, epoch ms.
    pub fn has_ended(&self, now: u64) -> bool {
        self.expires_at_s
            .is_some_and(|end| now / 1_000 >= u64::from(end))
    }

    fn head(&self) -> Vec<u8> {
        let ApiKey { shop, kid, serial } = self.key;
        let mut head = Vec::with_capacity(HEAD + TAG);
        head.push(kid);
        head.extend_from_slice(&shop.0);
        head.push(serial);
        head.extend_from_slice(&self.scopes.bits().to_be_bytes());
        head.extend_from_slice(&self.expires_at_s.unwrap_or(0).to_be_bytes());
        head
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::tests::master;
    use crate::scopes::Scope;

    fn scoped() -> SecretKey {
        SecretKey {
            key: ApiKey {
                shop: "shop_dem00001".parse().unwrap(),
                kid: 2,
                serial: 7,
            },
            scopes: Scopes::of(&[Scope::CartsRead, Scope::CatalogueWrite]),
            expires_at_s: Some(1_800_000_000),
        }
    }

    #[test]
    fn a_scoped_key_says_what_it_may_and_any_changed_byte_is_refused() {
        let keys = master();
        let text = scoped().text(&keys).unwrap();
        assert_eq!(text.len(), 50);
        assert_eq!(SecretKey::parse(&text, &keys), Ok(scoped()));
        for n in 3..text.len() {
            let mut bytes = text.clone().into_bytes();
            bytes[n] = if bytes[n] == b'A' { b'B' } else { b'A' };
            let changed = std::str::from_utf8(&bytes).unwrap();
            assert!(SecretKey::parse(changed, &keys).is_err(), "{n}");
        }
    }

    #[test]
    fn a_key_without_scopes_may_do_everything_and_never_ends() {
        let keys = master();
        let full = scoped().key.secret(&keys).unwrap();
        let parsed = SecretKey::parse(&full, &keys).unwrap();
        assert_eq!(parsed.scopes, Scopes::EVERYTHING);
        assert!(!parsed.has_ended(u64::MAX));
    }

    #[test]
    fn its_end_is_the_second_that_it_names() {
        assert!(!scoped().has_ended(1_799_999_999_999));
        assert!(scoped().has_ended(1_800_000_000_000));
    }
}
