use super::super::quiet::tests::{any_hours, hours, meets, ms};
use super::super::zone::tests::zoned_instants;
use super::super::{Cap, Country, DAY_MS, HOUR_MS, check_quiet_hours, rules};
use super::*;
use chrono::{NaiveDate, TimeZone as _};
use proptest::prelude::*;
use std::collections::BTreeSet;

const MINUTE: u64 = 60_000;
const LEASE: u64 = 20_000;

/// What a message is tested against, told without the code under test: wall clocks from another database, holidays from a table,
/// caps by counting.
struct Model<'a> {
    quiet: &'a [QuietHours],
    caps: &'a Caps,
    country: Option<Country>,
    zones: &'a [chrono_tz::Tz],
    occasion: Occasion<'a>,
    holidays: BTreeSet<NaiveDate>,
}

impl Model<'_> {
    fn allows(&self, at: u64) -> bool {
        let span = self.occasion.span_ms;
        let quiet = |zone| self.quiet.iter().any(|quiet| meets(quiet, zone, at, span));
        self.zones
            .iter()
            .all(|zone| !quiet(*zone) && self.country_allows(*zone, at))
            && self.caps_allow(at)
    }

    fn country_allows(&self, zone: chrono_tz::Tz, at: u64) -> bool {
        let occasion = &self.occasion;
        let (span, end) = (occasion.span_ms, at + occasion.span_ms);
        let free = |json: &str| {
            hours(json)
                .iter()
                .all(|quiet| !meets(quiet, zone, at, span))
        };
        let date = |at: u64| {
            let at = i64::try_from(at).unwrap();
            zone.timestamp_millis_opt(at).unwrap().date_naive()
        };
        match self.country {
            Some(Country::FRANCE) => {
                free(
                    r#"[{"from":"21:30","to":"08:00"},{"from":"00:00","to":"24:00","days":["sunday"]}]"#,
                ) && !self.holidays.contains(&date(at))
                    && !self.holidays.contains(&date(end))
            }
            Some(_) => {
                free(r#"[{"from":"21:00","to":"08:00"}]"#)
                    && end <= occasion.abandoned_at + 48 * HOUR_MS
                    && !occasion
                        .sent
                        .iter()
                        .any(|s| s.channel == Channel::Sms && s.at >= occasion.abandoned_at)
            }
            None => true,
        }
    }

    fn caps_allow(&self, at: u64) -> bool {
        let (sent, channel) = (self.occasion.sent, self.occasion.channel);
        let counts =
            |cap: &Cap, c: Channel| cap.channels.as_ref().is_none_or(|list| list.contains(&c));
        let full = |cap: &Cap| {
            let held = sent
                .iter()
                .filter(|s| counts(cap, s.channel) && s.at + cap.window_ms > at)
                .count();
            counts(cap, channel) && held >= usize::from(cap.messages)
        };
        !self.caps.caps.iter().any(full)
            && sent
                .iter()
                .all(|s| at >= s.at + self.caps.min_gap_ms || self.caps.min_gap_ms == 0)
    }
}

fn channel() -> impl Strategy<Value = Channel> {
    prop::sample::select(vec![Channel::Email, Channel::Sms])
}

