//! What keeps strangers from having messages sent: how many contacts that nobody vouches for may lead to some, and which carts look like a
//! machine's.
//!
//! An address that was typed into a page proves nothing. It is bounded three ways: how many carts name it within a day (counted by its
//! Shopper), how many such addresses one network brings, and how many a shop gets (counted by the shop's desk, which hears of each Shopper
//! anyway). What is over a limit is kept like everything else; nobody is written to about it.

mod introductions;
mod network;
mod pace;

pub use introductions::{Introductions, Limits};
pub use network::{Address, Network};
pub use pace::{Pace, Rate};

use crate::delivery::Skip;
use serde::{Deserialize, Serialize};

/// Who says that a contact is somebody's.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Voice {
    /// A browser of which no network is known, such as one on this very machine. Nothing is limited.
    #[default]
    Unlimited,
    /// Somebody has typed it.
    Typed {
        /// Where.
        network: Network,
        /// How many carts may name it within a day; 0: as many as there are.
        carts_a_day: u8,
    },
    /// The shop's own server or its platform: from then on it is the shopper's.
    Vouched,
}

/// What a contact was one too many for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Limited {
    /// Its network.
    Network,
    /// The shop.
    Shop,
}

impl Limited {
    /// Why nobody is written to.
    pub fn skip(self) -> Skip {
        match self {
            Self::Network => Skip::NetworkLimit,
            Self::Shop => Skip::ShopLimit,
        }
    }
}

/// Why a cart is not taken for a shopper's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doubt {
    /// A machine says that it is one, or its network begins carts by the hundred.
    Automated,
    /// Payments fail as they do when stolen cards are tried.
    CardTesting,
}

impl Doubt {
    /// Why nobody is written to.
    pub fn skip(self) -> Skip {
        match self {
            Self::Automated => Skip::Automated,
            Self::CardTesting => Skip::CardTesting,
        }
    }
}
