//! What is sent, and when.

mod choose;
pub mod definition;
pub mod document;
mod library;
mod offer;
mod plain;
mod template;
mod thresholds;
mod trigger;

#[cfg(test)]
mod tests;

pub use choose::{Choice, Considered, Verdict, choose, consider};
pub use definition::{Sequence, SequenceId};
pub use library::library;
pub use offer::Offer;
pub use plain::{Step, default_sequence};
pub use template::Template;
pub use thresholds::Thresholds;
pub use trigger::{Occasion, Trigger};
