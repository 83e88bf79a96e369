//! Tests of the moment where the shopper lives.

use super::choice::Spoken;
use super::sight::Sight;
use crate::calendar::Weekday;
use crate::document::Problems;
use alloc::{format, string::String};
use serde::{Deserialize, Serialize};

/// A moment in the shopper's own time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct LocalMoment {
    /// Year of the Gregorian calendar.
    pub year: u16,
    /// 1 to 12.
    pub month: u8,
    /// 1 to 31.
    pub day: u8,
    /// 0 to 23.
    pub hour: u8,
    /// Day of the week.
    pub weekday: Weekday,
}

impl Spoken for Weekday {
    fn spoken(&self) -> String {
        String::from(match self {
            Self::Monday => "Monday",
            Self::Tuesday => "Tuesday",
            Self::Wednesday => "Wednesday",
            Self::Thursday => "Thursday",
            Self::Friday => "Friday",
            Self::Saturday => "Saturday",
            Self::Sunday => "Sunday",
        })
    }
}

/// Hours of the day. Where `until` is not after `from`, the span goes over midnight: 20 to 8 is evening and night.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object with from and until")]
pub struct HourSpan {
    /// The first hour that belongs to it, 0 to 23.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 23)))]
    pub from: u8,
    /// The first hour that no longer does, 0 to 24; not `from`.
    #[cfg_attr(feature = "schema", schemars(range(min = 0, max = 24)))]
    pub until: u8,
}

impl HourSpan {
    pub(super) fn see(self, seen: Option<LocalMoment>) -> Sight {
        let Some(LocalMoment { hour, .. }) = seen else {
            return Sight::unknown("the shopper's local time");
        };
        let Self { from, until } = self;
        let holds = if from < until {
            (from..until).contains(&hour)
        } else {
            hour >= from || hour < until
        };
        let place = if holds { "between" } else { "not between" };
        Sight::new(
            holds,
            format!("the shopper's local hour was {hour}, {place} {from} and {until} o'clock"),
        )
    }

    pub(super) fn check(self, problems: &mut Problems) {
        problems.within("from", Some(self.from), 0..=23);
        problems.within("until", Some(self.until), 0..=24);
        if self.from == self.until {
            problems.field("until", |problems| problems.wrong("another hour than from"));
        }
    }
}

checked_text! {
    /// A day, `2026-11-27`, or a day of every year, `11-27`. 29 February is allowed in any year.
    CalendarDay {
        allowed: "a day such as 2026-11-27, or 11-27 for every year",
        pattern: r"^([0-9]{4}-)?((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|[12][0-9]))$",
        check: |text| parts(text).is_some()
    }
}

/// Year, month and day of a calendar day's text; `None` where it is none.
fn parts(text: &str) -> Option<(Option<u16>, u8, u8)> {
    let number = |digits: &str, width: usize| {
        let plain = digits.len() == width && digits.bytes().all(|b| b.is_ascii_digit());
        plain.then(|| digits.parse::<u16>().ok()).flatten()
    };
    let (rest, day) = text.rsplit_once('-')?;
    let (year, month) = match rest.rsplit_once('-') {
        Some((year, month)) => (Some(number(year, 4)?), month),
        None => (None, rest),
    };
    let (month, day) = (number(month, 2)?, number(day, 2)?);
    let days = match month {
        2 => 29,
        4 | 6 | 9 | 11 => 30,
        1..=12 => 31,
        _ => return None,
    };
    let whole = (1..=days).contains(&day);
    whole.then_some((year, u8::try_from(month).ok()?, u8::try_from(day).ok()?))
}

impl CalendarDay {
    /// Its year, `None` for a day of every year, its month, 1 to 12, and its day, 1 to 31.
    pub fn parts(&self) -> (Option<u16>, u8, u8) {
        parts(&self.0).unwrap_or((None, 1, 1))
    }
}

/// Days, the first and the last included; both with a year or both without. Without, where `last` is before `first`, the span goes
/// over new year.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object with first and last")]
pub struct DaySpan {
    /// The first day.
    pub first: CalendarDay,
    /// The last day.
    pub last: CalendarDay,
}

impl DaySpan {
    pub(super) fn see(&self, seen: Option<LocalMoment>) -> Sight {
        let Some(seen) = seen else {
            return Sight::unknown("the shopper's local date");
        };
        // A day without a year is compared in the year of whatever it is compared with.
        let at = |day: &CalendarDay| {
            let (year, month, day) = day.parts();
            (year.unwrap_or(seen.year), month, day)
        };
        let (first, last, today) = (
            at(&self.first),
            at(&self.last),
            (seen.year, seen.month, seen.day),
        );
        let yearly = self.first.parts().0.is_none() && self.last.parts().0.is_none();
        let holds = if yearly && last < first {
            today >= first || today <= last
        } else {
            (first..=last).contains(&today)
        };
        let not = if holds { "" } else { "not " };
        let (first, last) = (&self.first, &self.last);
        let LocalMoment {
            year, month, day, ..
        } = seen;
        Sight::new(
            holds,
            format!(
                "the shopper's local date was {year:04}-{month:02}-{day:02}, {not}between {first} and {last}"
            ),
        )
    }

    pub(super) fn check(&self, problems: &mut Problems) {
        let (first, last) = (self.first.parts(), self.last.parts());
        if first.0.is_some() != last.0.is_some() {
            let reason = "with a year if first has one, and without if it has none";
            problems.field("last", |problems| problems.wrong(reason));
        } else if first.0.is_some() && last < first {
            problems.field("last", |problems| problems.wrong("not before first"));
        }
    }
}
