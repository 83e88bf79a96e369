//! The hour at which a shopper is usually there.

use super::{TimeOfDay, Zone};
use serde::{Deserialize, Serialize};

/// What one active hour adds, in the unit of the counters: room for four halvings before it is forgotten.
const WEIGHT: u8 = 16;
/// After how many days what was seen counts half.
const HALF_LIFE_DAYS: i64 = 28;
/// Active hours that must have been seen, and on how many days, both decayed: less is chance.
const LEAST_HOURS: u8 = 5;
const LEAST_DAYS: u8 = 3;

/// When a shopper was active, by local hour: 24 counters that halve every four weeks. It takes 32 bytes and names no instant.
///
/// An hour of a day counts once, however much happens in it, so that one long visit is not a habit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Activity {
    hours: [u8; 24],
    /// Days since 1 January 1970 of the latest activity.
    day: u16,
    /// Which hours of that day counted, a bit each.
    today: u32,
    /// Active hours and active days seen, in the unit of the counters.
    seen_hours: u8,
    seen_days: u8,
}

impl Activity {
    /// Takes note of activity at `at`, epoch ms, where the shopper's wall clock is that of `zone`. What is older than the latest
    /// day noted is ignored: a journal that arrives late says little about habits.
    pub fn note(&mut self, at: u64, zone: &Zone) {
        let local = zone.local(at);
        let Ok(day) = u16::try_from(local.day()) else {
            return;
        };
        if day < self.day {
            return;
        }
        let bit = 1 << local.hour();
        if day > self.day {
            self.decay(
                i64::from(day).div_euclid(HALF_LIFE_DAYS)
                    - i64::from(self.day).div_euclid(HALF_LIFE_DAYS),
            );
            self.seen_days = self.seen_days.saturating_add(WEIGHT);
            self.day = day;
            self.today = 0;
        }
        if self.today & bit != 0 {
            return;
        }
        self.today |= bit;
        self.seen_hours = self.seen_hours.saturating_add(WEIGHT);
        let hour = usize::from(local.hour());
        let full = |counter: &u8| counter.checked_add(WEIGHT).is_none();
        if self.hours.get(hour).is_some_and(full) {
            // All together, or the busiest hour would stop growing while the others catch up.
            self.hours.iter_mut().for_each(|counter| *counter /= 2);
        }
        if let Some(counter) = self.hours.get_mut(hour) {
            *counter = counter.saturating_add(WEIGHT);
        }
    }

    /// Of two records of one person's habits the one that has seen more days.
    #[must_use]
    pub fn better_known(self, other: Self) -> Self {
        if other.seen_days > self.seen_days {
            other
        } else {
            self
        }
    }

    fn decay(&mut self, halvings: i64) {
        let by = u32::try_from(halvings).unwrap_or(0).min(8);
        let halve = |counter: &mut u8| *counter = counter.checked_shr(by).unwrap_or(0);
        self.hours.iter_mut().for_each(halve);
        halve(&mut self.seen_hours);
        halve(&mut self.seen_days);
    }

    /// The local hour, 0 to 23, at which the shopper is usually active, as of the last note: the one whose own counter, twice, and
    /// those of the hours beside it add up to most, since habits do not keep to full hours; the earliest of equals. `None` before
    /// five active hours on three days, both counted as the decay leaves them.
    pub fn usual_hour(&self) -> Option<u8> {
        let enough = |seen: u8, least: u8| seen / WEIGHT >= least;
        if !enough(self.seen_hours, LEAST_HOURS) || !enough(self.seen_days, LEAST_DAYS) {
            return None;
        }
        let counter =
            |hour: u8| u16::from(self.hours.get(usize::from(hour % 24)).copied().unwrap_or(0));
        let score = |hour: u8| {
            counter(hour)
                .saturating_mul(2)
                .saturating_add(counter(hour.saturating_add(1)))
                .saturating_add(counter(hour.saturating_add(23)))
        };
        (0..24)
            .filter(|hour| counter(*hour) > 0)
            .rev()
            .max_by_key(|hour| score(*hour))
    }

