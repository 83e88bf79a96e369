//! After a miss: the question, the answer, and what follows.

use super::*;
use crate::delivery::Skip;
use crate::object::shopper::about::About;
use crate::survey::Answer;
use crate::token::{LinkPurpose, Token};

const SILENCE: u64 = 90 * DAY;

/// A shop that asks two days after a cart was left, and wins back who names the price.
fn asking() -> ShopConfig {
    let mut config = one_message(DAY, Template::Reminder);
    config.caps.caps.clear();
    config.sequences[0]
        .steps
        .push(Step::new(2 * DAY, Template::Survey));
    let win_back = r#"{"id":"win-back","version":1,"name":"Win back","trigger":{"answer":{"answers":["price"]}},
        "steps":[{"after_ms":7200000,"template":"offer","offer":{"code":"WINBACK15","percent":15}}]}"#;
    config
        .sequences
        .push(crate::sequence::Sequence::parse(win_back.as_bytes()).unwrap());
    config
}

fn tell_of(shopper: &mut Shopper, config: &ShopConfig, slot: Slot, now: u64) {
    let who = ada(true);
    shopper.step(
        Input::Slot {
            shop: SHOP,
            shopper: ADA,
            object: "cart".into(),
            slot,
            identify: who,
            named_at: None,
            settings: PlanSettings::of(config),
            errands: ErrandSettings::default(),
        },
        now,
    );
}

/// Both messages were sent; the survey is the second.
fn asked(config: &ShopConfig) -> Shopper {
    let mut shopper = Shopper::new(SHOP, ADA);
    tell_of(&mut shopper, config, slot(1, 1, 0), 0);
    for n in 0..2 {
        let reply = send(&mut shopper, config, 1, n);
        assert!(matches!(reply, Reply::Go(_)), "{reply:?}");
    }
    assert!(shopper.plan.is_none());
    shopper
}

/// Wakes the shopper when it wants to, and sends what is due.
fn send(shopper: &mut Shopper, config: &ShopConfig, conversation: u16, step: u8) -> Reply {
    let now = shopper.next_alarm().unwrap();
    shopper.step(Input::Wake, now);
    let key = DeliveryKey { conversation, step };
    let carts: Vec<_> = shopper
        .carts()
        .iter()
        .map(|(cart, bound)| (*cart, Some(snapshot(bound.slot.clone()))))
        .collect();
    let reply = release_as(shopper, key, &carts, config, false, now);
    if let Reply::Go(go) = &reply {
        outcome(shopper, key, go.attempt, accepted(), now);
    }
    reply
}

fn say(
    shopper: &mut Shopper,
    config: &ShopConfig,
    answer: Answer,
    now: u64,
) -> Commit<Effect, Reply> {
    shopper.step(
        Input::Answered {
            answer,
            ordinal: u16::from_be_bytes([1, 1]),
            silence_ms: config.survey.silence_after(answer),
            settings: PlanSettings::of(config),
        },
        now,
    )
}

#[test]
fn the_question_has_its_own_link_and_the_way_back() {
    let config = asking();
    let mut shopper = Shopper::new(SHOP, ADA);
    tell_of(&mut shopper, &config, slot(1, 1, 0), 0);
    let Reply::Go(reminder) = send(&mut shopper, &config, 1, 0) else {
        panic!("refused")
    };
    assert!(!reminder.message.mail().unwrap().text.contains("/s/"));
    let Reply::Go(survey) = send(&mut shopper, &config, 1, 1) else {
        panic!("refused")
    };
    let message = survey.message;
    assert!(message.mail().unwrap().subject.contains("One question"));
    for part in [&message.mail().unwrap().text, &message.mail().unwrap().html] {
        assert!(
            part.contains("https://edge.example/s/") && part.contains("https://edge.example/r/")
        );
    }
    let (_, link) = message.mail().unwrap().text.split_once("/s/").unwrap();
    let token = Token::verify(&link[..64], &[LinkPurpose::Survey], &master(), 2 * DAY).unwrap();
    assert_eq!((token.subject, token.ordinal), (ADA.0, 0x0101));
    assert!(
        Token::verify(
            &link[..64],
            &[LinkPurpose::Recovery, LinkPurpose::Unsubscribe],
            &master(),
            0
        )
        .is_err()
    );
}

