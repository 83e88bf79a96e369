//! Who carries messages, and what each of them guarantees: one table, which the channels, the gate and `docs/channels.md` read. Services
//! that carry none have rows of the same shape, see [`crate::errand::Service`].

mod email;
mod flow;
mod push;
mod text;

pub use flow::FlowPlatform;
pub use text::TWILIO;

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
    /// Nothing was accepted, because whoever it is for has asked the provider for none.
    OptedOut,
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

/// Whether what is asked twice is as if it was asked once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repeats {
    /// No: it takes no key by which it would know a repeat, so a try whose outcome is unknown is never repeated.
    Never,
    /// It recognises a repeated idempotency key for so long, ms.
    Within(u64),
    /// It always is: what is asked for is a state, or whoever hears of it leaves out what has come before.
    Always,
}

/// How much one call may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Most {
    /// No number is published, or it is each server's own: it refuses what is too much.
    Untold,
    /// Bytes of what is sent, as it is sent: with all that encoding adds.
    Bytes(u32),
    /// UTF-16 units of a text.
    Units(u32),
}

/// A row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Its name in configurations, codes and paths.
    pub name: &'static str,
    /// How it is called in text.
    pub title: &'static str,
    /// Whether a try whose outcome is unknown may be repeated.
    pub repeats: Repeats,
    /// How long an answer is waited for, ms; a lease that ends sooner cuts it short.
    pub timeout_ms: u64,
    /// How much one call may hold. More is not sent.
    pub most: Most,
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
        self.row().idempotency_ms()
    }

    /// What a refusal with this status and the provider's own name for it proves.
    pub fn proof(self, status: u16, name: &str) -> Proof {
        self.row().proof(status, name)
    }
}

impl Row {
    /// What a refusal with this status and the provider's own name for it proves.
    pub fn proof(&self, status: u16, name: &str) -> Proof {
        let fits = |refusal: &&Refusal| {
            (refusal.from..=refusal.to).contains(&status)
                && refusal.name.is_none_or(|known| known == name)
        };
        let found = self.refusals.iter().find(fits);
        found.map_or(Proof::Nothing, |refusal| refusal.proof)
    }

    /// For how long, in ms, a repeated idempotency key is recognised; `None`: not at all.
    pub fn idempotency_ms(&self) -> Option<u64> {
        match self.repeats {
            Repeats::Never => None,
            Repeats::Within(ms) => Some(ms),
            Repeats::Always => Some(u64::MAX),
        }
    }

    /// Whether one call may hold this: the text, or what is sent as it is sent.
    pub fn takes(&self, sent: &[u8]) -> bool {
        let (length, most) = match self.most {
            Most::Untold => return true,
            Most::Bytes(most) => (sent.len(), most),
            Most::Units(most) => {
                let text = core::str::from_utf8(sent).unwrap_or_default();
                (text.encode_utf16().count(), most)
            }
        };
        u32::try_from(length).is_ok_and(|length| length <= most)
    }
}

/// The row of all push services: browsers name them, not shops, and they share one protocol.
pub fn web_push() -> &'static Row {
    &push::WEB_PUSH
}

/// An answer is waited for a little less long than a lease lasts.
pub(crate) const TIMEOUT_MS: u64 = 15_000;

const HOUR_MS: u64 = 3_600_000;

/// A class of refusals by their status alone.
pub(crate) const fn any(from: u16, to: u16, proof: Proof) -> Refusal {
    Refusal {
        from,
        to,
        name: None,
        proof,
    }
}

/// A class of refusals by who refuses' own name for it.
pub(crate) const fn named(from: u16, to: u16, name: &'static str, proof: Proof) -> Refusal {
    Refusal {
        from,
        to,
        name: Some(name),
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
        assert_eq!(web_push().repeats, Repeats::Never);
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
        let mails = Provider::ALL.into_iter().map(Provider::row);
        let flows = FlowPlatform::ALL.into_iter().map(FlowPlatform::row);
        for row in mails.chain(flows).chain([&TWILIO, web_push()]) {
            for (n, refusal) in row.refusals.iter().enumerate() {
                let name = refusal.name.unwrap_or("");
                assert_eq!(
                    row.proof(refusal.from, name),
                    refusal.proof,
                    "{} {n}",
                    row.name
                );
            }
        }
    }

    #[test]
    fn what_is_sent_counts_and_not_what_it_was_made_of() {
        let row = |most| Row {
            most,
            ..*Provider::Smtp.row()
        };
        assert!(row(Most::Untold).takes(&[0; 100]));
        assert!(row(Most::Bytes(4)).takes("äö".as_bytes()));
        assert!(!row(Most::Bytes(4)).takes("äöü".as_bytes()));
        assert!(row(Most::Units(4)).takes("äöüß".as_bytes()));
        // What is beyond the first plane counts twice.
        assert!(row(Most::Units(4)).takes("🛒🛒".as_bytes()));
        assert!(!row(Most::Units(4)).takes("🛒🛒!".as_bytes()));
    }
}
