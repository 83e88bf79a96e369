//! What a shop forbids itself in a country, beyond what the country does.

use super::{
    Channel, Country, CountryRule, Demand, QuietHours, TimeOfDay, Weekday, check_quiet_hours,
};
use crate::document::Problems;
use alloc::{vec, vec::Vec};
use serde::{Deserialize, Serialize};

/// Hours and days at which a shop does not write to people in a country, by their own clock. It comes on top of the built-in table
/// ([`super::rules`]), so it can only make it stricter.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(
    feature = "schema",
    derive(schemars::JsonSchema),
    schemars(transform = crate::schema::forbids)
)]
#[serde(
    deny_unknown_fields,
    expecting = "an object with country, and not_between or not_on"
)]
pub struct LocalRule {
    /// Where.
    pub country: Country,
    /// By which channels; all of them where nothing is said.
    #[cfg_attr(
        feature = "schema",
        schemars(length(min = 1, max = 3), extend("uniqueItems" = true))
    )]
    pub channels: Option<Vec<Channel>>,
    /// Not between these times.
    pub not_between: Option<Hours>,
    /// Not on these days.
    #[cfg_attr(
        feature = "schema",
        schemars(length(min = 1, max = 6), extend("uniqueItems" = true))
    )]
    pub not_on: Option<Vec<Weekday>>,
}

/// From one time to another, the end left out; over midnight where `to` is before `from`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields, expecting = "an object with from and to")]
pub struct Hours {
    /// When it begins.
    pub from: TimeOfDay,
    /// When it ends.
    pub to: TimeOfDay,
}

impl LocalRule {
    /// Rules of a shop.
    pub const MAX: usize = 50;
    /// Where such a rule stands: what tells it from a country's own.
    pub(super) const SOURCE: &'static str = "the shop's own configuration";

    fn quiet(&self) -> Vec<QuietHours> {
        let hours = self.not_between.map(|hours| QuietHours {
            from: hours.from,
            to: hours.to,
            days: None,
        });
        let days = self.not_on.clone().map(|days| QuietHours {
            from: TimeOfDay::MIDNIGHT,
            to: TimeOfDay::at(24, 0),
            days: Some(days),
        });
        hours.into_iter().chain(days).collect()
    }

    /// Checks a shop's rules, which stand under `country_rules`. Each must leave three hours in one piece each week.
    pub fn check(rules: &[Self], problems: &mut Problems) {
        problems.field("country_rules", |problems| {
            if rules.len() > Self::MAX {
                problems.wrong("at most 50 entries");
                return;
            }
            for (n, rule) in rules.iter().enumerate() {
                problems.entry(n, |problems| rule.check_one(problems));
            }
        });
    }

    fn check_one(&self, problems: &mut Problems) {
        if self.not_between.is_none() && self.not_on.is_none() {
            return problems.wrong("not_between or not_on given");
        }
        if let Some(channels) = &self.channels {
            problems.field("channels", |problems| {
                problems.list(channels, 1..=Channel::COUNT);
            });
        }
        if let Some(days) = &self.not_on {
            problems.field("not_on", |problems| problems.list(days, 1..=6));
        }
        if let Some(hours) = self.not_between {
            problems.field("not_between", |problems| {
                if hours.from.minutes() == TimeOfDay::DAY {
                    problems.field("from", |problems| problems.wrong("00:00 to 23:59"));
                } else if hours.from == hours.to {
                    problems.field("to", |problems| problems.wrong("another time than from"));
                } else if check_quiet_hours(&self.quiet(), "").is_err() {
                    problems.wrong("must leave at least three hours in one piece each week");
                }
            });
        }
    }

    /// What these rules add for a message by `channel` to somebody in `country`.
    pub fn added(rules: &[Self], country: Country, channel: Channel) -> Vec<CountryRule> {
        let mut added = Vec::new();
        for rule in rules {
            let by_channel = rule
                .channels
                .as_ref()
                .is_none_or(|all| all.contains(&channel));
            if rule.country != country || !by_channel {
                continue;
            }
            let hours = rule.not_between.map_or_else(Vec::new, |hours| {
                vec![Demand::NotBetween(hours.from, hours.to)]
            });
            let days = rule.not_on.iter().flatten().map(|day| Demand::NotOn(*day));
            added.extend(hours.into_iter().chain(days).map(|demand| CountryRule {
                country,
                demand,
                source: Self::SOURCE,
            }));
        }
        added
    }
}

