//! Text messages: through whom, from which number, and how long they may be.

use crate::delivery::{FlowPlatform, Row, TWILIO};
use crate::document::Problems;
use serde::{Deserialize, Serialize};

checked_text! {
    /// What texts are sent from, so that an answer comes back to it.
    SmsSender {
        allowed: "a number such as +15005550006, a short code of 3 to 8 digits, or a messaging service such as MG followed by 32 hexadecimal digits",
        pattern: r"^(\+[1-9][0-9]{7,14}|[0-9]{3,8}|MG[0-9a-fA-F]{32})$",
        check: is_sender
    }
}

fn is_sender(text: &str) -> bool {
    let all_digits = |digits: &str| digits.bytes().all(|byte| byte.is_ascii_digit());
    if let Some(service) = text.strip_prefix("MG") {
        return service.len() == 32 && service.bytes().all(|byte| byte.is_ascii_hexdigit());
    }
    match text.strip_prefix('+') {
        Some(number) => {
            (8..=15).contains(&number.len()) && !number.starts_with('0') && all_digits(number)
        }
        None => (3..=8).contains(&text.len()) && all_digits(text),
    }
}

impl SmsSender {
    /// Whether it names a messaging service, which chooses among the numbers that it has.
    pub fn is_service(&self) -> bool {
        self.as_str().starts_with("MG")
    }
}

/// Who carries text messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(rename_all = "snake_case")]
pub enum SmsProvider {
    /// Twilio's Programmable Messaging.
    Twilio,
    /// Attentive's Messages API, through the account that the shop is connected to.
    Attentive,
}

impl SmsProvider {
    /// Its name in the addresses that it calls back.
    pub fn name(self) -> &'static str {
        self.row().name
    }

    /// Its row of the table.
    pub fn row(self) -> &'static Row {
        match self {
            Self::Twilio => &TWILIO,
            // One account, one table: its texts and its events are refused alike.
            Self::Attentive => FlowPlatform::Attentive.row(),
        }
    }
}

/// How a shop sends text messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(
    deny_unknown_fields,
    expecting = "an object with provider, sender, fallback and max_segments"
)]
pub struct Sms {
    /// Through whom.
    pub provider: SmsProvider,
    /// Through whom else, where the first one has provably not taken a text, or rests: `attentive` beside `twilio`.
    #[serde(default)]
    pub fallback: Option<SmsProvider>,
    /// From what. It has to be able to take answers, since STOP is how texts are ended.
    pub sender: SmsSender,
    /// Of how many segments a text may be, 1 to 4: each is billed. 2 where nothing is said.
    #[serde(default = "two")]
    #[cfg_attr(feature = "schema", schemars(range(min = 1, max = 4)))]
    pub max_segments: u8,
}

fn two() -> u8 {
    2
}

impl Sms {
    pub(super) fn check(&self, problems: &mut Problems) {
        problems.within("max_segments", Some(self.max_segments), 1..=4);
        // Attentive sends from its own number, whatever the sender is; Twilio would need a second one.
        let is_carried = match (self.provider, self.fallback) {
            (_, None) | (SmsProvider::Twilio, Some(SmsProvider::Attentive)) => true,
            (_, Some(_)) => false,
        };
        if !is_carried {
            problems.field("fallback", |problems| {
                problems.wrong("attentive, beside the provider twilio");
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_provider_is_one_that_can_send_from_the_same_shop() {
        let problems = |json: &str| {
            let sms: Sms = serde_json::from_str(json).unwrap();
            let mut problems = Problems::at("");
            sms.check(&mut problems);
            problems.into_errors().len()
        };
        let pair = r#"{"provider":"twilio","sender":"12345","fallback":"attentive"}"#;
        assert_eq!(problems(pair), 0);
        for wrong in [
            r#"{"provider":"attentive","sender":"12345","fallback":"twilio"}"#,
            r#"{"provider":"twilio","sender":"12345","fallback":"twilio"}"#,
            r#"{"provider":"attentive","sender":"12345","fallback":"attentive"}"#,
        ] {
            assert_eq!(problems(wrong), 1, "{wrong}");
        }
    }

    #[test]
    fn senders_are_numbers_that_can_be_answered() {
        for text in [
            "+15005550006",
            "12345",
            "MG0123456789abcdef0123456789ABCDEF",
        ] {
            assert!(SmsSender::new(text).is_ok(), "{text}");
        }
        for text in [
            "",
            "Dovecote",
            "+0500555000",
            "+1500",
            "12",
            "123456789",
            "MG0123",
            "15005550006 ",
        ] {
            assert!(SmsSender::new(text).is_err(), "{text}");
        }
        assert!(
            SmsSender::new("MG0123456789abcdef0123456789ABCDEF")
                .unwrap()
                .is_service()
        );
        assert!(!SmsSender::new("12345").unwrap().is_service());
    }
}
