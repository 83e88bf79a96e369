//! Hosts a Cart.

use super::calls::{CartCall, ShopperAsk, ShopperCall, ask_cart, ask_shopper};
#[cfg(feature = "test-routes")]
use super::trace;
use super::{acknowledgement, answer, exception, message};
use crate::bindings::{Env, ObjectContext};
use crate::error::Problem;
use crate::promise::promise;
use crate::{clock, config, queues, stock, store};
use homing_core::ids::{CartId, ShopId};
use homing_core::log::{Erasure, What};
use homing_core::object::cart::{Cart, Effect, Heard, Input, Reply};
use homing_core::object::{Commit, codec, shopper};
#[cfg(feature = "test-routes")]
use homing_core::trace::Asked;
use js_sys::Uint8Array;
use std::cell::{Cell, RefCell};
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
    /// Until when a hint in the relay's queue stands for whatever is owed, epoch ms.
    relayed_until: Cell<u64>,
}

/// Whom a call is about.
struct Call {
    shop: ShopId,
    cart: CartId,
    /// The relay asks, and will ask again by itself.
    settles: bool,
}

/// Opens the object; its state is read with the first call.
#[wasm_bindgen]
pub fn open_cart(ctx: ObjectContext, env: Env) -> CartHost {
    CartHost(AssertUnwindSafe(Rc::new(Inner {
        ctx,
        env,
        cart: RefCell::new(None),
        relayed_until: Cell::new(0),
    })))
}

#[wasm_bindgen]
impl CartHost {
    /// One call: the answer, or a promise of it where others have to be told first. It is text for a storefront, bytes for
    /// everybody else.
    pub fn call(&self, bytes: Uint8Array) -> Result<JsValue, JsValue> {
        #[cfg(feature = "test-routes")]
        if trace::is_wanted(&bytes) {
            return trace::read(&self.0.ctx).map_err(|problem| exception(&problem));
        }
        let (reply, effects, call) = self.0.take(&bytes).map_err(|problem| exception(&problem))?;
        if effects.is_empty() {
            if call.settles {
                // The relay's hint ends here: it stands for nothing that comes later.
                self.0.relayed_until.set(0);
            }
            return self
                .0
                .answer(reply, &call)
                .map_err(|problem| exception(&problem));
        }
        let inner = Rc::clone(&self.0);
        Ok(promise(async move {
            inner.carry_out(effects, &call).await;
            inner.answer(reply, &call)
        })
        .into())
    }

    /// Drops what is remembered: the row is the truth.
    pub fn forget(&self) {
        self.0.cart.replace(None);
    }
}

impl Inner {
    fn take(&self, bytes: &Uint8Array) -> Result<(Reply, Vec<Effect>, Call), Problem> {
        let call: CartCall = message(bytes)?;
        #[cfg(feature = "test-routes")]
        provoked_panic(&call);
        let CartCall { shop, cart, input } = call;
        let arrival = arrival(&input);
        let settles = matches!(input, Input::Settle);
        let forgets = matches!(input, Input::Forget { .. });
        let call = Call {
            shop,
            cart,
            settles,
        };
        let (reply, effects, bought, written) = self.with(&call, |cart| {
            let before = cart.last_order();
            let commit = self.step(cart, input, &clock::entropy())?;
            if commit.write {
                if cart.last_order() != before {
                    let id = cart.id().to_string();
                    crate::telemetry::passed(cart.trace(), "order_taken", &id);
                }
                for number in (0..cart.log().pages()).filter(|_| forgets) {
                    if let Some(mut page) = store::packed::read_page(&self.ctx, number)?
                        && page.erase(&Erasure::Everything) > 0
                    {
                        store::packed::write_page(&self.ctx, &page)?;
                    }
                }
                for page in &commit.pages {
                    store::packed::write_page(&self.ctx, page)?;
                }
                store::packed::write(&self.ctx, &codec::encode(cart)?)?;
            }
            let bought = cart.last_order().filter(|order| before != Some(*order));
            Ok((commit.reply, commit.effects, bought, commit.write))
        })?;
        if let Some((parent, generation)) = arrival.filter(|_| written) {
            tell_of_arrival(&self.env, call.shop, parent, generation);
        }
        if let Some(ordered) = bought {
            stock::tell_of_order(&self.env, call.shop, call.cart, ordered);
        }
        Ok((reply, effects, call))
    }

    /// Works on the cart, read from its row where it is not at hand.
    fn with<T>(
        &self,
        call: &Call,
        work: impl FnOnce(&mut Cart) -> Result<T, Problem>,
    ) -> Result<T, Problem> {
        let mut slot = self.cart.borrow_mut();
        let cart = match &mut *slot {
            Some(cart) => cart,
            empty => {
                let cart = match store::packed::read(&self.ctx)? {
                    Some(bytes) => codec::decode(&bytes)?,
                    None => Cart::new(call.shop, call.cart),
                };
                #[cfg(feature = "test-routes")]
                trace::begun(&self.ctx, &self.env, &cart)?;
                empty.insert(cart)
            }
        };
        work(cart)
    }

    /// The core's step, now.
    fn step(
        &self,
        cart: &mut Cart,
        input: Input,
        entropy: &[u8; 32],
    ) -> Result<Commit<Effect, Reply>, Problem> {
        let now = clock::now_ms();
        #[cfg(feature = "test-routes")]
        let asked = Asked::Cart(input.clone());
        let commit = cart.step(input, now, entropy);
        #[cfg(feature = "test-routes")]
        trace::step(&self.ctx, &self.env, (now, *entropy, asked), &commit, cart)?;
        Ok(commit)
    }

