//! Times as platforms want to read them.

use crate::calendar::LocalDate;
use alloc::{format, string::String};

const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
const MONTHS: [&str; 12] = [
    "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
];
const DAY_S: i64 = 86_400;

struct Parts {
    day: i64,
    date: LocalDate,
    second: i64,
}

/// `at` is epoch ms.
fn parts(at: u64) -> Option<Parts> {
    let seconds = i64::try_from(at / 1_000).ok()?;
    let day = seconds.div_euclid(DAY_S);
    Some(Parts {
        day,
        date: LocalDate::of_day(day)?,
        second: seconds.rem_euclid(DAY_S),
    })
}

/// The date in UTC, `2026-01-31`.
pub(super) fn date(at: u64) -> Option<String> {
    let Parts { date, .. } = parts(at)?;
    let (year, month, day) = (date.year(), date.month(), date.day_of_month());
    Some(format!("{year:04}-{month:02}-{day:02}"))
}

fn clock(second: i64) -> String {
    let (hour, minute) = (second / 3_600, second / 60 % 60);
    format!("{hour:02}:{minute:02}:{:02}", second % 60)
}

/// As ISO 8601 has it without its zone, which is UTC: `2026-01-31T19:00:00`.
pub(super) fn iso(at: u64) -> Option<String> {
    Some(format!("{}T{}", date(at)?, clock(parts(at)?.second)))
}

/// As RFC 2822 has it: `Sat, 31 Jan 2026 19:00:00 +0000`.
pub(super) fn mail(at: u64) -> Option<String> {
    let Parts { day, date, second } = parts(at)?;
    let name = DAYS.get(usize::try_from(day.rem_euclid(7)).ok()?)?;
    let month = MONTHS.get(usize::try_from(date.month()).ok()?.checked_sub(1)?)?;
    let (of_month, year) = (date.day_of_month(), date.year());
    let clock = clock(second);
    Some(format!(
        "{name}, {of_month:02} {month} {year} {clock} +0000"
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_each_platform_reads_them() {
        let at = 1_769_886_000_999;
        assert_eq!(date(at).as_deref(), Some("2026-01-31"));
        assert_eq!(iso(at).as_deref(), Some("2026-01-31T19:00:00"));
        assert_eq!(mail(at).as_deref(), Some("Sat, 31 Jan 2026 19:00:00 +0000"));
        assert_eq!(mail(0).as_deref(), Some("Thu, 01 Jan 1970 00:00:00 +0000"));
        assert_eq!(iso(951_782_400_000).as_deref(), Some("2000-02-29T00:00:00"));
    }
}
