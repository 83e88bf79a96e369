//! When a cart began, was left, came back and was bought, as its merchant reads it.

use super::super::{Account, Position, Standing};
use super::*;

const MINUTE: u64 = 60_000;

/// A cart counts as left after an hour, a checkout after half of one.
fn rest_ms(stage: Option<Stage>, _quote: bool) -> u64 {
    if stage.is_some() {
        30 * MINUTE
    } else {
        60 * MINUTE
    }
}

fn account(cart: &mut Cart) -> Account {
    match cart.step(Input::Account, 0, &[0; 32]).reply {
        Reply::Account(account) => *account,
        other => panic!("{other:?}"),
    }
}

fn position(cart: &mut Cart, now: u64) -> Position {
    account(cart).position(rest_ms, now)
}

fn standing(cart: &mut Cart, now: u64) -> Standing {
    position(cart, now).standing
}

fn take(cart: &mut Cart, now: u64, events: &[(EventId, What)]) {
    call(cart, collect(events, None), now, taken);
}

/// The same in a visit that began with a recovery link.
fn take_by_link(cart: &mut Cart, now: u64, events: &[(EventId, What)]) {
    let Input::Collect(mut collect) = collect(events, None) else {
        panic!("it is a request")
    };
    let mut page = PageContext::default();
    page.utm
        .insert("source".into(), PageContext::LINK_SOURCE.into());
    collect.page = Some(page);
    call(cart, Input::Collect(collect), now, taken);
}

#[test]
fn a_cart_rests_is_left_and_comes_back() {
    let mut cart = cart();
    assert_eq!(standing(&mut cart, 0), Standing::Empty);
    take(&mut cart, MINUTE, &[(id(1, 1), add(1))]);
    assert_eq!(account(&mut cart).life.created_at, Some(MINUTE));
    assert_eq!(standing(&mut cart, 6 * MINUTE - 1), Standing::Open);
    assert_eq!(standing(&mut cart, 6 * MINUTE), Standing::Idle);
    assert_eq!(standing(&mut cart, 61 * MINUTE - 1), Standing::Idle);
    let left = position(&mut cart, 61 * MINUTE);
    assert_eq!(left.standing, Standing::Abandoned);
    assert_eq!(left.abandoned_at, Some(61 * MINUTE));
    // Somebody looks at something: they are back, and the lines are as they were.
    let view = What::View {
        variant: "v2".into(),
        dwell_ms: 1,
    };
    take(&mut cart, 90 * MINUTE, &[(id(1, 2), view)]);
    let back = position(&mut cart, 91 * MINUTE);
    assert_eq!(back.standing, Standing::Returned);
    assert_eq!(back.abandoned_at, Some(61 * MINUTE));
    assert_eq!(account(&mut cart).life.modified_at, MINUTE);
    let again = position(&mut cart, 150 * MINUTE);
    assert_eq!(again.standing, Standing::Abandoned);
    assert_eq!(again.abandoned_at, Some(150 * MINUTE));
}

#[test]
fn a_pause_that_was_no_leaving_is_no_return() {
    let mut cart = cart();
    take(&mut cart, MINUTE, &[(id(1, 1), add(1))]);
    take(&mut cart, 50 * MINUTE, &[(id(1, 2), add(2))]);
    assert_eq!(standing(&mut cart, 51 * MINUTE), Standing::Open);
    // The same pause in a checkout is one.
    let started = What::Checkout {
        stage: Stage::Started,
        latency_ms: None,
        code: None,
    };
    take(&mut cart, 52 * MINUTE, &[(id(1, 3), started)]);
    take(&mut cart, 102 * MINUTE, &[(id(1, 4), add(3))]);
    let back = position(&mut cart, 103 * MINUTE);
    assert_eq!(back.standing, Standing::Returned);
    assert_eq!(back.abandoned_at, Some(82 * MINUTE));
}

