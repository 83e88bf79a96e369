//! Who asks, as far as the edge sees it, and how much they may.
//!
//! Requests are counted by the platform's own counters (<https://developers.cloudflare.com/workers/runtime-apis/bindings/rate-limit/>), which
//! each location keeps for itself, so that counting touches no object and costs nothing. Where a deployment has none of a name, that is not
//! limited. What comes from no network (this very machine, in tests and demos) is never counted.

use crate::bindings::{self, Env, Request};
use crate::clock;
use crate::config::{Deployment, deployment};
use crate::error::Problem;
use crate::keyring;
use homing_core::cart::Op;
use homing_core::flood::{Address, Doubt, Network, Voice};
use homing_core::ids::ShopId;
use homing_core::keys::{self, MasterKeys, Purpose, bearer};
use homing_core::log::{Stage, What};
use homing_core::object::cart::Collect;
use homing_core::secret_key::SecretKey;
use std::cell::RefCell;
use std::collections::BTreeMap;
use wasm_bindgen_futures::JsFuture;

/// The platform's counters, by the names of their bindings.
#[derive(Clone, Copy)]
enum Limit {
    /// What pages ask, by network and shop.
    Pages,
    /// Carts that are begun, likewise.
    Carts,
    /// Payments that fail, likewise.
    Payments,
    /// What servers ask, by secret key.
    Servers,
    /// Signatures that are not good, by network and shop.
    Signatures,
}

impl Limit {
    fn name(self) -> &'static str {
        match self {
            Self::Pages => "LIMIT_PAGES",
            Self::Carts => "LIMIT_CARTS",
            Self::Payments => "LIMIT_PAYMENTS",
            Self::Servers => "LIMIT_SERVERS",
            Self::Signatures => "LIMIT_SIGNATURES",
        }
    }

    /// Counts one more; whether that is within the limit.
    async fn admits(self, env: &Env, key: &str) -> bool {
        let answer = JsFuture::from(bindings::is_within(env, self.name(), key)).await;
        answer.is_ok_and(|answer| answer.is_truthy())
    }
}

/// Whoever looks at a page.
#[derive(Clone, Copy, Debug, Default)]
pub struct Visitor {
    address: Option<Address>,
    /// Whether their browser says that a program drives it.
    pub automated: bool,
}

impl Visitor {
    /// Whoever asks from this address.
    pub fn new(address: Option<&str>, automated: bool) -> Self {
        Self {
            address: address.and_then(Address::parse),
            automated,
        }
    }

    /// Whoever has sent this.
    pub fn of(request: &Request) -> Self {
        let address = request.headers().get("cf-connecting-ip");
        Self::new(address.as_deref(), false)
    }

    /// Whether what they do is counted.
    pub fn counts(&self, env: &Env) -> bool {
        self.address.is_some() && env.limit_pages().is_some()
    }

    /// What stands for their network in a shop whose key was verified.
    fn network(&self, keys: &MasterKeys, shop: ShopId) -> Option<Network> {
        keyring::network(&self.address?, shop, keys)
    }

    /// Refuses what is more than their network may ask of a shop.
    pub async fn pace(&self, env: &Env, shop: ShopId) -> Result<(), Problem> {
        if !self.counts(env) {
            return Ok(());
        }
        match self.network(&deployment(env)?.keys, shop) {
            Some(network) if !Limit::Pages.admits(env, &key_of(network)).await => {
                Err(Problem::TooMany)
            }
            _ => Ok(()),
        }
    }

    /// With how much weight they name a contact.
    pub fn voice(&self, deployment: &Deployment, shop: ShopId) -> Voice {
        match self.network(&deployment.keys, shop) {
            None => Voice::Unlimited,
            Some(network) => Voice::Typed {
                network,
                carts_a_day: deployment.unconfirmed_carts,
            },
        }
    }

    /// Whether they say themselves that they are a machine; not of this one.
    pub fn is_machine(&self) -> bool {
        self.automated && self.address.is_some()
    }

