//! What countries allow, as a table that code reads.
//!
//! A rule is here only with its source, and only when it is about times or numbers of messages. It is no legal advice, and it is
//! about messages that advertise, which a reminder of a cart is everywhere. Looked at and left out, because their law asks for
//! consent and names no hours for text messages: the United Kingdom (PECR, as the ICO's guidance on electronic mail marketing
//! reads it) and Germany (UWG, section 7). States of the USA with a shorter day (Florida's ends at 20:00) are left out as well,
//! since no number tells a state; a shop that wants them sets its own quiet hours. No rule was found for email or push.

use super::window::{Days, Window};
use super::{
    Channel, Country, DAY_MS, HOUR_MS, LocalRule, Reason, Ruling, Sent, TimeOfDay, WallClock,
    Weekday, Zone,
};

/// One rule of one country.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CountryRule {
    /// Whose rule it is.
    pub country: Country,
    /// What it asks for.
    pub demand: Demand,
    /// Where it stands.
    pub source: &'static str,
}

/// What a country asks for, by the recipient's wall clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Demand {
    /// Nothing between two times; the end is left out.
    NotBetween(TimeOfDay, TimeOfDay),
    /// Nothing on a day of the week.
    NotOn(Weekday),
    /// Nothing on the public holidays of France.
    NotOnFrenchHolidays,
    /// One message for each cart that was left.
    OncePerAbandonment,
    /// No message later than so many ms after the cart was left.
    WithinOfAbandonment(u64),
}

const FRENCH_SMS: &[CountryRule] = &[
    CountryRule {
        country: Country::FRANCE,
        demand: Demand::NotBetween(TimeOfDay::at(21, 30), TimeOfDay::at(8, 0)),
        source: "af2m, Charte Business Messaging 2026: 08:00 to 21:30 (until 22:00 in the charter of 2024)",
    },
    CountryRule {
        country: Country::FRANCE,
        demand: Demand::NotOn(Weekday::Sunday),
        source: "af2m, charter of 2024: working days only; that of 2026 bears Sundays and advises against them; routers still hold",
    },
    CountryRule {
        country: Country::FRANCE,
        demand: Demand::NotOnFrenchHolidays,
        source: "as for Sundays; the days are those of the Code du travail, article L3133-1",
    },
];

const DAYTIME: &str = "TCPA, 47 CFR 64.1200(c)(1): not before 8 a.m. or after 9 p.m., local time at the called party's location";
const CARRIERS: &str = "US carriers' rules for abandoned carts since June 2021, as Attentive, Klaviyo and Postscript document them: one message for each abandonment, within 48 hours";

const fn american_sms(country: Country) -> [CountryRule; 3] {
    [
        CountryRule {
            country,
            demand: Demand::NotBetween(TimeOfDay::at(21, 0), TimeOfDay::at(8, 0)),
            source: DAYTIME,
        },
        CountryRule {
            country,
            demand: Demand::OncePerAbandonment,
            source: CARRIERS,
        },
        CountryRule {
            country,
            demand: Demand::WithinOfAbandonment(48 * HOUR_MS),
            source: CARRIERS,
        },
    ]
}

const UNITED_STATES_SMS: &[CountryRule] = &american_sms(Country::UNITED_STATES);
/// Canada's law names no hours for text messages (CASL), but its numbers cannot be told from those of the United States.
const CANADIAN_SMS: &[CountryRule] = &american_sms(Country::CANADA);

/// The rules of a country for a channel; none for countries that are not in the table.
pub fn rules(country: Country, channel: Channel) -> &'static [CountryRule] {
    match (country, channel) {
        (Country::FRANCE, Channel::Sms) => FRENCH_SMS,
        (Country::UNITED_STATES, Channel::Sms) => UNITED_STATES_SMS,
        (Country::CANADA, Channel::Sms) => CANADIAN_SMS,
        _ => &[],
    }
}

impl CountryRule {
    /// What a message that this rule held is told.
    pub fn reason(&self) -> Reason {
        if self.source == LocalRule::SOURCE {
            return Reason::ShopsCountryRule(self.country);
        }
        match self.demand {
            Demand::NotBetween(..) => Reason::CountryHours(self.country),
            Demand::NotOn(_) => Reason::CountryWeekday(self.country),
            Demand::NotOnFrenchHolidays => Reason::CountryHoliday(self.country),
            Demand::OncePerAbandonment => Reason::CountryOnce(self.country),
            Demand::WithinOfAbandonment(_) => Reason::CountryDeadline(self.country),
        }
    }

    /// Whether this rule alone lets the whole of `[now, now + span_ms]` pass, or from when. `abandoned_at` is when the cart was
    /// left, `sent` what went out to this shopper, of which messages on `channel` since then count as reminders of this cart.
    pub fn next_allowed(
        &self,
        zone: &Zone,
        channel: Channel,
        abandoned_at: u64,
        sent: &[Sent],
        now: u64,
        span_ms: u64,
    ) -> Ruling {
        let clock = &mut WallClock::new(zone);
        let reason = self.reason();
        match self.next_clear(clock, channel, abandoned_at, sent, now, span_ms) {
            u64::MAX => Ruling::Never { reason },
            at if at > now => Ruling::NotBefore { at, reason },
            _ => Ruling::Allowed,
        }
    }

