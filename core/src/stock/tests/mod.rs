//! A shop's stock in memory, and what is asked of it.

mod carts;
mod history;
mod reservations;

use super::*;
use crate::cart::LineKey;
use crate::cart::LineView;
use crate::ids::ShopId;
use crate::object::cart::{Cart, Input, Ordered, Reply, Snapshot};
use std::collections::BTreeMap;
use std::convert::Infallible;

/// A shelf in memory.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Memory {
    levels: BTreeMap<Variant, Level>,
    reservations: BTreeMap<ReservationId, Reservation>,
}

impl Shelf for Memory {
    type Error = Infallible;

    fn level(&self, variant: &Variant) -> Result<Level, Infallible> {
        Ok(self.levels.get(variant).copied().unwrap_or_default())
    }

    fn put_level(&mut self, variant: &Variant, level: Level) -> Result<(), Infallible> {
        self.levels.insert(variant.clone(), level);
        Ok(())
    }

    fn find(&self, id: &ReservationId) -> Result<Option<Reservation>, Infallible> {
        Ok(self.reservations.get(id).cloned())
    }

    fn held_for(&self, cart: CartId) -> Result<Option<Reservation>, Infallible> {
        let mut held = self.held().filter(|one| one.cart == Some(cart));
        let found = held.next().cloned();
        assert!(held.next().is_none(), "a cart has two reservations");
        Ok(found)
    }

    fn due(&self, now: u64, limit: u32) -> Result<Vec<Reservation>, Infallible> {
        let mut due: Vec<_> = self
            .held()
            .filter(|one| one.is_over(now))
            .cloned()
            .collect();
        due.sort_by_key(|one| one.expires_at);
        due.truncate(limit as usize);
        Ok(due)
    }

    fn put(&mut self, reservation: &Reservation) -> Result<(), Infallible> {
        let id = reservation.id.clone();
        self.reservations.insert(id, reservation.clone());
        Ok(())
    }
}

impl Memory {
    fn held(&self) -> impl Iterator<Item = &Reservation> {
        self.reservations
            .values()
            .filter(|one| one.state == State::Held)
    }

    fn state(&self, id: &str) -> (State, Option<Cause>) {
        let one = &self.reservations[&name(id)];
        (one.state, one.cause)
    }
}

fn variant(text: &str) -> Variant {
    Variant::new(text).unwrap()
}

fn items(lines: &[(&str, u32)]) -> Vec<Item> {
    let item = |(text, qty): &(&str, u32)| Item {
        variant: variant(text),
        qty: *qty,
    };
    lines.iter().map(item).collect()
}

fn name(text: &str) -> ReservationId {
    ReservationId::try_from(text.to_string()).unwrap()
}

fn cart(n: u8) -> CartId {
    CartId([n; 16])
}

fn wanted(id: &str, lines: &[(&str, u32)], of: Option<(CartId, u32)>) -> Wanted {
    Wanted {
        id: name(id),
        items: gathered(lines.iter().map(|(text, qty)| (variant(text), *qty))).unwrap(),
        cart: of,
        in_cart: true,
        period: Period::new(10_000).unwrap(),
    }
}

/// A cart that somebody has written to, with these lines.
fn snapshot(of: CartId, lines: &[&str], ordered: Option<Ordered>) -> Snapshot {
    let mut cart = Cart::new(ShopId([1; 5]), of);
    let Reply::Snapshot(mut snapshot) = cart.step(Input::Read, 0, &[0; 32]).reply else {
        panic!("a cart answers with a snapshot");
    };
    snapshot.entries = 1;
    snapshot.slot.ordered = ordered;
    let views = lines.iter().map(|text| LineView {
        line: LineKey::of(variant(text), []).unwrap(),
        qty: 1,
        dots: vec![],
    });
    snapshot.lines = views.collect();
    snapshot
}

fn order(epoch: u32, at: u64) -> Ordered {
    Ordered {
        epoch,
        at,
        recovered: false,
    }
}

fn stocked(levels: &[(&str, u64)]) -> Stock<Memory> {
    let mut stock = Stock(Memory::default());
    for (text, left) in levels {
        stock.count(&variant(text), Some(*left)).unwrap();
    }
    stock
}

fn level(stock: &Stock<Memory>, text: &str) -> (Option<u64>, u64) {
    let level = stock.0.level(&variant(text)).unwrap();
    (level.left, level.held)
}
