//! Keys: a deployment's master keys, what is derived from them per shop and purpose, and the API keys they vouch for.
//!
//! `derive(kid, purpose, shop)` is HKDF-SHA-256 (RFC 5869) with the master key as input, salt `homing/v1` and info
//! `purpose ‖ 0 ‖ shop`.

use crate::bytes::{from_base64url, to_base64url};
use crate::contact::{Email, Phone};
use crate::endpoint::Address;
use crate::error::Invalid;
use crate::experiment::ExperimentKey;
use crate::flood::{Address as Ip, Network};
use crate::ids::{CartId, ShopId, ShopperId, first_16};
use alloc::{borrow::ToOwned, collections::BTreeMap, format, string::String, vec::Vec};
use core::fmt;
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// HMAC-SHA-256.
pub type HmacSha256 = Hmac<Sha256>;

/// What a derived key is for: no key serves two purposes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Purpose {
    /// Vouches for publishable keys.
    Publishable,
    /// Vouches for secret keys.
    Secret,
    /// Vouches for secret keys that say what they may do.
    ScopedSecret,
    /// Signs recovery links.
    Recovery,
    /// Signs intent tokens.
    Intent,
    /// Signs unsubscribe links.
    Unsubscribe,
    /// Signs approval links.
    Approval,
    /// Wraps a shop's name key.
    Wrap,
    /// Seals shoppers.
    Seal,
    /// Signs links to surveys.
    Survey,
    /// Signs what a merchant's endpoints are told.
    Endpoint,
    /// Seals what connects a shop to its platform.
    Connection,
    /// Seals webhooks that wait in a queue, by the day.
    Inbound,
    /// Seals webhooks that are kept for a person.
    Kept,
    /// Makes codes that nobody can guess.
    Code,
    /// Makes short links that nobody can guess.
    ShortLink,
    /// Stands in for networks.
    Network,
}

impl Purpose {
    fn label(self) -> &'static str {
        match self {
            Self::Publishable => "publishable",
            Self::Secret => "secret",
            Self::ScopedSecret => "scoped_secret",
            Self::Recovery => "recovery",
            Self::Intent => "intent",
            Self::Unsubscribe => "unsubscribe",
            Self::Approval => "approval",
            Self::Wrap => "wrap",
            Self::Seal => "seal",
            Self::Survey => "survey",
            Self::Endpoint => "endpoint",
            Self::Connection => "connection",
            Self::Inbound => "inbound",
            Self::Kept => "kept",
            Self::Code => "code",
            Self::ShortLink => "short_link",
            Self::Network => "network",
        }
    }
}

/// A deployment's master keys by id. The one listed last signs; all of them verify.
#[derive(Clone)]
pub struct MasterKeys {
    current: u8,
    prks: BTreeMap<u8, Hkdf<Sha256>>,
}

impl fmt::Debug for MasterKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MasterKeys")
            .field("current", &self.current)
            .finish_non_exhaustive()
    }
}

impl MasterKeys {
    /// Parses `id:base64url of 32 bytes`, comma separated.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        let mut prks = BTreeMap::new();
        let mut current = None;
        for part in text.trim().split(',') {
            let (kid, key) = part.trim().split_once(':').ok_or(Invalid::Key)?;
            let kid: u8 = kid.parse().map_err(|_| Invalid::Key)?;
            let key: [u8; 32] = from_base64url(key).ok_or(Invalid::Key)?;
            if prks
                .insert(kid, Hkdf::<Sha256>::new(Some(b"homing/v1"), &key))
                .is_some()
            {
                return Err(Invalid::Key);
            }
            current = Some(kid);
        }
        Ok(Self {
            current: current.ok_or(Invalid::Key)?,
            prks,
        })
    }

    /// The id of the key that signs now.
    pub fn current(&self) -> u8 {
        self.current
    }

    /// The key `kid` for one purpose of one shop; `None` for a key id that is not (or no longer) configured.
    pub fn derive(&self, kid: u8, purpose: Purpose, shop: ShopId) -> Option<[u8; 32]> {
        let mut okm = [0; 32];
        self.prks
            .get(&kid)?
            .expand_multi_info(&[purpose.label().as_bytes(), &[0], &shop.0], &mut okm)
            .ok()?;
        Some(okm)
    }

    /// A keyed MAC, ready to be cloned for each message.
    pub fn mac(&self, kid: u8, purpose: Purpose, shop: ShopId) -> Option<HmacSha256> {
        HmacSha256::new_from_slice(&self.derive(kid, purpose, shop)?).ok()
    }
}

/// What stands for a network, by a shop's key for [`Purpose::Network`]: it cannot be turned back into an address, nor be compared with
/// another shop's.
pub fn network(mac: HmacSha256, ip: &Ip) -> Network {
    let tag = mac.chain_update(ip.bytes()).finalize().into_bytes();
    Network(u64::from_be_bytes(
        tag.first_chunk().copied().unwrap_or_default(),
    ))
}

