//! What begins a conversation beside a cart that was left: a look, a price, a return to stock, a quote. And what ends one: a return,
//! an order, a cart.

use super::*;
use crate::log::Stage;
use crate::news::{Change, News};
use crate::object::cart::Look;
use crate::sequence::library;

/// A shop with the whole library, whose rules find nobody in a season or on a phone.
fn whole_library() -> ShopConfig {
    let mut config = config("smtp");
    config.sequences = library(crate::money::Currency::parse("EUR").unwrap());
    config.usual_hour_ms = 0;
    config
}

fn only(names: &[&str]) -> ShopConfig {
    let mut config = whole_library();
    config
        .sequences
        .retain(|sequence| names.contains(&sequence.trigger.name()) && sequence.when.is_none());
    for sequence in &mut config.sequences {
        sequence.approval = false;
    }
    config
}

fn looked(n: u8, version: u64, at: u64, dwell_ms: u64) -> Slot {
    Slot {
        status: Status::Empty,
        look: Some(Look {
            variant: "mug".into(),
            dwell_ms,
            visit_at: at,
        }),
        marks: Marks::default(),
        ..slot(n, version, at)
    }
}

fn say(shopper: &mut Shopper, config: &ShopConfig, slot: Slot, now: u64) -> Commit<Effect, Reply> {
    let input = Input::Slot {
        shop: SHOP,
        shopper: ADA,
        object: "cart".into(),
        slot,
        identify: ada(true).filter(|_| shopper.email.is_none()),
        settings: PlanSettings::of(config),
    };
    shopper.step(input, now)
}

fn mug_at(price_minor: u64, available: bool) -> BTreeMap<String, Product> {
    let mut products = products();
    let mug = products.get_mut("mug").unwrap();
    (mug.price_minor, mug.available) = (price_minor, available);
    products
}

/// A release of what is due, of carts whose lines are those of `snapshot`.
fn go(
    shopper: &mut Shopper,
    conversation: u16,
    slots: &[Slot],
    products: &BTreeMap<String, Product>,
    config: &ShopConfig,
    now: u64,
) -> Reply {
    shopper.step(Input::Wake, now);
    let keys = master();
    let carts: Vec<(CartId, Option<Snapshot>)> = slots
        .iter()
        .map(|slot| {
            let mut cart = snapshot(slot.clone());
            if slot.status != Status::Open {
                cart.lines.clear();
            }
            (slot.cart, Some(cart))
        })
        .collect();
    let input = ReleaseInput {
        key: first(conversation),
        carts: &carts,
        products,
        config,
        keys: &keys,
        public_url: "https://edge.example",
        held_out: false,
    };
    shopper.release(&input, now).reply
}

fn first(conversation: u16) -> DeliveryKey {
    DeliveryKey {
        conversation,
        step: 0,
    }
}

fn message(reply: Reply) -> crate::delivery::Frozen {
    match reply {
        Reply::Go(release) => release.message,
        other => panic!("{other:?}"),
    }
}

fn fell(id: u64, from: u64, to: u64, at: u64) -> News {
    let price = |minor| mug_at(minor, true)["mug"].price();
    News {
        id,
        at,
        variant: "mug".into(),
        change: Change::Fell {
            from: price(from),
            to: price(to),
        },
    }
}

fn hear(shopper: &mut Shopper, config: &ShopConfig, news: News, now: u64) -> Commit<Effect, Reply> {
    let settings = PlanSettings::of(config);
    shopper.step(
        Input::News {
            news: vec![news],
            settings,
        },
        now,
    )
}

fn watched(commit: &Commit<Effect, Reply>) -> Option<Marks> {
    commit.effects.iter().find_map(|effect| match effect {
        Effect::TellDesk { watched, .. } => Some(watched.clone()),
        Effect::Hint { .. } => None,
    })
}

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
    assert!(sent.text.contains("https://shop.example/m") && sent.text.contains("€19.00"));
    assert!(!sent.text.contains("/r/") && sent.subject.contains("Still looking"));
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
    assert!(sent.subject.starts_with("You left"));
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
        assert!(sent.text.contains("/r/"));
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

