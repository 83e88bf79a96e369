//! What the engine promises: the right sequence, restraint that defers, the holdout, and an explanation for everything.

use super::*;
use crate::calendar::{Cap, Caps, Country, QuietHours, Zone};
use crate::channel::Channel;

fn carts(slot: Slot, tz: Option<&str>) -> Vec<(CartId, Option<Snapshot>)> {
    let mut cart = snapshot(slot);
    cart.page.tz = tz.map(Into::into);
    vec![(cart.slot.cart, Some(cart))]
}

fn ask(shopper: &mut Shopper, config: &ShopConfig, now: u64) -> Reply {
    shopper.step(Input::Wake, now);
    release_as(
        shopper,
        step(0),
        &carts(slot(1, 1, 0), None),
        config,
        false,
        now,
    )
}

fn night(from: &str, to: &str) -> Vec<QuietHours> {
    vec![QuietHours {
        from: from.parse().unwrap(),
        to: to.parse().unwrap(),
        days: None,
    }]
}

#[test]
fn a_sequence_is_chosen_by_what_the_cart_holds_and_stays_when_it_is_edited() {
    let mut config = config("smtp");
    let mut dear = config.sequences[0].clone();
    dear.id = crate::sequence::SequenceId::new("dear").unwrap();
    dear.priority = 10;
    dear.when =
        serde_json::from_str(r#"{"cart_value":{"at_least_minor":3000,"currency":"EUR"}}"#).unwrap();
    dear.steps = vec![
        Step::new(DAY, Template::HighValue),
        Step::new(5 * DAY, Template::HighValue),
    ];
    config.sequences.push(dear);
    let mut shopper = left_at(0);
    // Two mugs at 19.00 are 38.00.
    assert!(matches!(ask(&mut shopper, &config, DAY), Reply::Go(_)));
    outcome(&mut shopper, step(0), 1, accepted(), DAY);
    let seen = view(&mut shopper, DAY);
    assert_eq!(seen.sequence, Some(("dear".into(), 1)));
    assert!(
        seen.deliveries[0].decisions[0]
            .sentence
            .contains("38.00 EUR"),
        "{seen:?}"
    );
    assert_eq!(seen.deliveries[1].due_at, 5 * DAY);
    config.sequences.clear();
    let five = 5 * DAY;
    shopper.step(Input::Wake, five);
    let reply = release_as(
        &mut shopper,
        step(1),
        &carts(slot(1, 1, 0), None),
        &config,
        false,
        five,
    );
    assert!(
        matches!(reply, Reply::Go(_)),
        "under way on the version that it began with"
    );
}

#[test]
fn where_no_sequence_fits_nothing_goes_and_the_reason_is_told() {
    let mut config = config("smtp");
    config.sequences[0].when = serde_json::from_str(r#"{"device":["phone"]}"#).unwrap();
    let mut shopper = left_at(0);
    assert_eq!(
        ask(&mut shopper, &config, DAY),
        Reply::Refused(Refused::Closed)
    );
    let told = view(&mut shopper, DAY);
    assert_eq!(told.deliveries[0].reason.as_deref(), Some("no_sequence"));
    assert!(
        told.deliveries[0]
            .sentence
            .as_ref()
            .unwrap()
            .contains("device"),
        "{told:?}"
    );
    assert!(!told.planned && shopper.next_alarm().is_none());
}

#[test]
fn quiet_hours_of_the_shoppers_own_zone_defer_to_the_next_allowed_minute() {
    let mut config = config("smtp");
    config.quiet_hours = night("21:00", "08:00");
    config.time_zone = Zone::named("America/New_York").unwrap();
    let mut shopper = left_at(0);
    // Midnight UTC is nine in the morning in Tokyo and one at night in Berlin.
    shopper.step(Input::Wake, DAY);
    let berlin = carts(slot(1, 1, 0), Some("Europe/Berlin"));
    let reply = release_as(&mut shopper, step(0), &berlin, &config, false, DAY);
    assert_eq!(reply, Reply::Refused(Refused::NotDue));
    assert_eq!(shopper.next_alarm(), Some(DAY + 7 * HOUR));
    let told = view(&mut shopper, DAY);
    assert_eq!(told.deliveries[0].decisions[0].code, "quiet_hours");
    assert!(
        told.deliveries[0].decisions[0]
            .sentence
            .contains("01:00 in Europe/Berlin"),
        "{told:?}"
    );
    let mut shopper = left_at(0);
    shopper.step(Input::Wake, DAY);
    let tokyo = carts(slot(1, 1, 0), Some("Asia/Tokyo"));
    assert!(matches!(
        release_as(&mut shopper, step(0), &tokyo, &config, false, DAY),
        Reply::Go(_)
    ));
}

#[test]
fn caps_count_what_went_out_over_all_conversations_and_defer() {
    let mut config = one_message(DAY, Template::Reminder);
    config.caps = Caps {
        caps: vec![Cap {
            messages: 1,
            window_ms: 7 * DAY,
            channels: None,
        }],
        min_gap_ms: 0,
    };
    let mut shopper = left_at(0);
    assert!(matches!(ask(&mut shopper, &config, DAY), Reply::Go(_)));
    outcome(
        &mut shopper,
        step(0),
        1,
        Outcome::Unknown {
            code: "lost".into(),
        },
        DAY + 5,
    );
    // Another cart, another conversation: what may have arrived counts as well.
    tell(&mut shopper, slot(2, 1, DAY + HOUR), None, DAY + HOUR);
    let second = DeliveryKey {
        conversation: 2,
        step: 0,
    };
    let now = 3 * DAY;
    shopper.step(Input::Wake, now);
    let both = [
        (cart(1), Some(snapshot(slot(1, 1, 0)))),
        (cart(2), Some(snapshot(slot(2, 1, DAY + HOUR)))),
    ];
    let reply = release_as(&mut shopper, second, &both, &config, false, now);
    assert_eq!(reply, Reply::Refused(Refused::NotDue));
    assert_eq!(shopper.delivery(second).unwrap().due_at, 8 * DAY + 5);
}

#[test]
fn a_countrys_rule_is_known_by_the_number() {
    assert_eq!(
        crate::calendar::country_of(Some(&"+33612345678".parse().unwrap()), None, None),
        Some(Country::FRANCE)
    );
}

#[test]
fn a_held_out_shopper_gets_nothing_and_counts_from_the_decision_on() {
    let config = config("smtp");
    let mut shopper = left_at(0);
    shopper.step(Input::Wake, DAY);
    let reply = release_as(
        &mut shopper,
        step(0),
        &carts(slot(1, 1, 0), None),
        &config,
        true,
        DAY,
    );
    assert_eq!(reply, Reply::Refused(Refused::Closed));
    let told = view(&mut shopper, DAY);
    assert_eq!((told.held_out, told.planned), (Some(true), false));
    assert_eq!(told.deliveries[0].reason.as_deref(), Some("holdout"));
    let commit = tell(&mut shopper, bought(1, 2, 2 * DAY), None, 2 * DAY);
    let exposure = commit.effects.iter().find_map(|effect| match effect {
        Effect::TellDesk { exposure, .. } => *exposure,
        Effect::Hint { .. } | Effect::HandOver { .. } | Effect::Errand(_) | Effect::Forget(_) => {
            None
        }
    });
    assert_eq!(
        exposure,
        Some(Exposure {
            at: DAY,
            held: true,
            share_bp: 500,
            converted_at: Some(2 * DAY)
        })
    );
}

#[test]
fn who_is_written_to_counts_from_the_same_decision_on() {
    let mut shopper = left_at(0);
    assert!(matches!(
        ask(&mut shopper, &config("smtp"), DAY),
        Reply::Go(_)
    ));
    assert_eq!(view(&mut shopper, DAY).held_out, Some(false));
}

#[test]
fn a_message_that_needs_approval_waits_for_it() {
    let mut config = config("smtp");
    config.sequences[0].approval = true;
    for approved in [true, false] {
        let mut shopper = left_at(0);
        assert_eq!(
            ask(&mut shopper, &config, DAY),
            Reply::Refused(Refused::NotDue)
        );
        assert_eq!(shopper.reports.len(), 1);
        ask(&mut shopper, &config, DAY + HOUR);
        assert_eq!(shopper.reports.len(), 1, "told once");
        // A pause in between does not take the question back.
        let mut paused = config.clone();
        paused.paused = true;
        ask(&mut shopper, &paused, DAY + 2 * HOUR);
        let now = DAY + 2 * HOUR + 1;
        shopper.step(
            Input::Approved {
                key: step(0),
                approved,
            },
            now,
        );
        if approved {
            assert!(matches!(ask(&mut shopper, &config, now), Reply::Go(_)));
        } else {
            assert_eq!(state(&shopper, step(0)), &State::Skipped(Skip::Rejected));
            assert!(
                shopper.delivery(step(1)).is_some(),
                "the next one is asked about anew"
            );
        }
    }
}

#[test]
fn what_need_not_be_answered_any_more_is_not_asked_any_more() {
    let mut config = config("smtp");
    config.sequences[0].approval = true;
    let mut shopper = left_at(0);
    ask(&mut shopper, &config, DAY);
    shopper.step(Input::Unsubscribe, DAY + HOUR);
    let told: Vec<(&str, &str)> = shopper
        .reports
        .iter()
        .map(|report| (report.state.as_str(), report.code.as_str()))
        .collect();
    assert_eq!(
        told,
        [("awaiting_approval", ""), ("withdrawn", "unsubscribed")]
    );
    let late = Input::Approved {
        key: step(0),
        approved: true,
    };
    assert_eq!(
        shopper.step(late, DAY + 2 * HOUR).reply,
        Reply::Refused(Refused::Closed)
    );
    assert_eq!(shopper.reports.len(), 2);
}

#[test]
fn a_step_whose_condition_is_not_met_is_skipped_and_the_next_one_comes() {
    let mut config = config("smtp");
    config.sequences[0].steps[0].when =
        serde_json::from_str(r#"{"cart_value":{"at_least_minor":10000,"currency":"EUR"}}"#)
            .unwrap();
    let mut shopper = left_at(0);
    assert_eq!(
        ask(&mut shopper, &config, DAY),
        Reply::Refused(Refused::Closed)
    );
    assert_eq!(
        state(&shopper, step(0)),
        &State::Skipped(Skip::ConditionUnmet)
    );
    assert_eq!(shopper.delivery(step(1)).unwrap().due_at, 2 * DAY);
}

#[test]
fn a_channel_without_provider_is_passed_over() {
    let mut config = config("smtp");
    config.sequences[0].steps[0].channels = vec![Channel::Push, Channel::Sms, Channel::Email];
    config.sequences[0].steps[1].channels = vec![Channel::Sms];
    let mut shopper = left_at(0);
    assert!(matches!(ask(&mut shopper, &config, DAY), Reply::Go(_)));
    outcome(&mut shopper, step(0), 1, accepted(), DAY);
    shopper.step(Input::Wake, 2 * DAY);
    release_as(
        &mut shopper,
        step(1),
        &carts(slot(1, 1, 0), None),
        &config,
        false,
        2 * DAY,
    );
    assert_eq!(state(&shopper, step(1)), &State::Skipped(Skip::NoChannel));
}

#[test]
fn a_state_with_a_sequence_survives_storage() {
    let mut config = config("smtp");
    config.sequences = crate::sequence::library(crate::money::Currency::parse("EUR").unwrap());
    for sequence in config.sequences.clone() {
        let mut shopper = left_at(0);
        shopper.plan.as_mut().unwrap().sequence = Some(sequence);
        let bytes = crate::object::codec::encode(&shopper).unwrap();
        assert_eq!(
            crate::object::codec::decode::<Shopper>(&bytes).unwrap(),
            shopper
        );
    }
}

#[test]
fn an_order_that_two_carts_tell_of_counts_once_and_ends_nothing_that_was_begun_after_it() {
    let config = config("smtp");
    let mut shopper = left_at(0);
    let later = slot(2, 1, 2 * HOUR);
    let say = |shopper: &mut Shopper, slot: Slot, now: u64| {
        let input = Input::Slot {
            shop: SHOP,
            shopper: ADA,
            object: "cart".into(),
            slot,
            identify: None,
            named_at: None,
            settings: PlanSettings::of(&config),
            errands: ErrandSettings::default(),
        };
        shopper.step(input, now);
    };
    say(&mut shopper, bought(3, 1, HOUR), HOUR);
    say(&mut shopper, later, 2 * HOUR);
    assert!(shopper.plan.is_some());
    // The copy's order reaches the cart that it was copied from three hours later.
    say(&mut shopper, bought(1, 2, HOUR), 4 * HOUR);
    assert_eq!(shopper.purchases.count(), 1);
    assert!(shopper.plan.is_some(), "what was begun after the purchase");
    // An order that is heard of after a later one.
    say(&mut shopper, bought(4, 1, 90 * 60_000), 5 * HOUR);
    assert_eq!(shopper.purchases.count(), 2);
    assert!(shopper.plan.is_some());
}
