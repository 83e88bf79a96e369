//! The cart: an add-wins map of lines inside an epoch that only the edge advances.

mod clock;
mod dot;
mod line;
mod merge;
mod op;
mod seen;
mod sorted;
mod state;
#[cfg(test)]
mod tests;

pub use clock::Hlc;
pub use dot::{Dot, EventId, Replica};
pub use line::{LineKey, Quantity, Variant};
pub use op::Op;
pub use seen::{Seen, SeenError};
pub use state::{CartState, Change, Entry, LineView, Placed};
