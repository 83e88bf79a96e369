use super::*;
use crate::cart::LineKey;
use crate::cart::LineView;
use crate::ids::ShopId;
use crate::object::cart::{Cart, Input, Ordered, Reply, Snapshot};
use crate::object::codec;
use proptest::prelude::*;
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

#[test]
fn all_lines_are_held_or_none() {
    let mut stock = stocked(&[("mug", 2), ("bowl", 1)]);
    let too_much = wanted("a", &[("mug", 1), ("bowl", 2), ("plate", 9)], None);
    let refused = stock.reserve(too_much, 0).unwrap();
    assert_eq!(refused, Err(Refusal::Short(items(&[("bowl", 1)]))));
    assert_eq!(level(&stock, "mug"), (Some(2), 0));
    // Lines of one variant count together; what nobody counts can always be had.
    let fits = wanted(
        "a",
        &[("mug", 1), ("bowl", 1), ("mug", 1), ("plate", 9)],
        None,
    );
    stock.reserve(fits, 0).unwrap().unwrap();
    assert_eq!(level(&stock, "mug"), (Some(2), 2));
    let refused = stock.reserve(wanted("b", &[("mug", 1)], None), 0).unwrap();
    assert_eq!(refused, Err(Refusal::Short(items(&[("mug", 0)]))));
}

#[test]
fn each_step_twice_is_answered_the_same() {
    let mut stock = stocked(&[("mug", 2)]);
    let want = wanted("a", &[("mug", 1)], None);
    let made = stock.reserve(want.clone(), 0).unwrap();
    assert_eq!(stock.reserve(want.clone(), 5_000).unwrap(), made);
    let other = wanted("a", &[("mug", 2)], None);
    assert_eq!(stock.reserve(other, 0).unwrap(), Err(Refusal::Conflict));
    let sold = stock.confirm(&name("a"), 6_000).unwrap();
    assert_eq!(stock.confirm(&name("a"), 7_000).unwrap(), sold);
    // Neither time nor a cancellation undoes what was sold.
    assert_eq!(stock.confirm(&name("a"), 99_000).unwrap(), sold);
    let refused = Err(Refusal::Ended(State::Confirmed));
    assert_eq!(stock.cancel(&name("a"), 99_000).unwrap(), refused);
    assert_eq!(level(&stock, "mug"), (Some(1), 0));
    stock
        .reserve(wanted("b", &[("mug", 1)], None), 0)
        .unwrap()
        .unwrap();
    let gone = stock.cancel(&name("b"), 1).unwrap();
    assert_eq!(stock.cancel(&name("b"), 2).unwrap(), gone);
    let refused = Err(Refusal::Ended(State::Cancelled));
    assert_eq!(stock.confirm(&name("b"), 3).unwrap(), refused);
    assert_eq!(stock.confirm(&name("c"), 3).unwrap(), Err(Refusal::Unknown));
}

#[test]
fn what_is_over_frees_its_stock_whether_an_alarm_came_or_not() {
    let mut stock = stocked(&[("mug", 1)]);
    stock
        .reserve(wanted("a", &[("mug", 1)], None), 0)
        .unwrap()
        .unwrap();
    assert_eq!(stock.expire(9_999).unwrap(), 0);
    // Nobody ended it, and the next one can be had.
    stock
        .reserve(wanted("b", &[("mug", 1)], None), 10_000)
        .unwrap()
        .unwrap();
    let refused = Err(Refusal::Ended(State::Expired));
    assert_eq!(stock.confirm(&name("a"), 10_000).unwrap(), refused);
    // The same when it is the confirmation that comes first.
    assert_eq!(stock.confirm(&name("b"), 20_000).unwrap(), refused);
    assert_eq!(level(&stock, "mug"), (Some(1), 0));
    // Giving up what is over asks for what is so.
    assert_eq!(
        stock.cancel(&name("b"), 20_001).unwrap().unwrap().state,
        State::Expired
    );
}

