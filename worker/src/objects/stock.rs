//! Hosts a shop's stock: the one that says who gets the last piece. It is an object of its own, so that a sale's rush of payments keeps
//! nobody waiting at the desk, and one for the whole shop, so that a reservation of several variants is one step.

use super::calls::{ShopInput, StockInput, StockReply, ask_shop};
use super::{answer, exception, message, state_of};
use crate::bindings::{self, Env, ObjectContext};
use crate::error::Problem;
use crate::promise::promise;
use crate::store::stock::StockStore;
use crate::{baskets, clock, config, telemetry};
use homing_core::endpoint::Event;
use homing_core::ids::ShopId;
use homing_core::stock::{Cause, Item, Refusal, Reservation, Shelf, Stock};
use js_sys::{Promise, Uint8Array};
use std::cell::{Cell, RefCell};
use std::panic::AssertUnwindSafe;
use std::rc::Rc;
use wasm_bindgen::prelude::*;
use worker::durable::State;

/// Carts that one reconciliation looks at: an invocation may make 1,000 calls. The next one goes on where it ended.
const LOOKED_AT: u32 = 300;

/// The stock and what the platform gave it. Nothing of what it holds can be half changed by a panic: the tables are the truth.
#[wasm_bindgen]
pub struct StockHost(AssertUnwindSafe<Rc<Inner>>);

struct Inner {
    ctx: ObjectContext,
    state: State,
    env: Env,
    /// When the alarm is set to, epoch ms; `None`: not known.
    armed: Cell<Option<u64>>,
    /// Whose reservations the next alarm is to hold against their carts.
    reconciles: Cell<Option<ShopId>>,
    /// The cart at which the last one ended.
    reached: RefCell<String>,
}

/// Opens the object.
#[wasm_bindgen]
pub fn open_stock(ctx: ObjectContext, env: Env) -> StockHost {
    StockHost(AssertUnwindSafe(Rc::new(Inner {
        state: state_of(&ctx),
        ctx,
        env,
        armed: Cell::new(None),
        reconciles: Cell::new(None),
        reached: RefCell::new(String::new()),
    })))
}

#[wasm_bindgen]
impl StockHost {
    /// Drops what is remembered.
    pub fn forget(&self) {
        self.0.armed.set(None);
    }

    /// One call: bytes in, bytes out.
    pub fn call(&self, bytes: Uint8Array) -> Result<JsValue, JsValue> {
        self.0
            .take(&bytes)
            .and_then(|reply| answer(&reply))
            .map_err(|problem| exception(&problem))
    }

    /// The alarm: what is over ends, what ended long ago is forgotten; and after a sweep, what no cart needs is freed.
    pub fn alarm(&self) -> Promise {
        let inner = Rc::clone(&self.0);
        promise(async move {
            inner.armed.set(None);
            if let Some(store) = inner.tables(false)? {
                let now = clock::now_ms();
                let mut stock = Stock(store);
                stock.expire(now)?;
                stock.0.forget(now)?;
                let tried = match inner.reconciles.take() {
                    Some(shop) => inner.reconcile(shop, &mut stock).await,
                    None => Ok(()),
                };
                inner.arm(&stock.0)?;
                tried?;
            }
            Ok(JsValue::UNDEFINED)
        })
    }
}

impl Inner {
    fn tables(&self, create: bool) -> Result<Option<StockStore>, Problem> {
        StockStore::open(self.state.storage().sql(), create)
    }

