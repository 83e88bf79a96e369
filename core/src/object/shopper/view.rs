//! The shopper as a merchant sees it: without its contact.

use super::{Shopper, View, ViewDecision, ViewDelivery};
use crate::delivery::{Delivery, State};
use crate::sequence::Offer;
use alloc::{
    string::{String, ToString},
    vec::Vec,
};

impl Shopper {
    pub(super) fn view(&self, now: u64) -> View {
        View {
            shopper: self.id.to_string(),
            joined: self.joined().map(|id| id.to_string()).collect(),
            known: *self != Self::new(self.shop, self.id),
            deliveries: self.deliveries.iter().map(|one| self.shown(one)).collect(),
            upcoming: self.upcoming(),
            suppressed: self
                .suppressed(now)
                .map(|suppression| String::from(suppression.cause.code())),
            suppressions: self.shown_suppressions(now),
            consent_email: self.consent.to_email(),
            consent_sms: self.consent.to_sms(),
            consent_push: self.notifications.agreed() == Some(true),
            browsers: self.live_browsers(),
            refused: self.shown_refusals(),
            tier: self.tier(None).flatten().map(String::from),
            sequence: self.plan.as_ref().and_then(|plan| {
                let sequence = plan.sequence.as_ref()?;
                Some((String::from(sequence.id.as_str()), sequence.version))
            }),
            held_out: self.exposure.map(|exposure| exposure.held),
            counts: self
                .arms
                .list()
                .iter()
                .map(|one| one.assigned.to_string())
                .collect(),
            planned: self.plan.is_some(),
            next_wake_at: self.next_alarm(),
            answered: self.shown_answer(),
            consent_ads: self.errands.may_advertise(),
            audiences: self.shown_memberships(),
            alerts: self.shown_alerts(),
        }
    }

    fn shown(&self, delivery: &Delivery) -> ViewDelivery {
        let (trace, replays) = self.shown_afterwards(delivery.key);
        ViewDelivery {
            trace,
            replays,
            ..shown(delivery)
        }
    }
}

fn shown(delivery: &Delivery) -> ViewDelivery {
    let decisions: Vec<ViewDecision> = delivery
        .decisions
        .iter()
        .map(|decided| ViewDecision {
            at: decided.at,
            code: String::from(decided.code()),
            sentence: decided.sentence(),
            seen: decided.seen.clone(),
        })
        .collect();
    let (reason, sentence) = match &delivery.state {
        State::Skipped(skip) => {
            let told = decisions.last().filter(|told| told.code == skip.code());
            (
                Some(String::from(skip.code())),
                Some(told.map_or_else(
                    || String::from(skip.sentence()),
                    |told| told.sentence.clone(),
                )),
            )
        }
        State::Unknown { code } | State::DeadLettered { code } => (Some(code.clone()), None),
        _ => (None, None),
    };
    ViewDelivery {
        conversation: delivery.key.conversation,
        step: delivery.key.step,
        template: String::from(if delivery.key.is_recall() {
            ViewDelivery::RECALL
        } else {
            delivery.template.name()
        }),
        state: String::from(delivery.state.name()),
        due_at: delivery.due_at,
        attempts: delivery.attempts,
        crossed: matches!(delivery.state, State::Sent { crossed: true, .. }),
        offer: delivery.offer.as_ref().map(Offer::shown),
        channel: delivery.channel,
        reason,
        sentence,
        decisions,
        provider: delivery.provider.map(|carrier| carrier.name().into()),
        echo: delivery.echo,
        trace: None,
        replays: 0,
    }
}
