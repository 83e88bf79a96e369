//! A webhook that only names what changed: what it is now is asked of the platform.

use super::Failure;
use crate::bindings::Env;
use crate::config::{self, ShopView};
use crate::platforms::{self, Answer};
use homing_core::platform::{self, Envelope, Ignored, Platform, Resource, Thin, Tidings};

/// What the platform's own API says of it.
pub async fn fetched(
    env: &Env,
    shop: &ShopView,
    platform: Platform,
    thin: Thin,
    envelope: &Envelope,
) -> Result<Tidings, Failure> {
    let deployment = config::deployment(env)?;
    let connection = shop
        .connections
        .of(platform, &deployment.keys)?
        .ok_or_else(|| later("not_connected", "the connection was taken away", None))?;
    // A cart that became an order is not there any more; the order says all that has to be known.
    let (resource, id) = match &thin.order {
        Some(order) => (Resource::Order, order.as_str()),
        None => (thin.resource, thin.id.as_str()),
    };
    match platforms::fetch(&deployment, platform, &connection, resource, id).await {
        Answer::Body(body) => Ok(platform::fetched(platform, resource, &body, envelope)?),
        // It went meanwhile: whatever became of it is told by itself.
        Answer::Gone => Ok(Tidings::Ignored(Ignored::BasketGone)),
        Answer::Later { detail, after_s } => Err(later("platform_unavailable", &detail, after_s)),
        Answer::Refused(status) => Err(later(
            "platform_refused",
            &format!("the platform answered {status}"),
            None,
        )),
    }
}

fn later(code: &'static str, detail: &str, after_s: Option<u32>) -> Failure {
    Failure::Later {
        code,
        detail: detail.to_owned(),
        after_s,
    }
}
