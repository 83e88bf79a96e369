//! Hosts a Shopper. Its state is sealed before it is written: nobody who reads the disk learns a contact.

mod erasure;
mod errands;
mod join;
mod release;

use super::calls::{ShopInput, ShopReply, ShopperAsk, ShopperCall, ask_shop};
#[cfg(feature = "test-routes")]
use super::trace;
use super::{answer, message};
use crate::bindings::{self, Env, ObjectContext};
use crate::error::Problem;
use crate::promise::promise;
use crate::{clock, config, queues, store};
use homing_core::delivery::DeliveryKey;
use homing_core::ids::{ShopId, ShopperId};
use homing_core::keys::Purpose;
use homing_core::object::shopper::{Effect, Input, Refused, Reply, Shopper};
use homing_core::object::{Commit, codec};
use homing_core::seal;
#[cfg(feature = "test-routes")]
use homing_core::trace::Asked;
use homing_core::traceparent::TraceId;
use js_sys::{Promise, Uint8Array};
use serde::{Deserialize, Serialize};
use std::cell::RefCell;
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
    /// The object's own key, once it was read.
    own_key: RefCell<Option<Vec<u8>>>,
}

/// The row: whose it is in the clear, the rest sealed.
#[derive(Serialize, Deserialize)]
struct Stored {
    shop: ShopId,
    shopper: ShopperId,
    sealed: Vec<u8>,
}

/// What a row is bound to: whose it is, and the object's own key.
fn sealed_for(id: ShopperId, own_key: &[u8]) -> Vec<u8> {
    let mut context = id.0.to_vec();
    context.extend_from_slice(own_key);
    context
}

