//! A log as the state that it stands for.

use crate::cart::{CartState, Placed};
use crate::log::{Record, What};

/// Folds a log into the state that it stands for.
pub fn fold(records: &[(u64, Record)]) -> Result<CartState, Placed> {
    let mut state = CartState::default();
    for (seq, record) in records {
        fold_one(&mut state, *seq, record)?;
    }
    Ok(state)
}

/// Takes a log's next record, number `seq`, into the state of those before it.
pub fn fold_one(state: &mut CartState, seq: u64, record: &Record) -> Result<(), Placed> {
    let Some(id) = record.id else { return Ok(()) };
    match &record.what {
        What::Lines(op) => state.place(id, op, seq),
        What::Order { dots, .. } | What::ForkOrdered { dots, .. } => {
            state.order(id, dots, seq);
            Ok(())
        }
        _ => state.note(id, seq),
    }
}
