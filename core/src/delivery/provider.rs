//! Who carries messages, and what each of them guarantees: one table, which the channels, the gate and `docs/channels.md` read.

mod email;
mod flow;
mod push;

pub use flow::FlowPlatform;

use crate::channel::Channel;
use serde::{Deserialize, Serialize};

/// Who carries emails.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum Provider {
    /// The deployment's own SMTP server.
    #[default]
    Smtp,
    /// Resend's HTTP API.
    Resend,
    /// Postmark's HTTP API.
    Postmark,
    /// Twilio SendGrid's HTTP API.
    Sendgrid,
    /// Amazon SES's HTTP API, version 2.
    Ses,
    /// Cloudflare's own email service, by a binding of the worker's.
    Cloudflare,
}

/// What a refusal proves.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Proof {
    /// Nothing was accepted, and the same may work later.
    Transient,
    /// Nothing was accepted, and the same never will be.
    Rejected,
    /// Nothing was accepted, because this address takes nothing.
    Recipient,
    /// Nothing: the message may be on its way.
    Nothing,
}

/// One class of refusals.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// The lowest status of the class: of HTTP, or a reply code of SMTP. 0 where the provider tells a name alone.
    pub from: u16,
    /// The highest.
    pub to: u16,
    /// The provider's own name or number for it; `None`: any.
    pub name: Option<&'static str>,
    /// What it proves.
    pub proof: Proof,
}

/// A provider's row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name in configurations, codes and paths.
    pub name: &'static str,
    /// How it is called in text.
    pub title: &'static str,
    /// What it carries.
    pub channel: Channel,
    /// For how long it recognises a repeated idempotency key, ms; `None`: it knows no such key, so a try whose outcome is unknown
    /// is never repeated.
    pub idempotency_ms: Option<u64>,
    /// How long an answer is waited for, ms; a lease that ends sooner cuts it short.
    pub timeout_ms: u64,
    /// Recipients of one message that it takes. Homing names one.
    pub max_recipients: u32,
    /// Bytes of one message that it takes; `None`: the server's own limit (`SIZE`, RFC 1870).
    pub max_bytes: Option<u32>,
    /// How many messages it takes in what time, in words.
    pub rate: &'static str,
    /// Refusals, the first that fits counts; one that none fits proves nothing.
    pub refusals: &'static [Refusal],
    /// Where the provider says so.
    pub source: &'static str,
}

impl Provider {
    /// All of them, in the order of the table.
    pub const ALL: [Self; 6] = [
        Self::Smtp,
        Self::Resend,
        Self::Postmark,
        Self::Sendgrid,
        Self::Ses,
        Self::Cloudflare,
    ];

    /// Its row.
    pub fn row(self) -> &'static Row {
        match self {
            Self::Smtp => &email::SMTP,
            Self::Resend => &email::RESEND,
            Self::Postmark => &email::POSTMARK,
            Self::Sendgrid => &email::SENDGRID,
            Self::Ses => &email::SES,
            Self::Cloudflare => &email::CLOUDFLARE,
        }
    }

    /// Its name in configurations, codes and paths.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// The provider of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.name() == name)
    }

    /// For how long, in ms, it recognises a repeated idempotency key; `None`: not at all.
    pub fn idempotency_window_ms(self) -> Option<u64> {
        self.row().idempotency_ms
    }

    /// What a refusal with this status and the provider's own name for it proves.
    pub fn proof(self, status: u16, name: &str) -> Proof {
        self.row().proof(status, name)
    }
}

impl Row {
    /// What a refusal with this status and the provider's own name for it proves.
    pub fn proof(&self, status: u16, name: &str) -> Proof {
        Refusal::proved(self.refusals, status, name)
    }
}

