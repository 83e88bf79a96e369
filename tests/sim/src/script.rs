//! A script: everything that will happen in one world, told before it begins. Running it is a pure function.

use crate::fault::Strike;
use crate::word::Word;
use homing_core::shop::Provider;
use serde::{Deserialize, Serialize};

/// One world's script.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Script {
    /// Seeds latencies, ids and salts.
    pub seed: u64,
    /// Who carries the shop's messages.
    pub provider: Provider,
    /// Which of the prepared shops it is.
    pub sequence: u8,
    /// Where its people live, of the four places.
    #[serde(default)]
    pub place: u8,
    /// On which day the world begins, from 15 January 2027.
    #[serde(default)]
    pub day: u16,
    /// How many people there are.
    pub people: u8,
    /// Who of them is known by a telephone number, a bit each; the others are known by an address.
    #[serde(default)]
    pub phones: u8,
    /// How often in a hundred the merchant wants something tried again of which the desk tells that it did not arrive.
    #[serde(default, skip_serializing_if = "is_never")]
    pub replays: u8,
    /// Their devices.
    pub devices: Vec<Device>,
    /// What people do, by time.
    pub actions: Vec<Action>,
    /// What goes wrong.
    pub faults: Vec<Strike>,
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde hands the field over like this"
)]
fn is_never(percent: &u8) -> bool {
    *percent == 0
}

/// One browser.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Device {
    /// How far its clock is off, ms.
    pub skew_ms: i64,
    /// Pages that share its cart, but no storage: each keeps a journal of its own.
    pub pages: u8,
    /// Whose it is; nobody's in particular in scripts that are older than this.
    #[serde(default)]
    pub owner: Option<u8>,
}

/// Something that somebody does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Action {
    /// When, ms after the world's beginning.
    pub at: u64,
    /// On which device.
    pub device: u8,
    /// In which of its pages.
    pub page: u8,
    /// What.
    pub deed: Deed,
}

/// What becomes of a shop's own basket.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum BasketChange {
    /// A line has this quantity; 0: it is gone.
    Put {
        /// Which product.
        variant: u8,
        /// How many.
        qty: u16,
    },
    /// Somebody says at the shop's checkout who they are, or claim to be.
    Whose(Word),
    /// Somebody takes their address away.
    Withdraw,
    /// It is bought.
    Buy {
        /// Who says so, where somebody does.
        who: Option<u8>,
    },
}

/// What a browser says of notifications.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Notice {
    /// Its user has said yes, and it is reached under an address that nobody knows yet.
    Fresh,
    /// It is reached as before; nobody was asked anew.
    Again,
    /// It is not reached any more; nobody was asked.
    Gone,
    /// Its user has said no.
    No,
}

/// What somebody can do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Deed {
    /// Puts something into the cart.
    Add {
        /// Which product.
        variant: u8,
        /// How many.
        qty: u16,
    },
    /// Sets a quantity; 0 removes.
    Set {
        /// Which product.
        variant: u8,
        /// How many.
        qty: u16,
    },
    /// Empties the cart.
    Clear,
    /// Buys what the page shows.
    Order,
    /// Looks at a product.
    View {
        /// Which product.
        variant: u8,
    },
    /// Makes a quote of the cart, or a cart of a quote.
    Quote {
        /// Whether it is one.
        on: bool,
    },
    /// The merchant pushes a product of the catalogue anew.
    Push {
        /// Which product.
        variant: u8,
        /// What it costs, in cents.
        price: u16,
        /// Whether it can be bought.
        available: bool,
    },
    /// The shop's own basket changes, and its server tells of it.
    Basket {
        /// Which, from 0.
        basket: u8,
        /// How.
        change: BasketChange,
        /// Whether this browser's intent token goes along.
        claim: bool,
    },
    /// Is about to leave.
    Exit,
    /// Moves the checkout.
    Checkout {
        /// To which stage, from 0.
        stage: u8,
    },
    /// Says who they are, or claim to be.
    Identify(Word),
    /// Their browser says something of notifications.
    Notify(Notice),
    /// Ends notifications by a link in one.
    StopNotifications {
        /// Who.
        who: u8,
    },
    /// Closes the page; what is unsent goes by beacon.
    Leave {
        /// Only what is not under way already.
        rest: bool,
    },
    /// Loses the connection, until the next `Online`.
    Offline,
    /// Has it again.
    Online,
    /// Sends the same beacon again.
    Repeat,
    /// Opens the newest message's link.
    OpenLink {
        /// In whose mailbox.
        who: u8,
    },
    /// Ends messages by a message's link.
    Unsubscribe {
        /// Who.
        who: u8,
    },
    /// Somebody answers the last survey that they got.
    Answer {
        /// Who.
        who: u8,
    },
    /// The merchant says why somebody is not to be written to.
    Suppress {
        /// Who.
        who: u8,
        /// Why, of the causes.
        cause: u8,
        /// For how many hours; 0: for good.
        hours: u16,
    },
    /// The merchant revokes the links of this device's cart.
    Revoke,
    /// The merchant's server says that two people are one.
    Join {
        /// One.
        a: u8,
        /// The other.
        b: u8,
        /// How long after the next release of a message to either of them, ms: it is on its way then. At once, if none.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        released: Option<u16>,
    },
    /// The merchant pauses or resumes all sends.
    Pause {
        /// Whether they are paused.
        on: bool,
    },
}