    /// Why what they do is no shopper's doing, by how often it is done.
    pub async fn doubt(&self, env: &Env, shop: ShopId, collect: &Collect) -> Option<Doubt> {
        let network = self.network(&deployment(env).ok()?.keys, shop)?;
        let key = key_of(network);
        let has = |is: fn(&What) -> bool| collect.events.iter().any(|event| is(&event.what));
        if has(is_failed_payment) && !Limit::Payments.admits(env, &key).await {
            return Some(Doubt::CardTesting);
        }
        let begins = collect.seen == 0 && has(is_add);
        let many = begins && !Limit::Carts.admits(env, &key).await;
        many.then_some(Doubt::Automated)
    }
}

fn is_failed_payment(what: &What) -> bool {
    matches!(
        what,
        What::Checkout {
            stage: Stage::PaymentFailed,
            ..
        }
    )
}

fn is_add(what: &What) -> bool {
    matches!(what, What::Lines(Op::Add { .. }))
}

/// Hashes of different shops never meet: each has a key of its own.
fn key_of(network: Network) -> String {
    format!("{:016x}", network.0)
}

/// Refuses what is more than a secret key may ask. Whose key is not good is told so by whoever looks at it.
pub async fn server(request: &Request, env: &Env) -> Result<(), Problem> {
    if !Visitor::of(request).counts(env) {
        return Ok(());
    }
    let text = request.headers().get("authorization");
    let Some(text) = text.as_deref().and_then(bearer) else {
        return Ok(());
    };
    let Ok(secret) = SecretKey::parse(&text, &deployment(env)?.keys) else {
        return Ok(());
    };
    let key = format!("{}/{}", secret.key.shop, secret.key.serial);
    if Limit::Servers.admits(env, &key).await {
        Ok(())
    } else {
        Err(Problem::TooMany)
    }
}

/// Senders of bad signatures remembered per isolate; 16 bytes each.
const MAX_NOISY: usize = 4_096;
/// For how long no object is asked because of them, ms.
const NOISY_MS: u64 = 10_000;

thread_local! {
    /// By network, until when, epoch ms.
    static NOISY: RefCell<BTreeMap<Network, u64>> = const { RefCell::new(BTreeMap::new()) };
}

/// Whoever sends webhooks to a shop, by network: what a platform sends for another shop is not held against them.
pub struct Sender(Option<Network>);

impl Sender {
    /// Whoever has sent this.
    pub fn of(request: &Request, env: &Env, shop: ShopId) -> Self {
        let address = Visitor::of(request).address;
        let address = address.filter(|_| env.limit_pages().is_some());
        Self(address.and_then(|address| {
            let keys = &deployment(env).ok()?.keys;
            // Anybody may name any shop: its key is not remembered.
            let mac = keys.mac(keys.current(), Purpose::Network, shop)?;
            Some(keys::network(mac, &address))
        }))
    }

    /// Whether so many of their signatures were bad that for now only one that is good by what is known counts.
    pub fn is_noisy(&self) -> bool {
        self.0.is_some_and(|network| {
            NOISY.with_borrow(|noisy| {
                noisy
                    .get(&network)
                    .is_some_and(|until| *until > clock::now_ms())
            })
        })
    }

    /// One was bad; what to say of it.
    pub async fn failed(&self, env: &Env, problem: Problem) -> Problem {
        let Some(network) = self.0 else {
            return problem;
        };
        if Limit::Signatures.admits(env, &key_of(network)).await {
            return problem;
        }
        let now = clock::now_ms();
        NOISY.with_borrow_mut(|noisy| {
            if noisy.len() >= MAX_NOISY {
                noisy.retain(|_, until| *until > now);
            }
            if noisy.len() < MAX_NOISY {
                noisy.insert(network, now.saturating_add(NOISY_MS));
            }
        });
        Problem::TooMany
    }
}
