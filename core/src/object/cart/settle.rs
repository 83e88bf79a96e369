//! Who has to hear what, and who has heard it.

use super::{Cart, Commit, Effect, Identify, Reply};
use crate::cart::EventId;
use alloc::vec::Vec;

impl Cart {
    /// What others have to hear: the Shopper when something that it plans by has changed, the parent when this fork was bought.
    pub(super) fn owed(
        &mut self,
        identify: Option<Identify>,
        now: u64,
        push_every_ms: u64,
    ) -> Vec<Effect> {
        let mut effects = Vec::new();
        let slot = self.slot();
        let urgent = !self.unsettled.is_empty() || identify.is_some();
        if let Some(binding) = &mut self.binding {
            let open = binding.acknowledged < binding.pushed;
            let stale = slot.version > binding.pushed
                && now.saturating_sub(binding.pushed_at) >= push_every_ms;
            if urgent || open || stale {
                binding.pushed = slot.version;
                binding.pushed_at = now;
                effects.push(Effect::Push {
                    shopper: binding.shopper,
                    slot,
                    identify,
                });
            }
        }
        if let Some((parent, ordered)) = self
            .parent
            .as_ref()
            .and_then(|parent| Some((parent, parent.owes?)))
        {
            effects.push(Effect::TellParent {
                parent: parent.cart,
                ordered,
                dots: parent.dots.clone(),
                generation: parent.generation,
            });
        }
        effects
    }

    /// Tells again what is owed.
    pub(super) fn settle_now(&mut self, now: u64) -> Commit<Effect, Reply> {
        let effects = self.owed(None, now, 0);
        Commit {
            write: false,
            pages: Vec::new(),
            effects,
            reply: self.done(),
        }
    }

    /// Whether nobody has to hear anything any more.
    fn is_settled(&self) -> bool {
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
        self.unintroduced.retain(|id| Some(*id) != identified);
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
