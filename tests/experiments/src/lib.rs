//! Simulated shops, read as a merchant would who looks every day: what the intervals of `homing_core::experiment` promise is
//! checked against worlds whose truth is known.

pub mod bars;
pub mod horizon;
pub mod trial;
pub mod world;
