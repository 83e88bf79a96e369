//! Tells marketing platforms when nothing may follow on what they were told of: a flow of theirs may be waiting between two messages.

use super::{Commit, Effect, Refused, ReleaseInput, Reply, Shopper};
use crate::bugs::{self, Bug};
use crate::channel::Channel;
use crate::contact::{Email, Phone};
use crate::delivery::{
    Approval, Body, Delivery, DeliveryKey, Echo, FlowPlatform, Frozen, Happening, Skip, State, Whom,
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
    channel: Channel,
    /// Since when, epoch ms.
    released_at: u64,
    /// When that is sure, epoch ms.
    sure_at: u64,
}

impl Handed {
    fn recall(&self) -> DeliveryKey {
        DeliveryKey::recall(self.conversation, self.platform, self.channel)
    }
}

/// Another identity of the same person, as long as its contacts are known.
pub(super) struct Former {
    /// By which the numbers of its conversations were raised.
    pub(super) shift: u16,
    pub(super) email: Option<Email>,
    pub(super) phone: Option<Phone>,
}

impl Former {
    /// Whom it was by this channel, where it had such a contact.
    fn whom(&self, channel: Channel) -> Option<Whom> {
        match channel {
            Channel::Email => self.email.clone().map(Whom::Address),
            Channel::Sms => self.phone.clone().map(Whom::Number),
            Channel::Push => None,
        }
    }
}

impl Shopper {
    /// Takes back what flows were handed until `until`, epoch ms: each platform is told once of each conversation and channel. Whether
    /// anything is to be told.
    pub(super) fn recall(&mut self, cause: Skip, until: u64, now: u64) -> bool {
        self.recall_all(cause, until, None, now)
    }

    fn recall_all(&mut self, cause: Skip, until: u64, former: Option<&Former>, now: u64) -> bool {
        if cause == Skip::Joined || bugs::is(Bug::RecallForgotten) {
            // The shopper has stopped nothing, and whoever speaks for them now goes on.
            return false;
        }
        let mut is_news = false;
        for handed in self.under_way(until, now) {
            is_news |= self.put_recall(&handed, cause, former, now);
        }
        is_news
    }

    /// Takes back what flows were handed that write by `channel`: the shopper wants nothing by it, or it does not reach them.
    pub(super) fn recall_by(&mut self, channel: Channel, cause: Skip, now: u64) {
        self.recall_all_by(channel, cause, None, now);
    }

    fn recall_all_by(&mut self, channel: Channel, cause: Skip, former: Option<&Former>, now: u64) {
        if bugs::is(Bug::RecallForgotten) {
            return;
        }
        for handed in self.under_way(u64::MAX, now) {
            if handed.channel == channel {
                self.put_recall(&handed, cause, former, now);
            }
        }
    }

    /// Whether it is anything else than what was known.
    fn put_recall(
        &mut self,
        handed: &Handed,
        cause: Skip,
        former: Option<&Former>,
        now: u64,
    ) -> bool {
        let key = handed.recall();
        let at = handed.sure_at.max(now);
        let former = former.filter(|former| handed.conversation > former.shift);
        let to = former
            .and_then(|former| former.whom(handed.channel))
            .or_else(|| self.whom(handed.channel));
        let Some(known) = self.delivery_mut(key) else {
            let recall = to.and_then(|to| self.recall_of(key, to, cause, at));
            let is_news = recall.is_some();
            self.deliveries.extend(recall);
            return is_news;
        };
        let is_outdated = match known.state {
            State::DeadLettered { .. } => true,
            // It tells of this as well, once that is sure.
            State::Scheduled if known.first_released_at.is_none() => {
                let is_later = at > known.due_at;
                known.due_at = known.due_at.max(at);
                return is_later;
            }
            // It has told nobody of what was handed over since, or may have been told before it.
            _ => known
                .first_released_at
                .is_some_and(|told_at| told_at < handed.released_at),
        };
        is_outdated && to.is_some_and(|to| self.recall_anew(key, to, cause, at))
    }

