//! Why a message waits.

use crate::calendar;
use crate::delivery::Skip;
use alloc::string::String;
use serde::{Deserialize, Serialize};

/// Why a message is put off. What is put off is never dropped: it is decided about again when its time comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Hold {
    /// The shopper has been in the shop a moment ago.
    Active,
    /// The merchant has paused all sends.
    Paused,
    /// A cart could not be read.
    CartUnreadable,
    /// The sequence that was chosen begins later.
    Schedule,
    /// A person has to approve it.
    Approval,
    /// This shopper is usually there at another hour.
    UsualHour,
    /// Quiet hours, a cap, the least gap, or a country's rule.
    Restrained(calendar::Reason),
    /// A suppression that ends, by its cause.
    Suppressed(Skip),
    /// It would go as a text, and nobody could say whether texts to that number were stopped.
    NumberUnheard,
    /// The platform has refused to make the code that it was to offer: it is decided about anew, without an offer.
    OfferRefused,
}

impl Hold {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Active => "active",
            Self::Paused => "paused",
            Self::CartUnreadable => "cart_unreadable",
            Self::Schedule => "schedule",
            Self::Approval => "awaiting_approval",
            Self::UsualHour => "usual_hour",
            Self::Restrained(reason) => reason.code(),
            Self::Suppressed(cause) => cause.code(),
            Self::NumberUnheard => "number_unheard",
            Self::OfferRefused => "goes_without_offer",
        }
    }

    /// The reason as one plain sentence.
    pub fn sentence(self) -> String {
        String::from(match self {
            Self::Active => "Put off, because the shopper is back in the shop.",
            Self::Paused => "Put off, because the shop has paused all messages.",
            Self::CartUnreadable => "Put off, because a cart could not be read.",
            Self::Schedule => "Put off, because the sequence that was chosen begins later.",
            Self::Approval => "Put off, because a person has to approve it first.",
            Self::UsualHour => "Put off to the hour at which this shopper is usually there.",
            Self::NumberUnheard => {
                "Put off, because nobody could say whether texts to this number were stopped."
            }
            Self::OfferRefused => {
                "To go without its offer, because the platform refused to make a code for it."
            }
            Self::Restrained(reason) => return reason.sentence(),
            Self::Suppressed(cause) => {
                return cause.sentence().replacen("Not sent", "Put off", 1);
            }
        })
    }
}
