//! Tests of a size: at least so much, below so much, or both.

use super::sight::{Sight, counted};
use crate::document::Problems;
use crate::money::{Currency, Money};
use alloc::{
    format,
    string::{String, ToString},
    vec::Vec,
};
use serde::{Deserialize, Deserializer, Serialize, de::Error};

/// A length of time, ms. At least one bound is given, and the lower one is the smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(transform = crate::schema::some_of)
)]
#[serde(
    deny_unknown_fields,
    expecting = "an object with at_least_ms, below_ms or both"
)]
pub struct SpanBounds {
    /// Not shorter than this, ms; at most 366 days.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 31_622_400_000_u64)))]
    pub at_least_ms: Option<u64>,
    /// Shorter than this, ms; at most 366 days.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 31_622_400_000_u64)))]
    pub below_ms: Option<u64>,
}

/// A number of things. At least one bound is given, and the lower one is the smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(transform = crate::schema::some_of)
)]
#[serde(
    deny_unknown_fields,
    expecting = "an object with at_least, below or both"
)]
pub struct CountBounds {
    /// Not fewer than this; at most a million.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 1_000_000)))]
    pub at_least: Option<u32>,
    /// Fewer than this; at most a million.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 1_000_000)))]
    pub below: Option<u32>,
}

/// Whole percent. At least one bound is given, and the lower one is the smaller.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(transform = crate::schema::some_of)
)]
#[serde(
    deny_unknown_fields,
    expecting = "an object with at_least, below or both"
)]
pub struct PercentBounds {
    /// Not less than this, whole percent, -1000 to 100.
    #[cfg_attr(feature = "schema", schemars(range(min = -1000, max = 100)))]
    pub at_least: Option<i16>,
    /// Less than this, whole percent, -1000 to 100.
    #[cfg_attr(feature = "schema", schemars(range(min = -1000, max = 100)))]
    pub below: Option<i16>,
}

/// An amount of money. At least one bound is given, and the lower one is the smaller. An amount in another currency cannot be
/// compared: the test is then neither met nor unmet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(transform = crate::schema::some_of)
)]
#[serde(
    deny_unknown_fields,
    expecting = "an object with currency and at_least_minor, below_minor or both"
)]
pub struct AmountBounds {
    /// Not less than this, in the currency's smallest unit (5000 is 50.00 EUR).
    #[cfg_attr(
        feature = "schema",
        schemars(range(min = 0, max = 100_000_000_000_u64))
    )]
    pub at_least_minor: Option<u64>,
    /// Less than this, in the currency's smallest unit.
    #[cfg_attr(
        feature = "schema",
        schemars(range(min = 0, max = 100_000_000_000_u64))
    )]
    pub below_minor: Option<u64>,
    /// ISO 4217 code, such as EUR.
    #[cfg_attr(feature = "schema", schemars(schema_with = "crate::schema::currency"))]
    #[serde(deserialize_with = "currency")]
    pub currency: Currency,
}

/// The reader's own words would list all currencies.
fn currency<'de, D: Deserializer<'de>>(source: D) -> Result<Currency, D::Error> {
    let known = Currency::deserialize(source);
    known.map_err(|_| D::Error::custom("an upper-case ISO 4217 code such as EUR"))
}

impl SpanBounds {
    const MAX_MS: u64 = 366 * 86_400_000;

    pub(super) fn see(self, what: &str, seen: Option<u64>) -> Sight {
        let Some(seen) = seen else {
            return Sight::unknown(what);
        };
        compared(what, seen, (self.at_least_ms, self.below_ms), span)
    }

    pub(super) fn check(self, problems: &mut Problems) {
        let names = ("at_least_ms", "below_ms");
        let bounds = (self.at_least_ms, self.below_ms);
        checked(problems, names, bounds, (0, Self::MAX_MS));
    }
}

impl CountBounds {
    const MAX: u32 = 1_000_000;

    pub(super) fn see(self, what: &str, seen: Option<u32>, unit: &str) -> Sight {
        let Some(seen) = seen else {
            return Sight::unknown(what);
        };
        let show = |count: u32| match unit {
            "" => count.to_string(),
            _ => counted(u64::from(count), unit),
        };
        compared(what, seen, (self.at_least, self.below), show)
    }

    pub(super) fn holds(self, seen: u32) -> bool {
        place(seen, (self.at_least, self.below)).is_within()
    }

