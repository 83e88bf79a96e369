//! Hosts a Cart.

use super::calls::{CartCall, ShopperAsk, ShopperCall, ask_cart, ask_shopper};
use super::{answer, exception, message};
use crate::bindings::{Env, ObjectContext};
use crate::error::Problem;
use crate::promise::promise;
use crate::{clock, config, queues, store};
use homing_core::object::cart::{Cart, Effect, Input, Reply};
use homing_core::object::{codec, shopper};
use js_sys::Uint8Array;
use std::cell::RefCell;
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use wasm_bindgen::prelude::*;

/// A Cart and what the platform gave it. Asserting unwind safety is sound: after a panic `js/entry.js` drops the host, and the
/// next call reads the state from its row.
#[wasm_bindgen]
pub struct CartHost(AssertUnwindSafe<Rc<Inner>>);

struct Inner {
    ctx: ObjectContext,
    env: Env,
    cart: RefCell<Option<Cart>>,
}

/// Opens the object; its state is read with the first call.
#[wasm_bindgen]
pub fn open_cart(ctx: ObjectContext, env: Env) -> CartHost {
    CartHost(AssertUnwindSafe(Rc::new(Inner {
        ctx,
        env,
        cart: RefCell::new(None),
    })))
}

#[wasm_bindgen]
impl CartHost {
    /// One call: bytes, or a promise of bytes where others have to be told first.
    pub fn call(&self, bytes: Uint8Array) -> Result<JsValue, JsValue> {
        let (reply, effects, call) = self.0.take(&bytes).map_err(|problem| exception(&problem))?;
        if effects.is_empty() {
            return answer(&self.0.finish(reply)).map_err(|problem| exception(&problem));
        }
        let inner = Rc::clone(&self.0);
        Ok(promise(async move {
            inner.carry_out(effects, &call).await;
            answer(&inner.finish(reply))
        })
        .into())
    }
}

impl Inner {
    fn take(&self, bytes: &Uint8Array) -> Result<(Reply, Vec<Effect>, CartCall), Problem> {
        let mut call: CartCall = message(bytes)?;
        #[cfg(feature = "test-routes")]
        provoked_panic(&call);
        let input = std::mem::replace(&mut call.input, Input::Read);
        let mut slot = self.cart.borrow_mut();
        let cart = match &mut *slot {
            Some(cart) => cart,
            empty => empty.insert(match store::packed::read(&self.ctx)? {
                Some(bytes) => codec::decode(&bytes)?,
                None => Cart::new(call.shop, call.cart),
            }),
        };
        let commit = cart.step(input, clock::now_ms(), &clock::entropy());
        if commit.write {
            for page in &commit.pages {
                store::packed::write_page(&self.ctx, page)?;
            }
            store::packed::write(&self.ctx, &codec::encode(cart)?)?;
        }
        Ok((commit.reply, commit.effects, call))
    }

    /// Tells others; what cannot be told now is told later through the queue.
    async fn carry_out(&self, effects: Vec<Effect>, call: &CartCall) {
        let mut settled = true;
        for effect in effects {
            match self.tell(effect, call).await {
                Ok(input) => {
                    settled &= matches!(self.answered(input), Reply::Done { settled: true })
                }
                Err(problem) => {
                    crate::telemetry::error("cart_effect_failed", &problem.to_string());
                    settled = false;
                }
            }
        }
        if !settled {
            queues::relay::later(&self.env, call.shop, call.cart).await;
        }
    }

    async fn tell(&self, effect: Effect, call: &CartCall) -> Result<Input, Problem> {
        let shop = config::shop(&self.env, call.shop).await?;
        match effect {
            Effect::Push {
                shopper,
                slot,
                identify,
            } => {
                let version = slot.version;
                let input = shopper::Input::Slot {
                    shop: call.shop,
                    shopper,
                    object: shop.names.cart(call.cart),
                    slot,
                    identify,
                    settings: shop.settings.clone(),
                };
                let reply = ask_shopper(
                    &self.env,
                    &ShopperCall {
                        shop: call.shop,
                        shopper,
                        ask: ShopperAsk::Step(input),
                    },
                )
                .await?;
                Ok(Input::SlotTaken {
                    version,
                    settled: matches!(reply, shopper::Reply::Taken { settled: true }),
                })
            }
            Effect::TellParent {
                parent,
                ordered,
                dots,
            } => {
                let input = Input::ForkOrdered {
                    shop: call.shop,
                    cart: parent,
                    fork: call.cart,
                    ordered,
                    dots,
                };
                match ask_cart(
                    &self.env,
                    &shop.names.cart(parent),
                    &CartCall {
                        shop: call.shop,
                        cart: parent,
                        input,
                    },
                )
                .await?
                {
                    Reply::Done { settled: true } => Ok(Input::ParentTook { ordered }),
                    _ => Err(Problem::Unavailable(String::from(
                        "the parent cart is not settled yet",
                    ))),
                }
            }
        }
    }

    /// Feeds an answer back. It changes no row; see the core's Cart.
    fn answered(&self, input: Input) -> Reply {
        match &mut *self.cart.borrow_mut() {
            Some(cart) => cart.step(input, clock::now_ms(), &[0; 32]).reply,
            None => Reply::Done { settled: false },
        }
    }

    /// Acknowledges only what is in force.
    fn finish(&self, reply: Reply) -> Reply {
        match (reply, &*self.cart.borrow()) {
            (Reply::Collected(collected), Some(cart)) => Reply::Collected(cart.finish(collected)),
            (Reply::Done { .. }, Some(cart)) => cart.done(),
            (reply, _) => reply,
        }
    }
}

/// In test builds, asking for the all-ones cart panics inside the object.
#[cfg(feature = "test-routes")]
#[expect(
    clippy::panic,
    reason = "proves that a panic in an object fails one call only"
)]
fn provoked_panic(call: &CartCall) {
    if call.cart.0 == [0xff; 16] {
        panic!("provoked by a test");
    }
}
