//! What a provider tells of a message after it has taken it.

use serde::{Deserialize, Serialize};

/// One thing that a provider told, of a mail or of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Feedback {
    /// The provider has taken it, and will try to deliver it.
    Accepted,
    /// The recipient's server has taken it.
    Delivered,
    /// It was opened.
    Opened {
        /// By a scanner or a mail program's proxy, as far as anybody can tell.
        machine: bool,
    },
    /// A link in it was clicked.
    Clicked {
        /// By a scanner, as far as anybody can tell.
        machine: bool,
    },
    /// The recipient's server has refused it.
    Bounced {
        /// For good: the address takes nothing.
        hard: bool,
    },
    /// The recipient called it spam.
    Complained,
    /// The recipient unsubscribed at the provider.
    Unsubscribed,
    /// The provider did not send it after all, or could not deliver it.
    Failed,
    /// The same, because the contact takes no messages of this channel.
    Unreachable,
    /// The same, because its owner has asked for no messages by this channel.
    OptedOut,
}

impl Feedback {
    /// Its stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Accepted => "accepted",
            Self::Delivered => "delivered",
            Self::Opened { .. } => "opened",
            Self::Clicked { .. } => "clicked",
            Self::Bounced { hard: true } => "bounced",
            Self::Bounced { hard: false } => "soft_bounced",
            Self::Complained => "complained",
            Self::Unsubscribed => "unsubscribed",
            Self::Failed => "failed",
            Self::Unreachable => "unreachable",
            Self::OptedOut => "opted_out",
        }
    }

    /// Whether it proves that the message has arrived.
    pub fn proves_arrival(self) -> bool {
        !matches!(self, Self::Accepted | Self::Bounced { .. }) && !self.is_failure()
    }

    /// Whether it says that the message did not go out after all.
    pub fn is_failure(self) -> bool {
        matches!(self, Self::Failed | Self::Unreachable | Self::OptedOut)
    }
}

/// When each of these was first told of a message, epoch ms. What machines open and click is kept apart and counts for nothing.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Echo {
    /// The recipient's server took it.
    pub delivered_at: Option<u64>,
    /// Somebody opened it.
    pub opened_at: Option<u64>,
    /// Somebody clicked a link in it.
    pub clicked_at: Option<u64>,
    /// A scanner or a proxy opened it, or clicked.
    pub machine_at: Option<u64>,
    /// The recipient's server refused it, for good.
    pub bounced_at: Option<u64>,
    /// The recipient's server refused it, for now.
    pub soft_bounced_at: Option<u64>,
    /// The recipient called it spam.
    pub complained_at: Option<u64>,
    /// The recipient unsubscribed at the provider.
    pub unsubscribed_at: Option<u64>,
    /// The provider did not send it after all.
    pub failed_at: Option<u64>,
}

impl Echo {
    /// Writes down what was told; `false` where it had been told before. An acceptance is no news by itself: the delivery's state is.
    pub fn note(&mut self, feedback: Feedback, at: u64) -> bool {
        let place = match feedback {
            Feedback::Accepted => return true,
            Feedback::Delivered => &mut self.delivered_at,
            Feedback::Opened { machine: true } | Feedback::Clicked { machine: true } => {
                &mut self.machine_at
            }
            Feedback::Opened { machine: false } => &mut self.opened_at,
            Feedback::Clicked { machine: false } => &mut self.clicked_at,
            Feedback::Bounced { hard: true } => &mut self.bounced_at,
            Feedback::Bounced { hard: false } => &mut self.soft_bounced_at,
            Feedback::Complained => &mut self.complained_at,
            Feedback::Unsubscribed => &mut self.unsubscribed_at,
            Feedback::Failed | Feedback::Unreachable | Feedback::OptedOut => &mut self.failed_at,
        };
        let fresh = place.is_none();
        place.get_or_insert(at);
        fresh
    }
}
