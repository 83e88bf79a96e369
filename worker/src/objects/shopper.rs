//! Hosts a Shopper. Its state is sealed before it is written: nobody who reads the disk learns a contact.

mod join;

use super::calls::{
    CartCall, ShopInput, ShopRecord, ShopReply, ShopperAsk, ShopperCall, ask_cart, ask_shop,
};
#[cfg(feature = "test-routes")]
use super::trace;
use super::{answer, message};
use crate::bindings::{self, Env, ObjectContext};
use crate::error::Problem;
use crate::promise::promise;
use crate::{clock, config, queues, store};
use homing_core::catalogue::Product;
use homing_core::delivery::DeliveryKey;
use homing_core::experiment::{Draws, ExperimentKey};
use homing_core::ids::{CartId, ShopId, ShopperId};
use homing_core::keys::{NameKey, Purpose};
use homing_core::object::cart::{Input as CartInput, Reply as CartReply, Snapshot};
use homing_core::object::shopper::{Effect, Input, Refused, ReleaseInput, Reply, Shopper};
use homing_core::object::{Commit, codec};
use homing_core::seal;
#[cfg(feature = "test-routes")]
use homing_core::trace::{Asked, Released};
use js_sys::{Promise, Uint8Array};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
use std::collections::BTreeMap;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// A Shopper and what the platform gave it. Asserting unwind safety is sound: after a panic `js/entry.js` drops the host, and the
/// next call reads the state from its row.
#[wasm_bindgen]
pub struct ShopperHost(AssertUnwindSafe<Rc<Inner>>);

struct Inner {
    ctx: ObjectContext,
    env: Env,
    shopper: RefCell<Option<Shopper>>,
}

/// The row: whose it is in the clear, the rest sealed.
#[derive(Serialize, Deserialize)]
struct Stored {
    shop: ShopId,
    shopper: ShopperId,
    sealed: Vec<u8>,
}

/// Opens the object; its state is read with the first call.
#[wasm_bindgen]
pub fn open_shopper(ctx: ObjectContext, env: Env) -> ShopperHost {
    ShopperHost(AssertUnwindSafe(Rc::new(Inner {
        ctx,
        env,
        shopper: RefCell::new(None),
    })))
}

#[wasm_bindgen]
impl ShopperHost {
    /// One call: bytes in, a promise of bytes out.
    pub fn call(&self, bytes: Uint8Array) -> Promise {
        let inner = Rc::clone(&self.0);
        promise(async move {
            #[cfg(feature = "test-routes")]
            if trace::is_wanted(&bytes) {
                return trace::read(&inner.ctx);
            }
            answer(&inner.take(&bytes).await?)
        })
    }

    /// Drops what is remembered: the row is the truth.
    pub fn forget(&self) {
        self.0.shopper.replace(None);
    }

    /// The alarm.
    pub fn alarm(&self) -> Promise {
        let inner = Rc::clone(&self.0);
        promise(async move {
            if inner.load()? {
                let commit = inner.wake()?;
                inner.carry_out(commit.effects).await;
            }
            Ok(JsValue::UNDEFINED)
        })
    }
}

impl Inner {
    async fn take(&self, bytes: &Uint8Array) -> Result<Reply, Problem> {
        let call: ShopperCall = message(bytes)?;
        if !self.load()? {
            // Only a slot, a stop, a join or the shop's own word makes a Shopper; whoever asks about one that does not exist leaves no
            // trace.
            if !matches!(
                call.ask,
                ShopperAsk::Step(
                    Input::Slot { .. }
                        | Input::Unsubscribe
                        | Input::Read
                        | Input::Carts
                        | Input::Answered { .. }
                        | Input::Customer(_)
                        | Input::Suppress { .. }
                        | Input::Join { .. }
                        | Input::Adopt(_)
                )
            ) {
                // The desk may know of somebody who is forgotten here: news for them is told.
                return match call.ask {
                    ShopperAsk::Step(Input::News { .. }) => Ok(Reply::Done),
                    _ => Err(Problem::NotFound),
                };
            }
            self.remember(Shopper::new(call.shop, call.shopper))?;
        }
        if self.shopper.borrow().as_ref().map(Shopper::shop) != Some(call.shop) {
            // Whoever names another shop's shopper learns nothing.
            return Ok(Reply::Refused(Refused::Closed));
        }
        let commit = match call.ask {
            // A sweep: whatever the state says, its alarm may be gone.
            ShopperAsk::Step(Input::Wake) => self.wake()?,
            ShopperAsk::Step(Input::Adopt(loser)) => self.adopt(call.shop, loser).await?,
            ShopperAsk::Step(input) => self.step(input)?,
            ShopperAsk::Release(key) => self.release(call.shop, key).await?,
        };
        self.carry_out(commit.effects).await;
        self.answered(call.shop, commit.reply).await
    }

