//! Times as platforms write them.

use super::Envelope;
use crate::calendar::LocalDate;

const SECOND_MS: u64 = 1_000;
const DAY_SECONDS: i64 = 86_400;

/// Milliseconds that a second of a version has room for: 35 minutes, so that all of it is below 2^53.
const ROOM: u64 = 1 << 21;

/// When something was begun and changed.
#[derive(Clone, Copy, Debug)]
pub(super) struct When {
    pub(super) created_at: Option<u64>,
    pub(super) changed_at: u64,
    pub(super) version: u64,
}

impl When {
    /// From what the payload says, or else the envelope. All epoch ms.
    pub(super) fn new(
        created_at: Option<u64>,
        updated_at: Option<u64>,
        envelope: &Envelope,
    ) -> Self {
        let changed_at = updated_at
            .or(envelope.triggered_at)
            .or(created_at)
            .unwrap_or(envelope.received_at);
        Self {
            created_at,
            changed_at,
            version: version(changed_at, envelope.triggered_at),
        }
    }
}

/// Epoch ms of a time in ISO 8601 (`2026-01-31T19:00:00.250-05:00`, also with a space for the `T`) or RFC 5322
/// (`Wed, 10 Jan 2018 21:05:30 +0000`). Without a zone it is in UTC.
pub(super) fn parse(text: &str) -> Option<u64> {
    let text = text.trim();
    if text.as_bytes().get(4) == Some(&b'-') {
        iso(text)
    } else {
        mail(text)
    }
}

/// Whether a database wrote that there is no time.
pub(super) fn is_none(text: &str) -> bool {
    text.is_empty() || text.starts_with("0000-00-00")
}

/// A number that grows with each change: first by the platform's own time of the change, which is often in whole seconds, then by when the
/// platform told of it. Both epoch ms.
pub(super) fn version(updated_at: u64, triggered_at: Option<u64>) -> u64 {
    let second = updated_at.checked_div(SECOND_MS).unwrap_or(0);
    let since = triggered_at
        .unwrap_or(updated_at)
        .saturating_sub(second.saturating_mul(SECOND_MS));
    second
        .saturating_mul(ROOM)
        .saturating_add(since.min(ROOM - 1))
        .max(1)
}

/// The last version of the second in which a version is.
pub(super) fn last_of_second(version: u64) -> u64 {
    version | (ROOM - 1)
}

fn iso(text: &str) -> Option<u64> {
    let (date, rest) = text.split_at_checked(10)?;
    let date: LocalDate = date.parse().ok()?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (clock, rest) = rest.split_at_checked(8)?;
    let (ms, zone) = match rest.strip_prefix('.') {
        Some(fraction) => {
            let end = fraction.bytes().position(|byte| !byte.is_ascii_digit());
            let (digits, zone) = fraction.split_at_checked(end.unwrap_or(fraction.len()))?;
            (thousandths(digits)?, zone)
        }
        None => (0, rest),
    };
    instant(date, seconds(clock)?, offset(zone)?, ms)
}

fn mail(text: &str) -> Option<u64> {
    let text = text.split_once(',').map_or(text, |(_, rest)| rest);
    let mut words = text.split_ascii_whitespace();
    let day = words.next()?.parse().ok()?;
    let month = words.next()?;
    let months = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let month = months
        .iter()
        .zip(1_i8..)
        .find(|(name, _)| **name == month)?
        .1;
    let year = words.next()?.parse().ok()?;
    let clock = seconds(words.next()?)?;
    let zone = offset(words.next().unwrap_or(""))?;
    instant(LocalDate::new(year, month, day)?, clock, zone, 0)
}

fn instant(date: LocalDate, clock: i64, offset: i64, ms: u64) -> Option<u64> {
    let seconds = date.day().checked_mul(DAY_SECONDS)?.checked_add(clock)?;
    let seconds = u64::try_from(seconds.checked_sub(offset)?).ok()?;
    seconds.checked_mul(SECOND_MS)?.checked_add(ms)
}

/// `HH:MM:SS`; a leap second counts as the one before it.
fn seconds(clock: &str) -> Option<i64> {
    let mut parts = clock.split(':').map(two);
    let (hours, minutes, seconds) = (parts.next()??, parts.next()??, parts.next()??);
    let fits = parts.next().is_none() && hours < 24 && minutes < 60 && seconds <= 60;
    fits.then(|| hours * 3_600 + minutes * 60 + seconds.min(59))
}

