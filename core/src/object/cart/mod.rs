//! The Cart: remembers one basket. It holds no contact and sets no alarm.

mod account;
mod alias;
mod basket;
mod call;
mod fold;
mod forget;
mod fork;
mod identify;
mod last_words;
mod life;
mod look;
mod moment;
mod naming;
mod passage;
mod platforms;
mod reference;
mod settle;
mod snapshot;
mod suspicion;
mod tell;
mod traced;

pub use account::{Account, Position, Standing};
use alias::Alias;
use basket::Source;
pub use basket::{Heard, Introduction, Later, Purchase, Step, Taken, Telling, Whose};
pub use call::{
    Collect, Collected, Effect, Identify, Incoming, Input, LogEnd, Ordered, Refusal, Reply, Slot,
    Snapshot, Status, Word,
};
pub use fold::{fold, fold_one};
use fork::{Owed, Parent};
use identify::{Belonging, Unintroduced};
use last_words::LastWords;
pub use life::{Life, Pause};
pub use look::Look;
use moment::Moment;
use naming::Naming;
pub use passage::{Next, Passage};
pub use platforms::{CartPlatform, CartPlatforms};
use reference::References;
use suspicion::Suspicion;
use traced::Traced;

use super::Commit;
use super::codec;
use crate::cart::{CartState, EventId, Hlc, Op};
use crate::ids::{CartId, ShopId, ShopperId};
use crate::log::{Chain, PageContext, Record, Stage, What};
use alloc::{boxed::Box, string::String, vec::Vec};
use serde::{Deserialize, Serialize};

/// A cart's packed state.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cart {
    shop: ShopId,
    cart: CartId,
    state: CartState,
    log: Chain,
    page: PageContext,
    generation: u8,
    last_activity_at: u64,
    stage: Option<Stage>,
    /// The code of the payment that failed last, while the checkout stands there.
    payment_error: Option<String>,
    /// Whether it is a business buyer's quote.
    quote: bool,
    look: Option<Look>,
    ordered: Option<Ordered>,
    /// The names of its orders.
    references: References,
    binding: Option<Binding>,
    parent: Option<Parent>,
    /// Orders that are not in force yet: not acknowledged to the browser until they are.
    unsettled: Vec<EventId>,
    /// Contacts that the Shopper has not taken yet; likewise.
    unintroduced: Vec<Unintroduced>,
    /// Where a shop's own basket is that this cart stands for; `None`: here, if anywhere.
    alias: Option<Box<Alias>>,
    /// The shop's own baskets that tell this cart its lines, the one that told something new last.
    sources: Vec<Source>,
    /// What a merchant reads of the lines that are in it, and of those that were bought last.
    life: Life,
    bought: Option<Life>,
    #[serde(deserialize_with = "codec::or_default")]
    traced: Traced,
    /// What is known of those baskets beside.
    #[serde(deserialize_with = "codec::or_default")]
    namings: Vec<Naming>,
    #[serde(deserialize_with = "codec::or_default")]
    platforms: CartPlatforms,
    #[serde(deserialize_with = "codec::or_default")]
    last_words: Vec<LastWords>,
    /// Since when it is whose it is.
    #[serde(deserialize_with = "codec::or_default")]
    belonging: Belonging,
    /// What speaks against its being a shopper's.
    #[serde(deserialize_with = "codec::or_default")]
    suspicion: Suspicion,
}

/// Who watches this cart.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Binding {
    shopper: ShopperId,
    /// The version that was pushed last, and when.
    pushed: u64,
    pushed_at: u64,
    /// The version that the Shopper acknowledged.
    acknowledged: u64,
    /// The visit whose look was told.
    looked: Option<u64>,
}

impl Cart {
    /// A cart that has seen nothing.
    pub fn new(shop: ShopId, cart: CartId) -> Self {
        Self {
            shop,
            cart,
            state: CartState::default(),
            log: Chain::new(shop, cart),
            page: PageContext::default(),
            generation: 0,
            last_activity_at: 0,
            stage: None,
            payment_error: None,
            quote: false,
            look: None,
            ordered: None,
            references: References::default(),
            binding: None,
            parent: None,
            unsettled: Vec::new(),
            unintroduced: Vec::new(),
            alias: None,
            sources: Vec::new(),
            life: Life::default(),
            bought: None,
            traced: Traced::default(),
            namings: Vec::new(),
            platforms: CartPlatforms::default(),
            last_words: Vec::new(),
            belonging: Belonging::default(),
            suspicion: Suspicion::default(),
        }
    }

    /// The shop that it belongs to.
    pub fn shop(&self) -> ShopId {
        self.shop
    }

    /// The cart's id.
    pub fn id(&self) -> CartId {
        self.cart
    }

    /// Its last order.
    pub fn last_order(&self) -> Option<Ordered> {
        self.ordered
    }

    /// The log's open end.
    pub fn log(&self) -> &Chain {
        &self.log
    }

