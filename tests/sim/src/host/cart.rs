//! Hosts a Cart.

use super::Hosted;
use super::shopper::ShopperAsk;
use crate::arena::Id;
use crate::event::{Answer, Back, Callee, Event};
use crate::fault::{Fault, Opportunity};
use crate::model::Model;
use crate::stage::SHOP;
use crate::violation::Broken;
use crate::world::World;
use homing_core::cart::{CartState, EventId};
use homing_core::contact::Phone;
use homing_core::ids::CartId;
use homing_core::log::{Checkpoint, Hash, Page};
use homing_core::object::cart::{Cart, Effect, Heard, Input, Ordered, Reply};
use homing_core::object::codec;
use homing_core::object::shopper::Reply as ShopperReply;
use std::vec::IntoIter;

/// For how long one hint in the relay's queue is trusted, ms; `worker/src/queues/relay.rs`.
const CHAIN_MS: u64 = 30 * 60_000;

/// A Cart and what is known of it from outside.
pub(crate) struct Basket {
    pub(crate) id: CartId,
    pub(crate) hosted: Hosted<Cart>,
    /// Lost with the memory.
    relayed_until: u64,
    pub(crate) head: Hash,
    pub(crate) seq: u64,
    /// The fold of the log, told again.
    pub(crate) shadow: CartState,
    pub(crate) model: Model,
    pub(crate) identified: Vec<EventId>,
    /// Numbers that were typed on it.
    pub(crate) said: Vec<Phone>,
    pub(crate) orders_to_ack: usize,
    /// How often something was said about its lines.
    pub(crate) changes: u32,
    /// Bytes of the log's pages.
    pub(crate) log_pages: Vec<u64>,
}

impl Basket {
    pub(crate) fn new(id: CartId) -> Self {
        Self {
            id,
            hosted: Hosted::new(),
            relayed_until: 0,
            head: Checkpoint::genesis(SHOP, id).hash,
            seq: 0,
            shadow: CartState::default(),
            model: Model::default(),
            identified: Vec::new(),
            said: Vec::new(),
            orders_to_ack: 0,
            changes: 0,
            log_pages: Vec::new(),
        }
    }

    /// Whether a step will write: only then is memory the row again afterwards.
    fn will_write(&self, input: &Input) -> bool {
        match input {
            Input::Collect(collect) => {
                let fresh = |id| !self.shadow.has_seen(id);
                collect.events.iter().any(|event| fresh(event.id))
                    || collect
                        .identify
                        .as_ref()
                        .is_some_and(|identify| fresh(identify.id))
            }
            // A read changes nothing at all.
            Input::Read | Input::Revoke | Input::ForkOrdered { .. } => true,
            _ => false,
        }
    }
}

/// A Cart's call that waits for others.
pub(crate) struct CartTask {
    since: u64,
    basket: Id<Basket>,
    incarnation: u32,
    effects: IntoIter<Effect>,
    owed: Option<Owed>,
    settled: bool,
    settles: bool,
    reply: Reply,
    back: Back,
}

enum Owed {
    Slot {
        version: u64,
        identified: Option<EventId>,
    },
    Parent(Ordered),
}

fn page_bytes(page: &Page) -> u64 {
    codec::encode(page).map_or(0, |bytes| bytes.len() as u64)
}

