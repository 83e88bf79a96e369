//! What holds a message in time: the shop's quiet hours, caps and gap, and the law where the shopper lives.

use super::{Case, Hold, Judged, Made};
use crate::bugs::{self, Bug};
use crate::calendar::{
    Caps, Country, CountryRule, LocalRule, Occasion, Overrides, Restraint, Ruling, Season, Sent,
    Zone, earliest, rules,
};
use crate::channel::Channel;
use crate::delivery::Skip;
use alloc::{format, string::String, vec, vec::Vec};

/// Where and under which rules a shopper is written to.
pub(super) struct Place<'a> {
    /// The shopper's own zone.
    pub zone: Option<Zone>,
    pub country: Option<Country>,
    pub season: Option<&'a Season<Overrides>>,
}

impl Place<'_> {
    /// The zones whose night counts: the shopper's own; else those of the country, where it has rules; else the shop's.
    fn zones(&self, case: &Case<'_>) -> Vec<Zone> {
        if bugs::is(Bug::QuietHoursInShopZone) {
            return vec![case.config.time_zone.clone()];
        }
        if let Some(zone) = &self.zone {
            return vec![zone.clone()];
        }
        let named = self.country.map_or(&[][..], Country::zones);
        let known: Vec<Zone> = named.iter().filter_map(|name| Zone::named(name)).collect();
        if known.is_empty() {
            vec![case.config.time_zone.clone()]
        } else {
            known
        }
    }

    fn caps<'a>(&'a self, case: &'a Case<'_>) -> &'a Caps {
        self.season
            .and_then(|season| season.changes.caps.as_ref())
            .unwrap_or(&case.config.caps)
    }
}

/// Whether every rule allows the message now and for as long as its lease may last; otherwise what holds it.
pub(super) fn restrained(
    case: &Case<'_>,
    place: &Place<'_>,
    channel: Channel,
    abandoned_at: u64,
) -> Option<Judged> {
    let zones = place.zones(case);
    let country: Vec<CountryRule> = place.country.map_or_else(Vec::new, |country| {
        let mut all = rules(country, channel).to_vec();
        all.extend(LocalRule::added(
            &case.config.country_rules,
            country,
            channel,
        ));
        all
    });
    let restraint = Restraint {
        quiet: &case.config.quiet_hours,
        caps: place.caps(case),
        country: &country,
    };
    let of_channel: Vec<Sent>;
    let sent = if bugs::is(Bug::CapPerChannel) {
        let all = case.shopper.sent.iter();
        of_channel = all
            .filter(|sent| sent.channel == channel)
            .copied()
            .collect();
        of_channel.as_slice()
    } else {
        case.shopper.sent
    };
    let occasion = Occasion {
        zones: &zones,
        channel,
        sent,
        abandoned_at,
        span_ms: case.lease_ms,
    };
    let made = match earliest(&restraint, &occasion, case.now) {
        Ruling::Allowed => return None,
        Ruling::NotBefore { at, reason } => Made::Defer {
            until: at,
            hold: Hold::Restrained(reason),
        },
        Ruling::TooFar { reason, .. } | Ruling::Never { reason } => {
            return Some(Judged {
                made: Made::Skip(Skip::Restrained),
                seen: reason.sentence(),
            });
        }
    };
    let names: Vec<&str> = zones.iter().map(Zone::name).collect();
    Some(Judged {
        made,
        seen: local(&zones, case.now).map_or_else(String::new, |time| {
            format!("It was {time} in {}.", names.join(" and "))
        }),
    })
}

fn local(zones: &[Zone], now: u64) -> Option<String> {
    let local = zones.first()?.local(now);
    Some(format!("{:02}:{:02}", local.hour(), local.minute()))
}
