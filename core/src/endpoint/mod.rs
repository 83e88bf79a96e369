//! Endpoints: addresses of a merchant's own servers, which are told what happens, by the Standard Webhooks specification
//! (<https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md>).

mod address;
mod event;
mod health;
mod notice;
mod secret;

pub use address::Address;
pub use event::{Event, Interest};
pub use health::{Answer, Health, Next, Trouble, Try};
pub use notice::{Letter, Notice, NoticeState};
pub use secret::{Secret, Signing};

use crate::bytes::{from_hex, to_hex};
use crate::error::Invalid;
use crate::ids::ShopId;
use alloc::{format, string::String, vec::Vec};
use core::{fmt, str::FromStr};
use serde::{Deserialize, Serialize};

/// An endpoint's name: `ep_` and 16 hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct EndpointId(pub [u8; 8]);

impl fmt::Display for EndpointId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ep_{}", to_hex(&self.0))
    }
}

impl FromStr for EndpointId {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        text.strip_prefix("ep_")
            .and_then(from_hex)
            .map(Self)
            .ok_or(Invalid::EndpointId)
    }
}

impl TryFrom<String> for EndpointId {
    type Error = Invalid;

    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<EndpointId> for String {
    fn from(id: EndpointId) -> Self {
        format!("{id}")
    }
}

/// One endpoint of a shop.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Endpoint {
    /// Its name.
    pub id: EndpointId,
    /// Whose it is.
    pub shop: ShopId,
    /// Where it is.
    pub url: Address,
    /// What it wants to hear.
    pub events: Vec<Interest>,
    /// What signs its messages.
    pub signing: Signing,
    /// How it has fared.
    pub health: Health,
    /// When it was made, epoch ms.
    pub created_at: u64,
}

impl Endpoint {
    /// Most endpoints of one shop.
    pub const MAX: usize = 20;

    /// Takes what came of a message's `attempts`th try, from 1. Where the endpoint is switched off by that, its other people are to
    /// hear of it: by the event, and where `notifies` by a mail, which is owed from here on.
    pub fn judge(
        &mut self,
        tried: Try,
        (attempts, seed): (u32, u64),
        notifies: bool,
    ) -> (Next, Option<Event>) {
        let (at, was_on) = (tried.at, self.health.is_on());
        let next = self.health.judge(tried, attempts, seed);
        if !was_on || self.health.is_on() {
            return (next, None);
        }
        self.health.notice = notifies.then(|| Notice::new(at));
        (next, Some(Event::of_disabled(self, at)))
    }

    /// Whether it is told of an event of this type: unless it is switched off, what it asked for; and whatever it asks for, the test.
    pub fn hears(&self, kind: &str) -> bool {
        self.health.is_on()
            && (kind == Event::TEST || self.events.iter().any(|one| one.covers(kind)))
    }
}

#[cfg(test)]
mod notice_tests;
#[cfg(test)]
mod tests;
