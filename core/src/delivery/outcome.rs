//! What became of one try.

use alloc::string::String;
use serde::{Deserialize, Serialize};

/// What a channel reports. The distinction that matters is what is *proved*: only a provider that provably did not accept may
/// be asked again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Outcome {
    /// The provider has it.
    Accepted {
        /// The provider's id for it.
        provider_id: String,
    },
    /// Provably not accepted, and may work later.
    Transient {
        /// What happened.
        code: String,
    },
    /// Provably not accepted, and never will be.
    Rejected {
        /// What happened.
        code: String,
        /// Whether it is the address that was refused.
        recipient: bool,
    },
    /// Provably not accepted: the recipient has told the provider to stop.
    OptedOut {
        /// What happened.
        code: String,
    },
    /// The answer was lost.
    Unknown {
        /// What happened.
        code: String,
    },
    /// Not offered to any provider, because the platform refuses to make the code that the message names.
    NoCode {
        /// What happened.
        code: String,
        /// Whether the shop wants it to go without an offer.
        go_without: bool,
    },
}
