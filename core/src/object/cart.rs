//! The Cart: remembers one basket. It holds no contact and sets no alarm.

use super::Commit;
use crate::cart::{CartState, Change, Dot, EventId, Hlc, LineView, Op, Placed, Replica};
use crate::contact::{Email, Phone};
use crate::ids::{CartId, ShopId, ShopperId};
use crate::log::{Chain, ConsentReceipt, PageContext, Record, Stage, What};
use alloc::{vec, vec::Vec};
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
    ordered: Option<Ordered>,
    binding: Option<Binding>,
    parent: Option<Parent>,
    /// Events whose stop or contact the Shopper has not taken yet: not acknowledged to the browser until it has.
    unsettled: Vec<EventId>,
}

/// The last order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ordered {
    /// The epoch that it closed.
    pub epoch: u32,
    /// When the edge took it, epoch ms.
    pub at: u64,
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
}

/// The cart that this one is a copy of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Parent {
    cart: CartId,
    dots: Vec<Dot>,
    /// An order here that the parent has not acknowledged.
    owes: Option<Ordered>,
}

/// What a Shopper knows of a cart without asking. One slot, overwritten; a lower version is ignored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Slot {
    /// Which cart.
    pub cart: CartId,
    /// The cart's sequence number.
    pub version: u64,
    /// The cart's epoch.
    pub epoch: u32,
    /// What became of it.
    pub status: Status,
    /// Last activity of the shopper, epoch ms.
    pub last_activity_at: u64,
    /// How far the checkout went in this epoch.
    pub stage: Option<Stage>,
    /// The last order.
    pub ordered: Option<Ordered>,
}

/// What became of a cart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Status {
    /// It has lines.
    Open,
    /// It has none.
    Empty,
    /// It has none because they were bought.
    Ordered,
}

/// What a browser sent, checked and typed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collect {
    /// The shop.
    pub shop: ShopId,
    /// The cart that the browser's secret names.
    pub cart: CartId,
    /// Where the browser's base stands.
    pub seen: u64,
    /// What the page is.
    pub page: Option<PageContext>,
    /// What happened, oldest first.
    pub events: Vec<Incoming>,
    /// Who the shopper says to be.
    pub identify: Option<Identify>,
    /// Push the slot again when the last push is older than this, ms.
    pub push_every_ms: u64,
}

/// One event from a browser; [`What::Identified`] and [`What::Page`] come by their own ways.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Incoming {
    /// Its id.
    pub id: EventId,
    /// When it happened, corrected by the browser's skew, epoch ms.
    pub at: u64,
    /// What happened.
    pub what: What,
}

/// A contact on its way through to the Shopper. Never kept here.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identify {
    /// The event's id.
    pub id: EventId,
    /// When, epoch ms.
    pub at: u64,
    /// The keyed hash of the contact.
    pub shopper: ShopperId,
    /// The address.
    pub email: Option<Email>,
    /// The number.
    pub phone: Option<Phone>,
    /// What was agreed to.
    pub consent: Option<ConsentReceipt>,
}

/// What can be asked of a Cart.
#[expect(
    clippy::large_enum_variant,
    reason = "one lives per call, none in a collection"
)]
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Input {
    /// Events from the browser that owns it.
    Collect(Collect),
    /// An order on a fork of it.
    ForkOrdered {
        /// The shop.
        shop: ShopId,
        /// This cart.
        cart: CartId,
        /// The fork.
        fork: CartId,
        /// The fork's order.
        ordered: Ordered,
        /// The adds that the fork had copied.
        dots: Vec<Dot>,
    },
    /// Tries again what others have not acknowledged.
    Settle,
    /// The Shopper has taken a slot; `settled` once no message is on its way any more.
    SlotTaken {
        /// The slot's version.
        version: u64,
        /// Whether its stop is in force.
        settled: bool,
    },
    /// The parent has taken the fork's order.
    ParentTook {
        /// The order.
        ordered: Ordered,
    },
    /// Reads it.
    Read,
}

/// What a Cart wants done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Effect {
    /// Tell the Shopper; answer with [`Input::SlotTaken`].
    Push {
        /// Whom.
        shopper: ShopperId,
        /// What.
        slot: Slot,
        /// The contact that came with it.
        identify: Option<Identify>,
    },
    /// Tell the cart that this one was copied from; answer with [`Input::ParentTook`].
    TellParent {
        /// Whom.
        parent: CartId,
        /// What it owes.
        ordered: Ordered,
        /// The adds that were copied.
        dots: Vec<Dot>,
    },
}