    /// The state that the log folds into.
    pub fn state(&self) -> &CartState {
        &self.state
    }

    /// One step. `now` is the edge's clock (epoch ms), `entropy` fresh randomness for the log's salts.
    pub fn step(&mut self, input: Input, now: u64, entropy: &[u8; 32]) -> Commit<Effect, Reply> {
        match input {
            Input::Collect(collect) => self.collect(collect, now, entropy),
            Input::Tell(telling) => self.tell(*telling, now, entropy),
            // A revoked link has lost its power over this cart. The fork waits until nothing is owed here all the same: what is,
            // has to be told, or it would wait for ever.
            Input::ForkOrdered { generation, .. } if generation != self.generation => {
                self.settle_now(now)
            }
            Input::ForkOrdered {
                fork,
                origin,
                ordered,
                dots,
                ..
            } => {
                let teller = fork;
                let told = Owed {
                    origin,
                    ordered,
                    teller,
                };
                self.told_of_order(told, dots, now, entropy)
            }
            Input::Settle => self.settle_now(now),
            Input::SlotTaken {
                version,
                settled,
                identified,
            } => {
                self.slot_taken(version, settled, identified);
                // Not worth a row: after a crash the slot is pushed once more, and a repeated push changes nothing.
                Commit::read(self.done())
            }
            Input::Revoke => self.revoke(now, entropy),
            Input::ParentTook { ordered } => {
                if let Some(parent) = self
                    .parent
                    .as_mut()
                    .filter(|parent| parent.owes.is_some_and(|owed| owed.ordered == ordered))
                {
                    parent.owes = None;
                }
                self.settle();
                Commit::read(self.done())
            }
            Input::Read => Commit::read(Reply::Snapshot(self.snapshot())),
            Input::Account => Commit::read(Reply::Account(Box::new(self.account()))),
            Input::ReadLog => Commit::read(Reply::LogEnd(self.log_end())),
            Input::Forget { people, at } => self.forget(&people, at, now, entropy),
            Input::Traced(trace, input) => {
                self.traced.hear(Some(trace));
                let commit = self.step(*input, now, entropy);
                self.traced.hear(None);
                commit
            }
        }
    }

    /// Takes back from the acknowledgements what is not in force yet: an order counts once no message can follow it.
    pub fn finish(&self, mut collected: Collected) -> Collected {
        collected.acked.retain(|id| !self.is_owed(*id));
        collected
    }

    fn collect(&mut self, collect: Collect, now: u64, entropy: &[u8; 32]) -> Commit<Effect, Reply> {
        let mut answer = Collected {
            refused: collect.refused,
            ..Collected::default()
        };
        let before = self.log.seq();
        let open_before = self.open_epoch();
        let rested = (self.last_activity_at, collect.push_every_ms);
        let by_link =
            collect.by_link || collect.page.as_ref().is_some_and(PageContext::came_by_link);
        if let Some(page) = collect.page.filter(|page| *page != self.page) {
            self.page = page.clone();
            self.append(None, now, now, What::Page(page), entropy);
        }
        let mut orders = Vec::new();
        for event in collect.events {
            if matches!(event.what, What::Order { .. }) {
                orders.push(event.id);
            }
            if self.state.has_seen(event.id) {
                answer.acked.push(event.id);
                continue;
            }
            if let What::Order { order, .. } = &event.what
                && self.references.knows(order)
            {
                // As long as the order is not in force, nobody is told that it counts.
                if self.unsettled.is_empty() {
                    answer.refused.push((event.id, Refusal::OrderKnown));
                }
                continue;
            }
            let seen = match &event.what {
                What::View { variant, dwell_ms } => Some((variant.clone(), *dwell_ms)),
                _ => None,
            };
            // Never refused, and it ends what the link led to.
            if by_link && matches!(event.what, What::Order { .. }) {
                self.note_link(now);
            }
            match self.take(event.id, event.what, Moment::new(event.at, now, entropy)) {
                Ok(()) => {
                    if let Some((variant, dwell_ms)) = seen {
                        self.look_at(&variant, dwell_ms, rested, now);
                    }
                    answer.acked.push(event.id);
                }
                Err(refusal) => answer.refused.push((event.id, refusal)),
            }
        }
        if by_link && self.log.seq() != before {
            self.note_link(now);
        }
        let identify = self
            .who_speaks(collect.identify, collect.withdrawn, &mut answer)
            .and_then(|identify| self.identify(identify, now, entropy, &mut answer));
        if identify.is_some() {
            // Nobody watched this cart when the order was taken; it counts once the Shopper that came with it has heard.
            orders.retain(|id| answer.acked.contains(id) && !self.unsettled.contains(id));
            self.unsettled.append(&mut orders);
        }
        let cadence = self.cadence(open_before, collect.push_every_ms, collect.look_ms);
        let effects = self.owed(identify, now, cadence);
        (answer.full, answer.changes) = self.state.changes_after(collect.seen);
        answer.seq = self.state.seq();
        answer.epoch = self.state.epoch();
        answer.generation = self.generation;
        answer.clock = self.state.clock();
        answer.meaningful = self.state.clock() > Hlc::default();
        answer.bound = self.binding.is_some();
        let write = self.log.seq() != before;
        if write {
            self.platforms.note(CartPlatform::Snippet);
            self.suspect(collect.doubt);
        }
        Commit {
            write,
            pages: self.log.spill().into_iter().collect(),
            effects,
            reply: Reply::Collected(answer),
        }
    }

