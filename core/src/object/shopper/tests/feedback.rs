//! What providers tell afterwards, and who carries the next try.

use super::*;
use crate::channel::Channel;
use crate::delivery::{Feedback, Provider};
use crate::shop::Carrier;
use proptest::prelude::*;

fn hear(shopper: &mut Shopper, feedback: Feedback, now: u64) -> Commit<Effect, Reply> {
    shopper.step(of_mail(step(0), feedback, now - 10), now)
}

fn of_mail(key: DeliveryKey, feedback: Feedback, at: u64) -> Input {
    Input::HeardBack {
        key,
        replays: 0,
        channel: Channel::Email,
        feedback,
        detail: String::new(),
        at,
    }
}

/// Somebody whose first message is on its way; `now` is when it was released.
fn released() -> (Shopper, u64) {
    let mut shopper = left_at(0);
    let now = view(&mut shopper, 0).deliveries[0].due_at;
    shopper.step(Input::Wake, now);
    let reply = release(&mut shopper, step(0), slot(1, 1, 0), now);
    assert!(matches!(reply, Reply::Go(_)), "{reply:?}");
    (shopper, now)
}

fn ended(outcome_is: Outcome) -> (Shopper, u64) {
    let (mut shopper, now) = released();
    outcome(&mut shopper, step(0), 1, outcome_is, now + 1_000);
    (shopper, now + 2_000)
}

fn unknown() -> Outcome {
    Outcome::Unknown {
        code: "smtp_timeout_after_data".into(),
    }
}

fn causes(shopper: &mut Shopper, now: u64) -> Vec<String> {
    let view = view(shopper, now);
    view.suppressions.into_iter().map(|one| one.cause).collect()
}

#[test]
fn an_outcome_that_nobody_knew_is_closed_by_what_proves_it() {
    for (feedback, name) in [
        (Feedback::Delivered, "sent"),
        (Feedback::Opened { machine: true }, "sent"),
        (Feedback::Clicked { machine: false }, "sent"),
        (Feedback::Complained, "sent"),
        (Feedback::Bounced { hard: true }, "dead_lettered"),
        (Feedback::Bounced { hard: false }, "dead_lettered"),
        (Feedback::Failed, "dead_lettered"),
        (Feedback::Accepted, "sent"),
    ] {
        let (mut shopper, now) = ended(unknown());
        assert_eq!(state(&shopper, step(0)).name(), "unknown");
        hear(&mut shopper, feedback, now);
        assert_eq!(state(&shopper, step(0)).name(), name, "{feedback:?}");
    }
}

#[test]
fn a_message_that_arrived_is_not_tried_again() {
    let (mut shopper, now) = {
        let mut shopper = left_at(0);
        let now = view(&mut shopper, 0).deliveries[0].due_at;
        shopper.step(Input::Wake, now);
        let carts = [(cart(1), Some(snapshot(slot(1, 1, 0))))];
        let reply = release_with(&mut shopper, step(0), &carts, "resend", now);
        assert!(matches!(reply, Reply::Go(_)), "{reply:?}");
        outcome(&mut shopper, step(0), 1, unknown(), now + 1_000);
        (shopper, now + 2_000)
    };
    assert_eq!(
        state(&shopper, step(0)).name(),
        "scheduled",
        "it would be repeated"
    );
    hear(&mut shopper, Feedback::Delivered, now);
    assert_eq!(state(&shopper, step(0)).name(), "sent");
}

#[test]
fn the_same_again_changes_nothing() {
    for feedback in [
        Feedback::Delivered,
        Feedback::Bounced { hard: true },
        Feedback::Bounced { hard: false },
        Feedback::Complained,
        Feedback::Unsubscribed,
    ] {
        let (mut shopper, now) = ended(accepted());
        assert!(hear(&mut shopper, feedback, now).write);
        let before = shopper.clone();
        let again = hear(&mut shopper, feedback, now + 60_000);
        assert!(!again.write && shopper == before, "{feedback:?}");
    }
}

#[test]
fn what_comes_back_ends_what_would_follow() {
    for (feedback, cause) in [
        (Feedback::Bounced { hard: true }, "bounced"),
        (Feedback::Complained, "complained"),
        (Feedback::Unsubscribed, "unsubscribed"),
    ] {
        let (mut shopper, now) = ended(accepted());
        assert!(view(&mut shopper, now).planned);
        hear(&mut shopper, feedback, now);
        assert_eq!(causes(&mut shopper, now), [cause]);
        assert!(!view(&mut shopper, now).planned);
        assert!(matches!(
            state(&shopper, step(0)),
            State::Sent { crossed: false, .. }
        ));
    }
}

