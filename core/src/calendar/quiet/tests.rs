use super::super::zone::tests::{zoned_instants, zones};
use super::*;
use chrono::{Datelike, TimeZone as _, Timelike};
use proptest::prelude::*;

const MINUTE: u64 = 60_000;

/// Whether an instant is quiet, told from the wall clock of another database and the text of the rule alone.
fn is_quiet(quiet: &QuietHours, zone: chrono_tz::Tz, at: u64) -> bool {
    let local = zone
        .timestamp_millis_opt(i64::try_from(at).unwrap())
        .unwrap();
    let minute = u16::try_from(local.hour() * 60 + local.minute()).unwrap();
    let today = local.weekday().num_days_from_monday();
    let on = |day: u32| {
        quiet
            .days
            .as_ref()
            .is_none_or(|days| days.iter().any(|d| *d as u32 == day))
    };
    let (from, to) = (quiet.from.minutes(), quiet.to.minutes());
    if from < to {
        from <= minute && minute < to && on(today)
    } else {
        (from <= minute && on(today)) || (minute < to && on((today + 6) % 7))
    }
}

/// Whether any part of the closed span is quiet. Windows begin and end on whole local minutes, and offsets of this century are
/// whole minutes, so the span's ends and the whole minutes between say it all.
pub(in crate::calendar) fn meets(
    quiet: &QuietHours,
    zone: chrono_tz::Tz,
    at: u64,
    span: u64,
) -> bool {
    let first = at.div_ceil(MINUTE) * MINUTE;
    let whole = (first..=at + span).step_by(60_000);
    whole
        .chain([at, at + span])
        .any(|at| is_quiet(quiet, zone, at))
}

pub(in crate::calendar) fn any_hours() -> impl Strategy<Value = QuietHours> {
    let days = prop::option::of(prop::sample::subsequence(Weekday::ALL.to_vec(), 1..=7));
    (0_u8..24, 0_u8..60, 0_u8..25, 0_u8..60, days)
        .prop_map(|(h, m, to_h, to_m, days)| QuietHours {
            from: TimeOfDay::at(h, m),
            to: TimeOfDay::at(to_h, to_m),
            days,
        })
        .prop_filter("valid", |quiet| {
            check_quiet_hours(std::slice::from_ref(quiet), "quiet").is_ok()
        })
}

fn any_span() -> impl Strategy<Value = u64> {
    prop_oneof![Just(0), Just(20_000), 0_u64..600_000, 0..3 * 3_600_000_u64]
}

proptest! {
    #[test]
    fn the_whole_span_is_outside_and_nothing_sooner_was(
        (zone, theirs, now) in zoned_instants(),
        quiet in any_hours(),
        span in any_span(),
    ) {
        let at = quiet.next_allowed(&zone, now, span);
        // The first allowed instant by the naive model: now, or some whole minute after it.
        let mut expected = now;
        while meets(&quiet, theirs, expected, span) && expected < now + 30 * DAY_MS {
            expected = (expected / MINUTE + 1) * MINUTE;
        }
        if expected < now + 30 * DAY_MS {
            prop_assert_eq!(at, expected);
        } else {
            prop_assert!(at > now + 30 * DAY_MS);
        }
    }

    #[test]
    fn waiting_until_then_and_asking_again_changes_nothing(
        (zone, _, now) in zoned_instants(),
        quiet in any_hours(),
        span in 0_u64..3_600_000,
        later in 0_u64..100_000_000,
    ) {
        let at = quiet.next_allowed(&zone, now, span);
        prop_assert!(at >= now);
        prop_assert_eq!(quiet.next_allowed(&zone, at, span), at);
        // Monotone: the proof of `earliest` needs it.
        prop_assert!(quiet.next_allowed(&zone, now + later, span) >= at);
    }

    #[test]
    fn valid_quiet_hours_end_within_two_weeks((zone, _) in zones(), quiet in any_hours(), days in 0_u64..9_000) {
        let now = 946_684_800_000 + days * DAY_MS;
        prop_assert!(quiet.next_allowed(&zone, now, 20_000) <= now + 15 * DAY_MS);
    }
}

pub(in crate::calendar) fn hours(json: &str) -> Vec<QuietHours> {
    serde_json::from_str(json).unwrap()
}

pub(in crate::calendar) fn ms(text: &str) -> u64 {
    chrono::DateTime::parse_from_rfc3339(text)
        .unwrap()
        .timestamp_millis()
        .unsigned_abs()
}

