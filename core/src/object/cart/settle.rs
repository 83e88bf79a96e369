//! Who has to hear what, and who has heard it.

use super::look::Cadence;
use super::{Cart, Commit, Effect, Identify, Reply};
use crate::cart::EventId;
use alloc::vec::Vec;

impl Cart {
    /// What others have to hear: the Shopper when something that it plans by has changed, the parent when this fork was bought.
    pub(super) fn owed(
        &mut self,
        identify: Option<Identify>,
        now: u64,
        cadence: Cadence,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        let version = self.log.seq();
        let urgent = !self.unsettled.is_empty() || identify.is_some();
        // Of a cart that holds nothing a Shopper needs to know what was looked at, once a visit, and at once: it may be the last
        // that is ever heard. Whatever else happens there is not worth its row.
        let waits_for_look = cadence.look_ms.is_some() && self.state.is_empty();
        let visit = self
            .visit_to_tell(cadence.look_ms)
            .filter(|_| waits_for_look);
        let due = self.binding.as_mut().filter(|binding| {
            let open = binding.acknowledged < binding.pushed;
            let stale = !waits_for_look
                && version > binding.pushed
                && now.saturating_sub(binding.pushed_at) >= cadence.every_ms;
            let looked = visit.is_some() && visit != binding.looked;
            urgent || open || stale || looked
        });
        if let Some(binding) = due {
            binding.pushed = version;
            binding.pushed_at = now;
            binding.looked = visit.or(binding.looked);
            let shopper = binding.shopper;
            effects.push(Effect::Push {
                shopper,
                slot: self.slot(),
                identify,
                named_at: self.belonging.named_at,
            });
        }
        if let Some((parent, owed)) = self
            .parent
            .as_ref()
            .and_then(|parent| Some((parent, parent.owes?)))
        {
            effects.push(Effect::TellParent {
                parent: parent.cart,
                origin: owed.origin,
                ordered: owed.ordered,
                dots: parent.dots.clone(),
                generation: parent.generation,
            });
        }
        effects
    }

    /// Tells again what is owed.
    pub(super) fn settle_now(&mut self, now: u64) -> Commit<Effect, Reply> {
        let effects = self.owed(None, now, Cadence::AT_ONCE);
        Commit {
            write: false,
            pages: Vec::new(),
            effects,
            reply: self.done(),
        }
    }

    /// Whether an event is not in force yet: an order before no message can follow it, a contact before it has arrived.
    pub(super) fn is_owed(&self, id: EventId) -> bool {
        self.unsettled.contains(&id) || self.is_unintroduced(id)
    }

    /// Whether a contact has not arrived at its Shopper.
    pub(super) fn is_unintroduced(&self, id: EventId) -> bool {
        self.unintroduced.iter().any(|known| known.id == id)
    }

    /// Whether nobody has to hear anything any more.
    pub(super) fn is_settled(&self) -> bool {
        let pushed = self
            .binding
            .as_ref()
            .is_none_or(|binding| binding.acknowledged >= binding.pushed);
        pushed
            && self
                .parent
                .as_ref()
                .is_none_or(|parent| parent.owes.is_none())
    }

    /// The Shopper has taken a slot, and the contact of the event `identified` with it. Only that proves that a contact has
    /// arrived: a slot that goes later carries none.
    pub(super) fn slot_taken(&mut self, version: u64, settled: bool, identified: Option<EventId>) {
        if let Some(binding) = self.binding.as_mut().filter(|_| settled) {
            binding.acknowledged = binding.acknowledged.max(version);
        }
        self.unintroduced
            .retain(|waiting| Some(waiting.by) != identified);
        self.settle();
    }

    pub(super) fn settle(&mut self) {
        if self.is_settled() {
            self.unsettled.clear();
        }
    }

    /// Whether nothing is owed to anybody.
    pub fn done(&self) -> Reply {
        Reply::Done {
            settled: self.is_settled(),
        }
    }
}
