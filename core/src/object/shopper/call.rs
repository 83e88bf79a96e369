//! What can be asked of a Shopper.

use super::super::cart::{Identify, Slot};
use super::{Cause, Customer, ErrandSettings, Forget, PlanSettings, Shopper};
use crate::channel::Channel;
use crate::delivery::{DeliveryKey, Feedback, Outcome};
use crate::errand::{Ended, Errand};
use crate::flood::{Limited, Network};
use crate::ids::{CartId, ShopId, ShopperId};
use crate::news::News;
use crate::survey::Answer;
use crate::traceparent::TraceId;
use alloc::{boxed::Box, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// What can be asked of a Shopper over a message; a release takes more, see [`super::ReleaseInput`].
#[expect(
    clippy::large_enum_variant,
    reason = "one lives per call, none in a collection"
)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    /// A cart tells what became of it, with the contact that came along.
    Slot {
        /// The shop.
        shop: ShopId,
        /// The shopper.
        shopper: ShopperId,
        /// Name of the cart's object.
        object: String,
        /// The slot.
        slot: Slot,
        /// The contact.
        identify: Option<Identify>,
        /// When the cart was last said to be this shopper's, epoch ms; `None`: by a version that did not write it down.
        named_at: Option<u64>,
        /// What a plan would be made from.
        settings: PlanSettings,
        /// What else the shop wants done for whoever leaves a cart.
        errands: ErrandSettings,
    },
    /// What came of a try of an errand.
    ErrandDone {
        /// The errand, as it was handed out.
        errand: Box<Errand>,
        /// What came of it.
        ended: Ended,
    },
    /// The alarm, or a sweep.
    Wake,
    /// A consumer asks for the right to send.
    ReleaseAsked {
        /// Which delivery.
        key: DeliveryKey,
    },
    /// What became of a try.
    Outcome {
        /// Which delivery.
        key: DeliveryKey,
        /// Which try, from 1.
        attempt: u32,
        /// What became of it.
        outcome: Outcome,
        /// Waits between tries, ms.
        waits_ms: Vec<u64>,
    },
    /// The shopper wants no messages.
    Unsubscribe,
    /// The shopper wants no messages by one channel, or wants them again.
    Opt {
        /// Which.
        channel: Channel,
        /// Whether they are wanted.
        wanted: bool,
    },
    /// Reads the last word about a channel.
    WordAbout(Channel),
    /// A person has decided about a message that waits for approval.
    Approved {
        /// Which delivery.
        key: DeliveryKey,
        /// Whether it may go.
        approved: bool,
    },
    /// The desk has taken a fact, and the reports before this number.
    FactTaken {
        /// The fact's version.
        version: u64,
        /// The number after the last report that it took.
        reported: u64,
        /// What the contact was one too many for, where the fact named its network.
        limited: Option<Limited>,
    },
    /// The shopper has come by a link that was sent to the contact: it is theirs.
    Confirmed,
    /// The desk could not be told.
    FactLost {
        /// The network that it was to hear of.
        brought_by: Option<Network>,
    },
    /// Reads it.
    Read,
    /// What the message offers that a link names: the low byte of its conversation, and its step.
    Offer {
        /// The two bytes.
        ordinal: u16,
    },
    /// The desk tells of products that this shopper's carts may hold.
    News {
        /// What happened.
        news: Vec<News>,
        /// What a plan would be made from.
        settings: PlanSettings,
    },
    /// The shop tells what its own records say of this customer.
    Customer(Customer),
    /// A merchant says why the shopper is not to be written to.
    Suppress {
        /// Why.
        cause: Cause,
        /// Until when, epoch ms; `None`: until it is lifted.
        until: Option<u64>,
    },
    /// A merchant takes that back; refused where it was never said.
    Lift {
        /// What.
        cause: Cause,
    },
    /// A server says that this identity and that one are the same person: go over to it. Answered with [`super::Reply::Joining`].
    Join {
        /// Whom to go over to: the smaller id.
        into: ShopperId,
    },
    /// The winner has taken the state in.
    HandedOver {
        /// Who did.
        by: ShopperId,
        /// What the conversations' numbers were raised by.
        shift: u16,
        /// Whether no message of the winner's is on its way any more that was released before it knew.
        settled: bool,
    },
    /// Take this one in, see [`Shopper::adopt`].
    Adopt(Box<Shopper>),
    /// Reads which carts it owns.
    Carts,
    /// Reads who it is, and which carts it owns.
    Profile,
    /// The shopper has answered a survey. Refused where none is known by that name.
    Answered {
        /// What.
        answer: Answer,
        /// The survey's name in its link.
        ordinal: u16,
        /// For how long nothing is sent, ms; `None`: it is no reason to be silent.
        silence_ms: Option<u64>,
        /// What a plan would be made from.
        settings: PlanSettings,
    },
    /// The provider tells what became of a message after it took it. Refused where no such message was ever tried.
    HeardBack {
        /// Which delivery.
        key: DeliveryKey,
        /// How often it had been tried again as a dead letter, by the name under which it is told of.
        replays: u8,
        /// How it went.
        channel: Channel,
        /// What.
        feedback: Feedback,
        /// The provider's own code for what happened, or its id for what it accepted; empty where it has none.
        detail: String,
        /// When, by the provider's clock, epoch ms.
        at: u64,
    },
    /// The merchant wants a dead letter tried again. Answered with [`super::Reply::Replayed`] or [`super::Reply::NotReplayed`].
    Replay {
        /// Which delivery.
        key: DeliveryKey,
        /// Whether somebody has decided about this very one that it may go although it may have gone out before.
        despite_unknown: bool,
    },
    /// The same, said of a cart under its trace.
    Traced {
        /// Which cart.
        cart: CartId,
        /// The trace of its life.
        trace: TraceId,
        /// What is said.
        input: Box<Self>,
    },
    /// The person is to be forgotten. Answered with [`super::Reply::Erasure`].
    Erase {
        /// When that was asked for, epoch ms: it is done already where that was done since.
        asked_at: u64,
    },
    /// What came of an [`super::Effect::Forget`].
    Forgotten {
        /// It.
        forget: Box<Forget>,
        /// The carts that have forgotten.
        carts: Vec<CartId>,
        /// Whether the desk has.
        desk: bool,
    },
    /// Reads all that is held.
    Access,
    /// The shopper has said elsewhere, at a time, that they want messages by one channel: what they have said since goes before it.
    OptIn {
        /// Which.
        channel: Channel,
        /// When, by the other side's clock, epoch ms.
        at: u64,
    },
}
