//! Restraint in time: when a message may reach a person. Time zones, quiet hours, caps, the rules of countries, seasons, the
//! hour at which somebody is usually there, and the earliest moment that they all allow.
//!
//! Every instant is epoch milliseconds, every duration milliseconds. An instant is held by a local rule when the wall clock
//! of the zone shows a held time: an hour that the clock shows twice is held twice, one that it skips is not waited for.

mod cap;
mod combine;
mod country;
mod date;
mod holidays;
mod hour;
mod local_rule;
mod malformed;
mod place;
mod quiet;
mod ruling;
mod season;
mod time_of_day;
mod weekday;
mod window;
mod zone;

pub use crate::channel::Channel;
pub use cap::{Cap, Caps, Sent};
pub use combine::{Occasion, Restraint, earliest};
pub use country::{CountryRule, Demand, rules};
pub use date::LocalDate;
pub use holidays::{easter, is_french_holiday};
pub use hour::Activity;
pub use local_rule::{Hours, LocalRule};
pub use malformed::Malformed;
pub use place::{Country, country_of};
pub use quiet::{QuietHours, check_quiet_hours};
pub use ruling::{Reason, Ruling};
pub use season::{Overrides, Season, active, check_seasons};
pub use time_of_day::TimeOfDay;
pub use weekday::Weekday;
pub use zone::{Local, Stretch, WallClock, Zone};

/// One hour, ms.
pub const HOUR_MS: u64 = 3_600_000;
/// One day of 24 hours, ms.
pub const DAY_MS: u64 = 24 * HOUR_MS;
/// How far ahead a message may be deferred, ms: 30 days. What cannot go before is told apart as too far, because a reminder
/// of a cart is worth nothing by then.
pub const HORIZON_MS: u64 = 30 * DAY_MS;
