//! A shop's history, read from exported logs: docs/log-export.md.

use super::Refusal;
use crate::ids::{CartId, ShopId};
use crate::log::{Body, Record, RecordedHeads, Step, Verifier, What};
use crate::object::codec;
use alloc::{collections::BTreeMap, vec::Vec};
use serde::Serialize;

/// What happened to the carts of one shop.
#[derive(Clone, Debug, Default)]
pub struct History {
    shop: Option<ShopId>,
    carts: BTreeMap<CartId, Vec<Record>>,
    counts: Counts,
    span: Option<(u64, u64)>,
}

/// How much of a history there is, and how much of it says nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Counts {
    /// Carts that are played.
    pub carts: u64,
    /// Their events.
    pub events: u64,
    /// Events of which only the commitment is left; they are passed over.
    pub erased: u64,
    /// Carts whose first events were pruned; what they held cannot be known, so they are left out.
    pub pruned_carts: u64,
    /// Events of the edge itself that no cart can be given again.
    pub passed_over: u64,
}

/// What one cart was given at one moment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Moment<'a> {
    /// When the edge took it, epoch ms.
    pub at: u64,
    pub cart: CartId,
    /// Records that came together; never empty.
    pub records: &'a [Record],
}

impl History {
    /// Reads an export with the logs of any number of carts. Each event is verified; a cart that occurs twice counts once, with
    /// its longer log. Shoppers' contacts are in no export.
    pub fn read(ndjson: &[u8]) -> Result<Self, Refusal> {
        let mut heads = RecordedHeads::default();
        let mut verifier = Verifier::new(&mut heads);
        let mut history = Self::default();
        let mut open = Open::default();
        let body = ndjson.strip_suffix(b"\n").unwrap_or(ndjson);
        let lines = body
            .split(|byte| *byte == b'\n')
            .filter(|_| !body.is_empty());
        for line in lines {
            match verifier.line(line)? {
                Step::Began(header) => {
                    if history.shop.is_some_and(|shop| shop != header.shop) {
                        return Err(Refusal::TwoShops);
                    }
                    history.shop = Some(header.shop);
                    open = Open {
                        pruned: header.after.is_some(),
                        ..Open::default()
                    };
                }
                Step::Passed(entry) => match &entry.body {
                    Body::Erased { .. } => open.erased = open.erased.saturating_add(1),
                    // The verifier has read it before.
                    Body::Kept { payload, .. } => match codec::decode::<Record>(payload) {
                        Ok(record) if is_playable(&record) => open.records.push(record),
                        _ => open.passed_over = open.passed_over.saturating_add(1),
                    },
                },
                Step::Ended(header) => history.take(header.cart, core::mem::take(&mut open)),
            }
        }
        verifier.finish()?;
        history.count();
        Ok(history)
    }

    fn take(&mut self, cart: CartId, log: Open) {
        if log.pruned {
            self.counts.pruned_carts = self.counts.pruned_carts.saturating_add(1);
            return;
        }
        self.counts.erased = self.counts.erased.saturating_add(log.erased);
        self.counts.passed_over = self.counts.passed_over.saturating_add(log.passed_over);
        let known = self.carts.entry(cart).or_default();
        if known.len() <= log.records.len() {
            *known = log.records;
        }
    }

    fn count(&mut self) {
        let count = |length: usize| u64::try_from(length).unwrap_or(u64::MAX);
        self.counts.carts = count(self.carts.len());
        self.counts.events = count(self.carts.values().map(Vec::len).sum());
        let mut times = self.carts.values().flatten().map(|record| record.taken_at);
        self.span = times
            .next()
            .map(|first| times.fold((first, first), |(from, to), at| (from.min(at), to.max(at))));
    }

    /// Whose history it is; `None` for one without carts.
    pub fn shop(&self) -> Option<ShopId> {
        self.shop
    }

    /// How much there is.
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// When its first and its last event were taken, epoch ms.
    pub fn span(&self) -> Option<(u64, u64)> {
        self.span
    }

    /// Everything in the order in which the edge took it; at one moment by cart.
    pub(super) fn moments(&self) -> Vec<Moment<'_>> {
        let mut moments = Vec::new();
        for (cart, records) in &self.carts {
            let mut at = 0;
            for records in records.chunk_by(come_together) {
                // A clock that was set back must not change a cart's own order.
                at = records.first().map_or(at, |first| first.taken_at).max(at);
                moments.push(Moment {
                    at,
                    cart: *cart,
                    records,
                });
            }
        }
        moments.sort_by_key(|moment| (moment.at, moment.cart));
        moments
    }
}

/// A log that is being read.
#[derive(Default)]
struct Open {
    records: Vec<Record>,
    erased: u64,
    passed_over: u64,
    pruned: bool,
}

/// Whether a record is one that a cart can be given: what the edge notes by itself has no id.
fn is_playable(record: &Record) -> bool {
    record.id.is_some() || matches!(record.what, What::Page(_) | What::Revoked { .. })
}

/// Whether two records of one cart may have come in one request, in which the page goes first and the contact last.
fn come_together(one: &Record, next: &Record) -> bool {
    let alone =
        |record: &Record| matches!(record.what, What::ForkOrdered { .. } | What::Revoked { .. });
    one.taken_at == next.taken_at
        && !alone(one)
        && !alone(next)
        && !matches!(one.what, What::Identified { .. })
        && !matches!(next.what, What::Page(_))
}
