//! Names of shops, carts and shoppers.

use crate::cart::Replica;
use crate::error::Invalid;
use alloc::string::String;
use core::{fmt, str::FromStr};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const CROCKFORD: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

/// A tenant: 40 bits, written `shop_` and 8 characters of Crockford's base 32.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ShopId(pub [u8; 5]);

impl ShopId {
    /// Its 40 bits as a number.
    pub fn bits(self) -> u64 {
        self.0
            .iter()
            .fold(0, |bits, byte| bits << 8 | u64::from(*byte))
    }
}

impl fmt::Display for ShopId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("shop_")?;
        for place in (0..8).rev() {
            let digit = usize::try_from(self.bits() >> (place * 5) & 31).unwrap_or(0);
            write!(
                f,
                "{}",
                char::from(CROCKFORD.get(digit).copied().unwrap_or(b'0'))
            )?;
        }
        Ok(())
    }
}

impl FromStr for ShopId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let digits = text
            .strip_prefix("shop_")
            .filter(|digits| digits.len() == 8)
            .ok_or(Invalid::ShopId)?;
        let mut bits: u64 = 0;
        for digit in digits.bytes() {
            let value = CROCKFORD
                .iter()
                .position(|c| *c == digit)
                .ok_or(Invalid::ShopId)?;
            bits = bits << 5 | u64::try_from(value).map_err(|_| Invalid::ShopId)?;
        }
        let [_, _, _, a, b, c, d, e] = bits.to_be_bytes();
        Ok(Self([a, b, c, d, e]))
    }
}

/// A basket of one shop: the hash of a secret that only its browser holds, so that knowing a cart's id (from a link, say)
/// gives no right to change it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CartId(pub [u8; 16]);

impl CartId {
    /// The cart that the holder of `secret` may write to.
    pub fn of_secret(shop: ShopId, secret: &CartSecret) -> Self {
        let digest = Sha256::new()
            .chain_update(b"homing/cart/v1")
            .chain_update(shop.0)
            .chain_update(secret.0)
            .finalize();
        Self(first_16(&digest))
    }

    /// The cart that a shop's own basket goes on in for `shopper`, where the one that it had speaks for somebody else.
    #[must_use]
    pub fn behind(alias: Self, shopper: ShopperId) -> Self {
        let digest = Sha256::new()
            .chain_update(b"homing/alias/v1")
            .chain_update(alias.0)
            .chain_update(shopper.0)
            .finalize();
        Self(first_16(&digest))
    }
}

impl fmt::Display for CartId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("crt_")?;
        hex(f, &self.0)
    }
}

impl FromStr for CartId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        text.strip_prefix("crt_")
            .and_then(crate::bytes::from_hex)
            .map(Self)
            .ok_or(Invalid::CartId)
    }
}

/// The 16 random bytes by which a browser proves that a cart is its own.
#[derive(Clone, PartialEq, Eq)]
pub struct CartSecret([u8; 16]);

impl fmt::Debug for CartSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CartSecret(…)")
    }
}

impl FromStr for CartSecret {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        crate::bytes::from_base64url(text)
            .map(Self)
            .ok_or(Invalid::CartSecret)
    }
}

/// A person in one shop: a keyed hash of the normalised contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct ShopperId(pub [u8; 16]);

impl fmt::Display for ShopperId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("shp_")?;
        hex(f, &self.0)
    }
}

impl FromStr for ShopperId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        text.strip_prefix("shp_")
            .and_then(crate::bytes::from_hex)
            .map(Self)
            .ok_or(Invalid::Key)
    }
}

impl fmt::Display for Replica {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// Writes bytes as lower-case hexadecimal.
pub(crate) fn hex(f: &mut fmt::Formatter<'_>, bytes: &[u8]) -> fmt::Result {
    bytes.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
}

/// The first 16 bytes of a longer digest.
pub fn first_16(digest: &[u8]) -> [u8; 16] {
    let mut short = [0; 16];
    short
        .iter_mut()
        .zip(digest)
        .for_each(|(to, from)| *to = *from);
    short
}

/// Text of a cart's object name; see [`crate::keys::NameKey`].
pub type ObjectName = String;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_shop_id_has_one_spelling() {
        let demo: ShopId = "shop_dem00001".parse().unwrap();
        assert_eq!(demo.to_string(), "shop_dem00001");
        for text in [
            "shop_DEM00001",
            "shop_dem0000",
            "shop_dem0000l",
            "dem00001",
            "shop_dem000011",
        ] {
            assert!(text.parse::<ShopId>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_cart_id_has_one_spelling() {
        let text = "crt_000102030405060708090a0b0c0d0e0f";
        assert_eq!(text.parse::<CartId>().unwrap().to_string(), text);
        for text in [
            "",
            "000102030405060708090a0b0c0d0e0f",
            "crt_000102030405060708090A0B0C0D0E0F",
            "crt_000102030405060708090a0b0c0d0e",
            "crt_000102030405060708090a0b0c0d0e0f00",
            "crt_+00102030405060708090a0b0c0d0e0f",
        ] {
            assert_eq!(text.parse::<CartId>(), Err(Invalid::CartId), "{text}");
        }
    }

    #[test]
    fn a_secret_is_exactly_16_bytes_and_never_printed() {
        let secret: CartSecret = "AAECAwQFBgcICQoLDA0ODw".parse().unwrap();
        assert_eq!(format!("{secret:?}"), "CartSecret(…)");
        for text in [
            "",
            "AAECAwQFBgcICQoLDA0OD",
            "AAECAwQFBgcICQoLDA0ODx",
            "AAECAwQFBgcICQoLDA0ODw==",
        ] {
            assert!(text.parse::<CartSecret>().is_err(), "{text}");
        }
    }
}
