//! A time on the wall clock, to the minute.

use super::Malformed;
use alloc::string::String;
use core::{fmt, str::FromStr};
use serde::{Deserialize, Serialize};

/// A local time from `00:00` to `24:00`, written `HH:MM`. `24:00` is the end of a day (ISO 8601-1:2019/Amd 1), so that a
/// window can cover a whole one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TimeOfDay(u16);

impl TimeOfDay {
    /// The first minute of a day.
    pub const MIDNIGHT: Self = Self(0);
    /// Minutes in a day.
    pub(super) const DAY: u16 = 24 * 60;

    /// A time of day from hours and minutes; what lies beyond `24:00` is `24:00`.
    pub const fn at(hour: u8, minute: u8) -> Self {
        let minutes = hour as u16 * 60 + minute as u16;
        if minutes > Self::DAY {
            Self(Self::DAY)
        } else {
            Self(minutes)
        }
    }

    /// Minutes since local midnight, 0 to 1440.
    pub const fn minutes(self) -> u16 {
        self.0
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for TimeOfDay {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "TimeOfDay".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "HH:MM, from 00:00 to 24:00",
            "type": "string",
            "pattern": "^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$",
        })
    }
}

impl FromStr for TimeOfDay {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        let two = |digits: &str| -> Option<u16> {
            (digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_digit()))
                .then(|| digits.parse().ok())
                .flatten()
        };
        text.split_once(':')
            .and_then(|(hours, minutes)| {
                let (hours, minutes) = (two(hours)?, two(minutes)?);
                let total = hours.checked_mul(60)?.checked_add(minutes)?;
                (minutes < 60 && total <= Self::DAY).then_some(Self(total))
            })
            .ok_or(Malformed::TimeOfDay)
    }
}

impl TryFrom<String> for TimeOfDay {
    type Error = Malformed;

    fn try_from(text: String) -> Result<Self, Malformed> {
        text.parse()
    }
}

impl fmt::Display for TimeOfDay {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.0 / 60, self.0 % 60)
    }
}

impl From<TimeOfDay> for String {
    fn from(time: TimeOfDay) -> Self {
        alloc::format!("{time}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_minute_has_one_spelling() {
        for minute in 0..=TimeOfDay::DAY {
            let time = TimeOfDay(minute);
            assert_eq!(time.to_string().parse(), Ok(time));
        }
        for text in [
            "", "8:00", "08:0", "08:60", "24:01", "25:00", "08-00", "+8:00", "08:00:00", " 08:00",
            "0８:00",
        ] {
            assert_eq!(
                text.parse::<TimeOfDay>(),
                Err(Malformed::TimeOfDay),
                "{text}"
            );
        }
    }
}
