//! Recalls: a marketing platform that was told of something due is told when nothing may follow on it. A recall is a delivery like any
//! other, so that it is tried until it has arrived; but it is no message, so that no rule about messages concerns it, and a repeat does
//! no harm.

use super::{DeliveryKey, FlowPlatform};
use crate::bytes::to_hex;
use crate::channel::Channel;
use alloc::{format, string::String};
use sha2::{Digest, Sha256};

/// How many platforms and kinds of recalls there may be. Both stand in stored keys.
const PLATFORMS: u8 = 16;
const KINDS: u8 = 4;

impl DeliveryKey {
    /// The recall of what a platform was handed in a conversation to write by this channel: no sequence has so many steps. Each channel
    /// has one of its own, because each leads to another contact, and the platform may know these as two people.
    pub fn recall(conversation: u16, platform: FlowPlatform, channel: Channel) -> Self {
        let channel = match channel {
            Channel::Email => 1,
            Channel::Sms => 2,
            Channel::Push => 3,
        };
        Self::recall_at(conversation, platform, channel)
    }

    /// The recall of a conversation at a platform as older rows have it, whichever channels it was about.
    pub fn recall_of_all(conversation: u16, platform: FlowPlatform) -> Self {
        Self::recall_at(conversation, platform, 0)
    }

    fn recall_at(conversation: u16, platform: FlowPlatform, kind: u8) -> Self {
        let place = FlowPlatform::ALL.iter().position(|one| *one == platform);
        let place = place.and_then(|place| u8::try_from(place).ok());
        let place = kind
            .saturating_mul(PLATFORMS)
            .saturating_add(place.unwrap_or(0));
        Self {
            conversation,
            step: u8::MAX.saturating_sub(place),
        }
    }

    /// Whether it is a recall.
    pub fn is_recall(self) -> bool {
        u8::MAX.saturating_sub(self.step) < KINDS.saturating_mul(PLATFORMS)
    }
}

/// A delivery's name as a UUID (RFC 9562, version 8), for platforms that want one: the same however often it is asked for.
pub fn event_id(key: &str) -> String {
    let mut bytes = [0; 16];
    for (byte, hashed) in bytes.iter_mut().zip(Sha256::digest(key.as_bytes())) {
        *byte = hashed;
    }
    let [_, _, _, _, _, _, version, _, variant, ..] = &mut bytes;
    *version = *version & 0x0f | 0x80;
    *variant = *variant & 0x3f | 0x80;
    let hex = to_hex(&bytes);
    let part = |range| hex.get(range).unwrap_or_default();
    format!(
        "{}-{}-{}-{}-{}",
        part(0..8),
        part(8..12),
        part(12..16),
        part(16..20),
        part(20..32)
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sequence::Sequence;
    use alloc::collections::BTreeSet;

    #[test]
    fn recalls_are_no_steps() {
        let of = |platform| {
            let channels = [Channel::Email, Channel::Sms, Channel::Push];
            let recalls = channels.map(|channel| DeliveryKey::recall(7, platform, channel));
            let all = DeliveryKey::recall_of_all(7, platform);
            recalls.into_iter().chain([all])
        };
        let recalls: BTreeSet<DeliveryKey> = FlowPlatform::ALL.into_iter().flat_map(of).collect();
        assert!(recalls.iter().all(|key| key.is_recall()));
        assert_eq!(recalls.len(), 16);
        // As older rows name them.
        let all = FlowPlatform::ALL.map(|platform| DeliveryKey::recall_of_all(7, platform).step);
        assert_eq!(all, [255, 254, 253, 252]);
        let most = u8::try_from(Sequence::MAX_STEPS).unwrap();
        for step in 0..=most {
            let key = DeliveryKey {
                conversation: 7,
                step,
            };
            assert!(!key.is_recall());
        }
    }

    #[test]
    fn one_name_is_one_uuid() {
        let id = event_id("dlv_00_1_0");
        assert_eq!(id, event_id("dlv_00_1_0"));
        assert_ne!(id, event_id("dlv_00_1_1"));
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'8');
        assert!(matches!(id.as_bytes()[19], b'8' | b'9' | b'a' | b'b'));
    }
}
