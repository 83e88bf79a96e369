//! Experiments: who gets what, what came of it, and when a difference may be believed.
//!
//! A shopper's arm follows from a keyed hash ([`assignment`]) and from the ranges that arms own ([`allocation`]). What came of
//! it is counted from the decision on ([`tally`]), so that a shopper whose message was skipped counts as much as one who got it.
//! A shop's configuration lists its experiments ([`definition`], [`together`]); a [`ledger`] follows it, so that edits keep people
//! where they are. What the [`draws`] say of a shopper is applied to the plan's own copy of its sequence, and [`exposure`] tells
//! from which decision on the shopper counts. The intervals ([`sequential`]) hold however often they are read, and none is shown while the shares of shoppers contradict
//! the design ([`ratio`]). [`readout`] puts all of that into words.

pub mod allocation;
pub mod assignment;
pub mod changes;
pub mod definition;
pub mod draws;
pub mod exposure;
pub mod ledger;
pub mod mixture;
pub mod name;
pub mod overview;
pub mod ratio;
pub mod readout;
pub mod sequential;
pub mod tally;
pub mod together;
mod wording;

pub use allocation::Allocation;
pub use assignment::{ExperimentKey, Holdout, Standing};
pub use changes::Changes;
pub use definition::{Arm, Experiment, Parting};
pub use draws::{Draws, Enrolled, earliest_start};
pub use exposure::{Assigned, Exposed, Exposures, Study, packed};
pub use ledger::Ledger;
pub use name::{ArmId, ExperimentId};
pub use overview::{Counted, Overview};
pub use readout::{Reading, Readout};
pub use sequential::{Interval, Lift};
pub use tally::{ArmTally, Tally};
pub use together::check_experiments;

/// The whole, in basis points: the shares of an experiment's arms sum to it.
pub const WHOLE_BP: u16 = 10_000;