#[test]
fn an_answer_is_told_once_and_a_second_one_replaces_it() {
    let config = asking();
    let mut shopper = asked(&config);
    let now = 3 * DAY;
    let commit = say(&mut shopper, &config, Answer::Later, now);
    assert!(commit.write);
    assert_eq!(commit.reply, Reply::Taken { settled: true });
    assert_eq!(
        view(&mut shopper, now).answered,
        Some((String::from("later"), now))
    );
    assert!(
        !say(&mut shopper, &config, Answer::Later, now + 1).write,
        "said again"
    );
    say(&mut shopper, &config, Answer::Payment, now + 2);
    let told: Vec<_> = shopper
        .reports
        .iter()
        .map(|report| (report.state.as_str(), report.code.as_str()))
        .collect();
    // The desk keeps one line a survey: the last.
    assert_eq!(told, [("answered", "later"), ("answered", "payment")]);
    assert!(shopper.plan.is_none(), "no sequence is for that");
    // Nobody was asked under that name.
    let other = Input::Answered {
        answer: Answer::Price,
        ordinal: 0x0100,
        silence_ms: None,
        settings: PlanSettings::of(&config),
    };
    assert_eq!(
        shopper.step(other, now).reply,
        Reply::Refused(Refused::Closed)
    );
}

#[test]
fn whoever_has_nothing_left_in_mind_is_left_alone_for_a_while() {
    let config = asking();
    let mut shopper = asked(&config);
    let now = 3 * DAY;
    say(&mut shopper, &config, Answer::BoughtElsewhere, now);
    let told = view(&mut shopper, now);
    assert_eq!(told.suppressions[0].cause, "silenced");
    assert_eq!(told.suppressions[0].until, Some(now + SILENCE));
    // Another cart within that time: its reminder would come more than thirty days too late, and is not sent.
    tell_of(&mut shopper, &config, slot(2, 1, 4 * DAY), 4 * DAY);
    let reply = send(&mut shopper, &config, 2, 0);
    assert_eq!(reply, Reply::Refused(Refused::Closed));
    let key = DeliveryKey {
        conversation: 2,
        step: 0,
    };
    assert_eq!(state(&shopper, key), &State::Skipped(Skip::Silenced));
    // A merchant may lift it, and so does another answer.
    say(&mut shopper, &config, Answer::Other, 5 * DAY);
    assert!(view(&mut shopper, 5 * DAY).suppressions.is_empty());
}

#[test]
fn whoever_names_the_price_gets_another_one_for_the_very_cart() {
    let config = asking();
    let mut shopper = asked(&config);
    say(&mut shopper, &config, Answer::Price, 3 * DAY);
    assert_eq!(shopper.next_alarm(), Some(3 * DAY + 2 * HOUR));
    let Reply::Go(go) = send(&mut shopper, &config, 2, 0) else {
        panic!("refused")
    };
    assert!(go.message.mail().unwrap().html.contains("WINBACK15"));
    assert_eq!(go.message.cart, cart(1));
    assert!(shopper.plan.is_none());
    // Once: neither the same answer nor anything else begins it again.
    say(&mut shopper, &config, Answer::Price, 4 * DAY);
    assert_eq!(shopper.next_alarm(), None);
}

