//! Email: one file a provider. Each takes what an email needs and nothing else, and says what it can *prove* of a try.

mod cloudflare;
mod mime;
mod postmark;
mod receipts;
mod resend;
mod sendgrid;
mod ses;
mod sigv4;
pub mod smtp;

pub use receipts::{find, remember};

use super::Tried;
use crate::bindings::Env;
use crate::config::Deployment;
use homing_core::callback::DELIVERY_TAG;
use homing_core::delivery::{Mail, Provider};
use homing_core::traceparent::TraceId;

/// Sends by `provider` within `left` ms.
pub async fn send(
    env: &Env,
    deployment: &Deployment,
    provider: Provider,
    email: &Mail<'_>,
    (left, trace): (u64, Option<TraceId>),
) -> Tried {
    let services = &deployment.email;
    match provider {
        Provider::Smtp => Tried::of(smtp::send(deployment, email, (left, trace)).await),
        Provider::Resend => resend::send(services.resend.as_ref(), email, (left, trace)).await,
        Provider::Postmark => {
            postmark::send(services.postmark.as_ref(), email, (left, trace)).await
        }
        Provider::Sendgrid => {
            sendgrid::send(services.sendgrid.as_ref(), email, (left, trace)).await
        }
        Provider::Ses => ses::send(services.ses.as_ref(), email, (left, trace)).await,
        Provider::Cloudflare => cloudflare::send(env, email, (left, trace)).await,
    }
}
