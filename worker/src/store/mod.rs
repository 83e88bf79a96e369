//! What is written where.

pub mod endpoints;
mod erasures;
pub mod heard;
mod kept;
mod news;
pub mod packed;
mod pages;
mod reports;
pub mod requests;
mod shelf;
pub mod shop;
mod shop_erasure;
pub mod stock;
