//! Advertising audiences: shoppers who left a cart and agreed to advertising are made members of an audience at Meta or Google, and
//! stop being members when they buy, take their consent back, are suppressed, or have been members long enough.

mod copy;
mod digest;
mod member;
mod request;
mod settings;

pub use copy::{Copy, NoCopy};
pub use digest::Digests;
pub use member::{Held, Member, Settled};
pub use request::request;
pub use settings::{AdService, Audience, ListId};

use serde::{Deserialize, Serialize};

/// What is done to a membership.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Act {
    /// Somebody becomes a member.
    Add,
    /// Somebody stops being one.
    Remove,
}
