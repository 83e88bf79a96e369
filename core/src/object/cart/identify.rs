//! Whom a cart speaks for, and what is said of it in one request.

use super::{Binding, Cart, Collect, Collected, Identify, Moment, Refusal};
use crate::log::{ConsentReceipt, What};

impl Collect {
    /// Takes one more contact that the same request brings: the last word counts, for a typing error that was put right is nobody's
    /// address.
    pub fn say(&mut self, mut found: Identify) {
        match self.identify.take() {
            None => {}
            // What the same person said before, and did not say anew, still holds.
            Some(earlier) if earlier.shopper == found.shopper => {
                self.refused.push((earlier.id, Refusal::Superseded));
                found.phone = found.phone.or(earlier.phone);
                found.consent = match (earlier.consent, found.consent) {
                    (Some(before), Some(said)) => Some(said.after(before)),
                    (before, said) => said.or(before),
                };
            }
            Some(earlier) => {
                let is_no = earlier
                    .consent
                    .as_ref()
                    .is_some_and(ConsentReceipt::says_no);
                let superseded = if is_no {
                    self.withdrawn.replace(earlier)
                } else {
                    Some(earlier)
                };
                let refused = superseded.map(|one| (one.id, Refusal::Superseded));
                self.refused.extend(refused);
            }
        }
        self.identify = Some(found);
    }
}

impl Cart {
    /// Of two contacts in one request the last counts. But a no of whom this cart speaks for does not get lost over it: the other
    /// one has to go on in a copy anyway.
    pub(super) fn who_speaks(
        &self,
        identify: Option<Identify>,
        withdrawn: Option<Identify>,
        answer: &mut Collected,
    ) -> Option<Identify> {
        let Some(no) = withdrawn else { return identify };
        let bound = self.binding.as_ref().map(|binding| binding.shopper);
        if bound == Some(no.shopper) {
            answer.rebind = identify.is_some();
            let other = identify.map(|other| (other.id, Refusal::BoundElsewhere));
            answer.refused.extend(other);
            return Some(no);
        }
        answer.refused.push((no.id, Refusal::Superseded));
        identify
    }

    pub(super) fn identify(
        &mut self,
        identify: Identify,
        now: u64,
        entropy: &[u8; 32],
        answer: &mut Collected,
    ) -> Option<Identify> {
        if self
            .binding
            .as_ref()
            .is_some_and(|binding| binding.shopper != identify.shopper)
        {
            answer.rebind = true;
            answer.refused.push((identify.id, Refusal::BoundElsewhere));
            return None;
        }
        if !self.state.has_seen(identify.id) {
            let what = What::Identified {
                shopper: identify.shopper,
                consent: identify.consent.clone(),
            };
            let moment = Moment::new(identify.at, now, entropy);
            if let Err(refusal) = self.take(identify.id, what, moment) {
                answer.refused.push((identify.id, refusal));
                return None;
            }
            self.binding.get_or_insert(Binding {
                shopper: identify.shopper,
                pushed: 0,
                pushed_at: 0,
                acknowledged: 0,
                looked: None,
            });
        }
        // A repeat brings the contact once more, which may not have arrived the first time; only the browser has it.
        if !self.unintroduced.contains(&identify.id) {
            self.unintroduced.push(identify.id);
        }
        answer.acked.push(identify.id);
        Some(identify)
    }
}
