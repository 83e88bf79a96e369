//! What a Shopper remembers beyond its plan: what went out, and what it counts as in what is measured.

use super::Shopper;
use crate::calendar::{Caps, Sent};
use crate::channel::Channel;
use crate::delivery::{DeliveryKey, State};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What a shopper counts as in what is measured: from the first decision that would have written to them, were they not held out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exposure {
    /// Since when, epoch ms.
    pub at: u64,
    /// Among the held out, or among those who are written to.
    pub held: bool,
    /// The first order after that, epoch ms.
    pub converted_at: Option<u64>,
}

impl Shopper {
    /// Messages remembered; caps count far fewer.
    const MAX_SENT: usize = 64;

    /// Counts a message that went out, or may have.
    pub(super) fn note_sent(&mut self, at: u64, channel: Channel) {
        let known = Sent { at, channel };
        if !self.sent.contains(&known) {
            self.sent.push(known);
        }
        let since = at.saturating_sub(Caps::MAX_WINDOW_MS);
        self.sent.retain(|sent| sent.at >= since);
        let excess = self.sent.len().saturating_sub(Self::MAX_SENT);
        self.sent.drain(..excess);
    }

    /// The same, for a delivery.
    pub(super) fn note_sent_by(&mut self, key: DeliveryKey, at: u64) {
        let channel = self.delivery(key).and_then(|delivery| delivery.channel);
        self.note_sent(at, channel.unwrap_or(Channel::Email));
    }

    /// What counts against caps at `now`: what went out, and what others are sending at this moment.
    pub(super) fn counted(&self, but: DeliveryKey, now: u64) -> Vec<Sent> {
        let flying = self.deliveries.iter().filter_map(|delivery| {
            let is_flying = matches!(delivery.state, State::Released { .. }) && delivery.key != but;
            delivery
                .channel
                .filter(|_| is_flying)
                .map(|channel| Sent { at: now, channel })
        });
        self.sent.iter().copied().chain(flying).collect()
    }

    pub(super) fn note_exposure(&mut self, held: bool, now: u64) {
        self.exposure.get_or_insert(Exposure {
            at: now,
            held,
            converted_at: None,
        });
    }

    pub(super) fn note_conversion(&mut self, ordered_at: Option<u64>) {
        if let Some((exposure, at)) = self.exposure.as_mut().zip(ordered_at)
            && at >= exposure.at
        {
            exposure.converted_at.get_or_insert(at);
        }
    }
}
