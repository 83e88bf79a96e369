//! The history in tests/fixtures/replay: three weeks of a small shop, told to real carts and exported as the edge does it.

mod pen;
mod story;

pub use pen::{Pen, SHOP};
pub use story::{MONDAY_MS, history, shopper};