#[test]
fn a_price_that_fell_is_told_once_about_a_cart_whose_conversation_is_over() {
    let config = only(&["price_drop"]);
    let mut shopper = Shopper::new(SHOP, ADA);
    let left = slot(1, 1, 0);
    let commit = say(&mut shopper, &config, left.clone(), 0);
    assert!(
        watched(&commit).unwrap().holds(Mark::of("mug")),
        "the desk knows whom to ask"
    );
    assert_eq!(shopper.next_alarm(), None);
    let now = 3 * DAY;
    assert!(hear(&mut shopper, &config, fell(1, 1_900, 1_700, now), now).write);
    assert_eq!(shopper.next_alarm(), Some(now));
    let repeated = hear(&mut shopper, &config, fell(1, 1_900, 1_700, now), now);
    assert!(!repeated.write && repeated.effects.is_empty());
    let cheaper = mug_at(1_700, true);
    let sent = message(go(
        &mut shopper,
        1,
        std::slice::from_ref(&left),
        &cheaper,
        &config,
        now,
    ));
    assert!(
        sent.subject.contains("costs less") && sent.text.contains("/r/"),
        "{}",
        sent.text
    );
    let decided = &shopper.delivery(first(1)).unwrap().decisions[0];
    assert!(
        decided.sentence().contains("a price fell by 10 %"),
        "{}",
        decided.sentence()
    );
    outcome(&mut shopper, first(1), 1, accepted(), now);
    assert!(shopper.plan.is_none() && shopper.next_alarm().is_none());
    // The message once more, the same price again after it had risen, then a lower one.
    for (news, plans) in [
        (fell(1, 1_900, 1_700, now), false),
        (fell(2, 1_900, 1_700, now), false),
        (fell(3, 1_700, 1_600, now), true),
    ] {
        hear(&mut shopper, &config, news, now + DAY);
        assert_eq!(shopper.plan.is_some(), plans);
    }
}

#[test]
fn a_retry_of_news_stands_by_what_was_released() {
    let config = only(&["price_drop"]);
    let mut shopper = Shopper::new(SHOP, ADA);
    let left = [slot(1, 1, 0)];
    say(&mut shopper, &config, left[0].clone(), 0);
    let now = 3 * DAY;
    hear(&mut shopper, &config, fell(1, 1_900, 1_700, now), now);
    let cheaper = mug_at(1_700, true);
    let sent = message(go(&mut shopper, 1, &left, &cheaper, &config, now));
    let failed = Outcome::Transient {
        code: "smtp_451".into(),
    };
    outcome(&mut shopper, first(1), 1, failed, now);
    let then = shopper.next_alarm().unwrap();
    assert_eq!(
        message(go(&mut shopper, 1, &left, &cheaper, &config, then)),
        sent
    );
}

#[test]
fn news_that_is_not_true_any_more_is_not_told() {
    let config = only(&["price_drop", "back_in_stock"]);
    let left = slot(1, 1, 0);
    let emptied = Slot {
        status: Status::Empty,
        version: 2,
        ..left.clone()
    };
    let other = Slot {
        marks: Marks::new([Mark::of("bowl")], 1),
        ..left.clone()
    };
    for (news, slot, products, skip) in [
        (
            fell(1, 1_900, 1_700, DAY),
            left.clone(),
            mug_at(1_900, true),
            Skip::Passed,
        ),
        (
            fell(1, 1_900, 1_700, DAY),
            left.clone(),
            mug_at(1_700, false),
            Skip::Passed,
        ),
        (
            fell(1, 1_900, 1_700, DAY),
            emptied,
            mug_at(1_700, true),
            Skip::Passed,
        ),
        (
            fell(1, 1_900, 1_700, DAY),
            bought(1, 2, 2 * DAY),
            mug_at(1_700, true),
            Skip::Ordered,
        ),
        (
            News {
                change: Change::Back,
                ..fell(1, 1, 1, DAY)
            },
            left.clone(),
            mug_at(1_900, false),
            Skip::Passed,
        ),
        // Of a smaller fall than the sequence asks for.
        (
            fell(1, 1_900, 1_700, DAY),
            left.clone(),
            mug_at(1_899, true),
            Skip::NoSequence,
        ),
    ] {
        let mut shopper = Shopper::new(SHOP, ADA);
        say(&mut shopper, &config, left.clone(), 0);
        hear(&mut shopper, &config, news, DAY);
        let reply = go(&mut shopper, 1, &[slot], &products, &config, 2 * DAY);
        assert_eq!(reply, Reply::Refused(Refused::Closed));
        assert_eq!(state(&shopper, first(1)), &State::Skipped(skip));
        assert_eq!(shopper.next_alarm(), None);
    }
    let mut shopper = Shopper::new(SHOP, ADA);
    say(&mut shopper, &config, other, 0);
    assert!(!hear(&mut shopper, &config, fell(1, 1_900, 1_700, DAY), DAY).write);
}