/// Opens the object; its state is read with the first call.
#[wasm_bindgen]
pub fn open_shopper(ctx: ObjectContext, env: Env) -> ShopperHost {
    ShopperHost(AssertUnwindSafe(Rc::new(Inner {
        ctx,
        env,
        shopper: RefCell::new(None),
        own_key: RefCell::new(None),
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
        self.0.own_key.replace(None);
    }

    /// The alarm.
    pub fn alarm(&self) -> Promise {
        let inner = Rc::clone(&self.0);
        promise(async move {
            if inner.load()? {
                let mut commit = inner.wake()?;
                if let Some(shop) = inner.shop() {
                    inner.send_out(shop, &mut commit);
                }
                inner.carry_out(commit.effects).await;
            }
            Ok(JsValue::UNDEFINED)
        })
    }
}

impl Inner {
    fn shop(&self) -> Option<ShopId> {
        self.shopper.borrow().as_ref().map(Shopper::shop)
    }

    async fn take(self: &Rc<Self>, bytes: &Uint8Array) -> Result<Reply, Problem> {
        let call: ShopperCall = message(bytes)?;
        if !self.load()? {
            // Only a slot, a stop, a join or the shop's own word makes a Shopper; whoever asks about one that does not exist leaves no
            // trace.
            if !matches!(
                call.ask,
                ShopperAsk::Step(
                    Input::Slot { .. }
                        | Input::Traced { .. }
                        | Input::Unsubscribe
                        | Input::Opt { .. }
                        | Input::OptIn { .. }
                        | Input::WordAbout(_)
                        | Input::Read
                        | Input::Offer { .. }
                        | Input::Carts
                        | Input::Profile
                        | Input::Answered { .. }
                        | Input::Customer(_)
                        | Input::Suppress { .. }
                        | Input::Join { .. }
                        | Input::Erase { .. }
                        | Input::Access
                        | Input::Adopt(_)
                )
            ) {
                // The desk may know of somebody who is forgotten here: news for them is told.
                return match call.ask {
                    ShopperAsk::Step(Input::News { .. }) => Ok(Reply::Done),
                    // Nothing was sent to them, and nothing keeps them from being written to.
                    ShopperAsk::Step(
                        Input::HeardBack { .. } | Input::Lift { .. } | Input::Replay { .. },
                    ) => Ok(Reply::Refused(Refused::Closed)),
                    _ => Err(Problem::NotFound),
                };
            }
            self.remember(Shopper::new(call.shop, call.shopper))?;
        }
        if self.shopper.borrow().as_ref().map(Shopper::shop) != Some(call.shop) {
            // Whoever names another shop's shopper learns nothing.
            return Ok(Reply::Refused(Refused::Closed));
        }
        let mut commit = match call.ask {
            // A sweep: whatever the state says, its alarm may be gone.
            ShopperAsk::Step(Input::Wake) => self.wake()?,
            ShopperAsk::Step(Input::Adopt(loser)) => self.adopt(call.shop, loser).await?,
            ShopperAsk::Step(input) => self.step(input)?,
            ShopperAsk::Release {
                key,
                resting,
                resting_services,
            } => {
                let resting = (&*resting, &*resting_services);
                self.release(call.shop, key, resting).await?
            }
        };
        self.send_out(call.shop, &mut commit);
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
            &sealed_for(stored.shopper, &self.own_key()?),
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

    /// The key that the row is sealed under beside the deployment's; empty where the object has none.
    fn own_key(&self) -> Result<Vec<u8>, Problem> {
        if let Some(key) = self.own_key.borrow().as_ref() {
            return Ok(key.clone());
        }
        let key = store::packed::own_key(&self.ctx)?;
        self.own_key.replace(Some(key.clone()));
        Ok(key)
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
        let erased_at = shopper.erased_at();
        let commit = step(shopper)?;
        if commit.write {
            let alarm_at = self.arm(shopper)?;
            let known = self.own_key()?;
            // Nothing that was written before an erasure can be opened from here on, wherever a copy of it lies.
            let is_renewed = shopper.erased_at() != erased_at
                || known.is_empty() && store::packed::read(&self.ctx)?.is_none();
            let fresh: [u8; 32] = clock::entropy();
            let own = if is_renewed { fresh.to_vec() } else { known };
            let keys = &config::deployment(&self.env)?.keys;
            let sealed = seal::seal(
                keys,
                Purpose::Seal,
                shopper.shop(),
                &sealed_for(shopper.id(), &own),
                clock::entropy(),
                &codec::encode(shopper)?,
            );
            let sealed = sealed.map_err(|error| Problem::Internal(error.to_string()))?;
            let stored = Stored {
                shop: shopper.shop(),
                shopper: shopper.id(),
                sealed,
            };
            let stored = codec::encode(&stored)?;
            if is_renewed {
                store::packed::renew_own_key(&self.ctx, &fresh)?;
            }
            store::packed::write(&self.ctx, &stored)?;
            self.own_key.replace(Some(own));
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

    /// The trace of a message, and whether it can only go as a mail.
    fn about(&self, key: DeliveryKey) -> (Option<TraceId>, bool) {
        let shopper = self.shopper.borrow();
        let shopper = shopper.as_ref();
        let trace = shopper.and_then(|shopper| shopper.trace_of(key));
        (
            trace,
            shopper.is_some_and(|shopper| shopper.goes_by_mail(key)),
        )
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
                    let hint = queues::deliveries::Hint::new((shop, id, key), self.about(key));
                    if let Err(problem) = hint.put(&self.env).await {
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
                    brought_by,
                } => {
                    let reports = reports.into_iter().map(|report| {
                        let (trace, _) = self.about(report.key);
                        (report, trace)
                    });
                    let reports = reports.collect();
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
                            brought_by,
                        },
                    )
                    .await;
                    let taken = |limited| Input::FactTaken {
                        version,
                        reported,
                        limited,
                    };
                    let input = match &told {
                        Ok(ShopReply::Limited(limited)) => taken(Some(*limited)),
                        Ok(_) => taken(None),
                        Err(_) => Input::FactLost { brought_by },
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
                Effect::Forget(forget) => self.have_forgotten(shop, forget).await,
                Effect::HandOver { to, state } => self.hand_over(shop, to, state).await,
                // Only a wake-up begins them, and whoever woke it sends them out; of one that comes here, the lease ends.
                Effect::Errand(_) => {}
            }
        }
    }
}
