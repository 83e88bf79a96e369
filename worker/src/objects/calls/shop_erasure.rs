//! A shop of which everybody is to be forgotten.

use homing_core::ids::ShopperId;
use serde::{Deserialize, Serialize};

/// That everybody is to be forgotten, the latest such wish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShopErasure {
    /// When it was asked for, epoch ms: its name.
    pub asked_at: u64,
    /// When everybody had been told, epoch ms; `None`: it is under way.
    pub ended_at: Option<u64>,
    /// The last whose turn has come; of those whose has not, whose ids are higher.
    pub reached: Option<ShopperId>,
    /// Whether everybody's turn has come.
    pub is_through: bool,
    /// Whose turn has come, but who have not answered: they are told once everybody's has.
    pub silent: Vec<ShopperId>,
    /// Until when somebody is at it, epoch ms: who comes meanwhile leaves it to them.
    pub leased_until: u64,
}

/// What came of a page of them.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct ShopErasureTold {
    /// Which wish it belongs to.
    pub asked_at: u64,
    /// Whose turn has come; none: there are no more.
    pub page: Vec<ShopperId>,
    /// Who of them has not answered.
    pub silent: Vec<ShopperId>,
}

/// The same as it is shown.
#[derive(Debug, Serialize, Deserialize)]
pub struct ViewShopErasure {
    /// `erasing` or `erased`.
    pub state: String,
    /// When it was asked for, epoch ms.
    pub at: u64,
    /// How many identities have been told.
    pub people: u64,
    /// Those who have yet to be told, or something has yet to be done because of it.
    pub left: u64,
}
