//! The winner's side of a join: one person's identities add up.

use super::erasure::Erasure;
use super::join::{Identity, Joined, Over, Phase, raised_key};
use super::recall::Former;
use super::telephone::Telephone;
use super::{Commit, Effect, Exposure, Input, PlanSettings, Refused, Reply, Shopper};
use crate::bugs::{self, Bug};
use crate::calendar::Caps;
use crate::delivery::{Delivery, Skip, State};
use alloc::{boxed::Box, vec::Vec};

/// What a Shopper takes another one in with.
#[derive(Debug)]
pub struct Adoption<'a> {
    /// The other one, as it handed itself over.
    pub loser: Box<Shopper>,
    /// What a plan would be made from.
    pub settings: &'a PlanSettings,
    /// Whether the holdout's draw of the winner's own identity holds it out, see [`crate::experiment::Standing`].
    pub counts_as_held: bool,
    /// The share of that draw, basis points.
    pub holdout_bp: u16,
}

impl Shopper {
    /// Takes another identity of the same person in; once, however often it is handed over.
    pub fn adopt(&mut self, adoption: Adoption<'_>, now: u64) -> Commit<Effect, Reply> {
        let Adoption {
            loser,
            settings,
            counts_as_held,
            holdout_bp,
        } = adoption;
        let known = self.identity.joined.iter();
        let known = known.clone().find(|joined| joined.id == loser.id).copied();
        if let Some(joined) = known.filter(|_| !bugs::is(Bug::HandedOverTwice)) {
            return Commit::read(self.taken_in(joined.shift, now));
        }
        match self.identity.over {
            Some(Over { winner, phase }) if phase != Phase::Settling => {
                return Commit::read(Reply::Elsewhere {
                    shopper: winner,
                    input: Box::new(Input::Adopt(loser)),
                });
            }
            _ => {}
        }
        if loser.shop != self.shop || loser.id <= self.id {
            return Commit::read(Reply::Refused(Refused::Closed));
        }
        let shift = self.conversation;
        let is_erased = self.reaches(&loser);
        self.merge(*loser, shift, (counts_as_held, holdout_bp), now);
        if is_erased {
            // It is the same person, and was known to be when that one was erased.
            self.forget_person(now);
        }
        self.replan(settings, now);
        let reply = self.taken_in(shift, now);
        self.commit(true, now, reply)
    }

    fn taken_in(&self, shift: u16, now: u64) -> Reply {
        Reply::Adopted {
            by: self.id,
            shift,
            settled: self.live_lease(now).is_none(),
        }
    }

    /// Adds up what two identities know. Every field is named here: one that comes later does not compile until somebody has
    /// thought of what it means for one person.
    fn merge(&mut self, loser: Self, shift: u16, drawn: (bool, u16), now: u64) {
        let whole = (self.whole_at(), loser.whole_at());
        // Before either knows the other's contact.
        let mut vouched = self.vouched();
        vouched.extend(loser.vouched());
        let Self {
            shop: _,
            id,
            email,
            phone,
            consent,
            words,
            carts,
            suppressions,
            purchases,
            sent,
            activity,
            exposure,
            arms,
            conversation,
            plan: _,
            stopped: _,
            deliveries,
            fact: _,
            reports: _,
            reported: _,
            armed_at: _,
            customer,
            tidings,
            watches,
            texts,
            answered,
            identity: Identity { joined, over: _ },
            afterwards,
            errands,
            notifications,
            erasure,
            browsers,
            reach: _,
            vouching: _,
        } = loser;
        let former = Former {
            shift,
            email: email.clone(),
            phone: phone.as_ref().map(|phone| phone.number().clone()),
        };
        // A server says that both are one person, so it vouches for both.
        self.vouching.confirm();
        // Whom the winner is named after stays first.
        self.email = self.email.take().or(email);
        self.phone = Telephone::join(self.phone.take(), phone);
        self.consent.join(consent);
        self.join_words(words);
        self.errands.join(errands, now);
        self.join_browsers(notifications, browsers, vouched, now);
        self.erasure = Erasure::join(self.erasure.take(), erasure, shift);
        self.reach.join(self.erasure.is_some(), whole);
        self.activity = self.activity.better_known(activity);
        self.conversation = self.conversation.saturating_add(conversation);
        for (cart, mut bound) in carts {
            match self.carts.get(&cart) {
                Some(known) if known.slot.version >= bound.slot.version => {}
                known => {
                    let conversed = known.and_then(|known| known.conversed);
                    let looked = known.and_then(|known| known.looked);
                    bound.conversed = bound.conversed.max(conversed);
                    bound.looked = bound.looked.max(looked);
                    self.carts.insert(cart, bound);
                }
            }
        }
        while self.carts.len() > Self::MAX_CARTS {
            self.forget_a_cart();
        }
        self.watches |= watches;
        self.texts |= texts;
        self.join_tidings(tidings);
        self.forget_tidings();
        self.join_answer(answered, |key| raised_key(key, shift));
        self.afterwards
            .join(afterwards, |key| raised_key(key, shift));
        self.customer = match (self.customer.take(), customer) {
            (Some(own), Some(other)) => Some(own.join(other)),
            (own, other) => own.or(other),
        };
        self.sent.extend(sent);
        self.sent.sort_by_key(|sent| sent.at);
        let since = now.saturating_sub(Caps::MAX_WINDOW_MS);
        self.sent.retain(|sent| sent.at >= since);
        let excess = self.sent.len().saturating_sub(Self::MAX_SENT);
        self.sent.drain(..excess);
        // The loser's history is the first to be forgotten where there is no room.
        let own = core::mem::take(&mut self.deliveries);
        let history = deliveries.into_iter().map(|delivery| Delivery {
            key: raised_key(delivery.key, shift),
            state: closed(delivery.state),
            ..delivery
        });
        self.deliveries = history.chain(own).collect();
        let raised = |joined: Joined| Joined {
            shift: joined.shift.saturating_add(shift),
            ..joined
        };
        let others = joined.into_iter().map(raised);
        self.identity.joined.push(Joined { id, shift });
        self.identity.joined.extend(others);

        self.exposure = joint_exposure(self.exposure, exposure, drawn);
        self.arms.join(&arms);
        self.purchases.join(purchases);
        // What either has bought counts for what the other one was shown.
        for at in self.purchases.iter().collect::<Vec<_>>() {
            self.note_conversion(at);
        }
        self.end_ordered(now);
        self.recall_again(&former, now);
        for suppression in suppressions.iter().filter(|one| one.holds_at(now)) {
            self.suppress(suppression.cause, suppression.until, now);
        }
    }
}

/// The first decision that counted for either identity, in the arm of the canonical one's own draw.
fn joint_exposure(
    own: Option<Exposure>,
    other: Option<Exposure>,
    drawn: (bool, u16),
) -> Option<Exposure> {
    let at = [own, other].into_iter().flatten().map(|one| one.at).min()?;
    let conversions = [own, other].into_iter().flatten();
    let (held, share_bp) = own.map_or(drawn, |own| (own.held, own.share_bp));
    Some(Exposure {
        at,
        held,
        share_bp,
        converted_at: conversions.filter_map(|one| one.converted_at).min(),
    })
}

/// A loser hands nothing over that is not closed; only a deliberate bug does.
fn closed(state: State) -> State {
    if state.is_closed() {
        state
    } else {
        State::Skipped(Skip::Joined)
    }
}
