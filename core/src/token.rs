//! Link tokens: 48 bytes, 64 characters, no personal data.
//!
//! `version and purpose (1) ‖ key id (1) ‖ expiry (4) ‖ shop (5) ‖ subject (16) ‖ epoch (2) ‖ generation (1) ‖ ordinal (2) ‖
//! first 16 bytes of HMAC-SHA-256 over all of that`. Integers are big-endian. 128 bits of MAC: NIST SP 800-107 allows
//! truncation to that length for authentication.

use crate::bytes::{from_base64url, to_base64url};
use crate::ids::{CartId, ShopId, ShopperId};
use crate::keys::{HmacSha256, MasterKeys, Purpose};
use alloc::string::String;
use hmac::Mac;
use serde::{Deserialize, Serialize};

/// What a link does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LinkPurpose {
    /// Brings a cart back.
    Recovery,
    /// Reads one's own cart on another device.
    Intent,
    /// Ends messages.
    Unsubscribe,
    /// Approves a send.
    Approval,
    /// Asks what kept the shopper.
    Survey,
}

impl LinkPurpose {
    fn code(self) -> u8 {
        match self {
            Self::Recovery => 1,
            Self::Intent => 2,
            Self::Unsubscribe => 3,
            Self::Approval => 4,
            Self::Survey => 5,
        }
    }

    fn from_code(code: u8) -> Option<Self> {
        [
            Self::Recovery,
            Self::Intent,
            Self::Unsubscribe,
            Self::Approval,
            Self::Survey,
        ]
        .into_iter()
        .find(|purpose| purpose.code() == code)
    }

    /// The purpose of the key that signs it.
    pub fn key(self) -> Purpose {
        match self {
            Self::Recovery => Purpose::Recovery,
            Self::Intent => Purpose::Intent,
            Self::Unsubscribe => Purpose::Unsubscribe,
            Self::Approval => Purpose::Approval,
            Self::Survey => Purpose::Survey,
        }
    }
}

/// What a token says. Stored as its first 32 bytes, without the signature: what lies somewhere opens nothing by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "[u8; 32]", try_from = "[u8; 32]")]
pub struct Token {
    /// What for.
    pub purpose: LinkPurpose,
    /// Which master key.
    pub kid: u8,
    /// When it ends, epoch seconds.
    pub expires_at_s: u32,
    /// Whose.
    pub shop: ShopId,
    /// A cart's id, or a shopper's for unsubscribe and approval.
    pub subject: [u8; 16],
    /// The cart's epoch, modulo 65,536: an order has passed when it differs.
    pub epoch: u16,
    /// The cart's link generation: revoked when it differs.
    pub generation: u8,
    /// Which delivery carried it: conversation modulo 256, then step.
    pub ordinal: u16,
}

/// Why a token is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TokenError {
    /// Not of our making: malformed, forged, or for something else.
    #[error("this link is not valid")]
    Invalid,
    /// Ours, but too old.
    #[error("this link has expired")]
    Expired,
}

const HEAD: usize = 32;
const MAC: usize = 16;
const VERSION: u8 = 1;

impl From<Token> for [u8; HEAD] {
    fn from(token: Token) -> Self {
        token.head()
    }
}

impl TryFrom<[u8; HEAD]> for Token {
    type Error = TokenError;

    fn try_from(head: [u8; HEAD]) -> Result<Self, TokenError> {
        let [kind, kid, x0, x1, x2, x3, s0, s1, s2, s3, s4, rest @ ..] = head;
        let (subject, tail) = rest.split_first_chunk::<16>().ok_or(TokenError::Invalid)?;
        let [e0, e1, generation, o0, o1] = tail else {
            return Err(TokenError::Invalid);
        };
        if kind >> 4 != VERSION {
            return Err(TokenError::Invalid);
        }
        Ok(Self {
            purpose: LinkPurpose::from_code(kind & 15).ok_or(TokenError::Invalid)?,
            kid,
            expires_at_s: u32::from_be_bytes([x0, x1, x2, x3]),
            shop: ShopId([s0, s1, s2, s3, s4]),
            subject: *subject,
            epoch: u16::from_be_bytes([*e0, *e1]),
            generation: *generation,
            ordinal: u16::from_be_bytes([*o0, *o1]),
        })
    }
}