impl Refusal {
    /// What the first of these proves that fits a status and who refuses' own name for it; nothing where none does.
    pub fn proved(refusals: &[Self], status: u16, name: &str) -> Proof {
        let fits = |refusal: &&Self| {
            (refusal.from..=refusal.to).contains(&status)
                && refusal.name.is_none_or(|known| known == name)
        };
        let found = refusals.iter().find(fits);
        found.map_or(Proof::Nothing, |refusal| refusal.proof)
    }
}

/// The row of all push services: browsers name them, not shops, and they share one protocol.
pub fn web_push() -> &'static Row {
    &push::WEB_PUSH
}

const fn any(from: u16, to: u16, proof: Proof) -> Refusal {
    Refusal {
        from,
        to,
        name: None,
        proof,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_has_a_name_of_its_own_that_serde_knows_as_well() {
        for provider in Provider::ALL {
            assert_eq!(Provider::named(provider.name()), Some(provider));
            let json = alloc::format!("\"{}\"", provider.name());
            assert_eq!(serde_json::from_str::<Provider>(&json).unwrap(), provider);
        }
        assert_eq!(Provider::named("pigeon"), None);
    }

    /// What may be sent again is what the provider has said: everything else is left alone.
    #[test]
    fn a_status_that_nobody_documents_proves_nothing() {
        for provider in Provider::ALL {
            for status in [0, 100, 302, 500, 502, 504, 599] {
                let proof = provider.proof(status, "");
                let smtp = provider == Provider::Smtp && status >= 500;
                assert_eq!(proof == Proof::Nothing, !smtp, "{provider:?} {status}");
            }
        }
    }

    #[test]
    fn a_busy_provider_has_accepted_nothing() {
        for provider in [
            Provider::Resend,
            Provider::Postmark,
            Provider::Sendgrid,
            Provider::Ses,
        ] {
            assert_eq!(provider.proof(429, ""), Proof::Transient, "{provider:?}");
        }
    }

    /// What the services say in their own documents, and RFC 8030.
    #[test]
    fn a_subscription_that_is_gone_is_told_from_a_service_that_is_busy() {
        for (status, proof) in [
            (404, Proof::Recipient),
            (410, Proof::Recipient),
            (413, Proof::Rejected),
            (400, Proof::Rejected),
            (401, Proof::Transient),
            (403, Proof::Transient),
            (429, Proof::Transient),
            (500, Proof::Nothing),
            (503, Proof::Nothing),
            (301, Proof::Nothing),
        ] {
            assert_eq!(web_push().proof(status, ""), proof, "{status}");
        }
        assert_eq!(web_push().idempotency_ms, None);
    }

    #[test]
    fn names_say_more_than_statuses() {
        let resend = |status, name| Provider::Resend.proof(status, name);
        assert_eq!(
            resend(409, "concurrent_idempotent_requests"),
            Proof::Transient
        );
        assert_eq!(resend(409, "invalid_idempotent_request"), Proof::Nothing);
        assert_eq!(Provider::Postmark.proof(422, "406"), Proof::Recipient);
        assert_eq!(Provider::Postmark.proof(422, "300"), Proof::Rejected);
        assert_eq!(Provider::Ses.proof(400, "MessageRejected"), Proof::Rejected);
        assert_eq!(
            Provider::Ses.proof(400, "SendingPausedException"),
            Proof::Transient
        );
        assert_eq!(
            Provider::Cloudflare.proof(0, "E_RECIPIENT_SUPPRESSED"),
            Proof::Recipient
        );
        assert_eq!(
            Provider::Cloudflare.proof(0, "E_INTERNAL_SERVER_ERROR"),
            Proof::Nothing
        );
    }

    #[test]
    fn no_refusal_is_hidden_by_an_earlier_one() {
        for provider in Provider::ALL {
            let refusals = provider.row().refusals;
            for (n, refusal) in refusals.iter().enumerate() {
                let name = refusal.name.unwrap_or("");
                assert_eq!(
                    provider.proof(refusal.from, name),
                    refusal.proof,
                    "{provider:?} {n}"
                );
            }
        }
    }
}
