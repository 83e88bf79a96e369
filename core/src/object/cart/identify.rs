//! Whom a cart speaks for, and what is said of it in one request.

use super::{Binding, Cart, Collect, Collected, Identify, Moment, Refusal, Word};
use crate::bugs::{self, Bug};
use crate::cart::EventId;
use crate::flood::Voice;
use crate::ids::ShopperId;
use crate::log::{ConsentReceipt, What};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A word about consent that the Shopper has not taken yet.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Unintroduced {
    pub(super) id: EventId,
    /// When it was said, epoch ms.
    at: u64,
    /// The event that goes to the Shopper with it.
    pub(super) by: EventId,
}

impl Collect {
    /// Takes one more contact that the same request brings. Of several people the last word counts, for a typing error that was put
    /// right is nobody's address; of one and the same all do.
    pub fn say(&mut self, mut found: Identify) {
        match self.identify.take() {
            None => {}
            // A browser speaks for whoever it has named, and for itself where it has named nobody.
            Some(earlier)
                if earlier.shopper == found.shopper
                    || earlier.is_of_browser()
                    || found.is_of_browser() =>
            {
                if found.is_of_browser() {
                    found.shopper = earlier.shopper;
                }
                // Where a contact was typed as well, it counts as such.
                if found.voice == Voice::Unlimited {
                    found.voice = earlier.voice;
                }
                found.email = found.email.or_else(|| earlier.email.clone());
                found.phone = found.phone.or_else(|| earlier.phone.clone());
                found.earlier = earlier.into_words().1;
            }
            Some(earlier) => {
                let is_no = earlier
                    .consent
                    .as_ref()
                    .is_some_and(ConsentReceipt::says_no);
                let superseded = if is_no {
                    self.withdrawn.replace(earlier)
                } else {
                    Some(earlier)
                };
                self.refused
                    .extend(superseded.into_iter().flat_map(Identify::superseded));
            }
        }
        self.identify = Some(found);
    }
}

impl Cart {
    /// Of two contacts in one request the last counts. But a no of whom this cart speaks for does not get lost over it: the other
    /// one has to go on in a copy anyway.
    pub(super) fn who_speaks(
        &self,
        identify: Option<Identify>,
        withdrawn: Option<Identify>,
        answer: &mut Collected,
    ) -> Option<Identify> {
        let Some(no) = withdrawn else { return identify };
        let bound = self.binding.as_ref().map(|binding| binding.shopper);
        if bound == Some(no.shopper) {
            answer.rebind = identify.is_some();
            let words = identify.map(|other| other.into_words().1);
            let refused = words.into_iter().flatten();
            answer
                .refused
                .extend(refused.map(|word| (word.id, Refusal::BoundElsewhere)));
            return Some(no);
        }
        answer.refused.extend(no.superseded());
        identify
    }

    /// Takes what somebody says of themselves; what of it has to go to their Shopper.
    pub(super) fn identify(
        &mut self,
        identify: Identify,
        now: u64,
        entropy: &[u8; 32],
        answer: &mut Collected,
    ) -> Option<Identify> {
        let bound = self.binding.as_ref().map(|binding| binding.shopper);
        let is_of_browser = identify.is_of_browser();
        let (mut identify, words) = identify.into_words();
        if is_of_browser {
            match bound {
                // Who takes notifications here is whom the cart speaks for already.
                Some(bound) => identify.shopper = bound,
                // Nobody was reached by it.
                None if !words.iter().any(Word::reaches) => {
                    answer.acked.extend(words.iter().map(|word| word.id));
                    return None;
                }
                None => {}
            }
        }
        if bound.is_some_and(|bound| bound != identify.shopper) {
            answer.rebind = true;
            let refused = words.iter().map(|word| (word.id, Refusal::BoundElsewhere));
            answer.refused.extend(refused);
            return None;
        }
        let by = identify.id;
        for mut word in words {
            if !self.state.has_seen(word.id) {
                let what = word.what(identify.shopper);
                let moment = Moment::new(word.at, now, entropy);
                if let Err(refusal) = self.take(word.id, what, moment) {
                    answer.refused.push((word.id, refusal));
                    continue;
                }
                self.binding.get_or_insert(Binding {
                    shopper: identify.shopper,
                    pushed: 0,
                    pushed_at: 0,
                    acknowledged: 0,
                    looked: None,
                });
                self.unintroduced.push(Unintroduced {
                    id: word.id,
                    at: moment.at,
                    by,
                });
            }
            answer.acked.push(word.id);
            if bugs::is(Bug::WordSaidAnew) {
                identify.earlier.push(word);
                continue;
            }
            // A repeat brings the contact once more, which may not have arrived the first time; only the browser has it. How old it
            // is the first time told: a request that was long on its way looks as if its browser's clock were wrong.
            let mut waiting = self.unintroduced.iter_mut();
            if let Some(waiting) = waiting.find(|waiting| waiting.id == word.id) {
                waiting.by = by;
                word.at = word.at.min(waiting.at);
                identify.earlier.push(word);
            }
        }
        let last = identify.earlier.pop()?;
        (identify.at, identify.consent, identify.push) = (last.at, last.consent, last.push);
        let told = identify.told().min(now);
        self.belonging.named_at = self.belonging.named_at.max(Some(told));
        Some(identify)
    }
}

/// Since when a cart is whose it is, and that it was somebody's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Belonging {
    /// When somebody was last said to own it, epoch ms.
    pub(super) named_at: Option<u64>,
    /// The erasure by which it was forgotten last, epoch ms.
    pub(super) forgot_at: Option<u64>,
}

impl Word {
    /// Whether a browser has said that it takes notifications.
    fn reaches(&self) -> bool {
        let pushed = self.push.as_ref();
        pushed.is_some_and(|pushed| pushed.subscription.is_some())
    }

    /// What the log says of it.
    fn what(&self, shopper: ShopperId) -> What {
        match &self.push {
            Some(pushed) => What::Push {
                shopper,
                here: pushed.subscription.is_some(),
                agreed: pushed.agreed,
                wording: pushed.wording.clone(),
                page: pushed.page.clone(),
            },
            None => What::Identified {
                shopper,
                consent: self.consent.clone(),
            },
        }
    }
}

impl Identify {
    /// When it was told, epoch ms: what is told of before a person's erasure says nothing of who comes after it.
    pub fn told(&self) -> u64 {
        let words = self.earlier.iter().map(|word| word.at);
        words.fold(self.told_at.unwrap_or(0).max(self.at), u64::max)
    }

    /// Whether it is about a browser alone, and names nobody.
    fn is_of_browser(&self) -> bool {
        self.push.is_some() && self.email.is_none() && self.phone.is_none()
    }

    /// Why none of its words is taken.
    fn superseded(self) -> impl Iterator<Item = (EventId, Refusal)> {
        let words = self.into_words().1.into_iter();
        words.map(|word| (word.id, Refusal::Superseded))
    }

    /// It without its words, and these in their order.
    fn into_words(mut self) -> (Self, Vec<Word>) {
        let mut words = core::mem::take(&mut self.earlier);
        words.push(Word {
            id: self.id,
            at: self.at,
            consent: self.consent.take(),
            push: self.push.take(),
        });
        (self, words)
    }
}
