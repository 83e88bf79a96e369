//! Each reason to send, to skip and to wait, in the order in which they are asked.

use super::*;

/// What a case has that others have not.
type Change = fn(&mut World);

#[test]
fn what_is_due_and_held_by_nothing_goes() {
    let verdict = world().decide();
    assert_eq!(verdict.judged.made, Made::Send(Channel::Email));
    assert_eq!(verdict.carts, [CartId([1; 16])]);
    assert_eq!((verdict.exposed, verdict.offer), (true, None));
    let mut second = world();
    second.step = 1;
    assert_eq!(second.decide().offer.unwrap().gives.percent(), Some(10));
}

#[test]
fn each_reason_to_skip_is_given_for_itself() {
    let cases: [(Change, Skip); 13] = [
        (
            |w| w.suppressed = Some(Skip::Unsubscribed),
            Skip::Unsubscribed,
        ),
        (|w| w.suppressed = Some(Skip::Bounced), Skip::Bounced),
        (|w| w.carts.clear(), Skip::Emptied),
        (|w| w.cart().slot.status = Status::Empty, Skip::Emptied),
        (|w| w.cart().slot.status = Status::Ordered, Skip::Emptied),
        (|w| w.ordered_at = Some(NOON - DAY), Skip::Ordered),
        (|w| w.consents.email = Some(false), Skip::NoConsent),
        (|w| w.consents.email = None, Skip::NoConsent),
        (|w| w.email = None, Skip::NoContact),
        (|w| w.held_out = true, Skip::Holdout),
        (|w| w.step = 3, Skip::NoSequence),
        (
            |w| w.sequence.as_mut().unwrap().steps[0].channels = vec![Channel::Sms, Channel::Push],
            Skip::NoChannel,
        ),
        (
            |w| w.sequence.as_mut().unwrap().steps[0].when = rule(r#"{"device":["phone"]}"#),
            Skip::ConditionUnmet,
        ),
    ];
    for (change, skip) in cases {
        let mut world = world();
        change(&mut world);
        assert_eq!(world.made(), Made::Skip(skip));
    }
}

#[test]
fn each_reason_to_wait_says_until_when() {
    let cases: [(Change, &str, u64); 6] = [
        (|w| w.carts.push(None), "cart_unreadable", NOON + 60_000),
        (|w| w.config.paused = true, "paused", NOON + 300_000),
        (
            |w| w.cart().slot.last_activity_at = NOON - HOUR / 2,
            "active",
            NOON + HOUR / 2,
        ),
        (
            |w| {
                w.sequence = None;
                w.config.sequences[0].steps[0].after_ms = 30 * HOUR;
            },
            "schedule",
            NOON + 6 * HOUR,
        ),
        (
            |w| w.sequence.as_mut().unwrap().approval = true,
            "awaiting_approval",
            NOON + HOUR,
        ),
        (
            |w| {
                w.config.quiet_hours = vec![QuietHours {
                    from: "11:30".parse().unwrap(),
                    to: "13:00".parse().unwrap(),
                    days: None,
                }];
            },
            "quiet_hours",
            NOON + HOUR,
        ),
    ];
    for (change, hold, at) in cases {
        let mut world = world();
        change(&mut world);
        let made = world.made();
        let Made::Defer { until, .. } = made else {
            panic!("{made:?}");
        };
        assert_eq!((code(made), until), (hold, at));
    }
}

#[test]
fn what_was_approved_waits_no_longer() {
    let mut world = world();
    world.sequence.as_mut().unwrap().approval = true;
    world.approved = true;
    assert_eq!(world.made(), Made::Send(Channel::Email));
}

#[test]
fn suppression_beats_everything_and_an_unreadable_cart_beats_an_order_that_is_not_seen() {
    let mut world = world();
    world.suppressed = Some(Skip::Bounced);
    world.config.paused = true;
    world.carts.push(None);
    assert_eq!(world.made(), Made::Skip(Skip::Bounced));
    world.suppressed = None;
    world.ordered_at = Some(NOON);
    assert_eq!(code(world.made()), "cart_unreadable");
    world.carts.pop();
    assert_eq!(code(world.made()), "paused");
}

#[test]
fn a_cart_left_before_an_order_is_not_written_about_and_one_left_after_it_is() {
    let mut world = world();
    world.carts = vec![Some(left(1, NOON - 3 * DAY)), Some(left(2, NOON - DAY))];
    world.ordered_at = Some(NOON - 2 * DAY);
    let verdict = world.decide();
    assert_eq!(verdict.judged.made, Made::Send(Channel::Email));
    assert_eq!(verdict.carts, [CartId([2; 16])]);
    world.ordered_at = Some(NOON - DAY - 1);
    assert_eq!(world.decide().carts.len(), 1);
}

#[test]
fn the_cart_left_last_comes_first() {
    let mut world = world();
    world.carts = vec![Some(left(1, NOON - 3 * DAY)), Some(left(2, NOON - DAY))];
    assert_eq!(world.decide().carts, [CartId([2; 16]), CartId([1; 16])]);
}

#[test]
fn a_held_out_shopper_counts_from_the_decision_that_would_have_written() {
    let mut world = world();
    world.held_out = true;
    assert!(world.decide().exposed);
    world.cart().slot.last_activity_at = NOON;
    assert!(!world.decide().exposed, "still in the shop");
}

#[test]
fn an_earlier_try_decided_the_channel_and_is_not_asked_about_conditions_again() {
    let mut world = world();
    world.begun = Some(Channel::Email);
    let sequence = world.sequence.as_mut().unwrap();
    sequence.approval = true;
    sequence.steps[0].when = rule(r#"{"device":["phone"]}"#);
    assert_eq!(world.made(), Made::Send(Channel::Email));
    world.consents.email = Some(false);
    assert_eq!(world.made(), Made::Skip(Skip::NoConsent), "consent is");
}
