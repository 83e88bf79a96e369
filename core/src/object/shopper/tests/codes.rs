//! Messages that name a code of their own.

use super::*;
use crate::platform::api::NewCode;
use crate::sequence::{Gives, Offer};

const NOW: u64 = 10 * DAY;

/// Who offers 10 % with a code of its own, in words of the merchant's.
fn shop() -> ShopConfig {
    let mut config = one_message(HOUR, Template::Offer);
    config.sequences[0].steps[0].offer = Some(Offer {
        code: "BACK-{unique}".into(),
        gives: Gives::Percent(10),
        minimum: None,
    });
    let subject = crate::sequence::Line::new("Ten percent for you").unwrap();
    config.sequences[0].steps[0].subject = Some(subject);
    config
}

fn go(shopper: &mut Shopper, config: &ShopConfig, now: u64) -> Reply {
    let carts = [(cart(1), Some(snapshot(slot(1, 1, NOW))))];
    shopper.step(Input::Wake, now);
    release_as(shopper, step(0), &carts, config, false, now)
}

#[track_caller]
fn gone(reply: Reply) -> (NewCode, Release) {
    match reply {
        Reply::Go(release) => (release.code.clone().expect("a code"), release),
        other => panic!("{other:?}"),
    }
}

fn refused(go_without: bool) -> Outcome {
    Outcome::NoCode {
        code: "not_allowed".into(),
        go_without,
    }
}

fn transient() -> Outcome {
    Outcome::Transient {
        code: "shopify_limited".into(),
    }
}

#[test]
fn the_code_is_the_same_however_often_it_is_tried_and_stands_in_the_message() {
    let config = shop();
    let mut shopper = left_at(NOW);
    let now = NOW + DAY;
    let (code, first) = gone(go(&mut shopper, &config, now));
    assert!(
        code.code.starts_with("BACK-") && code.code.len() == 15,
        "{}",
        code.code
    );
    assert_eq!(
        code.email.as_ref().map(|email| email.as_str()),
        Some("ada@example.com")
    );
    // It counts for seven days whichever of its tries succeeds, each of which may be a fifth later.
    let tries: u64 = retry::DEFAULT_WAITS_MS.iter().sum();
    let ends_at = now + 7 * DAY + tries + tries / 5;
    assert_eq!((code.starts_at, code.ends_at), (now, ends_at));
    assert!(first.message.text().contains(&code.code));
    outcome(&mut shopper, step(0), 1, transient(), now + 1);
    let (again, second) = gone(go(&mut shopper, &config, now + 2 * HOUR));
    assert_eq!((again, second.message), (code.clone(), first.message));
    // What others see of it has no braces.
    let shown = view(&mut shopper, now).deliveries[0].offer.clone().unwrap();
    assert_eq!(shown.code, code.code);
    let ordinal = step(0).ordinal();
    let reply = shopper.step(Input::Offer { ordinal }, now).reply;
    assert_eq!(reply, Reply::Offer(Some(shown)));
}

#[test]
fn a_code_outlives_the_tries_of_the_shops_own_schedule() {
    let mut config = ShopConfig {
        retry_ms: Some(vec![HOUR, 2 * HOUR]),
        ..shop()
    };
    config.platform.code_ms = HOUR;
    let now = NOW + DAY;
    let (code, _) = gone(go(&mut left_at(NOW), &config, now));
    assert_eq!(code.ends_at, now + HOUR + 3 * HOUR + 3 * HOUR / 5);
}

#[test]
fn what_is_tried_again_although_it_may_be_out_names_a_code_of_its_own() {
    let config = shop();
    let again = |wait: u64, provider: &str| {
        let config = ShopConfig {
            provider: self::config(provider).provider,
            ..config.clone()
        };
        let mut shopper = left_at(NOW);
        let now = NOW + DAY;
        let (first, _) = gone(go(&mut shopper, &config, now));
        let lost = Outcome::Unknown {
            code: "lost".into(),
        };
        let lost = Input::Outcome {
            key: step(0),
            attempt: 1,
            outcome: lost,
            waits_ms: vec![],
        };
        shopper.step(lost, now + 1);
        let replay = Input::Replay {
            key: step(0),
            despite_unknown: true,
        };
        let reply = shopper.step(replay, now + wait).reply;
        assert_eq!(reply, Reply::Replayed);
        let (second, release) = gone(go(&mut shopper, &config, now + wait));
        assert!(release.message.text().contains(&second.code));
        first.code == second.code
    };
    assert!(!again(HOUR, "smtp"));
    // Within the window it is the same message as before.
    assert!(again(HOUR, "resend"));
    assert!(!again(2 * DAY, "resend"));
}

