//! Hosts the core's objects as the worker does: `worker/src/objects/{cart,shopper}.rs`, `worker/js/entry.js`. What a change of
//! the core's API changes here stands in this file.
//!
//! A row is durable, memory is not. A step that writes is durable before its effects and its reply leave (the output gate). A
//! kill takes the memory and everything that was waiting in it; whoever waits for the object learns of a failure.

use crate::arena::Id;
use crate::desk::{DeskAnswer, DeskAsk};
use crate::fault::{Fault, Opportunity};
use crate::model::Model;
use crate::stage::{Contact, PUBLIC_URL, SHOP};
use crate::violation::Broken;
use crate::witness::{Delivered, Stop};
use crate::world::{Answer, Back, Callee, Event, World};
use homing_core::cart::{CartState, EventId};
use homing_core::contact::Email;
use homing_core::delivery::{DeliveryKey, Outcome};
use homing_core::ids::{CartId, ShopperId};
use homing_core::log::Hash;
use homing_core::object::cart::{
    Cart, Effect as CartEffect, Identify, Input as CartInput, Ordered, Reply as CartReply, Slot,
    Snapshot,
};
use homing_core::object::shopper::{
    Effect as ShopperEffect, Input as ShopperInput, ReleaseInput, Reply as ShopperReply, Shopper,
};
use homing_core::object::{Commit, codec};
use serde::{Serialize, de::DeserializeOwned};
use std::vec::IntoIter;

/// For how long one hint in the relay's queue is trusted, ms; `worker/src/queues/relay.rs`.
const CHAIN_MS: u64 = 30 * 60_000;

/// An object: its memory, and its row where that differs.
pub(crate) struct Hosted<T> {
    pub(crate) memory: Option<T>,
    /// The row, where memory has gone on without a write; otherwise memory is the row.
    row: Option<Box<T>>,
    written: bool,
    incarnation: u32,
}

impl<T: Clone + PartialEq + Serialize + DeserializeOwned> Hosted<T> {
    fn new() -> Self {
        Self {
            memory: None,
            row: None,
            written: false,
            incarnation: 0,
        }
    }

    pub(crate) fn is_written(&self) -> bool {
        self.written
    }

    /// Before a step that writes nothing.
    fn keep_row(&mut self) {
        if self.written && self.row.is_none() {
            self.row = self.memory.clone().map(Box::new);
        }
    }

    fn wrote(&mut self) {
        self.written = true;
        self.row = None;
    }

    /// Memory goes; what comes back is read from the row's bytes. False when those do not say the same.
    fn kill(&mut self) -> bool {
        self.incarnation += 1;
        let row = match self.row.take() {
            Some(row) => Some(*row),
            None => self.memory.take().filter(|_| self.written),
        };
        let Some(row) = row else {
            self.memory = None;
            return true;
        };
        let read = codec::encode(&row).and_then(|bytes| codec::decode::<T>(&bytes));
        let same = read.as_ref().is_ok_and(|read| *read == row);
        self.memory = read.ok();
        same
    }
}

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
    pub(crate) orders_to_ack: usize,
}

impl Basket {
    pub(crate) fn new(id: CartId) -> Self {
        Self {
            id,
            hosted: Hosted::new(),
            relayed_until: 0,
            head: [0; 32],
            seq: 0,
            shadow: CartState::default(),
            model: Model::default(),
            identified: Vec::new(),
            orders_to_ack: 0,
        }
    }
}

/// A Shopper and what is known of it from outside.
pub(crate) struct Person {
    pub(crate) id: ShopperId,
    pub(crate) email: Email,
    pub(crate) hosted: Hosted<Shopper>,
    /// The platform's one alarm, and how often it was set.
    alarm: Option<u64>,
    armed: u32,
    /// Links that arrived, newest last.
    pub(crate) mailbox: Vec<(String, Id<Basket>)>,
    pub(crate) stops: Vec<Stop>,
    pub(crate) delivered: Vec<Delivered>,
    pub(crate) versions: Vec<(CartId, u64)>,
    /// When its row was written last.
    pub(crate) written_at: u64,
}