impl Token {
    /// A token's length in characters.
    pub const TEXT_LEN: usize = 64;

    /// Signs it. `None` when its key id is not configured.
    pub fn sign(&self, keys: &MasterKeys) -> Option<String> {
        self.sign_with(keys.mac(self.kid, self.purpose.key(), self.shop)?)
    }

    /// Signs it with the key that [`Token::sign`] would derive.
    pub fn sign_with(&self, mac: HmacSha256) -> Option<String> {
        let head = self.head();
        let tag = mac.chain_update(head).finalize().into_bytes();
        let mut bytes = head.to_vec();
        bytes.extend_from_slice(tag.get(..MAC)?);
        Some(to_base64url(&bytes))
    }

    /// Reads what a token claims. Nothing of it may be trusted before [`Claimed::verify`].
    pub fn read(text: &str) -> Result<Claimed, TokenError> {
        let bytes: [u8; HEAD + MAC] = from_base64url(text).ok_or(TokenError::Invalid)?;
        let (head, tag) = bytes
            .split_first_chunk::<HEAD>()
            .ok_or(TokenError::Invalid)?;
        Ok(Claimed {
            token: Self::try_from(*head)?,
            tag: tag.try_into().map_err(|_| TokenError::Invalid)?,
        })
    }

    /// Reads and verifies in one go: MAC in constant time, then expiry against `now` (ms), then purpose.
    pub fn verify(
        text: &str,
        wanted: &[LinkPurpose],
        keys: &MasterKeys,
        now: u64,
    ) -> Result<Self, TokenError> {
        let claimed = Self::read(text)?;
        let Claimed { token, .. } = &claimed;
        if !wanted.contains(&token.purpose) {
            return Err(TokenError::Invalid);
        }
        let mac = keys
            .mac(token.kid, token.purpose.key(), token.shop)
            .ok_or(TokenError::Invalid)?;
        claimed.verify(mac, now)
    }

    /// The cart that a recovery or intent token speaks for.
    pub fn cart(&self) -> CartId {
        CartId(self.subject)
    }

    /// The shopper that an unsubscribe token speaks for.
    pub fn shopper(&self) -> ShopperId {
        ShopperId(self.subject)
    }

    /// Whether it is over at `now`, epoch ms.
    pub fn has_expired(&self, now: u64) -> bool {
        self.expires_at_ms() <= now
    }

    /// When it is over, epoch ms.
    pub fn expires_at_ms(&self) -> u64 {
        u64::from(self.expires_at_s).saturating_mul(1_000)
    }

    fn head(&self) -> [u8; HEAD] {
        let mut head = [0; HEAD];
        let kind = [VERSION << 4 | self.purpose.code(), self.kid];
        let parts: [&[u8]; 7] = [
            &kind,
            &self.expires_at_s.to_be_bytes(),
            &self.shop.0,
            &self.subject,
            &self.epoch.to_be_bytes(),
            &[self.generation],
            &self.ordinal.to_be_bytes(),
        ];
        head.iter_mut()
            .zip(parts.into_iter().flatten())
            .for_each(|(to, from)| *to = *from);
        head
    }
}

/// A well-formed token whose MAC has not been checked.
#[derive(Clone, Copy, Debug)]
pub struct Claimed {
    token: Token,
    tag: [u8; MAC],
}

impl Claimed {
    /// Which key would have signed it.
    pub fn key(&self) -> (u8, LinkPurpose, ShopId) {
        (self.token.kid, self.token.purpose, self.token.shop)
    }

