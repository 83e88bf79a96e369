//! The mail by which a shop's people hear that one of its endpoints was switched off. It is owed from the very moment of that, is
//! written down before each try, and is sent once: a try of which nobody knows what came of it is repeated only at a provider that
//! recognises it.

use super::event::timestamp;
use super::health::WAITS_MS;
use super::{Endpoint, Trouble};
use crate::bytes::to_hex;
use crate::delivery::{Mail, Outcome, Provider, retry};
use crate::shop::ShopConfig;
use alloc::{
    format,
    string::{String, ToString},
};
use serde::{Deserialize, Serialize};

/// A mail that is owed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// When the endpoint was switched off, epoch ms: the mail's date.
    pub at: u64,
    /// Tries begun.
    pub attempts: u32,
    /// When the first was, epoch ms.
    pub first_at: Option<u64>,
    /// What became of it.
    pub state: NoticeState,
    /// Who may have taken it, in a try of which nobody knows what came: from then on nobody else is asked.
    #[serde(default)]
    may_have: Option<Provider>,
}

/// What became of the mail.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NoticeState {
    /// It is to be sent at this time, epoch ms.
    Owed(u64),
    /// It is being sent; who has not said what came of it at this time, epoch ms, never will.
    Trying(u64, Provider),
    /// The provider has it.
    Sent,
    /// Nobody knows; it is not sent again.
    Unknown,
    /// It provably could not be sent; why, as a code.
    Failed(String),
}

impl Notice {
    /// How long a try may take before it counts as lost with its process, ms.
    pub const LEASE_MS: u64 = 30_000;

    /// How long a lost try waits before it is repeated where that is harmless, ms.
    const AGAIN_MS: u64 = 60_000;

    /// One about what happened at `at`, epoch ms.
    pub fn new(at: u64) -> Self {
        Self {
            at,
            attempts: 0,
            first_at: None,
            state: NoticeState::Owed(at),
            may_have: None,
        }
    }

    /// When something has to be done about it, epoch ms; `None`: nothing any more.
    pub fn due(&self) -> Option<u64> {
        match self.state {
            NoticeState::Owed(at) | NoticeState::Trying(at, _) => Some(at),
            NoticeState::Sent | NoticeState::Unknown | NoticeState::Failed(_) => None,
        }
    }

    /// What became of it, in a word.
    pub fn word(&self) -> &'static str {
        match self.state {
            NoticeState::Owed(_) | NoticeState::Trying(..) => "owed",
            NoticeState::Sent => "sent",
            NoticeState::Unknown => "unknown",
            NoticeState::Failed(_) => "failed",
        }
    }

    /// Begins a try at `now`, epoch ms, where one is due: by whom, of the shop's two. It is to be written down before it is made, and so
    /// is what a lost one has become.
    pub fn begin(&mut self, config: &ShopConfig, now: u64) -> Option<Provider> {
        if self.due().is_none_or(|due| due > now) {
            return None;
        }
        if let NoticeState::Trying(_, provider) = self.state {
            self.may_have = Some(provider);
        }
        let provider = match self.may_have {
            Some(provider) if !self.may_repeat(provider, now) => {
                self.state = NoticeState::Unknown;
                return None;
            }
            // Whoever recognises the first is asked again, and nobody else.
            Some(provider) => provider,
            None if self.attempts % 2 == 1 => config.fallback.unwrap_or(config.provider),
            None => config.provider,
        };
        self.attempts = self.attempts.saturating_add(1);
        self.first_at.get_or_insert(now);
        self.state = NoticeState::Trying(now.saturating_add(Self::LEASE_MS), provider);
        Some(provider)
    }

    fn may_repeat(&self, provider: Provider, now: u64) -> bool {
        let begun = self.first_at.unwrap_or(now);
        let spent = now.saturating_sub(begun).saturating_add(Self::LEASE_MS);
        let window = provider.idempotency_window_ms();
        window.is_some_and(|window| spent < window)
    }

    /// Takes what came of the try that was begun last.
    pub fn ended(&mut self, outcome: Outcome, now: u64) {
        let NoticeState::Trying(_, provider) = self.state else {
            return;
        };
        let may_have = self.may_have;
        // That it was refused now says nothing of what an earlier try has come to.
        let failed = |code| may_have.map_or(NoticeState::Failed(code), |_| NoticeState::Unknown);
        self.state = match outcome {
            Outcome::Accepted { .. } => NoticeState::Sent,
            Outcome::Rejected { code, .. }
            | Outcome::OptedOut { code }
            | Outcome::NoCode { code, .. } => failed(code),
            Outcome::Unknown { .. } if self.may_repeat(provider, now) => {
                NoticeState::Trying(now.saturating_add(Self::AGAIN_MS), provider)
            }
            Outcome::Unknown { .. } => NoticeState::Unknown,
            Outcome::Transient { code } => {
                match retry::wait_ms(&WAITS_MS, self.attempts, self.at) {
                    Some(wait) => NoticeState::Owed(now.saturating_add(wait)),
                    None => failed(code),
                }
            }
        };
    }
}

/// The mail itself: the same bytes each time. Its body names the endpoint's host and path; what stands behind a question mark may be a
/// secret.
pub struct Letter {
    key: String,
    subject: String,
    text: String,
    html: String,
    at: u64,
}

impl Letter {
    /// About an endpoint that is off; `None` where nothing is owed about it.
    pub fn new(endpoint: &Endpoint, shop: &str) -> Option<Self> {
        let at = endpoint.health.notice.as_ref()?.at;
        let url = endpoint.url.as_str();
        let url = url.split(['?', '#']).next().unwrap_or_default();
        let why = match endpoint.health.off {
            Some(Trouble::Gone) => {
                "It answered 410 Gone, which says that nobody wants to hear anything there."
                    .to_string()
            }
            _ => format!(
                "It has taken nothing since {}.",
                timestamp(endpoint.health.failing_since.unwrap_or(at))
            ),
        };
        let text = format!(
            "{shop}: the endpoint {} at {url} was switched off at {}.\n\n{why}\n\nNothing is told to it while it is off; what was owed to it is kept. When it works again, switch it on by PUT /v1/endpoints/{0} with \"enabled\": true, and ask for what it missed by POST /v1/endpoints/{0}/replay.\n",
            endpoint.id,
            timestamp(at)
        );
        let mut html = text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;");
        html = format!("<p>{}</p>", html.trim_end().replace("\n\n", "</p><p>"));
        Some(Self {
            key: format!("ntc_{}_{at}", to_hex(&endpoint.id.0)),
            subject: format!("{shop}: an endpoint was switched off"),
            text,
            html,
            at,
        })
    }

    /// As a mail of the shop's to `to`.
    pub fn mail<'a>(&'a self, config: &'a ShopConfig, to: &'a str) -> Mail<'a> {
        Mail {
            to,
            from_name: &config.sender.name,
            from_email: &config.sender.email,
            subject: &self.subject,
            html: &self.html,
            text: &self.text,
            unsubscribe_url: "",
            key: &self.key,
            date_ms: self.at,
        }
    }
}
