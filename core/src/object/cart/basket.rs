//! A shop's own basket, as its server tells of it: what is asked, and what is answered.
//!
//! The shop names its basket by a token; the cart that this names (`NameKey::basket`) is the basket's *alias*. What is told changes the
//! cart that the basket is in (see [`super::alias`]) by what is new in it: each telling is compared once with the one before it, by the
//! shop's own numbers. A telling says all that the shop knows at that moment, so one that was overtaken has nothing to say any more, but
//! that something was bought, and whose it is, where those that overtook it do not say (see [`super::naming`]): some of a platform's
//! payloads have no place for a contact.
//!
//! Whose cart it is a browser never says. The shop's server may hand on a cart's intent token, which only that cart's browser
//! holds; the first that does makes its cart the basket's. Every later one is told of orders, and of nothing else. Nor is anybody's cart
//! handed to somebody else: of another contact the basket is in another cart.

use super::{CartPlatform, Refusal, Status};
use crate::cart::{EventId, LineKey, Quantity, Replica};
use crate::contact::{Email, Phone};
use crate::ids::{CartId, ShopperId, first_16};
use crate::log::ConsentReceipt;
use alloc::{boxed::Box, string::String, vec::Vec};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// Lines, each once.
type Lines = Vec<(LineKey, Quantity)>;

/// What a shop's server tells of one basket.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Telling {
    /// The cart that the basket's token names.
    pub alias: CartId,
    /// The shop's number of this telling: a lower one that comes later is older.
    pub version: u64,
    /// When the basket became so, epoch ms.
    pub changed_at: u64,
    /// Everything that is in it, each line once; `None`: nothing is said about lines.
    pub lines: Option<Lines>,
    /// The order by which it was bought. `lines` are then what was bought; `None`: all that was there.
    pub order: Option<Purchase>,
    /// Whether it is a business buyer's quote from here on; `None`: nothing is said about that.
    pub quote: Option<bool>,
    /// Whose it is.
    pub contact: Whose,
    /// A cart whose browser has shown the shop its intent token.
    pub claim: Option<CartId>,
    /// Whether its shopper has come to it by a recovery link.
    #[serde(default)]
    pub by_link: bool,
    /// How far it has come.
    pub step: Step,
    /// Whether the basket was in another cart before it, as far as that is known: what is said of its contact is said anew.
    pub moved: bool,
    /// What a later telling held that came before it and named nobody; found on its way.
    pub later: Option<Box<Later>>,
    /// As [`super::Collect::push_every_ms`].
    pub push_every_ms: u64,
    /// Who tells.
    pub platform: CartPlatform,
}

/// The order by which a basket was bought.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Purchase {
    /// The id that it has in every cart that hears of it, so that it counts once, however often it is told.
    pub id: EventId,
    /// The shop's reference, as it may be kept.
    pub reference: String,
    /// When the edge took it first, epoch ms; `None`: nobody has yet.
    pub heard_at: Option<u64>,
}

/// How far a telling has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Step {
    /// At the alias.
    First,
    /// At the cart that the alias points to.
    Second,
    /// At the cart of whom the shop says it is.
    Behind,
    /// An order, at a cart that has something of the basket.
    PassedOn,
}

/// Whose a telling says that its basket is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Whose {
    /// It does not say: what was said before holds.
    Unsaid,
    /// Nobody's, as far as the shop knows: what an earlier one says that comes later is not true any more.
    Nobody,
    /// This one's.
    Of(Introduction),
}

/// What a basket held by a telling of which another cart has to hear.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Later {
    /// As in that telling.
    pub(super) version: u64,
    pub(super) changed_at: u64,
    pub(super) lines: Option<Lines>,
    pub(super) quote: Option<bool>,
    /// An order that was told by then, and the number of its telling.
    pub(super) order: Option<(u64, Purchase)>,
}