#[cfg(test)]
mod tests {
    use super::super::quiet::tests::ms;
    use super::super::{Caps, Occasion, Reason, Restraint, Ruling, Zone, earliest, rules};
    use super::*;
    use proptest::prelude::*;

    fn read(json: &str) -> Vec<LocalRule> {
        serde_json::from_str(json).unwrap()
    }

    fn ruled(own: &[LocalRule], channel: Channel, now: u64) -> Ruling {
        let mut country = rules(Country::FRANCE, channel).to_vec();
        country.extend(LocalRule::added(own, Country::FRANCE, channel));
        let restraint = Restraint {
            quiet: &[],
            caps: &Caps::default(),
            country: &country,
        };
        let zones = [Zone::named("Europe/Paris").unwrap()];
        let occasion = Occasion {
            zones: &zones,
            channel,
            sent: &[],
            abandoned_at: 0,
            span_ms: 20_000,
        };
        earliest(&restraint, &occasion, now)
    }

    #[test]
    fn a_shops_rule_holds_in_its_country_and_by_its_channels() {
        let own = read(
            r#"[{"country":"FR","channels":["email"],"not_between":{"from":"20:00","to":"09:00"},"not_on":["saturday"]}]"#,
        );
        // A Friday evening: the night, then Saturday, then the night to Sunday.
        let friday = ms("2026-11-27T21:00:00+01:00");
        assert_eq!(
            ruled(&own, Channel::Email, friday),
            Ruling::NotBefore {
                at: ms("2026-11-29T09:00:00+01:00"),
                reason: Reason::ShopsCountryRule(Country::FRANCE),
            }
        );
        assert_eq!(ruled(&own, Channel::Push, friday), Ruling::Allowed);
        assert!(LocalRule::added(&own, Country::CANADA, Channel::Email).is_empty());
    }

    #[test]
    fn a_wrong_rule_is_named() {
        for (json, field) in [
            (r#"[{"country":"FR"}]"#, "country_rules[0]"),
            (
                r#"[{"country":"FR","channels":[],"not_on":["sunday"]}]"#,
                "country_rules[0].channels",
            ),
            (
                r#"[{"country":"FR","not_on":["sunday","sunday"]}]"#,
                "country_rules[0].not_on[1]",
            ),
            (
                r#"[{"country":"FR","not_between":{"from":"09:00","to":"09:00"}}]"#,
                "country_rules[0].not_between.to",
            ),
            (
                r#"[{"country":"FR","not_between":{"from":"24:00","to":"09:00"}}]"#,
                "country_rules[0].not_between.from",
            ),
            (
                r#"[{"country":"FR","not_between":{"from":"09:00","to":"08:00"}}]"#,
                "country_rules[0].not_between",
            ),
        ] {
            let mut problems = Problems::at("");
            LocalRule::check(&read(json), &mut problems);
            let errors = problems.into_errors();
            assert_eq!(errors.len(), 1, "{json} {errors:?}");
            assert_eq!(errors[0].field, field);
        }
    }

    proptest! {
        #[test]
        fn a_shops_rules_are_never_looser_than_the_country(
            from in 0_u8..24, to in 0_u8..24, day in 0_usize..7, hour in 0_u64..400, by_sms in any::<bool>()
        ) {
            let own = [LocalRule {
                country: Country::FRANCE,
                channels: None,
                not_between: (from != to).then_some(Hours { from: TimeOfDay::at(from, 0), to: TimeOfDay::at(to, 0) }),
                not_on: Some(vec![Weekday::ALL[day]]),
            }];
            let channel = if by_sms { Channel::Sms } else { Channel::Email };
            let now = ms("2026-11-02T00:00:00Z") + hour * 3_600_000;
            let at = |ruling: Ruling| ruling.at(now).unwrap_or(u64::MAX);
            prop_assert!(at(ruled(&own, channel, now)) >= at(ruled(&[], channel, now)));
        }
    }
}
