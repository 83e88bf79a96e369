//! Messages that were tried, and what happens before they are tried again.

use super::*;

const DOWN: &str = "5xx";

/// Cart 1 was left at 0; its message was tried after a day, and the provider is down. Cart 2 was begun two hours later.
fn tried_and_back() -> (Shopper, u64) {
    let mut shopper = left_at(0);
    shopper.step(Input::Wake, DAY);
    let Reply::Go(_) = release(&mut shopper, step(0), slot(1, 1, 0), DAY) else {
        panic!("refused")
    };
    let failed = Outcome::Transient { code: DOWN.into() };
    outcome(&mut shopper, step(0), 1, failed, DAY + 1);
    let back_at = DAY + 2 * HOUR;
    tell(&mut shopper, slot(2, 1, back_at), None, back_at);
    (shopper, back_at)
}

fn try_again(shopper: &mut Shopper, slots: [Slot; 2], now: u64) -> Reply {
    let due = shopper.next_alarm().unwrap().max(now);
    shopper.step(Input::Wake, due);
    let carts = slots.map(|slot| (slot.cart, Some(snapshot(slot))));
    release_with(shopper, step(0), &carts, "smtp", due)
}

#[test]
fn a_message_that_was_tried_goes_about_the_cart_that_it_shows() {
    let (mut shopper, back_at) = tried_and_back();
    let slots = [slot(1, 1, 0), slot(2, 1, back_at)];
    let reply = try_again(&mut shopper, slots, back_at + DAY);
    assert!(matches!(reply, Reply::Go(_)), "{reply:?}");
}

/// The order was placed before the shopper came back, in a browser that brought it late or under another identity.
#[test]
fn an_order_that_becomes_known_late_ends_what_was_tried_before_it() {
    let (mut shopper, back_at) = tried_and_back();
    let now = back_at + HOUR;
    tell(&mut shopper, bought(3, 2, DAY + HOUR), None, now);
    let slots = [slot(1, 1, 0), slot(2, 1, back_at)];
    let reply = try_again(&mut shopper, slots, now + DAY);
    assert_eq!(reply, Reply::Refused(Refused::Closed));
    assert_eq!(state(&shopper, step(0)), &State::Skipped(Skip::Ordered));
    // What was begun after the order is a story of its own.
    let next = shopper.deliveries().last().unwrap();
    assert_eq!((next.key.conversation, next.key.step), (2, 0));
    assert_eq!(next.due_at, back_at + DAY);
}

#[test]
fn what_was_emptied_since_is_not_shown_and_the_next_step_is_about_the_rest() {
    let (mut shopper, back_at) = tried_and_back();
    let emptied = Slot {
        status: Status::Empty,
        epoch: 1,
        ..slot(1, 2, back_at + 1)
    };
    let slots = [emptied, slot(2, 1, back_at)];
    let reply = try_again(&mut shopper, slots, back_at + DAY);
    assert_eq!(reply, Reply::Refused(Refused::Closed));
    assert_eq!(state(&shopper, step(0)), &State::Skipped(Skip::Emptied));
    assert!(shopper.delivery(step(1)).is_some());
}
