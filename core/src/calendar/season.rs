//! Seasons such as Black Friday: from one date to another a shop does something else, and then by itself no longer.

use super::{Caps, LocalDate, Zone};
use crate::document::Problems;
use crate::sequence::Offer;
use crate::shop::FieldError;
#[cfg(feature = "schema")]
use alloc::string::ToString;
use alloc::{format, string::String};
use serde::{Deserialize, Serialize};

/// Some days on which `changes` apply instead of what the shop does otherwise.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "Season"))]
#[serde(deny_unknown_fields, expecting = "an object that describes a season")]
pub struct Season<T = Overrides> {
    /// Its name in the shop: 1 to 40 letters, digits, `-` or `_`.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[A-Za-z0-9_-]{1,40}$")))]
    pub id: String,
    /// Its first day, in the shop's zone.
    pub from: LocalDate,
    /// The day after its last.
    pub to: LocalDate,
    /// What is different.
    pub changes: T,
}

/// What a season may change; what is absent stays as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(
    default,
    deny_unknown_fields,
    expecting = "an object that says what a season changes"
)]
pub struct Overrides {
    /// How often a person is written to; replaces all caps and the gap.
    pub caps: Option<Caps>,
    /// The id of the sequence to send.
    #[cfg_attr(feature = "schema", schemars(regex(pattern = "^[A-Za-z0-9_-]{1,40}$")))]
    pub sequence: Option<String>,
    /// The code to offer, and what it takes off, in place of those of the sequence's steps that offer something.
    pub offer: Option<Offer>,
}

impl Overrides {
    fn check(&self, path: &str) -> Result<(), FieldError> {
        if let Some(caps) = &self.caps {
            caps.check(&format!("{path}.caps"))?;
        }
        if self.sequence.as_ref().is_some_and(|id| !is_id(id)) {
            return wrong(format!("{path}.sequence"), ID);
        }
        if let Some(offer) = &self.offer {
            let mut problems = Problems::at(&format!("{path}.offer"));
            offer.check(&mut problems);
            if let Some(first) = problems.into_errors().into_iter().next() {
                return Err(first);
            }
        }
        Ok(())
    }
}

const ID: &str = "1 to 40 letters, digits, - or _";
const MAX_SEASONS: usize = 50;

fn is_id(text: &str) -> bool {
    (1..=40).contains(&text.len())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'))
}

fn wrong<T>(field: String, reason: &str) -> Result<T, FieldError> {
    Err(FieldError {
        field,
        reason: String::from(reason),
    })
}

/// The season in which the shop's calendar is at `now`, epoch ms.
pub fn active<'a, T>(seasons: &'a [Season<T>], zone: &Zone, now: u64) -> Option<&'a Season<T>> {
    let today = LocalDate::of_day(zone.local(now).day())?;
    seasons
        .iter()
        .find(|season| season.from <= today && today < season.to)
}

