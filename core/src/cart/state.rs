//! The state that a cart's operations fold into. The same code runs at the edge and in the browser.

use super::{Dot, EventId, Hlc, LineKey, Op, Quantity, Seen, SeenError, sorted::SortedMap};
use crate::bugs::{self, Bug};
use alloc::vec::Vec;

/// A cart's lines in the current epoch, and what it needs to refuse repeats and resurrections.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "edge", derive(serde::Serialize, serde::Deserialize))]
pub struct CartState {
    pub(super) epoch: u32,
    pub(super) seq: u64,
    /// The sequence number that began this epoch: a replica that stands before it needs the whole state.
    pub(super) floor: u64,
    pub(super) clock: Hlc,
    pub(super) entries: SortedMap<EventId, Entry>,
    pub(super) seen: Seen,
}

/// What is known of one add. Each part only grows, so parts may arrive in any order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "edge", derive(serde::Serialize, serde::Deserialize))]
pub struct Entry {
    /// How many epochs it was carried over.
    pub carry: u16,
    /// What was added; `None` until the add itself arrives.
    pub line: Option<LineKey>,
    /// The latest quantity, with its clock and the operation that set it (which breaks ties).
    pub qty: Option<(Hlc, EventId, Quantity)>,
    /// Removed, cleared or bought. Never undone.
    pub gone: bool,
    /// The sequence number of the last change to this entry.
    pub seq: u64,
}

/// One entry as it is told to a replica.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "edge", derive(serde::Serialize, serde::Deserialize))]
pub struct Change {
    /// The add's id; its carry is inside the entry.
    pub id: EventId,
    /// Its whole state.
    pub entry: Entry,
}

/// A line as a shopper sees it: all live adds of the same thing together.
#[derive(Clone, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "edge", derive(serde::Serialize, serde::Deserialize))]
pub struct LineView {
    /// What.
    pub line: LineKey,
    /// The sum over its dots, at most [`Quantity::MAX`].
    pub qty: u32,
    /// The live adds behind it, oldest id first.
    pub dots: Vec<Dot>,
}

/// What became of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Placed {
    /// The cart already holds as many adds as it may.
    #[error("the cart already holds {} lines", CartState::MAX_ENTRIES)]
    Full,
    /// The id cannot be remembered.
    #[error(transparent)]
    Unseen(#[from] SeenError),
}

impl CartState {
    /// Most adds, live or not, inside one epoch.
    pub const MAX_ENTRIES: usize = 1_000;

    /// The current epoch, from 0.
    pub fn epoch(&self) -> u32 {
        self.epoch
    }

    /// The last sequence number taken.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// The greatest clock seen; a replica ticks on from here.
    pub fn clock(&self) -> Hlc {
        self.clock
    }

    /// Whether the event `id` was taken.
    pub fn has_seen(&self, id: EventId) -> bool {
        self.seen.contains(id)
    }

    /// Takes an event that changes no line, as number `seq`.
    pub fn note(&mut self, id: EventId, seq: u64) -> Result<(), Placed> {
        self.seen.insert(id)?;
        self.seq = seq;
        Ok(())
    }

    /// Takes an operation as number `seq`. On `Err` nothing has changed. Repeats must be kept out with
    /// [`Self::has_seen`]; taking one twice is harmless all the same.
    pub fn place(&mut self, id: EventId, op: &Op, seq: u64) -> Result<(), Placed> {
        let fresh = match op {
            Op::Add { .. } => usize::from(!self.entries.contains_key(&id)),
            Op::Set { dot, .. } => usize::from(self.is_unknown(dot.id)),
            Op::Remove { dots } | Op::Close { dots } => {
                dots.iter().filter(|dot| self.is_unknown(dot.id)).count()
            }
        };
        if fresh > 0 && self.entries.len().saturating_add(fresh) > Self::MAX_ENTRIES {
            return Err(Placed::Full);
        }
        self.seen.insert(id)?;
        self.seq = seq;
        match op {
            Op::Add {
                epoch,
                clock,
                line,
                qty,
            } => self.add(id, *epoch, *clock, line, *qty),
            Op::Set { clock, dot, qty } => self.set(id, *clock, *dot, *qty),
            Op::Remove { dots } => self.remove(dots),
            Op::Close { dots } => self.close(dots),
        }
        Ok(())
    }

    /// Takes an order as number `seq`: ends the epoch, covering `dots`. An order never fails: where there is no room left, adds
    /// that have not arrived are not waited for, and many more ids are remembered than of other events.
    pub fn order(&mut self, id: EventId, dots: &[Dot], seq: u64) {
        let mut room = Self::MAX_ENTRIES.saturating_sub(self.entries.len());
        let known = |dot: &&Dot| {
            let fits = !self.is_unknown(dot.id) || room > 0;
            room = room.saturating_sub(usize::from(self.is_unknown(dot.id)));
            fits
        };
        let dots: Vec<Dot> = dots.iter().filter(known).copied().collect();
        // One that cannot even so be remembered ends an epoch again when it is repeated, which harms nobody.
        let _ = self.seen.insert_order(id);
        self.seq = seq;
        self.close(&dots);
    }

    /// Whether `id` is an add that this epoch holds, live or not.
    pub fn knows(&self, id: EventId) -> bool {
        self.entries
            .get(&id)
            .is_some_and(|entry| entry.line.is_some())
    }

