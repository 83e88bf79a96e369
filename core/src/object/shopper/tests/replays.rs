//! Dead letters, tried again: everything that may keep a message from going still does, and nothing goes twice.

use super::*;
use crate::object::codec;
use crate::traceparent::TraceId;
use proptest::prelude::*;

fn refused_by_provider() -> Outcome {
    Outcome::Rejected {
        code: "smtp_554".into(),
        recipient: false,
    }
}

/// Somebody whose first message is a dead letter; when it became one.
fn dead() -> (Shopper, u64) {
    let mut shopper = left_at(0);
    let now = view(&mut shopper, 0).deliveries[0].due_at;
    fail(&mut shopper, 0, now);
    (shopper, now + 1_000)
}

fn fail(shopper: &mut Shopper, n: u8, now: u64) {
    shopper.step(Input::Wake, now);
    let reply = release(shopper, step(n), slot(1, 1, 0), now);
    let Reply::Go(release) = reply else {
        panic!("{reply:?}")
    };
    let attempt = release.attempt;
    outcome(
        shopper,
        step(n),
        attempt,
        refused_by_provider(),
        now + 1_000,
    );
    assert_eq!(state(shopper, step(n)).name(), "dead_lettered");
}

fn replay(shopper: &mut Shopper, key: DeliveryKey, despite_unknown: bool, now: u64) -> Reply {
    let input = Input::Replay {
        key,
        despite_unknown,
    };
    shopper.step(input, now).reply
}

fn why(reply: Reply) -> String {
    match reply {
        Reply::NotReplayed(why) => why,
        reply => panic!("{reply:?}"),
    }
}

fn last_report(commit: &Commit<Effect, Reply>) -> (String, String) {
    let reports = commit.effects.iter().find_map(|effect| match effect {
        Effect::TellDesk { reports, .. } => reports.last(),
        _ => None,
    });
    let report = reports.unwrap();
    (report.state.clone(), report.code.clone())
}

#[test]
fn a_dead_letter_goes_once_more_under_a_name_of_its_own_and_once_only() {
    let (mut shopper, now) = dead();
    let later = now + 3_600_000;
    assert_eq!(replay(&mut shopper, step(0), false, later), Reply::Replayed);
    let before = shopper.clone();
    assert_eq!(
        replay(&mut shopper, step(0), false, later + 1),
        Reply::Replayed
    );
    assert_eq!(shopper, before, "asked for twice, it is one try");
    shopper.step(Input::Wake, later + 1);
    let reply = release(&mut shopper, step(0), slot(1, 1, 0), later + 2);
    let Reply::Go(release) = reply else {
        panic!("{reply:?}")
    };
    assert_eq!(release.attempt, 2);
    assert!(
        release.message.key.ends_with("_1_0_r1"),
        "{}",
        release.message.key
    );
    let name: crate::delivery::DeliveryName = release.message.key.parse().unwrap();
    assert_eq!(name.key, step(0));
    let told = shopper.step(
        Input::Outcome {
            key: step(0),
            attempt: 2,
            outcome: accepted(),
            waits_ms: vec![],
        },
        later + 1_000,
    );
    assert_eq!(last_report(&told), ("sent".into(), "replayed".into()));
    assert_eq!(
        why(replay(&mut shopper, step(0), false, later + 2_000)),
        "not_dead"
    );
}

#[test]
fn what_is_heard_late_of_the_first_try_does_not_end_the_next_one_unless_it_has_arrived() {
    use crate::delivery::Feedback;
    let heard = |feedback, replays, at| Input::HeardBack {
        key: step(0),
        replays,
        channel: crate::channel::Channel::Email,
        feedback,
        detail: "late".into(),
        at,
    };
    let (mut shopper, now) = dead();
    replay(&mut shopper, step(0), false, now);
    shopper.step(Input::Wake, now);
    release(&mut shopper, step(0), slot(1, 1, 0), now);
    for feedback in [
        Feedback::Failed,
        Feedback::Bounced { hard: true },
        Feedback::Accepted,
    ] {
        let told = shopper.step(heard(feedback, 0, now + 1), now + 1);
        assert_eq!(told.reply, Reply::Done);
        assert_eq!(state(&shopper, step(0)).name(), "released");
    }
    let mut arrived = shopper.clone();
    arrived.step(heard(Feedback::Delivered, 0, now + 2), now + 2);
    assert_eq!(state(&arrived, step(0)).name(), "sent");
    shopper.step(heard(Feedback::Failed, 1, now + 2), now + 2);
    assert_eq!(state(&shopper, step(0)).name(), "dead_lettered");
}

