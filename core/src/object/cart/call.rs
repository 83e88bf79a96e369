//! What can be asked of a Cart, what it wants done, and what it answers.

use super::{Account, Heard, Look, Telling};
use crate::cart::{Change, Dot, EventId, Hlc, LineView, Placed};
use crate::contact::{Email, Phone};
use crate::flood::{Doubt, Voice};
use crate::ids::{CartId, ShopId, ShopperId};
use crate::log::{ConsentReceipt, Entry, Hash, PageContext, Stage, What};
use crate::news::Marks;
use crate::push::Pushed;
use crate::traceparent::TraceId;
use alloc::{boxed::Box, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// The last order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ordered {
    /// The epoch that it closed.
    pub epoch: u32,
    /// When the edge took it, epoch ms.
    pub at: u64,
    /// Whether the shopper had come by a recovery link.
    pub recovered: bool,
}

/// What a Shopper knows of a cart without asking. One slot, overwritten; a lower version is ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Which cart.
    pub cart: CartId,
    /// The cart's sequence number.
    pub version: u64,
    /// The cart's epoch.
    pub epoch: u32,
    /// What became of it.
    pub status: Status,
    /// Last activity of the shopper, epoch ms.
    pub last_activity_at: u64,
    /// How far the checkout went in this epoch.
    pub stage: Option<Stage>,
    /// The last order.
    pub ordered: Option<Ordered>,
    /// Whether it is a business buyer's quote.
    pub quote: bool,
    /// What was looked at and not put in.
    pub look: Option<Look>,
    /// The variants that it holds, as marks.
    pub marks: Marks,
}

/// What became of a cart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It has lines.
    Open,
    /// It has none.
    Empty,
    /// It has none because they were bought.
    Ordered,
}

/// What a browser sent, checked and typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collect {
    /// The shop.
    pub shop: ShopId,
    /// The cart that the browser's secret names.
    pub cart: CartId,
    /// Where the browser's base stands.
    pub seen: u64,
    /// What the page is.
    pub page: Option<PageContext>,
    /// What happened, oldest first.
    pub events: Vec<Incoming>,
    /// Who the shopper says to be.
    pub identify: Option<Identify>,
    /// A no to being written to that was said before that, in the same request, of another contact: it counts where the cart speaks
    /// for that one.
    pub withdrawn: Option<Identify>,
    /// What the edge has refused already.
    pub refused: Vec<(EventId, Refusal)>,
    /// Push the slot again when the last push is older than this, ms. A pause as long counts as leaving.
    pub push_every_ms: u64,
    /// The shortest look at a product that a sequence of the shop cares for, ms; `None`: none does.
    pub look_ms: Option<u64>,
    /// Whether the cart began from a recovery link in this very request.
    pub by_link: bool,
    /// Why the edge does not take it for a shopper's.
    pub doubt: Option<Doubt>,
}

/// One event from a browser; [`What::Identified`] and [`What::Page`] come by their own ways.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incoming {
    /// Its id.
    pub id: EventId,
    /// When it happened, corrected by the browser's skew, epoch ms.
    pub at: u64,
    /// What happened.
    pub what: What,
}

/// A contact on its way through to the Shopper. Never kept here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identify {
    /// The event's id.
    pub id: EventId,
    /// When that word was said, epoch ms.
    pub at: u64,
    /// When the contact was told, epoch ms, where that is another time: a shop's server tells today of what somebody agreed to before.
    pub told_at: Option<u64>,
    /// The keyed hash of the contact.
    pub shopper: ShopperId,
    /// The address.
    pub email: Option<Email>,
    /// The number.
    pub phone: Option<Phone>,
    /// What was agreed to.
    pub consent: Option<ConsentReceipt>,
    /// What was said of notifications instead.
    pub push: Option<Pushed>,
    /// What the same person said before it in the same request, in its order. Each word keeps its own time: what is repeated here
    /// must not count as said anew.
    pub earlier: Vec<Word>,
    /// Who says so.
    pub voice: Voice,
}

/// What somebody agreed to at one time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    /// The event's id.
    pub id: EventId,
    /// When, epoch ms.
    pub at: u64,
    /// What.
    pub consent: Option<ConsentReceipt>,
    /// Or what of notifications.
    pub push: Option<Pushed>,
}

/// What can be asked of a Cart.
#[expect(
    clippy::large_enum_variant,
    reason = "one lives per call, none in a collection"
)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    /// Events from the browser that owns it.
    Collect(Collect),
    /// A shop's own basket, as its server tells of it.
    Tell(Box<Telling>),
    /// An order on a fork of it.
    ForkOrdered {
        /// The shop.
        shop: ShopId,
        /// This cart.
        cart: CartId,
        /// The fork.
        fork: CartId,
        /// The cart in which somebody placed the order: the fork, or one further down.
        origin: CartId,
        /// The order, as that cart tells it.
        ordered: Ordered,
        /// The adds that the fork had copied.
        dots: Vec<Dot>,
        /// The link generation by which it became a fork.
        generation: u8,
    },
    /// Makes every link to this cart worthless.
    Revoke,
    /// Tries again what others have not acknowledged.
    Settle,
    /// The Shopper has taken a slot; `settled` once no message is on its way any more.
    SlotTaken {
        /// The slot's version.
        version: u64,
        /// Whether its stop is in force.
        settled: bool,
        /// The event whose contact went with it.
        identified: Option<EventId>,
    },
    /// The parent has taken the fork's order.
    ParentTook {
        /// The order.
        ordered: Ordered,
    },
    /// Reads it.
    Read,
    /// Reads it as its merchant does.
    Account,
    /// Reads the log's open end; its pages are with the host.
    ReadLog,
    /// The same under a trace.
    Traced(TraceId, Box<Self>),
    /// It was one of these people's, who are erased. The host erases the log's pages.
    Forget {
        /// The person's identities.
        people: Vec<ShopperId>,
        /// When they were erased, epoch ms: the erasure's name.
        at: u64,
    },
}

