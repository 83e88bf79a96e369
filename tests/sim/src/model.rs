//! What a cart's log adds up to, told apart from the core's rules: an add lives unless something names it, with the quantity
//! of the latest clock. Simpler than the core's state, because it never forgets.

use homing_core::cart::{CartState, EventId, Hlc, LineKey, Op};
use homing_core::ids::CartId;
use homing_core::log::{Record, What};

/// One add, or what is known of it before it arrives.
struct Add {
    id: EventId,
    line: Option<LineKey>,
    qty: Option<(Hlc, EventId, u32)>,
    gone: bool,
}

impl Add {
    fn is_live(&self) -> bool {
        self.line.is_some() && !self.gone && self.qty.is_none_or(|(_, _, qty)| qty > 0)
    }
}

/// An order that stands in the log.
pub(crate) struct Bought {
    pub(crate) id: EventId,
    pub(crate) taken_at: u64,
    /// The fork that it was placed on, if not here.
    pub(crate) fork: Option<CartId>,
    /// Whether the sender has heard.
    pub(crate) acknowledged: bool,
}

/// The cart that a fork was copied from.
pub(crate) struct Origin {
    pub(crate) cart: CartId,
    pub(crate) generation: u8,
    pub(crate) dots: Vec<EventId>,
}

/// A cart as its log tells it.
#[derive(Default)]
pub(crate) struct Model {
    adds: Vec<Add>,
    live: usize,
    pub(crate) bought: Vec<Bought>,
    pub(crate) origin: Option<Origin>,
    pub(crate) shopper: Option<homing_core::ids::ShopperId>,
    pub(crate) generation: u8,
    /// When the shopper was last seen at it otherwise than by an order, epoch ms.
    pub(crate) active_at: u64,
    /// Whether it is a business buyer's quote.
    pub(crate) quote: bool,
}

impl Model {
    /// Takes the log's next record.
    pub(crate) fn take(&mut self, record: &Record) {
        // An order may be told by another cart, long after it was placed.
        if record.id.is_some()
            && !matches!(
                record.what,
                What::Exit { .. } | What::Order { .. } | What::ForkOrdered { .. }
            )
        {
            self.active_at = self.active_at.max(record.taken_at);
        }
        let id = record.id;
        match (&record.what, id) {
            (What::Lines(op), Some(id)) => {
                self.quote &= !matches!(op, Op::Close { .. });
                self.change(id, op);
            }
            (What::Order { dots, .. }, Some(id)) => {
                self.quote = false;
                self.name(dots.iter().map(|dot| dot.id));
                self.bought.push(Bought {
                    id,
                    taken_at: record.taken_at,
                    fork: None,
                    acknowledged: false,
                });
            }
            (What::ForkOrdered { dots, fork }, Some(id)) => {
                self.quote = false;
                self.name(dots.iter().map(|dot| dot.id));
                self.bought.push(Bought {
                    id,
                    taken_at: record.taken_at,
                    fork: Some(*fork),
                    acknowledged: false,
                });
            }
            (
                What::Fork {
                    parent,
                    dots,
                    generation,
                    ..
                },
                _,
            ) => {
                self.origin = Some(Origin {
                    cart: *parent,
                    generation: *generation,
                    dots: dots.iter().map(|dot| dot.id).collect(),
                });
            }
            (What::Identified { shopper, .. }, _) => {
                self.shopper.get_or_insert(*shopper);
            }
            // Who takes notifications in it, where nobody is known otherwise.
            (What::Push { shopper, .. }, _) => {
                self.shopper.get_or_insert(*shopper);
            }
            (What::Quote { quote }, _) => self.quote = *quote,
            (What::Revoked { generation }, _) => self.generation = *generation,
            _ => {}
        }
    }

    fn change(&mut self, id: EventId, op: &Op) {
        match op {
            Op::Add {
                clock, line, qty, ..
            } => {
                let add = self.add(id);
                add.line = Some(line.clone());
                add.qty = add.qty.max(Some((*clock, id, qty.get())));
                self.live += usize::from(!self.add(id).gone);
            }
            Op::Set { clock, dot, qty } => {
                let add = self.add(dot.id);
                add.qty = add.qty.max(Some((*clock, id, qty.get())));
            }
            Op::Remove { dots } | Op::Close { dots } => self.name(dots.iter().map(|dot| dot.id)),
        }
    }

    fn name(&mut self, ids: impl Iterator<Item = EventId>) {
        for id in ids {
            let add = self.add(id);
            let was_live = add.line.is_some() && !add.gone;
            add.gone = true;
            self.live -= usize::from(was_live);
        }
    }

    #[expect(
        clippy::indexing_slicing,
        reason = "the place was found or filled one line before"
    )]
    fn add(&mut self, id: EventId) -> &mut Add {
        let place = match self.adds.binary_search_by_key(&id, |add| add.id) {
            Ok(place) => place,
            Err(place) => {
                let fresh = Add {
                    id,
                    line: None,
                    qty: None,
                    gone: false,
                };
                self.adds.insert(place, fresh);
                place
            }
        };
        &mut self.adds[place]
    }

    /// Whether `state` shows exactly the lines that live here.
    pub(crate) fn agrees(&self, state: &CartState) -> bool {
        let mut live = 0;
        for (id, entry) in state.entries().filter(|(_, entry)| entry.is_live()) {
            live += 1;
            let place = self.adds.binary_search_by_key(&id, |add| add.id);
            let known = place.ok().and_then(|place| self.adds.get(place));
            let same = known.is_some_and(|add| {
                !add.gone
                    && add.line == entry.line
                    && add.qty == entry.qty.map(|(clock, by, qty)| (clock, by, qty.get()))
            });
            if !same {
                return false;
            }
        }
        live == self.live
    }

    /// The adds of what is in it.
    pub(crate) fn live(&self) -> impl Iterator<Item = EventId> {
        let live = self.adds.iter().filter(|add| add.is_live());
        live.map(|add| add.id)
    }

    /// Whether one of these adds holds a variant still.
    pub(crate) fn still_holds(&self, variant: &str, adds: &[EventId]) -> bool {
        let live = self.adds.iter().filter(|add| add.is_live());
        let lines = live
            .filter(|add| adds.contains(&add.id))
            .filter_map(|add| add.line.as_ref());
        lines
            .into_iter()
            .any(|line| line.variant().as_str() == variant)
    }

    /// Whether a variant has ever been in it.
    pub(crate) fn has_held(&self, variant: &str) -> bool {
        let mut lines = self.adds.iter().filter_map(|add| add.line.as_ref());
        lines.any(|line| line.variant().as_str() == variant)
    }

    /// Whether an add of this name has ever been written or named here.
    pub(crate) fn knows(&self, id: EventId) -> bool {
        self.adds.binary_search_by_key(&id, |add| add.id).is_ok()
    }
}
