//! Which version of a consent's wording a decision relies on.

use crate::channel::Channel;
use crate::document::text::shown;
use alloc::{format, string::String};

/// Which version of the wording a shopper's latest answer was about, by channel; `None` where there was none.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wordings<'a> {
    /// About mails.
    pub email: Option<&'a str>,
    /// About text messages.
    pub sms: Option<&'a str>,
    /// About notifications.
    pub push: Option<&'a str>,
}

impl<'a> Wordings<'a> {
    /// About messages by `channel`.
    pub fn of(self, channel: Channel) -> Option<&'a str> {
        match channel {
            Channel::Email => self.email,
            Channel::Sms => self.sms,
            Channel::Push => self.push,
        }
    }

    /// What a message by `channel` relies on, as a sentence; empty where no version is known.
    pub(super) fn relied_on(self, channel: Channel) -> String {
        self.of(channel).map_or_else(String::new, |wording| {
            format!("Agreed to under wording “{}”.", shown(wording))
        })
    }

    /// The wording that was declined, by the first of `channels` that has one, as a sentence.
    pub(super) fn declined(self, channels: impl IntoIterator<Item = Channel>) -> String {
        let wording = channels.into_iter().find_map(|channel| self.of(channel));
        wording.map_or_else(String::new, |wording| {
            format!("The latest answer was about wording “{}”.", shown(wording))
        })
    }
}