/// What a Cart wants done.
#[expect(
    clippy::large_enum_variant,
    reason = "a step makes two at most, and nearly all are the large one"
)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// Tell the Shopper; answer with [`Input::SlotTaken`].
    Push {
        /// Whom.
        shopper: ShopperId,
        /// What.
        slot: Slot,
        /// The contact that came with it.
        identify: Option<Identify>,
        /// When this cart was last said to be theirs, epoch ms; `None`: by a version that did not write it down.
        named_at: Option<u64>,
    },
    /// Tell the cart that this one was copied from; answer with [`Input::ParentTook`].
    TellParent {
        /// Whom.
        parent: CartId,
        /// The cart in which somebody placed the order.
        origin: CartId,
        /// The order, as that cart tells it.
        ordered: Ordered,
        /// The adds that were copied.
        dots: Vec<Dot>,
        /// The link generation by which this cart became a fork.
        generation: u8,
    },
}

/// What a Cart answers.
#[expect(
    clippy::large_enum_variant,
    reason = "one lives per call, none in a collection"
)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// To [`Input::Collect`].
    Collected(Collected),
    /// To [`Input::Tell`].
    Told(Box<Heard>),
    /// To [`Input::Read`].
    Snapshot(Snapshot),
    /// To [`Input::Account`].
    Account(Box<Account>),
    /// To [`Input::ForkOrdered`], of an order that is known here and being told on: it has gone round a ring of forks. Counts as
    /// taken; waiting for more would be waiting for oneself.
    ComeRound,
    /// To the rest: whether nothing is owed to anybody.
    Done {
        /// Nothing is owed.
        settled: bool,
    },
    /// To [`Input::ReadLog`].
    LogEnd(LogEnd),
}

/// A log's open end. Its pages are numbered from 0 and come before the tail; they do not change when the log grows, so they may
/// be read afterwards, one by one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEnd {
    /// Entries in pages and tail together; 0 for a cart that nobody has written to.
    pub entries: u64,
    /// The newest entry's hash.
    pub head: Hash,
    /// How many pages there are.
    pub pages: u32,
    /// The entries behind the last page, oldest first.
    pub tail: Vec<Entry>,
}

/// What the browser learns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collected {
    /// In the log, and in force.
    pub acked: Vec<EventId>,
    /// Never to be taken, with a stable code.
    pub refused: Vec<(EventId, Refusal)>,
    /// The cart's sequence number.
    pub seq: u64,
    /// Its epoch.
    pub epoch: u32,
    /// Its link generation.
    pub generation: u8,
    /// Whether `changes` is everything.
    pub full: bool,
    /// What the browser did not know.
    pub changes: Vec<Change>,
    /// Its clock.
    pub clock: Hlc,
    /// The cart speaks for another contact.
    pub rebind: bool,
    /// Whether the cart ever held a line.
    pub meaningful: bool,
    /// Whether a Shopper watches it.
    pub bound: bool,
}

/// Why an event will never be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// Too many lines.
    CartFull,
    /// Too many browsers, or too many gaps in one's numbers.
    IdsExhausted,
    /// The cart already speaks for another contact.
    BoundElsewhere,
    /// Only a cart's first event may say that it is a fork, and not of itself.
    NotAFork,
    /// The token that a fork names is not valid any more.
    ForkToken,
    /// A later event of the same request says who the shopper is.
    Superseded,
    /// The cart has heard of an order of this name: it counts once.
    OrderKnown,
    /// The shop sends no notifications.
    NoPush,
}

impl Refusal {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::CartFull => "cart_full",
            Self::IdsExhausted => "event_ids_exhausted",
            Self::BoundElsewhere => "cart_bound_elsewhere",
            Self::NotAFork => "fork_not_first",
            Self::ForkToken => "fork_token_invalid",
            Self::Superseded => "superseded",
            Self::OrderKnown => "order_known",
            Self::NoPush => "push_off",
        }
    }
}

impl From<Placed> for Refusal {
    fn from(placed: Placed) -> Self {
        match placed {
            Placed::Full => Self::CartFull,
            Placed::Unseen(_) => Self::IdsExhausted,
        }
    }
}

/// A cart as others see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// What the Shopper knows of it.
    pub slot: Slot,
    /// Its link generation: tokens of another one are revoked.
    pub generation: u8,
    /// Its live lines.
    pub lines: Vec<LineView>,
    /// Where it was last changed from.
    pub page: PageContext,
    /// The log's head.
    pub head: [u8; 32],
    /// Events in the log.
    pub entries: u64,
    /// Who watches it.
    pub shopper: Option<ShopperId>,
    /// The code of the payment that failed last, while the checkout stands there.
    pub payment_error: Option<String>,
    /// The trace of its life, or of the one that ended last.
    pub trace: Option<TraceId>,
    /// Why it is not taken for a shopper's.
    pub doubt: Option<Doubt>,
}