#[test]
fn a_cart_has_one_reservation_and_its_own_is_no_hindrance() {
    let mut stock = stocked(&[("mug", 1)]);
    let first = wanted("a", &[("mug", 1)], Some((cart(1), 0)));
    stock.reserve(first.clone(), 0).unwrap().unwrap();
    assert_eq!(
        stock.short(vec![variant("mug")], &[]).unwrap(),
        [variant("mug")]
    );
    assert!(
        stock
            .short(vec![variant("mug")], &[cart(1)])
            .unwrap()
            .is_empty()
    );
    let again = wanted("b", &[("mug", 1)], Some((cart(1), 0)));
    stock.reserve(again, 1).unwrap().unwrap();
    assert_eq!(
        stock.0.state("a"),
        (State::Cancelled, Some(Cause::Replaced))
    );
    // The first request comes once more, late.
    assert_eq!(
        stock.reserve(first, 2).unwrap().unwrap().state,
        State::Cancelled
    );
    assert_eq!(level(&stock, "mug"), (Some(1), 1));
    // One that does not fit leaves the one before as it was.
    let more = wanted("c", &[("mug", 2)], Some((cart(1), 0)));
    assert!(stock.reserve(more, 3).unwrap().is_err());
    assert_eq!(stock.0.state("b"), (State::Held, None));
}

#[test]
fn an_order_of_the_cart_confirms_what_it_bought() {
    let mut stock = stocked(&[("mug", 3)]);
    stock
        .reserve(wanted("a", &[("mug", 1)], Some((cart(1), 4))), 100)
        .unwrap()
        .unwrap();
    // An earlier order, told late; another cart's.
    stock.ordered(cart(1), order(3, 50), 200).unwrap();
    stock.ordered(cart(2), order(9, 150), 200).unwrap();
    assert_eq!(stock.0.state("a"), (State::Held, None));
    // Heard late, but placed in time.
    stock.ordered(cart(1), order(4, 9_000), 60_000).unwrap();
    assert_eq!(stock.0.state("a"), (State::Confirmed, Some(Cause::Order)));
    assert_eq!(
        stock.confirm(&name("a"), 70_000).unwrap().unwrap().state,
        State::Confirmed
    );
    assert_eq!(level(&stock, "mug"), (Some(2), 0));
    // The next purchase of the same cart is not touched by the order before.
    stock
        .reserve(wanted("b", &[("mug", 1)], Some((cart(1), 5))), 70_000)
        .unwrap()
        .unwrap();
    stock.ordered(cart(1), order(4, 9_000), 70_001).unwrap();
    assert_eq!(stock.0.state("b"), (State::Held, None));
}

#[test]
fn what_its_cart_does_not_need_is_freed() {
    let mut stock = stocked(&[("mug", 5), ("bowl", 5)]);
    for (id, n) in [
        ("bought", 1),
        ("gone", 2),
        ("left", 3),
        ("half", 4),
        ("needed", 5),
    ] {
        let lines = [("mug", 1), ("bowl", 1)];
        stock
            .reserve(wanted(id, &lines, Some((cart(n), 2))), 0)
            .unwrap()
            .unwrap();
    }
    let gone = Cart::new(ShopId([1; 5]), cart(2))
        .step(Input::Read, 0, &[0; 32])
        .reply;
    let Reply::Snapshot(gone) = gone else {
        panic!()
    };
    let look = |stock: &mut Stock<Memory>, id: &str, snapshot: &Snapshot| {
        stock.reconcile(&name(id), snapshot, 1).unwrap()
    };
    // A life later it holds other lines; what was reserved was bought all the same.
    let bought = snapshot(cart(1), &["plate"], Some(order(2, 1)));
    assert!(look(&mut stock, "bought", &bought).is_some());
    assert_eq!(
        stock.0.state("bought"),
        (State::Confirmed, Some(Cause::CartOrdered))
    );
    assert!(look(&mut stock, "gone", &gone).is_some());
    assert_eq!(
        stock.0.state("gone"),
        (State::Orphaned, Some(Cause::CartGone))
    );
    assert!(look(&mut stock, "left", &snapshot(cart(3), &[], None)).is_some());
    assert_eq!(
        stock.0.state("left"),
        (State::Orphaned, Some(Cause::LineGone))
    );
    let half = snapshot(cart(4), &["mug"], None);
    let lessened = look(&mut stock, "half", &half).unwrap();
    assert_eq!(
        (lessened.state, lessened.freed.len(), lessened.lines.len()),
        (State::Held, 1, 1)
    );
    assert!(
        look(&mut stock, "half", &half).is_none(),
        "it was found before"
    );
    // It is still the answer to the request that made it.
    let want = wanted("half", &[("mug", 1), ("bowl", 1)], Some((cart(4), 2)));
    assert!(stock.reserve(want, 2).unwrap().is_ok());
    let earlier = snapshot(cart(5), &["mug", "bowl"], Some(order(1, 1)));
    assert!(look(&mut stock, "needed", &earlier).is_none());
    assert_eq!(level(&stock, "mug"), (Some(4), 2));
    assert_eq!(level(&stock, "bowl"), (Some(4), 1));
    let refused = Err(Refusal::Ended(State::Orphaned));
    assert_eq!(stock.confirm(&name("gone"), 3).unwrap(), refused);
    assert!(look(&mut stock, "gone", &gone).is_none());
}

