//! Hosts a Shopper.

use super::Person;
use crate::arena::Id;
use crate::desk::{DeskAnswer, DeskAsk};
use crate::event::{Answer, Back, Callee, Event, Stopping};
use crate::fault::{Fault, Opportunity};
use crate::shops::SILENCE_MS;
use crate::stage::{PUBLIC_URL, SHOP};
use crate::story::told;
use crate::violation::Broken;
use crate::world::World;
use homing_core::channel::Channel;
use homing_core::delivery::{DeliveryKey, Outcome};
use homing_core::flood::Network;
use homing_core::ids::CartId;
use homing_core::object::Commit;
use homing_core::object::cart::{Identify, Input as CartInput, Reply as CartReply, Slot, Snapshot};
use homing_core::object::shopper::{
    Adoption, Cause, Effect, Input, NumberWord, ReleaseInput, Reply, Shopper,
};
use homing_core::sequence::Template;
use homing_core::survey;
use std::sync::Arc;
use std::vec::IntoIter;

/// The last survey, as its link names it; 0 where none was sent.
fn last_survey(shopper: &Shopper) -> u16 {
    let deliveries = shopper.deliveries().iter();
    let survey = deliveries
        .rev()
        .find(|delivery| delivery.template == Template::Survey && delivery.attempts > 0);
    survey.map_or(0, |delivery| {
        let [_, conversation] = delivery.key.conversation.to_be_bytes();
        u16::from_be_bytes([conversation, delivery.key.step])
    })
}

/// Why a merchant may want somebody not to be written to.
const CAUSES: [Cause; 5] = [
    Cause::Fraud,
    Cause::InvalidContact,
    Cause::Complained,
    Cause::SoftBounced,
    Cause::Withheld,
];

/// What is asked of a Shopper's host.
pub(crate) enum ShopperAsk {
    Slot(Slot, Option<Box<Identify>>, Option<u64>),
    Wake,
    Release(DeliveryKey),
    Outcome {
        key: DeliveryKey,
        attempt: u32,
        outcome: Outcome,
    },
    Stop(Stopping),
    Decide {
        key: DeliveryKey,
        approved: bool,
    },
    /// A server's word, or what another Shopper sends on.
    Sent(Box<Input>),
}

/// A Shopper's call that waits for others.
pub(crate) struct ShopperTask {
    since: u64,
    person: Id<Person>,
    incarnation: u32,
    stage: Stage,
    back: Back,
}

#[expect(
    clippy::large_enum_variant,
    reason = "nearly all tasks are at the large one"
)]
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
        rest: IntoIter<Effect>,
        owed: Option<Owed>,
        reply: Reply,
    },
    /// Another Shopper asks the desk before it takes this one in.
    Adopting(Box<Shopper>),
    /// Another Shopper answers instead.
    Elsewhere,
}

/// What an effect's answer is about.
enum Owed {
    Fact {
        version: u64,
        reported: u64,
        brought_by: Option<Network>,
    },
    State,
}

