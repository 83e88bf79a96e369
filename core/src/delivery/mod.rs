//! One message on its way: what is sent, and what became of it.

pub mod breaker;
mod echo;
mod frozen;
mod keyword;
mod name;
mod outcome;
mod provider;
mod recall;
pub mod retry;

pub use echo::{Echo, Feedback};
pub use frozen::{Body, Frozen, Happening, Mail, Whom};
pub use keyword::Keyword;
pub use name::DeliveryName;
pub use outcome::Outcome;
pub use provider::{FlowPlatform, Most, Proof, Provider, Refusal, Repeats, Row, TWILIO, web_push};
pub(crate) use provider::{TIMEOUT_MS, any, named};
pub use recall::event_id;

use crate::channel::Channel;
use crate::decision::{Decided, Hold, Made};
use crate::sequence::{Offer, Template};
use crate::shop::Carrier;
use alloc::{string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// The name of one delivery of one shopper.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DeliveryKey {
    /// Which conversation with the shopper, from 1.
    pub conversation: u16,
    /// Which step of it, from 0.
    pub step: u8,
}

impl DeliveryKey {
    /// How links name it: the low byte of its conversation, and its step.
    pub fn ordinal(self) -> u16 {
        let [_, conversation] = self.conversation.to_be_bytes();
        u16::from_be_bytes([conversation, self.step])
    }
}

/// One message to one shopper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivery {
    /// Its name.
    pub key: DeliveryKey,
    /// Which message; as long as no sequence is chosen, the likely one.
    pub template: Template,
    /// What it offers, once that is decided; a code that is made for it stands in braces.
    pub offer: Option<Offer>,
    /// How it goes, once that is decided.
    pub channel: Option<Channel>,
    /// When it is (or was) due, epoch ms.
    pub due_at: u64,
    /// Where it stands.
    pub state: State,
    /// Tries begun.
    pub attempts: u32,
    /// Whether an earlier try may have been accepted: from then on only a provider that recognises the key may be asked, and
    /// only inside its window.
    pub uncertain: bool,
    /// When it went out, or may have, as caps count it, epoch ms.
    pub counted_at: Option<u64>,
    /// What was frozen at the first release, until the outcome is known.
    pub frozen: Option<Frozen>,
    /// When it was first released, epoch ms.
    pub first_released_at: Option<u64>,
    /// Who carries it, or did last. Never changes once an earlier try may have been accepted.
    pub provider: Option<Carrier>,
    /// Whether a person has to say that it may go.
    pub approval: Approval,
    /// Whether it has waited for the shopper's usual hour.
    pub waited: bool,
    /// What was decided about it, the latest last.
    pub decisions: Vec<Decided>,
    /// What its provider told of it afterwards.
    pub echo: Echo,
}

impl Delivery {
    /// Decisions remembered about one delivery; a hold that repeats counts once.
    pub const MAX_DECISIONS: usize = 6;

    /// Whether it goes without the offer that it was to have.
    pub fn goes_without_offer(&self) -> bool {
        let refused = |made| {
            matches!(
                made,
                Made::Defer {
                    hold: Hold::OfferRefused,
                    ..
                }
            )
        };
        self.decisions.iter().any(|decided| refused(decided.made))
    }

    /// Writes a decision down.
    pub fn note(&mut self, decided: Decided) {
        self.waited |= decided.code() == Hold::UsualHour.code();
        if self
            .decisions
            .last()
            .is_some_and(|last| last.code() == decided.code())
        {
            self.decisions.pop();
        }
        self.decisions.push(decided);
        if self.decisions.len() > Self::MAX_DECISIONS {
            // The first decision tells which sequence was chosen; it stays.
            self.decisions.remove(1);
        }
    }
}

/// A person's word about a message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Approval {
    /// Nobody was asked.
    #[default]
    Unasked,
    /// Somebody was, and has not answered.
    Asked,
    /// It may go.
    Given,
}

