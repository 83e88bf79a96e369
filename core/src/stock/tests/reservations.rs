//! A reservation by itself: what it holds, how it ends, and how it is written.

use super::*;
use crate::object::codec;

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
