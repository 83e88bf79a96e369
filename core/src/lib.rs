//! Homing's pure rules. Nothing here reads a clock, does I/O or draws random numbers: time, replies and entropy come in
//! as inputs, so the edge, the browser and the tests all run the same code to the same bytes.
#![cfg_attr(not(test), no_std)]
extern crate alloc;

pub mod bugs;
pub mod cart;
pub mod error;

#[cfg(feature = "edge")]
pub mod bytes;
#[cfg(feature = "edge")]
pub mod calendar;
#[cfg(feature = "edge")]
pub mod catalogue;
#[cfg(feature = "edge")]
pub mod channel;
#[cfg(feature = "edge")]
pub mod contact;
#[cfg(feature = "edge")]
pub mod decision;
#[cfg(feature = "edge")]
pub mod delivery;
#[cfg(feature = "edge")]
#[macro_use]
pub mod document;
#[cfg(feature = "edge")]
pub mod experiment;
#[cfg(feature = "edge")]
pub mod flag;
#[cfg(feature = "edge")]
pub mod ids;
#[cfg(feature = "edge")]
pub mod keys;
#[cfg(feature = "edge")]
pub mod load;
#[cfg(feature = "edge")]
pub mod log;
#[cfg(feature = "edge")]
pub mod message;
#[cfg(feature = "edge")]
pub mod money;
#[cfg(feature = "edge")]
pub mod news;
#[cfg(feature = "edge")]
pub mod object;
#[cfg(feature = "edge")]
pub mod prices;
#[cfg(feature = "replay")]
pub mod replay;
#[cfg(feature = "edge")]
pub mod rules;
#[cfg(feature = "schema")]
pub mod schema;
#[cfg(feature = "edge")]
pub mod seal;
#[cfg(feature = "edge")]
pub mod sequence;
#[cfg(feature = "edge")]
pub mod shop;
#[cfg(feature = "edge")]
pub mod survey;
#[cfg(feature = "edge")]
pub mod token;
#[cfg(feature = "trace")]
pub mod trace;
#[cfg(feature = "edge")]
pub mod wire;