#[test]
fn another_shopper_gets_another_code() {
    let config = shop();
    let (mut ada, mut bob) = (left_at(NOW), left_at(NOW));
    bob.id = ShopperId([8; 16]);
    let (first, _) = gone(go(&mut ada, &config, NOW + DAY));
    let (second, _) = gone(go(&mut bob, &config, NOW + DAY));
    assert_ne!(first.code, second.code);
}

#[test]
fn a_code_that_is_refused_takes_the_message_with_it() {
    let config = shop();
    let mut shopper = left_at(NOW);
    gone(go(&mut shopper, &config, NOW + DAY));
    outcome(&mut shopper, step(0), 1, refused(false), NOW + DAY + 1);
    assert_eq!(
        state(&shopper, step(0)),
        &State::Skipped(Skip::OfferRefused)
    );
    let shown = view(&mut shopper, NOW + DAY).deliveries[0].clone();
    assert_eq!(shown.reason.as_deref(), Some("offer_refused"));
    assert!(shown.sentence.unwrap().contains("not_allowed"));
}

#[test]
fn where_the_shop_says_so_it_goes_without_a_word_of_the_offer() {
    let config = shop();
    let mut shopper = left_at(NOW);
    let now = NOW + DAY;
    let (code, _) = gone(go(&mut shopper, &config, now));
    outcome(&mut shopper, step(0), 1, refused(true), now + 1);
    let Reply::Go(release) = go(&mut shopper, &config, now + 2) else {
        panic!("it does not go");
    };
    assert_eq!((release.attempt, &release.code), (2, &None));
    let mail = release.message.mail().unwrap();
    for text in [mail.subject, mail.html, mail.text] {
        assert!(
            !text.contains(&code.code) && !text.contains("10%"),
            "{text}"
        );
        assert!(!text.contains("Ten percent"), "{text}");
    }
    outcome(&mut shopper, step(0), 2, accepted(), now + 3);
    let shown = view(&mut shopper, now).deliveries[0].clone();
    assert_eq!((shown.offer, shown.template.as_str()), (None, "reminder"));
    let codes: Vec<_> = shown
        .decisions
        .iter()
        .map(|one| one.code.as_str())
        .collect();
    assert!(codes.contains(&"goes_without_offer"), "{codes:?}");
}

#[test]
fn a_refusal_after_a_try_that_may_have_arrived_leaves_it_unknown() {
    let config = config_of("resend");
    let mut shopper = left_at(NOW);
    let now = NOW + DAY;
    gone(go(&mut shopper, &config, now));
    let lost = Outcome::Unknown {
        code: "timeout".into(),
    };
    outcome(&mut shopper, step(0), 1, lost, now + 1);
    gone(go(&mut shopper, &config, now + HOUR));
    outcome(&mut shopper, step(0), 2, refused(true), now + HOUR + 1);
    assert!(matches!(state(&shopper, step(0)), State::Unknown { .. }));
}

fn config_of(provider: &str) -> ShopConfig {
    ShopConfig {
        provider: config(provider).provider,
        ..shop()
    }
}

#[test]
fn a_refusal_after_a_stop_is_the_stops() {
    let config = shop();
    let mut shopper = left_at(NOW);
    gone(go(&mut shopper, &config, NOW + DAY));
    shopper.step(Input::Unsubscribe, NOW + DAY + 1);
    outcome(&mut shopper, step(0), 1, refused(true), NOW + DAY + 2);
    assert_eq!(
        state(&shopper, step(0)),
        &State::Skipped(Skip::Unsubscribed)
    );
}
