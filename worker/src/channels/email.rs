//! Email: one file a provider. Each takes what an email needs and nothing else, and says what it can *prove* of a try.

mod cloudflare;
mod mime;
mod postmark;
mod resend;
mod sendgrid;
mod ses;
mod sigv4;
pub mod smtp;

use super::Tried;
use crate::bindings::Env;
use crate::config::Deployment;
use homing_core::callback::DELIVERY_TAG;
use homing_core::delivery::{Frozen, Outcome, Provider};

/// What an email is made from.
#[derive(Clone, Copy)]
pub struct Email<'a> {
    pub to: &'a str,
    pub from_name: &'a str,
    pub from_email: &'a str,
    pub subject: &'a str,
    pub html: &'a str,
    pub text: &'a str,
    /// One-click unsubscribe (RFC 8058) and preferences page.
    pub unsubscribe_url: &'a str,
    /// The delivery's name: idempotency key, left part of the Message-ID, and what callbacks bring back.
    pub key: &'a str,
    /// Epoch ms.
    pub date_ms: u64,
}

impl<'a> Email<'a> {
    /// The email of a frozen message; `None` where it is none.
    pub fn of(message: &'a Frozen) -> Option<Self> {
        let mail = message.mail()?;
        Some(Self {
            to: mail.to.as_str(),
            from_name: mail.from_name,
            from_email: mail.from_email,
            subject: mail.subject,
            html: mail.html,
            text: mail.text,
            unsubscribe_url: mail.unsubscribe_url,
            key: mail.key,
            date_ms: mail.date_ms,
        })
    }

    /// The sender as one header has it; what would end the quotes is left out.
    fn from(&self) -> String {
        let name = self.from_name.replace(['"', '\\'], "");
        format!("\"{name}\" <{}>", self.from_email)
    }

    /// `List-Unsubscribe` (RFC 2369) and `List-Unsubscribe-Post` (RFC 8058): mail programs show a button that needs no page.
    fn list_headers(&self) -> [(&'static str, String); 2] {
        [
            ("List-Unsubscribe", format!("<{}>", self.unsubscribe_url)),
            (
                "List-Unsubscribe-Post",
                String::from("List-Unsubscribe=One-Click"),
            ),
        ]
    }
}

/// Sends by `provider` within `left` ms.
pub async fn send(
    env: &Env,
    deployment: &Deployment,
    provider: Provider,
    email: &Email<'_>,
    left: u64,
) -> Tried {
    let left = left.min(provider.row().timeout_ms);
    if let Some(most) = provider.row().max_bytes
        && email.html.len().saturating_add(email.text.len()) > usize::try_from(most).unwrap_or(0)
    {
        return Tried::of(Outcome::Rejected {
            code: String::from("message_too_large"),
            recipient: false,
        });
    }
    let services = &deployment.email;
    match provider {
        Provider::Smtp => Tried::of(smtp::send(deployment, email, left).await),
        Provider::Resend => resend::send(services.resend.as_ref(), email, left).await,
        Provider::Postmark => postmark::send(services.postmark.as_ref(), email, left).await,
        Provider::Sendgrid => sendgrid::send(services.sendgrid.as_ref(), email, left).await,
        Provider::Ses => ses::send(services.ses.as_ref(), email, left).await,
        Provider::Cloudflare => cloudflare::send(env, email, left).await,
    }
}