#[test]
fn what_fails_again_is_repeated_by_the_whole_schedule() {
    let (mut shopper, now) = dead();
    replay(&mut shopper, step(0), false, now);
    shopper.step(Input::Wake, now);
    assert!(matches!(
        release(&mut shopper, step(0), slot(1, 1, 0), now),
        Reply::Go(_)
    ));
    let busy = Outcome::Transient {
        code: "smtp_450".into(),
    };
    shopper.step(
        Input::Outcome {
            key: step(0),
            attempt: 2,
            outcome: busy,
            waits_ms: vec![60_000],
        },
        now + 1_000,
    );
    assert_eq!(state(&shopper, step(0)).name(), "scheduled");
}

#[test]
fn nothing_goes_after_a_purchase_an_unsubscription_or_an_emptied_cart() {
    let (mut shopper, now) = dead();
    tell(&mut shopper, bought(1, 2, now + 1), None, now + 1);
    assert_eq!(
        why(replay(&mut shopper, step(0), false, now + 2)),
        "ordered"
    );

    let (mut shopper, now) = dead();
    shopper.step(Input::Unsubscribe, now + 1);
    let reply = replay(&mut shopper, step(0), false, now + 2);
    assert_eq!(why(reply), "unsubscribed");

    // What is found only when it is released is told as well.
    let (mut shopper, now) = dead();
    replay(&mut shopper, step(0), false, now);
    shopper.step(Input::Wake, now);
    let carts = [(cart(1), Some(snapshot(bought(1, 2, now + 1))))];
    let reply = release_with(&mut shopper, step(0), &carts, "smtp", now + 2);
    assert_eq!(reply, Reply::Refused(Refused::Closed));
    assert_eq!(*state(&shopper, step(0)), State::Skipped(Skip::Ordered));
    let reports: Vec<_> = shopper
        .reports
        .iter()
        .map(|one| (one.state.as_str(), one.code.as_str()))
        .collect();
    assert_eq!(reports.last(), Some(&("skipped", "ordered")));
}

#[test]
fn the_holdout_and_the_least_gap_are_asked_again() {
    let (mut shopper, now) = dead();
    replay(&mut shopper, step(0), false, now);
    shopper.step(Input::Wake, now);
    let carts = [(cart(1), Some(snapshot(slot(1, 1, 0))))];
    let held = release_as(&mut shopper, step(0), &carts, &config("smtp"), true, now);
    assert_eq!(held, Reply::Refused(Refused::Closed));
    assert_eq!(*state(&shopper, step(0)), State::Skipped(Skip::Holdout));

    let (mut shopper, now) = dead();
    replay(&mut shopper, step(0), false, now);
    // Another message has gone out meanwhile.
    shopper.sent.push(crate::calendar::Sent {
        at: now,
        channel: crate::channel::Channel::Email,
    });
    shopper.step(Input::Wake, now);
    let reply = release(&mut shopper, step(0), slot(1, 1, 0), now + 1);
    assert_eq!(reply, Reply::Refused(Refused::NotDue));
    let shown = &view(&mut shopper, now + 2).deliveries[0];
    assert_eq!(shown.decisions.last().unwrap().code, "minimum_gap");
    assert!(shown.due_at >= now + 3_600_000);
}

