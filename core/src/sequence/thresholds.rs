//! When something counts as left.

use crate::log::Stage;
use serde::{Deserialize, Serialize};

/// How long a shopper must be quiet before something counts as left.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Thresholds {
    /// A cart, ms after its last activity.
    pub cart_ms: u64,
    /// A checkout under way, ms after its last activity.
    pub checkout_ms: u64,
    /// A product that was looked at, ms; as for a cart where nothing is said.
    #[serde(default)]
    pub browse_ms: Option<u64>,
    /// A checkout at one of its stages, ms; as for any checkout where nothing is said.
    #[serde(default)]
    pub stage_ms: StageThresholds,
}

/// How long a checkout must rest, by its stage, ms.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct StageThresholds {
    /// It was opened.
    pub started: Option<u64>,
    /// The contact is being given.
    pub contact: Option<u64>,
    /// Shipping is being chosen.
    pub shipping: Option<u64>,
    /// The price is being calculated.
    pub price: Option<u64>,
    /// A payment was started.
    pub payment_started: Option<u64>,
    /// A payment failed.
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
        self.all().min().unwrap_or(self.cart_ms)
    }

    /// Whether all are long enough.
    pub fn are_allowed(&self) -> bool {
        self.shortest_ms() >= Self::LEAST_MS
    }

    fn all(&self) -> impl Iterator<Item = u64> {
        let stages = &self.stage_ms;
        let further = [
            self.browse_ms,
            stages.started,
            stages.contact,
            stages.shipping,
            stages.price,
            stages.payment_started,
            stages.payment_failed,
        ];
        [self.cart_ms, self.checkout_ms]
            .into_iter()
            .chain(further.into_iter().flatten())
    }
}