#[test]
fn nothing_follows_an_answer_about_what_was_bought_or_emptied() {
    let config = asking();
    for passed in [
        bought(1, 2, 3 * DAY + 1),
        Slot {
            status: Status::Empty,
            epoch: 1,
            ..slot(1, 2, 3 * DAY + 1)
        },
    ] {
        let mut shopper = asked(&config);
        say(&mut shopper, &config, Answer::Price, 3 * DAY);
        tell_of(&mut shopper, &config, passed.clone(), 3 * DAY + 1);
        if let Some(now) = shopper.next_alarm() {
            shopper.step(Input::Wake, now);
            let key = DeliveryKey {
                conversation: 2,
                step: 0,
            };
            let carts = [(cart(1), Some(snapshot(passed.clone())))];
            assert!(!matches!(
                release_as(&mut shopper, key, &carts, &config, false, now),
                Reply::Go(_)
            ));
        }
        // Said once it was bought: taken, and no more.
        let mut shopper = asked(&config);
        tell_of(&mut shopper, &config, passed, 3 * DAY + 1);
        say(&mut shopper, &config, Answer::Price, 3 * DAY + 2);
        assert!(shopper.plan.is_none());
    }
}

#[test]
fn a_win_back_is_taken_back_with_its_answer_unless_it_was_sent() {
    let config = asking();
    let mut shopper = asked(&config);
    say(&mut shopper, &config, Answer::Price, 3 * DAY);
    say(&mut shopper, &config, Answer::JustLooking, 3 * DAY + 1);
    assert!(shopper.plan.is_none());
    assert_eq!(shopper.next_alarm(), None);
}

#[test]
fn an_unsubscribe_and_a_cart_begun_since_go_before_an_answer() {
    let config = asking();
    let mut shopper = asked(&config);
    say(&mut shopper, &config, Answer::Price, 3 * DAY);
    shopper.step(Input::Unsubscribe, 3 * DAY + 1);
    assert_eq!(shopper.next_alarm(), None);
    let mut shopper = asked(&config);
    say(&mut shopper, &config, Answer::Price, 3 * DAY);
    tell_of(
        &mut shopper,
        &config,
        slot(2, 1, 3 * DAY + HOUR),
        3 * DAY + HOUR,
    );
    let plan = shopper.plan.as_ref().unwrap();
    assert!(
        plan.about.is_cart(),
        "a new departure is a story of its own"
    );
}

#[test]
fn a_joined_identitys_answer_counts_under_the_new_name() {
    let config = asking();
    let mut loser = asked(&config);
    loser.id = ShopperId([9; 16]);
    say(&mut loser, &config, Answer::Price, 3 * DAY);
    let mut winner = Shopper::new(SHOP, ADA);
    tell_of(&mut winner, &config, slot(3, 1, DAY), DAY);
    loser.step(Input::Join { into: ADA }, 3 * DAY + 1);
    let adoption = Adoption {
        loser: Box::new(loser),
        settings: &PlanSettings::of(&config),
        counts_as_held: false,
        holdout_bp: 500,
    };
    winner.adopt(adoption, 3 * DAY + 2);
    assert_eq!(
        view(&mut winner, 4 * DAY).answered,
        Some((String::from("price"), 3 * DAY))
    );
    // The old link names the survey by its old number; who has gone raises it.
    let raised = u16::from_be_bytes([2, 1]);
    let again = Input::Answered {
        answer: Answer::JustLooking,
        ordinal: raised,
        silence_ms: Some(SILENCE),
        settings: PlanSettings::of(&config),
    };
    assert!(matches!(
        winner.step(again, 4 * DAY).reply,
        Reply::Taken { .. }
    ));
    assert_eq!(
        view(&mut winner, 4 * DAY).answered.unwrap().0,
        "just_looking"
    );
}

