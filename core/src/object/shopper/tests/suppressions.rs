//! What suppressions promise: they hold as long as they say, the strictest wins, and what ends lets messages go again.

use super::*;

fn ask(shopper: &mut Shopper, config: &ShopConfig, now: u64) -> Reply {
    shopper.step(Input::Wake, now);
    let carts = [(cart(1), Some(snapshot(slot(1, 1, 0))))];
    release_as(shopper, step(0), &carts, config, false, now)
}

fn suppress(shopper: &mut Shopper, cause: Cause, until: Option<u64>, now: u64) -> Reply {
    shopper.step(Input::Suppress { cause, until }, now).reply
}

const SETTLED: Reply = Reply::Taken { settled: true };

#[test]
fn one_without_an_end_stops_the_plan_and_nothing_begins_until_it_is_lifted() {
    let mut shopper = left_at(0);
    assert_eq!(suppress(&mut shopper, Cause::Fraud, None, HOUR), SETTLED);
    assert_eq!(state(&shopper, step(0)), &State::Skipped(Skip::Fraud));
    let told = view(&mut shopper, HOUR);
    assert_eq!(told.suppressed.as_deref(), Some("fraud"));
    assert_eq!(
        (told.suppressions[0].since, told.suppressions[0].until),
        (HOUR, None)
    );
    tell(&mut shopper, slot(2, 1, 2 * HOUR), None, 2 * HOUR);
    assert!(shopper.plan.is_none());
    let other = shopper
        .step(
            Input::Lift {
                cause: Cause::Bounced,
            },
            3 * HOUR,
        )
        .reply;
    assert_eq!(other, Reply::Refused(Refused::Closed));
    assert_eq!(
        shopper
            .step(
                Input::Lift {
                    cause: Cause::Fraud
                },
                3 * HOUR
            )
            .reply,
        Reply::Done
    );
    tell(&mut shopper, slot(3, 1, 4 * HOUR), None, 4 * HOUR);
    assert!(shopper.plan.is_some());
}

#[test]
fn one_that_ends_puts_messages_off_to_its_end() {
    let config = config("smtp");
    let mut shopper = left_at(0);
    suppress(&mut shopper, Cause::SoftBounced, Some(3 * DAY), HOUR);
    assert_eq!(
        ask(&mut shopper, &config, DAY),
        Reply::Refused(Refused::NotDue)
    );
    assert_eq!(shopper.next_alarm(), Some(3 * DAY));
    let told = view(&mut shopper, DAY);
    let decision = &told.deliveries[0].decisions[0];
    assert_eq!(decision.code, "soft_bounced");
    assert_eq!(
        decision.sentence,
        "Put off, because the address takes no messages for now."
    );
    assert!(matches!(ask(&mut shopper, &config, 3 * DAY), Reply::Go(_)));
    assert_eq!(view(&mut shopper, 3 * DAY).suppressions, []);
}

#[test]
fn one_that_lasts_longer_than_a_reminder_is_worth_skips_it() {
    let config = config("smtp");
    let mut shopper = left_at(0);
    suppress(&mut shopper, Cause::Withheld, Some(60 * DAY), HOUR);
    assert_eq!(
        ask(&mut shopper, &config, DAY),
        Reply::Refused(Refused::Closed)
    );
    assert_eq!(state(&shopper, step(0)), &State::Skipped(Skip::Withheld));
}

#[test]
fn of_several_the_strictest_is_told_and_an_end_is_never_brought_forward() {
    let mut shopper = left_at(0);
    suppress(&mut shopper, Cause::SoftBounced, Some(3 * DAY), 1);
    suppress(&mut shopper, Cause::SoftBounced, Some(2 * DAY), 2);
    suppress(&mut shopper, Cause::Withheld, Some(2 * DAY), 3);
    let told = view(&mut shopper, DAY);
    assert_eq!(told.suppressed.as_deref(), Some("soft_bounced"));
    let ends: Vec<Option<u64>> = told.suppressions.iter().map(|one| one.until).collect();
    assert_eq!(ends, [Some(3 * DAY), Some(2 * DAY)]);
    suppress(&mut shopper, Cause::Withheld, None, DAY);
    assert_eq!(
        view(&mut shopper, DAY).suppressed.as_deref(),
        Some("withheld")
    );
    assert!(
        !shopper
            .step(
                Input::Suppress {
                    cause: Cause::Withheld,
                    until: Some(9 * DAY)
                },
                DAY
            )
            .write
    );
    // What has ended before it is said changes nothing.
    let mut other = left_at(0);
    suppress(&mut other, Cause::Fraud, Some(HOUR), DAY);
    assert_eq!(other, left_at(0));
}

