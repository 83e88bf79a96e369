//! The exact message that a delivery sends, however often it is tried.

use crate::channel::Channel;
use crate::contact::{Email, Phone};
use crate::ids::CartId;
use crate::money::Money;
use crate::push::Subscription;
use crate::push::encryption::MAX_PLAIN;
use crate::shop::SmsSender;
use crate::token::Token;
use alloc::{format, string::String, vec::Vec};
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
    /// A notification.
    Push {
        /// The browser that shows it.
        to: Subscription,
        /// Its title.
        title: String,
        /// What it says below that.
        text: String,
        /// Where a click leads.
        url: String,
        /// A picture beside it, where there is room.
        image: Option<String>,
        /// For how long its push service keeps it for a browser that is not running, s.
        keep_s: u32,
        /// Whom the push service may turn to, a `mailto:` address.
        contact: String,
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
    /// A text message with a [short link](crate::short_link), which has to lead somewhere before it is sent. (Rows of before have texts
    /// with long ones.)
    LinkedSms {
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
        /// What the link in it stands for.
        link: Token,
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
            Self::Sms { .. } | Self::LinkedSms { .. } => Channel::Sms,
            Self::Push { .. } => Channel::Push,
            Self::Event { to, .. } => to.channel(),
        }
    }
}

/// A notification as the service worker reads it (`client-sdk/js/push-worker.js`).
#[derive(Serialize)]
struct Shown<'a> {
    title: &'a str,
    text: &'a str,
    url: &'a str,
    stop: &'a str,
    tag: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    image: Option<&'a str>,
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
    /// One-click unsubscribe (RFC 8058) and preferences page; empty where there is nothing to leave.
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

    /// Headers beside the usual ones. `List-Unsubscribe` (RFC 2369) and `List-Unsubscribe-Post` (RFC 8058): mail programs show a button
    /// that needs no page; what goes to the shop's own people has none. A test says that it is one.
    pub fn headers(&self) -> Vec<(&'static str, String)> {
        let mut headers = Vec::new();
        if !self.unsubscribe_url.is_empty() {
            headers.push(("List-Unsubscribe", format!("<{}>", self.unsubscribe_url)));
            let post = String::from("List-Unsubscribe=One-Click");
            headers.push(("List-Unsubscribe-Post", post));
        }
        if self.key.starts_with(crate::preview::TEST) {
            headers.push(("X-Homing-Test", String::from("true")));
        }
        headers
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
            Body::Sms { .. } | Body::LinkedSms { .. } | Body::Push { .. } | Body::Event { .. } => {
                None
            }
        }
    }

    /// What can be read of it without a program for mails.
    pub fn text(&self) -> &str {
        match &self.body {
            Body::Email { text, .. }
            | Body::Sms { text, .. }
            | Body::LinkedSms { text, .. }
            | Body::Push { text, .. } => text,
            Body::Event { properties, .. } => properties,
        }
    }

    /// What of all of a shopper's notifications a push service keeps one alone, and a browser shows one alone: 32 characters, as many as a
    /// `Topic` may have (RFC 8030, section 5.4).
    pub fn topic(&self) -> &str {
        self.key.get(4..36).unwrap_or_default()
    }

    /// What is encrypted for a browser; `None` where it is no notification, or too long without its picture as well.
    pub fn shown(&self) -> Option<String> {
        let Body::Push {
            title,
            text,
            url,
            image,
            ..
        } = &self.body
        else {
            return None;
        };
        let with = |image| {
            let shown = Shown {
                title,
                text,
                url,
                stop: &self.unsubscribe_url,
                tag: self.topic(),
                image,
            };
            let text = serde_json::to_string(&shown).ok()?;
            (text.len() <= MAX_PLAIN).then_some(text)
        };
        with(image.as_deref()).or_else(|| with(None))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::codec;
    use crate::push::tests::at;

    fn notification(text: &str, image: Option<String>) -> Frozen {
        Frozen {
            unsubscribe_url: String::from("https://edge.example/u/U"),
            key: String::from("dlv_000102030405060708090a0b0c0d0e0f_3_0"),
            date_ms: 0,
            cart: CartId([1; 16]),
            body: Body::Push {
                to: at("https://push.example.net/p/1"),
                title: String::from("Hearth"),
                text: String::from(text),
                url: String::from("https://edge.example/r/R"),
                image,
                keep_s: 60,
                contact: String::from("mailto:hello@shop.example"),
            },
        }
    }

    #[test]
    fn a_picture_gives_way_where_there_is_no_room() {
        let small = notification(
            "You left the mug.",
            Some("https://shop.example/m.png".into()),
        );
        assert_eq!(small.topic(), "000102030405060708090a0b0c0d0e0f");
        assert_eq!(
            small.shown().unwrap(),
            r#"{"title":"Hearth","text":"You left the mug.","url":"https://edge.example/r/R","stop":"https://edge.example/u/U","tag":"000102030405060708090a0b0c0d0e0f","image":"https://shop.example/m.png"}"#
        );
        let large = notification(&"ж".repeat(1_000), Some("i".repeat(2_000)));
        let shown = large.shown().unwrap();
        assert!(!shown.contains("image") && shown.len() <= MAX_PLAIN);
        assert_eq!(notification(&"ж".repeat(2_000), None).shown(), None);
    }

    /// What rows held before texts had short links.
    #[derive(Serialize)]
    #[expect(dead_code, reason = "the places of those that are there count")]
    enum Before {
        Email,
        Sms {
            to: Phone,
            from: SmsSender,
            text: String,
            segments: u8,
            callback_url: String,
        },
    }

    #[test]
    fn a_text_from_before_is_read_and_sent_as_it_was() {
        let to: Phone = "+4915799000001".parse().unwrap();
        let from: SmsSender = serde_json::from_str("\"+15005550006\"").unwrap();
        let (text, callback_url) = (String::from("Hearth: a long link"), String::from("c"));
        let before = Before::Sms {
            to: to.clone(),
            from: from.clone(),
            text: text.clone(),
            segments: 2,
            callback_url: callback_url.clone(),
        };
        let known: Body = codec::decode(&codec::encode(&before).unwrap()).unwrap();
        let body = Body::Sms {
            to,
            from,
            text,
            segments: 2,
            callback_url,
        };
        assert_eq!((known.channel(), &known), (Channel::Sms, &body));
    }
}