/// An API key that this deployment made: publishable (`pk_`, in pages) or secret (`sk_`, on servers). Its MAC is checked
/// before any storage is asked about its shop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ApiKey {
    /// Whose it is.
    pub shop: ShopId,
    /// Which master key vouches for it.
    pub kid: u8,
    /// Its number within the shop, for revocation.
    pub serial: u8,
}

const PUBLISHABLE_TAG: usize = 11;
const SECRET_TAG: usize = 20;

impl ApiKey {
    /// The publishable key's text.
    pub fn publishable(self, keys: &MasterKeys) -> Option<String> {
        let tag = self.tag(keys, Purpose::Publishable)?;
        Some(format!("pk_{}", self.text(tag.get(..PUBLISHABLE_TAG)?)))
    }

    /// The secret key's text.
    pub fn secret(self, keys: &MasterKeys) -> Option<String> {
        let tag = self.tag(keys, Purpose::Secret)?;
        Some(format!("sk_{}", self.text(tag.get(..SECRET_TAG)?)))
    }

    /// Verifies a publishable key; `mac` gives a shop's key for [`Purpose::Publishable`], `None` for a key id that is not
    /// configured.
    pub fn parse_publishable(
        text: &str,
        mac: impl FnOnce(u8, ShopId) -> Option<HmacSha256>,
    ) -> Result<Self, Invalid> {
        Self::verify::<{ 7 + PUBLISHABLE_TAG }>(text, "pk_", mac)
    }

    /// Verifies a secret key.
    pub fn parse_secret(text: &str, keys: &MasterKeys) -> Result<Self, Invalid> {
        let mac = |kid, shop| keys.mac(kid, Purpose::Secret, shop);
        Self::verify::<{ 7 + SECRET_TAG }>(text, "sk_", mac)
    }

    fn verify<const N: usize>(
        text: &str,
        prefix: &str,
        mac: impl FnOnce(u8, ShopId) -> Option<HmacSha256>,
    ) -> Result<Self, Invalid> {
        let bytes: [u8; N] = text
            .strip_prefix(prefix)
            .and_then(from_base64url)
            .ok_or(Invalid::Key)?;
        let ([kid, s0, s1, s2, s3, s4, serial], tag) =
            bytes.split_first_chunk::<7>().ok_or(Invalid::Key)?;
        let key = Self {
            shop: ShopId([*s0, *s1, *s2, *s3, *s4]),
            kid: *kid,
            serial: *serial,
        };
        let mac = mac(key.kid, key.shop).ok_or(Invalid::Key)?;
        mac.chain_update(key.head())
            .verify_truncated_left(tag)
            .map_err(|_| Invalid::Key)?;
        Ok(key)
    }

    fn head(self) -> [u8; 7] {
        let [a, b, c, d, e] = self.shop.0;
        [self.kid, a, b, c, d, e, self.serial]
    }

    fn tag(self, keys: &MasterKeys, purpose: Purpose) -> Option<Vec<u8>> {
        Some(
            keys.mac(self.kid, purpose, self.shop)?
                .chain_update(self.head())
                .finalize()
                .into_bytes()
                .to_vec(),
        )
    }

    fn text(self, tag: &[u8]) -> String {
        let mut bytes = self.head().to_vec();
        bytes.extend_from_slice(tag);
        to_base64url(&bytes)
    }
}

/// A shop's random name key: objects are named by hashes under it, so that a name tells nothing and cannot be guessed. It is
/// never rotated: that would rename every shopper and forget every unsubscribe.
#[derive(Clone)]
pub struct NameKey(HmacSha256);

impl fmt::Debug for NameKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("NameKey(…)")
    }
}

impl NameKey {
    /// From its 32 bytes.
    pub fn new(key: &[u8; 32]) -> Option<Self> {
        HmacSha256::new_from_slice(key).ok().map(Self)
    }

    /// The object that remembers `cart`.
    pub fn cart(&self, cart: CartId) -> String {
        crate::bytes::to_hex(&self.hash("cart", &cart.0))
    }

    /// The cart that stands for a shop's own basket, which the shop names by `token`. No browser holds a secret that leads to it.
    pub fn basket(&self, token: &str) -> CartId {
        CartId(self.hash("basket", token.as_bytes()))
    }

    /// The shopper with this normalised email address.
    pub fn shopper_by_email(&self, normalised: &str) -> ShopperId {
        ShopperId(self.hash("email", normalised.as_bytes()))
    }

    /// The shopper with this normalised phone number.
    pub fn shopper_by_phone(&self, normalised: &str) -> ShopperId {
        ShopperId(self.hash("phone", normalised.as_bytes()))
    }

