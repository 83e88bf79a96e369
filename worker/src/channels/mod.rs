//! Channels: what carries messages. Each try says what it can *prove*; see [`Outcome`].

mod api;
mod circuits;
mod email;
mod services;

use crate::bindings::Env;
use crate::clock;
use crate::config::Deployment;
use email::Email;
use homing_core::delivery::Outcome;
use homing_core::object::shopper::Release;

pub use circuits::ask as ask_circuits;
pub use email::smtp::answers as smtp_answers;
pub use services::{CallbackSecrets, EmailServices};

/// What a consumer leaves of a lease for saying what became of the try, ms.
const MARGIN_MS: u64 = 4_000;

/// One try.
pub struct Tried {
    /// What is proved of it.
    pub outcome: Outcome,
    /// How long the provider wants to be left alone, ms.
    pub retry_after_ms: Option<u64>,
}

impl Tried {
    fn of(outcome: Outcome) -> Self {
        Self {
            outcome,
            retry_after_ms: None,
        }
    }
}

/// Sends a released message and gives up before its lease ends.
pub async fn send(env: &Env, deployment: &Deployment, release: &Release) -> Tried {
    let left = release
        .lease_until
        .saturating_sub(clock::now_ms())
        .saturating_sub(MARGIN_MS);
    if left == 0 {
        return Tried::of(Outcome::Transient {
            code: String::from("lease_too_short"),
        });
    }
    let email = Email::of(&release.message);
    let tried = email::send(env, deployment, release.provider, &email, left).await;
    circuits::note(release.provider, &tried, clock::now_ms());
    tried
}
