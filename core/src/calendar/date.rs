//! Dates on the wall calendar.

use super::Malformed;
use alloc::string::String;
use core::{fmt, str::FromStr};
use jiff::{Timestamp, civil, tz::Offset};
use serde::{Deserialize, Serialize};

const DAY_SECONDS: i64 = 86_400;

/// A Gregorian date without a zone, written `YYYY-MM-DD`, from the year 1970 to 2199.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct LocalDate(civil::Date);

impl LocalDate {
    /// A date that exists, in the years that this type knows.
    pub fn new(year: i16, month: i8, day: i8) -> Option<Self> {
        (1970..2200)
            .contains(&year)
            .then(|| civil::Date::new(year, month, day).ok())
            .flatten()
            .map(Self)
    }

    /// The date of a local day that is counted from 1 January 1970; `None` outside the years that this type knows.
    pub fn of_day(day: i64) -> Option<Self> {
        let midnight = Timestamp::from_second(day.checked_mul(DAY_SECONDS)?).ok()?;
        let date = Offset::UTC.to_datetime(midnight).date();
        Self::new(date.year(), date.month(), date.day())
    }

    /// Days since 1 January 1970.
    pub fn day(self) -> i64 {
        Offset::UTC
            .to_timestamp(self.0.at(0, 0, 0, 0))
            .map_or(0, |midnight| midnight.as_second().div_euclid(DAY_SECONDS))
    }

    /// The year.
    pub fn year(self) -> i16 {
        self.0.year()
    }

    /// The month, 1 to 12.
    pub fn month(self) -> i8 {
        self.0.month()
    }

    /// The day of the month, from 1.
    pub fn day_of_month(self) -> i8 {
        self.0.day()
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for LocalDate {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "LocalDate".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "YYYY-MM-DD, from 1970 to 2199",
            "type": "string",
            "pattern": "^(19[7-9][0-9]|2[01][0-9]{2})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$",
        })
    }
}

impl FromStr for LocalDate {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let digits = |from: usize, to: usize| -> Option<i16> {
            text.get(from..to)
                .filter(|part| part.bytes().all(|b| b.is_ascii_digit()))?
                .parse()
                .ok()
        };
        (text.len() == 10 && text.get(4..5) == Some("-") && text.get(7..8) == Some("-"))
            .then(|| {
                let month = i8::try_from(digits(5, 7)?).ok()?;
                let day = i8::try_from(digits(8, 10)?).ok()?;
                Self::new(digits(0, 4)?, month, day)
            })
            .flatten()
            .ok_or(Malformed::Date)
    }
}

impl TryFrom<String> for LocalDate {
    type Error = Malformed;

    fn try_from(text: String) -> Result<Self, Malformed> {
        text.parse()
    }
}

impl fmt::Display for LocalDate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:04}-{:02}-{:02}",
            self.year(),
            self.month(),
            self.day_of_month()
        )
    }
}

impl From<LocalDate> for String {
    fn from(date: LocalDate) -> Self {
        alloc::format!("{date}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::NaiveDate;

    #[test]
    fn every_day_to_2199_is_counted_and_spelt_as_chrono_does() {
        let epoch = NaiveDate::from_ymd_opt(1970, 1, 1).unwrap();
        for day in 0..84_006_i64 {
            let date = LocalDate::of_day(day).unwrap();
            let theirs = epoch + chrono::Days::new(u64::try_from(day).unwrap());
            assert_eq!(date.to_string(), theirs.to_string());
            assert_eq!(date.day(), day);
            assert_eq!(date.to_string().parse(), Ok(date));
        }
        assert_eq!(LocalDate::of_day(84_006), None);
        assert_eq!(LocalDate::of_day(-1), None);
        assert_eq!(LocalDate::of_day(i64::MAX), None);
    }

    #[test]
    fn what_is_no_date_is_refused() {
        for text in [
            "",
            "2026-02-29",
            "2026-13-01",
            "2026-00-10",
            "2026-1-01",
            "20260101",
            "2026/01/01",
            "1969-12-31",
            "2200-01-01",
            "2026-01-01T00",
            "+026-01-01",
            "2026-01-0é",
        ] {
            assert_eq!(text.parse::<LocalDate>(), Err(Malformed::Date), "{text}");
        }
    }
}
