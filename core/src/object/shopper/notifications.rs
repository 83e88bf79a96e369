//! The browsers that take notifications, and for which carts.
//!
//! A browser says where it is reached beside a cart whose secret it has: it is good for messages about that cart, and no other, because
//! whoever knows an address could name it beside a browser of their own. What it says concerns itself alone, for the same reason: a no
//! is one to that browser, and room for it is made by browsers of its own cart. A no for the whole person is a word about the
//! channel (see [`super::ChannelWord`]), which a signed link or the shop's own server says.

mod room;

use super::consent::{SAME_TIME_MS, Said};
use super::{Bound, Browsing, Shopper};
use crate::bugs::{self, Bug};
use crate::channel::Channel;
use crate::delivery::{Body, Delivery, DeliveryKey};
use crate::endpoint::Address;
use crate::ids::{CartId, first_16};
use crate::push::{Pushed, Subscription};
use alloc::{collections::BTreeMap, string::String, vec::Vec};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A browser. It stands here as long as its own last answer is a yes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Browser {
    subscription: Subscription,
    /// The carts on which it has said so, the latest last.
    carts: Vec<CartId>,
    /// When it has said yes last, epoch ms.
    at: u64,
}

impl Browser {
    fn is_at(&self, endpoint: &Address) -> bool {
        self.subscription.endpoint() == endpoint
    }

    /// Whether it has said yes since the channel was left, if it was.
    fn is_live(&self, left_at: Option<u64>) -> bool {
        left_at.is_none_or(|left_at| self.at > left_at)
    }

    /// When it, or one of its carts, was heard of last, epoch ms.
    fn heard_at(&self, carts: &BTreeMap<CartId, Bound>) -> u64 {
        let known = self.carts.iter().filter_map(|cart| carts.get(cart));
        let active = known.map(|bound| bound.slot.last_activity_at).max();
        self.at.max(active.unwrap_or(0))
    }
}

/// What a shopper has said of notifications.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Notifications {
    /// A yes as long as one of the browsers stands by its own; a no where the last of them has taken its yes back.
    said: Said,
    browsers: Vec<Browser>,
}

/// Names a browser without telling where it is reached.
type Mark = [u8; 16];

fn mark(endpoint: &Address) -> Mark {
    first_16(&Sha256::digest(endpoint.as_str()))
}

/// What is known of browsers beside where they are reached.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Browsers {
    /// Those that had named a Shopper without a contact before a server's word made it one with this one: that word vouches for them.
    vouched: Vec<Mark>,
    /// Those that have said no, and when, epoch ms; the latest last. A yes of before may still be on its way.
    left: Vec<(Mark, u64)>,
}

impl Browsers {
    /// Browsers whose no is remembered.
    const MAX_LEFT: usize = 8;

    fn leave(&mut self, endpoint: Mark, at: u64) {
        self.left.retain(|(known, _)| *known != endpoint);
        self.left.push((endpoint, at));
        let excess = self.left.len().saturating_sub(Self::MAX_LEFT);
        self.left.drain(..excess);
    }

    /// Whether a yes of `at`, epoch ms, was taken back since.
    fn has_left(&self, endpoint: Mark, at: u64) -> bool {
        let mut left = self.left.iter();
        left.any(|(known, left_at)| *known == endpoint && at < *left_at)
    }
}

/// Whom notifications about some carts reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reach {
    /// No browser.
    None,
    /// Some browser, which may be that of somebody who has named this person beside a cart of their own.
    Doubtful,
    /// The person: one browser has all of the carts, or each that has one is vouched for.
    Own,
}

impl Notifications {
    /// Browsers remembered.
    const MAX_BROWSERS: usize = 8;
    /// Of one cart. Its secret is in one browser, which may have been given another subscription.
    const MAX_OF_CART: usize = 2;

    /// What was agreed to; `None`: it was never asked about.
    pub(super) fn agreed(&self) -> Option<bool> {
        self.said.agreed
    }

    /// The version of the wording that was answered.
    pub(super) fn wording(&self) -> Option<&str> {
        self.said.wording.as_deref()
    }

    /// What was said.
    pub(super) fn answer(&self) -> &Said {
        &self.said
    }

