//! Derived keys, remembered per isolate and ready to be cloned: to derive one costs several times what it costs to use it.
//!
//! A key is remembered only once it has verified or signed something of ours: forged tokens cannot fill the memory.

use homing_core::error::Invalid;
use homing_core::flood::{Address, Network};
use homing_core::ids::ShopId;
use homing_core::keys::{self, ApiKey, HmacSha256, MasterKeys, Purpose};
use homing_core::token::Token;
use std::cell::RefCell;
use std::collections::BTreeMap;

/// Keys remembered; about 300 bytes each.
const MAX_KEYS: usize = 8_192;

thread_local! {
    /// By key id, purpose and shop in one number.
    static KEYS: RefCell<BTreeMap<u64, HmacSha256>> = const { RefCell::new(BTreeMap::new()) };
}

/// A key that is not remembered yet.
pub struct New {
    place: u64,
    mac: HmacSha256,
}

/// A shop's key for one purpose, and whether [`keep`] should hear of it. `None` for a key id that is not configured.
pub fn lend(
    keys: &MasterKeys,
    kid: u8,
    purpose: Purpose,
    shop: ShopId,
) -> Option<(HmacSha256, Option<New>)> {
    let place = u64::from(kid) << 48 | (purpose as u64) << 40 | shop.bits();
    if let Some(mac) = KEYS.with_borrow(|keys| keys.get(&place).cloned()) {
        return Some((mac, None));
    }
    let mac = keys.mac(kid, purpose, shop)?;
    Some((mac.clone(), Some(New { place, mac })))
}

/// Remembers a key that has proved good.
pub fn keep(new: Option<New>) {
    let Some(New { place, mac }) = new else {
        return;
    };
    KEYS.with_borrow_mut(|keys| {
        if keys.len() >= MAX_KEYS {
            keys.clear();
        }
        keys.insert(place, mac);
    });
}

/// Verifies a publishable key.
pub fn publishable(text: &str, keys: &MasterKeys) -> Result<ApiKey, Invalid> {
    let mut new = None;
    let key = ApiKey::parse_publishable(text, |kid, shop| {
        let (mac, unknown) = lend(keys, kid, Purpose::Publishable, shop)?;
        new = unknown;
        Some(mac)
    })?;
    keep(new);
    Ok(key)
}

/// What stands for a network in one shop. Call it only for a shop whose key was verified. `None` when no key is configured.
pub fn network(address: &Address, shop: ShopId, keys: &MasterKeys) -> Option<Network> {
    let (mac, new) = lend(keys, keys.current(), Purpose::Network, shop)?;
    keep(new);
    Some(keys::network(mac, address))
}

/// Signs a token. `None` when its key id is not configured.
pub fn sign(token: &Token, keys: &MasterKeys) -> Option<String> {
    let (mac, new) = lend(keys, token.kid, token.purpose.key(), token.shop)?;
    keep(new);
    token.sign_with(mac)
}

#[cfg(test)]
mod tests {
    use super::*;
    use homing_core::bytes::to_base64url;
    use homing_core::token::LinkPurpose;

    const SHOP: ShopId = ShopId([1, 2, 3, 4, 5]);

    fn master() -> MasterKeys {
        MasterKeys::parse(&format!("7:{}", to_base64url(&[9; 32]))).unwrap()
    }

    fn remembered() -> usize {
        KEYS.with_borrow(BTreeMap::len)
    }

    #[test]
    fn only_a_key_that_has_verified_something_is_remembered() {
        let keys = master();
        let key = ApiKey {
            shop: SHOP,
            kid: 7,
            serial: 1,
        };
        let text = key.publishable(&keys).unwrap();
        let (head, last) = text.split_at(text.len() - 1);
        let forged = format!("{head}{}", if last == "A" { "E" } else { "A" });
        assert!(publishable(&forged, &keys).is_err());
        assert_eq!(remembered(), 0);
        assert_eq!(publishable(&text, &keys), Ok(key));
        assert_eq!(remembered(), 1);
        // From memory it says the same.
        assert_eq!(publishable(&text, &keys), Ok(key));
        assert!(publishable(&forged, &keys).is_err());
        assert_eq!(remembered(), 1);
    }

    #[test]
    fn a_token_is_signed_alike_from_memory_and_with_a_key_of_its_purpose() {
        let keys = master();
        let token = |purpose| Token {
            purpose,
            kid: 7,
            expires_at_s: 2_000_000_000,
            shop: SHOP,
            subject: [3; 16],
            epoch: 0,
            generation: 0,
            ordinal: 0,
        };
        for purpose in [LinkPurpose::Intent, LinkPurpose::Recovery] {
            let token = token(purpose);
            let text = token.sign(&keys);
            assert_eq!(
                [sign(&token, &keys), sign(&token, &keys)],
                [text.clone(), text]
            );
        }
        assert_eq!(remembered(), 2);
        let retired = Token {
            kid: 6,
            ..token(LinkPurpose::Intent)
        };
        assert_eq!(sign(&retired, &keys), None);
    }
}
