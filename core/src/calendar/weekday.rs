//! Days of the week.

use serde::{Deserialize, Serialize};

/// A day of the week, in ISO 8601's order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
#[repr(u8)]
pub enum Weekday {
    /// ISO 8601's day 1.
    Monday,
    /// ISO 8601's day 2.
    Tuesday,
    /// ISO 8601's day 3.
    Wednesday,
    /// ISO 8601's day 4.
    Thursday,
    /// ISO 8601's day 5.
    Friday,
    /// ISO 8601's day 6.
    Saturday,
    /// ISO 8601's day 7.
    Sunday,
}

impl Weekday {
    /// All seven, Monday first.
    pub const ALL: [Self; 7] = [
        Self::Monday,
        Self::Tuesday,
        Self::Wednesday,
        Self::Thursday,
        Self::Friday,
        Self::Saturday,
        Self::Sunday,
    ];

    /// The weekday of a local day, counted from 1 January 1970, which was a Thursday.
    pub fn of_day(day: i64) -> Self {
        match day.wrapping_add(3).rem_euclid(7) {
            0 => Self::Monday,
            1 => Self::Tuesday,
            2 => Self::Wednesday,
            3 => Self::Thursday,
            4 => Self::Friday,
            5 => Self::Saturday,
            _ => Self::Sunday,
        }
    }

    /// Its bit in a set of weekdays.
    pub(super) fn bit(self) -> u8 {
        1 << (self as u8)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days_have_their_names() {
        for (day, name) in [
            (0, Weekday::Thursday),
            (-1, Weekday::Wednesday),
            (3, Weekday::Sunday),
            (11_017, Weekday::Wednesday),
            (20_783, Weekday::Thursday),
        ] {
            assert_eq!(Weekday::of_day(day), name, "{day}");
        }
    }
}