    /// The browsers, for the person whose they are.
    pub(super) fn shown(&self) -> Vec<Browsing> {
        let browsers = self.browsers.iter();
        browsers
            .map(|browser| Browsing {
                endpoint: browser.subscription.endpoint().as_str().into(),
                at: browser.at,
                carts: browser.carts.clone(),
            })
            .collect()
    }

    fn live(&self, left_at: Option<u64>) -> impl Iterator<Item = &Browser> {
        let all = self.browsers.iter();
        all.filter(move |browser| self.said.agreed == Some(true) && browser.is_live(left_at))
    }

    /// In rows of before a no was one to all browsers; those that are there were not asked since.
    fn settle(&mut self) {
        if self.said.agreed != Some(true) {
            self.browsers.clear();
        }
    }

    /// As a row of before has it.
    #[cfg(test)]
    pub(super) fn refuse_for_all(&mut self, at: u64) {
        self.said.say(false, "p1", at);
    }

    fn of(&self, endpoint: &Address) -> Option<&Browser> {
        self.browsers.iter().find(|known| known.is_at(endpoint))
    }

    /// Keeps a browser for a cart; `yes`: its user has just agreed, epoch ms.
    fn keep(&mut self, subscription: Subscription, cart: CartId, yes: Option<u64>) {
        let endpoint = subscription.endpoint();
        let known = self
            .browsers
            .iter()
            .position(|browser| browser.is_at(endpoint));
        let mut browser = match (known.map(|place| self.browsers.remove(place)), yes) {
            (Some(browser), Some(at)) if browser.at > at => browser,
            // Its keys may be others by now.
            (Some(browser), yes) => Browser {
                subscription,
                at: yes.unwrap_or(browser.at),
                ..browser
            },
            (None, Some(at)) => Browser {
                subscription,
                carts: Vec::new(),
                at,
            },
            (None, None) => return,
        };
        browser.carts.retain(|known| *known != cart);
        browser.carts.push(cart);
        let excess = browser.carts.len().saturating_sub(Shopper::MAX_CARTS);
        browser.carts.drain(..excess);
        self.browsers.push(browser);
        self.make_way_of(cart);
    }

    /// Of too many browsers of one cart the one that was kept first is none of that cart's any more.
    fn make_way_of(&mut self, cart: CartId) {
        let of_cart = |browser: &&mut Browser| browser.carts.contains(&cart);
        let count = self.browsers.iter_mut().filter(of_cart).count();
        let excess = count.saturating_sub(Self::MAX_OF_CART);
        for browser in self.browsers.iter_mut().filter(of_cart).take(excess) {
            browser.carts.retain(|known| *known != cart);
        }
        self.browsers.retain(|browser| !browser.carts.is_empty());
    }

    /// A browser takes nothing any more about one cart, or about any.
    fn forget(&mut self, endpoint: &Address, cart: Option<CartId>) {
        for browser in &mut self.browsers {
            if browser.is_at(endpoint) {
                browser
                    .carts
                    .retain(|known| cart.is_some_and(|cart| cart != *known));
            }
        }
        self.browsers.retain(|browser| !browser.carts.is_empty());
    }
}

impl Shopper {
    /// Takes what a browser says of notifications on `cart`, at `at`, and which is heard `now`, epoch ms.
    pub(super) fn take_pushed(&mut self, pushed: Pushed, cart: CartId, at: u64, now: u64) {
        let Pushed {
            endpoint,
            subscription,
            agreed,
            wording,
            page: _,
        } = pushed;
        self.notifications.settle();
        let agreed = agreed.filter(|yes| *yes || !bugs::is(Bug::NoToNotificationsLost));
        match (subscription, agreed) {
            (Some(subscription), Some(true)) => {
                if self.browsers.has_left(mark(&endpoint), at) {
                    return;
                }
                self.notifications.keep(subscription, cart, Some(at));
                self.notifications.said.say(true, &wording, at);
                self.make_room(Some(&endpoint), now);
            }
            (_, Some(false)) => self.leave_by(&endpoint, &wording, at),
            // Only one that has said yes itself may be reached in another way, or about another cart.
            (Some(subscription), None) => self.notifications.keep(subscription, cart, None),
            (None, _) => self.notifications.forget(&endpoint, Some(cart)),
        }
    }

