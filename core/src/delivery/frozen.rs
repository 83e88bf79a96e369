//! The exact message that a delivery sends, however often it is tried.

use crate::contact::Email;
use crate::ids::CartId;
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// Everything that the bytes of an email are made from. Nothing in it is decided later: a channel that builds a message from
/// it twice builds the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    /// Whom it goes to.
    pub to: Email,
    /// The sender's name.
    pub from_name: String,
    /// The sender's address.
    pub from_email: String,
    /// The subject.
    pub subject: String,
    /// The HTML part.
    pub html: String,
    /// The text part.
    pub text: String,
    /// One-click unsubscribe (RFC 8058) and preferences page.
    pub unsubscribe_url: String,
    /// Idempotency key at the provider, and left part of the Message-ID.
    pub key: String,
    /// The message's date, epoch ms.
    pub date_ms: u64,
    /// The cart that it shows.
    pub cart: CartId,
}
