//! When something counts as left.

use crate::log::Stage;
use serde::{Deserialize, Serialize};

/// How long a shopper must be quiet before something counts as left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(
    deny_unknown_fields,
    expecting = "an object with cart_ms and checkout_ms"
)]
pub struct Thresholds {
    /// A cart, ms after its last activity.
    #[cfg_attr(feature = "schema", schemars(range(min = 1_000)))]
    pub cart_ms: u64,
    /// A checkout under way, ms after its last activity.
    #[cfg_attr(feature = "schema", schemars(range(min = 1_000)))]
    pub checkout_ms: u64,
    /// A product that was looked at, ms; as for a cart where nothing is said.
    #[serde(default)]
    #[cfg_attr(feature = "schema", schemars(range(min = 1_000)))]
    pub browse_ms: Option<u64>,
    /// A checkout at one of its stages, ms; as for any checkout where nothing is said.
    #[serde(default)]
    pub stage_ms: StageThresholds,
}

/// How long a checkout must rest, by its stage, ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[serde(
    default,
    deny_unknown_fields,
    expecting = "an object with a time for stages of a checkout"
)]
pub struct StageThresholds {
    /// It was opened.
    #[cfg_attr(feature = "schema", schemars(range(min = 1_000)))]
    pub started: Option<u64>,
    /// The contact is being given.
    #[cfg_attr(feature = "schema", schemars(range(min = 1_000)))]
    pub contact: Option<u64>,
    /// Shipping is being chosen.
    #[cfg_attr(feature = "schema", schemars(range(min = 1_000)))]
    pub shipping: Option<u64>,
    /// The price is being calculated.
    #[cfg_attr(feature = "schema", schemars(range(min = 1_000)))]
    pub price: Option<u64>,
    /// A payment was started.
    #[cfg_attr(feature = "schema", schemars(range(min = 1_000)))]
    pub payment_started: Option<u64>,
    /// A payment failed.
    #[cfg_attr(feature = "schema", schemars(range(min = 1_000)))]
    pub payment_failed: Option<u64>,
}

const MINUTE: u64 = 60_000;
const HOUR: u64 = 60 * MINUTE;

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            cart_ms: HOUR,
            checkout_ms: HOUR / 2,
            browse_ms: None,
            stage_ms: StageThresholds::default(),
        }
    }
}

impl Thresholds {
    /// The shortest that is allowed, ms.
    const LEAST_MS: u64 = 1_000;

    /// For a cart whose checkout went as far as this, ms.
    pub fn left_ms(&self, stage: Option<Stage>) -> u64 {
        let own = match stage {
            None | Some(Stage::PaymentSucceeded) => return self.cart_ms,
            Some(Stage::Started) => self.stage_ms.started,
            Some(Stage::Contact) => self.stage_ms.contact,
            Some(Stage::Shipping) => self.stage_ms.shipping,
            Some(Stage::Price) => self.stage_ms.price,
            Some(Stage::PaymentStarted) => self.stage_ms.payment_started,
            Some(Stage::PaymentFailed) => self.stage_ms.payment_failed,
        };
        own.unwrap_or(self.checkout_ms)
    }

    /// For a sequence about a failed payment, ms. Who just failed to pay tries again or leaves within minutes, so that five are
    /// the most where the shop says nothing of this stage.
    pub fn failed_ms(&self) -> u64 {
        let most = self.checkout_ms.min(5 * MINUTE);
        self.stage_ms.payment_failed.unwrap_or(most)
    }

    /// For a product that was looked at, ms.
    pub fn looked_ms(&self) -> u64 {
        self.browse_ms.unwrap_or(self.cart_ms)
    }

    /// The shortest of all, ms: a pause as long counts as leaving.
    pub fn shortest_ms(&self) -> u64 {
        self.all().map(|(_, ms)| ms).min().unwrap_or(self.cart_ms)
    }

    /// The first that is shorter than a second, by its path.
    pub fn too_short(&self) -> Option<&'static str> {
        self.all()
            .find(|(_, ms)| *ms < Self::LEAST_MS)
            .map(|(path, _)| path)
    }

    /// All that are given, with their paths.
    fn all(&self) -> impl Iterator<Item = (&'static str, u64)> {
        let stages = &self.stage_ms;
        [
            ("cart_ms", Some(self.cart_ms)),
            ("checkout_ms", Some(self.checkout_ms)),
            ("browse_ms", self.browse_ms),
            ("stage_ms.started", stages.started),
            ("stage_ms.contact", stages.contact),
            ("stage_ms.shipping", stages.shipping),
            ("stage_ms.price", stages.price),
            ("stage_ms.payment_started", stages.payment_started),
            ("stage_ms.payment_failed", stages.payment_failed),
        ]
        .into_iter()
        .filter_map(|(path, ms)| Some((path, ms?)))
    }
}
