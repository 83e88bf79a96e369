//! Hosts the core's objects as the worker does: `worker/src/objects/{cart,shopper}.rs`, `worker/js/entry.js`. What a change of
//! the core's API changes here stands in this file.
//!
//! A row is durable, memory is not. A step that writes is durable before its effects and its reply leave (the output gate). A
//! kill takes the memory and everything that was waiting in it; whoever waits for the object learns of a failure.

mod alarm;
mod cart;
mod person;
mod shopper;

pub(crate) use cart::{Basket, CartTask};
pub(crate) use person::Person;
pub(crate) use shopper::{ShopperAsk, ShopperTask};

use homing_core::object::codec;
use serde::{Serialize, de::DeserializeOwned};

/// An object: its memory, and its row where that differs.
pub(crate) struct Hosted<T> {
    pub(crate) memory: Option<T>,
    /// The row, where memory has gone on without a write; otherwise memory is the row.
    row: Option<Box<T>>,
    written: bool,
    incarnation: u32,
}

impl<T: Clone + PartialEq + Serialize + DeserializeOwned> Hosted<T> {
    fn new() -> Self {
        Self {
            memory: None,
            row: None,
            written: false,
            incarnation: 0,
        }
    }

    /// How often its memory has gone.
    pub(crate) fn incarnation(&self) -> u32 {
        self.incarnation
    }

    pub(crate) fn is_written(&self) -> bool {
        self.written
    }

    /// Before a step that writes nothing.
    fn keep_row(&mut self) {
        if self.written && self.row.is_none() {
            self.row = self.memory.clone().map(Box::new);
        }
    }

    fn wrote(&mut self) {
        self.written = true;
        self.row = None;
    }

    /// Memory goes; what comes back is read from the row's bytes. False when those do not say the same.
    fn kill(&mut self) -> bool {
        self.incarnation += 1;
        let row = match self.row.take() {
            Some(row) => Some(*row),
            None => self.memory.take().filter(|_| self.written),
        };
        let Some(row) = row else {
            self.memory = None;
            return true;
        };
        let read = codec::encode(&row).and_then(|bytes| codec::decode::<T>(&bytes));
        let same = read.as_ref().is_ok_and(|read| *read == row);
        self.memory = read.ok();
        same
    }
}
