//! Quiet hours of a shop: local times at which nobody is written to.

use super::window::{Days, Window};
use super::{DAY_MS, TimeOfDay, WallClock, Weekday, Zone};
use crate::shop::FieldError;
use alloc::{format, string::String, vec, vec::Vec};
use serde::{Deserialize, Serialize};

/// Local times between which nothing is sent, the end left out. They wrap midnight when `to` is before `from`, and then belong
/// to the day on which they begin.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object with from, to and days")]
pub struct QuietHours {
    /// When it becomes quiet.
    pub from: TimeOfDay,
    /// When it ends.
    pub to: TimeOfDay,
    /// On which days it becomes quiet; every day when absent.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(length(min = 1)))]
    pub days: Option<Vec<Weekday>>,
}

impl QuietHours {
    /// Quiet hours a shop may have.
    pub const MAX: usize = 8;
    /// What the quiet hours of a shop must leave free in one piece each week, in minutes: longer than daylight saving takes
    /// away, and than any send lasts.
    const FREE_MINUTES: usize = 180;

    /// The earliest instant from `now` on, epoch ms, at which all of `[at, at + span_ms]` is outside these hours. A send holds a
    /// lease of `span_ms` and may be accepted at its very end. `u64::MAX` when the span is longer than what the hours leave.
    pub fn next_allowed(&self, zone: &Zone, now: u64, span_ms: u64) -> u64 {
        self.next_clear(&mut WallClock::new(zone), now, span_ms)
    }

    pub(super) fn next_clear(&self, clock: &mut WallClock<'_>, now: u64, span: u64) -> u64 {
        // No lease is a day long. The bound keeps a wrong one from costing a walk through all those days.
        if span > DAY_MS {
            return u64::MAX;
        }
        self.window().next_clear(clock, now, span)
    }

    fn window(&self) -> Window {
        let set = |days: &Vec<Weekday>| days.iter().fold(0, |set, day| set | day.bit());
        Window {
            from: self.from,
            to: self.to,
            days: self
                .days
                .as_ref()
                .map_or(Days::EVERY, |days| Days::Weekdays(set(days))),
        }
    }

    /// Minutes of a week, Monday 00:00 first, that these hours hold.
    fn hold(&self, week: &mut [bool]) {
        let days = self.days.as_deref().unwrap_or(&Weekday::ALL);
        for day in days {
            let start = usize::from(*day as u8)
                .saturating_mul(usize::from(TimeOfDay::DAY))
                .saturating_add(usize::from(self.from.minutes()));
            let length = usize::from(self.window().minutes());
            for (n, minute) in week.iter_mut().enumerate() {
                let since = n.saturating_add(WEEK_MINUTES).saturating_sub(start) % WEEK_MINUTES;
                *minute = *minute || since < length;
            }
        }
    }
}

const WEEK_MINUTES: usize = 7 * 24 * 60;

/// Checks a shop's quiet hours; `path` is where they stand in the configuration. Together they must leave three hours in one
/// piece each week, or messages would be held for ever.
pub fn check_quiet_hours(hours: &[QuietHours], path: &str) -> Result<(), FieldError> {
    let wrong = |field: String, reason: &str| {
        Err(FieldError {
            field,
            reason: String::from(reason),
        })
    };
    if hours.len() > QuietHours::MAX {
        return wrong(String::from(path), "at most 8 quiet hours");
    }
    let mut week = vec![false; WEEK_MINUTES];
    for (n, quiet) in hours.iter().enumerate() {
        if quiet.from.minutes() == TimeOfDay::DAY {
            return wrong(
                format!("{path}[{n}].from"),
                "00:00 to 23:59; the end of a day begins nothing",
            );
        }
        if quiet.from == quiet.to {
            return wrong(
                format!("{path}[{n}].to"),
                "another time than from; 00:00 to 24:00 is a whole day",
            );
        }
        if quiet.days.as_ref().is_some_and(Vec::is_empty) {
            return wrong(
                format!("{path}[{n}].days"),
                "at least one day, or no days at all for every day",
            );
        }
        quiet.hold(&mut week);
    }
    let mut free = 0_usize;
    let mut longest = 0_usize;
    for held in week.iter().chain(&week) {
        free = if *held { 0 } else { free.saturating_add(1) };
        longest = longest.max(free);
    }
    if longest < QuietHours::FREE_MINUTES {
        return wrong(
            String::from(path),
            "must leave at least three hours in one piece each week",
        );
    }
    Ok(())
}

#[cfg(test)]
pub(in crate::calendar) mod tests;
