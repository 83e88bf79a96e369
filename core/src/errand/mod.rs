//! Errands: what is done for a shopper at a service that carries no messages: who is in an advertising audience, and who of a shop's own
//! people hears of a left quote. Each is tried like a message: a try is written down before the call, one at a time, and what it came to
//! decides what follows.

mod request;
mod service;
mod tries;

pub use request::Request;
pub use service::Service;
pub use tries::Tries;

use crate::audience::{Act, Digests, ListId};
use crate::delivery::Proof;
use crate::ids::CartId;
use crate::quote::FieldName;
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// How long a try may last, ms: who makes it gives up before.
pub const LEASE_MS: u64 = 20_000;

/// Waits after a try that has not succeeded, ms, where the shop says nothing else: a week. What has to be done in any case goes on
/// daily after that, see [`crate::audience::Member`].
pub const WAITS_MS: [u64; 12] = {
    const MINUTE: u64 = 60_000;
    const HOUR: u64 = 60 * MINUTE;
    [
        MINUTE,
        5 * MINUTE,
        30 * MINUTE,
        HOUR,
        3 * HOUR,
        8 * HOUR,
        12 * HOUR,
        24 * HOUR,
        24 * HOUR,
        24 * HOUR,
        24 * HOUR,
        24 * HOUR,
    ]
};

/// One try of one errand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Errand {
    /// Which try of it, from 1.
    pub number: u32,
    /// Until when its answer counts, epoch ms.
    pub lease_until: u64,
    /// What is to be done.
    pub work: Work,
}

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Work {
    /// Somebody becomes a member of an audience, or is none any more.
    Audience {
        /// Where.
        service: Service,
        /// Of which audience there.
        list: ListId,
        /// Which of both.
        act: Act,
        /// Who.
        who: Digests,
    },
    /// A shop's own people hear of a quote that was left.
    Alert {
        /// Where.
        service: Service,
        /// Which cart.
        cart: CartId,
        /// The name of its object.
        object: String,
        /// The cart's epoch.
        epoch: u32,
        /// The field of Salesforce's tasks by which two tellings are one.
        key: Option<FieldName>,
    },
}

/// What came of a try.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ended {
    /// It is done.
    Done {
        /// The service's own id for it, where it told one.
        id: String,
    },
    /// It is not done, or nobody knows.
    Failed {
        /// A stable code.
        code: String,
        /// How sure that is.
        proof: Proof,
        /// For how long the service wants to be left alone, ms.
        wait_ms: u64,
    },
    /// There is nothing to be done: why, as a stable code.
    Needless {
        /// Why.
        code: String,
    },
}
