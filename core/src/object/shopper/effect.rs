//! What a Shopper wants done.

use super::{Exposure, Forget, Shopper};
use crate::delivery::DeliveryKey;
use crate::errand::Errand;
use crate::experiment::Exposed;
use crate::flood::Network;
use crate::ids::ShopperId;
use crate::news::Marks;
use alloc::{boxed::Box, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// What a Shopper wants done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// Put a hint into the queue. Carries ids, never people.
    Hint {
        /// Which delivery.
        key: DeliveryKey,
    },
    /// Tell the desk; answer with [`super::Input::FactTaken`] or [`super::Input::FactLost`].
    TellDesk {
        /// The fact's version.
        version: u64,
        /// The next wake-up, epoch ms.
        next_at: Option<u64>,
        /// What the shopper counts as in what is measured.
        exposure: Option<Exposure>,
        /// What they count as in experiments and by flags.
        arms: Vec<Exposed>,
        /// What a person should see.
        reports: Vec<Report>,
        /// The number after the last of them.
        reported: u64,
        /// The variants whose news this shopper may want to hear.
        watched: Marks,
        /// The network that has brought the contact, where nobody vouches for it and the desk has not heard.
        brought_by: Option<Network>,
    },
    /// Do an errand; answer with [`super::Input::ErrandDone`].
    Errand(Box<Errand>),
    /// Hand this Shopper over; answer with [`super::Input::HandedOver`]. Who does not answer is asked again.
    HandOver {
        /// To whom.
        to: ShopperId,
        /// What it knows.
        state: Box<Shopper>,
    },
    /// Have others forget a person; answer with [`super::Input::Forgotten`]. Who does not answer is asked again.
    Forget(Box<Forget>),
}

/// Something that a person should see.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Which delivery.
    pub key: DeliveryKey,
    /// `unknown`, `dead_lettered`, `awaiting_approval`, `approved`, `rejected`, `withdrawn`, `bounced`, `complained` or `answered`; of what
    /// was tried again also `replayed`, `sent` or `skipped`; `audience_failed`, `alert_failed` or `alert_unknown` of an errand, whose key has
    /// the conversation 0 and its service's place in the table as step.
    pub state: String,
    /// What happened.
    pub code: String,
    /// When, epoch ms.
    pub at: u64,
}