#[test]
fn what_nobody_knows_goes_only_by_a_word_about_this_very_one() {
    let mut shopper = left_at(0);
    let now = view(&mut shopper, 0).deliveries[0].due_at;
    shopper.step(Input::Wake, now);
    release(&mut shopper, step(0), slot(1, 1, 0), now);
    let lost = Outcome::Unknown {
        code: "smtp_timeout_after_data".into(),
    };
    outcome(&mut shopper, step(0), 1, lost, now + 1_000);
    let reply = replay(&mut shopper, step(0), false, now + 2_000);
    assert_eq!(why(reply), "unknown_outcome");
    assert_eq!(
        replay(&mut shopper, step(0), true, now + 3_000),
        Reply::Replayed
    );
    shopper.step(Input::Wake, now + 3_000);
    // The least gap counts from the message that may have arrived, but not against itself.
    let reply = release(&mut shopper, step(0), slot(1, 1, 0), now + 4_000);
    let Reply::Go(release) = reply else {
        panic!("{reply:?}")
    };
    assert!(
        release.message.key.ends_with("_1_0"),
        "the name by which it is known"
    );
}

/// Somebody whose first message is tried again although it may have arrived; when.
fn doubtful() -> (Shopper, u64) {
    let mut shopper = left_at(0);
    let now = view(&mut shopper, 0).deliveries[0].due_at;
    shopper.step(Input::Wake, now);
    release(&mut shopper, step(0), slot(1, 1, 0), now);
    let lost = Outcome::Unknown {
        code: "smtp_timeout_after_data".into(),
    };
    outcome(&mut shopper, step(0), 1, lost, now + 1_000);
    let now = now + 2_000;
    assert_eq!(replay(&mut shopper, step(0), true, now), Reply::Replayed);
    (shopper, now)
}

#[test]
fn what_may_be_out_is_no_dead_letter_however_its_next_try_fails() {
    let (mut shopper, now) = doubtful();
    shopper.step(Input::Wake, now);
    assert!(matches!(
        release(&mut shopper, step(0), slot(1, 1, 0), now),
        Reply::Go(_)
    ));
    outcome(&mut shopper, step(0), 2, refused_by_provider(), now + 1_000);
    assert_eq!(state(&shopper, step(0)).name(), "unknown");
    let reply = replay(&mut shopper, step(0), false, now + 2_000);
    assert_eq!(why(reply), "unknown_outcome");
    // Nor where it was accepted, and failed afterwards.
    let (mut shopper, now) = doubtful();
    shopper.step(Input::Wake, now);
    release(&mut shopper, step(0), slot(1, 1, 0), now);
    outcome(&mut shopper, step(0), 2, accepted(), now + 1_000);
    let failed = Input::HeardBack {
        key: step(0),
        replays: 0,
        channel: crate::channel::Channel::Email,
        feedback: crate::delivery::Feedback::Failed,
        detail: "dropped".into(),
        at: now + 2_000,
    };
    shopper.step(failed, now + 2_000);
    assert_eq!(state(&shopper, step(0)).name(), "unknown");
}

#[test]
fn what_may_be_out_is_not_shown_as_not_sent_when_it_is_stopped() {
    let (mut shopper, now) = doubtful();
    shopper.step(Input::Unsubscribe, now + 1);
    assert_eq!(state(&shopper, step(0)).name(), "unknown");
    // Nor where that is found when it is released.
    let (mut shopper, now) = doubtful();
    shopper.step(Input::Wake, now);
    let carts = [(cart(1), Some(snapshot(slot(1, 1, 0))))];
    release_as(&mut shopper, step(0), &carts, &config("smtp"), true, now);
    assert_eq!(state(&shopper, step(0)).name(), "unknown");
    // Nor while a try is on its way that fails.
    let (mut shopper, now) = doubtful();
    shopper.step(Input::Wake, now);
    release(&mut shopper, step(0), slot(1, 1, 0), now);
    shopper.step(Input::Unsubscribe, now + 1);
    let busy = Outcome::Transient {
        code: "smtp_450".into(),
    };
    outcome(&mut shopper, step(0), 2, busy, now + 2);
    assert_eq!(state(&shopper, step(0)).name(), "unknown");
}