/// A contact on its way through to the Shopper. Never kept in a cart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Introduction {
    /// The keyed hash of the contact.
    pub shopper: ShopperId,
    /// The address.
    pub email: Option<Email>,
    /// The number.
    pub phone: Option<Phone>,
    /// What was agreed to.
    pub consent: Option<ConsentReceipt>,
    /// When that was said, epoch ms. `None`: the shop does not know; it counts as of the first telling that says so.
    pub agreed_at: Option<u64>,
}

/// What a cart answers to a telling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Heard {
    /// It was for this cart.
    Taken(Taken),
    /// The alias points to another cart.
    Elsewhere {
        /// Which.
        cart: CartId,
        /// Carts that have to hear of an order as well.
        also: Vec<CartId>,
    },
    /// It is for the cart of whom the shop says it is.
    Behind {
        /// Which.
        cart: CartId,
        /// Whether the basket goes over to it by this telling.
        moved: bool,
        /// What a later telling held that has come before it.
        later: Option<Box<Later>>,
    },
    /// An order by somebody else than this cart speaks for; nothing was taken.
    BoundElsewhere {
        /// Carts that have to hear of it as well.
        also: Vec<CartId>,
    },
}

/// A telling that a cart has taken.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Taken {
    /// The cart.
    pub cart: CartId,
    /// Its epoch.
    pub epoch: u32,
    /// What became of it.
    pub status: Status,
    /// Carts that have to hear of an order as well.
    pub also: Vec<CartId>,
    /// When the basket's last order was taken, epoch ms.
    pub ordered_at: Option<u64>,
    /// Whether the order, if there is one, counts and the contact has arrived. Otherwise it has to be told again.
    pub in_force: bool,
    /// Events that are not in force before others have heard of them.
    pub(super) waits: Vec<EventId>,
    /// A later telling had come before: its lines were not looked at. Its contact was, unless a later one had said whose the basket is.
    pub stale: bool,
    /// Variants that could not be put in.
    pub refused: Vec<(String, Refusal)>,
}

/// A basket that tells a cart its lines.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Source {
    pub(super) alias: CartId,
    /// Names the events that come from it.
    pub(super) replica: Replica,
    pub(super) counter: u32,
    pub(super) version: u64,
    /// What the last telling held.
    pub(super) held: Vec<Held>,
    pub(super) introduced: Option<Introduced>,
    /// When its own last order was taken, epoch ms.
    pub(super) ordered_at: Option<u64>,
    /// Whose it is, where this cart speaks for somebody else; since which telling.
    pub(super) link: Option<ShopperId>,
    pub(super) linked_by: u64,
    /// The latest telling that went on to that one's cart.
    pub(super) passed_on: u64,
    /// The carts of all whose it was.
    pub(super) also: Vec<CartId>,
}

/// A line as the last telling held it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Held {
    pub(super) line: LineKey,
    pub(super) qty: Quantity,
    /// The adds that were behind it in this cart.
    pub(super) dots: Vec<EventId>,
}

/// Who was introduced last, and by which event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Introduced {
    pub(super) id: EventId,
    pub(super) shopper: ShopperId,
    pub(super) consent: Option<ConsentReceipt>,
    /// When that was said, where the shop knows.
    pub(super) agreed_at: Option<u64>,
    /// The telling that said so first, and when the latest did, epoch ms.
    pub(super) since: u64,
    pub(super) last_said_at: u64,
    /// Whether that is the no of something that was said before.
    pub(super) is_anew: bool,
}

impl Telling {
    /// Most lines in one basket.
    pub const MAX_LINES: usize = 500;

    /// The number of the latest telling of which it brings the contents.
    pub(super) fn latest(&self) -> u64 {
        self.later
            .as_ref()
            .map_or(self.version, |later| later.version)
    }

    /// When the basket became what it is by then, epoch ms; its lines, and whether it is a quote, where anything is said of that.
    pub(super) fn contents(&self) -> (u64, Option<&Lines>, Option<bool>) {
        match &self.later {
            Some(later) => (
                later.changed_at,
                later.lines.as_ref().or(self.lines.as_ref()),
                later.quote.or(self.quote),
            ),
            None => (self.changed_at, self.lines.as_ref(), self.quote),
        }
    }
}