impl Person {
    pub(crate) fn new(contact: &Contact) -> Self {
        Self {
            id: contact.shopper,
            email: contact.email.clone(),
            hosted: Hosted::new(),
            alarm: None,
            armed: 0,
            mailbox: Vec::new(),
            stops: Vec::new(),
            delivered: Vec::new(),
            versions: Vec::new(),
            written_at: 0,
        }
    }
}

/// A Cart's call that waits for others.
pub(crate) struct CartTask {
    basket: Id<Basket>,
    incarnation: u32,
    effects: IntoIter<CartEffect>,
    owed: Option<Owed>,
    settled: bool,
    settles: bool,
    reply: CartReply,
    back: Back,
}

enum Owed {
    Slot {
        version: u64,
        identified: Option<EventId>,
    },
    Parent(Ordered),
}

/// What is asked of a Shopper's host.
pub(crate) enum ShopperAsk {
    Slot(Slot, Option<Box<Identify>>),
    Wake,
    Release(DeliveryKey),
    Outcome {
        key: DeliveryKey,
        attempt: u32,
        outcome: Outcome,
    },
    Unsubscribe,
}

/// A Shopper's call that waits for others.
pub(crate) struct ShopperTask {
    person: Id<Person>,
    incarnation: u32,
    stage: Stage,
    back: Back,
}

enum Stage {
    /// A release reads its carts, one after the other.
    Reading {
        key: DeliveryKey,
        rest: IntoIter<(CartId, String)>,
        current: CartId,
        carts: Vec<(CartId, Option<Snapshot>)>,
    },
    /// A release asks the desk for configuration and products.
    Products {
        key: DeliveryKey,
        carts: Vec<(CartId, Option<Snapshot>)>,
    },
    Effects {
        rest: IntoIter<ShopperEffect>,
        told: Option<(u64, u64)>,
        reply: ShopperReply,
    },
}

