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
    /// The share that the holdout had when that was drawn, basis points: only who was drawn alike can be compared.
    pub share_bp: u16,
    /// The first order after that, epoch ms.
    pub converted_at: Option<u64>,
}

impl Shopper {
    /// Messages remembered: as many as the largest cap counts.
    pub(super) const MAX_SENT: usize = Caps::MAX_MESSAGES as usize;

    /// Counts a delivery that went out at `at`, or may have; once, however often it is said.
    pub(super) fn note_sent(&mut self, key: DeliveryKey, at: u64) {
        if key.is_recall() {
            // It is no message.
            return;
        }
        let Some(delivery) = self.delivery_mut(key) else {
            return;
        };
        let channel = delivery.channel.unwrap_or(Channel::Email);
        let before = delivery.counted_at.replace(at);
        // One, and no more: another identity's message may have gone at the same moment.
        if let Some(place) = self.sent.iter().position(|sent| Some(sent.at) == before) {
            self.sent.remove(place);
        }
        self.sent.push(Sent { at, channel });
        let since = at.saturating_sub(Caps::MAX_WINDOW_MS);
        self.sent.retain(|sent| sent.at >= since);
        let excess = self.sent.len().saturating_sub(Self::MAX_SENT);
        self.sent.drain(..excess);
    }

    /// What counts against a try of `key` at `now`: what else went out or may have, and what others are sending at this moment.
    pub(super) fn counted(&self, key: DeliveryKey, now: u64) -> Vec<Sent> {
        let own = self.delivery(key).and_then(|delivery| delivery.counted_at);
        let flying = self.deliveries.iter().filter_map(|delivery| {
            let is_flying = matches!(delivery.state, State::Released { .. })
                && delivery.key != key
                && !delivery.key.is_recall();
            delivery
                .channel
                .filter(|_| is_flying)
                .map(|channel| Sent { at: now, channel })
        });
        let place = self.sent.iter().position(|sent| Some(sent.at) == own);
        let known = self.sent.iter().enumerate();
        let others = known.filter(|(n, _)| Some(*n) != place);
        others.map(|(_, sent)| *sent).chain(flying).collect()
    }

    pub(super) fn note_exposure(&mut self, held: bool, share_bp: u16, now: u64) {
        self.exposure.get_or_insert(Exposure {
            at: now,
            held,
            share_bp,
            converted_at: None,
        });
    }

    pub(super) fn note_conversion(&mut self, at: u64) {
        self.arms.convert(at);
        if let Some(exposure) = self.exposure.as_mut()
            && at >= exposure.at
        {
            exposure.converted_at.get_or_insert(at);
        }
    }
}
