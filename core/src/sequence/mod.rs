//! What is sent, and when.

mod choose;
mod definition;
mod document;
mod library;
mod offer;
mod offer_form;
mod template;
mod texts;
mod thresholds;
mod trigger;

#[cfg(test)]
mod tests;

pub use choose::{Choice, Considered, Verdict, choose, consider, consider_flagged};
pub use definition::{Sequence, SequenceId, Step};
pub use document::Document;
pub use library::{library, standard};
pub use offer::{Gives, Offer};
pub use template::Template;
pub use texts::{Label, Line, Note, Paragraph, Texts};
pub use thresholds::{StageThresholds, Thresholds};
pub use trigger::{Occasion, Trigger};