    /// The same as an instant; `u64::MAX` for never.
    pub(super) fn next_clear(
        &self,
        clock: &mut WallClock<'_>,
        channel: Channel,
        abandoned_at: u64,
        sent: &[Sent],
        now: u64,
        span: u64,
    ) -> u64 {
        let window = |from, to, days| Window { from, to, days };
        let whole_day = |days| window(TimeOfDay::MIDNIGHT, TimeOfDay::MIDNIGHT, days);
        let held = match self.demand {
            Demand::NotBetween(from, to) => window(from, to, Days::EVERY),
            Demand::NotOn(day) => whole_day(Days::Weekdays(day.bit())),
            Demand::NotOnFrenchHolidays => whole_day(Days::FrenchHolidays),
            Demand::OncePerAbandonment => {
                let reminded = sent
                    .iter()
                    .any(|sent| sent.channel == channel && sent.at >= abandoned_at);
                return if reminded { u64::MAX } else { now };
            }
            Demand::WithinOfAbandonment(limit) => {
                let late = now.saturating_add(span) > abandoned_at.saturating_add(limit);
                return if late { u64::MAX } else { now };
            }
        };
        if span > DAY_MS {
            return u64::MAX;
        }
        held.next_clear(clock, now, span)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> u64 {
        chrono::DateTime::parse_from_rfc3339(text)
            .unwrap()
            .timestamp_millis()
            .unsigned_abs()
    }

    fn strictest(country: Country, zone: &str, left: &str, sent: &[Sent], now: &str) -> Ruling {
        let zone = Zone::named(zone).unwrap();
        rules(country, Channel::Sms)
            .iter()
            .map(|rule| rule.next_allowed(&zone, Channel::Sms, ms(left), sent, ms(now), 20_000))
            .max_by_key(|ruling| match ruling {
                Ruling::Allowed => 0,
                Ruling::NotBefore { at, .. } => *at,
                Ruling::TooFar { .. } | Ruling::Never { .. } => u64::MAX,
            })
            .unwrap_or(Ruling::Allowed)
    }

    fn not_before(at: &str, reason: Reason) -> Ruling {
        Ruling::NotBefore { at: ms(at), reason }
    }

    #[test]
    fn france_hears_nothing_at_night_on_sundays_and_on_holidays() {
        let france = Country::FRANCE;
        let ask = |now: &str| strictest(france, "Europe/Paris", "2026-01-01T00:00:00Z", &[], now);
        // A Wednesday.
        assert_eq!(ask("2026-11-25T12:00:00+01:00"), Ruling::Allowed);
        assert_eq!(ask("2026-11-25T21:29:00+01:00"), Ruling::Allowed);
        assert_eq!(
            ask("2026-11-25T21:29:45+01:00"),
            not_before("2026-11-26T08:00:00+01:00", Reason::CountryHours(france))
        );
        // A Sunday by the recipient's calendar, even while it is Saturday elsewhere.
        assert_eq!(
            ask("2026-11-28T23:30:00Z"),
            not_before("2026-11-30T00:00:00+01:00", Reason::CountryWeekday(france))
        );
        for holiday in ["2026-05-14", "2027-03-29", "2026-07-14", "2026-12-25"] {
            let noon = format!("{holiday}T12:00:00+02:00");
            assert!(
                matches!(ask(&noon), Ruling::NotBefore { reason, .. } if reason == Reason::CountryHoliday(france)),
                "{holiday}"
            );
        }
    }

    #[test]
    fn the_united_states_hear_once_within_two_days_and_by_day() {
        let states = Country::UNITED_STATES;
        let left = "2026-11-25T15:00:00-05:00";
        let ask = |sent: &[Sent], now| strictest(states, "America/New_York", left, sent, now);
        assert_eq!(ask(&[], "2026-11-25T16:00:00-05:00"), Ruling::Allowed);
        assert_eq!(
            ask(&[], "2026-11-25T20:59:45-05:00"),
            not_before("2026-11-26T08:00:00-05:00", Reason::CountryHours(states))
        );
        let sms = |at| Sent {
            at: ms(at),
            channel: Channel::Sms,
        };
        // A message about an earlier cart, or on another channel, is none about this one.
        let mail = Sent {
            at: ms(left) + 1,
            channel: Channel::Email,
        };
        let earlier = [sms("2026-11-25T14:59:59-05:00"), mail];
        assert_eq!(ask(&earlier, "2026-11-25T16:00:00-05:00"), Ruling::Allowed);
        let once = Ruling::Never {
            reason: Reason::CountryOnce(states),
        };
        assert_eq!(ask(&[sms(left)], "2026-11-25T16:00:00-05:00"), once);
        let late = Ruling::Never {
            reason: Reason::CountryDeadline(states),
        };
        assert_eq!(ask(&[], "2026-11-27T14:59:40-05:00"), Ruling::Allowed);
        assert_eq!(ask(&[], "2026-11-27T14:59:41-05:00"), late);
    }

    #[test]
    fn only_text_messages_are_ruled_and_canada_is_as_strict_as_its_neighbour() {
        for country in [Country::FRANCE, Country::UNITED_STATES, Country::CANADA] {
            assert!(rules(country, Channel::Email).is_empty());
            assert!(rules(country, Channel::Push).is_empty());
            let texts = rules(country, Channel::Sms);
            assert!(
                texts
                    .iter()
                    .all(|rule| rule.country == country && !rule.source.is_empty())
            );
        }
        let demands = |country| -> Vec<Demand> {
            rules(country, Channel::Sms)
                .iter()
                .map(|rule| rule.demand)
                .collect()
        };
        assert_eq!(demands(Country::CANADA), demands(Country::UNITED_STATES));
        assert!(rules("DE".parse().unwrap(), Channel::Sms).is_empty());
    }
}
