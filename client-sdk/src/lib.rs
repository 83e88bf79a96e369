//! Homing in a storefront. Three functions over text, without state of their own: the page keeps base and pending events in
//! its storage, hands them in with a command or an answer, and stores what comes out. So several tabs can share one journal,
//! each call inside one storage transaction.
//!
//! The text is records of tab-separated fields ([`record`]): JSON in both directions would be half of the module. No clock
//! and no randomness either; the page has both.

#[cfg(target_arch = "wasm32")]
mod arena;
#[cfg(test)]
mod convergence;
mod journal;
mod record;

pub use journal::{Journal, Refusal};

use homing_core::error::Invalid;
use record::Records;
use wasm_bindgen::prelude::wasm_bindgen;

/// Runs a command (a `command` record, or nothing to only look) on the cart of `base` and `pending`, naming new events from
/// `id` on. Answers the new events (`e` records) and the cart as the shopper now sees it (`v` and `l` records), or an `x`
/// record with the code of what is wrong.
#[wasm_bindgen]
pub fn apply(base: &str, pending: &str, command: &str, id: &str, now: f64) -> String {
    answer(|| {
        let mut journal = Journal::open(base)?;
        journal.expect_all(pending);
        journal.write_as(id.parse()?, now as u64);
        if !command.is_empty() {
            journal.run(command)?;
        }
        Ok(journal.answer())
    })
}

/// Takes the edge's answer to a request that named `seen`, as a `base` text. Answers the new base, or nothing when the answer
/// builds on a base that is no longer here: then what it acknowledges has to be sent again.
#[wasm_bindgen]
pub fn settle(base: &str, reply: &str, seen: f64) -> String {
    let settled = || {
        let mut journal = Journal::open(base)?;
        Ok::<_, Invalid>(if journal.settle(reply, seen as u64)? {
            journal.base_text()
        } else {
            String::new()
        })
    };
    settled().unwrap_or_default()
}

/// Starts a new cart from the lines of the cart of `base` and `pending`, and from `lines`: where both have a line, the larger
/// quantity. Answers like [`apply`], for the new cart.
#[wasm_bindgen]
pub fn fork(base: &str, pending: &str, lines: &str, id: &str, now: f64) -> String {
    answer(|| {
        let mut parent = Journal::open(base)?;
        parent.expect_all(pending);
        let mut child = Journal::default();
        child.write_as(id.parse()?, now as u64);
        child.copy(&parent, lines)?;
        Ok(child.answer())
    })
}

fn answer(work: impl FnOnce() -> Result<String, Refusal>) -> String {
    work().unwrap_or_else(|refusal| {
        let mut records = Records::default();
        records.text("x").text(refusal.code()).end();
        records.into_text()
    })
}
