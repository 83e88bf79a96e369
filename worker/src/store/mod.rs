//! What is written where.

pub mod endpoints;
mod news;
pub mod packed;
mod pages;
mod shelf;
pub mod shop;