/// Where a delivery stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// Waits for its time; also between two tries.
    Scheduled,
    /// A hint is in the queue; hinted again when nobody claims it.
    Queued {
        /// When the last hint was put in, epoch ms.
        hinted_at: u64,
        /// How many hints were.
        hints: u32,
    },
    /// Somebody holds the right to send it, until the lease ends.
    Released {
        /// When the lease ends, epoch ms.
        lease_until: u64,
    },
    /// The provider has accepted it.
    Sent {
        /// When, epoch ms.
        at: u64,
        /// The provider's id.
        provider_id: String,
        /// Whether that was after a stop.
        crossed: bool,
    },
    /// Not sent, and will not be.
    Skipped(Skip),
    /// Nobody knows whether the provider accepted it; it is never sent again.
    Unknown {
        /// What happened.
        code: String,
    },
    /// All tries failed, provably.
    DeadLettered {
        /// The last error.
        code: String,
    },
}

/// Why a message is not sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Skip {
    /// The shopper ordered.
    Ordered,
    /// The shopper wants no messages.
    Unsubscribed,
    /// The address does not exist.
    Bounced,
    /// The carts are empty.
    Emptied,
    /// There is no consent for the channel.
    NoConsent,
    /// There is no contact for the channel.
    NoContact,
    /// Nothing in the cart is in the shop's catalogue.
    NotInCatalogue,
    /// Held out, so that what the messages bring can be measured.
    Holdout,
    /// No sequence of the shop is for this cart.
    NoSequence,
    /// The step's condition is not met.
    ConditionUnmet,
    /// The shop has no provider for any of the step's channels.
    NoChannel,
    /// A country's rule forbids it, or caps and quiet hours would hold it for longer than a reminder is worth.
    Restrained,
    /// A person has decided against it.
    Rejected,
    /// A cart was begun, which is written about instead.
    CartBegun,
    /// What it would tell is not so any more.
    Passed,
    /// A flag that its sequence needs is off.
    FlagOff,
    /// The merchant takes the shopper for a fraud.
    Fraud,
    /// The merchant knows that the contact is not the shopper's.
    InvalidContact,
    /// The shopper has called a message spam.
    Complained,
    /// The address takes no messages for now.
    SoftBounced,
    /// The shopper has ordered a short while ago.
    RecentlyOrdered,
    /// The merchant does not want this shopper to be written to.
    Withheld,
    /// The shopper was joined to another identity, which is written to instead.
    Joined,
    /// The shopper's answer to a survey says that there is nothing left to write about.
    Silenced,
    /// The shopper has asked for no messages by this channel.
    OptedOut,
    /// What must stand in a text message is more than the shop lets one hold.
    TextTooLong,
    /// The platform has refused to make the code that it was to offer.
    OfferRefused,
    /// The shopper was erased.
    Erased,
    /// More carts name the address within a day than may, and nobody vouches for it.
    AddressLimit,
    /// The network on which the address was typed brings more of them than it may.
    NetworkLimit,
    /// The shop gets more addresses that nobody vouches for than it may.
    ShopLimit,
    /// The cart is a machine's.
    Automated,
    /// Payments fail as they do when stolen cards are tried.
    CardTesting,
}