/// What a Cart answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reply {
    /// To [`Input::Collect`].
    Collected(Collected),
    /// To [`Input::Read`].
    Snapshot(Snapshot),
    /// To the rest: whether nothing is owed to anybody.
    Done {
        /// Nothing is owed.
        settled: bool,
    },
}

/// What the browser learns.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collected {
    /// In the log, and in force.
    pub acked: Vec<EventId>,
    /// Never to be taken, with a stable code.
    pub refused: Vec<(EventId, Refusal)>,
    /// The cart's sequence number.
    pub seq: u64,
    /// Its epoch.
    pub epoch: u32,
    /// Its link generation.
    pub generation: u8,
    /// Whether `changes` is everything.
    pub full: bool,
    /// What the browser did not know.
    pub changes: Vec<Change>,
    /// Its clock.
    pub clock: Hlc,
    /// The cart speaks for another contact.
    pub rebind: bool,
    /// Whether the cart ever held a line.
    pub meaningful: bool,
    /// Whether a Shopper watches it.
    pub bound: bool,
}

/// Why an event will never be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Refusal {
    /// Too many lines.
    CartFull,
    /// Too many browsers, or too many gaps in one's numbers.
    IdsExhausted,
    /// The cart already speaks for another contact.
    BoundElsewhere,
    /// Only a cart's first event may say that it is a fork.
    NotAFork,
}

impl Refusal {
    /// The stable code.
    pub fn code(self) -> &'static str {
        match self {
            Self::CartFull => "cart_full",
            Self::IdsExhausted => "event_ids_exhausted",
            Self::BoundElsewhere => "cart_bound_elsewhere",
            Self::NotAFork => "fork_not_first",
        }
    }
}

impl From<Placed> for Refusal {
    fn from(placed: Placed) -> Self {
        match placed {
            Placed::Full => Self::CartFull,
            Placed::Unseen(_) => Self::IdsExhausted,
        }
    }
}

/// A cart as others see it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Snapshot {
    /// What the Shopper knows of it.
    pub slot: Slot,
    /// Its link generation: tokens of another one are revoked.
    pub generation: u8,
    /// Its live lines.
    pub lines: Vec<LineView>,
    /// Where it was last changed from.
    pub page: PageContext,
    /// The log's head.
    pub head: [u8; 32],
    /// Events in the log.
    pub entries: u64,
    /// Who watches it.
    pub shopper: Option<ShopperId>,
}

impl Cart {
    /// A cart that has seen nothing.
    pub fn new(shop: ShopId, cart: CartId) -> Self {
        Self {
            shop,
            cart,
            state: CartState::default(),
            log: Chain::default(),
            page: PageContext::default(),
            generation: 0,
            last_activity_at: 0,
            stage: None,
            ordered: None,
            binding: None,
            parent: None,
            unsettled: Vec::new(),
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
            Input::ForkOrdered {
                fork,
                ordered,
                dots,
                ..
            } => self.fork_ordered(fork, ordered, dots, now, entropy),
            Input::Settle => {
                let effects = self.owed(None, now, 0);
                Commit {
                    write: false,
                    pages: vec![],
                    effects,
                    reply: self.done(),
                }
            }
            Input::SlotTaken { version, settled } => {
                if let Some(binding) = &mut self.binding {
                    binding.acknowledged =
                        binding.acknowledged.max(if settled { version } else { 0 });
                }
                self.settle();
                // Not worth a row: after a crash the slot is pushed once more, and a repeated push changes nothing.
                Commit::read(self.done())
            }
            Input::ParentTook { ordered } => {
                if let Some(parent) = self
                    .parent
                    .as_mut()
                    .filter(|parent| parent.owes == Some(ordered))
                {
                    parent.owes = None;
                }
                self.settle();
                Commit::read(self.done())
            }
            Input::Read => Commit::read(Reply::Snapshot(self.snapshot())),
        }
    }

    /// Takes back from the acknowledgements what is not in force yet: an order counts once no message can follow it.
    pub fn finish(&self, mut collected: Collected) -> Collected {
        collected.acked.retain(|id| !self.unsettled.contains(id));
        collected
    }

