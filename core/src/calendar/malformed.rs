//! What can be wrong with a time, a date or a place. Apart from the crate's other errors, so that the browser does not carry
//! these sentences.

/// A text that is not what it should be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// Not a wall-clock time.
    #[error("a time of day is HH:MM, from 00:00 to 24:00")]
    TimeOfDay,
    /// Not a date.
    #[error("a date is YYYY-MM-DD, from 1970 to 2199")]
    Date,
    /// Not a time zone.
    #[error("a time zone is a name of the IANA database, such as Europe/Paris")]
    Zone,
    /// Not a country.
    #[error("a country is two letters of ISO 3166-1, such as FR")]
    Country,
}

impl Malformed {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::TimeOfDay => "time_of_day_invalid",
            Self::Date => "date_invalid",
            Self::Zone => "time_zone_unknown",
            Self::Country => "country_invalid",
        }
    }
}