    /// Makes every link that is there worthless.
    fn revoke(&mut self, now: u64, entropy: &[u8; 32]) -> Commit<Effect, Reply> {
        self.generation = self.generation.wrapping_add(1);
        let generation = self.generation;
        self.append(None, now, now, What::Revoked { generation }, entropy);
        Commit {
            write: true,
            pages: self.log.spill().into_iter().collect(),
            effects: Vec::new(),
            reply: self.done(),
        }
    }

    /// The epoch, while the cart holds lines.
    fn open_epoch(&self) -> Option<u32> {
        (!self.state.is_empty()).then(|| self.state.epoch())
    }

    fn take(&mut self, id: EventId, what: What, moment: Moment<'_>) -> Result<(), Refusal> {
        let pause = match &what {
            What::Exit { .. } => None,
            _ => self.pause_until(moment.heard_at),
        };
        let seq = self.log.seq().saturating_add(1);
        let what = match what {
            What::Lines(op) => What::Lines(op.clamped(moment.now)),
            other => other,
        };
        match &what {
            What::Lines(op) => self.state.place(id, op, seq)?,
            What::Order { dots, .. } => self.state.order(id, dots, seq),
            What::Fork { parent, .. }
                if *parent == self.cart || self.parent.is_some() || !self.state.is_pristine() =>
            {
                return Err(Refusal::NotAFork);
            }
            _ => self.state.note(id, seq)?,
        }
        self.traced.begin();
        self.note_pause(pause);
        self.watch(&what, moment.heard_at);
        match &what {
            What::Order { order, .. } => {
                self.references.note(order);
                self.close_with_order(id, None, moment.heard_at);
            }
            What::Lines(Op::Close { .. }) => {
                self.begin_epoch();
                self.end_life(moment.heard_at);
            }
            What::Lines(op) => {
                self.note_change(moment.heard_at);
                if matches!(op, Op::Add { .. }) {
                    self.look = None;
                }
            }
            What::Quote { quote } => self.quote = *quote,
            What::Checkout { stage, code, .. } => {
                self.stage = Some(*stage);
                self.payment_error = code.clone().filter(|_| *stage == Stage::PaymentFailed);
            }
            What::Fork {
                parent,
                dots,
                generation,
                ..
            } => {
                self.parent = Some(Parent {
                    cart: *parent,
                    dots: dots.clone(),
                    generation: *generation,
                    owes: None,
                })
            }
            _ => {}
        }
        if !matches!(what, What::Exit { .. }) {
            // However old the event says to be: what arrives now means that the shopper's browser is here now.
            self.last_activity_at = self.last_activity_at.max(moment.heard_at);
        }
        self.append(Some(id), moment.at, moment.now, what, moment.entropy);
        Ok(())
    }

    /// `told`: by a copy of this cart, in which the order was placed or which was told itself. `at`: when the edge took it first, in
    /// whichever cart; what was put in since then was not bought by it, however late this cart hears.
    fn close_with_order(&mut self, id: EventId, told: Option<Owed>, at: u64) {
        let earlier = self.ordered.map_or(0, |ordered| ordered.at);
        let ordered = Ordered {
            epoch: self.state.epoch().saturating_sub(1),
            at: at.max(earlier),
            recovered: self.life.linked_at.is_some()
                || told.is_some_and(|told| told.ordered.recovered),
        };
        self.bought = Some(self.end_life(at));
        self.ordered = Some(ordered);
        self.begin_epoch();
        if self.binding.is_some() || self.parent.is_some() {
            self.unsettled.push(id);
        }
        if let Some(parent) = &mut self.parent {
            parent.owes = Some(told.unwrap_or(Owed {
                origin: self.cart,
                ordered,
                teller: self.cart,
            }));
        }
    }

    /// Forgets what was only true of the cart that was bought or cleared.
    fn begin_epoch(&mut self) {
        self.stage = None;
        self.payment_error = None;
        self.quote = false;
        self.look = None;
        self.suspicion = Suspicion::default();
        self.traced.end();
    }

    fn append(
        &mut self,
        id: Option<EventId>,
        at: u64,
        taken_at: u64,
        what: What,
        entropy: &[u8; 32],
    ) {
        let trace = self.traced.of(&what);
        let record = Record {
            id,
            at,
            taken_at,
            what,
            trace,
        };
        if let Ok(payload) = super::codec::encode(&record) {
            self.log.append(payload, entropy);
        }
    }
}

#[cfg(test)]
mod tests;
