//! One cart with all that is kept of it, for the person whose it is.

use super::events;
use super::gather::Reader;
use super::shown::Cart;
use crate::error::Problem;
use homing_core::ids::CartId;
use serde::Serialize;

/// A cart, and what happened to it.
#[derive(Serialize)]
pub struct Whole {
    cart: Cart,
    events: Vec<serde_json::Value>,
    /// The cursor by which `GET /v1/carts/{cart_id}/events` leads on, where there are more.
    #[serde(skip_serializing_if = "Option::is_none")]
    next: Option<String>,
}

impl Reader {
    /// A cart, and the first 500 events of its log.
    pub async fn whole(&self, cart: CartId, object: &str) -> Result<Whole, Problem> {
        let shown = self.one(cart, object.to_owned()).await?;
        let (events, next) = events::first(&self.env, self.shop, cart, object).await?;
        Ok(Whole {
            cart: shown,
            events,
            next,
        })
    }
}
