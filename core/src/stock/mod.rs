//! What is left of variants, and who holds some of it while a payment is made.
//!
//! A shop pushes how many of a variant it would still sell. A reservation holds some of that, for all its lines or for none, until it is
//! confirmed (sold), cancelled, or over. The rules work on a [`Shelf`], which an object's tables are on the edge and maps are in tests.
//! Each operation may be repeated, late or in another order: whatever has been done once is not done again.

mod level;
mod reservation;
mod rules;
mod watch;

pub use level::Level;
pub use reservation::{
    Cause, DEFAULT_MS, Item, KEPT_MS, Period, Refusal, Reservation, ReservationId, State, Wanted,
    gathered,
};
pub use rules::Stock;

use crate::cart::Variant;
use crate::ids::CartId;
use alloc::vec::Vec;

/// Where levels and reservations are kept. What one operation writes has to become durable together.
pub trait Shelf {
    /// Why it could not be read or written.
    type Error;

    /// How a variant stands; one that nobody has told of is not counted.
    fn level(&self, variant: &Variant) -> Result<Level, Self::Error>;

    /// Writes how it stands.
    fn put_level(&mut self, variant: &Variant, level: Level) -> Result<(), Self::Error>;

    /// A reservation.
    fn find(&self, id: &ReservationId) -> Result<Option<Reservation>, Self::Error>;

    /// The reservation that is held for a cart: at most one.
    fn held_for(&self, cart: CartId) -> Result<Option<Reservation>, Self::Error>;

    /// Reservations that are held although their time was over at `now` (epoch ms), the earliest first, at most `limit`.
    fn due(&self, now: u64, limit: u32) -> Result<Vec<Reservation>, Self::Error>;

    /// Adds or replaces a reservation.
    fn put(&mut self, reservation: &Reservation) -> Result<(), Self::Error>;
}

#[cfg(test)]
mod tests;
