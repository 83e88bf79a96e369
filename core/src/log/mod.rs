//! The append-only, tamper-evident log of one cart, and how it leaves the edge: docs/log-export.md.

mod chain;
mod erasure;
mod event;
mod export;
mod fault;
mod heads;
mod import;
mod lines;
pub mod merkle;
mod record;

pub use chain::{Body, Broken, Chain, Checkpoint, Entry, Hash, Page, verify};
pub use erasure::Erasure;
pub use event::Event;
pub use export::Export;
pub use fault::{Fault, Why};
pub use heads::RecordedHeads;
pub use import::{Step, Totals, Verifier};
pub use lines::{FORMAT, Header, MAX_LINE_BYTES};
pub use record::{ConsentReceipt, PageContext, Record, Stage, What};

#[cfg(test)]
mod tests;