    /// Every add that this epoch holds, live or not, in the order of their ids.
    pub fn entries(&self) -> impl ExactSizeIterator<Item = (EventId, &Entry)> {
        self.entries.iter().map(|(id, entry)| (*id, entry))
    }

    /// Whether nothing has ever happened to its lines, nor was tried.
    pub fn is_pristine(&self) -> bool {
        self.epoch == 0 && self.entries.len() == 0 && self.clock == Hlc::default()
    }

    /// Takes everything that `id`'s journal wrote before it as seen. A page places on its base only what the edge has not
    /// acknowledged, so its view begins in the middle of a journal and must not count what is before it as gaps.
    pub fn skip_to(&mut self, id: EventId) {
        self.seen.skip_to(id);
    }

    /// The live lines, in the order of their keys.
    pub fn lines(&self) -> Vec<LineView> {
        let mut by_line: SortedMap<&LineKey, (u32, Vec<Dot>)> = SortedMap::default();
        for (id, entry) in self.entries.iter() {
            if let (Some(line), Some((_, _, qty)), false) = (&entry.line, entry.qty, entry.gone) {
                let view = by_line.get_or_default(line);
                view.0 = view.0.saturating_add(qty.get()).min(Quantity::MAX);
                view.1.push(Dot {
                    id: *id,
                    carry: entry.carry,
                });
            }
        }
        by_line
            .into_iter()
            .map(|(line, (qty, dots))| LineView {
                line: line.clone(),
                qty,
                dots,
            })
            .collect()
    }

    /// Whether no line is live.
    pub fn is_empty(&self) -> bool {
        !self.entries.iter().any(|(_, entry)| entry.is_live())
    }

    /// What a replica that stands at `after` has to learn: `(true, everything live)` when it stands before this epoch
    /// or claims a future, else `(false, what changed since)`.
    pub fn changes_after(&self, after: u64) -> (bool, Vec<Change>) {
        let full = after < self.floor || after > self.seq || after == 0;
        let wanted = |entry: &Entry| {
            if full {
                entry.is_live()
            } else {
                entry.seq > after && (entry.line.is_some() || entry.gone)
            }
        };
        let changes = self.entries.iter().filter(|(_, entry)| wanted(entry));
        (
            full,
            changes
                .map(|(id, entry)| Change {
                    id: *id,
                    entry: entry.clone(),
                })
                .collect(),
        )
    }

    /// Brings a replica's base to the edge's state: the counterpart of [`Self::changes_after`].
    pub fn learn(&mut self, epoch: u32, seq: u64, clock: Hlc, full: bool, changes: Vec<Change>) {
        if full {
            self.entries.clear();
        }
        self.epoch = epoch;
        self.seq = seq;
        self.clock = self.clock.max(clock);
        for change in changes {
            *self.entries.get_or_default(change.id) = change.entry;
        }
    }

    fn add(&mut self, id: EventId, epoch: u32, clock: Hlc, line: &LineKey, qty: Quantity) {
        let late = u16::from(epoch < self.epoch);
        let seq = self.seq;
        self.clock = self.clock.max(clock);
        let entry = self.entries.get_or_default(id);
        entry.line.get_or_insert_with(|| line.clone());
        entry.carry = entry.carry.max(late);
        entry.qty = entry.qty.max(Some((clock, id, qty)));
        entry.seq = seq;
    }

    fn set(&mut self, id: EventId, clock: Hlc, dot: Dot, qty: Quantity) {
        self.clock = self.clock.max(clock);
        let seq = self.seq;
        if let Some(entry) = self.known_or_awaited(dot.id) {
            entry.qty = entry.qty.max(Some((clock, id, qty)));
            entry.seq = seq;
        }
    }

    fn remove(&mut self, dots: &[Dot]) {
        let seq = self.seq;
        for dot in dots {
            if let Some(entry) = self.known_or_awaited(dot.id) {
                entry.gone = true;
                entry.seq = seq;
            }
        }
    }

    /// Adds that `dots` does not cover go over into the next epoch under a derived dot. What is gone is forgotten, except
    /// where its add has not arrived yet: it must find itself gone when it does.
    fn close(&mut self, dots: &[Dot]) {
        let awaits = |entry: &Entry| entry.line.is_none() && !bugs::is(Bug::ResurrectedLine);
        self.remove(dots);
        self.epoch = self.epoch.saturating_add(1);
        self.floor = self.seq;
        let seq = self.seq;
        self.entries.retain(|_, entry| !entry.gone || awaits(entry));
        for entry in self.entries.values_mut() {
            entry.carry = entry.carry.saturating_add(1);
            entry.seq = seq;
        }
    }

    /// The entry of an add, created for one that has not arrived; `None` for one that came and is forgotten.
    fn known_or_awaited(&mut self, id: EventId) -> Option<&mut Entry> {
        if self.is_forgotten(id) {
            None
        } else {
            Some(self.entries.get_or_default(id))
        }
    }

    fn is_forgotten(&self, id: EventId) -> bool {
        self.seen.contains(id) && !self.entries.contains_key(&id)
    }

    fn is_unknown(&self, id: EventId) -> bool {
        !self.seen.contains(id) && !self.entries.contains_key(&id)
    }
}

impl Entry {
    /// Whether a shopper sees it.
    pub fn is_live(&self) -> bool {
        self.line.is_some() && !self.gone
    }
}
