//! Sums over steps: one side's, and both beside each other.

use super::ledger::{Fate, Name, Told};
use super::world::Played;
use crate::channel::Channel;
use crate::ids::ShopperId;
use crate::money::Money;
use crate::sequence::{Gives, Offer};
use alloc::{
    collections::{BTreeMap, BTreeSet},
    string::String,
    vec::Vec,
};
use serde::Serialize;

/// What became of some steps of one side.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Totals {
    /// Steps that came up: one for each shopper and conversation.
    pub steps: u64,
    /// Messages sent.
    pub sent: u64,
    /// Of them, those after the history's end.
    pub sent_after_end: u64,
    /// Shoppers who got at least one.
    pub shoppers: u64,
    /// Steps that were not sent, by reason.
    pub skipped: BTreeMap<String, u64>,
    /// How often a step was put off, by reason.
    pub put_off: BTreeMap<String, u64>,
    /// Steps that were not decided yet when the replay ended.
    pub waiting: u64,
    /// What was offered, by code.
    pub offers: Vec<OfferTotal>,
    /// Messages by channel.
    pub channels: BTreeMap<Channel, ChannelTotal>,
}

/// One offer, as often as it was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct OfferTotal {
    /// Which, and what it gives.
    #[serde(flatten)]
    pub offer: Offer,
    /// Messages that offered it.
    pub given: u64,
    /// Of them, those of which nobody knows what they cost: about a cart whose value is not known, or one that would be sent for nothing.
    pub unpriced: u64,
    /// What it takes off the others' carts, by currency, in its smallest unit; halves are rounded up, cart by cart.
    pub cost_minor: BTreeMap<String, u64>,
}

/// Messages of one channel.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct ChannelTotal {
    /// How many.
    pub sent: u64,
    /// What they cost, in millionths of the shop's currency; `None` where no price was given.
    pub cost_micro: Option<u64>,
}

/// Both sides, and what the edited one has more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Compared {
    /// As it is.
    pub now: Totals,
    /// As edited.
    pub edited: Totals,
    /// Edited less now.
    pub difference: Delta,
}

/// One step of one sequence on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct StepCompared {
    /// The sequence; `None` where none was chosen.
    pub sequence: Option<String>,
    /// The step, from 0.
    pub step: u8,
    /// Both sides.
    pub totals: Compared,
}

/// What the edited side has more; what is equal on both is left out of the maps.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Delta {
    /// Messages sent.
    pub sent: i64,
    /// Of them, those after the history's end.
    pub sent_after_end: i64,
    /// Shoppers who got at least one.
    pub shoppers: i64,
    /// Steps not sent, by reason.
    pub skipped: BTreeMap<String, i64>,
    /// Steps put off, by reason.
    pub put_off: BTreeMap<String, i64>,
    /// Offers given.
    pub offers: i64,
    /// What they take off, by currency.
    pub offer_cost_minor: BTreeMap<String, i64>,
    /// What messages cost, as far as prices were given.
    pub message_cost_micro: i64,
}

/// Totals in the making.
#[derive(Default)]
struct Count {
    totals: Totals,
    shoppers: BTreeSet<ShopperId>,
}

impl Count {
    fn take(&mut self, (shopper, ..): &Name, told: &Told, played: &Played) {
        let totals = &mut self.totals;
        more(&mut totals.steps, 1);
        for (code, count) in &told.put_off {
            more(totals.put_off.entry(code.clone()).or_default(), *count);
        }
        match told.fate {
            Fate::Waiting => more(&mut totals.waiting, 1),
            Fate::Skipped => more(totals.skipped.entry(told.code.clone()).or_default(), 1),
            Fate::Sent => {
                self.shoppers.insert(*shopper);
                more(&mut totals.sent, 1);
                if told.at > played.end {
                    more(&mut totals.sent_after_end, 1);
                }
                let channel = told.channel.unwrap_or(Channel::Email);
                let price = played.prices_micro.get(&channel);
                let of_channel = totals.channels.entry(channel).or_default();
                more(&mut of_channel.sent, 1);
                if let Some(price) = price {
                    more(of_channel.cost_micro.get_or_insert(0), *price);
                }
                totals.offer(told);
            }
        }
    }

    fn finish(mut self) -> Totals {
        self.totals.shoppers = u64::try_from(self.shoppers.len()).unwrap_or(u64::MAX);
        self.totals
    }
}

impl Totals {
    fn offer(&mut self, told: &Told) {
        let Some(offer) = &told.offer else { return };
        let order = |offer: &Offer| (offer.code.clone(), offer.gives.percent(), offer.brief());
        let place = self
            .offers
            .binary_search_by(|known| order(&known.offer).cmp(&order(offer)));
        let place = place.unwrap_or_else(|place| {
            let fresh = OfferTotal {
                offer: offer.clone(),
                given: 0,
                unpriced: 0,
                cost_minor: BTreeMap::new(),
            };
            self.offers.insert(place, fresh);
            place
        });
        let Some(total) = self.offers.get_mut(place) else {
            return;
        };
        more(&mut total.given, 1);
        match told.value.and_then(|value| cost(offer, value)) {
            None => more(&mut total.unpriced, 1),
            Some(cost) => {
                let code = String::from(cost.currency.0.code());
                more(total.cost_minor.entry(code).or_default(), cost.minor);
            }
        }
    }
}

