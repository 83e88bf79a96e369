//! Marketing platforms: the same gate as for any message, and a word to the platform when nothing may follow.

use super::*;
use crate::channel::Channel;
use crate::delivery::{Body, FlowPlatform, Happening};
use crate::object::shopper::Adoption;
use crate::shop::Carrier;

const NOON: u64 = 1_800_010_800_000;

fn shop(flows: &str) -> ShopConfig {
    let mut config = one_message(DAY, Template::Reminder);
    config.flows = serde_json::from_str(flows).unwrap();
    config
}

fn klaviyo() -> ShopConfig {
    shop(r#"[{"platform":"klaviyo"}]"#)
}

fn go(shopper: &mut Shopper, config: &ShopConfig, now: u64) -> Reply {
    let carts = [(cart(1), Some(snapshot(slot(1, 1, NOON))))];
    release_as(shopper, step(0), &carts, config, false, now)
}

fn released(reply: Reply) -> Release {
    match reply {
        Reply::Go(release) => release,
        other => panic!("{other:?}"),
    }
}

fn recall_at(platform: FlowPlatform) -> DeliveryKey {
    DeliveryKey::recall(1, platform, Channel::Email)
}

/// A cart that was left, and handed over to Klaviyo.
fn handed() -> (Shopper, ShopConfig) {
    let config = klaviyo();
    let mut shopper = left_at(NOON);
    released(go(&mut shopper, &config, NOON + DAY));
    outcome(&mut shopper, step(0), 1, accepted(), NOON + DAY + 1);
    (shopper, config)
}

fn told(shopper: &mut Shopper, config: &ShopConfig, key: DeliveryKey, now: u64) -> Release {
    shopper.step(Input::Wake, now);
    released(release_as(shopper, key, &[], config, false, now))
}

#[test]
fn a_flow_gets_an_event_with_the_links_under_the_rules_of_any_message() {
    let config = klaviyo();
    let mut shopper = left_at(NOON);
    let release = released(go(&mut shopper, &config, NOON + DAY));
    assert_eq!(release.provider, Carrier::Flow(FlowPlatform::Klaviyo));
    let text = release.message.text().to_owned();
    let Body::Event {
        to,
        happening,
        total,
        ..
    } = release.message.body
    else {
        panic!("no event");
    };
    assert_eq!(
        (to.as_str(), happening),
        ("ada@example.com", Happening::Due)
    );
    assert_eq!(total.unwrap().minor, 3_800);
    assert!(text.contains("https://edge.example/r/") && text.contains("https://edge.example/u/"));
    assert!(!text.contains("ada@example.com"));
    // Nobody who is held out, has not agreed or has bought is handed over.
    let mut held = left_at(NOON);
    let carts = [(cart(1), Some(snapshot(slot(1, 1, NOON))))];
    let reply = release_as(&mut held, step(0), &carts, &config, true, NOON + DAY);
    assert_eq!(reply, Reply::Refused(Refused::Closed));
    assert_eq!(state(&held, step(0)).name(), "skipped");
    let mut buyer = left_at(NOON);
    tell(&mut buyer, bought(1, 2, NOON + 5), None, NOON + 5);
    assert_eq!(
        go(&mut buyer, &config, NOON + DAY),
        Reply::Refused(Refused::Closed)
    );
    assert!(buyer.delivery(recall_at(FlowPlatform::Klaviyo)).is_none());
}

#[test]
fn a_try_is_repeated_only_where_the_platform_knows_the_event_again() {
    for (name, again) in [
        ("klaviyo", true),
        ("hubspot", true),
        ("braze", false),
        ("attentive", false),
    ] {
        let config = shop(&format!(r#"[{{"platform":"{name}"}}]"#));
        let mut shopper = left_at(NOON);
        let first = released(go(&mut shopper, &config, NOON + DAY));
        let lost = Outcome::Unknown {
            code: "lost".into(),
        };
        outcome(&mut shopper, step(0), 1, lost, NOON + DAY + 1);
        let expected = if again { "scheduled" } else { "unknown" };
        assert_eq!(state(&shopper, step(0)).name(), expected, "{name}");
        if again {
            let later = NOON + DAY + 2 * HOUR;
            let second = released(go(&mut shopper, &config, later));
            assert_eq!(second.message, first.message);
        }
    }
}

#[test]
fn what_was_written_for_a_platform_stays_there_whatever_the_shop_decides_meanwhile() {
    let config = klaviyo();
    let mut shopper = left_at(NOON);
    let first = released(go(&mut shopper, &config, NOON + DAY));
    let busy = Outcome::Transient {
        code: "klaviyo_429".into(),
    };
    outcome(&mut shopper, step(0), 1, busy, NOON + DAY + 1);
    let mailing = one_message(DAY, Template::Reminder);
    let second = released(go(&mut shopper, &mailing, NOON + DAY + HOUR));
    assert_eq!(
        (second.provider, second.message),
        (first.provider, first.message)
    );
}

#[test]
fn an_order_is_told_to_the_platform_once_and_until_it_has_arrived() {
    let (mut shopper, config) = handed();
    let at = NOON + DAY + HOUR;
    let commit = tell(&mut shopper, bought(1, 2, at), None, at);
    assert_eq!(commit.reply, Reply::Taken { settled: true });
    let key = recall_at(FlowPlatform::Klaviyo);
    assert_eq!(shopper.next_alarm(), Some(at));
    let release = told(&mut shopper, &config, key, at);
    let Body::Event {
        happening,
        properties,
        ..
    } = &release.message.body
    else {
        panic!("no event");
    };
    assert_eq!(*happening, Happening::Stopped);
    assert!(properties.contains(r#""cause":"ordered""#), "{properties}");
    // It is no message: nothing waits for it, and no cap counts it.
    assert_eq!(shopper.live_lease(at), None);
    let counted = shopper.sent.len();
    outcome(
        &mut shopper,
        key,
        1,
        Outcome::Unknown {
            code: "lost".into(),
        },
        at + 1,
    );
    assert_eq!(shopper.sent.len(), counted);
    let later = at + HOUR;
    let again = told(&mut shopper, &config, key, later);
    assert_eq!(again.message, release.message);
    outcome(&mut shopper, key, 2, accepted(), later + 1);
    assert!(matches!(
        state(&shopper, key),
        State::Sent { crossed: false, .. }
    ));
    // Neither a repeat nor another stop tells it again.
    tell(&mut shopper, bought(1, 3, at), None, later + 2);
    shopper.step(Input::Unsubscribe, later + 3);
    assert_eq!(shopper.next_alarm(), None);
    let shown = view(&mut shopper, later + 4);
    assert_eq!(shown.deliveries.last().unwrap().template, "recall");
}

#[test]
fn a_platform_that_repeats_events_is_told_again_as_well_because_an_end_ends_nothing_twice() {
    let config = shop(r#"[{"platform":"braze"}]"#);
    let mut shopper = left_at(NOON);
    released(go(&mut shopper, &config, NOON + DAY));
    outcome(&mut shopper, step(0), 1, accepted(), NOON + DAY + 1);
    let at = NOON + DAY + HOUR;
    shopper.step(Input::Unsubscribe, at);
    let key = recall_at(FlowPlatform::Braze);
    told(&mut shopper, &config, key, at);
    // The consumer was killed.
    shopper.step(Input::Wake, at + 20_000);
    told(&mut shopper, &config, key, at + 20_001);
    outcome(&mut shopper, key, 2, accepted(), at + 20_002);
    assert_eq!(state(&shopper, key).name(), "sent");
}

#[test]
fn a_recall_does_not_overtake_what_it_takes_back() {
    let config = klaviyo();
    let mut shopper = left_at(NOON);
    let release = released(go(&mut shopper, &config, NOON + DAY));
    let at = NOON + DAY + 5;
    let commit = tell(&mut shopper, bought(1, 2, at), None, at);
    assert_eq!(commit.reply, Reply::Taken { settled: false });
    let key = recall_at(FlowPlatform::Klaviyo);
    assert_eq!(shopper.delivery(key).unwrap().due_at, release.lease_until);
}

#[test]
fn nobody_is_told_of_what_nobody_was_handed() {
    let mut shopper = left_at(NOON);
    let config = one_message(DAY, Template::Reminder);
    released(go(&mut shopper, &config, NOON + DAY));
    outcome(&mut shopper, step(0), 1, accepted(), NOON + DAY + 1);
    shopper.step(Input::Unsubscribe, NOON + DAY + 2);
    assert_eq!(shopper.next_alarm(), None);
    // Nor of what has provably not arrived.
    let config = klaviyo();
    let mut shopper = left_at(NOON);
    released(go(&mut shopper, &config, NOON + DAY));
    let refused = Outcome::Rejected {
        code: "klaviyo_400".into(),
        recipient: false,
    };
    outcome(&mut shopper, step(0), 1, refused, NOON + DAY + 1);
    shopper.step(Input::Unsubscribe, NOON + DAY + 2);
    assert_eq!(shopper.next_alarm(), None);
}

#[test]
fn a_text_by_a_flow_wants_the_consent_of_texts_and_names_the_number_alone() {
    let mut config = shop(r#"[{"platform":"attentive","channel":"sms"}]"#);
    config.sequences[0].steps[0].channels = vec![Channel::Sms];
    let said = |sms| {
        let mut identify = ada(true).unwrap();
        identify.phone = Some("+4915799000001".parse().unwrap());
        identify.consent.as_mut().unwrap().sms = sms;
        Some(identify)
    };
    let left = |identify| {
        let mut shopper = Shopper::new(SHOP, ADA);
        let input = Input::Slot {
            shop: SHOP,
            shopper: ADA,
            object: "cart".into(),
            slot: slot(1, 1, NOON),
            identify,
            named_at: None,
            settings: PlanSettings::of(&config),
            errands: ErrandSettings::default(),
        };
        shopper.step(input, NOON);
        shopper
    };
    let mut shopper = left(said(Some(true)));
    let release = released(go(&mut shopper, &config, NOON + DAY));
    let Body::Event { to, .. } = &release.message.body else {
        panic!("no event");
    };
    assert_eq!(
        (to.as_str(), to.channel()),
        ("+4915799000001", Channel::Sms)
    );
    let mut unwilling = left(said(None));
    assert_eq!(
        go(&mut unwilling, &config, NOON + DAY),
        Reply::Refused(Refused::Closed)
    );
}

fn replay(shopper: &mut Shopper, key: DeliveryKey, despite_unknown: bool, now: u64) -> Reply {
    let input = Input::Replay {
        key,
        despite_unknown,
    };
    shopper.step(input, now).reply
}

#[test]
fn a_flow_that_may_have_begun_is_not_begun_again() {
    let config = shop(r#"[{"platform":"braze"}]"#);
    let mut shopper = left_at(NOON);
    released(go(&mut shopper, &config, NOON + DAY));
    let lost = Outcome::Unknown {
        code: "lost".into(),
    };
    outcome(&mut shopper, step(0), 1, lost, NOON + DAY + 1);
    let reply = replay(&mut shopper, step(0), true, NOON + DAY + 2);
    assert_eq!(reply, Reply::NotReplayed("unknown_at_flow".into()));
    let at = NOON + DAY + HOUR;
    tell(&mut shopper, bought(1, 2, at), None, at);
    assert!(shopper.delivery(recall_at(FlowPlatform::Braze)).is_some());
}

fn refused() -> Outcome {
    Outcome::Rejected {
        code: "klaviyo_400".into(),
        recipient: false,
    }
}

#[test]
fn a_dead_recall_is_told_again_whatever_forbids_messages() {
    let (mut shopper, config) = handed();
    let at = NOON + DAY + HOUR;
    shopper.step(Input::Unsubscribe, at);
    let key = recall_at(FlowPlatform::Klaviyo);
    told(&mut shopper, &config, key, at);
    outcome(&mut shopper, key, 1, refused(), at + 1);
    assert_eq!(state(&shopper, key).name(), "dead_lettered");
    assert_eq!(replay(&mut shopper, key, false, at + 2), Reply::Replayed);
    assert_eq!(replay(&mut shopper, key, false, at + 3), Reply::Replayed);
    assert!(!view(&mut shopper, at + 3).planned);
    let release = told(&mut shopper, &config, key, at + 4);
    assert!(
        release.message.key.ends_with("_r1"),
        "{}",
        release.message.key
    );
    assert!(release.message.text().contains("unsubscribed"));
    // What is heard of the try before says nothing of this one.
    outcome(&mut shopper, key, 1, accepted(), at + 5);
    assert_eq!(state(&shopper, key).name(), "released");
    outcome(&mut shopper, key, release.attempt, refused(), at + 6);
    // Nor does another stop pass over what is dead.
    shopper.step(Input::Unsubscribe, at + 7);
    let release = told(&mut shopper, &config, key, at + 8);
    assert!(release.message.key.ends_with("_r2"));
    outcome(&mut shopper, key, release.attempt, accepted(), at + 9);
    assert_eq!(state(&shopper, key).name(), "sent");
    assert_eq!(shopper.next_alarm(), None);
}

#[test]
fn what_is_handed_over_after_a_recall_is_recalled_as_well() {
    let mut config = config("smtp");
    config.flows = klaviyo().flows;
    let mut shopper = left_at(NOON);
    let (mut at, mut n) = (NOON, 0);
    while let Some(next) = view(&mut shopper, at)
        .deliveries
        .iter()
        .find(|one| one.state == "scheduled")
    {
        at = next.due_at;
        shopper.step(Input::Wake, at);
        let carts = [(cart(1), Some(snapshot(slot(1, 1, NOON))))];
        released(release_as(
            &mut shopper,
            step(n),
            &carts,
            &config,
            false,
            at,
        ));
        let ended = if n == 0 { accepted() } else { refused() };
        outcome(&mut shopper, step(n), 1, ended, at + 1);
        n += 1;
    }
    assert!(n > 1);
    let last = step(n - 1);
    let cause = Cause::Withheld;
    let withheld = Input::Suppress { cause, until: None };
    shopper.step(withheld, at + HOUR);
    let key = recall_at(FlowPlatform::Klaviyo);
    told(&mut shopper, &config, key, at + HOUR);
    outcome(&mut shopper, key, 1, accepted(), at + HOUR + 1);
    shopper.step(Input::Lift { cause }, at + 2 * HOUR);
    let later = at + 3 * HOUR;
    assert_eq!(replay(&mut shopper, last, false, later), Reply::Replayed);
    shopper.step(Input::Wake, later);
    let carts = [(cart(1), Some(snapshot(slot(1, 1, NOON))))];
    released(release_as(
        &mut shopper,
        last,
        &carts,
        &config,
        false,
        later,
    ));
    outcome(&mut shopper, last, 2, accepted(), later + 1);
    shopper.step(Input::Unsubscribe, later + HOUR);
    let release = told(&mut shopper, &config, key, later + HOUR);
    assert!(release.message.key.ends_with("_r1"));
}

#[test]
fn a_no_to_one_channel_takes_back_what_flows_write_by_it_and_nothing_else() {
    let key = recall_at(FlowPlatform::Klaviyo);
    let at = NOON + DAY + HOUR;
    let opt = |channel| Input::Opt {
        channel,
        wanted: false,
    };
    let (mut shopper, config) = handed();
    shopper.step(opt(Channel::Sms), at);
    assert!(shopper.delivery(key).is_none());
    let reply = shopper.step(opt(Channel::Email), at).reply;
    assert_eq!(reply, Reply::Taken { settled: true });
    let release = told(&mut shopper, &config, key, at);
    assert!(release.message.text().contains("opted_out"));
    // A consent that is taken back.
    let (mut shopper, config) = handed();
    let no = Some(Identify {
        at,
        told_at: None,
        ..ada(false).unwrap()
    });
    tell(&mut shopper, slot(1, 2, NOON), no, at);
    let release = told(&mut shopper, &config, key, at);
    assert!(release.message.text().contains("no_consent"));
    outcome(&mut shopper, key, 1, accepted(), at + 1);
    shopper.step(Input::Unsubscribe, at + 2);
    assert_eq!(shopper.next_alarm(), None, "all of it was taken back");
}

const TEXTED: &str = "+4915799000001";

/// The same, with a text by a flow of the same platform.
fn handed_both() -> (Shopper, ShopConfig) {
    let (mut shopper, config) = handed();
    let with_number = Some(Identify {
        at: 2,
        told_at: None,
        phone: Some(TEXTED.parse().unwrap()),
        ..ada(true).unwrap()
    });
    let at = NOON + DAY + HOUR;
    tell(&mut shopper, slot(1, 2, NOON), with_number, at);
    let by_text = Delivery {
        key: step(1),
        channel: Some(Channel::Sms),
        ..shopper.delivery(step(0)).unwrap().clone()
    };
    shopper.deliveries.push(by_text);
    (shopper, config)
}

fn whom(release: &Release) -> String {
    match &release.message.body {
        Body::Event { to, .. } => to.as_str().to_owned(),
        _ => panic!("no event"),
    }
}

fn text_recall() -> DeliveryKey {
    DeliveryKey::recall(1, FlowPlatform::Klaviyo, Channel::Sms)
}

const NO_TEXTS: Input = Input::Opt {
    channel: Channel::Sms,
    wanted: false,
};

#[test]
fn a_full_stop_names_each_contact_that_a_platform_has() {
    let (mut shopper, config) = handed_both();
    let at = NOON + DAY + 2 * HOUR;
    shopper.step(Input::Unsubscribe, at);
    let mail = told(&mut shopper, &config, recall_at(FlowPlatform::Klaviyo), at);
    let text = told(&mut shopper, &config, text_recall(), at);
    assert_eq!(
        (whom(&mail).as_str(), whom(&text).as_str()),
        ("ada@example.com", TEXTED)
    );
    assert_ne!(mail.message.key, text.message.key);
}

#[test]
fn a_full_stop_is_told_of_the_other_contact_whatever_became_of_the_stop_of_one_channel() {
    let key = recall_at(FlowPlatform::Klaviyo);
    let lost = || Outcome::Unknown {
        code: "lost".into(),
    };
    let busy = || Outcome::Transient {
        code: "klaviyo_429".into(),
    };
    // It has not set out, it is on its way, it will be tried again, it has arrived, it never did.
    for became in [
        None,
        Some(None),
        Some(Some(lost())),
        Some(Some(busy())),
        Some(Some(accepted())),
        Some(Some(refused())),
    ] {
        let (mut shopper, config) = handed_both();
        let at = NOON + DAY + 2 * HOUR;
        shopper.step(NO_TEXTS, at);
        assert!(shopper.delivery(key).is_none());
        if let Some(outcome_of) = became {
            let release = told(&mut shopper, &config, text_recall(), at);
            assert_eq!(whom(&release), TEXTED);
            if let Some(ended) = outcome_of {
                outcome(&mut shopper, text_recall(), 1, ended, at + 1);
            }
        }
        shopper.step(Input::Unsubscribe, at + 2);
        let release = told(&mut shopper, &config, key, at + 2);
        assert_eq!(whom(&release), "ada@example.com");
        outcome(&mut shopper, key, 1, accepted(), at + 3);
        assert_eq!(state(&shopper, key).name(), "sent");
        assert!(shopper.delivery(text_recall()).is_some());
    }
}

#[test]
fn what_was_taken_back_for_one_channel_is_taken_back_once() {
    let (mut shopper, config) = handed_both();
    let at = NOON + DAY + 2 * HOUR;
    shopper.step(NO_TEXTS, at);
    told(&mut shopper, &config, text_recall(), at);
    outcome(&mut shopper, text_recall(), 1, accepted(), at + 1);
    shopper.step(Input::Unsubscribe, at + 2);
    let key = recall_at(FlowPlatform::Klaviyo);
    told(&mut shopper, &config, key, at + 2);
    outcome(&mut shopper, key, 1, accepted(), at + 3);
    shopper.step(Input::Unsubscribe, at + 4);
    assert_eq!(shopper.next_alarm(), None);
}

#[test]
fn a_recall_that_an_older_row_has_is_told_to_its_end() {
    let (mut shopper, config) = handed();
    let at = NOON + DAY + HOUR;
    tell(&mut shopper, bought(1, 2, at), None, at);
    // As it was named, and without a channel.
    let key = DeliveryKey::recall_of_all(1, FlowPlatform::Klaviyo);
    let known = shopper.delivery_mut(recall_at(FlowPlatform::Klaviyo));
    let known = known.unwrap();
    (known.key, known.channel) = (key, None);
    let row = crate::object::codec::encode(&shopper).unwrap();
    let mut shopper: Shopper = crate::object::codec::decode(&row).unwrap();
    let release = told(&mut shopper, &config, key, at);
    assert_eq!(whom(&release), "ada@example.com");
    outcome(&mut shopper, key, 1, refused(), at + 1);
    assert_eq!(replay(&mut shopper, key, false, at + 2), Reply::Replayed);
    let release = told(&mut shopper, &config, key, at + 3);
    assert_eq!(whom(&release), "ada@example.com");
    outcome(&mut shopper, key, release.attempt, accepted(), at + 4);
    assert_eq!(state(&shopper, key).name(), "sent");
}

#[test]
fn a_recall_on_its_way_holds_no_join_up() {
    let busy = Outcome::Transient {
        code: "klaviyo_429".into(),
    };
    let lost = Outcome::Unknown {
        code: "lost".into(),
    };
    for ended in [busy, lost] {
        let (mut loser, config) = handed();
        let at = NOON + DAY + HOUR;
        tell(&mut loser, bought(1, 2, at), None, at);
        let key = recall_at(FlowPlatform::Klaviyo);
        told(&mut loser, &config, key, at);
        let into = ShopperId([3; 16]);
        loser.step(Input::Join { into }, at + 1);
        let ended = Input::Outcome {
            key,
            attempt: 1,
            outcome: ended,
            waits_ms: vec![HOUR],
        };
        let commit = loser.step(ended, at + 2);
        let state = commit.effects.into_iter().find_map(|effect| match effect {
            Effect::HandOver { state, .. } => Some(state),
            _ => None,
        });
        let mut winner = Shopper::new(SHOP, into);
        let adoption = Adoption {
            loser: state.expect("it is handed over at once"),
            settings: &settings(),
            counts_as_held: false,
            holdout_bp: 500,
        };
        winner.adopt(adoption, at + 3);
        told(&mut winner, &config, key, at + 3);
    }
}

#[test]
fn whoever_speaks_for_a_person_takes_back_what_their_other_identity_handed_over() {
    const WINNER: ShopperId = ShopperId([3; 16]);
    let (mut loser, config) = handed();
    let at = NOON + DAY + HOUR;
    tell(&mut loser, bought(1, 2, at), None, at);
    // Before the platform has heard of it.
    let commit = loser.step(Input::Join { into: WINNER }, at);
    let state = commit.effects.into_iter().find_map(|effect| match effect {
        Effect::HandOver { state, .. } => Some(state),
        _ => None,
    });
    let mut winner = Shopper::new(SHOP, WINNER);
    winner.conversation = 4;
    let adoption = Adoption {
        loser: state.unwrap(),
        settings: &settings(),
        counts_as_held: false,
        holdout_bp: 500,
    };
    winner.adopt(adoption, at + 1);
    let key = DeliveryKey::recall(5, FlowPlatform::Klaviyo, Channel::Email);
    let release = told(&mut winner, &config, key, at + 1);
    assert!(release.message.text().contains("ordered"));
}

const BOB: ShopperId = ShopperId([3; 16]);
const EVE: ShopperId = ShopperId([9; 16]);

/// The winner, having taken in a loser that hands itself over.
fn joined(mut winner: Shopper, mut loser: Shopper, now: u64) -> Shopper {
    let into = winner.id();
    let commit = loser.step(Input::Join { into }, now);
    let state = commit.effects.into_iter().find_map(|effect| match effect {
        Effect::HandOver { state, .. } => Some(state),
        _ => None,
    });
    let adoption = Adoption {
        loser: state.expect("it is handed over at once"),
        settings: &settings(),
        counts_as_held: false,
        holdout_bp: 500,
    };
    winner.adopt(adoption, now + 1);
    winner
}

/// Somebody else, who has agreed to mails, or has said no, as a word about the channel or as an answer about consent.
fn other(who: ShopperId, no: Option<Skip>, at: u64) -> Shopper {
    let mut shopper = Shopper::new(SHOP, who);
    let said = Identify {
        shopper: who,
        email: Some("eve@example.com".parse().unwrap()),
        ..ada(no != Some(Skip::NoConsent)).unwrap()
    };
    tell(&mut shopper, slot(2, 1, NOON), Some(said), at);
    if no == Some(Skip::OptedOut) {
        let no = Input::Opt {
            channel: Channel::Email,
            wanted: false,
        };
        shopper.step(no, at);
    }
    shopper
}

#[test]
fn a_no_that_a_join_makes_known_takes_back_what_either_identity_handed_over() {
    let at = NOON + DAY + HOUR;
    for no in [Skip::NoConsent, Skip::OptedOut] {
        let (loser, config) = handed();
        let mut winner = other(BOB, Some(no), at);
        winner.conversation = 4;
        let mut winner = joined(winner, loser, at);
        // Whoever speaks for both still names the contact that was handed over.
        let key = DeliveryKey::recall(5, FlowPlatform::Klaviyo, Channel::Email);
        let release = told(&mut winner, &config, key, at + 1);
        assert_eq!(whom(&release), "ada@example.com");
        assert!(release.message.text().contains(no.code()));

        let (winner, config) = handed();
        let mut winner = joined(winner, other(EVE, Some(no), at), at);
        let key = recall_at(FlowPlatform::Klaviyo);
        let release = told(&mut winner, &config, key, at + 1);
        assert_eq!(whom(&release), "ada@example.com");
        assert!(release.message.text().contains(no.code()));
        outcome(&mut winner, key, 1, accepted(), at + 2);
        // It is known now, and another join does not say it anew.
        let mut winner = joined(winner, other(ShopperId([11; 16]), Some(no), at), at + 3);
        assert_eq!(state(&winner, key).name(), "sent");
        winner.step(Input::Unsubscribe, at + 5);
        assert_eq!(state(&winner, key).name(), "sent");
    }
}

#[test]
fn a_yes_under_both_identities_takes_nothing_back() {
    let at = NOON + DAY + HOUR;
    let (winner, _) = handed();
    let winner = joined(winner, other(EVE, None, at), at);
    assert!(winner.delivery(recall_at(FlowPlatform::Klaviyo)).is_none());
}

#[test]
fn a_platform_that_rests_costs_no_try_and_neither_does_a_recall() {
    let rests = Reply::RestsBy {
        carrier: Carrier::Flow(FlowPlatform::Klaviyo),
    };
    let resting = [Carrier::Flow(FlowPlatform::Klaviyo)];
    let config = klaviyo();
    let mut shopper = left_at(NOON);
    let carts = [(cart(1), Some(snapshot(slot(1, 1, NOON))))];
    let ask = |shopper: &mut Shopper, key, resting: &[Carrier], now| {
        release_while(
            shopper,
            key,
            &carts,
            &config,
            (false, &Draws::default(), resting),
            now,
        )
    };
    let now = NOON + DAY;
    assert_eq!(ask(&mut shopper, step(0), &resting, now), rests);
    assert_eq!(shopper.delivery(step(0)).unwrap().attempts, 0);
    // Another platform's rest is none of its own.
    let other = [Carrier::Flow(FlowPlatform::Braze)];
    let release = released(ask(&mut shopper, step(0), &other, now));
    assert_eq!(release.attempt, 1);
    outcome(&mut shopper, step(0), 1, accepted(), now + 1);
    tell(&mut shopper, bought(1, 2, now + 2), None, now + 2);
    let recall = recall_at(FlowPlatform::Klaviyo);
    shopper.step(Input::Wake, now + 3);
    let before = shopper.clone();
    assert_eq!(ask(&mut shopper, recall, &resting, now + 3), rests);
    assert!(shopper == before);
    assert_eq!(released(ask(&mut shopper, recall, &[], now + 3)).attempt, 1);
}