#[test]
fn what_is_bought_after_a_link_is_recovered_and_the_next_cart_begins_anew() {
    let mut cart = cart();
    take(&mut cart, MINUTE, &[(id(1, 1), add(1))]);
    take_by_link(&mut cart, 100 * MINUTE, &[(id(1, 2), add(2))]);
    assert_eq!(standing(&mut cart, 101 * MINUTE), Standing::Returned);
    take(
        &mut cart,
        102 * MINUTE,
        &[(id(1, 3), order(&[id(1, 1), id(1, 2)]))],
    );
    let bought = position(&mut cart, 500 * MINUTE);
    assert_eq!(bought.standing, Standing::Recovered);
    assert_eq!(bought.recovered_at, Some(102 * MINUTE));
    assert_eq!(bought.abandoned_at, Some(61 * MINUTE));
    assert_eq!(account(&mut cart).life.created_at, Some(MINUTE));
    let next = What::Lines(Op::Add {
        epoch: 1,
        clock: Hlc::at(9),
        line: LineKey::new(Variant::new("v9").unwrap(), &BTreeMap::new()).unwrap(),
        qty: Quantity::new(1).unwrap(),
    });
    take(&mut cart, 600 * MINUTE, &[(id(1, 4), next)]);
    let fresh = position(&mut cart, 600 * MINUTE);
    assert_eq!(fresh.standing, Standing::Open);
    assert_eq!(fresh.ordered_at, None);
    assert_eq!(account(&mut cart).life.created_at, Some(600 * MINUTE));
    take(&mut cart, 601 * MINUTE, &[(id(1, 5), order(&[id(1, 4)]))]);
    assert_eq!(standing(&mut cart, 601 * MINUTE), Standing::Ordered);
}

#[test]
fn one_request_may_bring_the_link_the_lines_and_the_order() {
    let mut cart = cart();
    take_by_link(
        &mut cart,
        MINUTE,
        &[(id(1, 1), add(1)), (id(1, 2), order(&[id(1, 1)]))],
    );
    assert_eq!(standing(&mut cart, MINUTE), Standing::Recovered);
}

#[test]
fn an_order_on_a_copy_that_came_by_a_link_recovers_the_cart_that_was_left() {
    for by_link in [true, false] {
        let mut cart = cart();
        take(&mut cart, MINUTE, &[(id(1, 1), add(1))]);
        let ordered = Ordered {
            epoch: 0,
            at: 200 * MINUTE,
            recovered: by_link,
        };
        let told = Input::ForkOrdered {
            shop: SHOP,
            cart: CartId([9; 16]),
            fork: CartId([8; 16]),
            origin: CartId([8; 16]),
            ordered,
            dots: vec![Dot {
                id: id(1, 1),
                carry: 0,
            }],
            generation: 0,
        };
        cart.step(told, 201 * MINUTE, &[1; 32]);
        let bought = position(&mut cart, 300 * MINUTE);
        assert_eq!(bought.ordered_at, Some(200 * MINUTE));
        assert_eq!(bought.abandoned_at, Some(61 * MINUTE));
        assert_eq!(bought.standing == Standing::Recovered, by_link);
        assert_eq!(bought.recovered_at.is_some(), by_link);
    }
}

#[test]
fn a_cart_that_was_cleared_is_empty_and_forgets() {
    let mut cart = cart();
    take_by_link(&mut cart, MINUTE, &[(id(1, 1), add(1))]);
    let clear = What::Lines(Op::Close {
        dots: vec![Dot {
            id: id(1, 1),
            carry: 0,
        }],
    });
    take(&mut cart, 200 * MINUTE, &[(id(1, 2), clear)]);
    let cleared = position(&mut cart, 200 * MINUTE);
    assert_eq!(cleared.standing, Standing::Empty);
    assert_eq!(cleared.abandoned_at, None);
    assert_eq!(account(&mut cart).life.created_at, None);
}

#[test]
fn reading_changes_nothing() {
    let mut cart = cart();
    take(&mut cart, MINUTE, &[(id(1, 1), add(1))]);
    let before = cart.clone();
    assert!(!cart.step(Input::Account, 5 * MINUTE, &[4; 32]).write);
    assert_eq!(cart, before);
}
