//! Whether a message could be carried at all: what a deployment or a shop's own connections have to have for it.

use super::flow;
use crate::bindings::Env;
use crate::config::Deployment;
use crate::connections::Connections;
use homing_core::delivery::{FlowPlatform, Provider};
use homing_core::shop::{Carrier, SmsProvider};

/// Whether who would carry a message can be called. Whether they would take it is for them to say.
pub fn is_configured(
    env: &Env,
    deployment: &Deployment,
    connections: &Connections,
    carrier: Carrier,
) -> bool {
    let email = &deployment.email;
    let has_account = |platform| flow::keys(deployment, connections, platform).is_some();
    match carrier {
        Carrier::Email(Provider::Smtp) => deployment.smtp_url.is_some(),
        Carrier::Email(Provider::Resend) => email.resend.is_some(),
        Carrier::Email(Provider::Postmark) => email.postmark.is_some(),
        Carrier::Email(Provider::Sendgrid) => email.sendgrid.is_some(),
        Carrier::Email(Provider::Ses) => email.ses.is_some(),
        Carrier::Email(Provider::Cloudflare) => env.email().is_some(),
        Carrier::Sms(SmsProvider::Twilio) => deployment.twilio.is_some(),
        Carrier::Sms(SmsProvider::Attentive) => has_account(FlowPlatform::Attentive),
        Carrier::Push => deployment.vapid.is_some(),
        Carrier::Flow(platform) => has_account(platform),
    }
}