/// Caps in whole minutes, and a history of whole minutes before now, so that stepping through minutes meets every boundary.
fn any_caps() -> impl Strategy<Value = Caps> {
    let cap = (
        1_u16..4,
        1_u64..7 * 24 * 60,
        prop::option::of(prop::collection::vec(channel(), 1..3)),
    );
    let cap = cap.prop_map(|(messages, minutes, channels)| Cap {
        messages,
        window_ms: minutes * MINUTE,
        channels,
    });
    (prop::collection::vec(cap, 0..3), 0_u64..3_000).prop_map(|(caps, gap)| Caps {
        caps,
        min_gap_ms: gap * MINUTE,
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn the_earliest_moment_keeps_every_rule_and_no_earlier_one_does(
        (zone, theirs, now) in zoned_instants(),
        quiet in prop::collection::vec(any_hours(), 0..3),
        caps in any_caps(),
        country in prop::sample::select(vec![None, Some(Country::FRANCE), Some(Country::UNITED_STATES)]),
        channel in channel(),
        history in prop::collection::vec((0_u64..10_000, channel()), 0..5),
        left in 0_u64..4_000,
        span in prop_oneof![Just(LEASE), 0..HOUR_MS],
    ) {
        prop_assume!(check_quiet_hours(&quiet, "quiet").is_ok());
        let now = now / MINUTE * MINUTE;
        let sent: Vec<Sent> = history
            .iter()
            .map(|(ago, channel)| Sent { at: now - ago * MINUTE, channel: *channel })
            .collect();
        let zones = [zone];
        let occasion = Occasion {
            zones: &zones,
            channel,
            sent: &sent,
            abandoned_at: now - left * MINUTE,
            span_ms: span,
        };
        let country = country.filter(|_| channel == Channel::Sms);
        let restraint = Restraint {
            quiet: &quiet,
            caps: &caps,
            country: country.map_or(&[], |country| rules(country, channel)),
        };
        let holidays = include_str!("../holidays/france.txt")
            .lines()
            .filter_map(|line| line.parse().ok());
        let model = Model {
            quiet: &quiet,
            caps: &caps,
            country,
            zones: &[theirs],
            occasion,
            // Outside the table's years, 2020 to 2035, the code under test stands for itself.
            holidays: holidays
                .chain((10_950..18_262).chain(24_106..24_200).filter_map(holiday))
                .collect(),
        };
        let ruling = earliest(&restraint, &occasion, now);
        let found = (0..=HORIZON_MS / MINUTE)
            .map(|n| now + n * MINUTE)
            .find(|at| model.allows(*at));
        prop_assert_eq!(ruling.at(now), found, "{:?}", ruling);
        if let Ruling::TooFar { at, .. } = ruling {
            prop_assert!(at > now + HORIZON_MS);
        }
        // Who waits as told is let through.
        if let Some(at) = ruling.at(now) {
            prop_assert_eq!(earliest(&restraint, &occasion, at), Ruling::Allowed);
        }
    }
}

fn holiday(day: i64) -> Option<NaiveDate> {
    let date = super::super::LocalDate::of_day(day)?;
    super::super::is_french_holiday(date)
        .then(|| date.to_string().parse().ok())
        .flatten()
}

fn ask(
    quiet: &str,
    caps: &str,
    country: Country,
    zones: &[&str],
    sent: &[Sent],
    times: (&str, &str),
) -> Ruling {
    let (left, now) = times;
    let zones: Vec<Zone> = zones
        .iter()
        .map(|name| Zone::named(name).unwrap())
        .collect();
    let restraint = Restraint {
        quiet: &hours(quiet),
        caps: &serde_json::from_str(caps).unwrap(),
        country: rules(country, Channel::Sms),
    };
    let occasion = Occasion {
        zones: &zones,
        channel: Channel::Sms,
        sent,
        abandoned_at: ms(left),
        span_ms: LEASE,
    };
    earliest(&restraint, &occasion, ms(now))
}

#[test]
fn rules_that_hand_over_to_each_other_are_waited_out_together() {
    // Thursday evening before a long weekend: the cap until Friday 21:40, the night, Saturday which the shop keeps quiet, Sunday,
    // and Easter Monday.
    let sent = [Sent {
        at: ms("2026-04-02T21:40:00+02:00"),
        channel: Channel::Email,
    }];
    let ruling = ask(
        r#"[{"from":"00:00","to":"24:00","days":["saturday"]},{"from":"08:00","to":"09:00"}]"#,
        r#"{"min_gap_ms":86400000}"#,
        Country::FRANCE,
        &["Europe/Paris"],
        &sent,
        ("2026-04-01T12:00:00+02:00", "2026-04-02T22:00:00+02:00"),
    );
    assert_eq!(
        ruling,
        Ruling::NotBefore {
            at: ms("2026-04-07T09:00:00+02:00"),
            // Easter Monday is the only day of them that holds from its first minute to its last: the others begin in a night.
            reason: Reason::CountryHoliday(Country::FRANCE)
        }
    );
}

#[test]
fn a_wait_past_the_deadline_is_never() {
    let states = Country::UNITED_STATES;
    let ask = |caps| {
        ask(
            "[]",
            caps,
            states,
            &["America/Chicago"],
            &[Sent {
                at: ms("2026-11-24T09:00:00-06:00"),
                channel: Channel::Email,
            }],
            ("2026-11-24T12:00:00-06:00", "2026-11-24T13:00:00-06:00"),
        )
    };
    let never = Ruling::Never {
        reason: Reason::CountryDeadline(states),
    };
    assert_eq!(ask("{}"), Ruling::Allowed);
    assert_eq!(ask(r#"{"min_gap_ms":259200000}"#), never);
    // Far beyond the horizon it is still told as never, since no later moment helps.
    assert_eq!(ask(r#"{"min_gap_ms":7776000000}"#), never);
}

#[test]
fn far_is_told_from_never() {
    let monthly = r#"{"caps":[{"messages":1,"window_ms":7776000000}]}"#;
    let sent = [Sent {
        at: ms("2026-11-24T09:00:00Z"),
        channel: Channel::Push,
    }];
    let times = ("2026-11-24T12:00:00Z", "2026-11-25T12:00:00Z");
    let germany: Country = "DE".parse().unwrap();
    let far = ask("[]", monthly, germany, &["Europe/Berlin"], &sent, times);
    assert_eq!(
        far,
        Ruling::TooFar {
            at: ms("2026-11-24T09:00:00Z") + 90 * DAY_MS,
            reason: Reason::Cap(0)
        }
    );
    assert_eq!((far.at(0), far.reason()), (None, Some(Reason::Cap(0))));
    // Weekly hours that leave only Sundays never meet the rules of France.
    let only_sundays = r#"[{"from":"00:00","to":"24:00","days":["monday","tuesday","wednesday","thursday","friday","saturday"]}]"#;
    let ruling = ask(
        only_sundays,
        "{}",
        Country::FRANCE,
        &["Europe/Paris"],
        &[],
        times,
    );
    assert!(matches!(ruling, Ruling::TooFar { at, .. } if at > ms(times.1) + HORIZON_MS));
}

#[test]
fn a_shopper_of_unknown_zone_is_spared_wherever_the_country_reaches() {
    let zones = Country::UNITED_STATES.zones();
    let left = "2026-11-24T12:00:00Z";
    let at = |now| ask("[]", "{}", Country::UNITED_STATES, zones, &[], (left, now)).at(ms(now));
    // 08:00 in Honolulu is 18:00 UTC; 21:00 in St John's is 00:30 UTC.
    assert_eq!(at("2026-11-24T13:00:00Z"), Some(ms("2026-11-24T18:00:00Z")));
    assert_eq!(at("2026-11-25T00:29:00Z"), Some(ms("2026-11-25T00:29:00Z")));
    assert_eq!(at("2026-11-25T00:30:00Z"), Some(ms("2026-11-25T18:00:00Z")));
    // A short quiet hour holds somewhere between both ends: noon to one in New York is 17:00 to 18:00 UTC.
    let noon = r#"[{"from":"12:00","to":"13:00"}]"#;
    let germany: Country = "DE".parse().unwrap();
    let now = "2026-11-24T17:30:00Z";
    let ruling = ask(noon, "{}", germany, zones, &[], (left, now));
    assert!(
        ruling.at(ms(now)) > Some(ms("2026-11-24T18:00:00Z")),
        "{ruling:?}"
    );
}

#[test]
fn without_a_zone_the_clock_is_utc_and_without_rules_now_is_fine() {
    let night = r#"[{"from":"22:00","to":"08:00"}]"#;
    let germany: Country = "DE".parse().unwrap();
    let times = ("2026-11-24T12:00:00Z", "2026-11-24T23:00:00Z");
    assert_eq!(
        ask(night, "{}", germany, &[], &[], times),
        Ruling::NotBefore {
            at: ms("2026-11-25T08:00:00Z"),
            reason: Reason::QuietHours
        }
    );
    assert_eq!(ask("[]", "{}", germany, &[], &[], times), Ruling::Allowed);
}
