//! A product that was looked at.

use super::*;

#[test]
fn a_look_without_a_cart_brings_one_message_about_the_product_and_not_a_second_one() {
    let config = only(&["browse", "cart"]);
    let mut shopper = Shopper::new(SHOP, ADA);
    say(&mut shopper, &config, looked(1, 1, 10, 29_999), 10);
    assert_eq!(
        shopper.next_alarm(),
        None,
        "shorter than any sequence cares for"
    );
    let look = looked(1, 2, 20, 40_000);
    say(&mut shopper, &config, look.clone(), 20);
    assert_eq!(shopper.next_alarm(), Some(20 + DAY));
    let now = 20 + DAY;
    let sent = message(go(
        &mut shopper,
        1,
        std::slice::from_ref(&look),
        &products(),
        &config,
        now,
    ));
    assert!(
        sent.mail().unwrap().text.contains("https://shop.example/m")
            && sent.mail().unwrap().text.contains("€19.00")
    );
    assert!(
        !sent.mail().unwrap().text.contains("/r/")
            && sent.mail().unwrap().subject.contains("Still looking")
    );
    let decided = &shopper.delivery(first(1)).unwrap().decisions[0];
    assert!(
        decided.sentence().contains("looked at for 40 s"),
        "{}",
        decided.sentence()
    );
    outcome(&mut shopper, first(1), 1, accepted(), now);
    assert!(shopper.plan.is_none());
    let again = Slot {
        version: 3,
        last_activity_at: now,
        ..look.clone()
    };
    say(&mut shopper, &config, again, now);
    assert_eq!(shopper.next_alarm(), None, "the same look");
    say(
        &mut shopper,
        &config,
        looked(1, 4, now + 9, 31_000),
        now + 9,
    );
    assert!(shopper.next_alarm().is_some(), "another visit");
}

#[test]
fn a_message_about_a_look_leaves_the_carts_own_conversation_to_the_cart() {
    let config = only(&["browse", "cart"]);
    let mut shopper = Shopper::new(SHOP, ADA);
    let look = looked(1, 1, 10, 40_000);
    say(&mut shopper, &config, look.clone(), 10);
    go(&mut shopper, 1, &[look], &products(), &config, 10 + DAY);
    outcome(&mut shopper, first(1), 1, accepted(), 10 + DAY);
    // The same epoch of the same cart.
    let left = slot(1, 2, 2 * DAY);
    say(&mut shopper, &config, left.clone(), 2 * DAY);
    let sent = message(go(&mut shopper, 2, &[left], &products(), &config, 3 * DAY));
    assert!(sent.mail().unwrap().subject.starts_with("You left"));
}

#[test]
fn a_cart_ends_a_look_whether_it_is_told_or_found_at_the_release() {
    let config = only(&["browse", "cart"]);
    for told in [true, false] {
        let mut shopper = Shopper::new(SHOP, ADA);
        let look = looked(1, 1, 10, 40_000);
        say(&mut shopper, &config, look.clone(), 10);
        let left = slot(1, 2, HOUR);
        if told {
            say(&mut shopper, &config, left.clone(), HOUR);
        }
        let reply = go(
            &mut shopper,
            1,
            std::slice::from_ref(&left),
            &products(),
            &config,
            10 + DAY,
        );
        assert_eq!(reply, Reply::Refused(Refused::Closed));
        assert_eq!(state(&shopper, first(1)), &State::Skipped(Skip::CartBegun));
        assert_eq!(
            shopper.next_alarm(),
            Some(HOUR + DAY),
            "it is a departure now"
        );
        let sent = message(go(
            &mut shopper,
            2,
            &[left],
            &products(),
            &config,
            HOUR + DAY,
        ));
        assert!(sent.mail().unwrap().text.contains("/r/"));
    }
}

#[test]
fn a_message_about_a_look_that_is_on_its_way_comes_to_its_end_and_the_cart_follows() {
    let config = only(&["browse", "cart"]);
    let mut shopper = Shopper::new(SHOP, ADA);
    let look = looked(1, 1, 10, 40_000);
    say(&mut shopper, &config, look.clone(), 10);
    message(go(&mut shopper, 1, &[look], &products(), &config, 10 + DAY));
    say(&mut shopper, &config, slot(1, 2, 20 + DAY), 20 + DAY);
    assert_eq!(shopper.deliveries.len(), 1);
    outcome(&mut shopper, first(1), 1, accepted(), 30 + DAY);
    assert!(matches!(
        state(&shopper, first(1)),
        State::Sent { crossed: false, .. }
    ));
    assert!(shopper.next_alarm().unwrap() >= 20 + 2 * DAY);
    assert!(shopper.plan.as_ref().unwrap().about.is_cart());
}

#[test]
fn a_return_moves_a_look_on_and_an_order_on_any_device_ends_it() {
    let config = only(&["browse", "cart"]);
    let mut shopper = Shopper::new(SHOP, ADA);
    let look = looked(1, 1, 10, 40_000);
    say(&mut shopper, &config, look.clone(), 10);
    let back = Slot {
        version: 2,
        last_activity_at: DAY,
        ..look
    };
    assert_eq!(
        go(
            &mut shopper,
            1,
            std::slice::from_ref(&back),
            &products(),
            &config,
            10 + DAY
        ),
        Reply::Refused(Refused::NotDue)
    );
    assert_eq!(shopper.next_alarm(), Some(2 * DAY), "found at the release");
    let back = Slot {
        version: 3,
        last_activity_at: DAY + HOUR,
        ..back
    };
    say(&mut shopper, &config, back.clone(), DAY + HOUR);
    assert_eq!(shopper.next_alarm(), Some(2 * DAY + HOUR), "told");
    say(
        &mut shopper,
        &config,
        bought(2, 4, DAY + 2 * HOUR),
        DAY + 2 * HOUR,
    );
    assert_eq!(state(&shopper, first(1)), &State::Skipped(Skip::Ordered));
    let back = Slot {
        version: 4,
        last_activity_at: 2 * DAY,
        ..back
    };
    say(&mut shopper, &config, back, 2 * DAY);
    assert_eq!(
        shopper.next_alarm(),
        None,
        "what was looked at before the order"
    );
}