    /// The first instant from `from` on, epoch ms, that lies in the shopper's usual hour, if it comes within `horizon_ms`; else `from`.
    pub fn next_at_usual_hour(&self, zone: &Zone, from: u64, horizon_ms: u64) -> u64 {
        let Some(hour) = self.usual_hour() else {
            return from;
        };
        if zone.local(from).hour() == hour {
            return from;
        }
        let at = zone.next(TimeOfDay::at(hour, 0), from);
        if at.saturating_sub(from) <= horizon_ms {
            at
        } else {
            from
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::quiet::tests::ms;
    use super::super::zone::tests::zoned_instants;
    use super::super::{DAY_MS, HOUR_MS};
    use super::*;
    use chrono::{TimeZone as _, Timelike};
    use proptest::prelude::*;

    const NOON: u64 = 1_795_608_000_000;

    fn after(visits: &[(u64, u64)]) -> Activity {
        let mut activity = Activity::default();
        for (day, hour) in visits {
            activity.note(NOON + day * DAY_MS + hour * HOUR_MS, &Zone::UTC);
        }
        activity
    }

    #[test]
    fn five_active_hours_on_three_days_are_a_habit() {
        assert_eq!(after(&[]).usual_hour(), None);
        assert_eq!(
            after(&[(0, 0), (0, 1), (0, 2), (1, 0), (1, 1), (1, 2)]).usual_hour(),
            None
        );
        assert_eq!(after(&[(0, 7), (1, 7), (2, 7), (2, 8)]).usual_hour(), None);
        assert_eq!(
            after(&[(0, 7), (1, 7), (2, 7), (2, 8), (3, 7)]).usual_hour(),
            Some(19)
        );
    }

    #[test]
    fn one_long_visit_is_no_habit() {
        let mut activity = after(&[(0, 7), (1, 7), (2, 7)]);
        for minute in 0..60 {
            activity.note(NOON + 3 * DAY_MS + minute * 60_000, &Zone::UTC);
        }
        assert_eq!(activity.usual_hour(), None);
        activity.note(NOON + 4 * DAY_MS + 7 * HOUR_MS, &Zone::UTC);
        assert_eq!(activity.usual_hour(), Some(19));
    }

    #[test]
    fn hours_beside_each_other_are_one_habit() {
        // Twice at 10, and evenings spread over 19, 20 and 21.
        let visits = [(0, 22), (1, 22), (2, 7), (3, 8), (4, 8), (5, 9)];
        assert_eq!(after(&visits).usual_hour(), Some(20));
        // Around midnight too.
        assert_eq!(
            after(&[(0, 11), (1, 12), (2, 12), (3, 13), (4, 3)]).usual_hour(),
            Some(0)
        );
    }

    #[test]
    fn habits_change_and_fade() {
        let old: Vec<(u64, u64)> = (0..20).map(|day| (day, 0)).collect();
        let mut both = old.clone();
        both.extend((60..70).map(|day| (day, 8)));
        assert_eq!(after(&old).usual_hour(), Some(12));
        assert_eq!(after(&both).usual_hour(), Some(20));
        let mut long_ago = old;
        long_ago.push((400, 8));
        assert_eq!(after(&long_ago).usual_hour(), None);
    }

    #[test]
    fn it_takes_32_bytes_wherever_it_is_kept() {
        let mut activity = Activity::default();
        for hour in 0..24 * 400 {
            activity.note(NOON + hour * HOUR_MS, &Zone::UTC);
        }
        assert!(core::mem::size_of::<Activity>() <= 48);
        let bytes = postcard::to_allocvec(&activity).unwrap();
        assert!(bytes.len() <= 34, "{}", bytes.len());
        assert_eq!(postcard::from_bytes::<Activity>(&bytes), Ok(activity));
    }

    #[test]
    fn the_usual_hour_is_waited_for_within_a_horizon() {
        let paris = Zone::named("Europe/Paris").unwrap();
        let mut activity = Activity::default();
        for day in 0..5 {
            activity.note(ms("2027-03-20T02:30:00+01:00") + day * DAY_MS, &paris);
        }
        assert_eq!(activity.usual_hour(), Some(2));
        let evening = ms("2027-03-26T20:00:00+01:00");
        let at = |from, horizon| activity.next_at_usual_hour(&paris, from, horizon);
        assert_eq!(at(evening, DAY_MS), ms("2027-03-27T02:00:00+01:00"));
        assert_eq!(at(evening, 5 * HOUR_MS), evening);
        let within = ms("2027-03-27T02:40:00+01:00");
        assert_eq!(at(within, DAY_MS), within);
        // The night in which the clock skips that hour.
        let change = ms("2027-03-28T03:00:00+02:00");
        assert_eq!(at(change - 3 * HOUR_MS, DAY_MS), change);
        assert_eq!(
            Activity::default().next_at_usual_hour(&paris, evening, DAY_MS),
            evening
        );
    }

    proptest! {
        #[test]
        fn who_comes_at_one_hour_is_expected_at_it((zone, theirs, at) in zoned_instants(), days in 5_u64..60) {
            let mut activity = Activity::default();
            for day in 0..days {
                activity.note(at + day * DAY_MS, &zone);
            }
            let last = i64::try_from(at + (days - 1) * DAY_MS).unwrap();
            let hours: Vec<u32> = (0..i64::try_from(days).unwrap())
                .map(|day| theirs.timestamp_millis_opt(last - day * 86_400_000).unwrap().hour())
                .collect();
            // Daylight saving may have moved the visits by an hour on the wall clock; every noted hour is one of those.
            if let Some(usual) = activity.usual_hour() {
                prop_assert!(hours.contains(&u32::from(usual)));
            }
        }
    }
}
