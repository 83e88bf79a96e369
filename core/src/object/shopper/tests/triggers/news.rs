//! Prices that fell, and returns to stock.

use super::*;

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
        sent.mail().unwrap().subject.contains("costs less")
            && sent.mail().unwrap().text.contains("/r/"),
        "{}",
        sent.mail().unwrap().text
    );
    let decided = &shopper.delivery(first(1)).unwrap().decisions[0];
    assert!(
        decided.sentence().contains("a price fell by 10 %"),
        "{}",
        decided.sentence()
    );
    outcome(&mut shopper, first(1), 1, accepted(), now);
    assert!(shopper.plan.is_none() && shopper.next_alarm().is_none());
    let row = crate::object::codec::encode(&shopper).unwrap();
    let mut shopper: Shopper = crate::object::codec::decode(&row).unwrap();
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
            assert!(message(reply).text().contains("€34.00"));
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
            assert!(sent.mail().unwrap().subject.contains("costs less"));
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
    assert!(sent.mail().unwrap().subject.contains("back in stock"));
}

#[test]
fn a_new_cart_goes_before_news() {
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
            limited: None,
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
            limited: None,
        },
        0,
    );
    assert_eq!(
        watched(&say(&mut shopper, &config, with(3, &["bowl"]), 3)),
        None
    );
}

#[test]
fn a_price_is_compared_with_what_it_was_when_the_cart_was_left() {
    let config = only(&["price_drop"]);
    let plans = |costs: &[(u64, u64)], left_at: u64| {
        let mut shopper = Shopper::new(SHOP, ADA);
        say(&mut shopper, &config, slot(1, 1, left_at), left_at);
        let now = costs[costs.len() - 1].0;
        hear(&mut shopper, &config, changed(1, costs), now);
        shopper.plan.is_some()
    };
    // Up and down again, to more than it was.
    let detour = [(0, 1_000), (5 * DAY, 1_500), (6 * DAY, 1_400)];
    assert!(!plans(&detour, DAY));
    assert!(plans(&detour, 5 * DAY));
    assert!(!plans(&detour[1..], DAY), "nobody knows what it cost then");
    // By small steps.
    let steps = [(0, 1_000), (2 * DAY, 970), (3 * DAY, 940)];
    assert!(plans(&steps, DAY));
    assert!(!plans(&steps, 2 * DAY + HOUR), "3 % since");
    let seen = [(0, 1_000), (DAY, 900)];
    assert!(!plans(&seen, DAY + 1), "it was left at that price");
}

#[test]
fn each_cart_counts_from_its_own_leaving_and_a_small_step_after_the_telling_is_none() {
    let config = only(&["price_drop"]);
    let mut shopper = Shopper::new(SHOP, ADA);
    let carts = [slot(1, 1, 0), slot(2, 1, 4 * DAY)];
    for cart in &carts {
        say(&mut shopper, &config, cart.clone(), cart.last_activity_at);
    }
    let costs = [(0, 1_000), (3 * DAY, 1_500), (6 * DAY, 1_200)];
    hear(&mut shopper, &config, changed(1, &costs), 6 * DAY);
    let dear = mug_at(1_200, true);
    let sent = message(go(&mut shopper, 1, &carts, &dear, &config, 6 * DAY));
    assert!(
        sent.mail().unwrap().subject.contains("costs less"),
        "{}",
        sent.mail().unwrap().subject
    );
    let decided = &shopper.delivery(first(1)).unwrap().decisions[0];
    assert!(
        decided.sentence().contains("a price fell by 20 %"),
        "{}",
        decided.sentence()
    );
    outcome(&mut shopper, first(1), 1, accepted(), 6 * DAY);
    let mut now = 6 * DAY;
    let mut costs = costs.to_vec();
    for (id, minor, told) in [(2, 1_190, false), (3, 1_150, false), (4, 1_130, true)] {
        now += DAY;
        costs.push((now, minor));
        hear(&mut shopper, &config, changed(id, &costs), now);
        assert_eq!(shopper.plan.is_some(), told, "{minor}");
    }
}
