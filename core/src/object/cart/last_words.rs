//! Which telling of a basket was the last to say what. A telling says some things and leaves others out: one that comes late still counts
//! for what nobody later has spoken of.

use super::Cart;
use super::basket::{Source, Telling};
use crate::ids::CartId;
use serde::{Deserialize, Serialize};

/// Of one basket, each as the number of its telling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct LastWords {
    alias: CartId,
    /// Something of its Shopper's consent.
    pub(super) consent: u64,
    /// What is in it, and whether it is a quote, while it was in this cart.
    pub(super) lines: u64,
    pub(super) quote: u64,
    /// What is in it, of those that went on to another cart.
    pub(super) passed_lines: u64,
}

impl LastWords {
    pub(super) fn alias(&self) -> CartId {
        self.alias
    }

    /// Of a basket in rows of before: each word may have been the last telling's.
    fn of(alias: CartId, source: Option<&Source>, said_by: u64) -> Self {
        let version = source.map_or(0, |source| source.version);
        Self {
            alias,
            consent: said_by,
            lines: version,
            quote: version,
            passed_lines: source.map_or(0, |source| source.passed_on),
        }
    }
}

impl Cart {
    pub(super) fn last_words(&self, alias: CartId) -> LastWords {
        let known = self.last_words.iter().find(|words| words.alias == alias);
        known
            .cloned()
            .unwrap_or_else(|| LastWords::of(alias, self.source(alias), self.said_by(alias)))
    }

    /// Notes something. What an older row says is read before its source changes.
    pub(super) fn put_last_words(&mut self, alias: CartId, change: impl FnOnce(&mut LastWords)) {
        let mut words = self.last_words(alias);
        change(&mut words);
        self.last_words.retain(|known| known.alias != alias);
        self.last_words.push(words);
    }

    /// Notes what a telling has said of the contents, where they were taken in this cart.
    pub(super) fn note_contents(&mut self, telling: &Telling, is_stale: bool) {
        let (_, lines, quote) = telling.contents();
        let by = telling.latest();
        let is_taken = telling.order.is_none() && !is_stale;
        let (has_lines, has_quote) = (is_taken && lines.is_some(), is_taken && quote.is_some());
        self.put_last_words(telling.alias, |words| {
            if has_lines {
                words.lines = words.lines.max(by);
            }
            if has_quote {
                words.quote = words.quote.max(by);
            }
        });
    }
}