#[test]
fn a_line_that_the_cart_has_not_told_of_yet_is_not_gone() {
    let mut stock = stocked(&[("mug", 5)]);
    let late = Wanted {
        in_cart: false,
        ..wanted("a", &[("mug", 1)], Some((cart(1), 0)))
    };
    stock.reserve(late, 0).unwrap().unwrap();
    let empty = snapshot(cart(1), &[], None);
    assert!(stock.reconcile(&name("a"), &empty, 1).unwrap().is_none());
    let there = snapshot(cart(1), &["mug"], None);
    assert!(stock.reconcile(&name("a"), &there, 2).unwrap().is_none());
    assert!(stock.reconcile(&name("a"), &empty, 3).unwrap().is_some());
}

#[test]
fn a_reservation_is_stored_as_it_is_and_answered_in_json() {
    let mut stock = stocked(&[]);
    let want = wanted("a:1", &[("mug", 1)], Some((cart(0xab), 7)));
    let made = stock.reserve(want, 5).unwrap().unwrap();
    let bytes = codec::encode(&made).unwrap();
    assert_eq!(codec::decode::<Reservation>(&bytes).unwrap(), made);
    assert_eq!(
        made.json(),
        r#"{"id":"a:1","state":"held","cart_epoch":7,"in_cart":true,"created_at":5,"expires_at":10005,"cart":"crt_abababababababababababababababab","lines":[{"variant":"mug","qty":1}]}"#
    );
    let all = Reservation {
        state: State::Orphaned,
        cause: Some(Cause::LineGone),
        lines: items(&[(r#"a"\"#, 1), ("b", 2)]),
        freed: items(&[("c", 3)]),
        ended_at: Some(8),
        reconciled_at: Some(9),
        ..made
    };
    let read: serde_json::Value = serde_json::from_str(&all.json()).unwrap();
    assert_eq!(read["lines"][0]["variant"], r#"a"\"#);
    assert_eq!(read["lines"][1]["qty"], 2);
    assert_eq!(read["freed"][0]["variant"], "c");
    assert_eq!(
        (&read["state"], &read["cause"]),
        (&"orphaned".into(), &"line_gone".into())
    );
    assert_eq!(
        (&read["ended_at"], &read["reconciled_at"]),
        (&8.into(), &9.into())
    );
}

#[test]
fn names_and_lines_have_bounds() {
    for text in ["", "-a", "..", "a/b", "a b", "a%", "ä"] {
        assert!(ReservationId::try_from(text.to_string()).is_err(), "{text}");
    }
    assert!(ReservationId::try_from("a".repeat(65)).is_err());
    assert!(ReservationId::try_from("a".repeat(64)).is_ok());
    assert!(gathered(std::iter::empty()).is_err());
    assert!(gathered([(variant("mug"), 0)].into_iter()).is_err());
    let many = |count: u32| (0..count).map(|n| (variant(&format!("v{n}")), 1));
    assert!(gathered(many(500)).is_ok());
    assert!(gathered(many(501)).is_err());
    assert!(Period::new(999).is_err() && Period::new(86_400_001).is_err());
}

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
