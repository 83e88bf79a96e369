//! What a Shopper answers.

use super::{ChannelWord, Held, Input, Profile, Release, View, ViewErasure};
use crate::ids::{CartId, ShopperId};
use crate::sequence::Offer;
use crate::shop::Carrier;
use alloc::{boxed::Box, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

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
    /// To [`Input::Erase`].
    Erasure(ViewErasure),
    /// To [`Input::Access`].
    Held(Box<Held>),
    /// To a release: it would go as a notification to a push service that rests.
    Rests {
        /// The push service's host.
        service: String,
    },
    /// To a release: it would go by this one, a carrier of texts or a marketing platform, which rests.
    RestsBy {
        /// Who rests.
        carrier: Carrier,
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
