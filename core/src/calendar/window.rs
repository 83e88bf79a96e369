//! Windows of the wall clock in which nothing is sent, and the way past them.

use super::{
    DAY_MS, HORIZON_MS, LocalDate, TimeOfDay, WallClock, Weekday, Zone, is_french_holiday,
};

const DAY: i64 = DAY_MS.cast_signed();
const MINUTE: i64 = 60_000;

/// On which local days a window begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Days {
    /// Some days of the week.
    Weekdays(u8),
    /// The public holidays of France.
    FrenchHolidays,
}

impl Days {
    pub(super) const EVERY: Self = Self::Weekdays(0b111_1111);

    fn contain(self, day: i64) -> bool {
        match self {
            Self::Weekdays(set) => set & Weekday::of_day(day).bit() != 0,
            Self::FrenchHolidays => LocalDate::of_day(day).is_some_and(is_french_holiday),
        }
    }
}

/// From one local time to another, the end left out; it wraps midnight when it ends before it begins, and belongs to the day on
/// which it begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Window {
    pub from: TimeOfDay,
    pub to: TimeOfDay,
    pub days: Days,
}

impl Window {
    /// Its length in minutes of the wall clock, 1 to 1440. Equal ends mean a whole day here; configuration refuses them.
    pub(super) fn minutes(self) -> u16 {
        let (from, to) = (self.from.minutes(), self.to.minutes());
        if to > from {
            to.saturating_sub(from)
        } else {
            TimeOfDay::DAY.saturating_sub(from).saturating_add(to)
        }
    }

    /// The end of a window that meets `[first, last]`, in local ms; the first such window.
    fn meets(self, first: i64, last: i64) -> Option<i64> {
        let length = i64::from(self.minutes()).saturating_mul(MINUTE);
        let offset = i64::from(self.from.minutes()).saturating_mul(MINUTE);
        // A window is a day long at most, so only those of the day before can reach into `first`.
        let before = first.div_euclid(DAY).saturating_sub(1);
        (before..=last.div_euclid(DAY)).find_map(|day| {
            let start = day.saturating_mul(DAY).saturating_add(offset);
            let end = start.saturating_add(length);
            (start <= last && first < end && self.days.contain(day)).then_some(end)
        })
    }

    /// The earliest instant from `now` on from which `[at, at + span]` stays clear of the window; `u64::MAX` when there is none
    /// within the horizon and a week.
    ///
    /// It is exact. Inside a stretch of unchanging offset the wall clock runs evenly. If a window meets the part of the span in
    /// one stretch, every start before the window's end, or before the stretch's end if that is sooner, keeps an instant of that
    /// window in its span: starts before the window's first held instant still reach it, later ones lie in it. So the search
    /// jumps there, and passes nothing that was allowed. Each jump passes the end of a window or of a stretch, of which a day
    /// has few, so the horizon bounds the jumps.
    pub(super) fn next_clear(self, clock: &mut WallClock<'_>, now: u64, span: u64) -> u64 {
        if now > Zone::LAST_MS {
            return u64::MAX;
        }
        let limit = now.saturating_add(HORIZON_MS).saturating_add(7 * DAY_MS);
        let mut at = now;
        while at <= limit {
            match self.met_by(clock, at, at.saturating_add(span)) {
                Some(later) => at = later.max(at.saturating_add(1)),
                None => return at,
            }
        }
        u64::MAX
    }

    /// Where to look next when the window meets `[from, to]`.
    fn met_by(self, clock: &mut WallClock<'_>, from: u64, to: u64) -> Option<u64> {
        let mut at = from;
        loop {
            let stretch = clock.stretch(at);
            let last = to.min(stretch.until.saturating_sub(1));
            if let Some(end) = self.meets(stretch.local(at), stretch.local(last)) {
                return Some(stretch.instant(end).min(stretch.until));
            }
            if last >= to {
                return None;
            }
            at = stretch.until;
        }
    }
}