#[test]
fn news_waits_for_the_carts_own_conversation_and_a_reminder_tells_it() {
    let config = only(&["price_drop", "cart"]);
    let cheaper = mug_at(1_700, true);
    for reminded in [true, false] {
        let mut shopper = Shopper::new(SHOP, ADA);
        let left = [slot(1, 1, 0)];
        let fitting = if reminded {
            config.clone()
        } else {
            only(&["price_drop"])
        };
        say(&mut shopper, &config, left[0].clone(), 0);
        hear(&mut shopper, &config, fell(1, 1_900, 1_700, HOUR), HOUR);
        assert_eq!(
            shopper.next_alarm(),
            Some(DAY),
            "one conversation at a time"
        );
        let reply = go(&mut shopper, 1, &left, &cheaper, &fitting, DAY);
        if reminded {
            assert!(message(reply).text.contains("€34.00"));
            assert!(
                shopper
                    .tidings
                    .iter()
                    .all(|tiding| !format!("{tiding:?}").contains("open: true"))
            );
        } else {
            // No sequence was for this cart after all: the news has its turn.
            assert_eq!(reply, Reply::Refused(Refused::Closed));
            let now = shopper.next_alarm().unwrap();
            let sent = message(go(&mut shopper, 2, &left, &cheaper, &fitting, now));
            assert!(sent.subject.contains("costs less"));
        }
    }
}

#[test]
fn a_return_to_stock_is_told_and_nobody_is_told_in_the_middle_of_a_visit() {
    let config = only(&["back_in_stock"]);
    let mut shopper = Shopper::new(SHOP, ADA);
    let left = slot(1, 1, DAY - 60_000);
    say(&mut shopper, &config, left.clone(), DAY - 60_000);
    let news = News {
        change: Change::Back,
        ..fell(7, 1, 1, DAY)
    };
    hear(&mut shopper, &config, news, DAY);
    let rested = DAY - 60_000 + HOUR;
    assert_eq!(shopper.next_alarm(), Some(rested));
    let back = Slot {
        version: 2,
        last_activity_at: rested - 1,
        ..left
    };
    let reply = go(
        &mut shopper,
        1,
        std::slice::from_ref(&back),
        &products(),
        &config,
        rested,
    );
    assert_eq!(reply, Reply::Refused(Refused::NotDue));
    let now = rested - 1 + HOUR;
    assert_eq!(shopper.next_alarm(), Some(now));
    let sent = message(go(&mut shopper, 1, &[back], &products(), &config, now));
    assert!(sent.subject.contains("back in stock"));
}

#[test]
fn a_new_cart_goes_before_news_and_news_comes_after_it() {
    let config = only(&["price_drop", "cart"]);
    let mut shopper = Shopper::new(SHOP, ADA);
    say(&mut shopper, &config, slot(1, 1, 0), 0);
    // The cart's conversation ends by a word of the shop: nothing of it may go.
    shopper.end_conversation();
    shopper.deliveries.clear();
    hear(&mut shopper, &config, fell(1, 1_900, 1_700, DAY), DAY);
    assert!(!shopper.plan.as_ref().unwrap().about.is_cart());
    say(&mut shopper, &config, slot(2, 1, DAY), DAY);
    assert!(shopper.plan.as_ref().unwrap().about.is_cart());
    assert_eq!(state(&shopper, first(2)), &State::Skipped(Skip::CartBegun));
}

