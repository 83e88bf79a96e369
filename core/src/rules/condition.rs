//! A rule as a merchant writes it.

use super::bounds::{AmountBounds, CountBounds, PercentBounds, SpanBounds};
use super::choice::{Country, Device, Host, OneOf};
use super::explain::Explanation;
use super::facts::Facts;
use super::lines::LineTest;
use super::moment::{DaySpan, HourSpan};
use super::outcome::Outcome;
use super::proof::{Judged, Leaf};
use super::reason::ReasonTest;
use crate::calendar::Weekday;
use crate::channel::Channel;
use crate::document::{Problems, text::Text};
use crate::log::Stage;
use alloc::{boxed::Box, format, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// A rule: one key, which is `all`, `any`, `not` or the name of a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(
    rename_all = "snake_case",
    expecting = "an object with one key: all, any, not or the name of a test"
)]
pub enum Condition {
    /// Each of these rules is met.
    All(
        #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::group"))]
        Vec<Condition>,
    ),
    /// At least one of these rules is met.
    Any(
        #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::group"))]
        Vec<Condition>,
    ),
    /// This rule is known not to be met.
    Not(Box<Condition>),
    /// How long ago the cart was left.
    SinceAbandonment(SpanBounds),
    /// What the cart's lines cost together.
    CartValue(AmountBounds),
    /// What is in the cart.
    Lines(LineTest),
    /// The cart's margin, whole percent.
    MarginPercent(PercentBounds),
    /// The customer's tier, as the shop names it. Case does not matter.
    CustomerTier(OneOf<Text>),
    /// How many orders the shopper placed before.
    OrdersCount(CountBounds),
    /// What the shopper's orders came to.
    OrdersSpent(AmountBounds),
    /// Whole days since the shopper's last order. Not met by somebody who never bought.
    DaysSinceOrder(CountBounds),
    /// The device of the last visit.
    Device(OneOf<Device>),
    /// The shopper's country.
    Country(OneOf<Country>),
    /// Why the cart was left.
    Reason(ReasonTest),
    /// The shopper agreed to be written to by this channel.
    Consent(Channel),
    /// The campaign's source. Case does not matter.
    UtmSource(OneOf<Text>),
    /// The campaign's medium. Case does not matter.
    UtmMedium(OneOf<Text>),
    /// The campaign's name. Case does not matter.
    UtmCampaign(OneOf<Text>),
    /// Host of the page that led to the shop; a host stands for its subdomains as well.
    ReferrerHost(OneOf<Host>),
    /// The last stage of the checkout. Not met where no checkout began.
    CheckoutStage(
        #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::stages"))]
        OneOf<Stage>,
    ),
    /// The code of the last payment's error. Not met where no payment failed.
    PaymentError(OneOf<Text>),
    /// Whether the cart is a business buyer's quote.
    Quote(bool),
    /// The hour where the shopper lives.
    LocalHour(HourSpan),
    /// The day of the week where the shopper lives.
    LocalWeekday(OneOf<Weekday>),
    /// The date where the shopper lives.
    LocalDate(DaySpan),
}

impl Condition {
    /// Deepest nesting: a test alone is 1, and each `all`, `any` and `not` around it one more.
    pub const MAX_DEPTH: usize = 6;
    /// Most tests in one rule.
    pub const MAX_TESTS: usize = 40;
    /// Most rules in one `all` or `any`.
    pub const MAX_GROUP: usize = 20;

    /// Judges the rule, and says why.
    pub fn judge(&self, facts: &Facts) -> Explanation {
        let (judged, leaves) = self.judged(facts);
        Explanation::of(&judged, leaves)
    }

    /// How the rule comes out, without the reasons.
    pub fn outcome(&self, facts: &Facts) -> Outcome {
        self.judged(facts).0.outcome()
    }

    pub(super) fn judged(&self, facts: &Facts) -> (Judged, Vec<Leaf>) {
        let mut leaves = Vec::new();
        let judged = self.walk(facts, &mut String::new(), &mut leaves);
        (judged, leaves)
    }

    fn walk(&self, facts: &Facts, path: &mut String, leaves: &mut Vec<Leaf>) -> Judged {
        let outer = path.len();
        let mut group = |name: &str, members: &[Self]| {
            let each = members.iter().enumerate().map(|(n, member)| {
                path.push_str(&format!("{}{name}[{n}]", dot(outer)));
                let judged = member.walk(facts, path, leaves);
                path.truncate(outer);
                judged
            });
            each.collect()
        };
        let sight = match self {
            Self::All(members) => return Judged::All(group("all", members)),
            Self::Any(members) => return Judged::Any(group("any", members)),
            Self::Not(inner) => {
                path.push_str(&format!("{}not", dot(outer)));
                let judged = inner.walk(facts, path, leaves);
                path.truncate(outer);
                return Judged::Not(Box::new(judged));
            }
            test => test.see(facts),
        };
        let leaf = Leaf {
            path: format!("{path}{}{}", dot(outer), self.name()),
            outcome: sight.outcome,
            words: sight.words,
        };
        let judged = Judged::Leaf(leaves.len(), leaf.outcome);
        leaves.push(leaf);
        judged
    }

    /// Whether the rule looks at who the customer is or what was bought before.
    pub fn looks_at_customer(&self) -> bool {
        match self {
            Self::All(members) | Self::Any(members) => members.iter().any(Self::looks_at_customer),
            Self::Not(inner) => inner.looks_at_customer(),
            test => matches!(
                test,
                Self::CustomerTier(_)
                    | Self::OrdersCount(_)
                    | Self::OrdersSpent(_)
                    | Self::DaysSinceOrder(_)
            ),
        }
    }

    /// Says what is wrong with the rule.
    pub fn check(&self, problems: &mut Problems) {
        let mut tests = 0;
        self.check_at(1, &mut tests, problems);
        if tests > Self::MAX_TESTS {
            problems.wrong(&format!("at most {} tests in one rule", Self::MAX_TESTS));
        }
    }

    fn check_at(&self, depth: usize, tests: &mut usize, problems: &mut Problems) {
        if depth > Self::MAX_DEPTH {
            problems.wrong(&format!("at most {} levels deep", Self::MAX_DEPTH));
            return;
        }
        let deeper = depth.saturating_add(1);
        let group = |members: &[Self], tests: &mut usize, problems: &mut Problems| {
            if !(1..=Self::MAX_GROUP).contains(&members.len()) {
                problems.wrong(&format!("1 to {} rules", Self::MAX_GROUP));
            }
            for (n, member) in members.iter().enumerate() {
                problems.entry(n, |problems| member.check_at(deeper, tests, problems));
            }
        };
        match self {
            Self::All(members) => problems.field("all", |p| group(members, tests, p)),
            Self::Any(members) => problems.field("any", |p| group(members, tests, p)),
            Self::Not(inner) => problems.field("not", |p| inner.check_at(deeper, tests, p)),
            test => {
                *tests = tests.saturating_add(1);
                problems.field(test.name(), |problems| test.check_test(problems));
            }
        }
    }
}

fn dot(before: usize) -> &'static str {
    if before == 0 { "" } else { "." }
}
