//! A webhook that only names what changed: what it is now is asked of the platform.

use super::Failure;
use crate::bindings::Env;
use crate::clock;
use crate::config::{self, ShopView};
use crate::platforms::{self, Answer};
use homing_core::platform::{self, Envelope, Ignored, Platform, Thin, Tidings};

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
    // What is fetched is the state of this moment, whenever that was set off for which it is fetched.
    let envelope = Envelope {
        triggered_at: Some(clock::now_ms()),
        ..*envelope
    };
    let Thin { resource, id, .. } = thin;
    match platforms::fetch(&deployment, platform, &connection, resource, &id).await {
        Answer::Body(body) => Ok(platform::fetched(platform, resource, &body, &envelope)?),
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