    pub(super) fn words(self) -> String {
        limits((self.at_least, self.below), &|count| count.to_string())
    }

    pub(super) fn check(self, problems: &mut Problems) {
        let bounds = (self.at_least, self.below);
        checked(problems, ("at_least", "below"), bounds, (0, Self::MAX));
    }
}

impl PercentBounds {
    pub(super) fn see(self, what: &str, seen: Option<i16>) -> Sight {
        let Some(seen) = seen else {
            return Sight::unknown(what);
        };
        let show = |percent| format!("{percent} %");
        compared(what, seen, (self.at_least, self.below), show)
    }

    pub(super) fn check(self, problems: &mut Problems) {
        let bounds = (self.at_least, self.below);
        checked(problems, ("at_least", "below"), bounds, (-1_000, 100));
    }
}

impl AmountBounds {
    const MAX_MINOR: u64 = 100_000_000_000;

    pub(super) fn see(self, what: &str, seen: Option<Money>) -> Sight {
        let currency = self.currency;
        let Some(seen) = seen else {
            return Sight::unknown(what);
        };
        if seen.currency != currency {
            return Sight::unknown(&format!(
                "{what} was {}, and what that is in {}",
                seen.with_code(),
                currency.0.code()
            ));
        }
        let show = |minor| Money { minor, currency }.with_code();
        compared(
            what,
            seen.minor,
            (self.at_least_minor, self.below_minor),
            show,
        )
    }

    pub(super) fn check(self, problems: &mut Problems) {
        let names = ("at_least_minor", "below_minor");
        let bounds = (self.at_least_minor, self.below_minor);
        checked(problems, names, bounds, (0, Self::MAX_MINOR));
    }
}

/// The lower bound, which belongs to it, and the upper one, which does not.
type Bounds<T> = (Option<T>, Option<T>);

enum Place<T> {
    Below(T),
    Within,
    NotBelow(T),
}

impl<T> Place<T> {
    fn is_within(&self) -> bool {
        matches!(self, Self::Within)
    }
}

fn place<T: Ord + Copy>(seen: T, (at_least, below): Bounds<T>) -> Place<T> {
    match (at_least, below) {
        (Some(least), _) if seen < least => Place::Below(least),
        (_, Some(below)) if seen >= below => Place::NotBelow(below),
        _ => Place::Within,
    }
}

fn compared<T: Ord + Copy>(
    what: &str,
    seen: T,
    bounds: Bounds<T>,
    show: impl Fn(T) -> String,
) -> Sight {
    let place = place(seen, bounds);
    let against = match place {
        Place::Below(least) => format!("below {}", show(least)),
        Place::NotBelow(below) => format!("not below {}", show(below)),
        Place::Within => limits(bounds, &show),
    };
    Sight::new(
        place.is_within(),
        format!("{what} was {}, {against}", show(seen)),
    )
}

fn limits<T>((at_least, below): Bounds<T>, show: &dyn Fn(T) -> String) -> String {
    match (at_least.map(show), below.map(show)) {
        (Some(least), Some(below)) => format!("at least {least} and below {below}"),
        (Some(least), None) => format!("at least {least}"),
        (None, Some(below)) => format!("below {below}"),
        (None, None) => String::from("whatever it is"),
    }
}

fn checked<T: Ord + Copy + core::fmt::Display>(
    problems: &mut Problems,
    (lower, upper): (&str, &str),
    (at_least, below): Bounds<T>,
    (min, max): (T, T),
) {
    problems.within(lower, at_least, min..=max);
    problems.within(upper, below, min..=max);
    match (at_least, below) {
        (None, None) => problems.wrong(&format!("{lower}, {upper} or both")),
        (Some(least), Some(below)) if below <= least => {
            let reason = format!("more than {lower}");
            problems.field(upper, |problems| problems.wrong(&reason));
        }
        _ => {}
    }
}

/// A length of time in whole units: `1 day 2 hours`. Milliseconds only where there is nothing longer.
fn span(ms: u64) -> String {
    let seconds = ms / 1_000;
    if seconds == 0 {
        return format!("{ms} ms");
    }
    let parts = [
        (seconds / 86_400, "day"),
        (seconds / 3_600 % 24, "hour"),
        (seconds / 60 % 60, "minute"),
        (seconds % 60, "second"),
    ];
    let shown: Vec<String> = parts
        .iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, unit)| counted(*count, unit))
        .collect();
    shown.join(" ")
}
