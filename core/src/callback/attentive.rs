//! Attentive's webhooks (<https://docs.attentive.com/docs/webhook-payloads>): what a shop's subscribers have said there. They name a person
//! by a number or an address, and no message of ours.

use super::said::{Heard, Named, Said, Word};
use super::{Unreadable, parsed};
use crate::channel::Channel;
use crate::contact::{Email, Phone};
use crate::delivery::Whom;
use alloc::{borrow::Cow, string::String};
use serde::Deserialize;

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

/// Reads a webhook, which is one event. A text that was sent or a link that was clicked says nothing of what somebody wants. Somebody who
/// subscribes to mails there has done so for Attentive's own alone, a yes to texts about one's orders is none to reminders, and a time that
/// is not told orders nothing.
pub(super) fn read(body: &str) -> Result<Heard, Unreadable> {
    let event: Event<'_> = parsed(body)?;
    let mut heard = Heard::default();
    heard.take(said(event));
    Ok(heard)
}

fn said(event: Event<'_>) -> Option<Said> {
    let Subscriber { phone, email } = event.subscriber;
    let number = || phone.and_then(|text| text.parse::<Phone>().ok());
    let address = || email.and_then(|text| text.parse::<Email>().ok());
    let is_marketing = event.subscription.kind.as_deref() == Some("MARKETING");
    let (who, word) = match &*event.kind {
        // `phone.unsubscribed` is its former name.
        "sms.unsubscribed" | "phone.unsubscribed" => {
            (Whom::Number(number()?), Word::No(Channel::Sms))
        }
        "email.unsubscribed" => (Whom::Address(address()?), Word::No(Channel::Email)),
        "sms.subscribed" if is_marketing => {
            let word = Word::Yes(Channel::Sms, event.timestamp?);
            (Whom::Number(number()?), word)
        }
        _ => return None,
    };
    let who = Named::Contact(who);
    Some(Said { who, word })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn of(kind: &str, subscriber: &str) -> Option<Said> {
        as_one_to("MARKETING", kind, subscriber)
    }

    fn as_one_to(subscription: &str, kind: &str, subscriber: &str) -> Option<Said> {
        let body = format!(
            r#"{{"type":"{kind}","timestamp":1632945178104,"company":{{"display_name":"Dovecote","company_id":"MDc6Q29tcGFueTU"}},"subscriber":{{"external_id":16467358,{subscriber}}},"subscription":{{"type":"{subscription}"}}}}"#
        );
        only(&body)
    }

    fn only(body: &str) -> Option<Said> {
        let heard = read(body).unwrap();
        assert_eq!(heard.said.len() + heard.passed_over as usize, 1);
        heard.said.into_iter().next()
    }

    #[test]
    fn a_no_and_a_later_yes_are_about_the_number_that_said_them() {
        let number = r#""phone":"+15555550123","email":"ada@example.com""#;
        let said = |word| {
            let who = Named::Contact(Whom::Number("+15555550123".parse().unwrap()));
            Some(Said { who, word })
        };
        let no = said(Word::No(Channel::Sms));
        assert_eq!(of("sms.unsubscribed", number), no);
        assert_eq!(of("phone.unsubscribed", number), no);
        let yes = said(Word::Yes(Channel::Sms, 1_632_945_178_104));
        assert_eq!(of("sms.subscribed", number), yes);
        // About one's orders: a no is a no, and a yes is none to reminders.
        assert_eq!(as_one_to("TRANSACTIONAL", "sms.unsubscribed", number), no);
        assert_eq!(as_one_to("TRANSACTIONAL", "sms.subscribed", number), None);
        let mails = of("email.unsubscribed", number).unwrap();
        let address = Whom::Address("ada@example.com".parse().unwrap());
        assert_eq!(mails.who, Named::Contact(address));
        assert_eq!(mails.word, Word::No(Channel::Email));
    }

    #[test]
    fn the_rest_says_nothing_of_what_anybody_wants() {
        let number = r#""phone":"+15555550123","email":"ada@example.com""#;
        for kind in ["sms.sent", "sms.message_link_click", "email.subscribed"] {
            assert_eq!(of(kind, number), None, "{kind}");
        }
        assert_eq!(of("sms.unsubscribed", r#""email":"a@b.example""#), None);
        assert_eq!(of("sms.unsubscribed", r#""phone":"12345""#), None);
        assert_eq!(only(r#"{"type":"sms.unsubscribed"}"#), None);
        let timeless = r#"{"type":"sms.subscribed","subscriber":{"phone":"+15555550123"},"subscription":{"type":"MARKETING"}}"#;
        assert_eq!(only(timeless), None);
        let of_no_kind =
            r#"{"type":"sms.subscribed","timestamp":1,"subscriber":{"phone":"+15555550123"}}"#;
        assert_eq!(only(of_no_kind), None);
        assert!(read("[]").is_err() && read("").is_err());
    }
}