#[test]
fn a_merchant_cannot_lift_what_the_shopper_has_asked_for() {
    let mut shopper = left_at(0);
    shopper.step(Input::Unsubscribe, 1);
    for cause in [
        Cause::Fraud,
        Cause::InvalidContact,
        Cause::Complained,
        Cause::Bounced,
        Cause::SoftBounced,
        Cause::Withheld,
    ] {
        shopper.step(Input::Lift { cause }, 2);
    }
    assert_eq!(
        view(&mut shopper, 3).suppressed.as_deref(),
        Some("unsubscribed")
    );
}

#[test]
fn a_live_lease_is_told_to_whoever_suppresses() {
    let config = config("smtp");
    let mut shopper = left_at(0);
    assert!(matches!(ask(&mut shopper, &config, DAY), Reply::Go(_)));
    let reply = suppress(&mut shopper, Cause::Fraud, None, DAY + 1);
    assert_eq!(reply, Reply::Taken { settled: false });
    let later = DAY + Shopper::LEASE_MS + 1;
    assert_eq!(suppress(&mut shopper, Cause::Fraud, None, later), SETTLED);
}

#[test]
fn what_is_left_soon_after_an_order_waits() {
    let mut config = config("smtp");
    config.quiet_after_order_ms = 7 * DAY;
    let mut shopper = left_at(0);
    tell(&mut shopper, bought(1, 2, HOUR), None, HOUR);
    tell(&mut shopper, slot(2, 1, 2 * HOUR), None, 2 * HOUR);
    let now = shopper.next_alarm().unwrap();
    shopper.step(Input::Wake, now);
    let second = DeliveryKey {
        conversation: 2,
        step: 0,
    };
    let carts = [(cart(2), Some(snapshot(slot(2, 1, 2 * HOUR))))];
    let reply = release_as(&mut shopper, second, &carts, &config, false, now);
    assert_eq!(reply, Reply::Refused(Refused::NotDue));
    assert_eq!(shopper.delivery(second).unwrap().due_at, 7 * DAY + HOUR);
    let told = view(&mut shopper, now);
    let decision = told
        .deliveries
        .last()
        .unwrap()
        .decisions
        .last()
        .unwrap()
        .clone();
    assert_eq!(decision.code, "recently_ordered");
    config.quiet_after_order_ms = 0;
    assert!(matches!(
        release_as(&mut shopper, second, &carts, &config, false, 7 * DAY + HOUR),
        Reply::Go(_)
    ));
}

#[test]
fn a_decision_tells_which_wording_it_relies_on() {
    let config = config("smtp");
    let mut shopper = left_at(0);
    // Asked about text messages under another wording since: mails still rely on the first.
    let mut sms = ada(true).unwrap();
    sms.at = 2;
    sms.consent = Some(ConsentReceipt {
        email: None,
        sms: Some(true),
        ads: None,
        wording: "w2".into(),
        page: "/".into(),
    });
    shopper.identify(Some(sms), cart(1), 0);
    assert!(matches!(ask(&mut shopper, &config, DAY), Reply::Go(_)));
    let told = view(&mut shopper, DAY);
    let sentence = &told.deliveries[0].decisions[0].sentence;
    assert!(
        sentence.contains("Agreed to under wording “w1”."),
        "{sentence}"
    );
    let mut no = left_at(0);
    let mut declined = ada(false).unwrap();
    declined.at = 2;
    declined.consent.as_mut().unwrap().wording = "w3".into();
    no.identify(Some(declined), cart(1), 0);
    ask(&mut no, &config, DAY);
    let told = view(&mut no, DAY);
    assert_eq!(told.deliveries[0].reason.as_deref(), Some("no_consent"));
    let sentence = told.deliveries[0].sentence.clone().unwrap();
    assert!(sentence.contains("about wording “w3”"), "{sentence}");
}
