//! All that is held about a person, for that person: what a law calls access.

use super::consent::Said as Answer;
use super::{Customer, Exposure, Profile, Shopper, View};
use crate::calendar::{Activity, Sent};
use crate::ids::CartId;
use alloc::{string::String, vec::Vec};
use core::fmt;
use serde::{Deserialize, Serialize};

/// All that a Shopper holds. It is read and never kept.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Who it is, and which carts are theirs.
    pub profile: Profile,
    /// As it is looked up otherwise: messages, decisions, suppressions, audiences.
    pub view: View,
    /// What was answered about consent.
    pub consents: Vec<Said>,
    /// The page of the answer that counted last.
    pub page: Option<String>,
    /// What the shop's own records say.
    pub customer: Option<Customer>,
    /// How many orders there were.
    pub orders: u32,
    /// When the latest of them were placed, epoch ms.
    pub ordered_at: Vec<u64>,
    /// What went out lately: what caps count.
    pub sent: Vec<Sent>,
    /// When the shopper is usually there.
    pub activity: Activity,
    /// What they count as in what is measured.
    pub exposure: Option<Exposure>,
    /// Browsers that take notifications.
    pub browsers: Vec<Browsing>,
}

/// What was answered about one use of a contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Said {
    /// `email`, `sms`, `push` or `ads`.
    pub about: String,
    /// What.
    pub agreed: bool,
    /// The version of the wording that was answered.
    pub wording: Option<String>,
    /// When, epoch ms.
    pub at: u64,
}

/// A browser that takes notifications.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Browsing {
    /// Where its push service takes them.
    pub endpoint: String,
    /// When it was heard of last, epoch ms.
    pub at: u64,
    /// The carts on which it has said so.
    pub carts: Vec<CartId>,
}

impl fmt::Debug for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held")
            .field("profile", &self.profile)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Browsing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Browsing").finish_non_exhaustive()
    }
}

impl Answer {
    pub(super) fn shown(&self, about: &str) -> Option<Said> {
        Some(Said {
            about: String::from(about),
            agreed: self.agreed?,
            wording: self.wording.clone(),
            at: self.at(),
        })
    }
}

impl Shopper {
    /// All that is held.
    pub(super) fn held(&self, now: u64) -> Held {
        let (email, sms, page) = self.consent.answers();
        let consents = [
            email.shown("email"),
            sms.shown("sms"),
            self.notifications.answer().shown("push"),
            self.errands.answer().shown("ads"),
        ];
        Held {
            profile: self.profile(),
            view: self.view(now),
            consents: consents.into_iter().flatten().collect(),
            page: page.map(String::from),
            customer: self.customer().cloned(),
            orders: self.purchases.count(),
            ordered_at: self.purchases.iter().collect(),
            sent: self.sent.clone(),
            activity: self.activity,
            exposure: self.exposure,
            browsers: self.notifications.shown(),
        }
    }
}
