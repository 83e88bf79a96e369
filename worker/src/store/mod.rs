//! What is written where.

mod news;
pub mod packed;
mod pages;
pub mod requests;
mod shelf;
pub mod shop;
