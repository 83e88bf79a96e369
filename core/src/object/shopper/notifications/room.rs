//! How many browsers are remembered, and which of them give way.

use super::super::Shopper;
use super::{Browser, Browsers, Notifications, mark};
use crate::bugs::{self, Bug};
use crate::endpoint::Address;
use alloc::vec::Vec;

/// After so long in which neither a browser nor its carts were heard of it gives way to others, ms: as long as a recovery link works.
const STALE_MS: u64 = 30 * 86_400_000;

impl Shopper {
    /// Lets browsers go that are too many. What anybody may have put beside an address makes no room for itself, and nobody's browser
    /// goes for it but one that has not been heard of for long. Whom the Shopper is named after, or a server has vouched for, stays
    /// before all others; of these the latest do.
    pub(super) fn make_room(&mut self, newcomer: Option<&Address>, now: u64) {
        if bugs::is(Bug::NinthBrowser) {
            return;
        }
        while self.notifications.browsers.len() > Notifications::MAX_BROWSERS {
            let gives_way = |browser: &Browser| {
                let endpoint = browser.subscription.endpoint();
                let heard_at = browser.heard_at(&self.carts);
                let class = if self.is_vouched(endpoint) {
                    3
                } else if newcomer == Some(endpoint) {
                    1
                } else if heard_at.saturating_add(STALE_MS) < now {
                    0
                } else {
                    2
                };
                (class, heard_at)
            };
            let all = self.notifications.browsers.iter().enumerate();
            let Some((place, _)) = all.min_by_key(|(_, browser)| gives_way(browser)) else {
                return;
            };
            self.notifications.browsers.remove(place);
        }
    }

    /// Whether nobody else can have put it beside this person: they are known by nothing else, or a server's word vouches for it.
    pub(super) fn is_vouched(&self, endpoint: &Address) -> bool {
        self.is_known_by_browser_alone() || self.browsers.vouched.contains(&mark(endpoint))
    }

    fn is_known_by_browser_alone(&self) -> bool {
        self.email.is_none() && self.phone.is_none()
    }

    /// Whose browsers are vouched for by naming a Shopper, once a server makes it one with another.
    pub(in super::super) fn vouched(&self) -> Vec<[u8; 16]> {
        let own = self.notifications.browsers.iter();
        let own = own.filter(|_| self.is_known_by_browser_alone());
        let own = own.map(|browser| mark(browser.subscription.endpoint()));
        own.chain(self.browsers.vouched.iter().copied()).collect()
    }

    /// Takes the browsers of another identity of the same person; `vouched` are those of both.
    pub(in super::super) fn join_browsers(
        &mut self,
        mut notifications: Notifications,
        browsers: Browsers,
        vouched: Vec<[u8; 16]>,
        now: u64,
    ) {
        self.notifications.settle();
        notifications.settle();
        self.browsers.vouched = vouched;
        for (left, at) in browsers.left {
            if !self.browsers.has_left(left, at) {
                self.browsers.leave(left, at);
            }
        }
        self.notifications.said.join(notifications.said);
        for Browser {
            subscription,
            carts,
            at,
        } in notifications.browsers
        {
            if self.browsers.has_left(mark(subscription.endpoint()), at) {
                continue;
            }
            for cart in carts {
                self.notifications
                    .keep(subscription.clone(), cart, Some(at));
            }
        }
        let left = &self.browsers;
        let own = &mut self.notifications.browsers;
        own.retain(|browser| !left.has_left(mark(browser.subscription.endpoint()), browser.at));
        if !own.is_empty() {
            // Each of them has said yes by itself.
            self.notifications.said.agreed = Some(true);
        }
        self.make_room(None, now);
        let all = &self.notifications.browsers;
        self.browsers.vouched.retain(|vouched| {
            let mut marks = all.iter().map(|one| mark(one.subscription.endpoint()));
            marks.any(|known| known == *vouched)
        });
    }
}
