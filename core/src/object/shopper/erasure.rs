//! Erasure: a person is forgotten, by the shopper's own wish or the law's.
//!
//! Everything that says who they are goes in the step that takes it. What has to go out because of it is not lost over that: removals from
//! audiences know the digests that were given out, and a recall at a marketing platform has its receiver in its own bytes. Only these stay
//! until they have arrived, and [`Erasure::MAX_MS`] at most. Carts forget whose they were, and the desk what it knows, each told until it
//! has answered. What is left then is no contact: whether the person had objected to messages, which identities were one, and when they
//! were erased, so that what is told late, or twice, of the time before is known as such.

use super::{Cause, ChannelWord, Commit, Effect, Fact, Refused, Reply, Shopper, Suppression};
use crate::delivery::{DeliveryKey, Feedback, Skip};
use crate::ids::{CartId, ShopperId};
use alloc::{boxed::Box, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// How long others may be silent before they are told once more, ms; doubles up to [`TELL_MAX_MS`].
const TELL_MS: u64 = 30_000;
const TELL_MAX_MS: u64 = 600_000;

/// How much of an erasure the desk has taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) enum Told {
    #[default]
    Nothing,
    Begun,
    Ended,
}

/// That a person was erased, and what is still to be done because of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Erasure {
    /// When, epoch ms: nothing that was said until then counts.
    pub(super) at: u64,
    /// When nothing was left to be done, epoch ms.
    ended_at: Option<u64>,
    /// The last conversation of the person that was.
    pub(super) conversation: u16,
    /// The last fact that the desk may have of that person.
    pub(super) version: u64,
    /// Messages that were on their way, and recalls.
    open: Vec<DeliveryKey>,
    /// Carts that have yet to forget, with their objects' names.
    pub(super) carts: Vec<(CartId, String)>,
    pub(super) told: Told,
    pub(super) retry_at: u64,
    pub(super) tries: u32,
}

/// What others have to forget; answer with [`super::Input::Forgotten`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Forget {
    /// When the person was erased, epoch ms: the erasure's name.
    pub at: u64,
    /// When nothing was left to be done but to tell the desk of it, epoch ms.
    pub ended_at: Option<u64>,
    /// The person's identities.
    pub people: Vec<ShopperId>,
    /// The last fact that the desk may have of the person that was.
    pub version: u64,
    /// Carts, with their objects' names.
    pub carts: Vec<(CartId, String)>,
    /// Whether the desk has to be told as well.
    pub desk: bool,
}

/// An erasure as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewErasure {
    /// Who: the id alone is left.
    pub shopper: String,
    /// `erasing` or `erased`.
    pub state: String,
    /// When, epoch ms.
    pub at: u64,
    /// When nothing was left to be done, epoch ms.
    pub ended_at: Option<u64>,
    /// Messages and alerts on their way at this moment, and recalls that have not arrived.
    pub messages: usize,
    /// Audiences that have not confirmed a removal.
    pub audiences: usize,
    /// Carts that have yet to forget.
    pub carts: usize,
    /// Whether the desk has yet to forget.
    pub desk: bool,
    /// Whether an objection to messages is kept.
    pub objected: bool,
}

impl Erasure {
    /// For how long what has to go out keeps what it needs, ms: 30 days, within which the law wants it done. A merchant who has not
    /// mended a connection by then has to remove by hand.
    pub(super) const MAX_MS: u64 = 30 * 86_400_000;

    pub(super) fn is_open(&self) -> bool {
        self.ended_at.is_none()
    }

    pub(super) fn owes_others(&self) -> bool {
        !self.carts.is_empty() || self.owes_desk()
    }

    fn owes_desk(&self) -> bool {
        let wanted = if self.is_open() {
            Told::Begun
        } else {
            Told::Ended
        };
        self.told < wanted
    }
}

/// Whether the person has objected to messages by it, or a merchant may have written such a wish down.
fn is_objection(cause: Skip) -> bool {
    matches!(
        cause,
        Skip::Unsubscribed | Skip::Complained | Skip::OptedOut
    ) || cause == Cause::Withheld.skip()
}

