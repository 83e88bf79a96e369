//! A message in the words of one channel. Whatever is sent, and whatever is shown before it is sent, is written here.

use super::{Content, NoText, Notification, Rendered, TextMessage, notification, render, text};
use crate::channel::Channel;
use crate::contact::{Email, Phone};
use crate::delivery::{Body, Skip};
use crate::shop::{ShopConfig, Sms};
use crate::token::Token;
use alloc::string::String;

/// A message that is written and goes to nobody yet.
#[derive(Debug)]
pub enum Written {
    /// A mail.
    Mail(Rendered),
    /// A text message.
    Text(TextMessage),
    /// A notification.
    Notification(Notification),
}

/// Writes a message for `channel`; `Err`: why there is none.
pub fn write(content: &Content<'_>, channel: Channel) -> Result<Written, Skip> {
    let nothing = Skip::NotInCatalogue;
    match channel {
        Channel::Email => render(content).map(Written::Mail).ok_or(nothing),
        Channel::Sms => {
            let sms = content.shop.sms.as_ref().ok_or(Skip::NoChannel)?;
            let written = text(content, sms.max_segments).map_err(|why| match why {
                NoText::NotInCatalogue => nothing,
                NoText::TooLong => Skip::TextTooLong,
            })?;
            Ok(Written::Text(written))
        }
        Channel::Push => {
            content.shop.push.as_ref().ok_or(Skip::NoChannel)?;
            let shown = notification(content).ok_or(nothing)?;
            Ok(Written::Notification(shown))
        }
    }
}

impl Rendered {
    /// The mail to somebody.
    pub fn addressed(self, shop: &ShopConfig, to: Email) -> Body {
        Body::Email {
            to,
            from_name: shop.sender.name.clone(),
            from_email: shop.sender.email.clone(),
            subject: self.subject,
            html: self.html,
            text: self.text,
        }
    }
}

impl TextMessage {
    /// The text to somebody; what becomes of it is told at `callback_url`. `link` is what the short link in it stands for, if there is one.
    pub fn addressed(
        self,
        sms: &Sms,
        to: Phone,
        callback_url: String,
        link: Option<Token>,
    ) -> Body {
        let Self { text, segments } = self;
        let from = sms.sender.clone();
        match link {
            Some(link) => Body::LinkedSms {
                to,
                from,
                text,
                segments,
                callback_url,
                link,
            },
            None => Body::Sms {
                to,
                from,
                text,
                segments,
                callback_url,
            },
        }
    }
}
