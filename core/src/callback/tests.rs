//! Payloads in the shape of each provider's documentation.

use super::*;
use alloc::{format, string::ToString, vec};
use proptest::prelude::*;

const NAME: &str = "dlv_000102030405060708090a0b0c0d0e0f_3_1";

fn only(provider: Provider, body: &str) -> Option<(Feedback, Option<u64>)> {
    let callback = read(provider, body).unwrap();
    let told = callback.told.first()?;
    assert_eq!(told.delivery.to_string(), NAME);
    Some((told.feedback, told.at))
}

fn resend(kind: &str, more: &str) -> Option<Feedback> {
    let body = format!(
        r#"{{"type":"{kind}","created_at":"2024-11-22T23:41:12.126Z","data":{{"broadcast_id":"8b146471","created_at":"2024-11-22T23:41:11.894719+00:00","email_id":"56761188","from":"Acme <a@b.example>","to":["x@y.example"],"subject":"S","tags":{{"homing":"{NAME}"}}{more}}}}}"#
    );
    let (feedback, at) = only(Provider::Resend, &body)?;
    assert_eq!(at, Some(1_732_318_872_126));
    Some(feedback)
}

#[test]
fn resend_tells() {
    assert_eq!(resend("email.delivered", ""), Some(Feedback::Delivered));
    assert_eq!(
        resend("email.opened", ""),
        Some(Feedback::Opened { machine: false })
    );
    let click = r#","click":{"ipAddress":"122.115.53.11","link":"https://x.example","timestamp":"2024-11-24T05:00:57.163Z","userAgent":"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"}"#;
    assert_eq!(
        resend("email.clicked", click),
        Some(Feedback::Clicked { machine: false })
    );
    let bounce =
        |kind: &str| format!(r#","bounce":{{"message":"m","subType":"General","type":"{kind}"}}"#);
    let bounced = |hard| Some(Feedback::Bounced { hard });
    assert_eq!(resend("email.bounced", &bounce("Permanent")), bounced(true));
    assert_eq!(
        resend("email.bounced", &bounce("Transient")),
        bounced(false)
    );
    assert_eq!(resend("email.bounced", ""), bounced(true));
    assert_eq!(resend("email.complained", ""), Some(Feedback::Complained));
    assert_eq!(
        resend(
            "email.failed",
            r#","failed":{"reason":"reached_daily_quota"}"#
        ),
        Some(Feedback::Failed)
    );
    for kind in [
        "email.sent",
        "email.delivery_delayed",
        "email.scheduled",
        "contact.created",
    ] {
        assert_eq!(resend(kind, ""), None, "{kind}");
    }
}

fn postmark(record: &str, more: &str) -> Option<Feedback> {
    let body = format!(
        r#"{{"RecordType":"{record}","MessageStream":"outbound","ID":42,"ServerID":23,"MessageID":"883953f4","Tag":null,"Metadata":{{"homing":"{NAME}"}}{more}}}"#
    );
    only(Provider::Postmark, &body).map(|(feedback, _)| feedback)
}

#[test]
fn postmark_tells() {
    assert_eq!(
        postmark(
            "Delivery",
            r#","Recipient":"j@x.example","DeliveredAt":"2014-08-01T13:28:10Z""#
        ),
        Some(Feedback::Delivered)
    );
    let bounce = |kind: &str| {
        let more = format!(
            r#","Type":"{kind}","TypeCode":1,"BouncedAt":"2014-08-01T13:28:10Z","Inactive":true"#
        );
        postmark("Bounce", &more)
    };
    assert_eq!(bounce("HardBounce"), Some(Feedback::Bounced { hard: true }));
    assert_eq!(
        bounce("SoftBounce"),
        Some(Feedback::Bounced { hard: false })
    );
    assert_eq!(bounce("Blocked"), Some(Feedback::Failed));
    assert_eq!(bounce("AutoResponder"), None);
    assert_eq!(postmark("SpamComplaint", ""), Some(Feedback::Complained));
    let agent = |agent: &str| {
        format!(r#","FirstOpen":true,"UserAgent":"{agent}","ReceivedAt":"2014-08-01T13:28:10Z""#)
    };
    assert_eq!(
        postmark("Open", &agent("Mozilla/5.0")),
        Some(Feedback::Opened { machine: true })
    );
    assert_eq!(
        postmark("Open", &agent("Mozilla/5.0 (X11)")),
        Some(Feedback::Opened { machine: false })
    );
    let change = |on: bool, reason: &str, origin: &str| {
        let more = format!(
            r#","SuppressSending":{on},"SuppressionReason":"{reason}","Origin":"{origin}","ChangedAt":"2020-02-01T10:53:34.416071Z""#
        );
        postmark("SubscriptionChange", &more)
    };
    assert_eq!(
        change(true, "ManualSuppression", "Recipient"),
        Some(Feedback::Unsubscribed)
    );
    assert_eq!(change(true, "HardBounce", "Recipient"), None);
    assert_eq!(change(true, "ManualSuppression", "Admin"), None);
    assert_eq!(change(false, "ManualSuppression", "Recipient"), None);
}

#[test]
fn sendgrid_tells_many_at_once() {
    let event = |event: &str, more: &str| {
        format!(
            r#"{{"email":"x@y.example","timestamp":1513299569,"smtp-id":"<1>","event":"{event}","category":["c"],"sg_event_id":"e","sg_message_id":"m","homing":"{NAME}"{more}}}"#
        )
    };
    let events = [
        event("processed", ""),
        event("deferred", r#","attempt":"5""#),
        event("delivered", r#","response":"250 OK""#),
        event(
            "open",
            r#","sg_machine_open":true,"useragent":"Mozilla/5.0 (X11)""#,
        ),
        event(
            "open",
            r#","sg_machine_open":false,"useragent":"Mozilla/5.0 (X11)""#,
        ),
        event("click", r#","url":"https://x.example""#),
        event("bounce", r#","type":"bounce","status":"5.0.0""#),
        event("bounce", r#","type":"blocked""#),
        event("dropped", r#","reason":"Bounced Address""#),
        event("spamreport", ""),
        event("group_unsubscribe", r#","asm_group_id":10"#),
        String::from(r#"{"event":"delivered","timestamp":1,"email":"of@another.example"}"#),
        String::from(r#"{"event":"delivered","timestamp":"soon","homing":7}"#),
    ];
    let callback = read(Provider::Sendgrid, &format!("[{}]", events.join(","))).unwrap();
    let told: Vec<Feedback> = callback.told.iter().map(|told| told.feedback).collect();
    assert_eq!(
        told,
        vec![
            Feedback::Delivered,
            Feedback::Opened { machine: true },
            Feedback::Opened { machine: false },
            Feedback::Clicked { machine: false },
            Feedback::Bounced { hard: true },
            Feedback::Bounced { hard: false },
            Feedback::Failed,
            Feedback::Complained,
            Feedback::Unsubscribed,
        ]
    );
    assert!(
        callback
            .told
            .iter()
            .all(|told| told.at == Some(1_513_299_569_000))
    );
    assert_eq!(callback.passed_over, 4);
}

fn ses(kind: &str, detail: &str) -> Option<Feedback> {
    let event = format!(
        r#"{{"eventType":"{kind}",{detail}"mail":{{"timestamp":"2017-08-05T00:40:02.012Z","messageId":"M","destination":["r@x.example"],"tags":{{"ses:configuration-set":["C"],"homing":["{NAME}"]}}}}}}"#
    );
    let quoted = serde_json::to_string(&event).unwrap();
    let body = format!(
        r#"{{"Type":"Notification","MessageId":"i","TopicArn":"arn:aws:sns:eu-west-1:1:t","Message":{quoted},"Timestamp":"2017-08-05T00:41:03Z"}}"#
    );
    let told = only(Provider::Ses, &body);
    // Outside of the envelope nothing is signed.
    assert_eq!(read(Provider::Ses, &event), Err(Unreadable));
    told.map(|(feedback, _)| feedback)
}

#[test]
fn ses_tells_through_sns() {
    let at = r#""timestamp":"2017-08-05T00:41:02.669Z""#;
    assert_eq!(
        ses("Delivery", &format!(r#""delivery":{{{at}}},"#)),
        Some(Feedback::Delivered)
    );
    let bounce =
        |kind| format!(r#""bounce":{{{at},"bounceType":"{kind}","bouncedRecipients":[]}},"#);
    assert_eq!(
        ses("Bounce", &bounce("Permanent")),
        Some(Feedback::Bounced { hard: true })
    );
    assert_eq!(
        ses("Bounce", &bounce("Transient")),
        Some(Feedback::Bounced { hard: false })
    );
    assert_eq!(
        ses("Complaint", &format!(r#""complaint":{{{at}}},"#)),
        Some(Feedback::Complained)
    );
    let open = format!(r#""open":{{{at},"ipAddress":"192.0.2.1","userAgent":"Mozilla/5.0"}},"#);
    assert_eq!(ses("Open", &open), Some(Feedback::Opened { machine: true }));
    assert_eq!(
        ses("Reject", r#""reject":{"reason":"Bad content"},"#),
        Some(Feedback::Failed)
    );
    assert_eq!(
        ses("Subscription", &format!(r#""subscription":{{{at}}},"#)),
        Some(Feedback::Unsubscribed)
    );
    assert_eq!(ses("Send", r#""send":{},"#), None);
}

#[test]
fn a_subscription_is_confirmed_at_amazon_alone() {
    let confirm = |url: &str| {
        let body = format!(
            r#"{{"Type":"SubscriptionConfirmation","Message":"m","SubscribeURL":"{url}"}}"#
        );
        read(Provider::Ses, &body).unwrap().confirm
    };
    let right =
        "https://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&TopicArn=a&Token=t";
    assert_eq!(confirm(right).as_deref(), Some(right));
    for url in [
        "https://sns.eu-west-1.amazonaws.com.evil.example/?Action=ConfirmSubscription&x",
        "https://evil.example/?Action=ConfirmSubscription&x",
        "https://sns.evil.example#.amazonaws.com/?Action=ConfirmSubscription&x",
        "https://sns.u@evil.amazonaws.com/?Action=ConfirmSubscription&x",
        "http://sns.eu-west-1.amazonaws.com/?Action=ConfirmSubscription&x",
        "https://sns.eu-west-1.amazonaws.com/?Action=Publish&x",
    ] {
        assert_eq!(confirm(url), None, "{url}");
    }
}

#[test]
fn who_has_no_callbacks_has_none() {
    assert_eq!(read(Provider::Smtp, "{}"), Err(Unreadable));
    assert_eq!(read(Provider::Cloudflare, "{}"), Err(Unreadable));
}

#[test]
fn what_names_no_delivery_of_ours_is_passed_over() {
    let body = r#"{"type":"email.delivered","created_at":"","data":{"email_id":"x","tags":{"homing":"dlv_no"}}}"#;
    let callback = read(Provider::Resend, body).unwrap();
    assert_eq!((callback.told.len(), callback.passed_over), (0, 1));
}

proptest! {
    /// Nothing that anybody sends brings it down.
    #[test]
    fn any_text_is_read_or_refused(text in ".{0,200}") {
        for provider in Provider::ALL {
            let _ = read(provider, &text);
        }
    }
}
