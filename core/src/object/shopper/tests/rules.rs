use super::*;

#[test]
fn the_default_sequence_is_sent_after_one_two_and_three_days() {
    let mut shopper = left_at(0);
    for (n, template) in [Template::Reminder, Template::Offer, Template::LastChance]
        .into_iter()
        .enumerate()
    {
        let due = (n as u64 + 1) * DAY;
        assert_eq!(shopper.next_alarm(), Some(due));
        assert!(hints(&shopper.step(Input::Wake, due - 1)).is_empty());
        assert_eq!(hints(&shopper.step(Input::Wake, due)), [step(n as u8)]);
        let Reply::Go(go) = release(&mut shopper, step(n as u8), slot(1, 1, 0), due) else {
            panic!("refused")
        };
        assert_eq!(shopper.delivery(step(n as u8)).unwrap().template, template);
        assert_eq!(
            go.message.mail().unwrap().html.contains("COMEBACK10"),
            n > 0
        );
        outcome(&mut shopper, step(n as u8), 1, accepted(), due + 5);
    }
    assert_eq!(shopper.next_alarm(), None);
    assert!(shopper.plan.is_none());
    // The same cart in the same epoch is not talked about again.
    tell(&mut shopper, slot(1, 9, 5 * DAY), None, 5 * DAY);
    assert_eq!(shopper.next_alarm(), None);
}

#[test]
fn no_consent_no_plan() {
    let mut shopper = Shopper::new(SHOP, ADA);
    tell(&mut shopper, slot(1, 1, 0), ada(false), 0);
    assert_eq!(shopper.next_alarm(), None);
    tell(&mut shopper, slot(1, 2, 0), ada(true), 10);
    assert_eq!(shopper.next_alarm(), Some(DAY));
}

#[test]
fn an_order_on_any_cart_ends_the_plan_and_a_queued_message_is_not_released() {
    let mut shopper = left_at(0);
    shopper.step(Input::Wake, DAY);
    let reply = tell(&mut shopper, bought(2, 4, DAY), None, DAY + 1).reply;
    assert_eq!(reply, Reply::Taken { settled: true });
    assert_eq!(
        release(&mut shopper, step(0), slot(1, 1, 0), DAY + 2),
        Reply::Refused(Refused::Closed)
    );
    assert_eq!(state(&shopper, step(0)), &State::Skipped(Skip::Ordered));
}

#[test]
fn an_order_that_nobody_told_of_is_found_in_the_cart_at_the_release() {
    let mut shopper = left_at(0);
    shopper.step(Input::Wake, DAY);
    assert_eq!(
        release(&mut shopper, step(0), bought(1, 5, DAY), DAY),
        Reply::Refused(Refused::Closed)
    );
    assert_eq!(state(&shopper, step(0)), &State::Skipped(Skip::Ordered));
}

#[test]
fn a_stop_is_settled_only_when_the_live_lease_has_ended() {
    for accepted_late in [true, false] {
        let mut shopper = left_at(0);
        shopper.step(Input::Wake, DAY);
        let Reply::Go(go) = release(&mut shopper, step(0), slot(1, 1, 0), DAY) else {
            panic!("refused")
        };
        assert_eq!(
            shopper.step(Input::Unsubscribe, DAY + 1).reply,
            Reply::Taken { settled: false }
        );
        if accepted_late {
            outcome(&mut shopper, step(0), 1, accepted(), DAY + 2);
            assert_eq!(
                shopper.step(Input::Unsubscribe, DAY + 3).reply,
                Reply::Taken { settled: true }
            );
            assert!(matches!(
                state(&shopper, step(0)),
                State::Sent { crossed: true, .. }
            ));
        } else {
            shopper.step(Input::Wake, go.lease_until);
            assert_eq!(
                shopper.step(Input::Unsubscribe, go.lease_until).reply,
                Reply::Taken { settled: true }
            );
            assert!(matches!(state(&shopper, step(0)), State::Unknown { .. }));
        }
        assert_eq!(shopper.next_alarm(), None);
    }
}

#[test]
fn activity_postpones_and_an_emptied_cart_ends_it() {
    let mut shopper = left_at(0);
    shopper.step(Input::Wake, DAY);
    let back = slot(1, 2, DAY - HOUR / 2);
    assert_eq!(
        release(&mut shopper, step(0), back.clone(), DAY),
        Reply::Refused(Refused::NotDue)
    );
    assert_eq!(shopper.next_alarm(), Some(2 * DAY - HOUR / 2));
    shopper.step(Input::Wake, 2 * DAY);
    let emptied = Slot {
        status: Status::Empty,
        version: 3,
        ..back
    };
    assert_eq!(
        release(&mut shopper, step(0), emptied, 2 * DAY),
        Reply::Refused(Refused::Closed)
    );
    assert_eq!(state(&shopper, step(0)), &State::Skipped(Skip::Emptied));
    assert_eq!(shopper.next_alarm(), None);
}

