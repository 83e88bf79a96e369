//! Tells marketing platforms when nothing may follow on what they were told of: a flow of theirs may be waiting between two messages.

use super::{Commit, Effect, Refused, Reply, Shopper};
use crate::bugs::{self, Bug};
use crate::channel::Channel;
use crate::delivery::{
    Approval, Body, Delivery, DeliveryKey, Echo, FlowPlatform, Frozen, Happening, Skip, State,
};
use crate::ids::CartId;
use crate::message;
use crate::shop::Carrier;
use alloc::{string::String, vec::Vec};

/// For how long after a message was handed over its flow may still be under way, ms: 30 days.
const UNDER_WAY_MS: u64 = 30 * 86_400_000;

/// What a platform has, or may have.
struct Handed {
    conversation: u16,
    platform: FlowPlatform,
    /// How the flow writes.
    channel: Option<Channel>,
    /// Since when, epoch ms.
    released_at: u64,
    /// When that is sure, epoch ms.
    sure_at: u64,
}

impl Shopper {
    /// Takes back what flows were handed until `until`, epoch ms: each platform is told once of each conversation.
    pub(super) fn recall(&mut self, cause: Skip, until: u64, now: u64) {
        if cause == Skip::Joined || bugs::is(Bug::RecallForgotten) {
            // The shopper has stopped nothing, and whoever speaks for them now goes on.
            return;
        }
        for handed in self.under_way(until, now) {
            self.put_recall(&handed, None, cause, now);
        }
    }

    /// Takes back what flows were handed that write by `channel`: the shopper wants nothing by it, or it does not reach them.
    pub(super) fn recall_by(&mut self, channel: Channel, cause: Skip, now: u64) {
        if bugs::is(Bug::RecallForgotten) {
            return;
        }
        for handed in self.under_way(u64::MAX, now) {
            if handed.channel == Some(channel) {
                self.put_recall(&handed, Some(channel), cause, now);
            }
        }
    }

    fn put_recall(&mut self, handed: &Handed, by: Option<Channel>, cause: Skip, now: u64) {
        let key = DeliveryKey::recall(handed.conversation, handed.platform);
        let at = handed.sure_at.max(now);
        let Some(known) = self.delivery(key) else {
            let recall = self.recall_of(key, (handed.platform, by), cause, at);
            self.deliveries.extend(recall.map(|recall| Delivery {
                channel: by,
                ..recall
            }));
            return;
        };
        // It was about another channel alone.
        let is_other = known.channel.is_some() && known.channel != handed.channel;
        let is_outdated = match known.state {
            State::DeadLettered { .. } => true,
            // What is on its way may still arrive after what was handed over since.
            State::Released { .. } => false,
            _ if is_other && known.state.is_closed() => true,
            // It has told nobody of what was handed over since.
            _ => known
                .first_released_at
                .is_some_and(|told_at| told_at < handed.released_at),
        };
        let contact = by.or(handed.channel.filter(|_| is_other));
        if is_outdated
            && self.recall_anew(key, contact, cause, at)
            && let Some(recall) = self.delivery_mut(key)
        {
            recall.channel = by;
        }
    }

    /// Puts a recall anew that is known already, under another name, because platforms drop what they have had; whether it could be.
    pub(super) fn recall_anew(
        &mut self,
        key: DeliveryKey,
        by: Option<Channel>,
        cause: Skip,
        at: u64,
    ) -> bool {
        let known = self
            .delivery(key)
            .map(|known| (known.provider, known.attempts));
        let Some((Some(Carrier::Flow(platform)), attempts)) = known else {
            return false;
        };
        let Some(mut recall) = self.recall_of(key, (platform, by), cause, at) else {
            return false;
        };
        self.afterwards
            .put_note(key, |note| note.tell_anew(attempts));
        recall.attempts = attempts;
        if let Some(frozen) = &mut recall.frozen {
            frozen.key = self.provider_key(key);
        }
        self.deliveries.retain(|known| known.key != key);
        self.deliveries.push(recall);
        true
    }

    /// Why nothing may follow, as it is known now.
    pub(super) fn recall_cause(&self, now: u64) -> Skip {
        let forbidden = self.suppressed(now).filter(|one| one.until.is_none());
        forbidden.map_or(Skip::Ordered, |one| one.cause)
    }

