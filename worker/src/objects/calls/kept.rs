//! Webhooks that are kept for a person.

use serde::{Deserialize, Serialize};

/// Why a webhook is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeptState {
    /// It could not be taken, and may be tried again.
    Kept,
    /// It asks for something that a person has to do.
    Open,
}

/// A webhook that is kept for a person.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// The same for the same webhook, however often it comes.
    pub id: String,
    /// Why it is kept.
    pub state: KeptState,
    /// Whose it is.
    pub platform: String,
    /// What about.
    pub topic: String,
    /// When it came, epoch ms.
    pub at: u64,
    /// When the platform set it off, epoch ms.
    pub triggered_at: Option<u64>,
    /// Why it was not taken.
    pub code: String,
    /// Where in it that stands.
    pub path: String,
    /// The body, sealed; base64url. Empty in lists.
    pub sealed: String,
}

/// Why a request to erase somebody of whom nothing is known is kept: a person has to look who that is.
pub const CUSTOMER_ERASURE: &str = "customer_erasure";

/// Why a request to erase a whole shop is kept: whether that shop is this one, and has gone, is for a person to say.
pub const SHOP_ERASURE_ASKED: &str = "shop_erasure";

impl Kept {
    /// When it was told, epoch ms: as often as a platform repeats it, it was set off once.
    pub fn told_at(&self) -> u64 {
        self.triggered_at.unwrap_or(self.at)
    }
}