#[test]
fn an_answer_after_the_purchase_begins_nothing_about_what_is_left_later() {
    let config = asking();
    for (first, then) in [(3 * DAY + 1, 3 * DAY + 2), (3 * DAY + 2, 3 * DAY + 1)] {
        let mut shopper = asked(&config);
        // The order before the answer, and the other way round.
        let mut events = [(first, true), (then, false)];
        events.sort_unstable();
        for (now, is_order) in events {
            if is_order {
                tell_of(&mut shopper, &config, bought(1, 2, now), now);
            } else {
                say(&mut shopper, &config, Answer::Price, now);
            }
        }
        let later = 10 * DAY;
        tell_of(&mut shopper, &config, slot(2, 1, later), later);
        while let Some(now) = shopper.next_alarm().filter(|now| *now < 60 * DAY) {
            let Some(plan) = &shopper.plan else { break };
            assert!(!matches!(plan.about, About::Answer(_)));
            let (conversation, step) = (plan.conversation, plan.current);
            send(&mut shopper, &config, conversation, step);
            assert!(shopper.next_alarm() > Some(now) || shopper.plan.is_none());
        }
    }
}

#[test]
fn another_answer_leaves_what_the_merchant_silenced_for_good() {
    let config = asking();
    let mut shopper = asked(&config);
    say(&mut shopper, &config, Answer::JustLooking, 3 * DAY);
    let input = Input::Suppress {
        cause: crate::object::shopper::Cause::Silenced,
        until: None,
    };
    shopper.step(input, 3 * DAY + 1);
    say(&mut shopper, &config, Answer::Price, 3 * DAY + 2);
    assert!(shopper.is_suppressed_for_good());
}

#[test]
fn another_answer_leaves_a_silence_of_the_merchants_that_ends() {
    let config = asking();
    let mut shopper = asked(&config);
    let input = Input::Suppress {
        cause: crate::object::shopper::Cause::Silenced,
        until: Some(400 * DAY),
    };
    shopper.step(input, 2 * DAY);
    say(&mut shopper, &config, Answer::JustLooking, 3 * DAY);
    say(&mut shopper, &config, Answer::Price, 3 * DAY + 1);
    let told = view(&mut shopper, 3 * DAY + 2);
    assert_eq!(told.suppressions[0].until, Some(400 * DAY));
}

#[test]
fn what_a_win_back_shows_and_was_emptied_since_is_not_sent_again() {
    let config = asking();
    let mut shopper = Shopper::new(SHOP, ADA);
    let slots = [slot(1, 1, 0), slot(2, 1, 1)];
    for slot in &slots {
        tell_of(&mut shopper, &config, slot.clone(), 1);
    }
    for n in 0..2 {
        assert!(matches!(send(&mut shopper, &config, 1, n), Reply::Go(_)));
    }
    say(&mut shopper, &config, Answer::Price, 3 * DAY);
    let now = shopper.next_alarm().unwrap();
    shopper.step(Input::Wake, now);
    let key = DeliveryKey {
        conversation: 2,
        step: 0,
    };
    let carts = slots.map(|slot| (slot.cart, Some(snapshot(slot))));
    let Reply::Go(go) = release_as(&mut shopper, key, &carts, &config, false, now) else {
        panic!("refused")
    };
    let failed = Outcome::Transient { code: "5xx".into() };
    outcome(&mut shopper, key, go.attempt, failed, now + 1);
    let shown = shopper.delivery(key).unwrap().frozen.as_ref().unwrap().cart;
    let emptied = Slot {
        status: Status::Empty,
        epoch: 1,
        ..slot(if shown == cart(1) { 1 } else { 2 }, 2, now + 2)
    };
    tell_of(&mut shopper, &config, emptied.clone(), now + 2);
    let due = shopper.next_alarm().unwrap();
    shopper.step(Input::Wake, due);
    let carts: Vec<_> = shopper
        .carts()
        .iter()
        .map(|(cart, bound)| (*cart, Some(snapshot(bound.slot.clone()))))
        .collect();
    let reply = release_as(&mut shopper, key, &carts, &config, false, due);
    assert!(!matches!(reply, Reply::Go(_)), "{reply:?}");
}