    fn collect(&mut self, collect: Collect, now: u64, entropy: &[u8; 32]) -> Commit<Effect, Reply> {
        let mut answer = Collected::default();
        let before = self.log.seq();
        if let Some(page) = collect.page.filter(|page| *page != self.page) {
            self.page = page.clone();
            self.append(None, now, now, What::Page(page), entropy);
        }
        for event in collect.events {
            if self.state.has_seen(event.id) {
                answer.acked.push(event.id);
                continue;
            }
            match self.take(event.id, event.at.min(now), event.what, now, entropy) {
                Ok(()) => answer.acked.push(event.id),
                Err(refusal) => answer.refused.push((event.id, refusal)),
            }
        }
        let identify = collect
            .identify
            .and_then(|identify| self.identify(identify, now, entropy, &mut answer));
        let effects = self.owed(identify, now, collect.push_every_ms);
        (answer.full, answer.changes) = self.state.changes_after(collect.seen);
        answer.seq = self.state.seq();
        answer.epoch = self.state.epoch();
        answer.generation = self.generation;
        answer.clock = self.state.clock();
        answer.meaningful = self.state.clock() > Hlc::default();
        answer.bound = self.binding.is_some();
        let write = self.log.seq() != before;
        Commit {
            write,
            pages: self.log.spill().into_iter().collect(),
            effects,
            reply: Reply::Collected(answer),
        }
    }

    fn take(
        &mut self,
        id: EventId,
        at: u64,
        what: What,
        now: u64,
        entropy: &[u8; 32],
    ) -> Result<(), Refusal> {
        let seq = self.log.seq().saturating_add(1);
        let what = match what {
            What::Lines(op) => What::Lines(op.clamped(now)),
            other => other,
        };
        match &what {
            What::Lines(op) => self.state.place(id, op, seq)?,
            What::Order { dots, .. } => {
                self.state
                    .place(id, &Op::Close { dots: dots.clone() }, seq)?
            }
            What::Fork { .. } if self.parent.is_some() || self.state.clock() > Hlc::default() => {
                return Err(Refusal::NotAFork);
            }
            _ => self.state.note(id, seq)?,
        }
        match &what {
            What::Order { .. } => self.close_with_order(id, now),
            What::Lines(Op::Close { .. }) => self.stage = None,
            What::Checkout { stage, .. } => self.stage = Some(*stage),
            What::Fork { parent, dots, .. } => {
                self.parent = Some(Parent {
                    cart: *parent,
                    dots: dots.clone(),
                    owes: None,
                })
            }
            _ => {}
        }
        if !matches!(what, What::Exit { .. }) {
            self.last_activity_at = self.last_activity_at.max(at);
        }
        self.append(Some(id), at, now, what, entropy);
        Ok(())
    }

    fn close_with_order(&mut self, id: EventId, now: u64) {
        let ordered = Ordered {
            epoch: self.state.epoch().saturating_sub(1),
            at: now,
        };
        self.ordered = Some(ordered);
        self.stage = None;
        if self.binding.is_some() || self.parent.is_some() {
            self.unsettled.push(id);
        }
        if let Some(parent) = &mut self.parent {
            parent.owes = Some(ordered);
        }
    }

    fn identify(
        &mut self,
        identify: Identify,
        now: u64,
        entropy: &[u8; 32],
        answer: &mut Collected,
    ) -> Option<Identify> {
        if self
            .binding
            .as_ref()
            .is_some_and(|binding| binding.shopper != identify.shopper)
        {
            answer.rebind = true;
            answer.refused.push((identify.id, Refusal::BoundElsewhere));
            return None;
        }
        if !self.state.has_seen(identify.id) {
            let what = What::Identified {
                shopper: identify.shopper,
                consent: identify.consent.clone(),
            };
            if let Err(refusal) = self.take(identify.id, identify.at.min(now), what, now, entropy) {
                answer.refused.push((identify.id, refusal));
                return None;
            }
            self.unsettled.push(identify.id);
            self.binding.get_or_insert(Binding {
                shopper: identify.shopper,
                pushed: 0,
                pushed_at: 0,
                acknowledged: 0,
            });
        }
        answer.acked.push(identify.id);
        Some(identify)
    }

