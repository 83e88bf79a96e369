//! A delivery's name outside of its shopper: idempotency key, Message-ID, and what a provider hands back with its callbacks. It
//! tells no contact.

use super::DeliveryKey;
use crate::bytes::{from_hex, to_hex};
use crate::ids::ShopperId;
use core::fmt;
use core::str::FromStr;

/// Which delivery of which shopper: `dlv_`, 32 hexadecimal digits, `_`, the conversation, `_`, the step; read also with `_r` and a number
/// behind it, which says how often it was tried again as a dead letter. Letters, digits and underscores alone, because tags of Resend and
/// Amazon SES take little else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeliveryName {
    /// Whose.
    pub shopper: ShopperId,
    /// Which.
    pub key: DeliveryKey,
}

impl fmt::Display for DeliveryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DeliveryKey { conversation, step } = self.key;
        write!(f, "dlv_{}_{conversation}_{step}", to_hex(&self.shopper.0))
    }
}

/// Not the name of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not the name of a delivery")]
pub struct NotADelivery;

impl FromStr for DeliveryName {
    type Err = NotADelivery;

    fn from_str(text: &str) -> Result<Self, NotADelivery> {
        let (text, replays) = text.split_once("_r").unwrap_or((text, "1"));
        if replays.starts_with(['0', '+']) || replays.parse::<u8>().is_err() {
            return Err(NotADelivery);
        }
        let mut parts = text.strip_prefix("dlv_").ok_or(NotADelivery)?.split('_');
        let (Some(shopper), Some(conversation), Some(step), None) =
            (parts.next(), parts.next(), parts.next(), parts.next())
        else {
            return Err(NotADelivery);
        };
        let name = Self {
            shopper: ShopperId(from_hex(shopper).ok_or(NotADelivery)?),
            key: DeliveryKey {
                conversation: conversation.parse().map_err(|_| NotADelivery)?,
                step: step.parse().map_err(|_| NotADelivery)?,
            },
        };
        // One spelling each: `01` and `+1` are none.
        let canonical = alloc::string::ToString::to_string(&name) == text;
        canonical.then_some(name).ok_or(NotADelivery)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    #[test]
    fn has_one_spelling() {
        let text = "dlv_000102030405060708090a0b0c0d0e0f_3_0";
        let name: DeliveryName = text.parse().unwrap();
        assert_eq!(name.to_string(), text);
        assert_eq!((name.key.conversation, name.key.step), (3, 0));
        assert_eq!(format!("{text}_r2").parse(), Ok(name));
        for text in [
            "",
            "dlv_",
            "000102030405060708090a0b0c0d0e0f_3_0",
            "dlv_000102030405060708090a0b0c0d0e0f_3",
            "dlv_000102030405060708090a0b0c0d0e0f_3_0_0",
            "dlv_000102030405060708090a0b0c0d0e0f_3_0_r0",
            "dlv_000102030405060708090a0b0c0d0e0f_3_0_r01",
            "dlv_000102030405060708090a0b0c0d0e0f_3_0_r",
            "dlv_000102030405060708090a0b0c0d0e0f_3_0_r1_r1",
            "dlv_000102030405060708090a0b0c0d0e0f_03_0",
            "dlv_000102030405060708090a0b0c0d0e0f_+3_0",
            "dlv_000102030405060708090a0b0c0d0e0f_3_256",
            "dlv_000102030405060708090A0B0C0D0E0F_3_0",
        ] {
            assert!(text.parse::<DeliveryName>().is_err(), "{text}");
        }
    }
}
