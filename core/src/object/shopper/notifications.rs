//! The browsers that take notifications, and for which carts.
//!
//! A browser says where it is reached beside a cart whose secret it has: it is good for messages about that cart, and no other, because
//! whoever knows an address could name it beside a browser of their own.

use super::consent::Said;
use super::{Browsing, ChannelWord, Shopper};
use crate::channel::Channel;
use crate::delivery::{Body, DeliveryKey};
use crate::endpoint::Address;
use crate::ids::CartId;
use crate::push::{Pushed, Subscription};
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// A browser.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Browser {
    subscription: Subscription,
    /// The carts on which it has said so, the latest last.
    carts: Vec<CartId>,
    /// When it was heard of last, epoch ms.
    at: u64,
}

/// What a shopper has said of notifications.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Notifications {
    said: Said,
    browsers: Vec<Browser>,
}

impl Notifications {
    /// Browsers remembered; the one that was not heard of for the longest time is forgotten first.
    const MAX_BROWSERS: usize = 8;

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

    /// How many browsers take notifications.
    pub(super) fn count(&self) -> usize {
        self.browsers.len()
    }

    /// Whether they are agreed to, and some browser takes them.
    pub(super) fn are_taken(&self) -> bool {
        self.said.agreed == Some(true) && !self.browsers.is_empty()
    }

    /// The browser in which this cart was left; of several the one that was heard of last.
    pub(super) fn about(&self, cart: CartId) -> Option<&Subscription> {
        let good = self
            .browsers
            .iter()
            .filter(|browser| browser.carts.contains(&cart));
        good.max_by_key(|browser| browser.at)
            .map(|browser| &browser.subscription)
    }

    fn keep(&mut self, subscription: Subscription, cart: CartId, at: u64) {
        let endpoint = subscription.endpoint();
        let known = self
            .browsers
            .iter()
            .position(|browser| browser.subscription.endpoint() == endpoint);
        let mut browser = match known.map(|place| self.browsers.remove(place)) {
            // Its keys may be others by now.
            Some(browser) if browser.at > at => browser,
            Some(browser) => Browser {
                subscription,
                at,
                ..browser
            },
            None => Browser {
                subscription,
                carts: Vec::new(),
                at,
            },
        };
        browser.carts.retain(|known| *known != cart);
        browser.carts.push(cart);
        let excess = browser.carts.len().saturating_sub(Shopper::MAX_CARTS);
        browser.carts.drain(..excess);
        self.browsers.push(browser);
        self.forget_excess();
    }

    /// A browser takes nothing any more about one cart, or about any.
    fn forget(&mut self, endpoint: &Address, cart: Option<CartId>) {
        for browser in &mut self.browsers {
            if browser.subscription.endpoint() == endpoint {
                browser
                    .carts
                    .retain(|known| cart.is_some_and(|cart| cart != *known));
            }
        }
        self.browsers.retain(|browser| !browser.carts.is_empty());
    }

    fn forget_excess(&mut self) {
        self.browsers.sort_by_key(|browser| browser.at);
        let excess = self.browsers.len().saturating_sub(Self::MAX_BROWSERS);
        self.browsers.drain(..excess);
    }

    /// What was said under another identity of the same person: a no under either is a no.
    pub(super) fn join(&mut self, other: Self) {
        self.said.join(other.said);
        for Browser {
            subscription,
            carts,
            at,
        } in other.browsers
        {
            for cart in carts {
                self.keep(subscription.clone(), cart, at);
            }
        }
    }
}

impl Shopper {
    /// Takes what a browser says of notifications on `cart`, at `at`, epoch ms.
    pub(super) fn take_pushed(&mut self, pushed: Pushed, cart: CartId, at: u64) {
        let Pushed {
            endpoint,
            subscription,
            agreed,
            wording,
            page: _,
        } = pushed;
        // Of a cart that names an address anybody may have begun one: a refusal is lifted by a browser that the shopper had, or by whoever
        // is known by this browser alone.
        let mut browsers = self.notifications.browsers.iter();
        let is_theirs = browsers.any(|one| *one.subscription.endpoint() == endpoint)
            || self.email.is_none() && self.phone.is_none();
        if self.notifications.said.take(agreed, &wording, at)
            && is_theirs
            && subscription.is_some()
            && agreed == Some(true)
            && self
                .word_about(Channel::Push)
                .is_some_and(|word| word.at < at)
        {
            // The browser itself has asked, and its user has allowed it anew.
            self.heed(ChannelWord {
                channel: Channel::Push,
                refused: None,
                at,
            });
        }
        match subscription {
            Some(subscription) => self.notifications.keep(subscription, cart, at),
            None => self.notifications.forget(&endpoint, Some(cart)),
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