#[test]
fn what_failed_at_the_provider_never_went_out_and_an_acceptance_does_not_take_that_back() {
    let (mut shopper, now) = ended(accepted());
    hear(&mut shopper, Feedback::Failed, now);
    assert_eq!(state(&shopper, step(0)).name(), "dead_lettered");
    assert!(causes(&mut shopper, now).is_empty());
    assert!(!hear(&mut shopper, Feedback::Accepted, now + 1).write);
    assert_eq!(state(&shopper, step(0)).name(), "dead_lettered");
    // Told while a try is on its way, it is known before the consumer says that it was accepted.
    let (mut shopper, now) = released();
    hear(&mut shopper, Feedback::Bounced { hard: true }, now + 11);
    outcome(&mut shopper, step(0), 1, accepted(), now + 1_000);
    assert_eq!(state(&shopper, step(0)).name(), "dead_lettered");
    // It may be the news of its acceptance that comes first.
    let (mut shopper, now) = released();
    hear(&mut shopper, Feedback::Accepted, now + 11);
    assert_eq!(state(&shopper, step(0)).name(), "sent");
}

#[test]
fn a_mailbox_that_is_full_is_left_alone_for_a_while() {
    let (mut shopper, now) = ended(accepted());
    hear(&mut shopper, Feedback::Bounced { hard: false }, now);
    assert_eq!(causes(&mut shopper, now), ["soft_bounced"]);
    assert!(
        view(&mut shopper, now).planned,
        "what waits goes on afterwards"
    );
    assert!(causes(&mut shopper, now + 3 * DAY).is_empty());
    // Told a week late, it is over.
    let (mut shopper, now) = ended(accepted());
    let feedback = Feedback::Bounced { hard: false };
    shopper.step(of_mail(step(0), feedback, now), now + 7 * DAY);
    assert!(causes(&mut shopper, now + 7 * DAY).is_empty());
}

#[test]
fn machines_are_marked_and_not_counted() {
    let (mut shopper, now) = ended(accepted());
    hear(&mut shopper, Feedback::Opened { machine: true }, now);
    hear(&mut shopper, Feedback::Clicked { machine: true }, now);
    let echo = view(&mut shopper, now).deliveries[0].echo;
    assert_eq!((echo.opened_at, echo.clicked_at), (None, None));
    assert_eq!(echo.machine_at, Some(now - 10));
    // A click within seconds is a machine's as well, whatever it calls itself; a person's own comes later, and counts.
    hear(&mut shopper, Feedback::Clicked { machine: false }, now + 5);
    let echo = view(&mut shopper, now).deliveries[0].echo;
    assert_eq!(echo.clicked_at, None);
    let later = now + 60_000;
    hear(&mut shopper, Feedback::Opened { machine: false }, later);
    hear(&mut shopper, Feedback::Clicked { machine: false }, later);
    let echo = view(&mut shopper, later).deliveries[0].echo;
    assert_eq!(
        (echo.opened_at, echo.clicked_at),
        (Some(later - 10), Some(later - 10))
    );
}

#[test]
fn a_clock_that_is_ahead_tells_no_future() {
    let (mut shopper, now) = ended(accepted());
    shopper.step(of_mail(step(0), Feedback::Delivered, now + DAY), now);
    let echo = view(&mut shopper, now).deliveries[0].echo;
    assert_eq!(echo.delivered_at, Some(now));
}

#[test]
fn what_was_never_tried_cannot_have_come_back() {
    let mut shopper = left_at(0);
    let before = shopper.clone();
    let told = hear(&mut shopper, Feedback::Bounced { hard: true }, 1_000);
    assert_eq!(told.reply, Reply::Refused(Refused::Closed));
    assert!(!told.write && shopper == before);
    let key = DeliveryKey {
        conversation: 9,
        step: 0,
    };
    let told = shopper.step(of_mail(key, Feedback::Complained, 1), 1_000);
    assert_eq!(told.reply, Reply::Refused(Refused::Closed));
    assert!(shopper == before);
}

#[test]
fn a_person_sees_what_came_back() {
    let (mut shopper, now) = ended(accepted());
    let told = hear(&mut shopper, Feedback::Bounced { hard: true }, now);
    let reports = told.effects.iter().find_map(|effect| match effect {
        Effect::TellDesk { reports, .. } => Some(reports.clone()),
        _ => None,
    });
    let report = reports.unwrap().pop().unwrap();
    assert_eq!(
        (report.state.as_str(), report.code.as_str()),
        ("bounced", "bounced")
    );
}

