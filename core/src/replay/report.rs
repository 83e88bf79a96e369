//! What a replay found.

use super::assumptions::assumptions;
use super::changes::Changed;
use super::totals::{Compared, StepCompared, by_step, total};
use super::world::Played;
use super::{Counts, History, Options};
use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use serde::Serialize;

/// The report's format and its version.
pub const FORMAT: &str = "homing-replay/1";

/// What a replay found. As JSON it is the same, to the byte, wherever it was made.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Report {
    /// [`FORMAT`].
    pub replay: &'static str,
    /// Whose history.
    pub shop: Option<String>,
    /// When its first event was taken, epoch ms.
    pub from: Option<u64>,
    /// When its last event was taken: the history's end.
    pub end: Option<u64>,
    /// How much of it there is.
    pub history: Counts,
    /// What cannot be known and is taken to be so, each as one sentence.
    pub assumptions: Vec<String>,
    /// Everything.
    pub total: Compared,
    /// The same by sequence and step.
    pub steps: Vec<StepCompared>,
    /// The steps that differ.
    pub changed: Changed,
}

impl Report {
    pub(super) fn new(history: &History, now: &Played, edited: &Played, options: &Options) -> Self {
        let (from, end) = history.span().unzip();
        let counts = history.counts();
        let unfinished = now.unfinished.max(edited.unfinished);
        Self {
            replay: FORMAT,
            shop: history.shop().map(|shop| shop.to_string()),
            from,
            end,
            history: counts,
            assumptions: assumptions(&counts, options, unfinished),
            total: total(now, edited),
            steps: by_step(now, edited),
            changed: Changed::between(now, edited, options.limit),
        }
    }
}
