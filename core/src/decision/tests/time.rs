//! What holds a message in time.

use super::*;

#[test]
fn a_message_waits_once_for_the_usual_hour() {
    let mut world = world();
    for day in (2..9).rev() {
        for hour in [14, 15, 16] {
            world
                .activity
                .note(NOON - 12 * HOUR - day * DAY + hour * HOUR, &Zone::UTC);
        }
    }
    assert_eq!(world.activity.usual_hour(), Some(15));
    let made = world.made();
    assert_eq!(code(made), "usual_hour");
    let Made::Defer { until, .. } = made else {
        panic!("{made:?}")
    };
    assert_eq!(until, NOON + 3 * HOUR);
    world.waited = true;
    assert_eq!(world.made(), Made::Send(Channel::Email));
    world.waited = false;
    world.begun = Some(Channel::Email);
    assert_eq!(
        world.made(),
        Made::Send(Channel::Email),
        "a retry does not wait for it"
    );
    world.begun = None;
    world.config.usual_hour_ms = HOUR;
    assert_eq!(world.made(), Made::Send(Channel::Email), "it is too far");
}

#[test]
fn caps_and_the_gap_defer_over_all_channels() {
    let mut world = world();
    world.config.caps = Caps {
        caps: vec![Cap {
            messages: 1,
            window_ms: 2 * DAY,
            channels: None,
        }],
        min_gap_ms: 2 * HOUR,
    };
    world.sent = vec![Sent {
        at: NOON - DAY,
        channel: Channel::Sms,
    }];
    let made = world.made();
    assert!(
        matches!(made, Made::Defer { until, .. } if until == NOON + DAY),
        "{made:?}"
    );
    world.config.caps.caps.clear();
    assert_eq!(world.made(), Made::Send(Channel::Email));
    world.sent[0].at = NOON - HOUR;
    let made = world.made();
    assert!(
        matches!(made, Made::Defer { until, .. } if until == NOON + HOUR),
        "{made:?}"
    );
}

#[test]
fn the_night_is_the_shoppers_own_then_the_countrys_then_the_shops() {
    let mut world = world();
    world.config.quiet_hours = vec![QuietHours {
        from: "21:00".parse().unwrap(),
        to: "08:00".parse().unwrap(),
        days: None,
    }];
    // Noon in UTC is 21:00 in Tokyo, 7 in the morning in New York, and day in Paris.
    world.config.time_zone = Zone::named("Asia/Tokyo").unwrap();
    let judged = world.decide().judged;
    assert_eq!(
        code(judged.made),
        "quiet_hours",
        "the shop's, where nothing is known"
    );
    assert!(
        judged.seen.contains("21:00 in Asia/Tokyo"),
        "{}",
        judged.seen
    );
    world.phone = Some("+33612345678".parse().unwrap());
    assert_eq!(
        world.made(),
        Made::Send(Channel::Email),
        "that of the number's country"
    );
    world.cart().page.tz = Some("America/New_York".into());
    let judged = world.decide().judged;
    assert!(
        judged.seen.contains("07:00 in America/New_York"),
        "{}",
        judged.seen
    );
    assert!(matches!(judged.made, Made::Defer { until, .. } if until == NOON + HOUR));
}

#[test]
fn a_rule_that_never_allows_it_is_a_skip_that_says_so() {
    let mut world = world();
    world.config.quiet_hours = vec![QuietHours {
        from: "00:00".parse().unwrap(),
        to: "00:00".parse().unwrap(),
        days: None,
    }];
    let judged = world.decide().judged;
    assert_eq!(judged.made, Made::Skip(Skip::Restrained));
    assert!(!judged.seen.is_empty());
}
