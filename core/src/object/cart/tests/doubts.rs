//! Carts that are no shopper's.

use super::*;
use crate::flood::Doubt;

fn stage(n: u32, stage: Stage) -> (EventId, What) {
    let what = What::Checkout {
        stage,
        latency_ms: None,
        code: None,
    };
    (id(1, n), what)
}

fn failed(n: u32) -> (EventId, What) {
    stage(n, Stage::PaymentFailed)
}

/// What is thought of a cart where so many payments failed, one each `every_ms`.
fn after(failures: u32, every_ms: u64) -> Option<Doubt> {
    let mut cart = cart();
    for n in 0..failures {
        let now = 1_000 + u64::from(n) * every_ms;
        cart.step(collect(&[failed(n + 1)], None), now, &[1; 32]);
    }
    assert_eq!(cart.snapshot().doubt, cart.doubt());
    cart.doubt()
}

#[test]
fn who_fails_a_few_times_is_a_shopper_and_who_does_so_on_and_on_tries_cards() {
    assert_eq!(after(7, 1_000), None);
    assert_eq!(after(8, 1_000), Some(Doubt::CardTesting));
    assert_eq!(after(1_000, 10), Some(Doubt::CardTesting));
    // Spread over days they are somebody's bad luck.
    assert_eq!(after(40, 3_600_000 / 6), None);
}

#[test]
fn a_payment_that_succeeds_ends_the_count_and_an_order_the_doubt() {
    let mut cart = cart();
    let many: Vec<_> = (1..=7).map(failed).collect();
    cart.step(collect(&many, None), 1_000, &[1; 32]);
    cart.step(
        collect(&[stage(8, Stage::PaymentSucceeded)], None),
        1_001,
        &[1; 32],
    );
    cart.step(collect(&[failed(9)], None), 1_002, &[1; 32]);
    assert_eq!(cart.doubt(), None);
    let many: Vec<_> = (10..=16).map(failed).collect();
    cart.step(collect(&many, None), 1_003, &[1; 32]);
    assert_eq!(cart.doubt(), Some(Doubt::CardTesting));
    let bytes = codec::encode(&cart).unwrap();
    assert_eq!(codec::decode::<Cart>(&bytes).unwrap().doubt(), cart.doubt());
    cart.step(collect(&[(id(1, 20), order(&[]))], None), 1_004, &[1; 32]);
    assert_eq!(cart.doubt(), None);
}

#[test]
fn what_the_edge_doubts_is_kept_with_what_was_said_and_only_then() {
    let doubted = |events: &[(EventId, What)]| {
        let Input::Collect(collect) = collect(events, None) else {
            panic!("no collect");
        };
        Input::Collect(Collect {
            doubt: Some(Doubt::Automated),
            ..collect
        })
    };
    let mut cart = cart();
    assert!(!cart.step(doubted(&[]), 1, &[1; 32]).write);
    assert_eq!(cart.doubt(), None);
    cart.step(doubted(&[failed(1)]), 2, &[1; 32]);
    assert_eq!(cart.doubt(), Some(Doubt::Automated));
    // The same browser is no person a moment later.
    cart.step(collect(&[failed(2)], None), 3, &[1; 32]);
    assert_eq!(cart.doubt(), Some(Doubt::Automated));
}

#[test]
fn a_cart_that_was_emptied_is_no_machines_any_more_and_tried_cards_stay_so() {
    let emptied = |cart: &mut Cart, n: u32| {
        let dots = vec![Dot {
            id: id(1, n),
            carry: 0,
        }];
        cart.step(collect(&[(id(1, n), add(1))], None), u64::from(n), &[1; 32]);
        let remove = What::Lines(Op::Remove { dots });
        cart.step(
            collect(&[(id(1, n + 1), remove)], None),
            u64::from(n + 1),
            &[1; 32],
        );
        assert!(cart.state().lines().is_empty());
        cart.doubt()
    };
    let mut cart = cart();
    cart.suspect(Some(Doubt::Automated));
    assert_eq!(emptied(&mut cart, 1), None);
    cart.suspect(Some(Doubt::CardTesting));
    assert_eq!(emptied(&mut cart, 3), Some(Doubt::CardTesting));
}

/// Rows from before there were doubts.
#[test]
fn an_older_row_is_doubted_by_nobody() {
    let row = codec::encode(&cart()).unwrap();
    let older = codec::decode::<Cart>(row.get(..row.len() - 2).unwrap()).unwrap();
    assert_eq!(older, cart());
}
