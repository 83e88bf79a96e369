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

/// What was said to one channel; `None`: it was never asked about.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Said {
    pub(super) agreed: Option<bool>,
    /// The version of the wording that was answered.
    pub(super) wording: Option<String>,
    /// When, epoch ms. Each channel has a clock of its own: a word about one says nothing of the other.
    at: u64,
}

impl Said {
    /// When it was answered last, epoch ms.
    pub(super) fn at(&self) -> u64 {
        self.at
    }

    /// Takes an answer of `at`, unless something later is known; whether it did. Of answers that were given about the same time
    /// the no counts, whichever is said to be the later one.
    pub(super) fn take(&mut self, agreed: Option<bool>, wording: &str, at: u64) -> bool {
        let is_in_time =
            |yes: bool| at >= self.at || !yes && at.saturating_add(SAME_TIME_MS) >= self.at;
        let Some(agreed) = agreed.filter(|yes| is_in_time(*yes)) else {
            return false;
        };
        *self = Self {
            agreed: Some(agreed),
            wording: Some(String::from(wording)),
            at: self.at.max(at),
        };
        true
    }

    /// Joins what was said under another identity: a no under either is a no. What one was never asked about, the other answers. Of
    /// two answers the wording of the later one is what was read.
    pub(super) fn join(&mut self, other: Self) {
        let agreed = stricter(self.agreed, other.agreed);
        let (earlier, later) = if other.at > self.at {
            (core::mem::take(self), other)
        } else {
            (other, core::mem::take(self))
        };
        *self = Self {
            agreed,
            wording: later.wording.or(earlier.wording),
            at: later.at,
        };
    }
}

/// What the shopper has agreed to, and the receipt for it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Consent {
    email: Said,
    sms: Said,
    /// The last that counted.
    receipt: Option<ConsentReceipt>,
}

impl Consent {
    /// What was said to email and to SMS, and on which page the answer that counted last.
    pub(super) fn answers(&self) -> (&Said, &Said, Option<&str>) {
        let page = self.receipt.as_ref().map(|receipt| receipt.page.as_str());
        (&self.email, &self.sms, page)
    }

    /// What was said to email.
    pub(super) fn email(&self) -> Option<bool> {
        self.email.agreed
    }

    /// What was said to SMS.
    pub(super) fn sms(&self) -> Option<bool> {
        self.sms.agreed
    }

    /// Whether email is agreed to.
    pub(super) fn to_email(&self) -> bool {
        self.email.agreed == Some(true)
    }

    /// Whether text messages are agreed to.
    pub(super) fn to_sms(&self) -> bool {
        self.sms.agreed == Some(true)
    }

    /// Takes what was said at `at`, epoch ms, to each channel, unless something later is known of that one.
    pub(super) fn take(&mut self, receipt: ConsentReceipt, at: u64) {
        if bugs::is(Bug::ConsentByOneClock) && at < self.email.at.max(self.sms.at) {
            return;
        }
        let email = self.email.take(receipt.email, &receipt.wording, at);
        let sms = self.sms.take(receipt.sms, &receipt.wording, at);
        if email || sms || self.receipt.is_none() {
            self.receipt = Some(receipt);
        }
    }

    /// As rules see it: whoever has answered at all has not agreed to what they were not asked.
    pub(super) fn told(&self, push: Option<bool>) -> Consents {
        let known = self.receipt.is_some() || push.is_some();
        Consents {
            email: known.then_some(self.to_email()),
            sms: known.then_some(self.to_sms()),
            push: known.then_some(push == Some(true)),
        }
    }

    /// The wordings that were answered.
    pub(super) fn wordings(&self) -> Wordings<'_> {
        Wordings {
            push: None,
            email: self.email.wording.as_deref(),
            sms: self.sms.wording.as_deref(),
        }
    }

    /// Joins what was agreed to under another identity.
    pub(super) fn join(&mut self, other: Self) {
        let is_later = other.email.at.max(other.sms.at) > self.email.at.max(self.sms.at);
        self.email.join(other.email);
        self.sms.join(other.sms);
        let own = self.receipt.take();
        self.receipt = if is_later {
            other.receipt.or(own)
        } else {
            own.or(other.receipt)
        };
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
            ads: None,
            wording: wording.into(),
            page: "/".into(),
        }
    }

    /// A yes whose request was long on its way looks later than the no that took it back.
    #[test]
    fn of_two_answers_about_the_same_time_the_no_counts() {
        let yes = said(Some(true), Some(true), "w1");
        let (no, yes_again) = (said(Some(false), None, "w2"), said(Some(true), None, "w3"));
        let mut consent = Consent::default();
        consent.take(yes.clone(), 1_000_000);
        consent.take(no.clone(), 1_000_000 - SAME_TIME_MS);
        let agreed = (consent.email.agreed, consent.sms.agreed);
        assert_eq!(agreed, (Some(false), Some(true)));
        assert_eq!(consent.wordings().email, Some("w2"));
        assert_eq!(consent.wordings().sms, Some("w1"));
        assert_eq!(
            consent.email.at, 1_000_000,
            "what is said next is compared with the latest"
        );
        // Clearly older: somebody was asked anew since. And an older yes changes nothing at all.
        let mut consent = Consent::default();
        consent.take(yes, 1_000_000);
        consent.take(no.clone(), 1_000_000 - SAME_TIME_MS - 1);
        assert_eq!(consent.email(), Some(true));
        consent.take(no, 2_000_000);
        let before = consent.clone();
        consent.take(yes_again, 1_999_999);
        assert_eq!(consent, before);
    }

    /// A phone that was offline brings its no to email after another device has answered about text messages.
    #[test]
    fn a_word_about_one_channel_says_nothing_of_the_other() {
        let mut consent = Consent::default();
        consent.take(said(Some(true), None, "w1"), 1_000_000);
        consent.take(said(None, Some(true), "w1"), 9_000_000);
        consent.take(said(None, None, "w1"), 9_500_000);
        consent.take(said(Some(false), None, "w2"), 5_000_000);
        assert_eq!(consent.email(), Some(false));
        assert_eq!(consent.sms.agreed, Some(true));
        // Nor does it keep a first yes from counting.
        let mut consent = Consent::default();
        consent.take(said(None, Some(false), "w1"), 9_000_000);
        consent.take(said(Some(true), None, "w1"), 5_000_000);
        assert!(consent.to_email());
    }
}
