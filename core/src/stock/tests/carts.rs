//! Reservations of carts: one each, and no longer than the cart needs it.

use super::*;

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