/// A try at a shop with two providers, of which some rest.
fn try_with(shopper: &mut Shopper, resting: &[Provider], now: u64) -> Reply {
    let resting: Vec<_> = resting.iter().copied().map(Carrier::Email).collect();
    let config = ShopConfig {
        fallback: Some(Provider::Postmark),
        ..config("resend")
    };
    let carts = [(cart(1), Some(snapshot(slot(1, 1, 0))))];
    let (products, keys) = (products(), master());
    let input = ReleaseInput {
        key: step(0),
        carts: &carts,
        products: &products,
        config: &config,
        keys: &keys,
        public_url: "https://edge.example",
        short_url: "https://s.example",
        held_out: false,
        counts_as_held: false,
        draws: &Draws::default(),
        word: NumberWord::Heard(None),
        resting: &resting,
        resting_services: &[],
        customer: None,
    };
    shopper.release(&input, now).reply
}

fn carrier(reply: Reply) -> Option<Provider> {
    match reply {
        Reply::Go(release) => match release.provider {
            Carrier::Email(provider) => Some(provider),
            Carrier::Sms(_) | Carrier::Push | Carrier::Flow(_) => None,
        },
        _ => None,
    }
}

fn due() -> (Shopper, u64) {
    let mut shopper = left_at(0);
    let now = view(&mut shopper, 0).deliveries[0].due_at;
    (shopper, now)
}

#[test]
fn the_second_provider_is_asked_after_the_first_has_provably_failed() {
    let (mut shopper, mut now) = due();
    let busy = || Outcome::Transient {
        code: "resend_429".into(),
    };
    for (attempt, provider) in [
        (1, Provider::Resend),
        (2, Provider::Postmark),
        (3, Provider::Resend),
    ] {
        shopper.step(Input::Wake, now);
        assert_eq!(carrier(try_with(&mut shopper, &[], now)), Some(provider));
        outcome(&mut shopper, step(0), attempt, busy(), now + 1_000);
        now = view(&mut shopper, now).deliveries[0].due_at;
    }
}

#[test]
fn nobody_else_is_asked_once_an_outcome_is_unknown() {
    let (mut shopper, now) = due();
    shopper.step(Input::Wake, now);
    assert_eq!(
        carrier(try_with(&mut shopper, &[], now)),
        Some(Provider::Resend)
    );
    outcome(&mut shopper, step(0), 1, unknown(), now + 1_000);
    let now = view(&mut shopper, now).deliveries[0].due_at;
    shopper.step(Input::Wake, now);
    let rests = try_with(&mut shopper, &[Provider::Resend], now);
    assert_eq!(rests, Reply::Refused(Refused::Resting));
    assert_eq!(
        carrier(try_with(&mut shopper, &[], now)),
        Some(Provider::Resend)
    );
}

#[test]
fn a_provider_that_rests_costs_no_try() {
    let (mut shopper, now) = due();
    shopper.step(Input::Wake, now);
    let before = shopper.clone();
    let both = [Provider::Resend, Provider::Postmark];
    assert_eq!(
        try_with(&mut shopper, &both, now),
        Reply::Refused(Refused::Resting)
    );
    assert!(shopper == before);
    let one = [Provider::Resend];
    assert_eq!(
        carrier(try_with(&mut shopper, &one, now)),
        Some(Provider::Postmark)
    );
}

proptest! {
    /// However tries end and whoever rests, the provider stays once an outcome was unknown.
    #[test]
    fn uncertainty_binds(tries in prop::collection::vec((0_u8..3, 0_u8..4), 1..8)) {
        let (mut shopper, mut now) = due();
        let mut bound: Option<Provider> = None;
        let mut attempt = 0;
        for (ends, rests) in tries {
            shopper.step(Input::Wake, now);
            let all = [Provider::Resend, Provider::Postmark];
            let resting: Vec<Provider> = all.into_iter().enumerate().filter(|(n, _)| rests >> n & 1 == 1).map(|(_, one)| one).collect();
            let Some(provider) = carrier(try_with(&mut shopper, &resting, now)) else { continue };
            attempt += 1;
            prop_assert!(!resting.contains(&provider));
            prop_assert!(bound.is_none_or(|bound| bound == provider));
            let code = String::from("x");
            let (ended, is_unknown) = match ends {
                0 => (Outcome::Transient { code }, false),
                1 => (unknown(), true),
                _ => (Outcome::Rejected { code, recipient: false }, false),
            };
            if is_unknown { bound = Some(provider); }
            outcome(&mut shopper, step(0), attempt, ended, now + 1_000);
            let delivery = shopper.delivery(step(0)).unwrap();
            if delivery.state.is_closed() { break }
            now = delivery.due_at;
        }
    }
}
