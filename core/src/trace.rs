//! What an object was asked and what came of it, step by step, so that the same steps can be taken again elsewhere and come to the
//! same bytes. Only builds for tests record it: it holds contacts.

use crate::catalogue::Product;
use crate::delivery::DeliveryKey;
use crate::experiment::Draws;
use crate::ids::CartId;
use crate::keys::MasterKeys;
use crate::object::cart::{self, Snapshot};
use crate::object::shopper::{
    self, Adoption, Customer, NumberWord, PlanSettings, ReleaseInput, Shopper,
};
use crate::shop::{Carrier, ShopConfig};
use alloc::{boxed::Box, collections::BTreeMap, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// One entry of a trace.
#[expect(clippy::large_enum_variant, reason = "nearly all entries are steps")]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Entry {
    /// The object began to remember: its row's bytes, decoded and encoded again, or a new object's where there is no row. Memory
    /// that is gone shows here: what was not written is not in it.
    Begun {
        /// The state's bytes.
        #[serde(with = "serde_bytes")]
        state: Vec<u8>,
    },
    /// One step.
    Step {
        /// The edge's clock, epoch ms.
        now: u64,
        /// The randomness that it was given.
        entropy: [u8; 32],
        /// What was asked.
        asked: Asked,
        /// The whole commit's bytes: whether to write, pages, effects, reply.
        #[serde(with = "serde_bytes")]
        commit: Vec<u8>,
        /// The state's bytes afterwards.
        #[serde(with = "serde_bytes")]
        state: Vec<u8>,
    },
    /// A Shopper was asked for its alarm, which it remembers. After a step that is written, this is what the row holds.
    Armed {
        /// The edge's clock, epoch ms.
        now: u64,
        /// What the alarm was set to, epoch ms; `None`: it was left as it was.
        at: Option<u64>,
        /// The state's bytes afterwards.
        #[serde(with = "serde_bytes")]
        state: Vec<u8>,
    },
}

/// What was asked in a step.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Asked {
    /// Of a Cart.
    Cart(cart::Input),
    /// Of a Shopper.
    Shopper(shopper::Input),
    /// The second half of a release.
    Release(Released),
    /// To take another Shopper in.
    Adopt(Adopted),
}

/// What another Shopper was taken in with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of Adoption")]
pub struct Adopted {
    pub loser: Box<Shopper>,
    pub settings: PlanSettings,
    pub counts_as_held: bool,
    pub holdout_bp: u16,
}

impl Adopted {
    /// What `adoption` says.
    pub fn of(adoption: &Adoption<'_>) -> Self {
        let Adoption {
            loser,
            settings,
            counts_as_held,
            holdout_bp,
        } = adoption;
        Self {
            loser: loser.clone(),
            settings: (*settings).clone(),
            counts_as_held: *counts_as_held,
            holdout_bp: *holdout_bp,
        }
    }

    /// The same again.
    pub fn adoption(&self) -> Adoption<'_> {
        Adoption {
            loser: self.loser.clone(),
            settings: &self.settings,
            counts_as_held: self.counts_as_held,
            holdout_bp: self.holdout_bp,
        }
    }
}

/// What a release was decided on. The keys are not in it: whoever takes the step again has them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields of ReleaseInput")]
pub struct Released {
    pub key: DeliveryKey,
    pub carts: Vec<(CartId, Option<Snapshot>)>,
    pub products: BTreeMap<String, Product>,
    pub config: ShopConfig,
    pub public_url: String,
    pub short_url: String,
    pub word: NumberWord,
    pub held_out: bool,
    pub counts_as_held: bool,
    pub draws: Draws,
    pub resting: Vec<Carrier>,
    pub resting_services: Vec<String>,
    pub customer: Option<Customer>,
}

impl Released {
    /// What `input` says.
    pub fn of(input: &ReleaseInput<'_>) -> Self {
        let ReleaseInput {
            key,
            carts,
            products,
            config,
            keys: _,
            public_url,
            short_url,
            word,
            held_out,
            counts_as_held,
            draws,
            resting,
            resting_services,
            customer,
        } = *input;
        Self {
            key,
            carts: carts.to_vec(),
            products: products.clone(),
            config: config.clone(),
            public_url: public_url.into(),
            short_url: short_url.into(),
            word,
            held_out,
            counts_as_held,
            draws: draws.clone(),
            resting: resting.to_vec(),
            resting_services: resting_services.to_vec(),
            customer: customer.cloned(),
        }
    }

    /// The same again.
    pub fn input<'a>(&'a self, keys: &'a MasterKeys) -> ReleaseInput<'a> {
        ReleaseInput {
            key: self.key,
            carts: &self.carts,
            products: &self.products,
            config: &self.config,
            keys,
            public_url: &self.public_url,
            short_url: &self.short_url,
            word: self.word,
            held_out: self.held_out,
            counts_as_held: self.counts_as_held,
            draws: &self.draws,
            resting: &self.resting,
            resting_services: &self.resting_services,
            customer: self.customer.as_ref(),
        }
    }
}