    /// Reads the state where it is not at hand; `false` when there is none.
    fn load(&self) -> Result<bool, Problem> {
        if self.shopper.borrow().is_some() {
            return Ok(true);
        }
        let Some(bytes) = store::packed::read(&self.ctx)? else {
            return Ok(false);
        };
        let stored: Stored = codec::decode(&bytes)?;
        let keys = &config::deployment(&self.env)?.keys;
        let plain = seal::open(
            keys,
            Purpose::Seal,
            stored.shop,
            &stored.shopper.0,
            &stored.sealed,
        )
        .map_err(|_| {
            Problem::Internal(String::from(
                "a shopper cannot be opened with the configured master keys",
            ))
        })?;
        self.remember(codec::decode(&plain)?)?;
        Ok(true)
    }

    fn remember(&self, shopper: Shopper) -> Result<(), Problem> {
        #[cfg(feature = "test-routes")]
        trace::begun(&self.ctx, &self.env, &shopper)?;
        self.shopper.replace(Some(shopper));
        Ok(())
    }

    fn step(&self, input: Input) -> Result<Commit<Effect, Reply>, Problem> {
        self.persist(|shopper| {
            let now = clock::now_ms();
            #[cfg(feature = "test-routes")]
            let asked = Asked::Shopper(input.clone());
            let commit = shopper.step(input, now);
            #[cfg(feature = "test-routes")]
            trace::step(
                &self.ctx,
                &self.env,
                (now, [0; 32], asked),
                &commit,
                shopper,
            )?;
            Ok(commit)
        })
    }

    fn wake(&self) -> Result<Commit<Effect, Reply>, Problem> {
        let commit = self.step(Input::Wake)?;
        if !commit.write
            && let Some(shopper) = self.shopper.borrow_mut().as_mut()
        {
            let at = self.arm(shopper)?;
            self.set_alarm(at)?;
        }
        Ok(commit)
    }

    /// A step, then its row and its alarm, which the platform writes together.
    fn persist(
        &self,
        step: impl FnOnce(&mut Shopper) -> Result<Commit<Effect, Reply>, Problem>,
    ) -> Result<Commit<Effect, Reply>, Problem> {
        // Another call may have failed meanwhile and made this object forget: what counts is the row.
        self.load()?;
        let mut slot = self.shopper.borrow_mut();
        let shopper = slot.as_mut().ok_or(Problem::NotFound)?;
        let commit = step(shopper)?;
        if commit.write {
            let alarm_at = self.arm(shopper)?;
            let keys = &config::deployment(&self.env)?.keys;
            let sealed = seal::seal(
                keys,
                Purpose::Seal,
                shopper.shop(),
                &shopper.id().0,
                clock::entropy(),
                &codec::encode(shopper)?,
            );
            let sealed = sealed.map_err(|error| Problem::Internal(error.to_string()))?;
            let stored = Stored {
                shop: shopper.shop(),
                shopper: shopper.id(),
                sealed,
            };
            store::packed::write(&self.ctx, &codec::encode(&stored)?)?;
            self.set_alarm(alarm_at)?;
        }
        Ok(commit)
    }

    /// What the alarm has to be set to.
    fn arm(&self, shopper: &mut Shopper) -> Result<Option<u64>, Problem> {
        let now = clock::now_ms();
        let at = shopper.arm(now);
        #[cfg(feature = "test-routes")]
        trace::armed(&self.ctx, &self.env, now, at, shopper)?;
        Ok(at)
    }

    fn set_alarm(&self, at: Option<u64>) -> Result<(), Problem> {
        let Some(at) = at else { return Ok(()) };
        #[expect(clippy::cast_precision_loss, reason = "epoch ms stay far below 2^53")]
        let at = at as f64;
        // Not awaited: awaiting would part it from the row that it belongs to. The output gate holds the answer back for both.
        bindings::set_alarm(&self.ctx, at)
            .map(drop)
            .map_err(Problem::from)
    }