#[test]
fn a_night_in_paris_ends_when_the_clock_says_so() {
    let paris = Zone::named("Europe/Paris").unwrap();
    let night = &hours(r#"[{"from":"21:30","to":"08:00"}]"#)[0];
    let cases = [
        // A lease that would reach into the night waits for the morning.
        ("2026-11-25T21:29:39+01:00", "2026-11-25T21:29:39+01:00"),
        ("2026-11-25T21:29:40+01:00", "2026-11-26T08:00:00+01:00"),
        ("2026-11-26T07:59:59+01:00", "2026-11-26T08:00:00+01:00"),
        ("2026-11-26T08:00:00+01:00", "2026-11-26T08:00:00+01:00"),
        // The nights of daylight saving are an hour shorter or longer.
        ("2027-03-27T23:00:00+01:00", "2027-03-28T08:00:00+02:00"),
        ("2027-10-30T23:00:00+02:00", "2027-10-31T08:00:00+01:00"),
    ];
    for (now, at) in cases {
        assert_eq!(night.next_allowed(&paris, ms(now), 20_000), ms(at), "{now}");
    }
    let early = &hours(r#"[{"from":"22:00","to":"02:30"}]"#)[0];
    // 02:30 does not exist on 28 March: the clock leaves the quiet hours by its jump.
    assert_eq!(
        early.next_allowed(&paris, ms("2027-03-28T00:00:00+01:00"), 0),
        ms("2027-03-28T03:00:00+02:00")
    );
    // On 31 October it is shown twice: between its first showing and the jump back it is not quiet, then again it is.
    let first = ms("2027-10-31T02:30:00+02:00");
    assert_eq!(early.next_allowed(&paris, first - 1, 0), first);
    assert_eq!(
        early.next_allowed(&paris, first, 30 * MINUTE),
        ms("2027-10-31T02:30:00+01:00")
    );
}

#[test]
fn sundays_can_be_quiet_as_a_whole() {
    let zone = Zone::named("America/New_York").unwrap();
    let sunday = &hours(r#"[{"from":"00:00","to":"24:00","days":["sunday"]}]"#)[0];
    assert_eq!(
        sunday.next_allowed(&zone, ms("2026-11-01T12:00:00-05:00"), 0),
        ms("2026-11-02T00:00:00-05:00")
    );
    assert_eq!(
        sunday.next_allowed(&zone, ms("2026-10-31T23:59:59-04:00"), 999),
        ms("2026-10-31T23:59:59-04:00")
    );
}

#[test]
fn a_span_that_never_fits_is_told() {
    let night = &hours(r#"[{"from":"22:00","to":"08:00"}]"#)[0];
    assert_eq!(
        night.next_allowed(&Zone::UTC, 0, 14 * 3_600_000 + 1),
        u64::MAX
    );
    assert_eq!(night.next_allowed(&Zone::UTC, 0, u64::MAX), u64::MAX);
    assert_eq!(night.next_allowed(&Zone::UTC, u64::MAX, 20_000), u64::MAX);
}

#[test]
fn what_would_hold_for_ever_is_refused_by_its_path() {
    for (json, field) in [
        (r#"[{"from":"22:00","to":"22:00"}]"#, "quiet[0].to"),
        (r#"[{"from":"24:00","to":"08:00"}]"#, "quiet[0].from"),
        (
            r#"[{"from":"22:00","to":"08:00","days":[]}]"#,
            "quiet[0].days",
        ),
        (r#"[{"from":"00:00","to":"24:00"}]"#, "quiet"),
        (
            r#"[{"from":"22:00","to":"10:00"},{"from":"09:00","to":"19:30"}]"#,
            "quiet",
        ),
    ] {
        let error = check_quiet_hours(&hours(json), "quiet").unwrap_err();
        assert_eq!(error.field, field, "{json}");
    }
    for json in [
        "[]",
        r#"[{"from":"22:00","to":"10:00"},{"from":"09:00","to":"19:00"}]"#,
        r#"[{"from":"00:00","to":"24:00","days":["saturday","sunday"]},{"from":"21:00","to":"08:00"}]"#,
    ] {
        assert_eq!(check_quiet_hours(&hours(json), "quiet"), Ok(()), "{json}");
    }
    assert!(
        serde_json::from_str::<Vec<QuietHours>>(r#"[{"from":"22:00","until":"08:00"}]"#).is_err()
    );
}