impl World<'_> {
    fn kill_cart(&mut self, id: Id<Basket>) {
        let basket = self.baskets.at_mut(id);
        basket.relayed_until = 0;
        if !basket.hosted.kill() {
            self.broke(Broken::RowDiffers, || String::from("a cart's row"));
        }
        self.check_cart_row(id);
    }

    pub(crate) fn call_cart(&mut self, id: Id<Basket>, input: Input, back: Back) {
        self.tally.bill.called();
        let fault = self.strike(Opportunity::CartStep);
        match fault {
            // The step is pure and nothing of it was written: it might as well not have happened.
            Some(Fault::CartKilledBefore) => {
                self.kill_cart(id);
                return self.answer(back, Answer::Failed);
            }
            Some(Fault::CartEvicted) => self.kill_cart(id),
            _ => {}
        }
        let settles = matches!(input, Input::Settle);
        let entropy = self.names.entropy();
        let may_forget = self.strikes.may_forget();
        let basket = self.baskets.at_mut(id);
        let cart_id = basket.id;
        basket
            .hosted
            .memory
            .get_or_insert_with(|| Cart::new(SHOP, cart_id));
        if may_forget && !basket.will_write(&input) {
            basket.hosted.keep_row();
        }
        let Some(cart) = &mut basket.hosted.memory else {
            return;
        };
        let told = match &input {
            Input::Tell(telling) => Some(telling.clone()),
            _ => None,
        };
        let changes = basket.changes;
        let commit = cart.step(input, self.now, &entropy);
        let (written, owed) = (commit.write, commit.effects.len());
        let seq = cart.log().seq();
        self.tally.steps += 1;
        self.tell(|| {
            let number = id.number();
            format!("cart {number}: written {written}, entry {seq}, tells {owed}")
        });
        let basket = self.baskets.at_mut(id);
        if commit.write {
            self.tally
                .bill
                .cart_wrote(!basket.hosted.is_written(), commit.pages.len());
            basket.log_pages.extend(commit.pages.iter().map(page_bytes));
            basket.hosted.wrote();
            self.cart_written(id, &commit.pages);
            if let Some(telling) = told.filter(|_| self.baskets.at(id).changes > changes) {
                self.lines_told(id, &telling);
            }
        }
        if fault == Some(Fault::CartKilledAfter) {
            self.kill_cart(id);
            return self.answer(back, Answer::Failed);
        }
        if commit.effects.is_empty() {
            if settles {
                self.baskets.at_mut(id).relayed_until = 0;
            }
            return self.answer_for_cart(id, commit.reply, back);
        }
        let task = self.cart_tasks.put(CartTask {
            since: self.now,
            basket: id,
            incarnation: self.baskets.at(id).hosted.incarnation,
            effects: commit.effects.into_iter(),
            owed: None,
            settled: true,
            settles,
            reply: commit.reply,
            back,
        });
        self.cart_goes_on(task);
    }

    /// Carries out the next effect, or ends the call.
    fn cart_goes_on(&mut self, number: u32) {
        let Some(mut task) = self.cart_tasks.take(number) else {
            return;
        };
        while let Some(effect) = task.effects.next() {
            self.tally.bill.look_ups += 1;
            let mut lost = false;
            let mut at = self.now + self.latency();
            match self.strike(Opportunity::Effect) {
                Some(Fault::KilledBeforeEffect) => {
                    self.kill_cart(task.basket);
                    return self.answer(task.back, Answer::Failed);
                }
                Some(Fault::CallLost) => {
                    task.settled = false;
                    continue;
                }
                Some(Fault::CallAnswerLost) => lost = true,
                Some(Fault::CallSlow) => at += self.dice.between(100, 25_000),
                _ => {}
            }
            let to = match effect {
                Effect::Push {
                    shopper,
                    slot,
                    identify,
                    named_at,
                } => {
                    task.owed = Some(Owed::Slot {
                        version: slot.version,
                        identified: identify.as_ref().map(|identify| identify.id),
                    });
                    let Some(person) = self.person_of(shopper) else {
                        continue;
                    };
                    let ask = ShopperAsk::Slot(slot, identify.map(Box::new), named_at);
                    Callee::Shopper(person, ask)
                }
                Effect::TellParent {
                    parent,
                    origin,
                    ordered,
                    dots,
                    generation,
                } => {
                    task.owed = Some(Owed::Parent(ordered));
                    let Some(basket) = self.basket_of(parent) else {
                        continue;
                    };
                    let fork = self.baskets.at(task.basket).id;
                    let input = Input::ForkOrdered {
                        shop: SHOP,
                        cart: parent,
                        fork,
                        origin,
                        ordered,
                        dots,
                        generation,
                    };
                    Callee::Cart(basket, input)
                }
            };
            let number = self.cart_tasks.put(task);
            let back = Back::Cart(number);
            let to = Box::new(to);
            return self.agenda.put(at, Event::Call { to, back, lost });
        }
        let now = self.now;
        self.tally.bill.waited_ms += now - task.since;
        let basket = self.baskets.at_mut(task.basket);
        if !task.settled && !task.settles && now >= basket.relayed_until {
            basket.relayed_until = now + CHAIN_MS;
            self.relay_later(task.basket);
        }
        self.answer_for_cart(task.basket, task.reply, task.back);
    }

    /// An answer to one of a Cart's effects.
    pub(crate) fn cart_heard(&mut self, number: u32, answer: Answer) {
        let Some(mut task) = self.cart_tasks.take(number) else {
            return;
        };
        if task.incarnation != self.baskets.at(task.basket).hosted.incarnation {
            return self.answer(task.back, Answer::Failed);
        }
        let input = match (task.owed.take(), answer) {
            (
                Some(Owed::Slot {
                    version,
                    identified,
                }),
                Answer::Shopper(reply),
            ) => Some(Input::SlotTaken {
                version,
                settled: matches!(reply, ShopperReply::Taken { settled: true }),
                identified,
            }),
            (
                Some(Owed::Parent(ordered)),
                Answer::Cart(Reply::Done { settled: true } | Reply::ComeRound),
            ) => Some(Input::ParentTook { ordered }),
            _ => None,
        };
        let may_forget = self.strikes.may_forget();
        let basket = self.baskets.at_mut(task.basket);
        match (input, &mut basket.hosted.memory) {
            (Some(input), Some(_)) => {
                if may_forget {
                    basket.hosted.keep_row();
                }
                let reply = basket
                    .hosted
                    .memory
                    .as_mut()
                    .map(|cart| cart.step(input, self.now, &[0; 32]).reply);
                let settled = reply == Some(Reply::Done { settled: true });
                if settled {
                    basket.relayed_until = 0;
                }
                task.settled &= settled;
            }
            _ => task.settled = false,
        }
        let number = self.cart_tasks.put(task);
        self.cart_goes_on(number);
    }

    /// Acknowledges only what is in force.
    fn answer_for_cart(&mut self, id: Id<Basket>, reply: Reply, back: Back) {
        let Some(cart) = &self.baskets.at(id).hosted.memory else {
            return self.answer(back, Answer::Failed);
        };
        let reply = match reply {
            Reply::Collected(collected) => Reply::Collected(cart.finish(collected)),
            Reply::Done { .. } => cart.done(),
            Reply::Told(heard) => Reply::Told(Box::new(match *heard {
                Heard::Taken(taken) => Heard::Taken(cart.finish_telling(taken)),
                heard => heard,
            })),
            Reply::ComeRound | Reply::Snapshot(_) | Reply::Account(_) | Reply::LogEnd(_) => reply,
        };
        if let Reply::Collected(collected) = &reply {
            self.acknowledged(id, collected);
        }
        self.answer(back, Answer::Cart(reply));
    }
}
