//! The ways in which a shopper can be reached.

use serde::{Deserialize, Serialize};

/// A way to reach a shopper. Each needs a consent of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// A mail.
    Email,
    /// A text message.
    Sms,
    /// A Web Push notification.
    Push,
}

impl Channel {
    /// How many channels there are.
    pub const COUNT: usize = 3;

    /// Its name in a sentence.
    pub fn spoken(self) -> &'static str {
        match self {
            Self::Email => "email",
            Self::Sms => "SMS",
            Self::Push => "push",
        }
    }
}
