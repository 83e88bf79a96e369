//! Sealing: AES-256-GCM under a derived key. The nonce is random, 96 bits, and stands before the ciphertext.

use crate::ids::ShopId;
use crate::keys::{MasterKeys, Purpose};
use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use alloc::vec::Vec;

/// Why sealed bytes cannot be opened. Says no more: which of them it was is nobody's business.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("sealed bytes could not be opened")]
pub struct SealError;

/// Seals `plain` for `shop`; `context` (an object's id, say) must be the same when opening. Layout:
/// `key id (1) ‖ nonce (12) ‖ ciphertext and tag`.
pub fn seal(
    keys: &MasterKeys,
    purpose: Purpose,
    shop: ShopId,
    context: &[u8],
    nonce: [u8; 12],
    plain: &[u8],
) -> Result<Vec<u8>, SealError> {
    let kid = keys.current();
    let cipher = cipher(keys, kid, purpose, shop, context)?;
    let sealed = cipher
        .encrypt(
            &Nonce::from(nonce),
            Payload {
                msg: plain,
                aad: context,
            },
        )
        .map_err(|_| SealError)?;
    let mut bytes = Vec::with_capacity(sealed.len().saturating_add(13));
    bytes.push(kid);
    bytes.extend_from_slice(&nonce);
    bytes.extend_from_slice(&sealed);
    Ok(bytes)
}

/// Opens what [`seal`] made.
pub fn open(
    keys: &MasterKeys,
    purpose: Purpose,
    shop: ShopId,
    context: &[u8],
    sealed: &[u8],
) -> Result<Vec<u8>, SealError> {
    let (kid, rest) = sealed.split_first().ok_or(SealError)?;
    let (nonce, sealed) = rest.split_first_chunk::<12>().ok_or(SealError)?;
    let cipher = cipher(keys, *kid, purpose, shop, context)?;
    cipher
        .decrypt(
            &Nonce::from(*nonce),
            Payload {
                msg: sealed,
                aad: context,
            },
        )
        .map_err(|_| SealError)
}

/// A key for this one context: the shop's key for the purpose, bound to the context by HMAC.
fn cipher(
    keys: &MasterKeys,
    kid: u8,
    purpose: Purpose,
    shop: ShopId,
    context: &[u8],
) -> Result<Aes256Gcm, SealError> {
    use hmac::Mac;
    let key: [u8; 32] = keys
        .mac(kid, purpose, shop)
        .ok_or(SealError)?
        .chain_update(context)
        .finalize()
        .into_bytes()
        .into();
    Ok(Aes256Gcm::new(&Key::<Aes256Gcm>::from(key)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::tests::master;

    #[test]
    fn opens_only_in_its_own_context() {
        let (keys, shop) = (master(), "shop_dem00001".parse().unwrap());
        let sealed = seal(
            &keys,
            Purpose::Seal,
            shop,
            b"a",
            [1; 12],
            b"ada@example.com",
        )
        .unwrap();
        assert!(!sealed.windows(3).any(|w| w == b"ada"));
        assert_eq!(
            open(&keys, Purpose::Seal, shop, b"a", &sealed).unwrap(),
            b"ada@example.com"
        );
        assert!(open(&keys, Purpose::Seal, shop, b"b", &sealed).is_err());
        assert!(open(&keys, Purpose::Wrap, shop, b"a", &sealed).is_err());
        assert!(
            open(
                &keys,
                Purpose::Seal,
                "shop_dem00002".parse().unwrap(),
                b"a",
                &sealed
            )
            .is_err()
        );
        for n in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[n] ^= 1;
            assert!(
                open(&keys, Purpose::Seal, shop, b"a", &changed).is_err(),
                "{n}"
            );
        }
    }
}
