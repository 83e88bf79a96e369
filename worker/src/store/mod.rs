//! What is written where.

mod kept;
mod news;
pub mod packed;
mod pages;
mod shelf;
pub mod shop;
