//! What a shopper has agreed to.

use crate::bugs::{self, Bug};
use crate::decision::Wordings;
use crate::log::ConsentReceipt;
use crate::rules::Consents;
use alloc::string::String;
use serde::{Deserialize, Serialize};

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

    /// Takes what was said at `at`, epoch ms, unless something later is known.
    pub(super) fn take(&mut self, receipt: ConsentReceipt, at: u64) {
        if at < self.at {
            return;
        }
        let asked = |answer: Option<bool>| answer.map(|_| receipt.wording.clone());
        *self = Self {
            email_wording: asked(receipt.email).or_else(|| self.email_wording.take()),
            sms_wording: asked(receipt.sms).or_else(|| self.sms_wording.take()),
            email: receipt.email.or(self.email),
            sms: receipt.sms.or(self.sms),
            receipt: Some(receipt),
            at,
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
