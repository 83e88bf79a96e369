//! What is written where.

pub mod packed;
mod pages;
pub mod shop;