    /// Puts a recall anew that is known already, under another name, because platforms drop what they have had; whether it could be.
    pub(super) fn recall_anew(&mut self, key: DeliveryKey, to: Whom, cause: Skip, at: u64) -> bool {
        let known = self.delivery(key);
        let Some(attempts) = known.map(|known| known.attempts) else {
            return false;
        };
        let Some(mut recall) = self.recall_of(key, to, cause, at) else {
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

    /// Whom a recall that is known is for: by its own channel, or, where an older row does not say, by that of what was handed over last.
    pub(super) fn whom_recalled(&self, key: DeliveryKey) -> Option<Whom> {
        let known = self.delivery(key)?;
        let latest = || {
            let mut handed = self.deliveries.iter().rev();
            handed
                .find(|one| {
                    one.key.conversation == key.conversation
                        && !one.key.is_recall()
                        && one.provider == known.provider
                })
                .and_then(|one| one.channel)
        };
        self.whom(known.channel.or_else(latest)?)
    }

    /// Why nothing may follow, as it is known now.
    pub(super) fn recall_cause(&self, now: u64) -> Skip {
        let forbidden = self.suppressed(now).filter(|one| one.until.is_none());
        forbidden.map_or(Skip::Ordered, |one| one.cause)
    }

    /// Takes back what an identity that was taken in had handed over, or this one: what forbids it may be known to the other one alone.
    pub(super) fn recall_again(&mut self, former: &Former, now: u64) {
        let cause = self.recall_cause(now);
        let former = Some(former);
        // What that one has left untold, or does not know the end of, is told once more.
        let is_untold = |known: &Delivery| {
            let is_left = known.state == State::Skipped(Skip::Joined);
            known.key.is_recall() && (is_left || matches!(known.state, State::Unknown { .. }))
        };
        let untold = self.deliveries.iter().filter(|known| is_untold(known));
        let untold: Vec<(DeliveryKey, Option<Channel>)> =
            untold.map(|known| (known.key, known.channel)).collect();
        self.deliveries.retain(|known| !is_untold(known));
        for handed in self.under_way(u64::MAX, now) {
            let of_all = DeliveryKey::recall_of_all(handed.conversation, handed.platform);
            let is_untold = untold.iter().any(|(key, channel)| {
                *key == handed.recall()
                    || *key == of_all && channel.is_none_or(|channel| channel == handed.channel)
            });
            if is_untold {
                self.put_recall(&handed, cause, former, now);
            }
        }
        if self.is_suppressed_for_good() {
            self.recall_all(cause, u64::MAX, former, now);
        }
        if let Some(at) = self.ordered_at() {
            self.recall_all(Skip::Ordered, at, former, now);
        }
        for channel in [Channel::Email, Channel::Sms] {
            if let Some(cause) = self.unwanted(channel) {
                self.recall_all_by(channel, cause, former, now);
            }
        }
    }

    /// Why the shopper wants nothing by a channel, where they have said so, or it does not reach them.
    pub(super) fn unwanted(&self, channel: Channel) -> Option<Skip> {
        let said = match channel {
            Channel::Email => self.consent.email(),
            Channel::Sms => self.consent.sms(),
            Channel::Push => None,
        };
        let refused = self.word_about(channel).and_then(|word| word.refused);
        refused.or_else(|| (said == Some(false)).then_some(Skip::NoConsent))
    }

    /// Gives the right to tell of it. Nothing about it is decided: it stops messages, and is none.
    pub(super) fn release_recall(
        &mut self,
        input: &ReleaseInput<'_>,
        now: u64,
    ) -> Commit<Effect, Reply> {
        let key = input.key;
        let known = self.delivery(key);
        let written = known.and_then(|known| Some((known.provider?, known.frozen.clone()?)));
        match written {
            Some((carrier, _)) if input.resting.contains(&carrier) => {
                Commit::read(Reply::RestsBy { carrier })
            }
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
                channel: delivery.channel?,
                released_at,
                sure_at,
            })
        });
        handed.collect()
    }

    fn recall_of(&self, key: DeliveryKey, to: Whom, cause: Skip, at: u64) -> Option<Delivery> {
        let channel = to.channel();
        let handed = self.deliveries.iter().rev().find(|delivery| {
            delivery.key.conversation == key.conversation
                && !delivery.key.is_recall()
                && delivery.channel == Some(channel)
                && matches!(delivery.provider, Some(Carrier::Flow(platform))
                    if DeliveryKey::recall(key.conversation, platform, channel) == key
                        || DeliveryKey::recall_of_all(key.conversation, platform) == key)
        })?;
        Some(Delivery {
            key,
            template: handed.template,
            offer: None,
            channel: Some(channel),
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
            provider: handed.provider,
            approval: Approval::Unasked,
            waited: false,
            decisions: Vec::new(),
            echo: Echo::default(),
        })
    }
}