/// Checks a shop's seasons; `path` is where they stand in the configuration. Two seasons at once have no meaning and are an error
/// of the later one in the list.
pub fn check_seasons(seasons: &[Season], path: &str) -> Result<(), FieldError> {
    if seasons.len() > MAX_SEASONS {
        return wrong(String::from(path), "at most 50 seasons");
    }
    for (n, season) in seasons.iter().enumerate() {
        let at = format!("{path}[{n}]");
        if !is_id(&season.id) {
            return wrong(format!("{at}.id"), ID);
        }
        if season.to <= season.from {
            return wrong(
                format!("{at}.to"),
                "after from: it is the day after the last",
            );
        }
        let earlier = seasons.get(..n).unwrap_or_default();
        if earlier.iter().any(|other| other.id == season.id) {
            return wrong(format!("{at}.id"), "an id that no other season has");
        }
        let overlap = |other: &&Season| season.from < other.to && other.from < season.to;
        if let Some(other) = earlier.iter().find(overlap) {
            return wrong(
                format!("{at}.from"),
                &format!("overlaps the season {}", other.id),
            );
        }
        season.changes.check(&format!("{at}.changes"))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::quiet::tests::ms;
    use super::*;
    use proptest::prelude::*;

    const BLACK_FRIDAY: &str = r#"{"id":"black-friday","from":"2026-11-27","to":"2026-12-01","changes":{"offer":{"code":"BLACK20","percent":20},"sequence":"hurry","caps":{"min_gap_ms":3600000}}}"#;

    fn seasons(json: &str) -> Vec<Season> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_season_runs_by_the_shops_calendar_and_ends_by_itself() {
        let seasons = seasons(&format!("[{BLACK_FRIDAY}]"));
        assert_eq!(check_seasons(&seasons, "seasons"), Ok(()));
        let auckland = Zone::named("Pacific/Auckland").unwrap();
        for (now, is_on) in [
            ("2026-11-26T23:59:59.999+13:00", false),
            ("2026-11-27T00:00:00+13:00", true),
            ("2026-11-30T23:59:59.999+13:00", true),
            ("2026-12-01T00:00:00+13:00", false),
            ("2027-11-28T00:00:00+13:00", false),
        ] {
            let found = active(&seasons, &auckland, ms(now));
            assert_eq!(found.is_some(), is_on, "{now}");
        }
        let season = active(&seasons, &auckland, ms("2026-11-28T00:00:00Z")).unwrap();
        assert_eq!(
            season.changes.offer.as_ref().unwrap().gives.percent(),
            Some(20)
        );
        let again = serde_json::to_string(&seasons).unwrap();
        assert_eq!(
            serde_json::from_str::<Vec<Season>>(&again).unwrap(),
            seasons
        );
    }

    #[test]
    fn anything_can_be_seasonal() {
        let season = Season {
            id: String::from("summer"),
            from: "2026-06-01".parse().unwrap(),
            to: "2026-09-01".parse().unwrap(),
            changes: 7,
        };
        let list = [season];
        let now = ms("2026-07-01T00:00:00Z");
        assert_eq!(active(&list, &Zone::UTC, now).map(|s| s.changes), Some(7));
    }

    #[test]
    fn a_wrong_season_is_named_by_its_path() {
        let plain = |id: &str, from: &str, to: &str, changes: &str| {
            format!(r#"{{"id":"{id}","from":"{from}","to":"{to}","changes":{changes}}}"#)
        };
        let ok = plain("a", "2026-01-10", "2026-01-20", "{}");
        for (second, field) in [
            (
                plain("a b", "2026-02-01", "2026-02-02", "{}"),
                "seasons[1].id",
            ),
            (
                plain("a", "2026-02-01", "2026-02-02", "{}"),
                "seasons[1].id",
            ),
            (
                plain("b", "2026-02-01", "2026-02-01", "{}"),
                "seasons[1].to",
            ),
            (
                plain("b", "2026-01-19", "2026-02-01", "{}"),
                "seasons[1].from",
            ),
            (
                plain("b", "2026-01-01", "2026-01-11", "{}"),
                "seasons[1].from",
            ),
            (
                plain(
                    "b",
                    "2026-02-01",
                    "2026-02-02",
                    r#"{"caps":{"caps":[{"messages":0,"window_ms":1}]}}"#,
                ),
                "seasons[1].changes.caps.caps[0].messages",
            ),
            (
                plain("b", "2026-02-01", "2026-02-02", r#"{"sequence":""}"#),
                "seasons[1].changes.sequence",
            ),
            (
                plain(
                    "b",
                    "2026-02-01",
                    "2026-02-02",
                    r#"{"offer":{"code":"<b>","percent":1}}"#,
                ),
                "seasons[1].changes.offer.code",
            ),
            (
                plain(
                    "b",
                    "2026-02-01",
                    "2026-02-02",
                    r#"{"offer":{"code":"B","percent":0}}"#,
                ),
                "seasons[1].changes.offer.percent",
            ),
        ] {
            let list = seasons(&format!("[{ok},{second}]"));
            assert_eq!(
                check_seasons(&list, "seasons").unwrap_err().field,
                field,
                "{second}"
            );
        }
        // One may begin on the day on which another has ended.
        let next = plain("b", "2026-01-20", "2026-02-01", "{}");
        assert_eq!(
            check_seasons(&seasons(&format!("[{ok},{next}]")), "seasons"),
            Ok(())
        );
        assert!(serde_json::from_str::<Season>(&ok.replace("changes", "change")).is_err());
        assert!(serde_json::from_str::<Season>(&ok.replace("{}", r#"{"of":1}"#)).is_err());
        assert!(serde_json::from_str::<Season>(&ok.replace("01-10", "02-30")).is_err());
    }

    proptest! {
        #[test]
        fn valid_seasons_never_run_at_once(
            spans in prop::collection::vec((0_i64..400, 1_i64..30), 1..6),
            day in 0_i64..450,
        ) {
            let list: Vec<Season> = spans
                .iter()
                .enumerate()
                .map(|(n, (from, days))| Season {
                    id: format!("s{n}"),
                    from: LocalDate::of_day(20_000 + from).unwrap(),
                    to: LocalDate::of_day(20_000 + from + days).unwrap(),
                    changes: Overrides::default(),
                })
                .collect();
            let now = u64::try_from(20_000 + day).unwrap() * 86_400_000;
            let running = list
                .iter()
                .filter(|season| active(std::slice::from_ref(*season), &Zone::UTC, now).is_some())
                .count();
            if check_seasons(&list, "seasons").is_ok() {
                prop_assert!(running <= 1);
            }
            prop_assert_eq!(active(&list, &Zone::UTC, now).is_some(), running > 0);
        }
    }
}
