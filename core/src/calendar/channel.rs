//! How a message reaches a person.

use serde::{Deserialize, Serialize};

/// The ways to reach a person that caps and countries tell apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Channel {
    /// Mail.
    Email,
    /// Text message.
    Sms,
    /// Web Push.
    Push,
}
