//! The exact message that a delivery sends, however often it is tried.

use crate::channel::Channel;
use crate::contact::{Email, Phone};
use crate::ids::CartId;
use crate::money::Money;
use crate::shop::SmsSender;
use alloc::{format, string::String};
use serde::{Deserialize, Serialize};

/// Everything that the bytes of a message are made from. Nothing in it is decided later: a channel that builds a message from
/// it twice builds the same bytes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frozen {
    /// Preferences page, and one-click unsubscribe where the channel has that (RFC 8058).
    pub unsubscribe_url: String,
    /// The delivery's name at the provider: idempotency key, and left part of a mail's Message-ID.
    pub key: String,
    /// The message's date, epoch ms.
    pub date_ms: u64,
    /// The cart that it shows.
    pub cart: CartId,
    /// What is sent, to whom.
    pub body: Body,
}

/// A message as its channel takes it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// A mail.
    Email {
        /// Whom it goes to.
        to: Email,
        /// The sender's name.
        from_name: String,
        /// The sender's address.
        from_email: String,
        /// The subject.
        subject: String,
        /// The HTML part.
        html: String,
        /// The text part.
        text: String,
    },
    /// A text message.
    Sms {
        /// Whom it goes to.
        to: Phone,
        /// From what.
        from: SmsSender,
        /// What it says.
        text: String,
        /// Of how many segments it is.
        segments: u8,
        /// Where the provider tells what became of it.
        callback_url: String,
    },
    /// An event for a marketing platform, whose flow writes the message itself.
    Event {
        /// Whom it is about.
        to: Whom,
        /// What has happened.
        happening: Happening,
        /// A JSON object, as the platform takes it.
        properties: String,
        /// What the cart is worth, where that can be said.
        total: Option<Money>,
    },
}

/// Whom an event is about: by the contact of the channel that the flow writes by, and no other, so that nobody learns by us that an
/// address and a number belong together.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Whom {
    /// An address.
    Address(Email),
    /// A number.
    Number(Phone),
}

impl Whom {
    /// The contact as text.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Address(email) => email.as_str(),
            Self::Number(phone) => phone.as_str(),
        }
    }

    /// The channel that it leads to.
    pub fn channel(&self) -> Channel {
        match self {
            Self::Address(_) => Channel::Email,
            Self::Number(_) => Channel::Sms,
        }
    }
}

/// What a marketing platform is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Happening {
    /// A message may go now.
    Due,
    /// Nothing may follow on what was due before.
    Stopped,
}

impl Happening {
    /// The event's name on the platform.
    pub fn name(self) -> &'static str {
        match self {
            Self::Due => "Homing Reminder Due",
            Self::Stopped => "Homing Reminder Stopped",
        }
    }
}

impl Body {
    /// The channel by which it reaches the shopper.
    pub fn channel(&self) -> Channel {
        match self {
            Self::Email { .. } => Channel::Email,
            Self::Sms { .. } => Channel::Sms,
            Self::Event { to, .. } => to.channel(),
        }
    }
}

/// A mail, as what builds its bytes reads it. Without `Debug`: it holds a contact.
#[derive(Clone, Copy)]
pub struct Mail<'a> {
    /// Whom it goes to.
    pub to: &'a str,
    /// The sender's name.
    pub from_name: &'a str,
    /// The sender's address.
    pub from_email: &'a str,
    /// The subject.
    pub subject: &'a str,
    /// The HTML part.
    pub html: &'a str,
    /// The text part.
    pub text: &'a str,
    /// One-click unsubscribe (RFC 8058) and preferences page.
    pub unsubscribe_url: &'a str,
    /// The delivery's name: idempotency key, left part of the Message-ID, and what callbacks bring back.
    pub key: &'a str,
    /// Epoch ms.
    pub date_ms: u64,
}

impl Mail<'_> {
    /// The sender as one header has it; what would end the quotes is left out.
    pub fn from(&self) -> String {
        let name = self.from_name.replace(['"', '\\'], "");
        format!("\"{name}\" <{}>", self.from_email)
    }

    /// `List-Unsubscribe` (RFC 2369) and `List-Unsubscribe-Post` (RFC 8058): mail programs show a button that needs no page.
    pub fn list_headers(&self) -> [(&'static str, String); 2] {
        [
            ("List-Unsubscribe", format!("<{}>", self.unsubscribe_url)),
            (
                "List-Unsubscribe-Post",
                String::from("List-Unsubscribe=One-Click"),
            ),
        ]
    }
}

impl Frozen {
    /// As a mail, where it is one.
    pub fn mail(&self) -> Option<Mail<'_>> {
        match &self.body {
            Body::Email {
                to,
                from_name,
                from_email,
                subject,
                html,
                text,
            } => Some(Mail {
                to: to.as_str(),
                from_name,
                from_email,
                subject,
                html,
                text,
                unsubscribe_url: &self.unsubscribe_url,
                key: &self.key,
                date_ms: self.date_ms,
            }),
            Body::Sms { .. } | Body::Event { .. } => None,
        }
    }

    /// What can be read of it without a program for mails.
    pub fn text(&self) -> &str {
        match &self.body {
            Body::Email { text, .. } | Body::Sms { text, .. } => text,
            Body::Event { properties, .. } => properties,
        }
    }
}
