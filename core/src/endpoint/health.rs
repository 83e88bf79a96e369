//! When an endpoint is tried again, and when no more.

use super::Notice;
use crate::delivery::Proof;
use crate::errand::Service;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

/// Waits after a try that failed, ms; after the last the message rests until somebody asks for it. Svix's published schedule.
pub const WAITS_MS: [u64; 7] = [
    5_000,
    5 * MINUTE,
    30 * MINUTE,
    2 * HOUR,
    5 * HOUR,
    10 * HOUR,
    10 * HOUR,
];

/// An endpoint that nothing has reached for so long is switched off, ms.
pub const GIVEN_UP_MS: u64 = 5 * 24 * HOUR;

/// What came back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// A status, and for how long it asks to be left alone, ms.
    Status {
        /// The HTTP status.
        status: u16,
        /// `Retry-After`, ms.
        wait_ms: Option<u64>,
    },
    /// None in time.
    Timeout,
    /// No connection, or one that broke.
    Connection,
}

impl Answer {
    /// Whether the message has arrived.
    pub fn is_taken(self) -> bool {
        matches!(
            self,
            Self::Status {
                status: 200..=299,
                ..
            }
        )
    }

    /// Longest wait that an answer may ask for, ms.
    const MAX_WAIT_MS: u64 = 24 * HOUR;

    fn asks_for_ms(self) -> u64 {
        match self {
            Self::Status {
                wait_ms: Some(wait),
                ..
            } => wait.min(Self::MAX_WAIT_MS),
            _ => 0,
        }
    }
}

/// A try, as its merchant sees it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Try {
    /// The event's id.
    pub event: alloc::string::String,
    /// When, epoch ms.
    pub at: u64,
    /// What came back.
    pub answer: Answer,
}

/// Why an endpoint is switched off.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trouble {
    /// It answered 410: nobody wants to hear anything there.
    Gone,
    /// It took nothing for days.
    Failing,
    /// Its merchant says so.
    Merchant,
}

/// How an endpoint has fared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// Why it is switched off, if it is.
    pub off: Option<Trouble>,
    /// Since when nothing has arrived, epoch ms; `None`: the last message did.
    pub failing_since: Option<u64>,
    /// The latest tries, the newest last.
    pub tries: Vec<Try>,
    /// The mail that says that it was switched off, where one is owed. What was written down before there were any has none.
    #[serde(default)]
    pub notice: Option<Notice>,
}

/// What becomes of a message after a try.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// It has arrived.
    Done,
    /// It is tried again at this time, epoch ms.
    Again(u64),
    /// It rests until somebody asks for it.
    Rests,
}

impl Health {
    /// Tries remembered.
    pub const MAX_TRIES: usize = 20;

    /// Whether it is told anything.
    pub fn is_on(&self) -> bool {
        self.off.is_none()
    }

    /// Takes what came of a message's `attempts`th try, from 1. `seed` spreads messages that failed together.
    pub fn judge(&mut self, tried: Try, attempts: u32, seed: u64) -> Next {
        let (now, answer) = (tried.at, tried.answer);
        self.tries.push(tried);
        let over = self.tries.len().saturating_sub(Self::MAX_TRIES);
        self.tries.drain(..over);
        if answer.is_taken() {
            self.failing_since = None;
            return Next::Done;
        }
        let since = *self.failing_since.get_or_insert(now);
        let is_gone = |status| Service::Endpoints.proof(status, "") == Proof::Rejected;
        if matches!(answer, Answer::Status { status, .. } if is_gone(status)) {
            self.off = self.off.or(Some(Trouble::Gone));
            return Next::Rests;
        }
        if now.saturating_sub(since) >= GIVEN_UP_MS {
            self.off = self.off.or(Some(Trouble::Failing));
            return Next::Rests;
        }
        match crate::delivery::retry::wait_ms(&WAITS_MS, attempts, seed) {
            Some(wait) => Next::Again(now.saturating_add(wait.max(answer.asks_for_ms()))),
            None => Next::Rests,
        }
    }

    /// Switches it on again: what was is forgiven.
    pub fn switch_on(&mut self) {
        self.off = None;
        self.failing_since = None;
        self.notice = None;
    }
}