#[test]
fn within_its_window_a_message_goes_by_the_channel_and_to_the_provider_that_may_have_it() {
    use crate::channel::Channel;
    use crate::delivery::{Body, Provider};
    use crate::shop::Carrier;
    let carts = [(cart(1), Some(snapshot(slot(1, 1, 0))))];
    let mut config = ShopConfig {
        provider: Provider::Resend,
        ..one_message(DAY, crate::sequence::Template::Reminder)
    };
    let texts = r#"{"provider":"twilio","sender":"+15005550006"}"#;
    config.sms = Some(serde_json::from_str(texts).unwrap());
    config.sequences[0].steps[0].channels = vec![Channel::Sms, Channel::Email];
    let mut shopper = Shopper::new(SHOP, ADA);
    tell(&mut shopper, slot(1, 1, 0), ada(true), 0);
    let now = view(&mut shopper, 0).deliveries[0].due_at.max(DAY);
    shopper.step(Input::Wake, now);
    let reply = release_as(&mut shopper, step(0), &carts, &config, false, now);
    assert!(matches!(reply, Reply::Go(_)), "{reply:?}");
    let lost = Input::Outcome {
        key: step(0),
        attempt: 1,
        outcome: Outcome::Unknown { code: "x".into() },
        waits_ms: vec![],
    };
    shopper.step(lost, now + 1);
    assert_eq!(
        replay(&mut shopper, step(0), true, now + 2),
        Reply::Replayed
    );
    // The shop has its mails written by a flow since, and the shopper takes texts.
    config.flows = serde_json::from_str(r#"[{"platform":"klaviyo"}]"#).unwrap();
    let mut identify = ada(true).unwrap();
    identify.at = 2;
    identify.phone = Some("+4915799000001".parse().unwrap());
    identify.consent.as_mut().unwrap().sms = Some(true);
    tell(&mut shopper, slot(1, 1, 0), Some(identify), now + 3);
    shopper.step(Input::Wake, now + 3);
    let reply = release_as(&mut shopper, step(0), &carts, &config, false, now + 4);
    let Reply::Go(release) = reply else {
        panic!("{reply:?}")
    };
    assert_eq!(release.provider, Carrier::Email(Provider::Resend));
    assert!(matches!(release.message.body, Body::Email { .. }));
}

#[test]
fn the_last_message_of_a_conversation_goes_although_that_is_over() {
    let mut shopper = left_at(0);
    let mut at = 0;
    let mut n = 0;
    while let Some(next) = view(&mut shopper, at)
        .deliveries
        .iter()
        .find(|one| one.state == "scheduled")
    {
        at = next.due_at;
        fail(&mut shopper, n, at);
        n += 1;
    }
    assert!(!view(&mut shopper, at).planned);
    let last = step(n - 1);
    assert_eq!(
        replay(&mut shopper, last, false, at + 3_600_000),
        Reply::Replayed
    );
    shopper.step(Input::Wake, at + 3_600_000);
    let reply = release(&mut shopper, last, slot(1, 1, 0), at + 3_600_001);
    assert!(matches!(reply, Reply::Go(_)), "{reply:?}");
    outcome(&mut shopper, last, 2, accepted(), at + 3_601_000);
    assert!(
        !view(&mut shopper, at + 3_601_000).planned,
        "nothing follows it"
    );
    assert_eq!(state(&shopper, last).name(), "sent");
    assert_eq!(shopper.deliveries.len(), usize::from(n));
    // Not once something newer is being written about.
    tell(
        &mut shopper,
        Slot {
            epoch: 2,
            ..slot(1, 9, at + 4_000_000)
        },
        None,
        at + 4_000_000,
    );
    assert!(view(&mut shopper, at + 4_000_000).planned);
    let reply = replay(&mut shopper, step(0), false, at + 4_000_001);
    assert_eq!(why(reply), "overtaken");
}

#[test]
fn what_was_never_sent_is_no_dead_letter() {
    let mut shopper = left_at(0);
    assert_eq!(why(replay(&mut shopper, step(0), true, 1)), "not_dead");
    assert_eq!(
        why(replay(&mut shopper, step(7), true, 1)),
        "unknown_delivery"
    );
}

#[test]
fn a_message_keeps_the_trace_of_the_cart_that_it_shows() {
    let (first, second) = (TraceId::of([1; 16]), TraceId::of([2; 16]));
    let mut shopper = Shopper::new(SHOP, ADA);
    let said = |trace, version| Input::Traced {
        cart: cart(1),
        trace,
        input: alloc::boxed::Box::new(Input::Slot {
            shop: SHOP,
            shopper: ADA,
            object: "cart".into(),
            slot: slot(1, version, 0),
            identify: ada(true),
            named_at: None,
            settings: settings(),
            errands: ErrandSettings::default(),
        }),
    };
    assert!(shopper.step(said(first, 1), 0).write);
    assert_eq!(shopper.trace_of(step(0)), Some(first));
    let now = view(&mut shopper, 0).deliveries[0].due_at;
    shopper.step(Input::Wake, now);
    let reply = release(&mut shopper, step(0), slot(1, 1, 0), now);
    let Reply::Go(release) = reply else {
        panic!("{reply:?}")
    };
    assert_eq!(release.trace, Some(first));
    shopper.step(said(second, 2), now + 1);
    assert_eq!(shopper.trace_of(step(0)), Some(first));
}

/// A row that was written before anything of this was remembered.
#[test]
fn a_row_from_before_is_read() {
    let shopper = left_at(0);
    let bytes = codec::encode(&shopper).unwrap();
    let length = |bytes: Result<Vec<u8>, _>| bytes.map(|bytes| bytes.len() - 1).unwrap();
    let notifications = length(codec::encode(&shopper.notifications));
    let errands = length(codec::encode(&shopper.errands));
    let afterwards = length(codec::encode(&shopper.afterwards));
    // As rows were before each of the three, the latest first.
    let mut rest = bytes.len();
    for added in [notifications, errands, afterwards] {
        rest -= added;
        let old: Shopper = codec::decode(&bytes[..rest]).unwrap();
        assert_eq!(old, shopper);
    }
}

proptest! {
    /// However wishes, outcomes, callbacks and an order come: what went out, or may have, does not go again, and nothing goes after the order.
    #[test]
    fn what_went_out_does_not_go_again(deeds in prop::collection::vec((0_u8..7, 1_u64..90_000_000), 1..40)) {
        let mut shopper = left_at(0);
        let mut now = view(&mut shopper, 0).deliveries[0].due_at;
        let (mut went, mut ordered, mut attempt) = (false, false, None);
        for (deed, after) in deeds {
            now += after;
            match deed {
                0 => {
                    replay(&mut shopper, step(0), false, now);
                }
                1 | 2 => {
                    shopper.step(Input::Wake, now);
                    let held = if ordered { bought(1, 2, 1) } else { slot(1, 1, 0) };
                    if let Reply::Go(release) = release(&mut shopper, step(0), held, now) {
                        prop_assert!(!went && !ordered, "after {release:?}");
                        attempt = Some(release.attempt);
                    }
                }
                3 | 4 => {
                    let Some(number) = attempt.take() else { continue };
                    let (ended, may_be_out) = match after % 3 {
                        0 => (accepted(), true),
                        1 => (Outcome::Unknown { code: "x".into() }, true),
                        _ => (refused_by_provider(), false),
                    };
                    // Once its lease is over nobody knows, whatever is said later.
                    let is_late = !matches!(state(&shopper, step(0)), State::Released { .. });
                    outcome(&mut shopper, step(0), number, ended, now);
                    went |= may_be_out || is_late;
                }
                5 => {
                    let failed = Input::HeardBack {
                        key: step(0),
                        replays: shopper.afterwards.note(step(0)).replays,
                        channel: crate::channel::Channel::Email,
                        feedback: crate::delivery::Feedback::Failed,
                        detail: "dropped".into(),
                        at: now,
                    };
                    let heard = shopper.step(failed, now);
                    // The provider says that it never went out.
                    if heard.write && state(&shopper, step(0)).name() == "dead_lettered" {
                        went = false;
                        attempt = None;
                    }
                }
                _ => {
                    ordered = true;
                    tell(&mut shopper, bought(1, 2, 1), None, now);
                }
            }
        }
    }
}
