//! Klaviyo's system webhooks (<https://developers.klaviyo.com/en/docs/working_with_system_webhooks>): up to 1,000 events of topics that were
//! subscribed to, each with what `Get Event` answers. That names a profile by its id. Of an unsubscription from mails it was seen to hold
//! the address as well, which is documented nowhere: where it is there, nobody has to be asked.

use super::said::{Heard, Named, Said, Word};
use super::{Unreadable, parsed, time};
use crate::channel::Channel;
use crate::contact::Email;
use crate::delivery::Whom;
use alloc::{string::String, vec::Vec};
use serde::Deserialize;
use serde_json::{Value, value::RawValue};

#[derive(Deserialize)]
struct Webhook<'a> {
    #[serde(borrow)]
    data: Vec<&'a RawValue>,
    #[serde(default)]
    meta: Value,
}

/// Reads a webhook. Somebody who subscribes to mails there has done so for Klaviyo's own alone, and a time that is not told orders nothing.
pub(super) fn read(body: &str) -> Result<Heard, Unreadable> {
    let webhook: Webhook<'_> = parsed(body)?;
    let meta = |name: &str| webhook.meta.get(name)?.as_str();
    let mut heard = Heard {
        webhook: meta("klaviyo_webhook_id").map(String::from),
        sent_at: meta("timestamp").and_then(time::epoch_ms),
        ..Heard::default()
    };
    for entry in webhook.data {
        // Each by itself: they are large, and what one says oddly does not silence the others.
        let entry: Option<Value> = parsed(entry.get()).ok();
        heard.take(entry.as_ref().and_then(said));
    }
    Ok(heard)
}

fn said(entry: &Value) -> Option<Said> {
    let topic = entry.get("topic")?.as_str()?;
    let event = entry.pointer("/payload/data")?;
    let word = match topic.strip_prefix("event:klaviyo.")? {
        "unsubscribed_from_email_marketing" => Word::No(Channel::Email),
        "unsubscribed_from_sms_marketing" => Word::No(Channel::Sms),
        "marked_email_as_spam" => Word::Complaint,
        "subscribed_to_sms_marketing" => {
            let seconds = event.pointer("/attributes/timestamp")?.as_u64()?;
            Word::Yes(Channel::Sms, seconds.saturating_mul(1_000))
        }
        _ => return None,
    };
    let address = || {
        let told = event.pointer("/attributes/event_properties/email_address")?;
        told.as_str()?.parse::<Email>().ok()
    };
    let address = (word == Word::No(Channel::Email)).then(address).flatten();
    let who = match address {
        Some(email) => Named::Contact(Whom::Address(email)),
        None => {
            let profile = event.pointer("/relationships/profile/data/id")?;
            Named::Profile(profile.as_str()?.parse().ok()?)
        }
    };
    Some(Said { who, word })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn event(topic: &str, properties: &str) -> String {
        format!(
            r#"{{"topic":"event:klaviyo.{topic}","external_id":"73WCCK7JKtE","payload":{{"data":{{"id":"73WCCK7JKtE","type":"event","links":{{"self":"https://a.klaviyo.com/api/events/73WCCK7JKtE/"}},"attributes":{{"uuid":"75669b00-3786-11f1-8001-4e2db0d1c5b6","datetime":"2026-04-13T22:16:46+00:00","timestamp":1776118606,"event_properties":{properties}}},"relationships":{{"metric":{{"data":{{"id":"SHi67A","type":"metric"}}}},"profile":{{"data":{{"id":"01KP4EGHH8QJ3N3AY2Z6V7RMDK","type":"profile"}}}}}}}}}}}}"#
        )
    }

    fn webhook(events: &[String]) -> Heard {
        let body = format!(
            r#"{{"data":[{}],"meta":{{"timestamp":"2026-04-13T22:50:12.101159+00:00","klaviyo_webhook_id":"01KP4928STE8FKCWB6WDHZ4ZB7","klaviyo_account_id":"WBhXHN","version":"2024-06-28"}}}}"#,
            events.join(",")
        );
        read(&body).unwrap()
    }

    #[test]
    fn noes_a_complaint_and_a_yes_to_texts_are_about_the_profile() {
        let properties = r#"{"method":"PROFILE_PAGE","$event_id":"1776118606"}"#;
        let words = [
            (
                "unsubscribed_from_email_marketing",
                Word::No(Channel::Email),
            ),
            ("unsubscribed_from_sms_marketing", Word::No(Channel::Sms)),
            ("marked_email_as_spam", Word::Complaint),
            (
                "subscribed_to_sms_marketing",
                Word::Yes(Channel::Sms, 1_776_118_606_000),
            ),
        ];
        let heard = webhook(&words.map(|(topic, _)| event(topic, properties)));
        assert_eq!(heard.passed_over, 0);
        assert_eq!(heard.sent_at, Some(1_776_120_612_101));
        assert_eq!(heard.webhook.as_deref(), Some("01KP4928STE8FKCWB6WDHZ4ZB7"));
        let profile = Named::Profile("01KP4EGHH8QJ3N3AY2Z6V7RMDK".parse().unwrap());
        for (said, (topic, word)) in heard.said.iter().zip(words) {
            assert_eq!((&said.who, said.word), (&profile, word), "{topic}");
        }
    }

    #[test]
    fn an_address_is_taken_where_it_is_told_of_mails() {
        let address = r#"{"email_address":"Ada@example.com"}"#;
        let who = |topic, properties| {
            let heard = webhook(&[event(topic, properties)]);
            let first = heard.said.first().unwrap();
            match &first.who {
                Named::Contact(whom) => String::from(whom.as_str()),
                Named::Profile(_) => String::new(),
            }
        };
        let mails = "unsubscribed_from_email_marketing";
        assert_eq!(who(mails, address), "ada@example.com");
        assert_eq!(who(mails, r#"{"email_address":"nobody"}"#), "");
        assert_eq!(who(mails, r#"{"email_address":7}"#), "");
        assert_eq!(who(mails, "null"), "");
        assert_eq!(who("unsubscribed_from_sms_marketing", address), "");
        assert_eq!(who("marked_email_as_spam", address), "");
    }

    #[test]
    fn the_rest_is_passed_over_one_by_one() {
        let none = "{}";
        let timeless =
            event("subscribed_to_sms_marketing", none).replace(r#""timestamp":1776118606,"#, "");
        let nobody = event("unsubscribed_from_sms_marketing", none).replace("01KP4E", "01 KP4E");
        let foreign =
            event("unsubscribed_from_sms_marketing", none).replace("klaviyo.un", "api.un");
        let heard = webhook(&[
            event("subscribed_to_email_marketing", none),
            event("manually_suppressed_from_email_marketing", none),
            event("opened_email", none),
            timeless,
            nobody,
            foreign,
            String::from("7"),
            String::from(r#"{"topic":"event:klaviyo.marked_email_as_spam"}"#),
            event("marked_email_as_spam", none),
        ]);
        assert_eq!((heard.said.len(), heard.passed_over), (1, 8));
        let bare = read(r#"{"data":[]}"#).unwrap();
        assert_eq!((bare.sent_at, bare.webhook), (None, None));
        for text in ["", "[]", "{}", r#"{"data":{}}"#] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