impl Shopper {
    /// Forgets the person, unless that was done since `asked_at`, epoch ms: whoever asks twice does not erase who has come since.
    pub(super) fn erase(&mut self, asked_at: u64, now: u64) -> Commit<Effect, Reply> {
        let is_done = self.is_erased_since(asked_at.min(now));
        if !is_done {
            self.forget_person(now);
        }
        let mut commit = self.commit(!is_done, now, Reply::Done);
        commit.reply = self.shown_erasure().map_or(Reply::Done, Reply::Erasure);
        commit
    }

    /// Everything that says who it is goes now.
    pub(super) fn forget_person(&mut self, now: u64) {
        self.stop(Skip::Erased, now);
        // Of one that has ended as well: a cart of before may have told of itself since, and has yet to forget.
        let known = self.erasure.take();
        let mut carts = known.map_or(Vec::new(), |known| known.carts);
        carts.extend(self.bound_objects());
        let Self {
            shop,
            id,
            words,
            suppressions,
            conversation,
            stopped,
            mut deliveries,
            fact,
            reports,
            reported,
            armed_at,
            identity,
            mut afterwards,
            mut errands,
            reach,
            ..
        } = core::mem::replace(self, Self::new(self.shop, self.id));
        deliveries.retain(|delivery| !delivery.state.is_closed());
        let open: Vec<DeliveryKey> = deliveries.iter().map(|delivery| delivery.key).collect();
        afterwards.keep(&open);
        errands.leave(now);
        let objects = |one: &Suppression| one.holds_at(now) && is_objection(one.cause);
        let refuses = |word: &ChannelWord| word.refused.is_some_and(is_objection);
        let told = u64::try_from(reports.len()).unwrap_or(0);
        *self = Self {
            words: words.into_iter().filter(refuses).collect(),
            suppressions: suppressions.into_iter().filter(objects).collect(),
            // What is told late of an old message is not about a new one.
            conversation,
            stopped,
            deliveries,
            // What is told from here on is not what the desk has forgotten.
            fact: Fact {
                version: fact.version.saturating_add(1),
                acknowledged: fact.version.saturating_add(1),
                ..Fact::default()
            },
            reported: reported.saturating_add(told),
            armed_at,
            reach: reach.after(identity.joined.len()),
            identity,
            afterwards,
            errands,
            erasure: Some(Box::new(Erasure {
                at: now,
                ended_at: None,
                conversation,
                version: fact.version,
                open,
                carts,
                told: Told::Nothing,
                retry_at: 0,
                tries: 0,
            })),
            ..Self::new(shop, id)
        };
    }

    /// When the person was erased last, epoch ms.
    pub fn erased_at(&self) -> Option<u64> {
        self.erasure.as_ref().map(|known| known.at)
    }

    /// Whether an erasure is under way.
    pub(super) fn is_erasing(&self) -> bool {
        self.erasure.as_ref().is_some_and(|known| known.is_open())
    }

    /// Whether the desk has yet to forget: what it is told meanwhile it would take for the person that was.
    pub(super) fn desk_must_forget(&self) -> bool {
        self.erasure
            .as_ref()
            .is_some_and(|known| known.told == Told::Nothing)
    }

    /// Takes an objection to a message that is forgotten; `true` where it was one.
    pub(super) fn object_late(&mut self, key: DeliveryKey, feedback: Feedback, now: u64) -> bool {
        let known = self.erasure.as_ref();
        if known.is_none_or(|known| key.conversation > known.conversation) {
            return false;
        }
        match feedback {
            Feedback::Complained => self.suppress(Skip::Complained, None, now),
            Feedback::Unsubscribed => self.take_no(now),
            _ => false,
        }
    }

