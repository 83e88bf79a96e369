//! The append-only, tamper-evident log of one cart.

mod chain;
mod record;

pub use chain::{Body, Broken, Chain, Entry, Hash, Page, verify};
pub use record::{ConsentReceipt, PageContext, Record, Stage, What};
