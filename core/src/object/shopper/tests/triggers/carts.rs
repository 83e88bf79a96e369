//! Quotes, stages, returns and orders.

use super::*;

#[test]
fn a_quote_gets_its_own_sequence_and_no_other() {
    let config = only(&["quote", "cart"]);
    let mut shopper = Shopper::new(SHOP, ADA);
    let quote = Slot {
        quote: true,
        ..slot(1, 1, 0)
    };
    say(&mut shopper, &config, quote.clone(), 0);
    let sent = message(go(
        &mut shopper,
        1,
        std::slice::from_ref(&quote),
        &products(),
        &config,
        DAY,
    ));
    assert!(
        sent.mail().unwrap().subject.contains("quote"),
        "{}",
        sent.mail().unwrap().subject
    );
    let decided = &shopper.delivery(first(1)).unwrap().decisions[0];
    assert!(decided.sentence().contains("a quote was left"));
    let mut alone = Shopper::new(SHOP, ADA);
    say(&mut alone, &only(&["cart"]), quote, 0);
    assert_eq!(alone.next_alarm(), None);
}

#[test]
fn each_stage_rests_as_long_as_the_shop_says() {
    let mut config = only(&["cart"]);
    config.thresholds.stage_ms.shipping = Some(30 * HOUR);
    config.thresholds.stage_ms.price = Some(26 * HOUR);
    for (stage, due) in [
        (Some(Stage::Shipping), 30 * HOUR),
        (Some(Stage::Price), 26 * HOUR),
        (Some(Stage::Contact), DAY),
        (None, DAY),
    ] {
        let mut shopper = Shopper::new(SHOP, ADA);
        say(
            &mut shopper,
            &config,
            Slot {
                stage,
                ..slot(1, 1, 0)
            },
            0,
        );
        assert_eq!(shopper.next_alarm(), Some(due), "{stage:?}");
    }
}

#[test]
fn a_return_moves_the_message_and_what_comes_after_an_order_is_a_new_conversation_from_its_first_message()
 {
    let config = only(&["cart"]);
    let mut shopper = Shopper::new(SHOP, ADA);
    let left = slot(1, 1, 0);
    say(&mut shopper, &config, left.clone(), 0);
    message(go(
        &mut shopper,
        1,
        std::slice::from_ref(&left),
        &products(),
        &config,
        DAY,
    ));
    outcome(&mut shopper, first(1), 1, accepted(), DAY);
    // Back in the shop: the second message counts from there, and the first one is not repeated.
    say(
        &mut shopper,
        &config,
        Slot {
            version: 2,
            last_activity_at: DAY + HOUR,
            ..left
        },
        DAY + HOUR,
    );
    assert_eq!(shopper.next_alarm(), Some(DAY + HOUR + 2 * DAY));
    assert_eq!(shopper.deliveries.len(), 2);
    say(&mut shopper, &config, bought(1, 3, 2 * DAY), 2 * DAY);
    assert_eq!(shopper.next_alarm(), None);
    let anew = Slot {
        epoch: 1,
        version: 4,
        ..slot(1, 4, 3 * DAY)
    };
    say(&mut shopper, &config, anew.clone(), 3 * DAY);
    assert_eq!(shopper.next_alarm(), Some(4 * DAY));
    let sent = message(go(&mut shopper, 2, &[anew], &products(), &config, 4 * DAY));
    assert!(sent.mail().unwrap().subject.starts_with("You left the"));
    let keys: std::collections::BTreeSet<_> =
        shopper.deliveries.iter().map(|one| one.key).collect();
    assert_eq!(keys.len(), shopper.deliveries.len(), "no step twice");
}
