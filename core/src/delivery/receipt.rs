//! What a provider says of a message afterwards, unasked.

use alloc::string::String;
use serde::{Deserialize, Serialize};

/// What became of a message that a provider has taken, or may have.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Receipt {
    /// It was accepted.
    Accepted {
        /// The provider's id for it.
        provider_id: String,
    },
    /// It did not arrive, and will not.
    Failed {
        /// What happened.
        code: String,
        /// Whether the contact takes no messages at all.
        recipient: bool,
        /// Whether that is because its owner has asked for none.
        opted_out: bool,
    },
}
