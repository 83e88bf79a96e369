//! After a miss: what kept the shopper, in categories, and what follows from that.
//!
//! There is no free text: whoever writes one may write anything about anybody.

use serde::{Deserialize, Serialize};

/// What kept a shopper. Stored by its place in this list: new ones go to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// It costs too much.
    Price,
    /// Shipping costs too much.
    ShippingCost,
    /// It would take too long to arrive.
    DeliveryTime,
    /// Paying did not work, or not as the shopper wanted to.
    Payment,
    /// What was wanted was not there: another size, another colour.
    NotFound,
    /// Nothing was meant to be bought.
    JustLooking,
    /// It was bought somewhere else.
    BoughtElsewhere,
    /// Not now.
    Later,
    /// Something else.
    Other,
}

impl Answer {
    /// All of them, as a page lists them.
    pub const ALL: [Self; 9] = [
        Self::Price,
        Self::ShippingCost,
        Self::DeliveryTime,
        Self::Payment,
        Self::NotFound,
        Self::JustLooking,
        Self::BoughtElsewhere,
        Self::Later,
        Self::Other,
    ];

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Price => "price",
            Self::ShippingCost => "shipping_cost",
            Self::DeliveryTime => "delivery_time",
            Self::Payment => "payment",
            Self::NotFound => "not_found",
            Self::JustLooking => "just_looking",
            Self::BoughtElsewhere => "bought_elsewhere",
            Self::Later => "later",
            Self::Other => "other",
        }
    }

    /// The answer with this code.
    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answer| answer.code() == code)
    }

    /// As a shopper says it.
    pub fn words(self) -> &'static str {
        match self {
            Self::Price => "It costs more than I want to pay",
            Self::ShippingCost => "Shipping costs too much",
            Self::DeliveryTime => "It would take too long to arrive",
            Self::Payment => "I could not pay the way I wanted",
            Self::NotFound => "It was not quite what I was looking for",
            Self::JustLooking => "I was just looking around",
            Self::BoughtElsewhere => "I bought it somewhere else",
            Self::Later => "I will buy it later",
            Self::Other => "Something else",
        }
    }
}

/// What a shop does about answers. Whatever is said here, a sequence with the trigger `answer` may win back who gave another one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(
    deny_unknown_fields,
    expecting = "an object with silence and silence_ms"
)]
pub struct Survey {
    /// Answers after which nothing is sent for a while: whoever gave them has nothing left in mind.
    #[serde(default = "silence")]
    #[cfg_attr(
        feature = "schema",
        schemars(length(max = 9), extend("uniqueItems" = true))
    )]
    pub silence: alloc::vec::Vec<Answer>,
    /// For how long, ms, at most a year.
    #[serde(default = "silence_ms")]
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 31_536_000_000_u64)))]
    pub silence_ms: u64,
}

impl Survey {
    /// Longest silence, ms.
    pub const MAX_SILENCE_MS: u64 = 365 * 86_400_000;

    /// For how long nothing is sent after this answer, ms; `None`: it is no reason to be silent.
    pub fn silence_after(&self, answer: Answer) -> Option<u64> {
        (self.silence.contains(&answer) && self.silence_ms > 0).then_some(self.silence_ms)
    }
}

impl Default for Survey {
    fn default() -> Self {
        Self {
            silence: silence(),
            silence_ms: silence_ms(),
        }
    }
}

fn silence() -> alloc::vec::Vec<Answer> {
    alloc::vec![Answer::JustLooking, Answer::BoughtElsewhere]
}

fn silence_ms() -> u64 {
    90 * 86_400_000
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_has_a_code_of_its_own_that_reads_back() {
        for answer in Answer::ALL {
            assert_eq!(Answer::parse(answer.code()), Some(answer));
            let json = serde_json::to_string(&answer).unwrap();
            assert_eq!(json, alloc::format!("\"{}\"", answer.code()));
        }
        assert_eq!(Answer::parse("Price"), None);
    }

    #[test]
    fn by_default_whoever_has_nothing_in_mind_is_left_alone_for_ninety_days() {
        let survey = Survey::default();
        assert_eq!(
            survey.silence_after(Answer::BoughtElsewhere),
            Some(90 * 86_400_000)
        );
        assert_eq!(survey.silence_after(Answer::Price), None);
        let off = Survey {
            silence_ms: 0,
            ..survey
        };
        assert_eq!(off.silence_after(Answer::JustLooking), None);
    }
}
