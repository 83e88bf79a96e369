//! What is offered.

use super::offer_form::Form;
use crate::document::Problems;
use crate::money::{Currency, Money};
use alloc::{format, string::String};
use core::fmt;
use serde::de::{self, Deserialize, Deserializer, SeqAccess};
use serde::ser::{Serialize, Serializer};

/// A code, what it gives, and from what order on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// What the shopper enters, or the shop applies: 1 to 40 letters, digits, hyphens or underscores. One that ends in `{unique}`, behind
    /// at most 30 of those, is made for each message by the connected platform, counts once, and ends.
    pub code: String,
    /// What it gives.
    pub gives: Gives,
    /// What the order must come to at least; nothing where nothing is said.
    pub minimum: Option<Money>,
}

/// What a code gives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum Gives {
    /// Percent off, 1 to 100.
    Percent(u8),
    /// So much off the order.
    Amount(Money),
    /// The order is sent for nothing.
    FreeShipping,
}

impl Gives {
    /// Percent off, where that is what it gives.
    pub fn percent(self) -> Option<u8> {
        match self {
            Self::Percent(percent) => Some(percent),
            Self::Amount(_) | Self::FreeShipping => None,
        }
    }

    /// What it gives with an order of at least `minimum`, in few words: `10 %`, `5.00 EUR`, `free shipping, from 50.00 EUR`.
    pub fn brief(self, minimum: Option<Money>) -> String {
        let gives = match self {
            Self::Percent(percent) => format!("{percent} %"),
            Self::Amount(money) => money.with_code(),
            Self::FreeShipping => String::from("free shipping"),
        };
        match minimum {
            None => gives,
            Some(least) => format!("{gives}, from {}", least.with_code()),
        }
    }

    /// The currency of what it gives, or else of the minimum, where either is an amount.
    pub fn currency(self, minimum: Option<Money>) -> Option<Currency> {
        let amount = match self {
            Self::Amount(money) => Some(money),
            Self::Percent(_) | Self::FreeShipping => None,
        };
        amount.or(minimum).map(|money| money.currency)
    }
}

/// What stands for the part that is made for each message.
const UNIQUE: &str = "{unique}";
/// Longest code, and longest part before the one that is made.
const MAX_CODE: usize = 40;
const MAX_STEM: usize = 30;
/// Largest amount, in the currency's smallest unit.
pub(super) const MAX_MINOR: u64 = 100_000_000_000;
/// Crockford's letters and digits: none is taken for another.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Stands where a code would be made: as long as one, with a letter that none has.
const SAMPLE: &str = "SAMPLECODE";
/// How many of them a code gets: 50 bits, which nobody guesses at a shop that can be asked a few times a second.
const MADE: usize = 10;

impl Offer {
    pub(crate) fn check(&self, problems: &mut Problems) {
        let (stem, least, most) = match self.code.strip_suffix(UNIQUE) {
            Some(stem) => (stem, 0, MAX_STEM),
            None => (self.code.as_str(), 1, MAX_CODE),
        };
        let code = (least..=most).contains(&stem.len())
            && stem
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
        if !code {
            problems.field("code", |problems| {
                problems.wrong("1 to 40 letters, digits, - or _, or at most 30 and {unique}");
            });
        }
        problems.within("percent", self.gives.percent(), 1..=100);
        let amount = match self.gives {
            Gives::Amount(money) => Some(money.minor),
            Gives::Percent(_) | Gives::FreeShipping => None,
        };
        problems.within("amount_minor", amount, 1..=MAX_MINOR);
        let minimum = self.minimum.map(|money| money.minor);
        problems.within("min_order_minor", minimum, 1..=MAX_MINOR);
    }

    /// Its amounts must be in the shop's currency: a platform's code knows no other.
    pub(crate) fn check_currency(&self, currency: Currency, problems: &mut Problems) {
        if self.currency().is_some_and(|own| own != currency) {
            problems.field("currency", |problems| {
                problems.wrong(&format!("{}, the shop's currency", currency.0.code()));
            });
        }
    }

    /// The currency of its amounts, where it has any.
    pub fn currency(&self) -> Option<Currency> {
        self.gives.currency(self.minimum)
    }

    /// What it gives, as part of an English sentence: `10% off`, `€5.00 off orders from €50.00`, `Free shipping`.
    pub fn says(&self) -> String {
        let (gives, on) = match self.gives {
            Gives::Percent(percent) => (format!("{percent}% off"), ""),
            Gives::Amount(money) => (format!("{} off", money.display()), ""),
            Gives::FreeShipping => (String::from("Free shipping"), " on"),
        };
        match self.minimum {
            None => gives,
            Some(least) => format!("{gives}{on} orders from {}", least.display()),
        }
    }

