//! A message that is sent to one of the shop's own people. It belongs to no shopper and no plan, and is counted nowhere; what is
//! remembered of it is that it was begun, so that it is sent once and not too often, and what came of it.

use crate::bytes::to_hex;
use crate::calendar::{DAY_MS, HOUR_MS};
use crate::delivery::{Body, Outcome, Whom};
use crate::message::{Alphabet, TextMessage, Written, segments};
use crate::shop::ShopConfig;
use alloc::{format, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// How the name of a test begins at providers. It is no delivery's, so whatever they tell of it is about nothing.
pub const TEST: &str = "tst_";

/// A test's name: idempotency key, left part of a mail's Message-ID, and what callbacks bring back.
pub fn name(digest: &[u8; 16]) -> String {
    format!("{TEST}{}", to_hex(digest))
}

/// The message to one of the shop's own people, marked as a test; `None` where it cannot go to them.
pub fn marked(
    written: Written,
    config: &ShopConfig,
    to: Whom,
    callback_url: String,
) -> Option<Body> {
    match (written, to) {
        (Written::Mail(mut mail), Whom::Address(to)) => {
            mail.subject = format!("[Test] {}", mail.subject);
            Some(mail.addressed(config, to))
        }
        (Written::Text(text), Whom::Number(to)) => {
            let text = format!("TEST {}", text.text);
            let text = TextMessage {
                segments: u8::try_from(segments(&text)).unwrap_or(u8::MAX),
                text,
            };
            let sms = config.sms.as_ref()?;
            Some(text.addressed(sms, to, callback_url, None))
        }
        _ => None,
    }
}

impl TextMessage {
    /// How it is written on the air.
    pub fn encoding(&self) -> &'static str {
        match Alphabet::of(&self.text) {
            Alphabet::Gsm7 => "gsm7",
            Alphabet::Ucs2 => "ucs2",
        }
    }
}

/// What came of a test.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The provider has it.
    Accepted,
    /// It provably has not.
    Refused,
    /// Nobody knows; it is not sent again.
    Unknown,
}

/// The same with what the provider said.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Told {
    /// What.
    pub result: What,
    /// The provider's id for it, or the code.
    pub detail: String,
}

impl Told {
    /// Of a try whose worker ended before it could say what came of it.
    pub fn lost() -> Self {
        Self {
            result: What::Unknown,
            detail: String::from("interrupted"),
        }
    }
}

impl From<Outcome> for Told {
    fn from(outcome: Outcome) -> Self {
        let (result, detail) = match outcome {
            Outcome::Accepted { provider_id } => (What::Accepted, provider_id),
            Outcome::Transient { code }
            | Outcome::Rejected { code, .. }
            | Outcome::OptedOut { code }
            | Outcome::NoCode { code, .. } => (What::Refused, code),
            Outcome::Unknown { code } => (What::Unknown, code),
        };
        Self { result, detail }
    }
}

/// A shop's tests of the last day. They hold neither addresses nor words.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TestSends(Vec<TestSend>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct TestSend {
    name: String,
    at: u64,
    told: Option<Told>,
}

/// What becomes of a wish for a test.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Begun {
    /// It is to be sent, now and once.
    Go,
    /// It was begun before.
    Known(Told),
    /// There were too many; in so many ms there is room for one.
    Full(u64),
}

impl TestSends {
    /// Most within an hour, and within a day: what a stolen key can send to the shop's own people.
    pub const HOURLY: usize = 20;
    /// See [`Self::HOURLY`].
    pub const DAILY: usize = 60;

    /// Begins a test. It is to be written down before it is sent.
    pub fn begin(&mut self, name: &str, now: u64) -> Begun {
        self.0.retain(|test| now.saturating_sub(test.at) < DAY_MS);
        if let Some(known) = self.0.iter().find(|test| test.name == name) {
            return Begun::Known(known.told.clone().unwrap_or_else(Told::lost));
        }
        for (most, window) in [(Self::HOURLY, HOUR_MS), (Self::DAILY, DAY_MS)] {
            let within = self.0.iter().map(|test| test.at);
            let mut within = within.filter(|at| now.saturating_sub(*at) < window).rev();
            if let Some(at) = within.nth(most.saturating_sub(1)) {
                return Begun::Full(at.saturating_add(window).saturating_sub(now).max(1));
            }
        }
        self.0.push(TestSend {
            name: String::from(name),
            at: now,
            told: None,
        });
        Begun::Go
    }

    /// Takes what came of it.
    pub fn ended(&mut self, name: &str, told: Told) {
        if let Some(known) = self.0.iter_mut().find(|test| test.name == name) {
            known.told.get_or_insert(told);
        }
    }
}
