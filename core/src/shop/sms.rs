//! Text messages: through whom, from which number, and how long they may be.

use crate::delivery::{FlowPlatform, Row};
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
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
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
        match self {
            Self::Twilio => "twilio",
            Self::Attentive => "attentive",
        }
    }

    /// Its row of the table; `None` for Twilio, whose codes its channel reads itself.
    pub fn row(self) -> Option<&'static Row> {
        match self {
            Self::Twilio => None,
            // One account, one table: its texts and its events are refused alike.
            Self::Attentive => Some(FlowPlatform::Attentive.row()),
        }
    }

    /// For how long, in ms, the provider recognises a repeated idempotency key. Twilio's `Messages` resource takes none (its API
    /// reference lists every parameter), and none is documented of Attentive's, so a try whose outcome is unknown is never repeated.
    pub fn idempotency_window_ms(self) -> Option<u64> {
        match self {
            Self::Twilio | Self::Attentive => None,
        }
    }
}

/// How a shop sends text messages.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(
    deny_unknown_fields,
    expecting = "an object with provider, sender and max_segments"
)]
pub struct Sms {
    /// Through whom.
    pub provider: SmsProvider,
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
    }
}

#[cfg(test)]
mod tests {
    use super::*;

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
