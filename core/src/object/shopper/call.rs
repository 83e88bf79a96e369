//! What can be asked of a Shopper, what it wants done, and what it answers.

use super::super::cart::{Identify, Slot, Snapshot};
use super::{
    Cause, ChannelWord, Customer, ErrandSettings, Exposure, NumberWord, PlanSettings, Profile,
    Shopper, ViewAlert, ViewMembership, ViewRefusal, ViewSuppression,
};
use crate::catalogue::Product;
use crate::channel::Channel;
use crate::delivery::{DeliveryKey, Echo, Feedback, Frozen, Outcome, Provider};
use crate::errand::{Ended, Errand};
use crate::experiment::{Draws, Exposed};
use crate::ids::{CartId, ShopId, ShopperId};
use crate::keys::MasterKeys;
use crate::news::{Marks, News};
use crate::platform::api::NewCode;
use crate::sequence::Offer;
use crate::shop::{Carrier, ShopConfig};
use crate::survey::Answer;
use crate::traceparent::TraceId;
use alloc::{boxed::Box, collections::BTreeMap, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// A cart that this shopper owns.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bound {
    /// Name of the cart's object.
    pub object: String,
    /// The latest that is known of it.
    pub slot: Slot,
    /// The epoch about which the shopper has had a whole conversation: none is begun about it again.
    pub conversed: Option<u32>,
    /// The latest visit whose look the shopper has had a message about, epoch ms: none is sent about it again.
    pub looked: Option<u64>,
}

/// What can be asked of a Shopper over a message; a release takes more, see [`ReleaseInput`].
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
    },
    /// The desk could not be told.
    FactLost,
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
    /// A server says that this identity and that one are the same person: go over to it. Answered with [`Reply::Joining`].
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
    /// The merchant wants a dead letter tried again. Answered with [`Reply::Replayed`] or [`Reply::NotReplayed`].
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
}

/// What a Shopper wants done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Effect {
    /// Put a hint into the queue. Carries ids, never people.
    Hint {
        /// Which delivery.
        key: DeliveryKey,
    },
    /// Tell the desk; answer with [`Input::FactTaken`] or [`Input::FactLost`].
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
    },
    /// Do an errand; answer with [`Input::ErrandDone`].
    Errand(Box<Errand>),
    /// Hand this Shopper over; answer with [`Input::HandedOver`]. Who does not answer is asked again.
    HandOver {
        /// To whom.
        to: ShopperId,
        /// What it knows.
        state: Box<Shopper>,
    },
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

/// What a Shopper answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// To a slot or a stop.
    Taken {
        /// Whether no message is on its way.
        settled: bool,
    },
    /// To a consumer: what a decision needs.
    Need(Need),
    /// To a consumer: not now, or not at all.
    Refused(Refused),
    /// To a consumer: send this.
    Go(Release),
    /// To [`Input::Read`].
    View(View),
    /// To [`Input::WordAbout`].
    Word(Option<ChannelWord>),
    /// To [`Input::Offer`].
    Offer(Option<Offer>),
    /// To the rest.
    Done,
    /// To [`Input::Join`].
    Joining {
        /// Whom it goes over to: not who was asked for where another join came first.
        winner: ShopperId,
        /// Whether it is over there, and in force.
        settled: bool,
    },
    /// It is going over to another one at this moment; ask again.
    Handing,
    /// It has gone over: ask this one instead.
    Elsewhere {
        /// Whom.
        shopper: ShopperId,
        /// What.
        input: Box<Input>,
    },
    /// To an adoption.
    Adopted {
        /// Who took it in.
        by: ShopperId,
        /// What the conversations' numbers were raised by.
        shift: u16,
        /// Whether no message is on its way that was released before.
        settled: bool,
    },
    /// To [`Input::Carts`]: their ids and their objects' names, by id.
    Carts(Vec<(CartId, String)>),
    /// To [`Input::Profile`].
    Profile(Box<Profile>),
    /// To [`Input::Replay`]: it is tried again, if everything that is asked before a message goes still says so.
    Replayed,
    /// To [`Input::Replay`]: why not, as a stable code.
    NotReplayed(String),
    /// To a release: it would go as a notification to a push service that rests.
    Rests {
        /// The push service's host.
        service: String,
    },
}

/// What a release needs to be decided: the carts as they are now.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Need {
    /// Ids and object names of the carts to read.
    pub carts: Vec<(CartId, String)>,
    /// Variants of which it has to know the product, beside those in the carts.
    pub products: Vec<String>,
}

/// Why a consumer may not send.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refused {
    /// There is no such delivery, or nothing will happen to it any more.
    Closed,
    /// Somebody else holds the lease.
    InFlight,
    /// Its time has not come, or has been put off.
    NotDue,
    /// Whoever could carry it rests.
    Resting,
    /// It would go as a text, and nobody has said yet what was said by text from the shopper's number: ask once more with that.
    NumberUnheard,
}

/// The right to send one message, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Release {
    /// Which try, from 1.
    pub attempt: u32,
    /// Through whom.
    pub provider: Carrier,
    /// Until when, epoch ms: the consumer gives up before.
    pub lease_until: u64,
    /// The message.
    pub message: Frozen,
    /// The trace of the cart that it shows.
    pub trace: Option<TraceId>,
    /// The code that it names and that has to be there before it is sent, where it names one of its own.
    pub code: Option<NewCode>,
}

