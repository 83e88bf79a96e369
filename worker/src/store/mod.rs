//! What is written where.

pub mod packed;
pub mod shop;
