//! What somebody says of themselves: who they are, or claim to be, and what they agree to.

use homing_core::channel::Channel;
use homing_core::log::ConsentReceipt;
use serde::{Deserialize, Serialize};

/// What somebody says of themselves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// Which person.
    pub who: u8,
    /// What is agreed to; `None`: they were not asked.
    pub consent: Option<bool>,
    /// Which channels they were asked about.
    #[serde(default, skip_serializing_if = "Channels::are_both")]
    pub channels: Channels,
    /// Whether advertising services may be told of them; `None`: they were not asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ads: Option<bool>,
}

/// Channels that a question is about.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channels {
    /// Email, and text messages where the shop sends them to the person.
    #[default]
    Both,
    /// Email alone.
    Email,
    /// Text messages alone.
    Sms,
}

impl Channels {
    fn are_both(&self) -> bool {
        *self == Self::Both
    }

    /// Whether somebody who may get `texts` was asked about `channel`.
    pub(crate) fn hold(self, channel: Channel, texts: bool) -> bool {
        match channel {
            Channel::Email => self != Self::Sms,
            Channel::Sms => self != Self::Email && texts,
            Channel::Push => false,
        }
    }
}

impl Word {
    /// Somebody who agrees to everything.
    pub(crate) fn yes(who: u8) -> Self {
        Self {
            who,
            consent: Some(true),
            channels: Channels::Both,
            ads: None,
        }
    }

    /// The receipt for it; `texts`: whether text messages may be sent to the person.
    pub(crate) fn receipt(self, texts: bool, page: &str) -> Option<ConsentReceipt> {
        let said = |channel| {
            let is_asked = self.channels.hold(channel, texts);
            self.consent.filter(|_| is_asked)
        };
        self.consent.or(self.ads).map(|_| ConsentReceipt {
            email: said(Channel::Email),
            sms: said(Channel::Sms),
            ads: self.ads,
            wording: String::from("w1"),
            page: String::from(page),
        })
    }
}
