//! Webhooks of platforms before anybody has read them: whether the platform has signed them, and how they wait for their turn.

mod moment;
mod signature;
mod wait;

pub use moment::moment;
pub use signature::{Unsigned, is_ping, shopify_store, signed_by, standard_webhook};
pub use wait::{Day, context};
