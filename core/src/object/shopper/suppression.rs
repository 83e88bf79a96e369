//! Suppressions: why a shopper is not written to, since when, and for how long.

use super::{Commit, Effect, Reply, Shopper};
use crate::delivery::Skip;
use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// Why a shopper is not written to any more, and since when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Suppression {
    /// Why.
    pub cause: Skip,
    /// Since when, epoch ms.
    pub at: u64,
    /// Until when, epoch ms, itself excluded; `None`: until it is lifted.
    pub until: Option<u64>,
}

impl Suppression {
    /// Whether it holds at `now`, epoch ms.
    pub fn holds_at(&self, now: u64) -> bool {
        self.until.is_none_or(|until| now < until)
    }
}

/// The causes that a merchant may give, and take back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Cause {
    /// The shopper is taken for a fraud.
    Fraud,
    /// The contact is not the shopper's.
    InvalidContact,
    /// The shopper has called a message spam.
    Complained,
    /// The address does not exist.
    Bounced,
    /// The address takes no messages for now.
    SoftBounced,
    /// The merchant does not want this shopper to be written to.
    Withheld,
    /// The shopper has answered a survey so; see [`crate::survey::Survey`].
    Silenced,
}

impl Cause {
    /// Why a message is not sent then.
    pub fn skip(self) -> Skip {
        match self {
            Self::Fraud => Skip::Fraud,
            Self::InvalidContact => Skip::InvalidContact,
            Self::Complained => Skip::Complained,
            Self::Bounced => Skip::Bounced,
            Self::SoftBounced => Skip::SoftBounced,
            Self::Withheld => Skip::Withheld,
            Self::Silenced => Skip::Silenced,
        }
    }
}

/// A suppression as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewSuppression {
    /// The stable code of its cause.
    pub cause: String,
    /// Since when, epoch ms.
    pub since: u64,
    /// Until when, epoch ms; `None`: until it is lifted.
    pub until: Option<u64>,
}

impl Shopper {
    /// What forbids messages at `now`: what never ends before what does, and the later end before the earlier.
    pub(super) fn suppressed(&self, now: u64) -> Option<Suppression> {
        let holding = self.suppressions.iter().filter(|one| one.holds_at(now));
        holding
            .rev()
            .max_by_key(|one| one.until.unwrap_or(u64::MAX))
            .copied()
    }

    /// Whether something forbids messages until it is lifted.
    pub(super) fn is_suppressed_for_good(&self) -> bool {
        self.suppressions.iter().any(|one| one.until.is_none())
    }

    /// Adds a suppression; of two with one cause the longer holds. One without an end stops the plan. `false`: it held already,
    /// and nothing is told anew of it.
    pub(super) fn suppress(&mut self, cause: Skip, until: Option<u64>, now: u64) -> bool {
        self.suppressions.retain(|one| one.holds_at(now));
        let known = self.suppressions.iter_mut().find(|one| one.cause == cause);
        let fresh = match known {
            Some(one) if one.until.is_none() || until.is_some_and(|at| one.until >= Some(at)) => {
                false
            }
            Some(one) => {
                one.until = until;
                true
            }
            None => {
                self.suppressions.push(Suppression {
                    cause,
                    at: now,
                    until,
                });
                true
            }
        };
        until.is_none() && self.stop(cause, now) || fresh
    }

    /// Takes what a merchant says of the shopper.
    pub(super) fn withhold(
        &mut self,
        cause: Cause,
        until: Option<u64>,
        now: u64,
    ) -> Commit<Effect, Reply> {
        // What has ended before it was said changes nothing.
        let holds = until.is_none_or(|until| now < until);
        let fresh = holds && self.suppress(cause.skip(), until, now);
        let reply = Reply::Taken {
            settled: self.live_lease(now).is_none(),
        };
        self.commit(fresh, now, reply)
    }

    /// Takes back what a merchant has said of the shopper, or what a bounce has.
    pub(super) fn lift(&mut self, cause: Cause, now: u64) -> Commit<Effect, Reply> {
        let before = self.suppressions.len();
        self.suppressions.retain(|one| one.cause != cause.skip());
        let lifted = self.suppressions.len() < before;
        let reply = if lifted {
            Reply::Done
        } else {
            Reply::Refused(super::Refused::Closed)
        };
        self.commit(lifted, now, reply)
    }

    /// The suppressions that hold at `now`, the oldest first.
    pub(super) fn shown_suppressions(&self, now: u64) -> Vec<ViewSuppression> {
        let holding = self.suppressions.iter().filter(|one| one.holds_at(now));
        holding
            .map(|one| ViewSuppression {
                cause: String::from(one.cause.code()),
                since: one.at,
                until: one.until,
            })
            .collect()
    }
}