impl World<'_> {
    fn kill_shopper(&mut self, id: Id<Person>) {
        if !self.people.at_mut(id).hosted.kill() {
            self.broke(Broken::RowDiffers, || String::from("a shopper's row"));
        }
    }

    pub(crate) fn call_shopper(&mut self, id: Id<Person>, ask: ShopperAsk, back: Back) {
        self.tally.bill.called();
        let person = self.people.at_mut(id);
        if person.hosted.memory.is_none() {
            // Only a slot, a stop or a join makes a Shopper.
            let makes = match &ask {
                ShopperAsk::Slot(..) | ShopperAsk::Stop(_) => true,
                ShopperAsk::Sent(input) => matches!(
                    **input,
                    Input::Slot { .. }
                        | Input::Unsubscribe
                        | Input::Suppress { .. }
                        | Input::Join { .. }
                        | Input::Adopt(_)
                ),
                _ => false,
            };
            if !makes {
                // The desk may know of somebody who is forgotten here: news for them is told.
                let is_news = matches!(&ask, ShopperAsk::Sent(input) if matches!(**input, Input::News { .. }));
                let answer = if is_news {
                    Answer::Shopper(Reply::Done)
                } else {
                    Answer::Failed
                };
                return self.answer(back, answer);
            }
            person.hosted.memory = Some(Shopper::new(SHOP, person.id));
        }
        let input = match ask {
            ShopperAsk::Release(key) => return self.ask_release(id, key, back),
            ShopperAsk::Wake => return self.wake(id, back),
            ShopperAsk::Slot(slot, identify, named_at) => Input::Slot {
                shop: SHOP,
                shopper: person.id,
                object: String::from("cart"),
                slot,
                identify: identify.map(|identify| *identify),
                named_at,
                settings: self.config.settings.clone(),
                errands: self.config.errands.clone(),
            },
            ShopperAsk::Outcome {
                key,
                attempt,
                outcome,
            } => Input::Outcome {
                key,
                attempt,
                outcome,
                waits_ms: self.config.waits_ms.clone(),
            },
            ShopperAsk::Stop(Stopping::Unsubscribe) => Input::Unsubscribe,
            ShopperAsk::Stop(Stopping::Notifications) => Input::Opt {
                channel: Channel::Push,
                wanted: false,
            },
            ShopperAsk::Stop(Stopping::Suppress { cause, until }) => Input::Suppress {
                cause: CAUSES
                    .get(usize::from(cause) % CAUSES.len())
                    .copied()
                    .unwrap_or(Cause::Withheld),
                until,
            },
            ShopperAsk::Stop(Stopping::Answer { until }) => {
                let answer = match until {
                    Some(_) => survey::Answer::BoughtElsewhere,
                    None => survey::Answer::Price,
                };
                Input::Answered {
                    answer,
                    ordinal: person.hosted.memory.as_ref().map_or(0, last_survey),
                    silence_ms: until.map(|_| SILENCE_MS),
                    settings: self.config.settings.clone(),
                }
            }
            ShopperAsk::Decide { key, approved } => Input::Approved { key, approved },
            ShopperAsk::Sent(input) => match *input {
                Input::Adopt(loser) => return self.ask_to_adopt(id, loser, back),
                input => input,
            },
        };
        let now = self.now;
        let commit = self.persist(id, |shopper| shopper.step(input, now));
        self.carry_out(id, commit, back);
    }

    pub(super) fn wake(&mut self, id: Id<Person>, back: Back) {
        // A first hint stands in memory alone.
        if self.strikes.may_forget() {
            self.people.at_mut(id).hosted.keep_row();
        }
        let now = self.now;
        let commit = self.persist(id, |shopper| shopper.step(Input::Wake, now));
        if commit.as_ref().is_some_and(|commit| !commit.write) {
            self.set_alarm(id);
        }
        self.carry_out(id, commit, back);
    }

    /// A step, then its row and its alarm, which the platform writes together. `None`: the object was killed meanwhile.
    fn persist(
        &mut self,
        id: Id<Person>,
        step: impl FnOnce(&mut Shopper) -> Commit<Effect, Reply>,
    ) -> Option<Commit<Effect, Reply>> {
        let fault = self.strike(Opportunity::ShopperStep);
        match fault {
            Some(Fault::ShopperKilledBefore) => {
                self.kill_shopper(id);
                return None;
            }
            Some(Fault::ShopperEvicted) if self.people.at(id).hosted.is_written() => {
                self.kill_shopper(id);
            }
            _ => {}
        }
        self.check_overdue(id);
        let commit = step(self.people.at_mut(id).hosted.memory.as_mut()?);
        self.tally.steps += 1;
        if self.is_told() {
            let line = told(
                id,
                self.beginning,
                self.people.at(id).hosted.memory.as_ref(),
                &commit,
            );
            self.tell(|| line);
        }
        if commit.write {
            let hosted = &mut self.people.at_mut(id).hosted;
            self.tally.bill.shopper_wrote(!hosted.is_written());
            hosted.wrote();
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
    fn note(&mut self, id: Id<Person>, input: Input) {
        if self.strikes.may_forget() {
            self.people.at_mut(id).hosted.keep_row();
        }
        let now = self.now;
        self.persist(id, |shopper| shopper.step(input, now));
    }

    fn ask_release(&mut self, id: Id<Person>, key: DeliveryKey, back: Back) {
        let now = self.now;
        let ask = Input::ReleaseAsked { key };
        let Some(asked) = self.persist(id, |shopper| shopper.step(ask, now)) else {
            return self.answer(back, Answer::Failed);
        };
        let Reply::Need(need) = asked.reply else {
            return self.carry_out(id, Some(asked), back);
        };
        let carts = Vec::with_capacity(need.carts.len());
        self.read_next(ShopperTask {
            since: now,
            person: id,
            incarnation: self.people.at(id).hosted.incarnation,
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
                to: Box::new(Callee::Cart(basket, CartInput::Read)),
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
        if task.incarnation != self.people.at(id).hosted.incarnation {
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
                self.tally.bill.waited_ms += self.now - task.since;
                let commit = self.release(id, key, &carts, paused);
                self.carry_out(id, commit, task.back);
            }
            Stage::Effects { owed, .. } => {
                match owed.take() {
                    Some(Owed::Fact {
                        version,
                        reported,
                        brought_by,
                    }) => {
                        let lost = matches!(answer, Answer::Failed);
                        let limited = match answer {
                            Answer::Desk(DeskAnswer::Done { limited }) => limited,
                            _ => None,
                        };
                        let input = if lost {
                            Input::FactLost { brought_by }
                        } else {
                            Input::FactTaken {
                                version,
                                reported,
                                limited,
                            }
                        };
                        self.note(id, input);
                        if lost {
                            self.set_alarm(id);
                        }
                    }
                    Some(Owed::State) => self.handed_over(id, answer),
                    None => {}
                }
                self.shopper_goes_on(task);
            }
            Stage::Adopting(_) => self.adopt(task, &answer),
            Stage::Elsewhere => self.answer(task.back, answer),
        }
    }

    fn ask_to_adopt(&mut self, id: Id<Person>, loser: Box<Shopper>, back: Back) {
        let number = self.shopper_tasks.put(ShopperTask {
            since: self.now,
            person: id,
            incarnation: self.people.at(id).hosted.incarnation,
            stage: Stage::Adopting(loser),
            back,
        });
        self.call(Callee::Desk(DeskAsk::Products), Back::Shopper(number));
    }

    fn adopt(&mut self, task: ShopperTask, answer: &Answer) {
        let (Stage::Adopting(loser), Answer::Desk(_)) = (task.stage, answer) else {
            return self.answer(task.back, Answer::Failed);
        };
        let (id, now, config) = (task.person, self.now, self.config);
        let own = self.people.at(id).hosted.memory.as_ref();
        let before = [
            own.and_then(Shopper::agrees_to_email),
            loser.agrees_to_email(),
        ];
        let adoption = Adoption {
            loser,
            settings: &config.settings,
            counts_as_held: config.rules.holds_out(self.people.at(id).id),
            holdout_bp: config.open.holdout_bp,
        };
        let commit = self.persist(id, |shopper| shopper.adopt(adoption, now));
        if commit.as_ref().is_some_and(|commit| commit.write) {
            self.check_adopted(id, &before);
        }
        self.carry_out(id, commit, task.back);
    }

    /// An answer to a state that was handed over.
    fn handed_over(&mut self, id: Id<Person>, answer: Answer) {
        let Answer::Shopper(Reply::Adopted { by, shift, settled }) = answer else {
            return;
        };
        let now = self.now;
        let input = Input::HandedOver { by, shift, settled };
        let commit = self.persist(id, |shopper| shopper.step(input, now));
        if commit.is_some() {
            self.carry_out(id, commit, Back::Nobody);
        }
    }

    /// The answer of a Shopper's own, or of whom it has gone over to.
    fn reply(&mut self, id: Id<Person>, reply: Reply, back: Back) {
        let (shopper, input) = match reply {
            Reply::Handing => return self.answer(back, Answer::Failed),
            Reply::Elsewhere { shopper, input } => (shopper, input),
            reply => return self.answer(back, Answer::Shopper(reply)),
        };
        let Some(other) = self.person_of(shopper) else {
            return self.answer(back, Answer::Failed);
        };
        let number = self.shopper_tasks.put(ShopperTask {
            since: self.now,
            person: id,
            incarnation: self.people.at(id).hosted.incarnation,
            stage: Stage::Elsewhere,
            back,
        });
        let to = Callee::Shopper(other, ShopperAsk::Sent(input));
        let fault = self.strike(Opportunity::Effect);
        if fault == Some(Fault::KilledBeforeEffect) {
            self.kill_shopper(id);
        }
        self.call_with(fault, to, Back::Shopper(number));
    }

    /// A call that may be slow, or lost with or without its answer.
    fn call_with(&mut self, fault: Option<Fault>, to: Callee, back: Back) {
        let wait = match fault {
            Some(Fault::CallSlow) => self.dice.between(100, 25_000),
            _ => 0,
        };
        let at = self.now + self.latency() + wait;
        let event = match fault {
            Some(Fault::CallLost | Fault::KilledBeforeEffect) => Event::Back {
                to: back,
                answer: Box::new(Answer::Failed),
            },
            fault => Event::Call {
                to: Box::new(to),
                back,
                lost: fault == Some(Fault::CallAnswerLost),
            },
        };
        self.agenda.put(at, event);
    }

    fn release(
        &mut self,
        id: Id<Person>,
        key: DeliveryKey,
        carts: &[(CartId, Option<Snapshot>)],
        paused: bool,
    ) -> Option<Commit<Effect, Reply>> {
        let (now, stage, config) = (self.now, self.stage, self.config);
        let products = Arc::clone(&self.products);
        let person = self.people.at(id);
        let counts_as_held = config.rules.holds_out(person.id);
        let shopper = person.hosted.memory.as_ref();
        let any_held = |shopper: &Shopper| shopper.joined().any(|one| config.rules.holds_out(one));
        let held_out = counts_as_held || shopper.is_some_and(any_held);
        let input = ReleaseInput {
            key,
            carts,
            products: &products,
            config: if paused { &config.paused } else { &config.open },
            keys: &stage.keys,
            public_url: PUBLIC_URL,
            short_url: PUBLIC_URL,
            word: NumberWord::Heard(None),
            held_out,
            counts_as_held,
            draws: &stage.draws,
            resting: &[],
            resting_services: &[],
            customer: None,
        };
        let commit = self.persist(id, |shopper| shopper.release(&input, now))?;
        self.reasoned(id, key);
        match &commit.reply {
            Reply::Go(release) => {
                self.released(id, key, release);
                self.join_the_released(id);
            }
            Reply::Refused(refused) => self.tally.refused(*refused),
            _ => {}
        }
        Some(commit)
    }

    fn carry_out(&mut self, id: Id<Person>, commit: Option<Commit<Effect, Reply>>, back: Back) {
        let Some(mut commit) = commit else {
            return self.answer(back, Answer::Failed);
        };
        let is_errand = |effect: &mut Effect| matches!(effect, Effect::Errand(_));
        for effect in commit.effects.extract_if(.., is_errand) {
            if let Effect::Errand(errand) = effect {
                self.send_out(id, errand);
            }
        }
        if commit.effects.is_empty() {
            return self.reply(id, commit.reply, back);
        }
        self.shopper_goes_on(ShopperTask {
            since: self.now,
            person: id,
            incarnation: self.people.at(id).hosted.incarnation,
            stage: Stage::Effects {
                rest: commit.effects.into_iter(),
                owed: None,
                reply: commit.reply,
            },
            back,
        });
    }

    /// Each effect stands in the state: what fails here comes back with the next wake-up.
    fn shopper_goes_on(&mut self, mut task: ShopperTask) {
        let id = task.person;
        let Stage::Effects { rest, owed, .. } = &mut task.stage else {
            return;
        };
        for effect in rest.by_ref() {
            let fault = self.strike(Opportunity::Effect);
            if fault == Some(Fault::KilledBeforeEffect) {
                self.kill_shopper(id);
                return self.answer(task.back, Answer::Failed);
            }
            match effect {
                Effect::Hint { key } => {
                    if fault != Some(Fault::CallLost) {
                        self.hint(id, key);
                    }
                }
                Effect::TellDesk {
                    version,
                    next_at,
                    reports,
                    reported,
                    exposure: _,
                    watched,
                    arms: _,
                    brought_by,
                } => {
                    *owed = Some(Owed::Fact {
                        version,
                        reported,
                        brought_by,
                    });
                    let ask = DeskAsk::Fact {
                        person: id,
                        version,
                        next_at,
                        reports,
                        watched,
                        brought_by,
                    };
                    let back = Back::Shopper(self.shopper_tasks.put(task));
                    return self.call_with(fault, Callee::Desk(ask), back);
                }
                // Errands are sent out before everything else; nobody is erased.
                Effect::Errand(_) | Effect::Forget(_) => {}
                Effect::HandOver { to, state } => {
                    let Some(winner) = self.person_of(to) else {
                        continue;
                    };
                    *owed = Some(Owed::State);
                    let ask = ShopperAsk::Sent(Box::new(Input::Adopt(state)));
                    let back = Back::Shopper(self.shopper_tasks.put(task));
                    return self.call_with(fault, Callee::Shopper(winner, ask), back);
                }
            }
        }
        let Stage::Effects { reply, .. } = task.stage else {
            return;
        };
        self.tally.bill.waited_ms += self.now - task.since;
        self.reply(id, reply, task.back);
    }
}
