//! What a shopper has agreed to.

use crate::bugs::{self, Bug};
use crate::decision::Wordings;
use crate::log::ConsentReceipt;
use crate::rules::Consents;
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// How far the times of two answers may be wrong against each other, ms: browsers' clocks are taken for right within two minutes,
/// and the way takes time.
const SAME_TIME_MS: u64 = 180_000;

/// What the shopper has agreed to, and the receipt for it. A channel that was never asked about is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Consent {
    email: Option<bool>,
    sms: Option<bool>,
    /// The versions of the wordings that were answered last, by channel.
    email_wording: Option<String>,
    sms_wording: Option<String>,
    receipt: Option<ConsentReceipt>,
    at: u64,
}

impl Consent {
    /// What was said to email.
    pub(super) fn email(&self) -> Option<bool> {
        self.email
    }

    /// Whether email is agreed to.
    pub(super) fn to_email(&self) -> bool {
        self.email == Some(true)
    }

    /// Takes what was said at `at`, epoch ms, unless something later is known. Of answers that were given about the same time the
    /// no counts, whichever is said to be the later one.
    pub(super) fn take(&mut self, mut receipt: ConsentReceipt, at: u64) {
        if at.saturating_add(SAME_TIME_MS) < self.at {
            return;
        }
        if at < self.at {
            let only_no = |answer: Option<bool>| answer.filter(|yes| !yes);
            (receipt.email, receipt.sms) = (only_no(receipt.email), only_no(receipt.sms));
            if receipt.email.or(receipt.sms).is_none() {
                return;
            }
        }
        let asked = |answer: Option<bool>| answer.map(|_| receipt.wording.clone());
        *self = Self {
            email_wording: asked(receipt.email).or_else(|| self.email_wording.take()),
            sms_wording: asked(receipt.sms).or_else(|| self.sms_wording.take()),
            email: receipt.email.or(self.email),
            sms: receipt.sms.or(self.sms),
            receipt: Some(receipt),
            at: self.at.max(at),
        };
    }

    /// As rules see it: whoever has answered at all has not agreed to what they were not asked.
    pub(super) fn told(&self) -> Consents {
        let known = self.receipt.is_some();
        Consents {
            email: known.then_some(self.to_email()),
            sms: known.then_some(self.sms == Some(true)),
            push: None,
        }
    }

    /// The wordings that were answered.
    pub(super) fn wordings(&self) -> Wordings<'_> {
        Wordings {
            email: self.email_wording.as_deref(),
            sms: self.sms_wording.as_deref(),
        }
    }

    /// Joins what was agreed to under another identity: a no under either is a no. What one was never asked about, the other
    /// answers.
    pub(super) fn join(&mut self, other: Self) {
        self.email = stricter(self.email, other.email);
        self.sms = stricter(self.sms, other.sms);
        // Of two answers about one channel the wording of the later one is what was read.
        let (earlier, later) = if other.at > self.at {
            (self.clone(), other)
        } else {
            (other, self.clone())
        };
        self.email_wording = later.email_wording.or(earlier.email_wording);
        self.sms_wording = later.sms_wording.or(earlier.sms_wording);
        self.receipt = later.receipt.or(earlier.receipt);
        self.at = later.at;
    }
}

fn stricter(one: Option<bool>, other: Option<bool>) -> Option<bool> {
    if bugs::is(Bug::ConsentJoinedLoosely) {
        return one.max(other);
    }
    match (one, other) {
        (Some(one), Some(other)) => Some(one && other),
        (one, other) => one.or(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(email: Option<bool>, sms: Option<bool>, wording: &str) -> ConsentReceipt {
        ConsentReceipt {
            email,
            sms,
            wording: wording.into(),
            page: "/".into(),
        }
    }

    /// A yes whose request was long on its way looks later than the no that took it back.
    #[test]
    fn of_two_answers_about_the_same_time_the_no_counts() {
        let (yes, no) = (
            said(Some(true), Some(true), "w1"),
            said(Some(false), None, "w2"),
        );
        let mut consent = Consent::default();
        consent.take(yes.clone(), 1_000_000);
        consent.take(no.clone(), 1_000_000 - SAME_TIME_MS);
        assert_eq!((consent.email, consent.sms), (Some(false), Some(true)));
        assert_eq!(consent.email_wording.as_deref(), Some("w2"));
        assert_eq!(consent.sms_wording.as_deref(), Some("w1"));
        assert_eq!(
            consent.at, 1_000_000,
            "what is said next is compared with the latest"
        );
        // Clearly older: somebody was asked anew since. And an older yes changes nothing at all.
        let mut consent = Consent::default();
        consent.take(yes.clone(), 1_000_000);
        consent.take(no.clone(), 1_000_000 - SAME_TIME_MS - 1);
        assert_eq!(consent.email, Some(true));
        consent.take(no, 2_000_000);
        let before = consent.clone();
        consent.take(yes, 1_999_999);
        assert_eq!(consent, before);
    }
}
