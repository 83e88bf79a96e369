//! What became of every step on one side.

use crate::channel::Channel;
use crate::delivery::{DeliveryKey, Skip};
use crate::ids::ShopperId;
use crate::money::Money;
use crate::object::shopper::{View, ViewDelivery};
use crate::sequence::Offer;
use crate::shop::ShopConfig;
use alloc::{collections::BTreeMap, string::String};

/// Who, which conversation with them, which step of it.
pub(super) type Name = (ShopperId, u16, u8);

/// How a step ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    Sent,
    Skipped,
    /// It has not.
    Waiting,
}

/// One step.
#[derive(Clone, Debug)]
pub(super) struct Told {
    /// The sequence's id, as far as one was chosen or there is only one.
    pub sequence: Option<String>,
    pub template: String,
    pub fate: Fate,
    /// When it was decided; for one that waits, when it is due, epoch ms.
    pub at: u64,
    pub code: String,
    pub sentence: String,
    pub offer: Option<Offer>,
    pub channel: Option<Channel>,
    /// What the cart that it is about was worth then.
    pub value: Option<Money>,
    /// How often it was put off, by reason.
    pub put_off: BTreeMap<String, u64>,
}

/// All steps of one side.
#[derive(Clone, Debug, Default)]
pub(super) struct Ledger {
    pub steps: BTreeMap<Name, Told>,
    /// The shop's sequence, where it has only one.
    only: Option<String>,
}

impl Ledger {
    pub fn new(config: &ShopConfig) -> Self {
        let only = match config.sequences.as_slice() {
            [one] => Some(String::from(one.id.as_str())),
            _ => None,
        };
        Self {
            steps: BTreeMap::new(),
            only,
        }
    }

    /// Looks at a shopper after something has happened to them at `now`.
    pub fn look(&mut self, shopper: ShopperId, view: &View, now: u64) {
        let current = view.deliveries.iter().map(|one| one.conversation).max();
        for delivery in view.deliveries.iter().filter(|one| !one.is_recall()) {
            let told = self.step(shopper, delivery);
            if told.sequence.is_none() && Some(delivery.conversation) == current {
                told.sequence = view.sequence.as_ref().map(|(id, _)| id.clone());
            }
            if told.fate != Fate::Waiting {
                continue;
            }
            told.template.clone_from(&delivery.template);
            told.at = delivery.due_at;
            if let Some(last) = delivery.decisions.last() {
                told.code.clone_from(&last.code);
                told.sentence.clone_from(&last.sentence);
            }
            if let (Some(code), Some(sentence)) = (&delivery.reason, &delivery.sentence) {
                told.fate = Fate::Skipped;
                told.at = now;
                told.code.clone_from(code);
                told.sentence.clone_from(sentence);
                if code == Skip::NoSequence.code() {
                    told.sequence = None;
                }
            }
        }
    }

    /// A message has gone out at `now`, about a cart of this worth.
    pub fn sent(
        &mut self,
        shopper: ShopperId,
        delivery: &ViewDelivery,
        value: Option<Money>,
        now: u64,
    ) {
        let told = self.step(shopper, delivery);
        told.fate = Fate::Sent;
        told.at = now;
        told.template.clone_from(&delivery.template);
        told.offer = delivery.offer.as_ref().map(Offer::for_all);
        told.channel = delivery.channel;
        told.value = value;
        if let Some(last) = delivery.decisions.last() {
            told.code.clone_from(&last.code);
            told.sentence.clone_from(&last.sentence);
        }
    }

    /// A message was put off.
    pub fn put_off(&mut self, shopper: ShopperId, delivery: &ViewDelivery, code: &str) {
        let count = self
            .step(shopper, delivery)
            .put_off
            .entry(String::from(code))
            .or_default();
        *count = count.saturating_add(1);
    }

    fn step(&mut self, shopper: ShopperId, delivery: &ViewDelivery) -> &mut Told {
        self.steps
            .entry((shopper, delivery.conversation, delivery.step))
            .or_insert_with(|| Told {
                sequence: self.only.clone(),
                template: String::new(),
                fate: Fate::Waiting,
                at: delivery.due_at,
                code: String::from("waiting"),
                sentence: String::from("Not decided yet, because it is not due yet."),
                offer: None,
                channel: None,
                value: None,
                put_off: BTreeMap::new(),
            })
    }
}

/// A delivery by its name.
pub(super) fn find(view: &View, key: DeliveryKey) -> Option<&ViewDelivery> {
    view.deliveries
        .iter()
        .find(|one| one.conversation == key.conversation && one.step == key.step)
}