    /// A browser says no for itself: who knows where it is reached is that browser, on whichever cart it speaks. Of answers that were
    /// given about the same time the no counts.
    fn leave_by(&mut self, endpoint: &Address, wording: &str, at: u64) {
        let yes = self.notifications.of(endpoint).map(|browser| browser.at);
        if yes.is_some_and(|yes| at.saturating_add(SAME_TIME_MS) < yes) {
            return;
        }
        if let Some(yes) = yes {
            self.browsers.leave(mark(endpoint), at.max(yes));
            self.notifications.forget(endpoint, None);
        } else if self.browsers.left.len() < Browsers::MAX_LEFT {
            // Its yes may come later, from another cart. Anybody can say no for browsers that nobody has: those make no room for themselves.
            self.browsers.leave(mark(endpoint), at);
        }
        if self.notifications.browsers.is_empty() {
            self.notifications.said.say(false, wording, at);
        }
    }

    /// Since when the whole person takes no notifications, epoch ms. A browser that has said yes since then has been asked anew, and
    /// takes some again; others have not.
    fn push_left_at(&self) -> Option<u64> {
        let word = self.word_about(Channel::Push);
        word.filter(|word| word.refused.is_some())
            .map(|word| word.at)
    }

    /// How many browsers take notifications.
    pub(super) fn live_browsers(&self) -> usize {
        self.notifications.live(self.push_left_at()).count()
    }

    /// The browser in which this cart was left; of several the one that has said yes last, and before others one whose push service
    /// does not rest.
    pub(super) fn browser_about(&self, cart: CartId, resting: &[String]) -> Option<&Subscription> {
        let live = self.notifications.live(self.push_left_at());
        let good =
            live.filter(|browser| browser.carts.contains(&cart) || bugs::is(Bug::BrowserOfAnyCart));
        let rests = |browser: &&Browser| {
            resting
                .iter()
                .any(|one| one == browser.subscription.service())
        };
        good.max_by_key(|browser| (!rests(browser), browser.at))
            .map(|browser| &browser.subscription)
    }

    /// Whom a notification about one of these carts would reach.
    pub(super) fn browsers_about(&self, carts: impl Iterator<Item = CartId>) -> Reach {
        let about: Vec<_> = carts.map(|cart| self.browser_about(cart, &[])).collect();
        let Some(one) = about.iter().flatten().next() else {
            return Reach::None;
        };
        let all = |is_good: &dyn Fn(&Subscription) -> bool| {
            let mut each = about.iter();
            each.all(|browser| browser.is_some_and(is_good))
        };
        if all(&|browser| browser.endpoint() == one.endpoint())
            || all(&|browser| self.is_vouched(browser.endpoint()))
        {
            Reach::Own
        } else {
            Reach::Doubtful
        }
    }

    /// A message that was written for a browser which does not take it any more is written anew, for another one or for another
    /// channel. Nothing of it was accepted.
    pub(super) fn unfreeze_for_browsers(&mut self, key: DeliveryKey) {
        let delivery = self.delivery(key).filter(|known| !known.uncertain);
        let frozen = delivery.and_then(|delivery| delivery.frozen.as_ref());
        let Some((to, cart)) = frozen.and_then(|frozen| match &frozen.body {
            Body::Push { to, .. } => Some((to, frozen.cart)),
            _ => None,
        }) else {
            return;
        };
        let is_taken = (self.notifications.live(self.push_left_at()))
            .any(|one| one.is_at(to.endpoint()) && one.carts.contains(&cart));
        if !is_taken && let Some(Delivery { frozen, .. }) = self.delivery_mut(key) {
            *frozen = None;
        }
    }

    /// The browser that a message went to is not there any more.
    pub(super) fn forget_browser_of(&mut self, key: DeliveryKey) {
        let frozen = self
            .delivery(key)
            .and_then(|delivery| delivery.frozen.as_ref());
        if let Some(Body::Push { to, .. }) = frozen.map(|frozen| &frozen.body) {
            let endpoint = to.endpoint().clone();
            self.notifications.forget(&endpoint, None);
        }
    }
}
