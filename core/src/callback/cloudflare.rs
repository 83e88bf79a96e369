//! What Cloudflare's email service tells of mails, by a queue: event subscriptions of Email Sending
//! (<https://developers.cloudflare.com/email-service/platform/event-subscriptions/>). An event names a mail by the id that the service gave
//! it when it took it, and takes no name of ours.

use super::time::epoch_ms;
use super::{Unreadable, parsed};
use crate::delivery::Feedback;
use alloc::{borrow::Cow, string::String};
use serde::Deserialize;

/// What was told of one mail.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailEvent {
    /// The service's id of the mail.
    pub mail: String,
    /// What; `None`: nothing that matters here, as that it is tried again.
    pub feedback: Option<Feedback>,
    /// When, by the service's clock, epoch ms; `None` where it cannot be read.
    pub at: Option<u64>,
}

#[derive(Deserialize)]
struct Event<'a> {
    #[serde(rename = "type", borrow)]
    kind: Cow<'a, str>,
    payload: Payload,
    #[serde(default)]
    metadata: Metadata,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Payload {
    message_id: String,
    bounce: Option<Bounce>,
}

#[derive(Deserialize)]
struct Bounce {
    #[serde(rename = "type")]
    kind: Option<String>,
}

#[derive(Default, Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata {
    #[serde(default)]
    event_timestamp: String,
}

/// Reads an event; `Err` where it is none.
pub fn mail_event(body: &str) -> Result<MailEvent, Unreadable> {
    let event: Event<'_> = parsed(body)?;
    let kind = event.kind.strip_prefix("cf.email.sending.message.");
    let feedback = match kind.ok_or(Unreadable)? {
        "delivered" => Some(Feedback::Delivered),
        // Those that were tried again until there was no time left are soft.
        "bounced" => Some(Feedback::Bounced {
            hard: event
                .payload
                .bounce
                .and_then(|bounce| bounce.kind)
                .as_deref()
                == Some("hard"),
        }),
        "complained" => Some(Feedback::Complained),
        "failed" | "rejected" => Some(Feedback::Failed),
        _ => None,
    };
    Ok(MailEvent {
        mail: event.payload.message_id,
        feedback,
        at: epoch_ms(&event.metadata.event_timestamp),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn event(kind: &str, more: &str) -> String {
        format!(
            r#"{{"type":"cf.email.sending.message.{kind}","source":{{"type":"email.sending","zoneId":"023e105f4ecef8ad9ca31a8372d0c353","domain":"example.com"}},"payload":{{"eventId":"e1","messageId":"0101018f7d0c4d9a-msg-deadbeef","sender":"shop@example.com","recipient":"user@example.net","terminal":true{more}}},"metadata":{{"accountId":"f9f79265f388666de8122cfb508d7776","eventSchemaVersion":1,"eventTimestamp":"2026-11-01T02:48:57.132Z"}}}}"#
        )
    }

    #[test]
    fn each_event_tells_what_became_of_the_mail() {
        let of = |kind: &str, more: &str| mail_event(&event(kind, more)).unwrap();
        let hard = r#","bounce":{"type":"hard","reason":"550 5.1.1 User unknown"}"#;
        let soft = r#","bounce":{"type":"soft"}"#;
        let smtp = r#","delivery":{"status":"delivered","smtpStatusCode":"250"}"#;
        for (kind, more, feedback) in [
            ("delivered", smtp, Some(Feedback::Delivered)),
            ("bounced", hard, Some(Feedback::Bounced { hard: true })),
            ("bounced", soft, Some(Feedback::Bounced { hard: false })),
            ("bounced", "", Some(Feedback::Bounced { hard: false })),
            ("complained", "", Some(Feedback::Complained)),
            ("failed", "", Some(Feedback::Failed)),
            (
                "rejected",
                r#","rejection":{"reason":"suppressed"}"#,
                Some(Feedback::Failed),
            ),
            ("deferred", "", None),
            ("of_a_later_version", "", None),
        ] {
            let told = of(kind, more);
            assert_eq!(told.feedback, feedback, "{kind}");
            assert_eq!(told.mail, "0101018f7d0c4d9a-msg-deadbeef");
            assert_eq!(told.at, Some(1_793_501_337_132));
        }
    }

    #[test]
    fn what_is_no_event_of_a_mail_is_none() {
        for body in [
            "",
            "[]",
            "{}",
            r#"{"type":"cf.kv.namespace.created","payload":{"messageId":"m"}}"#,
            r#"{"type":"cf.email.sending.message.bounced","payload":{}}"#,
            r#"{"type":"cf.email.sending.message.bounced","payload":{"messageId":7}}"#,
        ] {
            assert_eq!(mail_event(body), Err(Unreadable), "{body}");
        }
        let timeless =
            r#"{"type":"cf.email.sending.message.complained","payload":{"messageId":"m"}}"#;
        assert_eq!(mail_event(timeless).unwrap().at, None);
    }
}
