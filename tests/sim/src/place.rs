//! Where people live: their clocks and their law, told apart from the core's calendar, so that what that decides can be checked.

const HOUR: u64 = 3_600_000;
const DAY: u64 = 24 * HOUR;

/// A place that all people of one world live in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// India: the same clock all year, half an hour beside the others'.
    Delhi,
    /// France: text messages are bound by hours, Sundays and holidays.
    Paris,
    /// The United States: text messages are bound by hours, and to one soon after each cart that was left.
    NewYork,
    /// Browsers say nothing.
    Unknown,
}

/// A wall clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Clock {
    Delhi,
    Paris,
    #[default]
    NewYork,
    Tokyo,
}

/// What a wall clock and its calendar show.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Local {
    /// Minutes since midnight.
    pub(crate) minute: u64,
    /// Days since 1 January 1970.
    day: u64,
}

impl Place {
    pub(crate) const ALL: [Self; 4] = [Self::Delhi, Self::Paris, Self::NewYork, Self::Unknown];

    pub(crate) fn of(n: u8) -> Self {
        Self::ALL
            .get(usize::from(n))
            .copied()
            .unwrap_or(Self::Delhi)
    }

    /// The zone that browsers name.
    pub(crate) fn zone(self) -> Option<&'static str> {
        match self {
            Self::Delhi => Some("Asia/Kolkata"),
            Self::Paris => Some("Europe/Paris"),
            Self::NewYork => Some("America/New_York"),
            Self::Unknown => None,
        }
    }

    /// The number of somebody who lives here; [`super::stage::PLANTED_DIGITS`] are in each.
    pub(crate) fn phone(self, n: u8) -> Option<String> {
        let last = n % 10;
        match self {
            Self::Delhi => Some(format!("+91984815162{last}")),
            Self::Paris => Some(format!("+3364815162{last}")),
            Self::NewYork => Some(String::from("+12024815162")),
            Self::Unknown => None,
        }
    }

    /// The number of somebody who gives no address, likewise.
    pub(crate) fn other_phone(self, n: u8) -> Option<String> {
        let last = n % 10;
        match self {
            Self::Delhi => Some(format!("+91974815162{last}")),
            Self::Paris => Some(format!("+3374815162{last}")),
            Self::NewYork => Some(String::from("+12124815162")),
            Self::Unknown => None,
        }
    }

    /// The clock that people here go by; nobody knows better than the shop's where a browser says nothing.
    pub(crate) fn clock(self, of_shop: Clock) -> Clock {
        match self {
            Self::Delhi => Clock::Delhi,
            Self::Paris => Clock::Paris,
            Self::NewYork => Clock::NewYork,
            Self::Unknown => of_shop,
        }
    }

    /// Whether the law here lets a text message pass at a time of its recipient's.
    pub(crate) fn allows_text(self, local: Local) -> bool {
        let day_begins = 8 * 60;
        match self {
            Self::Paris => {
                (day_begins..21 * 60 + 30).contains(&local.minute)
                    && !local.is_sunday()
                    && !local.is_french_holiday()
            }
            Self::NewYork => (day_begins..21 * 60).contains(&local.minute),
            Self::Delhi | Self::Unknown => true,
        }
    }
}

impl Clock {
    /// What it shows at `now`, epoch ms.
    pub(crate) fn local(self, now: u64) -> Local {
        let shown = now.saturating_add_signed(self.ahead_ms(now));
        Local {
            minute: shown % DAY / 60_000,
            day: shown / DAY,
        }
    }

    fn ahead_ms(self, now: u64) -> i64 {
        let hour = HOUR.cast_signed();
        let (year, _, _) = civil(now / DAY);
        match self {
            Self::Delhi => 11 * hour / 2,
            Self::Tokyo => 9 * hour,
            // From the last Sunday of March to the last of October, at one o'clock UTC.
            Self::Paris => {
                let from = last_sunday(year, 3) * DAY + HOUR;
                let to = last_sunday(year, 10) * DAY + HOUR;
                hour * if (from..to).contains(&now) { 2 } else { 1 }
            }
            // From the second Sunday of March to the first of November, at two o'clock of its own.
            Self::NewYork => {
                let from = sunday_on_or_after(days(year, 3, 8)) * DAY + 7 * HOUR;
                let to = sunday_on_or_after(days(year, 11, 1)) * DAY + 6 * HOUR;
                hour * if (from..to).contains(&now) { -4 } else { -5 }
            }
        }
    }
}

