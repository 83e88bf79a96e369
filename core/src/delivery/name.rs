//! A delivery's name outside of its shopper: idempotency key, Message-ID, and what a provider hands back with its callbacks. It
//! tells no contact.

use super::DeliveryKey;
use crate::bytes::{from_hex, to_hex};
use crate::ids::ShopperId;
use core::fmt;
use core::str::FromStr;

/// Which delivery of which shopper: `dlv_`, 32 hexadecimal digits, `_`, the conversation, `_`, the step; with `_r` and a number behind it
/// where it was tried again as a dead letter. Letters, digits and underscores alone, because tags of Resend and
/// Amazon SES take little else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DeliveryName {
    /// Whose.
    pub shopper: ShopperId,
    /// Which.
    pub key: DeliveryKey,
    /// How often it had been tried again as a dead letter.
    pub replays: u8,
}

impl fmt::Display for DeliveryName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let DeliveryKey { conversation, step } = self.key;
        write!(f, "dlv_{}_{conversation}_{step}", to_hex(&self.shopper.0))?;
        match self.replays {
            0 => Ok(()),
            replays => write!(f, "_r{replays}"),
        }
    }
}

/// Not the name of a delivery.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not the name of a delivery")]
pub struct NotADelivery;

impl FromStr for DeliveryName {
    type Err = NotADelivery;

    fn from_str(text: &str) -> Result<Self, NotADelivery> {
        let (plain, replays) = match text.split_once("_r") {
            Some((plain, replays)) => (plain, replays.parse().map_err(|_| NotADelivery)?),
            None => (text, 0),
        };
        let mut parts = plain.strip_prefix("dlv_").ok_or(NotADelivery)?.split('_');
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
            replays,
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
        let again = DeliveryName { replays: 2, ..name };
        assert_eq!(again.to_string(), format!("{text}_r2"));
        assert_eq!(format!("{text}_r2").parse(), Ok(again));
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
