//! The shopper as a merchant sees it: without its contact.

use super::{Shopper, ViewAlert, ViewErasure, ViewMembership, ViewRefusal, ViewSuppression};
use crate::channel::Channel;
use crate::delivery::{Delivery, Echo, State};
use crate::sequence::Offer;
use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use serde::{Deserialize, Serialize};

/// A shopper without its contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// The shopper's id: who speaks for all of its identities.
    pub shopper: String,
    /// The ids of its other identities.
    pub joined: Vec<String>,
    /// Whether anything is known of it.
    pub known: bool,
    /// What was or will be sent, oldest first.
    pub deliveries: Vec<ViewDelivery>,
    /// Steps of the plan that follow, if nothing changes.
    pub upcoming: Vec<ViewDelivery>,
    /// Why nothing is sent any more, or for now: of several causes the one that lasts longest.
    pub suppressed: Option<String>,
    /// All of them, the oldest first.
    pub suppressions: Vec<ViewSuppression>,
    /// Whether email is consented to.
    pub consent_email: bool,
    /// Whether text messages are consented to.
    pub consent_sms: bool,
    /// Whether notifications are consented to.
    pub consent_push: bool,
    /// How many browsers take notifications.
    pub browsers: usize,
    /// Channels that were left, or that do not reach the shopper.
    pub refused: Vec<ViewRefusal>,
    /// The customer's tier, as the shop has told it.
    pub tier: Option<String>,
    /// The sequence under way, with its version; `None` before one is chosen.
    pub sequence: Option<(String, u32)>,
    /// Whether the shopper counts as held out in what is measured; `None`: not counted.
    pub held_out: Option<bool>,
    /// What the shopper counts as in experiments and by flags, as `experiment/{id}/{design}/{arm}` or `flag/{id}/{share}/{arm}`.
    pub counts: Vec<String>,
    /// Whether a plan is under way.
    pub planned: bool,
    /// The next wake-up, epoch ms.
    pub next_wake_at: Option<u64>,
    /// What was answered to a survey last, and when, epoch ms.
    pub answered: Option<(String, u64)>,
    /// Whether the contact may be given to advertising services.
    pub consent_ads: bool,
    /// Audiences that the shopper is in, or on the way to or from.
    pub audiences: Vec<ViewMembership>,
    /// Alerts about the shopper's quotes.
    pub alerts: Vec<ViewAlert>,
    /// That the person was erased: what else stands here has come since, or is on its way out.
    pub erasure: Option<ViewErasure>,
}

/// A delivery as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewDelivery {
    /// Which conversation.
    pub conversation: u16,
    /// Which step.
    pub step: u8,
    /// Which message.
    pub template: String,
    /// Where it stands.
    pub state: String,
    /// When it is due, epoch ms.
    pub due_at: u64,
    /// Tries begun.
    pub attempts: u32,
    /// Accepted after a stop.
    pub crossed: bool,
    /// What it offers, once that is decided.
    pub offer: Option<Offer>,
    /// How it goes, once that is decided.
    pub channel: Option<Channel>,
    /// A stable code.
    pub reason: Option<String>,
    /// The reason in words.
    pub sentence: Option<String>,
    /// What was decided about it, the latest last.
    pub decisions: Vec<ViewDecision>,
    /// Who carries it, or did last.
    pub provider: Option<String>,
    /// What the provider told of it afterwards.
    pub echo: Echo,
    /// The trace of the cart that it is about.
    pub trace: Option<String>,
    /// How often it was tried again as a dead letter.
    pub replays: u8,
}

impl ViewDelivery {
    /// What a recall is shown as in place of a template.
    pub(super) const RECALL: &'static str = "recall";

    /// Whether it tells a marketing platform that nothing may follow, and is no message.
    pub fn is_recall(&self) -> bool {
        self.template == Self::RECALL
    }
}

/// A decision as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewDecision {
    /// When, epoch ms.
    pub at: u64,
    /// The stable code of its reason.
    pub code: String,
    /// The decision and what it saw, in plain words.
    pub sentence: String,
    /// What it saw alone; empty where the reason says all.
    pub seen: String,
}

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
            browsers: self.notifications.count(),
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
            erasure: self.shown_erasure(),
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
