//! Dead letters of a shop that are tried again.

use homing_core::delivery::DeliveryKey;
use homing_core::ids::ShopperId;
use serde::{Deserialize, Serialize};

/// Which dead letters are meant.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayFilter {
    /// Those of this cause.
    pub code: Option<String>,
    /// Those that died at this time or after it, epoch ms.
    pub since: Option<u64>,
    /// Those that died at this time or before it, epoch ms.
    pub until: Option<u64>,
}

/// Dead letters of a shop that are tried again, the latest such wish.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replay {
    /// When it was begun, epoch ms: its name.
    pub begun_at: u64,
    /// When all had been asked for, epoch ms; `None`: it is under way.
    pub ended_at: Option<u64>,
    /// Which.
    pub filter: ReplayFilter,
    /// The last that was asked for.
    pub reached: Option<(ShopperId, DeliveryKey)>,
    /// How many are tried again.
    pub replayed: u64,
    /// How many are not, by why.
    pub refused: Refusals,
}

/// How many dead letters are not tried again, by why.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusals(pub Vec<(String, u64)>);

impl Refusals {
    /// So many more for this reason.
    pub fn add(&mut self, why: String, count: u64) {
        match self.0.iter_mut().find(|(known, _)| *known == why) {
            Some((_, sum)) => *sum = sum.saturating_add(count),
            None => self.0.push((why, count)),
        }
    }

    /// As JSON. Reasons are words of ours, without anything that would need escaping.
    pub fn json(&self) -> String {
        let counts = self.0.iter();
        let counts: Vec<String> = counts.map(|(why, n)| format!(r#""{why}":{n}"#)).collect();
        format!("{{{}}}", counts.join(","))
    }
}

/// A page of dead letters: whose, and which.
pub type DeadLetters = Vec<(ShopperId, DeliveryKey)>;

/// What came of a page of dead letters.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReplayTold {
    /// Which wish it belongs to.
    pub begun_at: u64,
    /// The last that was asked for; `None`: there are no more.
    pub reached: Option<(ShopperId, DeliveryKey)>,
    /// How many are tried again.
    pub replayed: u64,
    /// How many are not, by why.
    pub refused: Refusals,
}
