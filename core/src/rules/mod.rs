//! Segmentation rules: whom a sequence, or one of its steps, is for.
//!
//! A [`Condition`] is `all`, `any` and `not` over typed tests, as a merchant writes it in JSON. It is judged against [`Facts`]; what
//! nobody knows stays unknown through the whole rule (Kleene's strong three-valued logic), and only a rule that is met lets
//! anything happen: neither a test of something unknown nor its `not` is met. Every judgement explains itself.

mod bounds;
mod choice;
mod condition;
mod explain;
mod facts;
mod lines;
mod moment;
mod outcome;
mod proof;
mod reason;
mod sight;
mod table;

#[cfg(test)]
mod tests;

pub use crate::calendar::Weekday;
pub use bounds::{AmountBounds, CountBounds, PercentBounds, SpanBounds};
pub(crate) use choice::stage_name;
pub use choice::{CatalogueId, Country, Device, Host, OneOf};
pub use condition::Condition;
pub use explain::{Explanation, Finding};
pub use facts::{CheckoutFacts, Consents, Facts, LineFacts, Orders, Source};
pub use lines::{AttributeTest, LineTest, Which};
pub use moment::{CalendarDay, DaySpan, HourSpan, LocalMoment};
pub use outcome::Outcome;
pub use reason::{Reason, ReasonTest};
