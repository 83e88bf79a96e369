//! What is asked about an endpoint, and how it is listed.

use homing_core::endpoint::{Address, Endpoint, Interest};
use serde::{Deserialize, Serialize};

/// What a merchant wants of an endpoint.
#[derive(Debug, Serialize, Deserialize)]
pub enum EndpointAct {
    /// It is to be so.
    Put {
        /// Its address.
        url: Address,
        /// What it hears.
        events: Vec<Interest>,
        /// Whether it is told anything; `None`: as before.
        on: Option<bool>,
        /// Whether it may be one that is not known yet.
        is_new: bool,
    },
    /// It is to go.
    Delete,
    /// It gets a new secret.
    Rotate,
    /// It is told of a test.
    Test,
    /// It is told what rests.
    Replay,
}

/// An endpoint with what it has not been told.
#[derive(Debug, Serialize, Deserialize)]
pub struct Listed {
    /// The endpoint.
    pub endpoint: Endpoint,
    /// Messages that are on their way to it.
    pub waiting: u64,
    /// Messages that nobody tries to tell it any more, until that is asked for.
    pub resting: u64,
}