impl World<'_> {
    fn kill_cart(&mut self, id: Id<Basket>) {
        let basket = &mut self.baskets[id];
        basket.relayed_until = 0;
        if !basket.hosted.kill() {
            self.broke(Broken::RowDiffers, || String::from("a cart's row"));
        }
        self.check_cart_row(id);
    }

    fn kill_shopper(&mut self, id: Id<Person>) {
        if !self.people[id].hosted.kill() {
            self.broke(Broken::RowDiffers, || String::from("a shopper's row"));
        }
    }

    pub(crate) fn call_cart(&mut self, id: Id<Basket>, input: CartInput, back: Back) {
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
        let settles = matches!(input, CartInput::Settle);
        let entropy = self.names.entropy();
        let may_forget = self.strikes.may_forget();
        let basket = &mut self.baskets[id];
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
        let commit = cart.step(input, self.now, &entropy);
        let (written, owed) = (commit.write, commit.effects.len());
        let seq = cart.log().seq();
        self.tally.steps += 1;
        self.tell(|| {
            let number = id.number();
            format!("cart {number}: written {written}, entry {seq}, tells {owed}")
        });
        let basket = &mut self.baskets[id];
        if commit.write {
            basket.hosted.wrote();
            self.cart_written(id, &commit.pages);
        }
        if fault == Some(Fault::CartKilledAfter) {
            self.kill_cart(id);
            return self.answer(back, Answer::Failed);
        }
        if commit.effects.is_empty() {
            if settles {
                self.baskets[id].relayed_until = 0;
            }
            return self.answer_for_cart(id, commit.reply, back);
        }
        let task = self.cart_tasks.put(CartTask {
            basket: id,
            incarnation: self.baskets[id].hosted.incarnation,
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
                CartEffect::Push {
                    shopper,
                    slot,
                    identify,
                } => {
                    task.owed = Some(Owed::Slot {
                        version: slot.version,
                        identified: identify.as_ref().map(|identify| identify.id),
                    });
                    let Some(person) = self.person_of(shopper) else {
                        continue;
                    };
                    let ask = ShopperAsk::Slot(slot, identify.map(Box::new));
                    Callee::Shopper(person, ask)
                }
                CartEffect::TellParent {
                    parent,
                    ordered,
                    dots,
                    generation,
                } => {
                    task.owed = Some(Owed::Parent(ordered));
                    let Some(basket) = self.basket_of(parent) else {
                        continue;
                    };
                    let fork = self.baskets[task.basket].id;
                    let input = CartInput::ForkOrdered {
                        shop: SHOP,
                        cart: parent,
                        fork,
                        ordered,
                        dots,
                        generation,
                    };
                    Callee::Cart(basket, input)
                }
            };
            let number = self.cart_tasks.put(task);
            let back = Back::Cart(number);
            return self.agenda.put(at, Event::Call { to, back, lost });
        }
        let now = self.now;
        let basket = &mut self.baskets[task.basket];
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
        if task.incarnation != self.baskets[task.basket].hosted.incarnation {
            return self.answer(task.back, Answer::Failed);
        }
        let input = match (task.owed.take(), answer) {
            (
                Some(Owed::Slot {
                    version,
                    identified,
                }),
                Answer::Shopper(reply),
            ) => Some(CartInput::SlotTaken {
                version,
                settled: matches!(reply, ShopperReply::Taken { settled: true }),
                identified,
            }),
            (Some(Owed::Parent(ordered)), Answer::Cart(CartReply::Done { settled: true })) => {
                Some(CartInput::ParentTook { ordered })
            }
            _ => None,
        };
        let may_forget = self.strikes.may_forget();
        let basket = &mut self.baskets[task.basket];
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
                let settled = reply == Some(CartReply::Done { settled: true });
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
    fn answer_for_cart(&mut self, id: Id<Basket>, reply: CartReply, back: Back) {
        let Some(cart) = &self.baskets[id].hosted.memory else {
            return self.answer(back, Answer::Failed);
        };
        let reply = match reply {
            CartReply::Collected(collected) => CartReply::Collected(cart.finish(collected)),
            CartReply::Done { .. } => cart.done(),
            CartReply::Snapshot(_) => reply,
        };
        if let CartReply::Collected(collected) = &reply {
            self.acknowledged(id, collected);
        }
        self.answer(back, Answer::Cart(reply));
    }

    pub(crate) fn call_shopper(&mut self, id: Id<Person>, ask: ShopperAsk, back: Back) {
        let person = &mut self.people[id];
        if person.hosted.memory.is_none() {
            // Only a slot or a stop makes a Shopper.
            if !matches!(ask, ShopperAsk::Slot(..) | ShopperAsk::Unsubscribe) {
                return self.answer(back, Answer::Failed);
            }
            person.hosted.memory = Some(Shopper::new(SHOP, person.id));
        }
        let input = match ask {
            ShopperAsk::Release(key) => return self.ask_release(id, key, back),
            ShopperAsk::Wake => return self.wake(id, back),
            ShopperAsk::Slot(slot, identify) => ShopperInput::Slot {
                shop: SHOP,
                shopper: person.id,
                object: String::from("cart"),
                slot,
                identify: identify.map(|identify| *identify),
                settings: self.config.settings.clone(),
            },
            ShopperAsk::Outcome {
                key,
                attempt,
                outcome,
            } => ShopperInput::Outcome {
                key,
                attempt,
                outcome,
                waits_ms: self.config.waits_ms.clone(),
            },
            ShopperAsk::Unsubscribe => ShopperInput::Unsubscribe,
        };
        let now = self.now;
        let commit = self.persist(id, |shopper| shopper.step(input, now));
        self.carry_out(id, commit, back);
    }

    fn wake(&mut self, id: Id<Person>, back: Back) {
        let now = self.now;
        let commit = self.persist(id, |shopper| shopper.step(ShopperInput::Wake, now));
        if commit.as_ref().is_some_and(|commit| !commit.write) {
            self.set_alarm(id);
        }
        self.carry_out(id, commit, back);
    }

    /// A step, then its row and its alarm, which the platform writes together. `None`: the object was killed meanwhile.
    fn persist(
        &mut self,
        id: Id<Person>,
        step: impl FnOnce(&mut Shopper) -> Commit<ShopperEffect, ShopperReply>,
    ) -> Option<Commit<ShopperEffect, ShopperReply>> {
        let fault = self.strike(Opportunity::ShopperStep);
        match fault {
            Some(Fault::ShopperKilledBefore) => {
                self.kill_shopper(id);
                return None;
            }
            Some(Fault::ShopperEvicted) if self.people[id].hosted.is_written() => {
                self.kill_shopper(id);
            }
            _ => {}
        }
        self.check_overdue(id);
        let commit = step(self.people[id].hosted.memory.as_mut()?);
        self.tally.steps += 1;
        if self.is_told() {
            let line = told(id, self.people[id].hosted.memory.as_ref(), &commit);
            self.tell(|| line);
        }
        if commit.write {
            self.people[id].hosted.wrote();
            self.shopper_written(id);
            self.set_alarm(id);
        }
        if fault == Some(Fault::ShopperKilledAfter) {
            // What was decided is durable; the right to send is given to nobody.
            self.kill_shopper(id);
            return None;
        }
        Some(commit)
    }

    /// Like [`Self::persist`], for what mostly changes memory alone.
    fn note(&mut self, id: Id<Person>, input: ShopperInput) {
        if self.strikes.may_forget() {
            self.people[id].hosted.keep_row();
        }
        let now = self.now;
        self.persist(id, |shopper| shopper.step(input, now));
    }

    fn set_alarm(&mut self, id: Id<Person>) {
        let person = &mut self.people[id];
        let at = person.hosted.memory.as_ref().and_then(Shopper::next_alarm);
        if person.alarm == at {
            return;
        }
        person.alarm = at;
        person.armed += 1;
        let Some(at) = at else { return };
        let armed = person.armed;
        let mut due = at.max(self.now) + self.dice.below(40);
        if self.strike(Opportunity::AlarmSet).is_some() {
            due = at.saturating_sub(self.dice.below(5_000)).max(self.now);
        }
        let event = Event::Alarm {
            person: id,
            armed,
            tries: 0,
        };
        self.agenda.put(due, event);
    }

    /// The platform's alarm: at least once, and given up after six tries.
    pub(crate) fn alarm(&mut self, id: Id<Person>, armed: u32, tries: u8) {
        if self.people[id].armed != armed {
            return;
        }
        let again = Event::Alarm {
            person: id,
            armed,
            tries: 1,
        };
        match self.strike(Opportunity::AlarmDue) {
            Some(Fault::AlarmLate) if tries == 0 => {
                let late = self.now + self.dice.below(60_000);
                return self.agenda.put(late, again);
            }
            // Nobody can find an alarm that the platform lost while the desk could not be told of it.
            Some(Fault::AlarmLost) if self.desk_knows(id) => {
                self.people[id].alarm = None;
                return;
            }
            Some(Fault::AlarmTwice) => {
                let later = self.now + self.dice.below(5_000);
                self.agenda.put(later, again);
            }
            _ => self.people[id].alarm = None,
        }
        let before = self.people[id].hosted.incarnation;
        self.wake(id, Back::Nobody);
        let person = &self.people[id];
        if person.hosted.incarnation != before && person.armed == armed {
            // The handler failed: the platform tries again, from two seconds on, six times.
            if tries < 6 {
                let event = Event::Alarm {
                    person: id,
                    armed,
                    tries: tries + 1,
                };
                self.agenda.put(self.now + (2_000 << tries), event);
            }
        }
    }

    fn ask_release(&mut self, id: Id<Person>, key: DeliveryKey, back: Back) {
        let now = self.now;
        let ask = ShopperInput::ReleaseAsked { key };
        let Some(asked) = self.persist(id, |shopper| shopper.step(ask, now)) else {
            return self.answer(back, Answer::Failed);
        };
        let ShopperReply::Need(need) = asked.reply else {
            return self.carry_out(id, Some(asked), back);
        };
        let carts = Vec::with_capacity(need.carts.len());
        self.read_next(ShopperTask {
            person: id,
            incarnation: self.people[id].hosted.incarnation,
            stage: Stage::Reading {
                key,
                rest: need.carts.into_iter(),
                current: CartId([0; 16]),
                carts,
            },
            back,
        });
    }

    fn read_next(&mut self, mut task: ShopperTask) {
        let Stage::Reading {
            key,
            rest,
            current,
            carts,
        } = &mut task.stage
        else {
            return;
        };
        for (cart, _object) in rest.by_ref() {
            let basket = self.basket_of(cart);
            let fault = self.strike(Opportunity::Effect);
            if fault == Some(Fault::KilledBeforeEffect) {
                self.kill_shopper(task.person);
                return self.answer(task.back, Answer::Failed);
            }
            let Some(basket) = basket.filter(|_| fault != Some(Fault::CallLost)) else {
                carts.push((cart, None));
                continue;
            };
            let slow = fault == Some(Fault::CallSlow);
            let wait = if slow {
                self.dice.between(100, 25_000)
            } else {
                0
            };
            *current = cart;
            let at = self.now + self.latency() + wait;
            let number = self.shopper_tasks.put(task);
            let event = Event::Call {
                to: Callee::Cart(basket, CartInput::Read),
                back: Back::Shopper(number),
                lost: fault == Some(Fault::CallAnswerLost),
            };
            return self.agenda.put(at, event);
        }
        task.stage = Stage::Products {
            key: *key,
            carts: std::mem::take(carts),
        };
        let number = self.shopper_tasks.put(task);
        self.call(Callee::Desk(DeskAsk::Products), Back::Shopper(number));
    }

    /// An answer to something that a Shopper asked.
    pub(crate) fn shopper_heard(&mut self, number: u32, answer: Answer) {
        let Some(mut task) = self.shopper_tasks.take(number) else {
            return;
        };
        let id = task.person;
        if task.incarnation != self.people[id].hosted.incarnation {
            return self.answer(task.back, Answer::Failed);
        }
        match &mut task.stage {
            Stage::Reading { current, carts, .. } => {
                let snapshot = match answer {
                    Answer::Cart(CartReply::Snapshot(snapshot)) => Some(snapshot),
                    _ => None,
                };
                carts.push((*current, snapshot));
                self.read_next(task);
            }
            Stage::Products { key, carts } => {
                let Answer::Desk(DeskAnswer::Products { paused }) = answer else {
                    return self.answer(task.back, Answer::Failed);
                };
                let (key, carts) = (*key, std::mem::take(carts));
                let commit = self.release(id, key, &carts, paused);
                self.carry_out(id, commit, task.back);
            }
            Stage::Effects { told, .. } => {
                if let Some((version, reported)) = told.take() {
                    let lost = matches!(answer, Answer::Failed);
                    let input = if lost {
                        ShopperInput::FactLost
                    } else {
                        ShopperInput::FactTaken { version, reported }
                    };
                    self.note(id, input);
                    if lost {
                        self.set_alarm(id);
                    }
                }
                self.shopper_goes_on(task);
            }
        }
    }

    fn release(
        &mut self,
        id: Id<Person>,
        key: DeliveryKey,
        carts: &[(CartId, Option<Snapshot>)],
        paused: bool,
    ) -> Option<Commit<ShopperEffect, ShopperReply>> {
        let (now, stage, config) = (self.now, self.stage, self.config);
        let input = ReleaseInput {
            key,
            carts,
            products: &stage.products,
            config: if paused { &config.paused } else { &config.open },
            keys: &stage.keys,
            public_url: PUBLIC_URL,
        };
        let commit = self.persist(id, |shopper| shopper.release(&input, now))?;
        match &commit.reply {
            ShopperReply::Go(release) => self.released(id, key, release),
            ShopperReply::Refused(refused) => self.tally.refused(*refused),
            _ => {}
        }
        Some(commit)
    }

    fn carry_out(
        &mut self,
        id: Id<Person>,
        commit: Option<Commit<ShopperEffect, ShopperReply>>,
        back: Back,
    ) {
        let Some(commit) = commit else {
            return self.answer(back, Answer::Failed);
        };
        if commit.effects.is_empty() {
            return self.answer(back, Answer::Shopper(commit.reply));
        }
        self.shopper_goes_on(ShopperTask {
            person: id,
            incarnation: self.people[id].hosted.incarnation,
            stage: Stage::Effects {
                rest: commit.effects.into_iter(),
                told: None,
                reply: commit.reply,
            },
            back,
        });
    }

    /// Each effect stands in the state: what fails here comes back with the next wake-up.
    fn shopper_goes_on(&mut self, mut task: ShopperTask) {
        let id = task.person;
        let Stage::Effects { rest, told, .. } = &mut task.stage else {
            return;
        };
        while let Some(effect) = rest.next() {
            let fault = self.strike(Opportunity::Effect);
            if fault == Some(Fault::KilledBeforeEffect) {
                self.kill_shopper(id);
                return self.answer(task.back, Answer::Failed);
            }
            match effect {
                ShopperEffect::Hint { key } => {
                    if fault != Some(Fault::CallLost) {
                        self.hint(id, key);
                    }
                }
                ShopperEffect::TellDesk {
                    version,
                    next_at,
                    reports,
                    reported,
                } => {
                    *told = Some((version, reported));
                    let wait = match fault {
                        Some(Fault::CallSlow) => self.dice.between(100, 25_000),
                        _ => 0,
                    };
                    let at = self.now + self.latency() + wait;
                    let ask = DeskAsk::Fact {
                        person: id,
                        version,
                        next_at,
                        reports,
                    };
                    let back = Back::Shopper(self.shopper_tasks.put(task));
                    let event = match fault {
                        Some(Fault::CallLost) => Event::Back {
                            to: back,
                            answer: Answer::Failed,
                        },
                        fault => Event::Call {
                            to: Callee::Desk(ask),
                            back,
                            lost: fault == Some(Fault::CallAnswerLost),
                        },
                    };
                    return self.agenda.put(at, event);
                }
            }
        }
        let Stage::Effects { reply, .. } = task.stage else {
            return;
        };
        self.answer(task.back, Answer::Shopper(reply));
    }
}