    /// Tells others; what cannot be told now is told later through the queue.
    async fn carry_out(&self, effects: Vec<Effect>, call: &Call) {
        let mut settled = true;
        for effect in effects {
            match self.tell(effect, call).await {
                Ok(input) => settled &= self.answered(input, call),
                Err(problem) => {
                    crate::telemetry::error("cart_effect_failed", &problem.to_string());
                    settled = false;
                }
            }
        }
        // The relay's own calls are repeated by the queue; everybody else's by at most one hint at a time.
        if !settled && !call.settles && clock::now_ms() >= self.relayed_until.get() {
            self.relayed_until
                .set(clock::now_ms().saturating_add(queues::settle::CHAIN_MS));
            let trace = self.with(call, |cart| Ok(cart.trace())).ok().flatten();
            queues::settle::later(&self.env, (call.shop, call.cart), trace).await;
        }
    }

    async fn tell(&self, effect: Effect, call: &Call) -> Result<Input, Problem> {
        let shop = config::shop(&self.env, call.shop).await?;
        match effect {
            Effect::Push {
                shopper,
                slot,
                identify,
                named_at,
            } => {
                let version = slot.version;
                let trace = self.with(call, |cart| Ok(cart.trace()))?;
                let identified = identify.as_ref().map(|identify| identify.id);
                let input = shopper::Input::Slot {
                    shop: call.shop,
                    shopper,
                    object: shop.names.cart(call.cart),
                    slot,
                    identify,
                    named_at,
                    settings: shop.settings.clone(),
                    errands: shop.errands.clone(),
                };
                let input = match trace {
                    Some(trace) => shopper::Input::Traced {
                        cart: call.cart,
                        trace,
                        input: Box::new(input),
                    },
                    None => input,
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
                    identified,
                })
            }
            Effect::TellParent {
                parent,
                origin,
                ordered,
                dots,
                generation,
            } => {
                let input = Input::ForkOrdered {
                    shop: call.shop,
                    cart: parent,
                    fork: call.cart,
                    origin,
                    ordered,
                    dots,
                    generation,
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
                    Reply::Done { settled: true } | Reply::ComeRound => {
                        Ok(Input::ParentTook { ordered })
                    }
                    _ => Err(Problem::Unavailable(String::from(
                        "the parent cart is not settled yet",
                    ))),
                }
            }
        }
    }

    /// Feeds an answer back; whether nothing is owed any more. It changes no row; see the core's Cart.
    fn answered(&self, input: Input, call: &Call) -> bool {
        let step = |cart: &mut Cart| Ok(self.step(cart, input, &[0; 32])?.reply);
        let settled = matches!(self.with(call, step), Ok(Reply::Done { settled: true }));
        if settled {
            self.relayed_until.set(0);
        }
        settled
    }

    fn answer(&self, reply: Reply, call: &Call) -> Result<JsValue, Problem> {
        match self.finish(reply, call)? {
            Reply::Collected(collected) => {
                let deployment = config::deployment(&self.env)?;
                let now = clock::now_ms();
                let json =
                    acknowledgement::json(&collected, &deployment, call.shop, call.cart, now)?;
                Ok(JsValue::from_str(&json))
            }
            reply => answer(&reply),
        }
    }

    /// Acknowledges only what is in force.
    fn finish(&self, reply: Reply, call: &Call) -> Result<Reply, Problem> {
        match reply {
            Reply::Collected(collected) => {
                self.with(call, |cart| Ok(Reply::Collected(cart.finish(collected))))
            }
            Reply::Done { .. } => self.with(call, |cart| Ok(cart.done())),
            Reply::Told(heard) => match *heard {
                Heard::Taken(taken) => self.with(call, |cart| {
                    let taken = Heard::Taken(cart.finish_telling(taken));
                    Ok(Reply::Told(Box::new(taken)))
                }),
                heard => Ok(Reply::Told(Box::new(heard))),
            },
            Reply::ComeRound | Reply::Snapshot(_) | Reply::Account(_) | Reply::LogEnd(_) => {
                Ok(reply)
            }
        }
    }
}

/// The cart whose recovery link somebody has come by, and the link's generation. A link that leads elsewhere, as the browser's own token
/// does, is none.
fn arrival(input: &Input) -> Option<(CartId, u8)> {
    match input {
        Input::Traced(_, input) => arrival(input),
        Input::Collect(collect) if collect.by_link => {
            collect.events.iter().find_map(|event| match event.what {
                What::Fork {
                    parent, generation, ..
                } => Some((parent, generation)),
                _ => None,
            })
        }
        _ => None,
    }
}

/// Tells whoever was sent the link that the contact is theirs. Nobody waits for it, and it is lost where that fails: the next click says
/// it again.
fn tell_of_arrival(env: &Env, shop: ShopId, cart: CartId, generation: u8) {
    let env = env.clone();
    wasm_bindgen_futures::spawn_local(async move {
        if let Err(problem) = confirm(&env, shop, cart, generation).await {
            crate::telemetry::error("arrival_not_told", &problem.to_string());
        }
    });
}

async fn confirm(env: &Env, shop: ShopId, cart: CartId, generation: u8) -> Result<(), Problem> {
    let object = config::shop(env, shop).await?.names.cart(cart);
    let read = CartCall {
        shop,
        cart,
        input: Input::Read,
    };
    let Reply::Snapshot(snapshot) = ask_cart(env, &object, &read).await? else {
        return Ok(());
    };
    let shopper = snapshot
        .shopper
        .filter(|_| snapshot.generation == generation);
    if let Some(shopper) = shopper {
        let ask = ShopperAsk::Step(shopper::Input::Confirmed);
        ask_shopper(env, &ShopperCall { shop, shopper, ask }).await?;
    }
    Ok(())
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
