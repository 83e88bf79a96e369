//! Channels: one file a provider. Each says what it can *prove* of a try; see [`Outcome`].

mod mime;
mod resend;
mod smtp;
pub mod twilio;

use crate::clock;
use crate::config::Deployment;
use homing_core::delivery::{Body, Outcome};
use homing_core::object::shopper::Release;
use homing_core::shop::{Carrier, Provider, SmsProvider};

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
    match (release.provider, &release.message.body) {
        (Carrier::Email(provider), Body::Email { .. }) => {
            let Some(mail) = release.message.mail() else {
                return not_buildable();
            };
            match provider {
                Provider::Smtp => smtp::send(deployment, &mail, left).await,
                Provider::Resend => resend::send(deployment, &mail, left).await,
            }
        }
        (
            Carrier::Sms(SmsProvider::Twilio),
            Body::Sms {
                to,
                from,
                text,
                callback_url,
                ..
            },
        ) => {
            let text = twilio::Text {
                to,
                from,
                text,
                callback_url,
            };
            twilio::send(deployment, text, left).await
        }
        _ => not_buildable(),
    }
}

/// A message of one channel in the hands of another one's provider: nothing releases that.
fn not_buildable() -> Outcome {
    Outcome::Rejected {
        code: String::from("message_not_buildable"),
        recipient: false,
    }
}
