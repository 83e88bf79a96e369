//! Whether a message goes, and why: the rules that stand between a step that is due and a provider, asked anew at every try.

mod case;
mod denial;
mod facts;
mod hold;
mod record;
mod restraint;
mod selection;
mod wording;

pub use case::{Case, Judged, Standing, Verdict, decide, offered};
pub use facts::{facts, occasion, worth};
pub use hold::Hold;
pub use record::{Decided, Made};
pub use selection::{Selection, select};
pub use wording::Wordings;

#[cfg(test)]
mod tests;