    /// The same in few words, see [`Gives::brief`].
    pub fn brief(&self) -> String {
        self.gives.brief(self.minimum)
    }

    /// The offer for one message, whose digest under the shop's key is `digest`. What is made for it stands in braces, so that it can be told
    /// from a code that is everybody's; [`Self::shown`] takes them off.
    pub(crate) fn made(self, digest: &[u8; 32]) -> Self {
        let Some(stem) = self.code.strip_suffix(UNIQUE) else {
            return self;
        };
        let letters = digest.iter().take(MADE);
        let letters = letters.filter_map(|byte| LETTERS.get(usize::from(byte % 32)));
        let made: String = letters.map(|letter| char::from(*letter)).collect();
        Self {
            code: format!("{stem}{{{made}}}"),
            ..self
        }
    }

    /// The offer as a message that nobody gets shows it: in place of what is made for each stands a word that no made code can be.
    pub fn sample(&self) -> Self {
        Self {
            code: self.code.replace(UNIQUE, SAMPLE),
            ..self.clone()
        }
    }

    /// Whether its code is made for one message, or has been.
    pub fn is_unique(&self) -> bool {
        self.code.ends_with('}')
    }

    /// The offer as it stands for all messages that have it: what is made for each is not told apart.
    #[cfg(feature = "replay")]
    pub(crate) fn for_all(&self) -> Self {
        let stem = self.code.split_once('{');
        Self {
            code: stem.map_or_else(|| self.code.clone(), |(stem, _)| format!("{stem}{UNIQUE}")),
            ..self.clone()
        }
    }

    /// The offer as it is told.
    pub(crate) fn shown(&self) -> Self {
        Self {
            code: self.code.replace(['{', '}'], ""),
            ..self.clone()
        }
    }
}

/// What stands in stored bytes where the percentage alone once stood, before all else that an offer may be. No percentage is so high.
const MORE: u8 = 255;

/// As a document, [`Form`]. In stored bytes an offer of percent alone is what it was before there were others: the code and the percentage.
impl Serialize for Offer {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() {
            return Form::from(self).serialize(serializer);
        }
        match (self.gives, self.minimum) {
            (Gives::Percent(percent), None) => (&self.code, percent).serialize(serializer),
            (gives, minimum) => (&self.code, MORE, gives, minimum).serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for Offer {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            let form = Form::deserialize(deserializer)?;
            return form.offer().map_err(de::Error::custom);
        }
        deserializer.deserialize_tuple(4, Stored)
    }
}

struct Stored;

impl<'de> de::Visitor<'de> for Stored {
    type Value = Offer;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a stored offer")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut fields: A) -> Result<Offer, A::Error> {
        let missing = || de::Error::custom("an offer that was cut off");
        let code = fields.next_element()?.ok_or_else(missing)?;
        let percent: u8 = fields.next_element()?.ok_or_else(missing)?;
        if percent != MORE {
            return Ok(Offer {
                code,
                gives: Gives::Percent(percent),
                minimum: None,
            });
        }
        Ok(Offer {
            code,
            gives: fields.next_element()?.ok_or_else(missing)?,
            minimum: fields.next_element()?.ok_or_else(missing)?,
        })
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Offer {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "Offer".into()
    }