impl Local {
    /// The year and the month, from 1.
    pub(crate) fn month(self) -> (u64, u64) {
        let (year, month, _) = civil(self.day);
        (year, month)
    }

    pub(crate) fn hour(self) -> u64 {
        self.minute / 60
    }

    fn is_sunday(self) -> bool {
        is_sunday(self.day)
    }

    fn is_french_holiday(self) -> bool {
        let (year, _, _) = civil(self.day);
        french_holidays(year).any(|day| day == self.day)
    }
}

/// Public holidays of France (Code du travail, L3133-1), days since 1 January 1970.
pub(crate) fn french_holidays(year: u64) -> impl Iterator<Item = u64> {
    const FIXED: [(u64, u64); 8] = [
        (1, 1),
        (5, 1),
        (5, 8),
        (7, 14),
        (8, 15),
        (11, 1),
        (11, 11),
        (12, 25),
    ];
    let easter = easter(year);
    FIXED
        .into_iter()
        .map(move |(month, day)| days(year, month, day))
        .chain([easter + 1, easter + 39, easter + 50])
}

/// Easter Sunday by the Gregorian calendar (Meeus, Jones and Butcher).
fn easter(year: u64) -> u64 {
    let (a, b, c) = (year % 19, year / 100, year % 100);
    let h = (19 * a + b - b / 4 - (b - (b + 8) / 25 + 1) / 3 + 15) % 30;
    let l = (32 + 2 * (b % 4) + 2 * (c / 4) - h - c % 4) % 7;
    let m = (a + 11 * h + 22 * l) / 451;
    let n = h + l + 114 - 7 * m;
    days(year, n / 31, n % 31 + 1)
}

/// Days from 1 January 1970 to a date from then on (Hinnant, "chrono-compatible low-level date algorithms").
fn days(year: u64, month: u64, day: u64) -> u64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year / 400, year % 400);
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The date so many days after 1 January 1970.
fn civil(day: u64) -> (u64, u64, u64) {
    let day = day + 719_468;
    let (era, of_era) = (day / 146_097, day % 146_097);
    let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let date = of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year + era * 400 + u64::from(month <= 2);
    (year, month, date)
}

/// 4 January 1970 was one.
fn is_sunday(day: u64) -> bool {
    day % 7 == 3
}

fn sunday_on_or_after(day: u64) -> u64 {
    day + (10 - day % 7) % 7
}

fn last_sunday(year: u64, month: u64) -> u64 {
    sunday_on_or_after(days(year, month, 25))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_days_are_where_they_belong() {
        for (year, month, day, known) in [
            (1970, 1, 1, 0),
            (2000, 3, 1, 11_017),
            (2027, 1, 15, 20_833),
            (2028, 2, 29, 21_243),
        ] {
            assert_eq!(days(year, month, day), known);
            assert_eq!(civil(known), (year, month, day));
        }
        // timeanddate.com: Easter, and the changes to summer time.
        assert_eq!(easter(2027), days(2027, 3, 28));
        assert_eq!(easter(2028), days(2028, 4, 16));
        assert_eq!(last_sunday(2027, 3), days(2027, 3, 28));
        assert_eq!(last_sunday(2027, 10), days(2027, 10, 31));
        assert_eq!(sunday_on_or_after(days(2027, 3, 8)), days(2027, 3, 14));
        assert_eq!(sunday_on_or_after(days(2027, 11, 1)), days(2027, 11, 7));
    }

    #[test]
    fn clocks_show_what_they_show() {
        let noon = days(2027, 7, 14) * DAY + 12 * HOUR;
        for (clock, hour) in [
            (Clock::Delhi, 17),
            (Clock::Paris, 14),
            (Clock::NewYork, 8),
            (Clock::Tokyo, 21),
        ] {
            assert_eq!(clock.local(noon).hour(), hour, "{clock:?}");
        }
        assert!(!Place::Paris.allows_text(Clock::Paris.local(noon)));
        assert!(Place::Paris.allows_text(Clock::Paris.local(noon + DAY)));
    }
}