    fn take(&self, bytes: &Uint8Array) -> Result<StockReply, Problem> {
        let (shop, input): (ShopId, StockInput) = message(bytes)?;
        let create = match &input {
            StockInput::Reserve(_) => true,
            StockInput::Count { counted, .. } => !counted.is_empty(),
            _ => false,
        };
        let Some(store) = self.tables(create)? else {
            return Ok(match input {
                StockInput::Confirm(_) | StockInput::Cancel(_) | StockInput::Read(_) => {
                    StockReply::Refused(Refusal::Unknown)
                }
                StockInput::List { .. } => StockReply::List(Vec::new(), None),
                StockInput::Short { .. } => StockReply::Short(Vec::new()),
                _ => StockReply::Done,
            });
        };
        let now = clock::now_ms();
        let mut stock = Stock(store);
        match input {
            StockInput::Count { counted, uncounted } => {
                for Item { variant, qty } in &counted {
                    stock.count(variant, Some(u64::from(*qty)))?;
                }
                for variant in &uncounted {
                    stock.count(variant, None)?;
                }
                Ok(StockReply::Done)
            }
            StockInput::Reserve(wanted) => {
                let answer = stock.reserve(wanted, now)?;
                if let Ok(reservation) = &answer {
                    self.arm_by(&stock.0, reservation.expires_at)?;
                }
                shown(answer)
            }
            StockInput::Confirm(id) => shown(stock.confirm(&id, now)?),
            StockInput::Cancel(id) => shown(stock.cancel(&id, now)?),
            StockInput::Read(id) => shown(stock.0.find(&id)?.ok_or(Refusal::Unknown)),
            StockInput::List {
                state,
                reconciled,
                after,
                limit,
            } => {
                // One more tells whether there is another page.
                let more = limit.saturating_add(1);
                let mut found = stock.0.list(state, reconciled, after.as_ref(), more)?;
                let limit = usize::try_from(limit).unwrap_or(usize::MAX);
                let has_next = found.len() > limit;
                found.truncate(limit);
                let next = found.last().filter(|_| has_next);
                let next = next.map(|one| one.id.clone());
                let all = found.iter().map(Reservation::json).collect();
                Ok(StockReply::List(all, next))
            }
            StockInput::Short { variants, carts } => {
                Ok(StockReply::Short(stock.short(variants, &carts)?))
            }
            StockInput::Ordered { cart, ordered } => {
                stock.ordered(cart, ordered, now)?;
                Ok(StockReply::Done)
            }
            StockInput::Sweep => {
                // Its alarm may be gone; and it is the alarm that has the time to ask carts.
                self.reconciles.set(Some(shop));
                self.set_alarm(now)?;
                Ok(StockReply::Done)
            }
        }
    }

    /// Holds what is reserved against the carts that it is reserved for, as they are now.
    async fn reconcile(&self, shop: ShopId, stock: &mut Stock<StockStore>) -> Result<(), Problem> {
        let view = config::shop(&self.env, shop).await?;
        let after = self.reached.borrow().clone();
        let watched = stock.0.watched(&after, LOOKED_AT)?;
        let is_last = watched.len() < usize::try_from(LOOKED_AT).unwrap_or(usize::MAX);
        let reached = watched.last().filter(|_| !is_last);
        let reached = reached.and_then(|one| one.cart);
        self.reached
            .replace(reached.map_or_else(String::new, |cart| cart.to_string()));
        for Reservation { id, cart, .. } in watched {
            let Some(cart) = cart else { continue };
            // A cart that does not answer is looked at the next time.
            if let Ok(snapshot) = baskets::look(cart, &view, &self.env).await
                && stock.reconcile(&id, &snapshot, clock::now_ms())?.is_some()
            {
                stock.0.owe(&id)?;
            }
        }
        for reservation in stock.0.untold()? {
            let event = Event::of_reservation(&reservation);
            // The endpoints hear it at least once: what fails here is told by the next reconciliation.
            ask_shop(&self.env, shop, &ShopInput::Tell(event)).await?;
            stock.0.told(&reservation.id)?;
            // Its name is the merchant's own word.
            let cause = reservation.cause.map_or("", Cause::name);
            let what = format!("{} {cause}", reservation.state.name());
            telemetry::notice("reservation_reconciled", &what);
        }
        Ok(())
    }

    /// Has the alarm come by this time, epoch ms.
    fn arm_by(&self, store: &StockStore, at: u64) -> Result<(), Problem> {
        match self.armed.get() {
            Some(armed) if armed <= at => Ok(()),
            Some(_) => self.set_alarm(at),
            None => self.arm(store),
        }
    }

    /// Sets the alarm to what has to be done next.
    fn arm(&self, store: &StockStore) -> Result<(), Problem> {
        match store.next()? {
            Some(at) if self.armed.get() != Some(at) => self.set_alarm(at),
            _ => Ok(()),
        }
    }

    fn set_alarm(&self, at: u64) -> Result<(), Problem> {
        self.armed.set(Some(at));
        #[expect(clippy::cast_precision_loss, reason = "epoch ms stay far below 2^53")]
        let at = at as f64;
        // Not awaited, so that it is written together with what it is for.
        bindings::set_alarm(&self.ctx, at)
            .map(drop)
            .map_err(Problem::from)
    }
}

fn shown(answer: Result<Reservation, Refusal>) -> Result<StockReply, Problem> {
    Ok(match answer {
        Ok(reservation) => StockReply::Reservation(reservation.json()),
        Err(refusal) => StockReply::Refused(refusal),
    })
}
