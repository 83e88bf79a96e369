//! What one variant has cost lately: what a message may call cheaper than when it was left.

use crate::calendar::DAY_MS;
use crate::money::{Currency, Money};
use alloc::{vec, vec::Vec};
use serde::{Deserialize, Serialize};

/// From when on a variant cost so much, oldest first. Where a shop changes a price more often than is kept, the oldest two are one
/// that says the lower price: what is said of any moment is never more than it was, so that no fall is told too great.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Prices {
    currency: Currency,
    /// Epoch ms, and the price in the smallest unit of the currency.
    steps: Vec<(u64, u64)>,
}

impl Prices {
    /// What a price is remembered for, ms: 60 days. A cart that was left longer ago is not written about because of news.
    pub const REACH_MS: u64 = 60 * DAY_MS;
    /// Most steps that are kept.
    const MAX: usize = 8;

    /// Of a variant that nobody had heard of before `now`, epoch ms.
    pub fn new(price: Money, now: u64) -> Self {
        Self {
            currency: price.currency,
            steps: vec![(now, price.minor)],
        }
    }

    /// It costs so much from `now` on. Another currency begins anew.
    pub fn note(&mut self, price: Money, now: u64) {
        if price.currency != self.currency {
            *self = Self::new(price, now);
            return;
        }
        if self
            .steps
            .last()
            .is_some_and(|(_, last)| *last == price.minor)
        {
            return;
        }
        self.steps.push((now, price.minor));
        let begin = now.saturating_sub(Self::REACH_MS);
        let over = self.steps.iter().skip(1);
        let over = over.take_while(|(since, _)| *since <= begin).count();
        self.steps.drain(..over);
        if self.steps.len() > Self::MAX
            && let Some((_, oldest)) = self.steps.first().copied()
        {
            let since = self.steps.remove(0).0;
            if let Some(first) = self.steps.first_mut() {
                *first = (since, first.1.min(oldest));
            }
        }
    }

    /// The price now.
    pub fn last(&self) -> Option<Money> {
        self.steps.last().map(|(_, minor)| self.money(*minor))
    }

    /// At least so much it cost at a time, epoch ms; `None` before anything was known.
    pub fn at(&self, time: u64) -> Option<Money> {
        let mut steps = self.steps.iter().rev();
        let step = steps.find(|(since, _)| *since <= time)?;
        Some(self.money(step.1))
    }

    /// The highest that is remembered.
    pub fn highest(&self) -> Option<Money> {
        let highest = self.steps.iter().map(|(_, minor)| *minor).max()?;
        Some(self.money(highest))
    }

    fn money(&self, minor: u64) -> Money {
        Money {
            minor,
            currency: self.currency,
        }
    }
}

/// By how much a price fell, whole percent, rounded down; `None` where it did not.
pub fn fall_percent(from: Money, to: Money) -> Option<u8> {
    if from.currency != to.currency || to.minor >= from.minor {
        return None;
    }
    let fall = u128::from(from.minor.saturating_sub(to.minor)).saturating_mul(100);
    u8::try_from(fall.checked_div(u128::from(from.minor))?).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn euros(minor: u64) -> Money {
        Money {
            minor,
            currency: Currency::parse("EUR").unwrap(),
        }
    }

    #[test]
    fn a_price_is_known_for_the_time_at_which_it_was_so() {
        let mut prices = Prices::new(euros(1_000), 10);
        prices.note(euros(1_000), 15);
        prices.note(euros(1_500), 20);
        prices.note(euros(1_400), 30);
        let at = |time| prices.at(time).map(|price| price.minor);
        assert_eq!(
            [9, 10, 19, 20, 29, 30, 99].map(at),
            [
                None,
                Some(1_000),
                Some(1_000),
                Some(1_500),
                Some(1_500),
                Some(1_400),
                Some(1_400)
            ]
        );
        assert_eq!(prices.last(), Some(euros(1_400)));
        assert_eq!(prices.highest(), Some(euros(1_500)));
    }

    #[test]
    fn what_is_over_for_long_is_forgotten_and_another_currency_begins_anew() {
        let mut prices = Prices::new(euros(2_000), 0);
        prices.note(euros(1_000), DAY_MS);
        let late = DAY_MS + Prices::REACH_MS;
        prices.note(euros(900), late);
        assert_eq!(prices.highest(), Some(euros(1_000)));
        assert_eq!(prices.at(0), None);
        let crowns = Money {
            currency: Currency::parse("SEK").unwrap(),
            ..euros(500)
        };
        prices.note(crowns, late + 1);
        assert_eq!(prices.highest(), Some(crowns));
        assert_eq!(prices.at(late), None);
    }

    #[test]
    fn a_fall_is_rounded_down() {
        assert_eq!(fall_percent(euros(3), euros(2)), Some(33));
        assert_eq!(fall_percent(euros(3), euros(0)), Some(100));
        assert_eq!(fall_percent(euros(3), euros(3)), None);
        assert_eq!(fall_percent(euros(u64::MAX), euros(1)), Some(99));
    }

    proptest! {
        /// However often a price changes, nothing is said to have cost more than it did, and what is kept stays small.
        #[test]
        fn no_price_is_remembered_too_high(
            changes in prop::collection::vec((1_u64..20 * DAY_MS, 0_u64..50), 1..60),
            moment in 0_u64..600 * DAY_MS,
        ) {
            let mut truth = vec![(0, 25)];
            let mut prices = Prices::new(euros(25), 0);
            let mut now = 0;
            for (pause, minor) in changes {
                now += pause;
                truth.push((now, minor));
                prices.note(euros(minor), now);
                prop_assert!(prices.steps.len() <= Prices::MAX);
                prop_assert!(prices.steps.is_sorted());
            }
            let moment = moment.min(now);
            let cost = truth.iter().rev().find(|(since, _)| *since <= moment).unwrap().1;
            match prices.at(moment) {
                Some(known) => prop_assert!(known.minor <= cost),
                None => prop_assert!(moment + Prices::REACH_MS < now),
            }
            prop_assert_eq!(prices.last().unwrap().minor, truth.last().unwrap().1);
        }
    }
}