impl Basket {
    /// Whether a step will write: only then is memory the row again afterwards.
    fn will_write(&self, input: &CartInput) -> bool {
        match input {
            CartInput::Collect(collect) => {
                let fresh = |id| !self.shadow.has_seen(id);
                collect.events.iter().any(|event| fresh(event.id))
                    || collect
                        .identify
                        .as_ref()
                        .is_some_and(|identify| fresh(identify.id))
            }
            // A read changes nothing at all.
            CartInput::Read | CartInput::Revoke | CartInput::ForkOrdered { .. } => true,
            _ => false,
        }
    }
}

/// A Shopper's step, for a reader.
fn told(
    id: Id<Person>,
    shopper: Option<&Shopper>,
    commit: &Commit<ShopperEffect, ShopperReply>,
) -> String {
    let since = |at: u64| at.saturating_sub(crate::stage::BEGINNING);
    let reply = match &commit.reply {
        ShopperReply::Go(release) => format!("go, try {}", release.attempt),
        ShopperReply::Need(need) => format!("needs {} carts", need.carts.len()),
        reply => format!("{reply:?}"),
    };
    let deliveries = shopper.map_or(&[][..], Shopper::deliveries).iter();
    let open: Vec<String> = deliveries
        .filter(|delivery| !delivery.state.is_closed())
        .map(|delivery| {
            let (key, name) = (delivery.key, delivery.state.name());
            let due_at = since(delivery.due_at);
            format!("{}.{} {name} for {due_at}", key.conversation, key.step)
        })
        .collect();
    let alarm = shopper.and_then(Shopper::next_alarm).map(since);
    format!(
        "person {}: {reply}, written {}, tells {}, open {open:?}, wakes at {alarm:?}",
        id.number(),
        commit.write,
        commit.effects.len()
    )
}
