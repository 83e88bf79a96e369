//! What is asked of a shop's stock, and what it answers.

use homing_core::cart::Variant;
use homing_core::ids::CartId;
use homing_core::object::cart::Ordered;
use homing_core::stock::{Item, Refusal, ReservationId, State, Wanted};
use serde::{Deserialize, Serialize};

/// What can be asked of a shop's stock.
#[derive(Debug, Serialize, Deserialize)]
pub enum StockInput {
    /// What the shop would still sell of variants.
    Count {
        /// So many of these.
        counted: Vec<Item>,
        /// Of these, as many as somebody wants.
        uncounted: Vec<Variant>,
    },
    /// Holds all of it or nothing.
    Reserve(Wanted),
    /// What was held is sold.
    Confirm(ReservationId),
    /// It is given up.
    Cancel(ReservationId),
    /// One reservation.
    Read(ReservationId),
    /// Reservations, by name, behind `after`.
    List {
        /// In which state; `None`: in any.
        state: Option<State>,
        /// Only those to which a reconciliation did something.
        reconciled: bool,
        /// Where the page before ended.
        after: Option<ReservationId>,
        /// How many at most.
        limit: u32,
    },
    /// Which of these variants somebody cannot have now who has these carts.
    Short {
        /// Which.
        variants: Vec<Variant>,
        /// Whose reservations are theirs.
        carts: Vec<CartId>,
    },
    /// A cart was bought.
    Ordered {
        /// Which.
        cart: CartId,
        /// How.
        ordered: Ordered,
    },
    /// Rearms a lost alarm, and has reservations held against their carts.
    Sweep,
}

/// What a shop's stock answers.
#[derive(Debug, Serialize, Deserialize)]
pub enum StockReply {
    /// A reservation, as it is answered to servers.
    Reservation(String),
    /// Why there is none, or why it stays as it is.
    Refused(Refusal),
    /// Reservations by name: as they are answered, and where the next page begins.
    List(Vec<String>, Option<ReservationId>),
    /// Variants that cannot be had.
    Short(Vec<Variant>),
    /// Done.
    Done,
}
