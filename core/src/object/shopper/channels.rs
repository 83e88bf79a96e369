//! Channels that a shopper has left, or that do not reach them: each by itself, and apart from consent. Who answers STOP to a text
//! stays without texts whatever is typed into a page afterwards, until they answer START.

use super::{Effect, Reply, Shopper};
use crate::channel::Channel;
use crate::delivery::{DeliveryKey, Skip, State};
use crate::object::Commit;
use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// The last word about one channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChannelWord {
    /// Which.
    pub channel: Channel,
    /// Why nothing is sent by it; `None`: its owner has asked for messages again.
    pub refused: Option<Skip>,
    /// Since when, epoch ms.
    pub at: u64,
}

/// What was said about texts from the shopper's number. An answer to a text comes from a number alone, so where somebody else is known by
/// it, that identity has to be asked; and only for a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum NumberWord {
    /// This; `None`: nothing, or nobody else is known by the number.
    Heard(Option<ChannelWord>),
    /// Nobody was asked yet.
    Unasked,
    /// Who was asked does not answer.
    Unanswered,
}

/// A channel by which nothing is sent, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewRefusal {
    /// Which.
    pub channel: Channel,
    /// The stable code of its cause.
    pub cause: String,
    /// Since when, epoch ms.
    pub since: u64,
}

impl Shopper {
    /// The last word about a channel.
    pub(super) fn word_about(&self, channel: Channel) -> Option<ChannelWord> {
        let mut words = self.words.iter();
        words.find(|word| word.channel == channel).copied()
    }

    /// Whether nothing is sent by a channel.
    pub(super) fn is_refused(&self, channel: Channel) -> bool {
        let word = self.word_about(channel);
        word.is_some_and(|word| word.refused.is_some())
    }

    /// Takes a word, unless a later one is known; whether anything is different now. The same word said later is news: what was said
    /// between the two may be told after both.
    pub(super) fn heed(&mut self, word: ChannelWord) -> bool {
        let known = self.word_about(word.channel);
        if known.is_some_and(|known| known.at > word.at || known == word) {
            return false;
        }
        self.words.retain(|known| known.channel != word.channel);
        self.words.push(word);
        true
    }

    /// The shopper has asked for no messages by this channel, or it does not reach them.
    pub(super) fn refuse(&mut self, channel: Channel, cause: Skip, at: u64) -> bool {
        let fresh = self.heed(ChannelWord {
            channel,
            refused: Some(cause),
            at,
        });
        if fresh {
            self.recall_by(channel, cause, at);
        }
        fresh
    }

    /// Takes what the shopper says by the channel itself: since when they want it, or that they do not.
    pub(super) fn opt(
        &mut self,
        channel: Channel,
        wanted_at: Option<u64>,
        now: u64,
    ) -> Commit<Effect, Reply> {
        let fresh = if let Some(at) = wanted_at {
            // Also of who never refused here: the provider may have been told before, and others who are known by this number with it.
            self.heed(ChannelWord {
                channel,
                refused: None,
                at,
            })
        } else {
            self.refuse(channel, Skip::OptedOut, now)
        };
        let is_on_its_way = self.deliveries.iter().any(|delivery| {
            delivery.channel == Some(channel)
                && !delivery.key.is_recall()
                && matches!(delivery.state, State::Released { lease_until } if lease_until > now)
        });
        let reply = Reply::Taken {
            settled: !is_on_its_way,
        };
        self.commit(fresh, now, reply)
    }

    /// What was said about a channel by one person's other identity: a no under either is a no.
    pub(super) fn join_words(&mut self, words: Vec<ChannelWord>) {
        for word in words {
            match self.word_about(word.channel) {
                Some(own) if own.refused.is_some() => {
                    // Of two noes the later: what was said before it is no yes for the person.
                    if word.refused.is_some() && word.at > own.at {
                        let at = word.at;
                        self.heed(ChannelWord { at, ..own });
                    }
                }
                None => self.words.push(word),
                Some(own) => {
                    if word.refused.is_some() {
                        self.words.retain(|known| *known != own);
                        self.words.push(word);
                    }
                }
            }
        }
    }

    /// What was said about texts was said about another number.
    pub(super) fn forget_number(&mut self) {
        self.words.retain(|word| word.channel != Channel::Sms);
    }

    pub(super) fn shown_refusals(&self) -> Vec<ViewRefusal> {
        let refused = |word: &ChannelWord| {
            // Who was left has been asked anew.
            let is_over = word.channel == Channel::Push && self.live_browsers() > 0;
            (!is_over).then_some(())?;
            Some(ViewRefusal {
                channel: word.channel,
                cause: String::from(word.refused?.code()),
                since: word.at,
            })
        };
        self.words.iter().filter_map(refused).collect()
    }

    /// The contact that a channel leads to takes no messages, which is proved: from now on that channel is left alone, and only mails
    /// to a dead address end everything.
    pub(super) fn unreachable(&mut self, channel: Option<Channel>, cause: Skip, now: u64) {
        match channel {
            Some(channel) if channel != Channel::Email => {
                self.refuse(channel, cause, now);
            }
            _ => {
                self.suppress(cause, None, now);
            }
        }
    }

    /// Has a step that a channel provably cannot carry decided anew where it has another; whether it has. What a dead address ends goes no
    /// other way.
    pub(super) fn reroute(&mut self, key: DeliveryKey, now: u64) -> bool {
        let channel = self.delivery(key).and_then(|delivery| delivery.channel);
        let Some(channel) = channel.filter(|channel| *channel != Channel::Email) else {
            return false;
        };
        let plan = self.plan.as_ref();
        let step = plan
            .filter(|plan| plan.conversation == key.conversation)
            .and_then(|plan| plan.sequence.as_ref())
            .and_then(|sequence| sequence.steps.get(usize::from(key.step)));
        // Where one browser takes nothing, another one may.
        let has_browser = channel == Channel::Push && self.live_browsers() > 0;
        let has_other =
            has_browser || step.is_some_and(|step| step.channels.iter().any(|one| *one != channel));
        let delivery = self.delivery_mut(key);
        let Some(delivery) = delivery.filter(|delivery| has_other && !delivery.uncertain) else {
            return false;
        };
        // Nothing was accepted, so nothing binds it to what was frozen.
        delivery.frozen = None;
        delivery.channel = None;
        delivery.provider = None;
        delivery.first_released_at = None;
        delivery.state = State::Scheduled;
        delivery.due_at = now;
        true
    }
}
