//! Web Push: where a browser is reached (W3C Push API), how a message to it is encrypted (RFC 8291) and signed for (RFC 8292).

pub mod encryption;
pub mod vapid;

use crate::bytes::from_base64url;
use crate::endpoint::Address;
use crate::error::Invalid;
use core::fmt;
use serde::{Deserialize, Serialize};

/// The most bytes of a browser's address: the longest that is known has about 600.
const MAX_ENDPOINT: usize = 1_024;
/// An uncompressed point (SEC 1, section 2.3.3) begins with this.
const UNCOMPRESSED: u8 = 4;

/// A browser that takes notifications, as it has named itself. Whoever knows the address and the keys can show something there.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Subscription {
    endpoint: Address,
    #[serde(with = "serde_bytes")]
    p256dh: [u8; 65],
    auth: [u8; 16],
}

impl fmt::Debug for Subscription {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Subscription(…)")
    }
}

impl Subscription {
    /// From the keys that a browser gives out (`PushSubscription.toJSON()`): a point of P-256 and 16 bytes, both base64url. Whether the
    /// point is on the curve is seen when it is used.
    pub fn new(endpoint: Address, p256dh: &str, auth: &str) -> Result<Self, Invalid> {
        let p256dh: [u8; 65] = from_base64url(p256dh).ok_or(Invalid::Subscription)?;
        let auth = from_base64url(auth).ok_or(Invalid::Subscription)?;
        if p256dh.first() != Some(&UNCOMPRESSED) || endpoint.as_str().len() > MAX_ENDPOINT {
            return Err(Invalid::Subscription);
        }
        Ok(Self {
            endpoint,
            p256dh,
            auth,
        })
    }

    /// Where its push service takes messages for it.
    pub fn endpoint(&self) -> &Address {
        &self.endpoint
    }

    /// Its push service: the host, and the port where one is named.
    pub fn service(&self) -> &str {
        let origin = vapid::origin(self.endpoint.as_str());
        origin.split_once("://").map_or(origin, |(_, host)| host)
    }

    /// Its public key, an uncompressed point.
    pub fn p256dh(&self) -> &[u8; 65] {
        &self.p256dh
    }

    /// The secret that it shares with whoever may send.
    pub fn auth(&self) -> &[u8; 16] {
        &self.auth
    }
}

/// What a browser says of notifications.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pushed {
    /// Where it is meant.
    pub endpoint: Address,
    /// How it is reached there; `None`: not any more.
    pub subscription: Option<Subscription>,
    /// What its user has answered; `None`: nothing new.
    pub agreed: Option<bool>,
    /// Version of the words that were answered.
    pub wording: alloc::string::String,
    /// Path of the page that showed them.
    pub page: alloc::string::String,
}

impl fmt::Debug for Pushed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pushed")
            .field("agreed", &self.agreed)
            .finish_non_exhaustive()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    /// The receiver of RFC 8291, section 5.
    pub(crate) const P256DH: &str =
        "BCVxsr7N_eNgVRqvHtD0zTZsEc6-VV-JvLexhqUzORcxaOzi6-AYWXvTBHm4bjyPjs7Vd8pZGH6SRpkNtoIAiw4";
    pub(crate) const AUTH: &str = "BTBZMqHH6r4Tts7J_aSIgg";

    pub(crate) fn at(endpoint: &str) -> Subscription {
        Subscription::new(address(endpoint), P256DH, AUTH).unwrap()
    }

    pub(crate) fn address(endpoint: &str) -> Address {
        Address::parse(endpoint, &[], &[]).unwrap()
    }

    #[test]
    fn keys_have_their_exact_shape() {
        let subscription = at("https://push.example.net/p/1");
        assert_eq!(subscription.p256dh().len(), 65);
        let compressed = alloc::format!("A{}", &P256DH[1..]);
        for (p256dh, auth) in [
            ("", AUTH),
            (&P256DH[1..], AUTH),
            (compressed.as_str(), AUTH),
            (P256DH, ""),
            (P256DH, "BTBZMqHH6r4Tts7J_aSIg"),
            (P256DH, "BTBZMqHH6r4Tts7J_aSIgg=="),
            (P256DH, P256DH),
        ] {
            let address = address("https://push.example.net/p/1");
            assert_eq!(
                Subscription::new(address, p256dh, auth),
                Err(Invalid::Subscription),
                "{p256dh} {auth}"
            );
        }
        let long = alloc::format!("https://push.example.net/{}", "p".repeat(1_000));
        assert!(Subscription::new(address(&long), P256DH, AUTH).is_err());
    }

    #[test]
    fn what_is_written_down_is_read_again_and_shown_to_nobody() {
        let subscription = at("https://push.example.net/p/1");
        let bytes = crate::object::codec::encode(&subscription).unwrap();
        assert_eq!(
            crate::object::codec::decode::<Subscription>(&bytes).unwrap(),
            subscription
        );
        assert_eq!(alloc::format!("{subscription:?}"), "Subscription(…)");
    }
}
