//! What a Shopper owes the Shop's desk: when to look for it, what it counts as, and what became of messages.

use super::{Effect, Exposure, Reply, Shopper};
use crate::bugs::{self, Bug};
use crate::flood::{Limited, Network};
use crate::news::Marks;
use crate::object::Commit;
use alloc::{vec, vec::Vec};
use serde::{Deserialize, Serialize};

/// The next wake-up as the desk knows it, so that a sweep knows where to look for a lost alarm.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Fact {
    pub(super) version: u64,
    pub(super) next_at: Option<u64>,
    pub(super) exposure: Option<Exposure>,
    /// How often [`Shopper::arms`] had changed.
    pub(super) arms: u32,
    pub(super) acknowledged: u64,
    pub(super) retry_at: u64,
    pub(super) watched: Marks,
}

impl Shopper {
    /// The desk has taken what it was told.
    pub(super) fn fact_taken(
        &mut self,
        version: u64,
        reported: u64,
        limited: Option<Limited>,
    ) -> Commit<Effect, Reply> {
        let is_limited = self.note_limited(version, limited);
        self.fact.acknowledged = self.fact.acknowledged.max(version);
        if self.fact.acknowledged == self.fact.version {
            // What is told next is told at once; only what fails again is waited for.
            self.fact.retry_at = 0;
        }
        let told = usize::try_from(reported.saturating_sub(self.reported)).unwrap_or(0);
        let drained = self.reports.len().min(told);
        self.reports.drain(..drained);
        self.reported = self.reported.max(reported);
        Commit {
            write: drained > 0 || is_limited,
            pages: vec![],
            effects: vec![],
            reply: Reply::Done,
        }
    }

    /// The desk was not there: it is told again later, also which network has brought the contact, where it was to hear that.
    pub(super) fn fact_lost(
        &mut self,
        brought_by: Option<Network>,
        now: u64,
    ) -> Commit<Effect, Reply> {
        self.fact.retry_at = now.saturating_add(60_000);
        let write = self.vouching.not_told(brought_by);
        if bugs::is(Bug::LostOutboxRow) {
            self.reports.clear();
        }
        Commit {
            write,
            ..Commit::read(Reply::Done)
        }
    }

    /// Ends a step: writes down when the desk has to look for this shopper, and what it has to hear.
    pub(super) fn commit(
        &mut self,
        changed: bool,
        now: u64,
        reply: Reply,
    ) -> Commit<Effect, Reply> {
        let changed = self.mind_errands(now) || changed;
        let changed = self.mind_erasure(now) || changed;
        self.withdraw_questions(now);
        self.forget_old_deliveries();
        self.look_back(now);
        let begins_handing = self.begin_handing(now);
        let forget = self.have_forgotten(now);
        let changed = changed || forget.is_some();
        // Until the desk has forgotten, it would take what it is told for the person that was.
        let may_tell = !self.desk_must_forget();
        let next = self.next_alarm();
        // A later wake-up need not be told before the one that was told has come: a sweep that looks too early finds a shopper with
        // nothing to do. And what is on its way is told when it has arrived: until then the sweep looks often enough, because
        // what was told has come.
        let told = self.fact.next_at;
        let earlier = told.is_none() && next.is_some()
            || told.zip(next).is_some_and(|(told, next)| next < told);
        let over = told.is_some() && next.is_none();
        let outdated = told != next && told.is_some_and(|told| told <= now);
        let rests = !self.is_on_its_way();
        // One variant that is not watched any more costs nothing but a question too many.
        let watched = self.watched();
        let unwatched = watched.is_empty() && !self.fact.watched.is_empty();
        let counts_differ =
            self.fact.exposure != self.exposure || self.fact.arms != self.arms.changes();
        // Whoever has a cart can be found in the desk's list, also where there is nothing to plan.
        let unheard_of = self.fact.version == 0 && !self.carts.is_empty();
        let brought_by = self.vouching.untold(now);
        let tell = changed && (earlier || unheard_of || rests && over || brought_by.is_some())
            || rests && (outdated || counts_differ)
            || unwatched
            || !self.fact.watched.cover(&watched);
        if tell && may_tell {
            self.fact.watched = watched;
            self.fact.next_at = next;
            self.fact.exposure = self.exposure;
            self.fact.arms = self.arms.changes();
            self.fact.version = self.fact.version.saturating_add(1);
        }
        let mut effects: Vec<Effect> = forget.into_iter().collect();
        if begins_handing {
            effects.extend(self.hand_over());
        }
        let owes = self.fact.acknowledged < self.fact.version || !self.reports.is_empty();
        let tells_network = owes && may_tell && brought_by.is_some();
        if owes && may_tell {
            self.vouching.tell();
            effects.push(Effect::TellDesk {
                version: self.fact.version,
                next_at: self.fact.next_at,
                exposure: self.fact.exposure,
                watched: self.fact.watched.clone(),
                arms: self.arms.list().to_vec(),
                brought_by,
                reports: self.reports.clone(),
                reported: self
                    .reported
                    .saturating_add(u64::try_from(self.reports.len()).unwrap_or(0)),
            });
        }
        Commit {
            write: changed || tell || begins_handing || tells_network,
            pages: vec![],
            effects,
            reply,
        }
    }
}
