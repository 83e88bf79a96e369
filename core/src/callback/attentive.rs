//! Attentive's webhooks (<https://docs.attentive.com/docs/webhook-payloads>): what a shop's subscribers have said there. They name a person
//! by a number or an address, and no message of ours.

use super::{Unreadable, parsed};
use crate::channel::Channel;
use crate::contact::{Email, Phone};
use crate::delivery::Whom;
use alloc::{borrow::Cow, string::String};
use serde::Deserialize;

/// What somebody has said at Attentive of messages by one channel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// Who: a number where it is about texts, an address where it is about mails.
    pub who: Whom,
    /// About what.
    pub channel: Channel,
    /// Since when, epoch ms, they want them again; `None`: they want none.
    pub wanted_at: Option<u64>,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    timestamp: Option<u64>,
    #[serde(default)]
    subscriber: Subscriber,
    #[serde(default, borrow)]
    subscription: Subscription<'a>,
}

#[derive(Default, Deserialize)]
struct Subscription<'a> {
    #[serde(rename = "type", borrow)]
    kind: Option<Cow<'a, str>>,
}

#[derive(Default, Deserialize)]
struct Subscriber {
    phone: Option<String>,
    email: Option<String>,
}

/// Reads a webhook; `None` for what says nothing of what somebody wants: a text that was sent, a link that was clicked. Somebody who
/// subscribes to mails there has done so for Attentive's own alone, a yes to texts about one's orders is none to reminders, and a time that
/// is not told orders nothing.
pub fn attentive(body: &str) -> Result<Option<Said>, Unreadable> {
    let event: Event<'_> = parsed(body)?;
    let Subscriber { phone, email } = event.subscriber;
    let number = || phone.and_then(|text| text.parse::<Phone>().ok());
    let address = || email.and_then(|text| text.parse::<Email>().ok());
    let is_marketing = event.subscription.kind.as_deref() == Some("MARKETING");
    let (who, channel, wanted_at) = match &*event.kind {
        // `phone.unsubscribed` is its former name.
        "sms.unsubscribed" | "phone.unsubscribed" => {
            (number().map(Whom::Number), Channel::Sms, None)
        }
        "email.unsubscribed" => (address().map(Whom::Address), Channel::Email, None),
        "sms.subscribed" if event.timestamp.is_some() && is_marketing => {
            (number().map(Whom::Number), Channel::Sms, event.timestamp)
        }
        _ => return Ok(None),
    };
    Ok(who.map(|who| Said {
        who,
        channel,
        wanted_at,
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn read(kind: &str, subscriber: &str) -> Option<Said> {
        read_as("MARKETING", kind, subscriber)
    }

    fn read_as(subscription: &str, kind: &str, subscriber: &str) -> Option<Said> {
        let body = format!(
            r#"{{"type":"{kind}","timestamp":1632945178104,"company":{{"display_name":"Dovecote","company_id":"MDc6Q29tcGFueTU"}},"subscriber":{{"external_id":16467358,{subscriber}}},"subscription":{{"type":"{subscription}"}}}}"#
        );
        attentive(&body).unwrap()
    }

    #[test]
    fn a_no_and_a_later_yes_are_about_the_number_that_said_them() {
        let number = r#""phone":"+15555550123","email":"ada@example.com""#;
        let said = |wanted_at| {
            Some(Said {
                who: Whom::Number("+15555550123".parse().unwrap()),
                channel: Channel::Sms,
                wanted_at,
            })
        };
        assert_eq!(read("sms.unsubscribed", number), said(None));
        assert_eq!(read("phone.unsubscribed", number), said(None));
        let at = Some(1_632_945_178_104);
        assert_eq!(read("sms.subscribed", number), said(at));
        // About one's orders: a no is a no, and a yes is none to reminders.
        assert_eq!(
            read_as("TRANSACTIONAL", "sms.unsubscribed", number),
            said(None)
        );
        assert_eq!(read_as("TRANSACTIONAL", "sms.subscribed", number), None);
        let mails = read("email.unsubscribed", number).unwrap();
        assert_eq!(
            (mails.who.as_str(), mails.channel),
            ("ada@example.com", Channel::Email)
        );
    }

    #[test]
    fn the_rest_says_nothing_of_what_anybody_wants() {
        let number = r#""phone":"+15555550123","email":"ada@example.com""#;
        for kind in ["sms.sent", "sms.message_link_click", "email.subscribed"] {
            assert_eq!(read(kind, number), None, "{kind}");
        }
        assert_eq!(read("sms.unsubscribed", r#""email":"a@b.example""#), None);
        assert_eq!(read("sms.unsubscribed", r#""phone":"12345""#), None);
        assert_eq!(attentive(r#"{"type":"sms.unsubscribed"}"#), Ok(None));
        let timeless = r#"{"type":"sms.subscribed","subscriber":{"phone":"+15555550123"}}"#;
        assert_eq!(attentive(timeless), Ok(None));
        let of_no_kind =
            r#"{"type":"sms.subscribed","timestamp":1,"subscriber":{"phone":"+15555550123"}}"#;
        assert_eq!(attentive(of_no_kind), Ok(None));
        assert!(attentive("[]").is_err() && attentive("").is_err());
    }
}
