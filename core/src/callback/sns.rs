//! Amazon SNS's signatures of what it sends by HTTP
//! (<https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message-verify-message-signature.html>).

use super::parsed;
use crate::bytes::from_base64;
use alloc::{collections::BTreeMap, string::String, vec::Vec};
use serde_json::Value;

/// What SNS says that it has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SnsSigned {
    /// What is signed: names and values, a line each.
    pub text: String,
    /// RSASSA-PKCS1-v1_5.
    pub signature: Vec<u8>,
    /// The hash, as WebCrypto names it: of version 1 `SHA-1`, of version 2 `SHA-256`.
    pub hash: &'static str,
    /// Where the certificate is; at SNS itself.
    pub certificate: String,
    /// The topic that it was published to. SNS signs for any account's; whether it is one of ours is for who reads it to say.
    pub topic: String,
}

/// What is signed of a notification, and of what asks for a confirmation; in the order of their names.
const OF_NOTIFICATION: [&str; 6] = [
    "Message",
    "MessageId",
    "Subject",
    "Timestamp",
    "TopicArn",
    "Type",
];
const OF_CONFIRMATION: [&str; 7] = [
    "Message",
    "MessageId",
    "SubscribeURL",
    "Timestamp",
    "Token",
    "TopicArn",
    "Type",
];

/// Reads what is signed; `None` for what SNS does not send, or has not signed.
pub fn sns_signed(body: &str) -> Option<SnsSigned> {
    let envelope: BTreeMap<String, Value> = parsed(body).ok()?;
    let field = |name: &str| envelope.get(name).and_then(Value::as_str);
    let hash = match field("SignatureVersion")? {
        "1" => "SHA-1",
        "2" => "SHA-256",
        _ => return None,
    };
    let names: &[&str] = match field("Type")? {
        "Notification" => &OF_NOTIFICATION,
        "SubscriptionConfirmation" | "UnsubscribeConfirmation" => &OF_CONFIRMATION,
        _ => return None,
    };
    let mut text = String::new();
    for name in names {
        match field(name) {
            Some(value) => text.extend([*name, "\n", value, "\n"]),
            // The only one that may be missing.
            None if *name == "Subject" => {}
            None => return None,
        }
    }
    let certificate = field("SigningCertURL")?;
    is_at_sns(certificate, is_certificate).then_some(())?;
    Some(SnsSigned {
        text,
        signature: from_base64(field("Signature")?)?,
        hash,
        certificate: String::from(certificate),
        topic: String::from(field("TopicArn")?),
    })
}

/// Whether it is where SNS keeps its certificates, and nothing else.
fn is_certificate(path: &str) -> bool {
    path.strip_prefix("SimpleNotificationService-")
        .and_then(|rest| rest.strip_suffix(".pem"))
        .is_some_and(|name| {
            !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric())
        })
}

/// Whether an address is at SNS itself, and nowhere else, with a path (behind the first slash) that is right.
pub(super) fn is_at_sns(url: &str, is_right: impl Fn(&str) -> bool) -> bool {
    let Some((host, path)) = url
        .strip_prefix("https://sns.")
        .and_then(|rest| rest.split_once('/'))
    else {
        return false;
    };
    let region = host
        .strip_suffix(".amazonaws.com")
        .or_else(|| host.strip_suffix(".amazonaws.com.cn"));
    let is_of_region =
        |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    region.is_some_and(|region| !region.is_empty() && region.bytes().all(is_of_region))
        && is_right(path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::format;

    fn body(version: &str, certificate: &str) -> String {
        format!(
            r#"{{"Type":"Notification","MessageId":"i","TopicArn":"arn:t","Subject":"s","Message":"a\nb","Timestamp":"2026-11-29T00:00:00.000Z","SignatureVersion":"{version}","Signature":"AAAA","SigningCertURL":"{certificate}"}}"#
        )
    }

    const AT_SNS: &str = "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem";

    #[test]
    fn names_and_values_are_signed_in_the_order_of_names() {
        let signed = sns_signed(&body("2", AT_SNS)).unwrap();
        assert_eq!(
            signed.text,
            "Message\na\nb\nMessageId\ni\nSubject\ns\nTimestamp\n2026-11-29T00:00:00.000Z\nTopicArn\narn:t\nType\nNotification\n"
        );
        assert_eq!((signed.hash, signed.signature.len()), ("SHA-256", 3));
        assert_eq!(signed.topic, "arn:t");
        assert_eq!(sns_signed(&body("1", AT_SNS)).unwrap().hash, "SHA-1");
        assert_eq!(sns_signed(&body("3", AT_SNS)), None);
        assert_eq!(sns_signed(r#"{"eventType":"Bounce"}"#), None);
    }

    #[test]
    fn a_certificate_is_believed_from_sns_alone() {
        for elsewhere in [
            "http://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem",
            "https://sns.eu-central-1.amazonaws.com.evil.example/SimpleNotificationService-1.pem",
            "https://sns.evil.example/sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem",
            "https://sns.a.s3.amazonaws.com/SimpleNotificationService-1.pem",
            "https://sns.@amazonaws.com/SimpleNotificationService-1.pem",
            "https://sns..amazonaws.com/SimpleNotificationService-1.pem",
            "https://sns.eu-central-1.amazonaws.com:8443/SimpleNotificationService-1.pem",
            "https://sns.eu-central-1.amazonaws.com/?Action=GetTopic",
            "https://sns.eu-central-1.amazonaws.com/a.pem",
            "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-.pem",
            "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem?a=.pem",
            "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1.pem#.pem",
            "https://sns.eu-central-1.amazonaws.com/SimpleNotificationService-1/2.pem",
            "https://sns.eu-central-1.amazonaws.com/a/SimpleNotificationService-1.pem",
            "https://sns.eu-central-1.amazonaws.com/?Action=GetTopic&SimpleNotificationService-1.pem",
        ] {
            assert_eq!(sns_signed(&body("1", elsewhere)), None, "{elsewhere}");
        }
        let china = "https://sns.cn-north-1.amazonaws.com.cn/SimpleNotificationService-1.pem";
        assert!(sns_signed(&body("1", china)).is_some());
    }
}