/// What an offer takes off a cart of this value; `None` where that cannot be said.
fn cost(offer: &Offer, value: Money) -> Option<Money> {
    if let Some(least) = offer.minimum {
        if least.currency != value.currency {
            return None;
        }
        if value.minor < least.minor {
            return Some(Money { minor: 0, ..value });
        }
    }
    let minor = match offer.gives {
        Gives::Percent(percent) => {
            let share = value.minor.saturating_mul(u64::from(percent));
            share.saturating_add(50) / 100
        }
        Gives::Amount(off) if off.currency == value.currency => off.minor.min(value.minor),
        Gives::Amount(_) | Gives::FreeShipping => return None,
    };
    Some(Money { minor, ..value })
}

/// Both sides in total.
pub(super) fn total(now: &Played, edited: &Played) -> Compared {
    let count = |played: &Played| {
        let mut count = Count::default();
        for (name, told) in &played.ledger.steps {
            count.take(name, told, played);
        }
        count.finish()
    };
    Compared::of(count(now), count(edited))
}

/// Both sides by sequence and step.
pub(super) fn by_step(now: &Played, edited: &Played) -> Vec<StepCompared> {
    let mut steps: BTreeMap<(Option<String>, u8), (Count, Count)> = BTreeMap::new();
    for (name, told) in &now.ledger.steps {
        let pair = steps.entry((told.sequence.clone(), name.2)).or_default();
        pair.0.take(name, told, now);
    }
    for (name, told) in &edited.ledger.steps {
        let pair = steps.entry((told.sequence.clone(), name.2)).or_default();
        pair.1.take(name, told, edited);
    }
    steps
        .into_iter()
        .map(|((sequence, step), (now, edited))| StepCompared {
            sequence,
            step,
            totals: Compared::of(now.finish(), edited.finish()),
        })
        .collect()
}

impl Compared {
    fn of(now: Totals, edited: Totals) -> Self {
        let given = |totals: &Totals| totals.offers.iter().map(|offer| offer.given).sum();
        let difference = Delta {
            sent: less(edited.sent, now.sent),
            sent_after_end: less(edited.sent_after_end, now.sent_after_end),
            shoppers: less(edited.shoppers, now.shoppers),
            skipped: differing(&edited.skipped, &now.skipped),
            put_off: differing(&edited.put_off, &now.put_off),
            offers: less(given(&edited), given(&now)),
            offer_cost_minor: differing(&taken_off(&edited), &taken_off(&now)),
            message_cost_micro: less(paid(&edited), paid(&now)),
        };
        Self {
            now,
            edited,
            difference,
        }
    }
}

/// What all offers take off, by currency.
fn taken_off(totals: &Totals) -> BTreeMap<String, u64> {
    let mut sum = BTreeMap::new();
    for (code, minor) in totals.offers.iter().flat_map(|offer| &offer.cost_minor) {
        more(sum.entry(code.clone()).or_default(), *minor);
    }
    sum
}

fn paid(totals: &Totals) -> u64 {
    let costs = totals.channels.values().filter_map(|one| one.cost_micro);
    costs.fold(0, u64::saturating_add)
}

fn differing(
    more: &BTreeMap<String, u64>,
    less_than: &BTreeMap<String, u64>,
) -> BTreeMap<String, i64> {
    let of = |map: &BTreeMap<String, u64>, name: &str| map.get(name).copied().unwrap_or(0);
    more.keys()
        .chain(less_than.keys())
        .map(|name| (name.clone(), less(of(more, name), of(less_than, name))))
        .filter(|(_, difference)| *difference != 0)
        .collect()
}

fn less(one: u64, other: u64) -> i64 {
    let signed = |number: u64| i64::try_from(number).unwrap_or(i64::MAX);
    signed(one).saturating_sub(signed(other))
}

fn more(sum: &mut u64, number: u64) {
    *sum = sum.saturating_add(number);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_offer_costs_is_said_where_that_can_be_known() {
        let costs = |gives: &str, minor: u64, currency: &str| {
            let offer = serde_json::from_str(&alloc::format!(r#"{{"code":"A",{gives}}}"#)).unwrap();
            let currency = crate::money::Currency::parse(currency).unwrap();
            cost(&offer, Money { minor, currency }).map(|cost| cost.minor)
        };
        let five = r#""amount_minor":500,"currency":"EUR""#;
        let from = r#""amount_minor":500,"min_order_minor":5000,"currency":"EUR""#;
        let share = r#""percent":15,"min_order_minor":5000,"currency":"EUR""#;
        for (gives, minor, currency, expected) in [
            (r#""percent":10"#, 1_995, "EUR", Some(200)),
            (five, 1_995, "EUR", Some(500)),
            // No more than there is.
            (five, 300, "EUR", Some(300)),
            (five, 1_995, "USD", None),
            (from, 4_999, "EUR", Some(0)),
            (from, 5_000, "EUR", Some(500)),
            (share, 5_000, "EUR", Some(750)),
            (share, 5_000, "USD", None),
            (r#""free_shipping":true"#, 5_000, "EUR", None),
        ] {
            assert_eq!(costs(gives, minor, currency), expected, "{gives} {minor}");
        }
    }
}