    /// Checks the MAC in constant time, then the expiry against `now` (epoch ms).
    pub fn verify(self, mac: HmacSha256, now: u64) -> Result<Token, TokenError> {
        mac.chain_update(self.token.head())
            .verify_truncated_left(&self.tag)
            .map_err(|_| TokenError::Invalid)?;
        if self.token.has_expired(now) {
            Err(TokenError::Expired)
        } else {
            Ok(self.token)
        }
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::keys::tests::master;
    use proptest::prelude::*;

    pub(crate) fn token() -> Token {
        Token {
            purpose: LinkPurpose::Recovery,
            kid: 2,
            expires_at_s: 2_000,
            shop: "shop_dem00001".parse().unwrap(),
            subject: [5; 16],
            epoch: 3,
            generation: 1,
            ordinal: 0x0102,
        }
    }

    #[test]
    fn a_signed_token_reads_back_in_64_characters() {
        let text = token().sign(&master()).unwrap();
        assert_eq!(text.len(), Token::TEXT_LEN);
        assert_eq!(
            Token::verify(&text, &[LinkPurpose::Recovery], &master(), 1_999_999),
            Ok(token())
        );
        assert_eq!(
            Token::verify(&text, &[LinkPurpose::Recovery], &master(), 2_000_000),
            Err(TokenError::Expired)
        );
        assert_eq!(
            Token::verify(&text, &[LinkPurpose::Intent], &master(), 0),
            Err(TokenError::Invalid)
        );
    }

    /// Links live for years: what stands in them never moves.
    #[test]
    fn the_bytes_of_a_token_are_what_they_always_were() {
        let purposes = [
            (LinkPurpose::Recovery, 0x11),
            (LinkPurpose::Intent, 0x12),
            (LinkPurpose::Unsubscribe, 0x13),
            (LinkPurpose::Approval, 0x14),
            (LinkPurpose::Survey, 0x15),
        ];
        for (purpose, first) in purposes {
            let token = Token { purpose, ..token() };
            let text = token.sign(&master()).unwrap();
            let bytes: [u8; 48] = from_base64url(&text).unwrap();
            assert_eq!(bytes[..2], [first, 2]);
            assert_eq!(bytes[2..6], 2_000_u32.to_be_bytes());
            assert_eq!(bytes[6..11], token.shop.0);
            assert_eq!(bytes[11..27], [5; 16]);
            assert_eq!(bytes[27..32], [0, 3, 1, 1, 2]);
        }
    }

    #[test]
    fn every_changed_byte_is_refused() {
        let text = token().sign(&master()).unwrap();
        let bytes: [u8; 48] = from_base64url(&text).unwrap();
        for n in 0..48 {
            for bit in 0..8 {
                let mut changed = bytes;
                changed[n] ^= 1 << bit;
                let all = [
                    LinkPurpose::Recovery,
                    LinkPurpose::Intent,
                    LinkPurpose::Unsubscribe,
                    LinkPurpose::Approval,
                    LinkPurpose::Survey,
                ];
                assert_eq!(
                    Token::verify(&to_base64url(&changed), &all, &master(), 0),
                    Err(TokenError::Invalid),
                    "byte {n} bit {bit}"
                );
            }
        }
    }

    proptest! {
        #[test]
        fn no_text_crashes_the_reader(text in "\\PC{0,80}") {
            prop_assert!(Token::verify(&text, &[LinkPurpose::Recovery], &master(), 0).is_err());
        }

        #[test]
        fn all_fields_survive(kid in 1_u8..3, expires_at_s in 1_u32.., subject in any::<[u8; 16]>(), epoch in any::<u16>(), generation in any::<u8>(), ordinal in any::<u16>()) {
            let token = Token { kid, expires_at_s, subject, epoch, generation, ordinal, ..token() };
            let text = token.sign(&master()).unwrap();
            prop_assert_eq!(Token::verify(&text, &[LinkPurpose::Recovery], &master(), 0), Ok(token));
        }
    }
}
