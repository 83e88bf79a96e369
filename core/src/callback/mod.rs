//! Callbacks: what providers tell of messages after they took them, in one model. Reading is pure; who may tell is checked before,
//! on the raw bytes.

mod attentive;
mod cloudflare;
mod hubspot;
mod klaviyo;
mod machine;
mod postmark;
mod resend;
mod said;
mod sendgrid;
mod ses;
mod signature;
mod sns;
mod time;

pub use cloudflare::{MailEvent, mail_event};
pub use machine::by_time;
pub use said::{Heard, MOST_SAID, Named, Person, ProfileId, Said, Word, heard, people};
pub use signature::{
    base64_signature, basic_credentials, hex_signature, is_fresh, is_recent, svix_signature,
};
pub use sns::{SnsSigned, sns_signed};

use crate::delivery::{DeliveryName, Feedback, Provider};
use alloc::{string::String, vec::Vec};

/// How messages name their delivery to the provider, which hands it back: a tag, a custom argument or a field of metadata.
pub const DELIVERY_TAG: &str = "homing";

/// One thing that was told of one message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Told {
    /// Which message.
    pub delivery: DeliveryName,
    /// What.
    pub feedback: Feedback,
    /// When, by the provider's clock, epoch ms; `None` where it cannot be read.
    pub at: Option<u64>,
}

/// What a callback holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Callback {
    /// What it tells of our messages.
    pub told: Vec<Told>,
    /// Entries that are about nothing of ours, or tell nothing that matters here.
    pub passed_over: u32,
    /// Where a subscription has to be confirmed; Amazon SNS alone asks for that.
    pub confirm: Option<String>,
}

/// Not a callback of this provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this is not a callback of the provider's")]
pub struct Unreadable;

/// Reads the body of a callback; `Err` where it is not one, or where the provider has none.
pub fn read(provider: Provider, body: &str) -> Result<Callback, Unreadable> {
    match provider {
        Provider::Resend => resend::read(body),
        Provider::Postmark => postmark::read(body),
        Provider::Sendgrid => sendgrid::read(body),
        Provider::Ses => ses::read(body),
        Provider::Smtp | Provider::Cloudflare => Err(Unreadable),
    }
}

impl Callback {
    /// Takes an entry in; one without a delivery of ours, or without a meaning, is passed over.
    fn take(&mut self, name: Option<&str>, feedback: Option<Feedback>, at: Option<u64>) {
        let delivery = name.and_then(|name| name.parse().ok());
        match (delivery, feedback) {
            (Some(delivery), Some(feedback)) => self.told.push(Told {
                delivery,
                feedback,
                at,
            }),
            _ => self.passed_over = self.passed_over.saturating_add(1),
        }
    }
}

fn parsed<'a, T: serde::Deserialize<'a>>(body: &'a str) -> Result<T, Unreadable> {
    serde_json::from_str(body).map_err(|_| Unreadable)
}

#[cfg(test)]
mod tests;