    async fn release(
        &self,
        shop: ShopId,
        key: DeliveryKey,
    ) -> Result<Commit<Effect, Reply>, Problem> {
        let asked = self.step(Input::ReleaseAsked { key })?;
        let Reply::Need(need) = asked.reply else {
            return Ok(asked);
        };
        let deployment = config::deployment(&self.env)?;
        let mut carts = Vec::with_capacity(need.carts.len());
        for (cart, object) in need.carts {
            carts.push((cart, self.read_cart(shop, cart, &object).await));
        }
        // Asked of the Shop itself: a pause must not wait for a cache.
        let (record, products) = self.products(shop, need.products, &carts).await?;
        let (_, name_key) = config::open_name_key(&deployment.keys, shop, &record.name_key)?;
        let now = clock::now_ms();
        let (experiments, id) = self.draws_for(&name_key)?;
        let draws = Draws::new(&record.config, &record.experiments, &experiments, id, now);
        let standing = self.standing(&record.config, &experiments)?;
        let input = ReleaseInput {
            key,
            carts: &carts,
            products: &products,
            config: &record.config,
            keys: &deployment.keys,
            public_url: &deployment.public_url,
            held_out: standing.held,
            counts_as_held: standing.counts_as_held,
            draws: &draws,
        };
        self.persist(|shopper| {
            let now = clock::now_ms();
            let commit = shopper.release(&input, now);
            #[cfg(feature = "test-routes")]
            trace::step(
                &self.ctx,
                &self.env,
                (now, [0; 32], Asked::Release(Released::of(&input))),
                &commit,
                shopper,
            )?;
            Ok(commit)
        })
    }

    /// The shop's key for draws, and whose draws are wanted.
    fn draws_for(&self, name_key: &[u8; 32]) -> Result<(ExperimentKey, ShopperId), Problem> {
        let key = NameKey::new(name_key).and_then(|names| names.experiments());
        let id = self.shopper.borrow().as_ref().map(Shopper::id);
        key.zip(id)
            .ok_or_else(|| Problem::Internal(String::from("a shopper's arms cannot be drawn")))
    }

    async fn read_cart(&self, shop: ShopId, cart: CartId, object: &str) -> Option<Snapshot> {
        match ask_cart(
            &self.env,
            object,
            &CartCall {
                shop,
                cart,
                input: CartInput::Read,
            },
        )
        .await
        {
            Ok(CartReply::Snapshot(snapshot)) => Some(snapshot),
            Ok(_) => None,
            Err(problem) => {
                crate::telemetry::error("cart_unreadable", &problem.to_string());
                None
            }
        }
    }

    async fn products(
        &self,
        shop: ShopId,
        mut variants: Vec<String>,
        carts: &[(CartId, Option<Snapshot>)],
    ) -> Result<(ShopRecord, BTreeMap<String, Product>), Problem> {
        let lines = carts
            .iter()
            .filter_map(|(_, snapshot)| snapshot.as_ref())
            .flat_map(|snapshot| &snapshot.lines);
        let looks = carts
            .iter()
            .filter_map(|(_, snapshot)| snapshot.as_ref()?.slot.look.as_ref());
        variants.extend(looks.map(|look| look.variant.clone()));
        variants.extend(lines.map(|view| view.line.variant().as_str().to_owned()));
        variants.sort_unstable();
        variants.dedup();
        match ask_shop(&self.env, shop, &ShopInput::Products(variants)).await? {
            ShopReply::Products(record, products) => {
                let by_variant = products
                    .into_iter()
                    .map(|product| (product.variant.clone(), product));
                Ok((record, by_variant.collect()))
            }
            _ => Err(Problem::Internal(String::from(
                "the shop answered something else",
            ))),
        }
    }

    /// Each effect stands in the state: what fails here comes back with the next wake-up.
    async fn carry_out(&self, effects: Vec<Effect>) {
        let Some((shop, id)) = self
            .shopper
            .borrow()
            .as_ref()
            .map(|shopper| (shopper.shop(), shopper.id()))
        else {
            return;
        };
        for effect in effects {
            match effect {
                Effect::Hint { key } => {
                    if let Err(problem) = queues::deliveries::hint(&self.env, shop, id, key).await {
                        crate::telemetry::error("hint_failed", &problem.to_string());
                    }
                }
                Effect::TellDesk {
                    version,
                    next_at,
                    exposure,
                    arms,
                    reports,
                    reported,
                    watched,
                } => {
                    let told = ask_shop(
                        &self.env,
                        shop,
                        &ShopInput::Fact {
                            shopper: id,
                            version,
                            next_at,
                            exposure,
                            arms,
                            reports,
                            watched,
                        },
                    )
                    .await;
                    let input = if told.is_ok() {
                        Input::FactTaken { version, reported }
                    } else {
                        Input::FactLost
                    };
                    let lost = told.is_err();
                    if let Err(problem) = self.step(input) {
                        crate::telemetry::error("desk_answer_lost", &problem.to_string());
                    }
                    if lost && let Some(shopper) = self.shopper.borrow_mut().as_mut() {
                        // The next step would arm it as well; this brings it forward.
                        let _ = self.arm(shopper).and_then(|at| self.set_alarm(at));
                    }
                }
                Effect::HandOver { to, state } => self.hand_over(shop, to, state).await,
            }
        }
    }
}
