//! What an entry of the log says.

use crate::cart::{Dot, EventId, Op};
use crate::ids::{CartId, ShopperId};
use crate::object::codec;
use crate::traceparent::TraceId;
use alloc::{collections::BTreeMap, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// A sequenced event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Record {
    /// The event's id; `None` for what the edge itself noted.
    pub id: Option<EventId>,
    /// When the browser says that it happened, epoch ms.
    pub at: u64,
    /// When the edge took it, epoch ms.
    pub taken_at: u64,
    /// What happened.
    pub what: What,
    /// The trace under which the cart's life began: with the first event of that, and with the order that ends it. Written only where
    /// there is one, so that the bytes of all other records are as they always were.
    #[serde(
        default,
        deserialize_with = "codec::or_default",
        skip_serializing_if = "Option::is_none"
    )]
    pub trace: Option<TraceId>,
}

/// What can be in a cart's log. No contact, ever: those stay in the Shopper.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum What {
    /// Lines changed.
    Lines(Op),
    /// An order; covers the dots that it names.
    Order {
        /// What was bought.
        dots: Vec<Dot>,
        /// The shop's reference.
        order: String,
    },
    /// This cart began as a copy of another.
    Fork {
        /// The other cart.
        parent: CartId,
        /// The adds that were copied.
        dots: Vec<Dot>,
        /// The generation of the link that led here.
        generation: u8,
        /// Whether the browser already had lines of its own.
        merged: bool,
    },
    /// An order was placed on a fork of this cart.
    ForkOrdered {
        /// The adds that the fork had copied.
        dots: Vec<Dot>,
        /// The fork.
        fork: CartId,
    },
    /// Links to this cart were made worthless; the generation that counts from here on.
    Revoked {
        /// The new generation.
        generation: u8,
    },
    /// The page and device changed.
    Page(PageContext),
    /// A product was looked at.
    View {
        /// Which.
        variant: String,
        /// How long, ms.
        dwell_ms: u64,
    },
    /// The shopper was about to leave.
    Exit {
        /// The signal.
        how: String,
    },
    /// The checkout moved.
    Checkout {
        /// Where to.
        stage: Stage,
        /// How long the stage took to answer, ms.
        latency_ms: Option<u64>,
        /// The error's code when it failed.
        code: Option<String>,
    },
    /// The cart belongs to a shopper.
    Identified {
        /// Who: a keyed hash, not a contact.
        shopper: ShopperId,
        /// What was agreed to.
        consent: Option<ConsentReceipt>,
    },
    /// The cart became a business buyer's quote, or is none any more.
    Quote {
        /// Whether it is one.
        quote: bool,
    },
    /// The cart's browser has said something of notifications.
    Push {
        /// Whose cart it is: a keyed hash.
        shopper: ShopperId,
        /// Whether the browser takes them.
        here: bool,
        /// What was agreed to; `None`: nothing new.
        agreed: Option<bool>,
        /// Version of the wording.
        wording: String,
        /// Path of the page.
        page: String,
    },
}

/// The stages of a checkout.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// The checkout was opened.
    Started,
    /// The contact is being given.
    Contact,
    /// Shipping is being chosen.
    Shipping,
    /// The price is being calculated.
    Price,
    /// A payment was started.
    PaymentStarted,
    /// A payment failed.
    PaymentFailed,
    /// A payment succeeded.
    PaymentSucceeded,
}

impl Stage {
    /// Parses a stage's name as it stands on the wire.
    pub fn parse(text: &str) -> Option<Self> {
        Some(match text {
            "started" => Self::Started,
            "contact" => Self::Contact,
            "shipping" => Self::Shipping,
            "price" => Self::Price,
            "payment_started" => Self::PaymentStarted,
            "payment_failed" => Self::PaymentFailed,
            "payment_succeeded" => Self::PaymentSucceeded,
            _ => return None,
        })
    }
}

/// A receipt for a consent: which words were agreed to, where.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "Stored", into = "Stored")]
pub struct ConsentReceipt {
    /// Agreed to email; `None` when not asked.
    pub email: Option<bool>,
    /// Agreed to SMS; `None` when not asked.
    pub sms: Option<bool>,
    /// Agreed that the contact is given, hashed, to advertising services; `None` when not asked.
    pub ads: Option<bool>,
    /// Version of the wording.
    pub wording: String,
    /// Path of the page.
    pub page: String,
}

