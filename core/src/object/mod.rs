//! The objects' rules. Each is `step(state, input, now) -> Commit`: the host persists the state and the pages, then carries
//! out the effects, and feeds what came of them back as inputs. Nothing leaves an object that does not stand in its state.

pub mod cart;
pub mod codec;
pub mod shopper;

use crate::log::Page;
use alloc::vec::Vec;
use serde::{Deserialize, Serialize};

/// What one step decided.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Commit<Effect, Reply> {
    /// Whether the state changed and has to be written before any effect.
    pub write: bool,
    /// Log pages to write beside it.
    pub pages: Vec<Page>,
    /// What to do once that is durable. Each effect may be lost or done twice: the state brings it back until it is answered.
    pub effects: Vec<Effect>,
    /// The answer to the caller.
    pub reply: Reply,
}

impl<Effect, Reply> Commit<Effect, Reply> {
    /// An answer that changes nothing.
    pub fn read(reply: Reply) -> Self {
        Self {
            write: false,
            pages: Vec::new(),
            effects: Vec::new(),
            reply,
        }
    }
}