#[test]
fn a_lost_hint_is_sent_again_and_a_claimed_one_is_not() {
    let mut shopper = left_at(0);
    shopper.step(Input::Wake, DAY);
    let next = shopper.next_alarm().unwrap();
    assert_eq!(hints(&shopper.step(Input::Wake, next)), [step(0)]);
    assert!(matches!(
        release(&mut shopper, step(0), slot(1, 1, 0), next),
        Reply::Go(_)
    ));
    assert_eq!(
        release(&mut shopper, step(0), slot(1, 1, 0), next + 1),
        Reply::Refused(Refused::InFlight)
    );
    assert!(hints(&shopper.step(Input::Wake, next + 1)).is_empty());
}

#[test]
fn a_lease_without_an_outcome_is_unknown_by_smtp_and_repeated_with_the_same_bytes_by_resend() {
    for provider in ["smtp", "resend"] {
        let mut shopper = left_at(0);
        shopper.step(Input::Wake, DAY);
        let carts = [(cart(1), Some(snapshot(slot(1, 1, 0))))];
        let Reply::Go(first) = release_with(&mut shopper, step(0), &carts, provider, DAY) else {
            panic!("refused")
        };
        let commit = shopper.step(Input::Wake, first.lease_until);
        if provider == "smtp" {
            assert!(matches!(state(&shopper, step(0)), State::Unknown { .. }));
            assert!(commit.effects.iter().any(
                |effect| matches!(effect, Effect::TellDesk { reports, .. } if reports.len() == 1)
            ));
        } else {
            let now = first.lease_until + 1_000;
            shopper.step(Input::Wake, now);
            // Meanwhile the shop has moved to another provider: this delivery has not.
            let Reply::Go(second) = release_with(&mut shopper, step(0), &carts, "smtp", now) else {
                panic!("refused")
            };
            assert_eq!(
                (first.provider, &first.message),
                (second.provider, &second.message)
            );
            assert_eq!(second.attempt, 2);
        }
    }
}

#[test]
fn a_provable_failure_is_retried_on_schedule_then_dead_lettered_and_the_next_step_follows() {
    let mut shopper = left_at(0);
    let mut now = DAY;
    for attempt in 1..=8 {
        assert_eq!(hints(&shopper.step(Input::Wake, now)), [step(0)]);
        assert!(matches!(
            release(&mut shopper, step(0), slot(1, 1, 0), now),
            Reply::Go(_)
        ));
        outcome(
            &mut shopper,
            step(0),
            attempt,
            Outcome::Transient {
                code: "smtp_451".into(),
            },
            now,
        );
        if attempt < 8 {
            assert_eq!(state(&shopper, step(0)), &State::Scheduled);
            now = shopper.next_alarm().unwrap();
        }
    }
    assert!(matches!(
        state(&shopper, step(0)),
        State::DeadLettered { .. }
    ));
    assert!(
        shopper.next_alarm().unwrap() >= now + DAY / 2,
        "steps keep half their distance"
    );
}

#[test]
fn a_mailbox_that_does_not_exist_is_not_written_to_again() {
    let mut shopper = left_at(0);
    shopper.step(Input::Wake, DAY);
    release(&mut shopper, step(0), slot(1, 1, 0), DAY);
    outcome(
        &mut shopper,
        step(0),
        1,
        Outcome::Rejected {
            code: "smtp_550".into(),
            recipient: true,
        },
        DAY,
    );
    assert_eq!(shopper.next_alarm(), None);
    tell(&mut shopper, slot(3, 1, 2 * DAY), None, 2 * DAY);
    assert_eq!(shopper.next_alarm(), None);
}

#[test]
fn an_older_slot_is_ignored_and_carts_are_bounded() {
    let mut shopper = left_at(1_000);
    tell(&mut shopper, slot(1, 0, 9_000), None, 9_000);
    assert_eq!(shopper.carts[&cart(1)].slot.last_activity_at, 1_000);
    for n in 0..40 {
        tell(
            &mut shopper,
            slot(n, 1, 10_000 + u64::from(n)),
            None,
            20_000,
        );
    }
    assert_eq!(shopper.carts.len(), Shopper::MAX_CARTS);
    assert!(shopper.carts.contains_key(&cart(39)));
}

#[test]
fn editing_a_sequence_does_not_change_one_under_way() {
    let mut shopper = left_at(0);
    let edited = PlanSettings::of(&one_message(HOUR, Template::LastChance));
    shopper.step(
        Input::Slot {
            shop: SHOP,
            shopper: ADA,
            object: "cart".into(),
            slot: slot(1, 2, 0),
            identify: None,
            named_at: None,
            settings: edited,
            errands: ErrandSettings::default(),
        },
        1,
    );
    assert_eq!(shopper.next_alarm(), Some(DAY));
    assert_eq!(shopper.upcoming().len(), 2);
}

