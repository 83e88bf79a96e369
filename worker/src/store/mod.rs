//! What is written where.

mod news;
pub mod packed;
pub mod shop;
