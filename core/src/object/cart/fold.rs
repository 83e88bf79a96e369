//! A log as the state that it stands for.

use crate::cart::{CartState, Placed};
use crate::log::{Record, What};

/// Folds a log into the state that it stands for.
pub fn fold(records: &[(u64, Record)]) -> Result<CartState, Placed> {
    let mut state = CartState::default();
    for (seq, record) in records {
        let Some(id) = record.id else { continue };
        match &record.what {
            What::Lines(op) => state.place(id, op, *seq)?,
            What::Order { dots, .. } | What::ForkOrdered { dots, .. } => {
                state.order(id, dots, *seq);
            }
            _ => state.note(id, *seq)?,
        }
    }
    Ok(state)
}