impl Whose {
    /// Who is named.
    pub fn named(&self) -> Option<&Introduction> {
        match self {
            Self::Of(named) => Some(named),
            Self::Unsaid | Self::Nobody => None,
        }
    }

    /// The Shopper of whoever is named.
    pub fn shopper(&self) -> Option<ShopperId> {
        self.named().map(|named| named.shopper)
    }

    /// Whether anything is said of it.
    pub fn is_said(&self) -> bool {
        *self != Self::Unsaid
    }
}

impl Purchase {
    /// The order that the shop calls `reference`; `kept` is what may be kept of that.
    pub fn new(alias: CartId, reference: &str, kept: String) -> Self {
        Self {
            id: EventId {
                replica: named(b"homing/order/v1", alias, reference.as_bytes()),
                counter: 1,
            },
            reference: kept,
            heard_at: None,
        }
    }
}

impl Source {
    /// Baskets that a cart remembers; the one that told nothing for longest is forgotten first.
    pub(super) const MAX: usize = 4;

    /// A basket of which a cart with `seq` events in its log hears for the first time, or again after it was forgotten.
    pub(super) fn new(alias: CartId, seq: u64) -> Self {
        Self {
            alias,
            replica: named(b"homing/source/v1", alias, &seq.to_be_bytes()),
            counter: 0,
            version: 0,
            held: Vec::new(),
            introduced: None,
            ordered_at: None,
            link: None,
            linked_by: 0,
            passed_on: 0,
            also: Vec::new(),
        }
    }

    /// The id of its next event.
    pub(super) fn next(&mut self) -> EventId {
        self.counter = self.counter.saturating_add(1);
        EventId {
            replica: self.replica,
            counter: self.counter,
        }
    }

    /// Whether it has said something about an add.
    pub(super) fn told(&self, id: EventId) -> bool {
        id.replica == self.replica || self.held.iter().any(|held| held.dots.contains(&id))
    }

    /// Whether an old telling shows that the no that was last said by the telling `said_by` was said anew: something else was said in
    /// between, of which the cart hears only now. A yes is not: that it is as old as the first time is the safe side.
    pub(super) fn is_anew_by(&self, telling: &Telling, said_by: u64) -> bool {
        let (Some(known), Some(between)) = (&self.introduced, telling.contact.named()) else {
            return false;
        };
        let is_no = known.consent.as_ref().is_some_and(ConsentReceipt::says_no);
        let is_other = known.shopper != between.shopper || !known.says(between);
        let is_between = telling.version > known.since && telling.version < said_by;
        is_no && known.agreed_at.is_none() && between.consent.is_some() && is_other && is_between
    }

    /// Whether somebody was named whose it is.
    pub(super) fn has_an_owner(&self) -> bool {
        self.introduced.is_some() || self.link.is_some()
    }

    pub(super) fn held(&self, line: &LineKey) -> Option<&Held> {
        self.held.iter().find(|held| held.line == *line)
    }
}

impl Introduced {
    /// Whether a telling says the same of consent.
    pub(super) fn says(&self, contact: &Introduction) -> bool {
        self.consent == contact.consent && self.agreed_at == contact.agreed_at
    }

    /// What the Shopper hears of it.
    pub(super) fn said(&self) -> Option<ConsentReceipt> {
        let consent = self.consent.as_ref();
        if self.is_anew {
            consent.and_then(ConsentReceipt::refusal)
        } else {
            consent.cloned()
        }
    }
}

/// The name under which something of a basket writes events.
fn named(label: &[u8], alias: CartId, of: &[u8]) -> Replica {
    let digest = Sha256::new()
        .chain_update(label)
        .chain_update(alias.0)
        .chain_update(of)
        .finalize();
    let [a, b, c, d, e, f, g, h, ..] = first_16(&digest);
    Replica(u64::from_be_bytes([a, b, c, d, e, f, g, h]))
}
