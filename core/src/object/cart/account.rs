//! A cart as its merchant reads it, and where it stands.

use super::{Cart, CartPlatforms, Life, Pause, Snapshot, Status};
use crate::ids::CartId;
use crate::log::Stage;
use serde::{Deserialize, Serialize};

/// How long nobody has to be there until a cart rests, ms; half of what makes it abandoned, where that is less.
const IDLE_MS: u64 = 5 * 60_000;

/// A cart as its merchant reads it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Account {
    /// What there is now.
    pub snapshot: Snapshot,
    /// The life that it is about: the present one of a cart that holds lines, or else the last one that was bought.
    pub life: Life,
    /// Whether a shop's server tells its lines.
    pub is_told: bool,
    /// On which platforms it is.
    pub platforms: CartPlatforms,
    /// The cart that it was copied from.
    pub parent: Option<CartId>,
}

/// Where a cart stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// It holds lines, and its shopper is there.
    Open,
    /// It holds lines, and its shopper has been quiet, but not for long enough to have left it.
    Idle,
    /// It holds lines, and its shopper has left it.
    Abandoned,
    /// Its shopper has come back, by a recovery link or after having left it.
    Returned,
    /// It was bought after its shopper had come by a recovery link.
    Recovered,
    /// It was bought without one.
    Ordered,
    /// It holds nothing, and that was not bought.
    Empty,
}

impl Standing {
    /// All of them.
    pub const ALL: [Self; 7] = [
        Self::Open,
        Self::Idle,
        Self::Abandoned,
        Self::Returned,
        Self::Recovered,
        Self::Ordered,
        Self::Empty,
    ];

    /// Its name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Open => "open",
            Self::Idle => "idle",
            Self::Abandoned => "abandoned",
            Self::Returned => "returned",
            Self::Recovered => "recovered",
            Self::Ordered => "ordered",
            Self::Empty => "empty",
        }
    }

    /// The one with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|standing| standing.name() == name)
    }
}

/// Where a cart stands, and since when it was left and bought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// Where.
    pub standing: Standing,
    /// When it counted as left, epoch ms: the last time that it did, or the time of its longest pause once its shopper is back.
    pub abandoned_at: Option<u64>,
    /// When it was bought, its shopper having come by a recovery link, epoch ms.
    pub recovered_at: Option<u64>,
    /// When it was bought, epoch ms.
    pub ordered_at: Option<u64>,
}

impl Account {
    /// Where the cart stands at `now`, epoch ms. `rest_ms` says for how long nobody has to be there until a cart counts as left, by how
    /// far its checkout has come and by whether it is a quote.
    pub fn position(&self, rest_ms: impl Fn(Option<Stage>, bool) -> u64, now: u64) -> Position {
        let slot = &self.snapshot.slot;
        let rested = |pause: &Pause| {
            let rest_ms = rest_ms(pause.stage, pause.quote);
            (pause.length_ms() >= rest_ms).then(|| pause.from.saturating_add(rest_ms))
        };
        let before = self.life.pause.as_ref().and_then(rested);
        let rest = rest_ms(slot.stage, slot.quote);
        let quiet = now.saturating_sub(slot.last_activity_at);
        let ordered = slot.ordered.filter(|_| slot.status == Status::Ordered);
        let standing = match slot.status {
            Status::Empty => Standing::Empty,
            Status::Ordered if ordered.is_some_and(|ordered| ordered.recovered) => {
                Standing::Recovered
            }
            Status::Ordered => Standing::Ordered,
            Status::Open if quiet >= rest => Standing::Abandoned,
            Status::Open if self.life.linked_at.is_some() || before.is_some() => Standing::Returned,
            Status::Open if quiet >= IDLE_MS.min(rest / 2) => Standing::Idle,
            Status::Open => Standing::Open,
        };
        Position {
            standing,
            abandoned_at: match standing {
                Standing::Abandoned => Some(slot.last_activity_at.saturating_add(rest)),
                Standing::Empty => None,
                _ => before,
            },
            recovered_at: ordered
                .filter(|ordered| ordered.recovered)
                .map(|ordered| ordered.at),
            ordered_at: ordered.map(|ordered| ordered.at),
        }
    }
}

impl Cart {
    pub(super) fn account(&self) -> Account {
        let snapshot = self.snapshot();
        let bought = self
            .bought
            .as_ref()
            .filter(|_| snapshot.slot.status == Status::Ordered);
        Account {
            life: bought.unwrap_or(&self.life).clone(),
            is_told: !self.sources.is_empty(),
            platforms: self.platforms(),
            parent: self.parent.as_ref().map(|parent| parent.cart),
            snapshot,
        }
    }
}
