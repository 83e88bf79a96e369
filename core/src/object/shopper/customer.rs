//! What a shop's own records say of a customer.

use super::{Commit, Effect, Reply, Shopper};
use crate::calendar::DAY_MS;
use crate::contact::Email;
use crate::document::text::Text;
use crate::money::Money;
use crate::rules::Orders;
use serde::{Deserialize, Serialize};

/// What a shop's own records say of a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Customer {
    /// The tier, as the shop names it; `None`: a customer without one.
    pub tier: Option<Text>,
    /// What was bought before; `None`: the shop does not say, and what Homing has seen counts.
    pub orders: Option<History>,
    /// What the customer is called.
    pub name: Option<Text>,
    /// What the shop's own records call the customer.
    pub reference: Option<Text>,
}

/// What was bought before.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// How many orders.
    pub count: u32,
    /// What they came to.
    pub spent: Option<Money>,
    /// When the last of them was placed, epoch ms.
    pub last_at: Option<u64>,
}

/// The same, with what Homing had seen when it was told.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Known {
    customer: Customer,
    orders_then: u32,
}

impl Known {
    /// Two records of one person: what was bought adds up.
    pub(super) fn join(self, other: Self) -> Self {
        let (own, others) = (self.customer, other.customer);
        let orders = match (own.orders, others.orders) {
            (Some(one), Some(other)) => Some(one.join(other)),
            (one, other) => one.or(other),
        };
        Self {
            customer: Customer {
                tier: own.tier.or(others.tier),
                orders,
                name: own.name.or(others.name),
                reference: own.reference.or(others.reference),
            },
            orders_then: self.orders_then.saturating_add(other.orders_then),
        }
    }
}

impl History {
    fn join(self, other: Self) -> Self {
        let spent = self.spent.zip(other.spent);
        Self {
            count: self.count.saturating_add(other.count),
            spent: spent
                .filter(|(one, other)| one.currency == other.currency)
                .map(|(one, other)| Money {
                    minor: one.minor.saturating_add(other.minor),
                    ..one
                }),
            last_at: self.last_at.max(other.last_at),
        }
    }
}

impl Shopper {
    /// Takes what a shop says of a customer; it replaces what the shop said before.
    pub(super) fn know(&mut self, customer: Customer, now: u64) -> Commit<Effect, Reply> {
        let is_confirmed = self.vouching.is_confirmed();
        self.vouching.confirm();
        let known = Some(Known {
            customer,
            orders_then: self.purchases.count(),
        });
        let told_before = self.customer.as_ref().map(|known| &known.customer);
        if is_confirmed && told_before == known.as_ref().map(|known| &known.customer) {
            return Commit::read(Reply::Done);
        }
        self.customer = known;
        self.commit(true, now, Reply::Done)
    }

    /// What the shop's own records say of the customer.
    pub(super) fn customer(&self) -> Option<&Customer> {
        self.customer.as_ref().map(|known| &known.customer)
    }

    /// Whether the shop has told nothing of the customer, so that its platform may be asked; and under which address.
    pub fn to_look_up(&self) -> Option<&Email> {
        self.email.as_ref().filter(|_| self.customer.is_none())
    }

    /// The tier, as the shop has told it or else as its platform has it; `None`: neither has said.
    pub(super) fn tier<'a>(&'a self, platform: Option<&'a Customer>) -> Option<Option<&'a str>> {
        let known = self.customer().or(platform)?;
        Some(known.tier.as_ref().map(Text::as_str))
    }

    /// What was bought before: what the shop said, and what Homing has seen since; or else what its platform says now.
    pub(super) fn bought_before(&self, platform: Option<&Customer>, now: u64) -> Orders {
        let since = |at: u64| u32::try_from(now.saturating_sub(at) / DAY_MS).ok();
        let told = self.customer.as_ref().and_then(|known| {
            let history = known.customer.orders.as_ref()?;
            Some((
                history,
                self.purchases.count().saturating_sub(known.orders_then),
            ))
        });
        let asked = platform.and_then(|platform| platform.orders.as_ref());
        let seen = self.purchases.count();
        match (told, asked) {
            (None, None) => Orders {
                count: seen,
                spent: None,
                days_since_last: self.ordered_at().and_then(since),
            },
            // Of an order that was just placed the platform may not know yet.
            (None, Some(history)) => Orders {
                count: history.count.max(seen),
                spent: history.spent.filter(|_| history.count >= seen),
                days_since_last: history.last_at.max(self.ordered_at()).and_then(since),
            },
            (Some((history, later)), _) => Orders {
                count: history.count.saturating_add(later),
                // What later orders came to is not known.
                spent: history.spent.filter(|_| later == 0),
                days_since_last: history.last_at.max(self.ordered_at()).and_then(since),
            },
        }
    }
}