/// What a release is decided on.
#[derive(Debug)]
pub struct ReleaseInput<'a> {
    /// Which delivery.
    pub key: DeliveryKey,
    /// The carts as they are now; `None` for one that could not be read.
    pub carts: &'a [(CartId, Option<Snapshot>)],
    /// The catalogue's entries for their lines, by variant.
    pub products: &'a BTreeMap<String, Product>,
    /// The shop.
    pub config: &'a ShopConfig,
    /// Signs the message's links.
    pub keys: &'a MasterKeys,
    /// Where the links lead: this deployment's own address.
    pub public_url: &'a str,
    /// What was said about text messages by whoever has the shopper's number.
    pub word: NumberWord,
    /// Whether the shopper is held out, see [`crate::shop::ShopConfig::holdout_bp`]: whether any of its identities is.
    pub held_out: bool,
    /// Whether it counts among the held out in what is measured, see [`crate::experiment::Standing`].
    pub counts_as_held: bool,
    /// The shopper's arms and flags.
    pub draws: &'a Draws,
    /// Providers that nothing is to be released to for now.
    pub resting: &'a [Provider],
    /// Push services, by host, that nothing is to be released to for now.
    pub resting_services: &'a [String],
    /// What the shop's platform says of the customer, where it was asked: what the shop itself has told goes before it.
    pub customer: Option<&'a Customer>,
}

/// A shopper without its contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct View {
    /// The shopper's id: who speaks for all of its identities.
    pub shopper: String,
    /// The ids of its other identities.
    pub joined: Vec<String>,
    /// Whether anything is known of it.
    pub known: bool,
    /// What was or will be sent, oldest first.
    pub deliveries: Vec<ViewDelivery>,
    /// Steps of the plan that follow, if nothing changes.
    pub upcoming: Vec<ViewDelivery>,
    /// Why nothing is sent any more, or for now: of several causes the one that lasts longest.
    pub suppressed: Option<String>,
    /// All of them, the oldest first.
    pub suppressions: Vec<ViewSuppression>,
    /// Whether email is consented to.
    pub consent_email: bool,
    /// Whether text messages are consented to.
    pub consent_sms: bool,
    /// Whether notifications are consented to.
    pub consent_push: bool,
    /// How many browsers take notifications.
    pub browsers: usize,
    /// Channels that were left, or that do not reach the shopper.
    pub refused: Vec<ViewRefusal>,
    /// The customer's tier, as the shop has told it.
    pub tier: Option<String>,
    /// The sequence under way, with its version; `None` before one is chosen.
    pub sequence: Option<(String, u32)>,
    /// Whether the shopper counts as held out in what is measured; `None`: not counted.
    pub held_out: Option<bool>,
    /// What the shopper counts as in experiments and by flags, as `experiment/{id}/{design}/{arm}` or `flag/{id}/{share}/{arm}`.
    pub counts: Vec<String>,
    /// Whether a plan is under way.
    pub planned: bool,
    /// The next wake-up, epoch ms.
    pub next_wake_at: Option<u64>,
    /// What was answered to a survey last, and when, epoch ms.
    pub answered: Option<(String, u64)>,
    /// Whether the contact may be given to advertising services.
    pub consent_ads: bool,
    /// Audiences that the shopper is in, or on the way to or from.
    pub audiences: Vec<ViewMembership>,
    /// Alerts about the shopper's quotes.
    pub alerts: Vec<ViewAlert>,
}

/// A delivery as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewDelivery {
    /// Which conversation.
    pub conversation: u16,
    /// Which step.
    pub step: u8,
    /// Which message.
    pub template: String,
    /// Where it stands.
    pub state: String,
    /// When it is due, epoch ms.
    pub due_at: u64,
    /// Tries begun.
    pub attempts: u32,
    /// Accepted after a stop.
    pub crossed: bool,
    /// What it offers, once that is decided.
    pub offer: Option<Offer>,
    /// How it goes, once that is decided.
    pub channel: Option<Channel>,
    /// A stable code.
    pub reason: Option<String>,
    /// The reason in words.
    pub sentence: Option<String>,
    /// What was decided about it, the latest last.
    pub decisions: Vec<ViewDecision>,
    /// Who carries it, or did last.
    pub provider: Option<String>,
    /// What the provider told of it afterwards.
    pub echo: Echo,
    /// The trace of the cart that it is about.
    pub trace: Option<String>,
    /// How often it was tried again as a dead letter.
    pub replays: u8,
}

impl ViewDelivery {
    /// What a recall is shown as in place of a template.
    pub(super) const RECALL: &'static str = "recall";

    /// Whether it tells a marketing platform that nothing may follow, and is no message.
    pub fn is_recall(&self) -> bool {
        self.template == Self::RECALL
    }
}

/// A decision as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ViewDecision {
    /// When, epoch ms.
    pub at: u64,
    /// The stable code of its reason.
    pub code: String,
    /// The decision and what it saw, in plain words.
    pub sentence: String,
    /// What it saw alone; empty where the reason says all.
    pub seen: String,
}
