//! What can happen, who is called, and who waits for the answer.

use crate::arena::Id;
use crate::browser::{Beacon, Sender};
use crate::desk::{DeskAnswer, DeskAsk, Verdict};
use crate::host::{Basket, Person, ShopperAsk};
use crate::join::Joining;
use crate::page::Page;
use crate::replay::Wish;
use homing_core::delivery::DeliveryKey;
use homing_core::object::cart::{Collected, Input as CartInput, Reply as CartReply};
use homing_core::object::shopper::Reply as ShopperReply;

/// Something that will happen.
pub(crate) enum Event {
    Deed(u32),
    Flush {
        page: Id<Page>,
        visit: u32,
    },
    Arrive(Box<Beacon>),
    Answered {
        sender: Sender,
        answer: Option<Box<Collected>>,
    },
    Call {
        to: Box<Callee>,
        back: Back,
        /// The answer will not arrive.
        lost: bool,
    },
    Back {
        to: Back,
        answer: Box<Answer>,
    },
    Alarm {
        person: Id<Person>,
        armed: u32,
        tries: u8,
    },
    Hint {
        person: Id<Person>,
        key: DeliveryKey,
    },
    Relay {
        basket: Id<Basket>,
        attempts: u32,
    },
    Sweep(u32),
    Accept {
        person: Id<Person>,
        key: DeliveryKey,
        lease_until: u64,
        /// The code that it names.
        code: Option<String>,
    },
    Report(u32),
    Click {
        person: Id<Person>,
        stopping: Stopping,
        polls: u8,
    },
    Join(Joining),
    Decide(Verdict),
    News {
        attempts: u32,
    },
    /// A shop's server tells of a basket.
    Tell(u32),
    /// What a message promises is there: it is offered.
    Offer(u32),
    /// An errand reaches its service; the service has carried it out; its answer comes back.
    Errand(u32),
    Enlist(u32),
    Returned(u32),
    /// The merchant wants a message tried again; or all those that are on a list.
    Wish(Wish),
    Wishes {
        attempts: u32,
    },
    /// Everybody is online again.
    Calm,
}

/// What ends the messages to somebody.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Stopping {
    /// They do.
    Unsubscribe,
    /// The merchant does, for one of the causes.
    Suppress { cause: u8, until: Option<u64> },
    /// They do, of notifications alone.
    Notifications,
    /// They do for a while, by an answer to a survey; `None`: the answer is another one, and stops nothing.
    Answer { until: Option<u64> },
}

/// Who is called.
#[expect(
    clippy::large_enum_variant,
    reason = "most calls are a cart's; a box for each costs more than the room"
)]
pub(crate) enum Callee {
    Cart(Id<Basket>, CartInput),
    Shopper(Id<Person>, ShopperAsk),
    Desk(DeskAsk),
}

/// Who waits for an answer.
#[derive(Clone, Copy)]
pub(crate) enum Back {
    Browser(Sender),
    Link {
        page: Id<Page>,
        generation: u8,
        epoch: u16,
    },
    Cart(u32),
    Shopper(u32),
    Consumer(u32),
    Relay {
        basket: Id<Basket>,
        attempts: u32,
    },
    Click {
        person: Id<Person>,
        stopping: Stopping,
        polls: u8,
    },
    Join(Joining),
    Decided(Verdict),
    News {
        telling: u32,
        person: Id<Person>,
    },
    Swept(Id<Person>),
    Told(u32),
    Errand(u32),
    Wished {
        wish: Wish,
        /// Of one on a list: which try of asking for it.
        listed: Option<u32>,
    },
    Nobody,
}

/// What comes back.
pub(crate) enum Answer {
    Cart(CartReply),
    Shopper(ShopperReply),
    Desk(DeskAnswer),
    /// The call failed; nobody knows how far it came.
    Failed,
}
