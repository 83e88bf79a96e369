//! A decision as it is kept and told.

use super::Hold;
use crate::channel::Channel;
use crate::delivery::Skip;
use alloc::{format, string::String};
use serde::{Deserialize, Serialize};

/// What was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Made {
    /// Sent, by this channel.
    Send(Channel),
    /// Not sent, and will not be.
    Skip(Skip),
    /// Put off.
    Defer {
        /// Until when, epoch ms.
        until: u64,
        /// Why.
        hold: Hold,
    },
}

/// A decision with what it saw. It holds no contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decided {
    /// When, epoch ms.
    pub at: u64,
    /// What.
    pub made: Made,
    /// What it saw, as one sentence; empty where the reason says all.
    pub seen: String,
}

impl Decided {
    /// Longest account of what was seen, bytes.
    pub const MAX_SEEN: usize = 400;

    /// A decision whose account is cut where it is too long.
    pub fn new(at: u64, made: Made, mut seen: String) -> Self {
        if seen.len() > Self::MAX_SEEN {
            let end = seen.floor_char_boundary(Self::MAX_SEEN);
            seen.truncate(end);
            seen.push('…');
        }
        Self { at, made, seen }
    }

    /// The stable code of its reason.
    pub fn code(&self) -> &'static str {
        match self.made {
            Made::Send(_) => "sent",
            Made::Skip(skip) => skip.code(),
            Made::Defer { hold, .. } => hold.code(),
        }
    }

    /// The decision and what it saw, in plain words.
    pub fn sentence(&self) -> String {
        let reason = match self.made {
            Made::Send(channel) => format!("Released for sending by {}.", channel.spoken()),
            Made::Skip(skip) => String::from(skip.sentence()),
            Made::Defer { hold, .. } => hold.sentence(),
        };
        if self.seen.is_empty() {
            reason
        } else {
            format!("{reason} {}", self.seen)
        }
    }
}