/// A receipt as it is stored. Receipts from before there was advertising have to keep their bytes, which hashes cover.
#[derive(Serialize, Deserialize)]
struct Stored {
    email: Option<bool>,
    rest: StoredRest,
    wording: String,
    page: String,
}

/// What was said beside email. The first two are written as an `Option<bool>` is.
#[derive(Serialize, Deserialize)]
enum StoredRest {
    Nothing,
    Sms(bool),
    Ads(bool),
    Both(bool, bool),
}

impl From<ConsentReceipt> for Stored {
    fn from(receipt: ConsentReceipt) -> Self {
        let rest = match (receipt.sms, receipt.ads) {
            (None, None) => StoredRest::Nothing,
            (Some(sms), None) => StoredRest::Sms(sms),
            (None, Some(ads)) => StoredRest::Ads(ads),
            (Some(sms), Some(ads)) => StoredRest::Both(sms, ads),
        };
        Self {
            email: receipt.email,
            rest,
            wording: receipt.wording,
            page: receipt.page,
        }
    }
}

impl From<Stored> for ConsentReceipt {
    fn from(stored: Stored) -> Self {
        let (sms, ads) = match stored.rest {
            StoredRest::Nothing => (None, None),
            StoredRest::Sms(sms) => (Some(sms), None),
            StoredRest::Ads(ads) => (None, Some(ads)),
            StoredRest::Both(sms, ads) => (Some(sms), Some(ads)),
        };
        Self {
            email: stored.email,
            sms,
            ads,
            wording: stored.wording,
            page: stored.page,
        }
    }
}

impl ConsentReceipt {
    /// Whether anything was declined.
    pub fn says_no(&self) -> bool {
        [self.email, self.sms, self.ads].contains(&Some(false))
    }

    /// What of it was declined, without what was agreed to.
    pub fn refusal(&self) -> Option<Self> {
        let no = |answer: Option<bool>| answer.filter(|agreed| !agreed);
        self.says_no().then(|| Self {
            email: no(self.email),
            sms: no(self.sms),
            ads: no(self.ads),
            ..self.clone()
        })
    }
}

/// The page and device that a cart was last changed from.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PageContext {
    /// `desktop`, `phone` or `tablet`.
    pub device: Option<String>,
    /// IANA time zone.
    pub tz: Option<String>,
    /// BCP 47 locale.
    pub locale: Option<String>,
    /// ISO 4217 code.
    pub currency: Option<String>,
    /// Origin of the referring page.
    pub referrer: Option<String>,
    /// UTM parameters without their prefix.
    pub utm: BTreeMap<String, String>,
}

impl PageContext {
    /// What a visit counts as coming from that began with a recovery link: the SDK says so in `utm`.
    pub const LINK_SOURCE: &str = "homing";

    /// Whether this visit began with a recovery link.
    pub fn came_by_link(&self) -> bool {
        self.utm.get("source").map(String::as_str) == Some(Self::LINK_SOURCE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::object::codec;

    /// Receipts as they were before anybody was asked about advertising.
    #[derive(Serialize)]
    struct Before {
        email: Option<bool>,
        sms: Option<bool>,
        wording: &'static str,
        page: &'static str,
    }

    #[test]
    fn receipts_keep_the_bytes_that_they_had_before_advertising() {
        let answers = [None, Some(false), Some(true)];
        for (email, sms, ads) in answers
            .into_iter()
            .flat_map(|email| answers.map(|sms| (email, sms)))
            .flat_map(|(email, sms)| answers.map(|ads| (email, sms, ads)))
        {
            let receipt = ConsentReceipt {
                email,
                sms,
                ads,
                wording: String::from("w1"),
                page: String::from("/"),
            };
            let bytes = codec::encode(&receipt).unwrap();
            assert_eq!(codec::decode::<ConsentReceipt>(&bytes).unwrap(), receipt);
            if ads.is_none() {
                let (wording, page) = ("w1", "/");
                let before = Before {
                    email,
                    sms,
                    wording,
                    page,
                };
                assert_eq!(bytes, codec::encode(&before).unwrap());
            }
        }
    }
}