/// Seconds to the east of UTC: `Z`, `+05:30`, `+0530`, `+05`, `GMT` or nothing.
fn offset(zone: &str) -> Option<i64> {
    if matches!(zone, "" | "Z" | "z" | "GMT" | "UTC") {
        return Some(0);
    }
    let (sign, digits) = match zone.split_at_checked(1)? {
        ("+", digits) => (1, digits),
        ("-", digits) => (-1, digits),
        _ => return None,
    };
    let (hours, minutes) = digits.split_at_checked(2)?;
    let minutes = minutes.strip_prefix(':').unwrap_or(minutes);
    let minutes = if minutes.is_empty() { 0 } else { two(minutes)? };
    let hours = two(hours)?;
    (hours < 24 && minutes < 60).then(|| sign * (hours * 3_600 + minutes * 60))
}

fn two(digits: &str) -> Option<i64> {
    let fits = digits.len() == 2 && digits.bytes().all(|byte| byte.is_ascii_digit());
    fits.then(|| digits.parse().ok()).flatten()
}

/// The first three decimals.
fn thousandths(digits: &str) -> Option<u64> {
    let mut padded = digits.bytes().chain(core::iter::repeat(b'0'));
    (!digits.is_empty()).then_some(())?;
    (0..3).try_fold(0, |sum, _| {
        Some(sum * 10 + u64::from(padded.next()? - b'0'))
    })
}

#[cfg(test)]
mod tests {
    use super::{last_of_second, parse, version};
    use proptest::prelude::*;

    #[test]
    fn an_order_comes_behind_its_second_and_before_the_next() {
        let order = last_of_second(version(5_000, None));
        for told in [version(5_999, None), version(5_000, Some(2_000_000))] {
            assert!(told < order);
        }
        assert!(order < version(6_000, None));
    }

    #[test]
    fn times_are_read_as_platforms_write_them() {
        for (text, ms) in [
            ("2021-12-31T19:00:00-05:00", Some(1_640_995_200_000)),
            ("2022-01-01T00:00:00.000Z", Some(1_640_995_200_000)),
            ("2022-01-01T00:00:00.25Z", Some(1_640_995_200_250)),
            ("2022-01-01T00:00:00.123456789Z", Some(1_640_995_200_123)),
            ("2022-01-01 00:00:00", Some(1_640_995_200_000)),
            ("2022-01-01T05:30:00+0530", Some(1_640_995_200_000)),
            ("2022-01-01T00:00:00", Some(1_640_995_200_000)),
            ("Wed, 10 Jan 2018 21:05:30 +0000", Some(1_515_618_330_000)),
            ("10 Jan 2018 21:05:30 GMT", Some(1_515_618_330_000)),
            ("2016-12-31T23:59:60Z", Some(1_483_228_799_000)),
            ("2022-02-30T00:00:00Z", None),
            ("2022-01-01", None),
            ("2022-01-01T24:00:00Z", None),
            ("2022-01-01T00:00:00.Z", None),
            ("1969-12-31T23:59:59Z", None),
            ("1970-01-01T00:00:00+01:00", None),
            ("Wed, 10 Foo 2018 21:05:30 +0000", None),
            ("", None),
            ("0000-00-00 00:00:00", None),
            ("2022-01-01T00:00:00é", None),
        ] {
            assert_eq!(parse(text), ms, "{text}");
        }
    }

    proptest! {
        #[test]
        fn an_independent_clock_agrees(second in 0_i64..4_102_444_800, ms in 0_u32..1_000, zone in -839_i32..840) {
            let zone = chrono::FixedOffset::east_opt(zone * 60).unwrap();
            let time = chrono::DateTime::from_timestamp(second, ms * 1_000_000).unwrap();
            let text = format!("{:?}", time.with_timezone(&zone));
            let expected = u64::try_from(time.timestamp_millis()).unwrap();
            // The local date may lie before 1970, where no shop was.
            if !text.starts_with("1969") {
                prop_assert_eq!(parse(&text), Some(expected), "{}", text);
            }
        }

        #[test]
        fn nothing_panics(text in any::<String>()) {
            let _ = parse(&text);
        }

        #[test]
        fn a_later_change_has_a_higher_version(first in 0_u64..4_102_444_800, step in 1_u64..1_000, late in 0_u64..2_000_000) {
            let earlier = version(first * 1_000, Some(first * 1_000 + late));
            let later = version((first + step) * 1_000, Some((first + step) * 1_000));
            prop_assert!(earlier < later);
            prop_assert!(later < 1 << 53);
        }

        #[test]
        fn within_a_second_the_order_of_telling_counts(first in 0_u64..4_102_444_800, a in 0_u64..100_000, b in 0_u64..100_000) {
            let at = |ms| version(first * 1_000, Some(first * 1_000 + ms));
            prop_assert_eq!(at(a).cmp(&at(b)), a.cmp(&b));
        }
    }
}