    fn fork_ordered(
        &mut self,
        fork: CartId,
        ordered: Ordered,
        dots: Vec<Dot>,
        now: u64,
        entropy: &[u8; 32],
    ) -> Commit<Effect, Reply> {
        let [a, b, c, d, e, f, g, h, ..] = fork.0;
        // An id that the fork's order always has, so that it counts once however often it is told.
        let id = EventId {
            replica: Replica(u64::from_be_bytes([a, b, c, d, e, f, g, h])),
            counter: ordered.epoch.saturating_add(1),
        };
        let fresh = !self.state.has_seen(id);
        if fresh {
            let seq = self.log.seq().saturating_add(1);
            if self
                .state
                .place(id, &Op::Close { dots: dots.clone() }, seq)
                .is_ok()
            {
                self.ordered = Some(Ordered {
                    epoch: self.state.epoch().saturating_sub(1),
                    at: now,
                });
                self.stage = None;
                self.append(
                    Some(id),
                    now,
                    now,
                    What::ForkOrdered { dots, fork },
                    entropy,
                );
                if let Some(parent) = &mut self.parent {
                    parent.owes = self.ordered;
                }
                if self.binding.is_some() || self.parent.is_some() {
                    self.unsettled.push(id);
                }
            }
        }
        let effects = self.owed(None, now, 0);
        Commit {
            write: fresh,
            pages: self.log.spill().into_iter().collect(),
            effects,
            reply: self.done(),
        }
    }

    /// What others have to hear: the Shopper when something that it plans by has changed, the parent when this fork was bought.
    fn owed(&mut self, identify: Option<Identify>, now: u64, push_every_ms: u64) -> Vec<Effect> {
        let mut effects = Vec::new();
        let slot = self.slot();
        let urgent = !self.unsettled.is_empty() || identify.is_some();
        if let Some(binding) = &mut self.binding {
            let open = binding.acknowledged < binding.pushed;
            let stale = slot.version > binding.pushed
                && now.saturating_sub(binding.pushed_at) >= push_every_ms;
            if urgent || open || stale {
                binding.pushed = slot.version;
                binding.pushed_at = now;
                effects.push(Effect::Push {
                    shopper: binding.shopper,
                    slot,
                    identify,
                });
            }
        }
        if let Some((parent, ordered)) = self
            .parent
            .as_ref()
            .and_then(|parent| Some((parent, parent.owes?)))
        {
            effects.push(Effect::TellParent {
                parent: parent.cart,
                ordered,
                dots: parent.dots.clone(),
            });
        }
        effects
    }

    fn append(
        &mut self,
        id: Option<EventId>,
        at: u64,
        taken_at: u64,
        what: What,
        entropy: &[u8; 32],
    ) {
        let record = Record {
            id,
            at,
            taken_at,
            what,
        };
        if let Ok(payload) = super::codec::encode(&record) {
            self.log.append(payload, entropy);
        }
    }

    /// Whether nobody has to hear anything any more.
    fn is_settled(&self) -> bool {
        let pushed = self
            .binding
            .as_ref()
            .is_none_or(|binding| binding.acknowledged >= binding.pushed);
        pushed
            && self
                .parent
                .as_ref()
                .is_none_or(|parent| parent.owes.is_none())
    }

    fn settle(&mut self) {
        if self.is_settled() {
            self.unsettled.clear();
        }
    }

    /// Whether nothing is owed to anybody.
    pub fn done(&self) -> Reply {
        Reply::Done {
            settled: self.is_settled(),
        }
    }

    fn slot(&self) -> Slot {
        let status = match self.ordered {
            _ if !self.state.is_empty() => Status::Open,
            Some(ordered) if ordered.epoch.saturating_add(1) == self.state.epoch() => {
                Status::Ordered
            }
            _ => Status::Empty,
        };
        Slot {
            cart: self.cart,
            version: self.log.seq(),
            epoch: self.state.epoch(),
            status,
            last_activity_at: self.last_activity_at,
            stage: self.stage,
            ordered: self.ordered,
        }
    }

    fn snapshot(&self) -> Snapshot {
        Snapshot {
            slot: self.slot(),
            generation: self.generation,
            lines: self.state.lines(),
            page: self.page.clone(),
            head: self.log.head(),
            entries: self.log.seq(),
            shopper: self.binding.as_ref().map(|binding| binding.shopper),
        }
    }
}

/// Folds a log into the state that it stands for.
pub fn fold(records: &[(u64, Record)]) -> Result<CartState, Placed> {
    let mut state = CartState::default();
    for (seq, record) in records {
        let Some(id) = record.id else { continue };
        match &record.what {
            What::Lines(op) => state.place(id, op, *seq)?,
            What::Order { dots, .. } | What::ForkOrdered { dots, .. } => {
                state.place(id, &Op::Close { dots: dots.clone() }, *seq)?
            }
            _ => state.note(id, *seq)?,
        }
    }
    Ok(state)
}

#[cfg(test)]
#[path = "cart_tests.rs"]
mod tests;