#[test]
fn the_desk_learns_of_an_earlier_wake_up_and_of_none_but_not_of_each_later_one() {
    let told = |commit: &Commit<Effect, Reply>| {
        commit.effects.iter().find_map(|effect| {
            if let Effect::TellDesk {
                version, next_at, ..
            } = effect
            {
                Some((*version, *next_at))
            } else {
                None
            }
        })
    };
    let mut shopper = Shopper::new(SHOP, ADA);
    let first = tell(&mut shopper, slot(1, 1, 0), ada(true), 0);
    assert_eq!(told(&first), Some((1, Some(DAY))));
    shopper.step(
        Input::FactTaken {
            version: 1,
            reported: 0,
            limited: None,
        },
        0,
    );
    assert_eq!(
        told(&tell(&mut shopper, slot(1, 2, HOUR), None, HOUR)),
        None
    );
    // A sweep that looks because of the old fact finds nothing to do, and corrects it.
    let swept = shopper.step(Input::Wake, DAY + 60_001);
    assert!(swept.write);
    assert_eq!(told(&swept), Some((2, Some(DAY + HOUR))));
    let ended = shopper.step(Input::Unsubscribe, DAY + 70_000);
    assert_eq!(told(&ended).map(|(_, next)| next), Some(None));
}

#[test]
fn a_desk_that_failed_once_is_told_again_later_and_then_no_more() {
    let mut shopper = left_at(0);
    shopper.step(Input::FactLost { brought_by: None }, 10);
    assert_eq!(shopper.next_alarm(), Some(60_010));
    let taken = Input::FactTaken {
        version: 1,
        reported: 0,
        limited: None,
    };
    shopper.step(taken, 60_020);
    assert_eq!(shopper.next_alarm(), Some(DAY));
    // The next news wakes nobody for the sake of the failure before.
    shopper.step(Input::Unsubscribe, HOUR);
    assert_eq!(shopper.next_alarm(), None);
}

#[test]
fn after_an_order_nothing_that_was_left_before_it_is_written_about() {
    let mut shopper = left_at(0);
    // Another cart, still open and a day old, when the order comes from a third device.
    tell(&mut shopper, slot(2, 1, 10), None, 10);
    shopper.step(Input::Wake, DAY + 10);
    let reply = tell(&mut shopper, bought(3, 4, DAY + 20), None, DAY + 20).reply;
    assert_eq!(reply, Reply::Taken { settled: true });
    assert_eq!(shopper.next_alarm(), None);
    // A new departure is another story, but not at once after the last message.
    tell(&mut shopper, slot(2, 2, 2 * DAY), None, 2 * DAY);
    assert_eq!(shopper.next_alarm(), Some(3 * DAY));
    // An order from before that comes late, from a browser that was offline, ends nothing.
    tell(&mut shopper, bought(4, 1, DAY), None, 2 * DAY + 1);
    assert_eq!(shopper.next_alarm(), Some(3 * DAY));
}

#[test]
fn one_conversation_does_not_follow_on_anothers_heels() {
    let mut shopper = left_at(0);
    for n in 0..3 {
        let due = (n + 1) * DAY;
        shopper.step(Input::Wake, due);
        release(&mut shopper, step(n as u8), slot(1, 1, 0), due);
        outcome(&mut shopper, step(n as u8), 1, accepted(), due);
    }
    // A new cart, and a sequence that would write within the hour.
    let hasty = PlanSettings::of(&one_message(HOUR, Template::Reminder));
    for n in 2..9 {
        let now = 3 * DAY + u64::from(n);
        shopper.step(
            Input::Slot {
                shop: SHOP,
                shopper: ADA,
                object: "cart".into(),
                slot: slot(n, 1, now - 1),
                identify: None,
                named_at: None,
                settings: hasty.clone(),
                errands: ErrandSettings::default(),
            },
            now,
        );
    }
    assert!(shopper.next_alarm().unwrap() >= 3 * DAY + HOUR);
}

#[test]
fn an_uncertain_try_is_not_repeated_once_the_providers_window_has_ended() {
    for then in ["pause", "failures"] {
        let mut shopper = left_at(0);
        let carts = [(cart(1), Some(snapshot(slot(1, 1, 0))))];
        shopper.step(Input::Wake, DAY);
        release_with(&mut shopper, step(0), &carts, "resend", DAY);
        let unknown = Outcome::Unknown { code: "u".into() };
        outcome(&mut shopper, step(0), 1, unknown, DAY);
        let mut now = DAY;
        if then == "pause" {
            now += 60 * HOUR;
        } else {
            for attempt in 2..9 {
                now = shopper.next_alarm().unwrap();
                shopper.step(Input::Wake, now);
                if let Reply::Go(go) = release_with(&mut shopper, step(0), &carts, "resend", now) {
                    assert_eq!(go.attempt, attempt);
                    assert!(now < 2 * DAY);
                    let failed = Outcome::Transient { code: "t".into() };
                    outcome(&mut shopper, step(0), attempt, failed, now);
                }
                if state(&shopper, step(0)).is_closed() {
                    break;
                }
            }
        }
        shopper.step(Input::Wake, now);
        let reply = release_with(&mut shopper, step(0), &carts, "resend", now);
        assert_eq!(reply, Reply::Refused(Refused::Closed), "{then}");
        assert!(
            matches!(state(&shopper, step(0)), State::Unknown { .. }),
            "{then}"
        );
    }
}
