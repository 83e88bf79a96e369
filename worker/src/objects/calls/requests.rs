//! What is asked of the memory of requests, and what it answers.

use homing_core::idempotency::{Fingerprint, Met};
use serde::{Deserialize, Serialize};

/// What can be asked of the memory of requests.
#[derive(Debug, Serialize, Deserialize)]
pub enum RequestsInput {
    /// A request is about to be done.
    Begin {
        /// The digest of its key.
        key: String,
        /// The digest of what it asks for.
        fingerprint: Fingerprint,
    },
    /// It has been done.
    Done {
        /// The digest of its key.
        key: String,
        /// Under which number.
        attempt: u32,
        /// The answer's status.
        status: u16,
        /// The answer.
        body: String,
    },
    /// It has changed nothing.
    Release {
        /// The digest of its key.
        key: String,
        /// Under which number.
        attempt: u32,
    },
}

/// What the memory of requests answers.
#[derive(Debug, Serialize, Deserialize)]
pub enum RequestsReply {
    /// To a request that is about to be done.
    Met(Met),
    /// To the rest.
    Done,
}