#[test]
fn who_may_not_be_written_to_hears_no_news_and_is_not_watched() {
    let config = only(&["price_drop"]);
    let mut shopper = Shopper::new(SHOP, ADA);
    say(&mut shopper, &config, slot(1, 1, 0), 0);
    let commit = shopper.step(Input::Unsubscribe, HOUR);
    assert!(!hear(&mut shopper, &config, fell(1, 1_900, 1_700, DAY), DAY).write);
    assert_eq!(watched(&commit), Some(Marks::default()));
    let mut unwatched = Shopper::new(SHOP, ADA);
    let commit = say(&mut unwatched, &only(&["cart"]), slot(1, 1, 0), 0);
    assert_eq!(
        watched(&commit),
        Some(Marks::default()),
        "no sequence cares"
    );
}

#[test]
fn what_is_put_in_later_is_told_to_the_desk_and_what_is_taken_out_is_not() {
    let config = only(&["price_drop"]);
    let mut shopper = Shopper::new(SHOP, ADA);
    say(&mut shopper, &config, slot(1, 1, 0), 0);
    shopper.step(
        Input::FactTaken {
            version: 1,
            reported: 0,
        },
        0,
    );
    let with = |version, variants: &[&str]| Slot {
        marks: Marks::new(variants.iter().map(|variant| Mark::of(variant)), 9),
        ..slot(1, version, version)
    };
    let more = say(&mut shopper, &config, with(2, &["mug", "bowl"]), 2);
    assert!(watched(&more).unwrap().holds(Mark::of("bowl")));
    shopper.step(
        Input::FactTaken {
            version: 2,
            reported: 0,
        },
        0,
    );
    assert_eq!(
        watched(&say(&mut shopper, &config, with(3, &["bowl"]), 3)),
        None
    );
}

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
    assert!(sent.subject.contains("quote"), "{}", sent.subject);
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
    assert!(sent.subject.starts_with("You left the"));
    let keys: std::collections::BTreeSet<_> =
        shopper.deliveries.iter().map(|one| one.key).collect();
    assert_eq!(keys.len(), shopper.deliveries.len(), "no step twice");
}

#[test]
fn rules_see_what_the_shop_says_of_a_customer_and_what_was_bought_since() {
    let mut config = only(&["cart"]);
    config.sequences[0].when = serde_json::from_str(
        r#"{"all":[{"customer_tier":["gold"]},{"orders_count":{"at_least":5}},{"days_since_order":{"below":10}}]}"#,
    )
    .unwrap();
    let gold = Customer {
        tier: crate::document::text::Text::new("Gold").ok(),
        orders: Some(History {
            count: 5,
            spent: None,
            last_at: Some(0),
        }),
    };
    for (customer, goes) in [
        (None, false),
        (Some(Customer::default()), false),
        (
            Some(Customer {
                orders: None,
                ..gold.clone()
            }),
            false,
        ),
        (Some(gold.clone()), true),
    ] {
        let mut shopper = Shopper::new(SHOP, ADA);
        if let Some(customer) = customer {
            assert!(shopper.step(Input::Customer(customer.clone()), 0).write);
            assert!(
                !shopper.step(Input::Customer(customer), 1).write,
                "the same again"
            );
        }
        let left = slot(1, 1, 0);
        say(&mut shopper, &config, left.clone(), 0);
        let reply = go(&mut shopper, 1, &[left], &products(), &config, DAY);
        assert_eq!(matches!(reply, Reply::Go(_)), goes, "{reply:?}");
    }
    let mut shopper = Shopper::new(SHOP, ADA);
    shopper.step(Input::Customer(gold), 0);
    say(&mut shopper, &config, bought(1, 1, 20 * DAY), 20 * DAY);
    let orders = shopper.bought_before(21 * DAY);
    assert_eq!((orders.count, orders.days_since_last), (6, Some(1)));
}