    fn json_schema(generator: &mut schemars::SchemaGenerator) -> schemars::Schema {
        Form::json_schema(generator)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offer(code: &str) -> Offer {
        Offer {
            code: String::from(code),
            gives: Gives::Percent(10),
            minimum: None,
        }
    }

    fn of(json: &str) -> Result<Offer, String> {
        let offer: Offer = serde_json::from_str(json).map_err(|why| why.to_string())?;
        let mut problems = Problems::at("");
        offer.check(&mut problems);
        match problems.into_errors().into_iter().next() {
            Some(error) => Err(error.to_string()),
            None => Ok(offer),
        }
    }

    #[test]
    fn an_offer_gives_one_thing_and_says_what() {
        for (json, says, brief) in [
            (r#"{"code":"A","percent":10}"#, "10% off", "10 %"),
            (
                r#"{"code":"A","percent":10,"min_order_minor":5000,"currency":"EUR"}"#,
                "10% off orders from €50.00",
                "10 %, from 50.00 EUR",
            ),
            (
                r#"{"code":"A","amount_minor":500,"currency":"JPY"}"#,
                "¥500 off",
                "500 JPY",
            ),
            (
                r#"{"code":"A","amount_minor":1500,"currency":"KWD"}"#,
                "د.ك\u{a0}1.500 off",
                "1.500 KWD",
            ),
            (
                r#"{"code":"A","free_shipping":true}"#,
                "Free shipping",
                "free shipping",
            ),
            (
                r#"{"code":"A","free_shipping":true,"min_order_minor":1,"currency":"USD"}"#,
                "Free shipping on orders from $0.01",
                "free shipping, from 0.01 USD",
            ),
        ] {
            let offer = of(json).unwrap();
            assert_eq!(
                (offer.says().as_str(), offer.brief().as_str()),
                (says, brief)
            );
            assert_eq!(serde_json::to_string(&offer).unwrap(), json);
            let bytes = postcard::to_allocvec(&(&offer, 7_u8)).unwrap();
            let read: (Offer, u8) = postcard::from_bytes(&bytes).unwrap();
            assert_eq!(read, (offer, 7), "{json}");
        }
    }

    #[test]
    fn what_is_said_by_halves_or_twice_is_refused() {
        for (json, why) in [
            (
                r#"{"code":"A"}"#,
                "one of percent, amount_minor and free_shipping",
            ),
            (
                r#"{"code":"A","percent":5,"free_shipping":true}"#,
                "one of percent, amount_minor and free_shipping",
            ),
            (
                r#"{"code":"A","free_shipping":false}"#,
                "one of percent, amount_minor and free_shipping",
            ),
            (r#"{"code":"A","amount_minor":5}"#, "currency"),
            (
                r#"{"code":"A","percent":5,"min_order_minor":5}"#,
                "currency",
            ),
            (r#"{"code":"A","percent":5,"currency":"EUR"}"#, "currency"),
            (r#"{"code":"A","percent":0}"#, "percent: 1 to 100"),
            (
                r#"{"code":"A","amount_minor":0,"currency":"EUR"}"#,
                "amount_minor: 1 to",
            ),
            (
                r#"{"code":"A","percent":5,"min_order_minor":0,"currency":"EUR"}"#,
                "min_order_minor: 1 to",
            ),
        ] {
            let refused = of(json).unwrap_err();
            assert!(refused.contains(why), "{json}: {refused}");
        }
    }

    #[test]
    fn stored_offers_of_percent_alone_are_what_they_always_were() {
        #[derive(serde::Serialize)]
        struct Before {
            code: &'static str,
            percent: u8,
        }
        let before = Before {
            code: "BACK-{7777777777}",
            percent: 10,
        };
        let bytes = postcard::to_allocvec(&(before, true)).unwrap();
        let known = (offer("BACK-{7777777777}"), true);
        assert_eq!(
            postcard::from_bytes::<(Offer, bool)>(&bytes).unwrap(),
            known
        );
        assert_eq!(postcard::to_allocvec(&known).unwrap(), bytes);
    }

    #[test]
    fn a_code_is_made_for_each_message_and_the_same_again_for_the_same() {
        let made = offer("BACK10-{unique}").made(&[7; 32]);
        assert!(made.is_unique());
        assert_eq!(made, offer("BACK10-{unique}").made(&[7; 32]));
        assert_ne!(made, offer("BACK10-{unique}").made(&[8; 32]));
        assert_eq!(made.shown().code, "BACK10-7777777777");
        // One that is made stays as it is.
        assert_eq!(made.clone().made(&[9; 32]), made);
        assert_eq!(made.shown().shown(), made.shown());
    }

    #[test]
    fn a_sample_is_as_long_as_a_code_and_can_be_none() {
        let sample = offer("BACK10-{unique}").sample().shown().code;
        assert_eq!(sample, "BACK10-SAMPLECODE");
        assert_eq!(SAMPLE.len(), MADE);
        assert!(SAMPLE.bytes().any(|byte| !LETTERS.contains(&byte)));
        assert_eq!(offer("COMEBACK10").sample(), offer("COMEBACK10"));
    }

    #[test]
    fn a_code_that_is_everybodys_stays_as_it_is() {
        let plain = offer("COMEBACK10");
        assert!(!plain.is_unique());
        assert_eq!(plain.clone().made(&[7; 32]), plain);
        assert_eq!(plain.shown(), plain);
    }

    #[test]
    fn only_a_whole_placeholder_at_the_end_is_one() {
        let is_right = |code: &str| {
            let mut problems = Problems::at("");
            offer(code).check(&mut problems);
            problems.into_errors().is_empty()
        };
        for code in [
            "A",
            "{unique}",
            "BACK-{unique}",
            &format!("{:A<30}{{unique}}", ""),
        ] {
            assert!(is_right(code), "{code}");
        }
        for code in [
            "",
            "{}",
            "A}",
            "{unique}A",
            "A{UNIQUE}",
            "{unique}{unique}",
            &format!("{:A<31}{{unique}}", ""),
            &format!("{:A<41}", ""),
        ] {
            assert!(!is_right(code), "{code}");
        }
    }
}
