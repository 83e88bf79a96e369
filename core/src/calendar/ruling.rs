//! What the rules say about a message, and which of them held it.

use super::Country;
use alloc::{format, string::String};
use serde::{Deserialize, Serialize};

/// Whether a message may go, or from when.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ruling {
    /// It may go now.
    Allowed,
    /// It may go at an instant within the horizon, and not before.
    NotBefore {
        /// When, epoch ms.
        at: u64,
        /// The rule that holds it longest.
        reason: Reason,
    },
    /// It may not go within the horizon; perhaps after it.
    TooFar {
        /// An instant before which it may not go, epoch ms. Whether it may then was not asked.
        at: u64,
        /// The rule that holds it longest.
        reason: Reason,
    },
    /// It may never go.
    Never {
        /// The rule that says so.
        reason: Reason,
    },
}

impl Ruling {
    /// When the message may go, if that is within the horizon, epoch ms.
    pub fn at(self, now: u64) -> Option<u64> {
        match self {
            Self::Allowed => Some(now),
            Self::NotBefore { at, .. } => Some(at),
            Self::TooFar { .. } | Self::Never { .. } => None,
        }
    }

    /// What held the message, if anything did.
    pub fn reason(self) -> Option<Reason> {
        match self {
            Self::Allowed => None,
            Self::NotBefore { reason, .. }
            | Self::TooFar { reason, .. }
            | Self::Never { reason } => Some(reason),
        }
    }
}

/// Why a message was held.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reason {
    /// The shop's quiet hours.
    QuietHours,
    /// One of the shop's caps, by its place in the configuration, from 0.
    Cap(u8),
    /// The shop's gap between two messages.
    MinimumGap,
    /// A country's night.
    CountryHours(Country),
    /// A country's day of rest.
    CountryWeekday(Country),
    /// A country's public holiday.
    CountryHoliday(Country),
    /// A country allows one message for each cart that was left.
    CountryOnce(Country),
    /// A country allows a message only soon after the cart was left.
    CountryDeadline(Country),
    /// What the shop forbids itself in a country.
    ShopsCountryRule(Country),
}

impl Reason {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::QuietHours => "quiet_hours",
            Self::Cap(_) => "frequency_cap",
            Self::MinimumGap => "minimum_gap",
            Self::CountryHours(_) => "country_hours",
            Self::CountryWeekday(_) => "country_weekday",
            Self::CountryHoliday(_) => "country_holiday",
            Self::CountryOnce(_) => "country_once_per_abandonment",
            Self::CountryDeadline(_) => "country_deadline_after_abandonment",
            Self::ShopsCountryRule(_) => "shop_country_rule",
        }
    }

    /// What a merchant reads.
    pub fn sentence(self) -> String {
        match self {
            Self::QuietHours => String::from("Held by the shop's quiet hours."),
            Self::Cap(n) => format!(
                "Held by the shop's frequency cap number {}.",
                u16::from(n).saturating_add(1)
            ),
            Self::MinimumGap => String::from("Held by the shop's least gap between two messages."),
            Self::CountryHours(country) => {
                format!("Held by the hours at which {country} allows such messages.")
            }
            Self::CountryWeekday(country) => {
                format!("Held by the days of the week on which {country} allows such messages.")
            }
            Self::CountryHoliday(country) => format!("Held by a public holiday of {country}."),
            Self::CountryOnce(country) => {
                format!("Not sent: {country} allows one such message for each cart that was left.")
            }
            Self::CountryDeadline(country) => format!(
                "Not sent: {country} allows such a message only within 48 hours of the cart being left."
            ),
            Self::ShopsCountryRule(country) => {
                format!("Held by the shop's own rule for {country}.")
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_reason_has_its_own_code_and_sentence() {
        let france: Country = "FR".parse().unwrap();
        let reasons = [
            Reason::QuietHours,
            Reason::Cap(0),
            Reason::MinimumGap,
            Reason::CountryHours(france),
            Reason::CountryWeekday(france),
            Reason::CountryHoliday(france),
            Reason::CountryOnce(france),
            Reason::CountryDeadline(france),
            Reason::ShopsCountryRule(france),
        ];
        let codes: BTreeSet<&str> = reasons.iter().map(|reason| reason.code()).collect();
        let sentences: BTreeSet<String> = reasons.iter().map(|reason| reason.sentence()).collect();
        assert_eq!(
            (codes.len(), sentences.len()),
            (reasons.len(), reasons.len())
        );
        assert_eq!(
            Reason::CountryHoliday(france).sentence(),
            "Held by a public holiday of FR."
        );
    }

    #[test]
    fn a_reason_survives_storage() {
        let france: Country = "FR".parse().unwrap();
        let ruling = Ruling::NotBefore {
            at: 7,
            reason: Reason::CountryHours(france),
        };
        let bytes = postcard::to_allocvec(&ruling).unwrap();
        assert_eq!(postcard::from_bytes::<Ruling>(&bytes), Ok(ruling));
    }
}
