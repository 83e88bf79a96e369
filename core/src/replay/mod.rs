//! What other messages would have done to a shop's own history: docs/replay.md.
//!
//! The history is the exported log of the shop's carts. It is played twice through the very objects that the edge runs, in virtual
//! time and without faults: once under the configuration as it is, once under an edited one. What shoppers did stays where it
//! was. A pure function: equal inputs give equal reports, native and on wasm.

mod assumptions;
mod changes;
mod edit;
mod history;
mod ledger;
mod options;
mod refusal;
mod report;
mod request;
mod retold;
mod totals;
mod world;

pub use changes::{Changed, Difference, Kind, Side};
pub use edit::edited;
pub use history::{Counts, History};
pub use options::Options;
pub use refusal::Refusal;
pub use report::{FORMAT, Report};
pub use request::{Request, read_catalogue};
pub use totals::{ChannelTotal, Compared, Delta, OfferTotal, StepCompared, Totals};

use crate::catalogue::Product;
use crate::shop::ShopConfig;
use alloc::{collections::BTreeMap, string::String};
use world::{Given, Standins, World};

/// Plays `history` under the configuration as it is and under an edited one, and reports what differs. The catalogue, by variant, is
/// the same for both. The only error is [`Refusal::Standins`].
pub fn replay(
    history: &History,
    now: &ShopConfig,
    edited: &ShopConfig,
    catalogue: &BTreeMap<String, Product>,
    options: &Options,
) -> Result<Report, Refusal> {
    let standins = Standins::new().ok_or(Refusal::Standins)?;
    let given = Given {
        history,
        catalogue,
        options,
        standins: &standins,
    };
    let now = World::play(&given, now);
    let edited = World::play(&given, edited);
    Ok(Report::new(history, &now, &edited, options))
}