    /// Takes back what an identity that was taken in had handed over: what forbids it may be known to the other one alone.
    pub(super) fn recall_again(&mut self, now: u64) {
        let cause = self.recall_cause(now);
        // What that one has left untold, or does not know the end of, is told once more.
        let is_untold = |known: &Delivery| {
            let is_left = known.state == State::Skipped(Skip::Joined);
            known.key.is_recall() && (is_left || matches!(known.state, State::Unknown { .. }))
        };
        let untold = self.deliveries.iter().filter(|known| is_untold(known));
        let untold: Vec<DeliveryKey> = untold.map(|known| known.key).collect();
        self.deliveries.retain(|known| !is_untold(known));
        for handed in self.under_way(u64::MAX, now) {
            if untold.contains(&DeliveryKey::recall(handed.conversation, handed.platform)) {
                self.put_recall(&handed, None, cause, now);
            }
        }
        if self.is_suppressed_for_good() {
            self.recall(cause, u64::MAX, now);
        }
        if let Some(at) = self.ordered_at() {
            self.recall(Skip::Ordered, at, now);
        }
    }

    /// Gives the right to tell of it. Nothing about it is decided: it stops messages, and is none.
    pub(super) fn release_recall(&mut self, key: DeliveryKey, now: u64) -> Commit<Effect, Reply> {
        let known = self.delivery(key);
        let written = known.and_then(|known| Some((known.provider?, known.frozen.clone()?)));
        match written {
            Some((provider, message)) => {
                // It belongs to what it takes back.
                let handed = self.deliveries.iter().rev().find(|one| {
                    one.key.conversation == key.conversation
                        && !one.key.is_recall()
                        && one.provider == Some(provider)
                });
                let trace = handed.and_then(|handed| self.trace_of(handed.key));
                self.hand_out((key, provider), message, (None, trace), now)
            }
            None => Commit::read(Reply::Refused(Refused::Closed)),
        }
    }

    /// What platforms have, or may have.
    fn under_way(&self, until: u64, now: u64) -> Vec<Handed> {
        let since = now.saturating_sub(UNDER_WAY_MS);
        let handed = self.deliveries.iter().filter_map(|delivery| {
            let Some(Carrier::Flow(platform)) = delivery.provider else {
                return None;
            };
            let released_at = delivery.first_released_at?;
            let is_recent = (since..=until).contains(&released_at);
            let sure_at = match delivery.state {
                State::Sent { .. } | State::Unknown { .. } => now,
                // It must not arrive before what it takes back.
                State::Released { lease_until } => lease_until,
                _ => return None,
            };
            (is_recent && !delivery.key.is_recall()).then_some(Handed {
                conversation: delivery.key.conversation,
                platform,
                channel: delivery.channel,
                released_at,
                sure_at,
            })
        });
        handed.collect()
    }

    fn recall_of(
        &self,
        key: DeliveryKey,
        (platform, by): (FlowPlatform, Option<Channel>),
        cause: Skip,
        at: u64,
    ) -> Option<Delivery> {
        let handed = self.deliveries.iter().rev().find(|delivery| {
            delivery.key.conversation == key.conversation
                && !delivery.key.is_recall()
                && delivery.provider == Some(Carrier::Flow(platform))
                && (by.is_none() || delivery.channel == by)
        })?;
        let to = self.whom(handed.channel?)?;
        Some(Delivery {
            key,
            template: handed.template,
            offer: None,
            channel: None,
            due_at: at,
            state: State::Scheduled,
            attempts: self.afterwards.note(key).tried_before,
            uncertain: false,
            counted_at: None,
            frozen: Some(Frozen {
                unsubscribe_url: String::new(),
                key: self.provider_key(key),
                date_ms: at,
                // It shows none.
                cart: CartId([0; 16]),
                body: Body::Event {
                    to,
                    happening: Happening::Stopped,
                    properties: message::stopped(cause.code(), key.conversation),
                    total: None,
                },
            }),
            first_released_at: None,
            provider: Some(Carrier::Flow(platform)),
            approval: Approval::Unasked,
            waited: false,
            decisions: Vec::new(),
            echo: Echo::default(),
        })
    }
}
