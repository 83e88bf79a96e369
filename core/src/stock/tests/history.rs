//! Any history at all: nothing is sold twice, and asking again changes nothing.

use super::*;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Op {
    Reserve {
        id: u8,
        lines: Vec<(u8, u32)>,
        cart: Option<u8>,
        ms: u64,
    },
    Confirm(u8),
    Cancel(u8),
    Order(u8),
    Count(u8, Option<u64>),
    Reconcile {
        id: u8,
        lines: Vec<u8>,
        is_gone: bool,
    },
    Wait(u64),
}

fn op() -> impl Strategy<Value = Op> {
    let reserve = (
        0..8_u8,
        prop::collection::vec((0..3_u8, 1..4_u32), 1..4),
        prop::option::of(0..3_u8),
        1_000..20_000_u64,
    );
    prop_oneof![
        6 => reserve.prop_map(|(id, lines, cart, ms)| Op::Reserve { id, lines, cart, ms }),
        3 => (0..8_u8).prop_map(Op::Confirm),
        2 => (0..8_u8).prop_map(Op::Cancel),
        2 => (0..3_u8).prop_map(Op::Order),
        2 => (0..3_u8, prop::option::of(0..9_u64)).prop_map(|(v, n)| Op::Count(v, n)),
        2 => (0..8_u8, prop::collection::vec(0..3_u8, 0..3), any::<bool>())
            .prop_map(|(id, lines, is_gone)| Op::Reconcile { id, lines, is_gone }),
        2 => (0..9_000_u64).prop_map(Op::Wait),
    ]
}

/// A request as it could come once more, with what was said of it.
#[derive(Clone, Debug)]
enum Done {
    Reserve(Wanted),
    Confirm(ReservationId),
    Cancel(ReservationId),
    Order(CartId, Ordered),
}

/// A shop, its carts' epochs, and what was done in it.
struct World {
    stock: Stock<Memory>,
    now: u64,
    epochs: [u32; 3],
    done: Vec<Done>,
}

impl World {
    fn act(&mut self, op: Op) {
        let now = self.now;
        let id = |n: u8| name(&format!("r{n}"));
        let product = |n: u8| variant(&format!("v{n}"));
        match op {
            Op::Reserve {
                id: n,
                lines,
                cart: of,
                ms,
            } => {
                let lines = lines.into_iter().map(|(v, qty)| (product(v), qty));
                let want = Wanted {
                    id: id(n),
                    items: gathered(lines).unwrap(),
                    cart: of.map(|n| (cart(n), self.epochs[usize::from(n)])),
                    in_cart: true,
                    period: Period::new(ms).unwrap(),
                };
                let before = self.stock.0.reservations.contains_key(&want.id);
                if self.stock.reserve(want.clone(), now).unwrap().is_ok() {
                    for item in want.items.iter().filter(|_| !before) {
                        let level = self.stock.0.level(&item.variant).unwrap();
                        assert!(
                            level.left.is_none_or(|left| level.held <= left),
                            "over-reserved"
                        );
                    }
                    self.done.push(Done::Reserve(want));
                }
            }
            Op::Confirm(n) => {
                if self.stock.confirm(&id(n), now).unwrap().is_ok() {
                    self.done.push(Done::Confirm(id(n)));
                }
            }
            Op::Cancel(n) => {
                if self.stock.cancel(&id(n), now).unwrap().is_ok() {
                    self.done.push(Done::Cancel(id(n)));
                }
            }
            Op::Order(n) => {
                let ordered = order(self.epochs[usize::from(n)], now);
                self.epochs[usize::from(n)] += 1;
                self.stock.ordered(cart(n), ordered, now).unwrap();
                self.done.push(Done::Order(cart(n), ordered));
            }
            Op::Count(v, left) => self.stock.count(&product(v), left).unwrap(),
            Op::Reconcile {
                id: n,
                lines,
                is_gone,
            } => {
                let names: Vec<String> = lines.iter().map(|v| format!("v{v}")).collect();
                let names: Vec<&str> = names.iter().map(String::as_str).collect();
                let mut seen = snapshot(cart(n % 3), &names, None);
                seen.entries = u64::from(!is_gone);
                self.stock.reconcile(&id(n), &seen, now).unwrap();
            }
            Op::Wait(ms) => self.now += ms,
        }
    }

    fn again(&mut self, done: Done) {
        let now = self.now;
        match done {
            Done::Reserve(want) => {
                self.stock.reserve(want, now).unwrap().unwrap();
            }
            Done::Confirm(id) => {
                assert_eq!(
                    self.stock.confirm(&id, now).unwrap().unwrap().state,
                    State::Confirmed
                );
            }
            Done::Cancel(id) => {
                self.stock.cancel(&id, now).unwrap().unwrap();
            }
            Done::Order(cart, ordered) => self.stock.ordered(cart, ordered, now).unwrap(),
        }
    }
}

proptest! {
    #[test]
    fn no_history_sells_what_is_not_there(ops in prop::collection::vec(op(), 1..60), turn in any::<prop::sample::Index>()) {
        let mut world = World {
            stock: stocked(&[("v0", 5), ("v1", 3)]),
            now: 0,
            epochs: [0; 3],
            done: Vec::new(),
        };
        for op in ops {
            let before = world.stock.0.clone();
            let is_push = matches!(op, Op::Count(..));
            world.act(op);
            let after = &world.stock.0;
            // Nothing leaves the state that it ended in.
            for (id, was) in &before.reservations {
                let is = &after.reservations[id];
                prop_assert!(was.state == State::Held || was == is, "{was:?} became {is:?}");
            }
            for (variant, level) in &after.levels {
                let held: u64 = after.held().map(|one| one.holds(variant)).sum();
                prop_assert_eq!(level.held, held, "what is held is the sum of what reservations hold");
                let was = before.levels.get(variant).copied().unwrap_or_default();
                let fits = |level: &Level| level.left.is_none_or(|left| level.held <= left);
                prop_assert!(is_push || fits(level) || !fits(&was), "{was:?} became {level:?}");
                if is_push { continue; }
                let sold: u64 = after.reservations.values()
                    .filter(|one| one.state == State::Confirmed)
                    .filter(|one| before.reservations.get(&one.id).is_none_or(|was| was.state == State::Held))
                    .map(|one| one.holds(variant))
                    .sum();
                prop_assert_eq!(level.left, was.left.map(|left| left.saturating_sub(sold)), "what is sold is gone, once");
            }
        }
        // Whatever was done may be asked for once more, in another order, and changes nothing.
        while world.stock.expire(world.now).unwrap() > 0 {}
        let settled = world.stock.0.clone();
        let mut done = world.done.clone();
        if !done.is_empty() {
            let turn = turn.index(done.len());
            done.rotate_left(turn);
            done.reverse();
        }
        for one in done {
            world.again(one);
        }
        prop_assert_eq!(&world.stock.0, &settled);
    }
}
