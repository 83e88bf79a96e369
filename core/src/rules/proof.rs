//! Which tests decided a rule.

use super::outcome::Outcome;
use alloc::{boxed::Box, string::String, vec::Vec};

/// One test of a rule after it was judged.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Leaf {
    /// Its place in the rule, such as `all[1].cart_value`.
    pub(super) path: String,
    pub(super) outcome: Outcome,
    pub(super) words: String,
}

/// A rule's shape with the outcomes of its tests, which are numbered from left to right.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Judged {
    Leaf(usize, Outcome),
    All(Vec<Judged>),
    Any(Vec<Judged>),
    Not(Box<Judged>),
}

/// What is to be shown of an outcome.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Goal {
    Met,
    NotUnmet,
    Unknown,
    NotMet,
    Unmet,
}

impl Goal {
    fn negated(self) -> Self {
        match self {
            Self::Met => Self::Unmet,
            Self::NotUnmet => Self::NotMet,
            Self::Unknown => Self::Unknown,
            Self::NotMet => Self::NotUnmet,
            Self::Unmet => Self::Met,
        }
    }

    fn is_shown_by(self, outcome: Outcome) -> bool {
        match self {
            Self::Met => outcome == Outcome::Met,
            Self::NotUnmet => outcome != Outcome::Unmet,
            Self::Unknown => outcome == Outcome::Unknown,
            Self::NotMet => outcome != Outcome::Met,
            Self::Unmet => outcome == Outcome::Unmet,
        }
    }
}

impl Judged {
    pub(super) fn outcome(&self) -> Outcome {
        match self {
            Self::Leaf(_, outcome) => *outcome,
            Self::All(members) => members
                .iter()
                .fold(Outcome::Met, |all, member| all.and(member.outcome())),
            Self::Any(members) => members
                .iter()
                .fold(Outcome::Unmet, |any, member| any.or(member.outcome())),
            Self::Not(inner) => inner.outcome().negated(),
        }
    }

    /// The smallest set of tests that decides the outcome: whatever the other tests said, it would be the same. Of several smallest
    /// sets the leftmost. Numbers in rising order.
    pub(super) fn deciding(&self) -> Vec<usize> {
        let goal = match self.outcome() {
            Outcome::Met => Goal::Met,
            Outcome::Unknown => Goal::Unknown,
            Outcome::Unmet => Goal::Unmet,
        };
        let mut tests = self.proof(goal).unwrap_or_default();
        tests.sort_unstable();
        tests
    }

    /// The smallest set of tests that shows `goal`; `None` where it is not so.
    fn proof(&self, goal: Goal) -> Option<Vec<usize>> {
        match self {
            Self::Leaf(n, outcome) => goal.is_shown_by(*outcome).then(|| Vec::from([*n])),
            Self::Not(inner) => inner.proof(goal.negated()),
            Self::All(members) => all(members, goal, false),
            // Any is the negation of all the negations.
            Self::Any(members) => all(members, goal.negated(), true),
        }
    }
}

fn all(members: &[Judged], goal: Goal, negated: bool) -> Option<Vec<usize>> {
    let proof =
        |member: &Judged, goal: Goal| member.proof(if negated { goal.negated() } else { goal });
    match goal {
        // Every member must show it.
        Goal::Met | Goal::NotUnmet => {
            let each: Option<Vec<Vec<usize>>> =
                members.iter().map(|member| proof(member, goal)).collect();
            each.map(|each| each.concat())
        }
        // One member is enough.
        Goal::NotMet | Goal::Unmet => members
            .iter()
            .filter_map(|member| proof(member, goal))
            .min_by_key(Vec::len),
        // One member is unknown, and no other is unmet.
        Goal::Unknown => {
            let others: Option<Vec<Vec<usize>>> = members
                .iter()
                .map(|member| proof(member, Goal::NotUnmet))
                .collect();
            let others = others?;
            // What showing a member as unknown costs more than showing that it is not unmet.
            let (chosen, unknown) = members
                .iter()
                .enumerate()
                .filter_map(|(n, member)| Some((n, proof(member, Goal::Unknown)?)))
                .min_by_key(|(n, unknown)| {
                    let without = others.get(*n).map_or(0, Vec::len);
                    unknown.len().saturating_sub(without)
                })?;
            let mut tests = unknown;
            for (n, other) in others.into_iter().enumerate() {
                if n != chosen {
                    tests.extend(other);
                }
            }
            Some(tests)
        }
    }
}