impl Skip {
    /// The reason as one plain sentence.
    pub fn sentence(self) -> &'static str {
        match self {
            Self::Ordered => "Not sent, because the shopper has ordered.",
            Self::Unsubscribed => "Not sent, because the shopper has unsubscribed.",
            Self::Bounced => "Not sent, because the address refused an earlier message.",
            Self::Emptied => "Not sent, because the cart is empty.",
            Self::NoConsent => "Not sent, because the shopper has not agreed to be written to.",
            Self::NoContact => "Not sent, because no address is known.",
            Self::NotInCatalogue => {
                "Not sent, because nothing in the cart is in the shop's catalogue."
            }
            Self::Holdout => {
                "Not sent, because this shopper is held out, so that what the messages bring can be measured."
            }
            Self::NoSequence => "Not sent, because no sequence of the shop is for this cart.",
            Self::ConditionUnmet => "Not sent, because the step's condition is not met.",
            Self::NoChannel => {
                "Not sent, because the shop has no provider for the step's channels."
            }
            Self::Restrained => {
                "Not sent, because a rule about times forbids it for longer than a reminder is worth."
            }
            Self::Rejected => "Not sent, because a person has decided against it.",
            Self::CartBegun => "Not sent, because the shopper has begun a cart since.",
            Self::Passed => {
                "Not sent, because what it would tell has passed: the price, the stock or the cart is not as it was."
            }
            Self::FlagOff => "Not sent, because a flag that its sequence needs is off.",
            Self::Fraud => "Not sent, because the shop takes this shopper for a fraud.",
            Self::InvalidContact => {
                "Not sent, because the shop knows that the contact is not this shopper's."
            }
            Self::Complained => "Not sent, because the shopper has called a message spam.",
            Self::SoftBounced => "Not sent, because the address takes no messages for now.",
            Self::RecentlyOrdered => "Not sent, because the shopper has ordered a short while ago.",
            Self::Withheld => "Not sent, because the shop does not want this shopper written to.",
            Self::Joined => {
                "Not sent, because the shopper is the same person as another one, who is written to instead."
            }
            Self::Silenced => {
                "Not sent, because the shopper has answered that there is nothing left to write about."
            }
            Self::OptedOut => {
                "Not sent, because the shopper has asked for no messages by this channel."
            }
            Self::TextTooLong => {
                "Not sent, because the link has no room in a text of as many segments as the shop allows."
            }
            Self::OfferRefused => {
                "Not sent, because the platform refused to make the code that it was to offer."
            }
            Self::Erased => "Not sent, because the shopper was erased.",
            Self::AddressLimit => {
                "Not sent, because more carts name this address than may before somebody vouches for it."
            }
            Self::NetworkLimit => {
                "Not sent, because too many addresses were typed on one network, and nobody vouches for this one."
            }
            Self::ShopLimit => {
                "Not sent, because too many addresses were typed in this shop at once, and nobody vouches for this one."
            }
            Self::Automated => "Not sent, because a machine has filled the cart.",
            Self::CardTesting => {
                "Not sent, because payments fail here as when stolen cards are tried."
            }
        }
    }

    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::Ordered => "ordered",
            Self::Unsubscribed => "unsubscribed",
            Self::Bounced => "bounced",
            Self::Emptied => "emptied",
            Self::NoConsent => "no_consent",
            Self::NoContact => "no_contact",
            Self::NotInCatalogue => "not_in_catalogue",
            Self::Holdout => "holdout",
            Self::NoSequence => "no_sequence",
            Self::ConditionUnmet => "condition_unmet",
            Self::NoChannel => "no_channel",
            Self::Restrained => "restrained",
            Self::Rejected => "rejected",
            Self::CartBegun => "cart_begun",
            Self::Passed => "passed",
            Self::FlagOff => "flag_off",
            Self::Fraud => "fraud",
            Self::InvalidContact => "invalid_contact",
            Self::Complained => "complained",
            Self::SoftBounced => "soft_bounced",
            Self::RecentlyOrdered => "recently_ordered",
            Self::Withheld => "withheld",
            Self::Joined => "joined",
            Self::Silenced => "silenced",
            Self::OptedOut => "opted_out",
            Self::TextTooLong => "text_too_long",
            Self::OfferRefused => "offer_refused",
            Self::Erased => "erased",
            Self::AddressLimit => "address_limit",
            Self::NetworkLimit => "network_limit",
            Self::ShopLimit => "shop_limit",
            Self::Automated => "automated",
            Self::CardTesting => "card_testing",
        }
    }
}

impl State {
    /// The state's name on the wire.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Scheduled => "scheduled",
            Self::Queued { .. } => "queued",
            Self::Released { .. } => "released",
            Self::Sent { .. } => "sent",
            Self::Skipped(_) => "skipped",
            Self::Unknown { .. } => "unknown",
            Self::DeadLettered { .. } => "dead_lettered",
        }
    }

    /// Whether nothing will happen to it any more.
    pub fn is_closed(&self) -> bool {
        !matches!(
            self,
            Self::Scheduled | Self::Queued { .. } | Self::Released { .. }
        )
    }
}