    /// The shopper of whom nothing is known but where their browser takes notifications.
    pub fn shopper_by_push(&self, endpoint: &Address) -> ShopperId {
        ShopperId(self.hash("push", endpoint.as_str().as_bytes()))
    }

    /// What stands for the shop's own name of a customer, where that has to be found again.
    pub fn customer(&self, reference: &str) -> [u8; 16] {
        self.hash("customer", reference.as_bytes())
    }

    /// The shopper of whom this is known: an address names them, or else a number.
    pub fn shopper(&self, email: Option<&Email>, phone: Option<&Phone>) -> Option<ShopperId> {
        let by_email = email.map(|email| self.shopper_by_email(email.as_str()));
        by_email.or_else(|| phone.map(|phone| self.shopper_by_phone(phone.as_str())))
    }

    /// The key that deals shoppers out to experiments and the holdout. Like the names it is never rotated: that would deal everybody
    /// anew in the middle of every experiment.
    pub fn experiments(&self) -> Option<ExperimentKey> {
        let mac = self.0.clone().chain_update(b"experiments");
        ExperimentKey::new(&mac.finalize().into_bytes().into())
    }

    fn hash(&self, kind: &str, name: &[u8]) -> [u8; 16] {
        let mac = self
            .0
            .clone()
            .chain_update(kind.as_bytes())
            .chain_update([0])
            .chain_update(name);
        first_16(&mac.finalize().into_bytes())
    }
}

/// The object that keeps a shopper: its id is already a keyed hash.
pub fn shopper_object(shopper: ShopperId) -> String {
    crate::bytes::to_hex(&shopper.0)
}

/// The part of a header after `Bearer `.
pub fn bearer(header: &str) -> Option<String> {
    let (scheme, token) = header.split_once(' ')?;
    scheme
        .eq_ignore_ascii_case("bearer")
        .then(|| token.trim().to_owned())
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn master() -> MasterKeys {
        MasterKeys::parse(&format!(
            "1:{},2:{}",
            to_base64url(&[7; 32]),
            to_base64url(&[9; 32])
        ))
        .unwrap()
    }

    fn publishable_of(text: &str, keys: &MasterKeys) -> Result<ApiKey, Invalid> {
        ApiKey::parse_publishable(text, |kid, shop| keys.mac(kid, Purpose::Publishable, shop))
    }

    #[test]
    fn api_keys_verify_and_any_changed_byte_is_refused() {
        let keys = master();
        let key = ApiKey {
            shop: "shop_dem00001".parse().unwrap(),
            kid: 2,
            serial: 1,
        };
        let publishable = key.publishable(&keys).unwrap();
        assert_eq!(publishable.len(), 27);
        assert_eq!(publishable_of(&publishable, &keys), Ok(key));
        let secret = key.secret(&keys).unwrap();
        assert_eq!(secret.len(), 39);
        assert_eq!(ApiKey::parse_secret(&secret, &keys), Ok(key));
        assert!(ApiKey::parse_secret(&publishable.replace("pk_", "sk_"), &keys).is_err());
        for n in 3..publishable.len() {
            let mut bytes = publishable.clone().into_bytes();
            bytes[n] = if bytes[n] == b'A' { b'B' } else { b'A' };
            assert!(
                publishable_of(std::str::from_utf8(&bytes).unwrap(), &keys).is_err(),
                "{n}"
            );
        }
    }

    #[test]
    fn a_key_of_a_retired_master_is_refused_and_rotation_keeps_the_old() {
        let key = ApiKey {
            shop: "shop_dem00001".parse().unwrap(),
            kid: 1,
            serial: 1,
        };
        let publishable = key.publishable(&master()).unwrap();
        assert!(publishable_of(&publishable, &master()).is_ok());
        let later = MasterKeys::parse(&format!("2:{}", to_base64url(&[9; 32]))).unwrap();
        assert!(publishable_of(&publishable, &later).is_err());
    }

    #[test]
    fn purposes_and_shops_do_not_share_keys() {
        let keys = master();
        let (a, b) = (
            "shop_dem00001".parse().unwrap(),
            "shop_dem00002".parse().unwrap(),
        );
        assert_ne!(
            keys.derive(1, Purpose::Recovery, a),
            keys.derive(1, Purpose::Intent, a)
        );
        assert_ne!(
            keys.derive(1, Purpose::Recovery, a),
            keys.derive(1, Purpose::Recovery, b)
        );
        assert_ne!(
            keys.derive(1, Purpose::Recovery, a),
            keys.derive(2, Purpose::Recovery, a)
        );
    }

    #[test]
    fn malformed_master_keys_are_refused() {
        for text in [
            "",
            "1",
            "1:short",
            "x:AAAA",
            &format!("1:{0},1:{0}", to_base64url(&[7; 32])),
        ] {
            assert!(MasterKeys::parse(text).is_err(), "{text}");
        }
    }
}
