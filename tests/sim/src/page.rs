//! A page's journal: keeps what the edge has not acknowledged and shows it on top of what the edge has told, as the SDK's does
//! (`client-sdk/src/journal.rs`, `client-sdk/js/{journal,draft}.js`).

use crate::arena::Id;
use crate::browser::Beacon;
use crate::host::Basket;
use crate::notification::PushWord;
use crate::word::Word;
use homing_core::cart::{CartState, Dot, EventId, LineKey, Op, Quantity, Replica};
use homing_core::log::What;
use homing_core::object::cart::Collected;

/// A page and its journal.
pub(crate) struct Page {
    pub(crate) device: u8,
    pub(crate) skew_ms: i64,
    pub(crate) basket: Id<Basket>,
    replica: u64,
    counter: u32,
    pub(crate) base: CartState,
    pub(crate) view: CartState,
    pub(crate) pending: Vec<Pending>,
    /// The generation of the cart's own token, once there is one.
    pub(crate) token: Option<u8>,
    /// A link brought this cart, and no person has touched it yet.
    pub(crate) held: bool,
    pub(crate) offline: bool,
    pub(crate) closed: bool,
    /// Grows when the page closes: what was under way is not heard of any more.
    pub(crate) visit: u32,
    pub(crate) scheduled: bool,
    pub(crate) flying: Option<(Id<Basket>, Vec<EventId>)>,
    pub(crate) attempt: u8,
    pub(crate) rebinds: u8,
    pub(crate) forked: Vec<Id<Basket>>,
    pub(crate) repeatable: Option<Box<Beacon>>,
}

/// An event that the edge has not acknowledged.
#[derive(Clone)]
pub(crate) struct Pending {
    pub(crate) basket: Id<Basket>,
    pub(crate) id: EventId,
    pub(crate) at: u64,
    pub(crate) said: Said,
}

#[derive(Clone)]
pub(crate) enum Said {
    What(What),
    Identify(Word),
    Push(PushWord),
}

impl Page {
    pub(crate) fn new(device: u8, skew_ms: i64, basket: Id<Basket>, replica: u64) -> Self {
        Self {
            device,
            skew_ms,
            basket,
            replica,
            counter: 1,
            base: CartState::default(),
            view: CartState::default(),
            pending: Vec::new(),
            token: None,
            held: false,
            offline: false,
            closed: true,
            visit: 0,
            scheduled: false,
            flying: None,
            attempt: 0,
            rebinds: 0,
            forked: Vec::new(),
            repeatable: None,
        }
    }

    pub(crate) fn clock(&self, now: u64) -> u64 {
        now.saturating_add_signed(self.skew_ms)
    }

    /// Writes one event.
    pub(crate) fn write(&mut self, now: u64, what: What) -> bool {
        let id = self.next_id();
        let fits = match &what {
            What::Lines(op) => self.place(id, op),
            What::Order { dots, .. } => self.place(id, &Op::Close { dots: dots.clone() }),
            _ => true,
        };
        if fits {
            self.say(id, now, Said::What(what));
        }
        fits
    }

    pub(crate) fn place(&mut self, id: EventId, op: &Op) -> bool {
        self.view.skip_to(id);
        self.view.place(id, op, self.base.seq()).is_ok()
    }

    pub(crate) fn say(&mut self, id: EventId, now: u64, said: Said) {
        self.counter += 1;
        self.pending.push(Pending {
            basket: self.basket,
            id,
            at: self.clock(now),
            said,
        });
    }

    pub(crate) fn next_id(&self) -> EventId {
        EventId {
            replica: Replica(self.replica),
            counter: self.counter,
        }
    }

    pub(crate) fn identify(&mut self, now: u64, word: Word) -> EventId {
        let id = self.next_id();
        self.say(id, now, Said::Identify(word));
        id
    }

    pub(crate) fn add(&mut self, now: u64, line: LineKey, qty: Quantity) -> bool {
        let epoch = self.view.epoch();
        let clock = self.view.clock().tick(self.clock(now));
        self.write(
            now,
            What::Lines(Op::Add {
                epoch,
                clock,
                line,
                qty,
            }),
        )
    }

    /// A line's quantity: of several adds behind it one gets the whole quantity, the others go. How many events that were.
    pub(crate) fn set(&mut self, now: u64, line: &LineKey, qty: u32) -> u64 {
        let mut dots: Vec<Dot> = self
            .view
            .entries()
            .filter(|(_, entry)| entry.is_live() && entry.line.as_ref() == Some(line))
            .map(|(id, entry)| Dot {
                id,
                carry: entry.carry,
            })
            .collect();
        let mut written = 0;
        if let Ok(qty) = Quantity::new(qty) {
            match dots.pop() {
                Some(dot) => {
                    let clock = self.view.clock().tick(self.clock(now));
                    written += u64::from(self.write(now, What::Lines(Op::Set { clock, dot, qty })));
                }
                None => written += u64::from(self.add(now, line.clone(), qty)),
            }
        }
        if !dots.is_empty() {
            written += u64::from(self.write(now, What::Lines(Op::Remove { dots })));
        }
        written
    }

    /// The live adds that the page shows.
    pub(crate) fn dots(&self) -> Vec<Dot> {
        self.view
            .entries()
            .filter(|(_, entry)| entry.is_live())
            .map(|(id, entry)| Dot {
                id,
                carry: entry.carry,
            })
            .collect()
    }

    /// Views and exits of a visitor without a cart stay here.
    pub(crate) fn is_idle(&self) -> bool {
        self.base.seq() == 0
            && self.pending.iter().all(|pending| {
                matches!(
                    pending.said,
                    Said::What(What::View { .. } | What::Exit { .. })
                )
            })
    }

    /// The cart whose events go next; those of an earlier cart go first.
    pub(crate) fn due(&self) -> Option<Id<Basket>> {
        if self.is_idle() {
            return None;
        }
        let is_due = |pending: &&Pending| !(self.held && pending.basket == self.basket);
        let first = self.pending.iter().find(is_due)?;
        Some(first.basket)
    }

    pub(crate) fn rename(&mut self, replica: u64) {
        self.replica = replica;
        self.counter = 1;
    }

    pub(crate) fn rebuild(&mut self) {
        let mut view = self.base.clone();
        for pending in &self.pending {
            if pending.basket != self.basket {
                continue;
            }
            let close;
            let op = match &pending.said {
                Said::What(What::Lines(op)) => op,
                Said::What(What::Order { dots, .. }) => {
                    close = Op::Close { dots: dots.clone() };
                    &close
                }
                _ => continue,
            };
            view.skip_to(pending.id);
            let _ = view.place(pending.id, op, self.base.seq());
        }
        self.view = view;
    }

    /// Takes the edge's answer; false when it builds on a base that is not here.
    pub(crate) fn learn(&mut self, collected: &Collected, seen: u64) -> bool {
        let at = self.base.seq();
        if !collected.full && seen > at {
            return false;
        }
        let rewound = collected.full && seen > collected.seq;
        if rewound || collected.seq >= at {
            self.base.learn(
                collected.epoch,
                collected.seq,
                collected.clock,
                collected.full,
                collected.changes.clone(),
            );
        }
        if collected.meaningful {
            self.token = Some(collected.generation);
        }
        true
    }
}
