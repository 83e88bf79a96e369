//! Channels: one file a provider. Each says what it can *prove* of a try; see [`Outcome`].

mod mime;
mod resend;
mod smtp;

use crate::clock;
use crate::config::Deployment;
use homing_core::delivery::Outcome;
use homing_core::object::shopper::Release;
use homing_core::shop::Provider;

pub use smtp::answers as smtp_answers;

/// What a consumer leaves of a lease for saying what became of the try, ms.
const MARGIN_MS: u64 = 4_000;

/// Sends a released message and gives up before its lease ends.
pub async fn send(deployment: &Deployment, release: &Release) -> Outcome {
    let left = release
        .lease_until
        .saturating_sub(clock::now_ms())
        .saturating_sub(MARGIN_MS);
    if left == 0 {
        return Outcome::Transient {
            code: String::from("lease_too_short"),
        };
    }
    match release.provider {
        Provider::Smtp => smtp::send(deployment, &release.message, left).await,
        Provider::Resend => resend::send(deployment, &release.message, left).await,
    }
}
