//! Platforms' own APIs, one file a platform.

mod bigcommerce;

use crate::config::Deployment;
use homing_core::connection::Connection;
use homing_core::platform::{Platform, Resource};

/// What a platform answers to a question.
#[derive(Debug)]
pub enum Answer {
    /// This, as it came.
    Body(Vec<u8>),
    /// There is no such thing any more.
    Gone,
    /// Not now.
    Later {
        /// In words, for the log.
        detail: String,
        /// How soon it makes sense to ask again, s, where the platform says.
        after_s: Option<u32>,
    },
    /// Not with what the shop has connected us with; the status.
    Refused(u16),
}

/// Asks a platform for what a thin webhook has named.
pub async fn fetch(
    deployment: &Deployment,
    platform: Platform,
    connection: &Connection,
    resource: Resource,
    id: &str,
) -> Answer {
    match platform {
        Platform::BigCommerce => {
            bigcommerce::fetch(&deployment.bigcommerce_url, connection, resource, id).await
        }
        // Their webhooks say everything themselves.
        Platform::Shopify | Platform::Adobe | Platform::WooCommerce => Answer::Gone,
    }
}
