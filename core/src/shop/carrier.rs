//! Who carries a message, by its channel.

use super::{FlowPlatform, Provider, ShopConfig, SmsProvider};
use crate::channel::Channel;
use crate::delivery::{Row, web_push};
use serde::{Deserialize, Serialize};

/// Who carries one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Carrier {
    /// A mail.
    Email(Provider),
    /// A text message.
    Sms(SmsProvider),
    /// A notification, by the push service of the browser that it goes to.
    Push,
    /// An event, on which a platform's own flow writes the message.
    Flow(FlowPlatform),
}

impl Carrier {
    /// Its name in answers and codes.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Its row of the table.
    pub fn row(self) -> &'static Row {
        match self {
            Self::Email(provider) => provider.row(),
            Self::Sms(provider) => provider.row(),
            Self::Push => web_push(),
            Self::Flow(platform) => platform.row(),
        }
    }

    /// For how long, in ms, it recognises a repeated idempotency key; `None`: it knows no such key, so a try whose outcome is unknown
    /// is never repeated.
    pub fn idempotency_window_ms(self) -> Option<u64> {
        self.row().idempotency_ms()
    }
}

impl ShopConfig {
    /// Who carries the shop's messages by `channel` in the first one's stead; `None`: nobody does.
    pub fn second_carrier(&self, channel: Channel) -> Option<Carrier> {
        match channel {
            Channel::Email => self.fallback.map(Carrier::Email),
            Channel::Sms => self.sms.as_ref()?.fallback.map(Carrier::Sms),
            Channel::Push => None,
        }
    }

    /// Who carries the shop's own messages by `channel`, those that no flow writes; `None`: nobody does.
    pub fn carrier(&self, channel: Channel) -> Option<Carrier> {
        match channel {
            Channel::Email => Some(Carrier::Email(self.provider)),
            Channel::Sms => self.sms.as_ref().map(|sms| Carrier::Sms(sms.provider)),
            Channel::Push => self.push.as_ref().map(|_| Carrier::Push),
        }
    }
}