    /// Lets go of what has gone out; whether anything changed.
    pub(super) fn mind_erasure(&mut self, now: u64) -> bool {
        if !self.is_erasing() {
            return false;
        }
        let Some(mut known) = self.erasure.take() else {
            return false;
        };
        let is_open = |key: &DeliveryKey| {
            let delivery = self.delivery(*key);
            delivery.is_some_and(|delivery| !delivery.state.is_closed())
        };
        let before = known.open.clone();
        known.open.retain(is_open);
        let gone = |key: &DeliveryKey| before.contains(key) && !known.open.contains(key);
        self.deliveries.retain(|delivery| !gone(&delivery.key));
        let mut changed = known.open.len() < before.len();
        if now >= known.at.saturating_add(Erasure::MAX_MS) {
            changed |= self.give_up_leaving(now);
        }
        let carts = &self.carts;
        changed |= self.errands.forget_alerts(|cart| carts.contains_key(&cart));
        let is_done = known.open.is_empty()
            && self.alerts_on_their_way() == 0
            && known.carts.is_empty()
            && known.told >= Told::Begun
            && self.errands.leaving() == 0;
        if is_done {
            known.ended_at = Some(now);
            (known.retry_at, known.tries) = (0, 0);
            changed = true;
        }
        self.erasure = Some(known);
        changed
    }

    /// When an erasure has to be looked at, epoch ms.
    pub(super) fn forgets_at(&self) -> Option<u64> {
        let known = self.erasure.as_ref()?;
        let tells = known.owes_others().then_some(known.retry_at);
        let ends = self.is_erasing() && self.errands.leaving() > 0;
        let ends = ends.then(|| known.at.saturating_add(Erasure::MAX_MS));
        tells.into_iter().chain(ends).min()
    }

    /// Has others forget, where that is due.
    pub(super) fn have_forgotten(&mut self, now: u64) -> Option<Effect> {
        // The desk is told of those that were erased, and not of who was joined to them since.
        let joined = self.identity.joined.len();
        let desk = self.erasure.as_ref().is_some_and(|one| one.owes_desk());
        let of = if desk { self.reach.people() } else { joined };
        let people = [self.id].into_iter().chain(self.joined().take(of));
        let people: Vec<ShopperId> = people.collect();
        let known = self.erasure.as_mut()?;
        if !known.owes_others() || known.retry_at > now {
            return None;
        }
        let wait = TELL_MS.saturating_mul(1 << known.tries.min(10));
        known.retry_at = now.saturating_add(wait.min(TELL_MAX_MS));
        known.tries = known.tries.saturating_add(1);
        Some(Effect::Forget(Box::new(Forget {
            at: known.at,
            ended_at: known.ended_at,
            people,
            version: known.version,
            carts: known.carts.clone(),
            desk,
        })))
    }

    /// Others have forgotten: these carts, and the desk, where `desk` says so.
    pub(super) fn forgotten(
        &mut self,
        forget: &Forget,
        carts: &[CartId],
        desk: bool,
        now: u64,
    ) -> Commit<Effect, Reply> {
        let Some(known) = self.erasure.as_mut().filter(|known| known.at == forget.at) else {
            return Commit::read(Reply::Done);
        };
        known.carts.retain(|(cart, _)| !carts.contains(cart));
        if desk {
            known.told = known.told.max(match forget.ended_at {
                Some(_) => Told::Ended,
                None => Told::Begun,
            });
        }
        self.commit(true, now, Reply::Done)
    }

    pub(super) fn shown_erasure(&self) -> Option<ViewErasure> {
        let known = self.erasure.as_ref()?;
        Some(ViewErasure {
            shopper: alloc::format!("{}", self.id),
            state: String::from(if known.is_open() { "erasing" } else { "erased" }),
            at: known.at,
            ended_at: known.ended_at,
            messages: known.open.len().saturating_add(self.alerts_on_their_way()),
            audiences: self.errands.leaving(),
            carts: known.carts.len(),
            desk: known.told == Told::Nothing,
            objected: !self.suppressions.is_empty() || !self.words.is_empty(),
        })
    }

    /// An erasure waits for a join, and a join for an erasure: who is asked later comes again.
    pub(super) fn come_again() -> Commit<Effect, Reply> {
        Commit::read(Reply::Handing)
    }

    /// What is told of a message that nobody knows.
    pub(super) fn heard_of_forgotten(
        &mut self,
        key: DeliveryKey,
        feedback: Feedback,
        now: u64,
    ) -> Commit<Effect, Reply> {
        if self.object_late(key, feedback, now) {
            return self.commit(true, now, Reply::Done);
        }
        Commit::read(Reply::Refused(Refused::Closed))
    }
}
