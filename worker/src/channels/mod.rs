//! Channels: what carries messages. Each try says what it can *prove*; see [`Outcome`].

pub mod api;
mod circuits;
mod configured;
mod email;
pub mod flow;
mod push;
mod services;
pub mod twilio;

use crate::bindings::Env;
use crate::clock;
use crate::config::{Deployment, ShopView};
use homing_core::delivery::{Body, FlowPlatform, Outcome};
use homing_core::ids::ShopId;
use homing_core::object::shopper::Release;
use homing_core::shop::{Carrier, SmsProvider};

pub use circuits::{Circuit, ask as ask_circuits, give_back};
pub use configured::is_configured;
pub use email::find as find_mail;
pub use email::send as send_mail;
pub use email::smtp::answers as smtp_answers;
pub use services::{CallbackSecrets, EmailServices, FlowUrls, Twilio, Vapid};

/// What a consumer leaves of a lease for saying what became of the try, ms.
const MARGIN_MS: u64 = 4_000;

/// One try.
pub struct Tried {
    /// What is proved of it.
    pub outcome: Outcome,
    /// How long the provider wants to be left alone, ms.
    pub retry_after_ms: Option<u64>,
    /// Whether anybody was called: what was not offered says nothing of who would have carried it.
    pub was_called: bool,
}

impl Tried {
    /// One of which the provider wants nothing more.
    pub fn of(outcome: Outcome) -> Self {
        Self {
            outcome,
            retry_after_ms: None,
            was_called: true,
        }
    }

    /// One that called nobody.
    pub fn uncalled(outcome: Outcome) -> Self {
        Self {
            was_called: false,
            ..Self::of(outcome)
        }
    }
}

/// Sends a released message and gives up before its lease ends, or as soon as its carrier's row says. `shop`: whose it is, and what is
/// known of it.
pub async fn send(
    env: &Env,
    deployment: &Deployment,
    shop: (ShopId, Option<&ShopView>),
    release: &Release,
) -> Tried {
    let tried = tried(env, deployment, shop.1, release).await;
    if let Some(circuit) = Circuit::of(shop.0, release.provider, &release.message) {
        if tried.was_called {
            email::remember(env, shop.0, release, &tried.outcome).await;
            circuits::note(circuit, &tried, clock::now_ms());
        } else {
            give_back(&circuit);
        }
    }
    tried
}

async fn tried(
    env: &Env,
    deployment: &Deployment,
    shop: Option<&ShopView>,
    release: &Release,
) -> Tried {
    let left = release
        .lease_until
        .saturating_sub(clock::now_ms())
        .saturating_sub(MARGIN_MS)
        .min(release.provider.row().timeout_ms);
    if left == 0 {
        return Tried::uncalled(Outcome::Transient {
            code: String::from("lease_too_short"),
        });
    }
    match (release.provider, &release.message.body) {
        (Carrier::Email(provider), Body::Email { .. }) => {
            let Some(email) = release.message.mail() else {
                return not_buildable();
            };
            email::send(env, deployment, provider, &email, (left, release.trace)).await
        }
        (
            Carrier::Sms(SmsProvider::Twilio),
            Body::Sms {
                to,
                from,
                text,
                callback_url,
                ..
            }
            | Body::LinkedSms {
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
            twilio::send(deployment, text, (left, release.trace)).await
        }
        (
            Carrier::Push,
            Body::Push {
                to,
                contact,
                keep_s,
                ..
            },
        ) => {
            let to = (to, contact.as_str(), *keep_s);
            push::send(deployment, &release.message, to, (left, release.trace)).await
        }
        (
            Carrier::Sms(SmsProvider::Attentive),
            Body::Sms { to, text, .. } | Body::LinkedSms { to, text, .. },
        ) => match flow::account(deployment, shop, (FlowPlatform::Attentive, release.trace)) {
            Ok(account) => flow::attentive::text(&account, to, text, left).await,
            Err(tried) => tried,
        },
        (Carrier::Flow(platform), Body::Event { .. }) => {
            match flow::account(deployment, shop, (platform, release.trace)) {
                Ok(account) => flow::send(&account, platform, &release.message, left).await,
                Err(tried) => tried,
            }
        }
        _ => not_buildable(),
    }
}

/// More than its carrier takes in one call: it is not offered.
fn too_large() -> Tried {
    Tried::uncalled(Outcome::Rejected {
        code: String::from("message_too_large"),
        recipient: false,
    })
}

/// A message of one channel in the hands of another one's provider: nothing releases that.
fn not_buildable() -> Tried {
    Tried::uncalled(Outcome::Rejected {
        code: String::from("message_not_buildable"),
        recipient: false,
    })
}
