//! Text messages: who gets one, who is left alone, and what is told of them afterwards.

use super::*;
use crate::channel::Channel;
use crate::delivery::{Body, DeliveryName, Feedback};
use crate::shop::{Carrier, SmsProvider};
use crate::short_link::ShortCode;

const NUMBER: &str = "+4915799000001";

/// One message a day after a cart was left: by text, or else by mail.
fn shop(channels: &[Channel]) -> ShopConfig {
    let mut config = one_message(DAY, Template::Reminder);
    config.sms =
        Some(serde_json::from_str(r#"{"provider":"twilio","sender":"+15005550006"}"#).unwrap());
    config.sequences[0].steps[0].channels = channels.to_vec();
    config
}

fn said(email: Option<&str>, phone: Option<&str>, sms: Option<bool>) -> Option<Identify> {
    Some(Identify {
        email: email.map(|email| email.parse().unwrap()),
        phone: phone.map(|phone| phone.parse().unwrap()),
        consent: Some(ConsentReceipt {
            email: email.map(|_| true),
            sms,
            ads: None,
            wording: "w1".into(),
            page: "/".into(),
        }),
        ..ada(true).unwrap()
    })
}

fn left(config: &ShopConfig, identify: Option<Identify>, now: u64) -> Shopper {
    let mut shopper = Shopper::new(SHOP, ADA);
    tell_in(config, &mut shopper, slot(1, 1, now), identify, now);
    shopper
}

fn tell_in(
    config: &ShopConfig,
    shopper: &mut Shopper,
    slot: Slot,
    identify: Option<Identify>,
    now: u64,
) {
    let by = (PlanSettings::of(config), ErrandSettings::default());
    tell_by(shopper, (slot, identify), by, now);
}

/// Noon in Berlin on a working day.
const NOON: u64 = 1_800_010_800_000;

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

fn outcome(shopper: &mut Shopper, attempt: u32, outcome: Outcome, now: u64) {
    let waits_ms = retry::DEFAULT_WAITS_MS.to_vec();
    let key = step(0);
    let input = Input::Outcome {
        key,
        attempt,
        outcome,
        waits_ms,
    };
    shopper.step(input, now);
}

fn opt(shopper: &mut Shopper, wanted: bool, now: u64) -> Reply {
    let channel = Channel::Sms;
    shopper.step(Input::Opt { channel, wanted }, now).reply
}

const BOTH: [Channel; 2] = [Channel::Sms, Channel::Email];

#[test]
fn who_gave_a_number_alone_is_written_to_by_text() {
    let config = shop(&[Channel::Sms]);
    let mut shopper = left(&config, said(None, Some(NUMBER), Some(true)), NOON);
    let release = released(go(&mut shopper, &config, NOON + DAY));
    assert_eq!(release.provider, Carrier::Sms(SmsProvider::Twilio));
    let Body::LinkedSms {
        to,
        from,
        text,
        segments,
        callback_url,
        link,
    } = release.message.body
    else {
        panic!("a mail");
    };
    assert_eq!((to.as_str(), from.as_str()), (NUMBER, "+15005550006"));
    let code = ShortCode::of(&link, &master()).unwrap();
    let short = format!(" https://s.example/r/{} Reply STOP", code.as_str());
    assert!(text.contains(&short), "{text}");
    assert_eq!(segments, 1, "{text}");
    assert_eq!((link.cart(), link.ordinal), (cart(1), step(0).ordinal()));
    assert!(!link.has_expired(NOON + 30 * DAY) && link.has_expired(NOON + 32 * DAY));
    let named: DeliveryName = callback_url.split_once('=').unwrap().1.parse().unwrap();
    assert_eq!((named.shopper, named.key), (ADA, step(0)));
    // Without a shop that sends texts, or their own yes, nobody plans anything for them.
    let mailing = one_message(DAY, Template::Reminder);
    for (config, sms) in [
        (&mailing, Some(true)),
        (&config, Some(false)),
        (&config, None),
    ] {
        let shopper = left(config, said(None, Some(NUMBER), sms), NOON);
        assert!(shopper.plan.is_none());
    }
}

/// Whatever fails before the first try, each further one has the same link; one that a person has tried again, another.
#[test]
fn a_text_has_the_same_link_however_often_it_is_tried() {
    let config = shop(&[Channel::Sms]);
    let mut shopper = left(&config, said(None, Some(NUMBER), Some(true)), NOON);
    let first = released(go(&mut shopper, &config, NOON + DAY));
    let code = String::from("short_link_unkept");
    outcome(&mut shopper, 1, Outcome::Transient { code }, NOON + DAY + 1);
    let at = shopper.delivery(step(0)).unwrap().due_at;
    let second = released(go(&mut shopper, &config, at));
    assert_eq!(first.message, second.message);
    assert!(matches!(first.message.body, Body::LinkedSms { .. }));
}

#[test]
fn a_stop_ends_texts_alone_and_only_a_start_takes_it_back() {
    let config = shop(&BOTH);
    let identify = said(Some("ada@example.com"), Some(NUMBER), Some(true));
    let mut shopper = left(&config, identify.clone(), NOON);
    assert_eq!(
        opt(&mut shopper, false, NOON + 1),
        Reply::Taken { settled: true }
    );
    // A yes in a page, later: anybody can type a number into one.
    tell_in(&config, &mut shopper, slot(1, 2, NOON), identify, NOON + 2);
    let release = released(go(&mut shopper, &config, NOON + DAY));
    assert!(release.message.mail().is_some());
    let shown = view(&mut shopper, NOON + DAY).refused;
    assert_eq!((shown.len(), shown[0].cause.as_str()), (1, "opted_out"));
    let again = Input::Opt {
        channel: Channel::Sms,
        wanted: false,
    };
    assert!(!shopper.step(again, NOON + 1).write);

    let mut shopper = left(&config, said(None, Some(NUMBER), Some(true)), NOON);
    opt(&mut shopper, false, NOON + 1);
    assert_eq!(
        go(&mut shopper, &config, NOON + DAY),
        Reply::Refused(Refused::Closed)
    );
    assert_eq!(shopper.deliveries[0].state, State::Skipped(Skip::OptedOut));
    opt(&mut shopper, true, NOON + DAY);
    assert!(view(&mut shopper, NOON + DAY).refused.is_empty());
    // Of who never refused here it is kept as well: others may be known by this number, of whom the provider has said that they did.
    let mut stranger = Shopper::new(SHOP, ADA);
    let opt_in = Input::Opt {
        channel: Channel::Sms,
        wanted: true,
    };
    assert!(stranger.step(opt_in, 1).write);
}

#[test]
fn what_a_numbers_own_identity_has_heard_counts_for_whoever_has_the_number() {
    let config = shop(&BOTH);
    let identify = said(Some("ada@example.com"), Some(NUMBER), Some(true));
    let heard = |refused, at| {
        Some(ChannelWord {
            channel: Channel::Sms,
            refused,
            at,
        })
    };
    for (word, by_text) in [
        (heard(Some(Skip::OptedOut), NOON + 5), false),
        (heard(None, NOON + 5), true),
        (None, true),
    ] {
        let mut shopper = left(&config, identify.clone(), NOON);
        let (products, keys) = (products(), master());
        let carts = [(cart(1), Some(snapshot(slot(1, 1, NOON))))];
        let draws = Draws::default();
        let input = ReleaseInput {
            key: step(0),
            carts: &carts,
            products: &products,
            config: &config,
            keys: &keys,
            public_url: "https://edge.example",
            short_url: "https://s.example",
            word: NumberWord::Heard(word),
            held_out: false,
            counts_as_held: false,
            draws: &draws,
            resting: &[],
            resting_services: &[],
            customer: None,
        };
        let release = released(shopper.release(&input, NOON + DAY).reply);
        assert_eq!(release.message.mail().is_none(), by_text, "{word:?}");
        // Another number is another person's word.
        let other = said(Some("ada@example.com"), Some("+4915799000002"), Some(true));
        tell_in(&config, &mut shopper, slot(1, 3, NOON), other, NOON + DAY);
        assert!(view(&mut shopper, NOON + DAY).refused.is_empty());
    }
}

#[test]
fn a_number_that_takes_no_texts_gives_way_to_the_address_and_to_nothing_else() {
    let refusals = [
        Outcome::OptedOut { code: "c".into() },
        Outcome::Rejected {
            code: "c".into(),
            recipient: true,
        },
    ];
    for refusal in refusals {
        let config = shop(&BOTH);
        let identify = said(Some("ada@example.com"), Some(NUMBER), Some(true));
        let mut shopper = left(&config, identify, NOON);
        let now = NOON + DAY;
        assert!(
            released(go(&mut shopper, &config, now))
                .message
                .mail()
                .is_none()
        );
        outcome(&mut shopper, 1, refusal.clone(), now + 1);
        let release = released(go(&mut shopper, &config, now + 2));
        assert!(release.message.mail().is_some());
        assert_eq!(release.attempt, 2);
        assert!(view(&mut shopper, now).suppressed.is_none(), "mails go on");
        // Where there is no other way, it is a dead letter.
        let config = shop(&[Channel::Sms]);
        let mut shopper = left(&config, said(None, Some(NUMBER), Some(true)), NOON);
        released(go(&mut shopper, &config, now));
        outcome(&mut shopper, 1, refusal, now + 1);
        assert!(matches!(
            shopper.deliveries[0].state,
            State::DeadLettered { .. }
        ));
        assert!(!shopper.may_be_written_to());
    }
}

#[test]
fn a_try_of_unknown_outcome_is_closed_by_a_receipt_and_never_repeated() {
    let told = [
        (Feedback::Accepted, "SM1", "sent"),
        (Feedback::Failed, "twilio_30003", "dead_lettered"),
    ];
    for (feedback, detail, state) in told {
        let config = shop(&[Channel::Sms]);
        let mut shopper = left(&config, said(None, Some(NUMBER), Some(true)), NOON);
        let now = NOON + DAY;
        released(go(&mut shopper, &config, now));
        outcome(
            &mut shopper,
            1,
            Outcome::Unknown {
                code: "lost".into(),
            },
            now + 1,
        );
        assert_eq!(shopper.deliveries[0].state.name(), "unknown");
        assert_eq!(
            go(&mut shopper, &config, now + 2),
            Reply::Refused(Refused::Closed)
        );
        let told = |channel| Input::HeardBack {
            key: step(0),
            replays: 0,
            channel,
            feedback,
            detail: detail.into(),
            at: now,
        };
        // What is said of another channel is not about this message.
        shopper.step(told(Channel::Email), now + 3);
        assert_eq!(shopper.deliveries[0].state.name(), "unknown");
        assert!(shopper.step(told(Channel::Sms), now + 4).write);
        assert_eq!(shopper.deliveries[0].state.name(), state);
        assert!(
            !shopper.step(told(Channel::Sms), now + 5).write,
            "told again"
        );
        assert!(shopper.deliveries[0].frozen.is_none());
    }
}

#[test]
fn a_no_of_one_identity_is_a_no_of_the_person() {
    let config = shop(&BOTH);
    let mut winner = left(&config, said(Some("ada@example.com"), None, None), NOON);
    let mut loser = Shopper::new(SHOP, ShopperId([9; 16]));
    opt(&mut loser, false, NOON + 1);
    winner.join_words(loser.words.clone());
    opt(&mut loser, true, NOON + 2);
    winner.join_words(loser.words);
    assert_eq!(view(&mut winner, NOON + 3).refused.len(), 1);
}

#[test]
fn what_a_provider_tells_before_the_consumer_does_is_not_taken_back() {
    let config = shop(&[Channel::Sms]);
    let mut shopper = left(&config, said(None, Some(NUMBER), Some(true)), NOON);
    let now = NOON + DAY;
    released(go(&mut shopper, &config, now));
    shopper.step(
        Input::HeardBack {
            key: step(0),
            replays: 0,
            channel: Channel::Sms,
            feedback: Feedback::Failed,
            detail: "twilio_30003".into(),
            at: now,
        },
        now + 1,
    );
    let accepted = Outcome::Accepted {
        provider_id: "SM1".into(),
    };
    outcome(&mut shopper, 1, accepted, now + 2);
    assert_eq!(shopper.deliveries[0].state.name(), "dead_lettered");
}

#[test]
fn a_number_is_asked_for_a_text_alone_and_a_text_waits_where_it_does_not_answer() {
    for (channel, expected) in [
        (Channel::Sms, Some(Refused::NumberUnheard)),
        (Channel::Email, None),
    ] {
        let config = shop(&[channel]);
        let contact = said(Some("ada@example.com"), Some(NUMBER), Some(true));
        let mut shopper = left(&config, contact, NOON);
        let now = NOON + DAY;
        shopper.step(Input::Wake, now);
        let ask = |shopper: &mut Shopper, word, now| {
            let carts = [(cart(1), Some(snapshot(slot(1, 1, NOON))))];
            let (products, keys, draws) = (products(), master(), Draws::default());
            let input = ReleaseInput {
                key: step(0),
                carts: &carts,
                products: &products,
                config: &config,
                keys: &keys,
                public_url: "https://edge.example",
                short_url: "https://s.example",
                word,
                held_out: false,
                counts_as_held: false,
                draws: &draws,
                resting: &[],
                resting_services: &[],
                customer: None,
            };
            shopper.release(&input, now)
        };
        let first = ask(&mut shopper, NumberWord::Unasked, now);
        let Some(refused) = expected else {
            assert!(matches!(first.reply, Reply::Go(_)), "{:?}", first.reply);
            continue;
        };
        assert!(!first.write);
        assert_eq!(first.reply, Reply::Refused(refused));
        let unanswered = ask(&mut shopper, NumberWord::Unanswered, now + 1);
        assert_eq!(unanswered.reply, Reply::Refused(Refused::NotDue));
        let shown = &view(&mut shopper, now + 2).deliveries[0];
        assert_eq!(shown.decisions.last().unwrap().code, "number_unheard");
        let due_at = shown.due_at;
        assert_eq!(due_at, now + 1 + 60_000);
        shopper.step(Input::Wake, due_at);
        let heard = ask(&mut shopper, NumberWord::Heard(None), due_at);
        assert!(matches!(heard.reply, Reply::Go(_)));
    }
}

#[test]
fn a_text_goes_by_the_second_provider_where_the_first_rests_or_has_provably_failed() {
    let mut config = shop(&[Channel::Sms]);
    let (twilio, attentive) = (
        Carrier::Sms(SmsProvider::Twilio),
        Carrier::Sms(SmsProvider::Attentive),
    );
    let identify = said(None, Some(NUMBER), Some(true));
    let carts = [(cart(1), Some(snapshot(slot(1, 1, NOON))))];
    let ask = |shopper: &mut Shopper, config: &ShopConfig, resting: &[Carrier], now| {
        release_while(
            shopper,
            step(0),
            &carts,
            config,
            (false, &Draws::default(), resting),
            now,
        )
    };
    let mut shopper = left(&config, identify.clone(), NOON);
    let now = NOON + DAY;
    // Who has nobody else waits.
    let rests = Reply::RestsBy { carrier: twilio };
    assert_eq!(ask(&mut shopper, &config, &[twilio], now), rests);
    config.sms.as_mut().unwrap().fallback = Some(SmsProvider::Attentive);
    let release = released(ask(&mut shopper, &config, &[twilio], now));
    assert_eq!((release.provider, release.attempt), (attentive, 1));

    let mut shopper = left(&config, identify, NOON);
    let first = released(ask(&mut shopper, &config, &[], now));
    assert_eq!(first.provider, twilio);
    let busy = Outcome::Transient {
        code: "twilio_20429".into(),
    };
    outcome(&mut shopper, 1, busy, now + 1);
    let now = view(&mut shopper, now + 1).deliveries[0].due_at;
    shopper.step(Input::Wake, now);
    let second = released(ask(&mut shopper, &config, &[], now));
    assert_eq!(second.provider, attentive);
    assert_eq!(second.message, first.message);
    // Once nobody knows what became of a try, nobody else is asked.
    outcome(
        &mut shopper,
        2,
        Outcome::Unknown {
            code: "attentive_timeout".into(),
        },
        now + 1,
    );
    assert!(matches!(shopper.deliveries[0].state, State::Unknown { .. }));
}

#[test]
fn a_yes_that_is_told_late_takes_no_later_no_back() {
    let config = shop(&BOTH);
    let identify = said(Some("ada@example.com"), Some(NUMBER), Some(true));
    let mut shopper = left(&config, identify, NOON);
    opt(&mut shopper, false, NOON + 10);
    let refused = |shopper: &mut Shopper| view(shopper, NOON + 60).refused.len();
    for (at, left) in [(NOON + 5, 1), (NOON + 11, 0)] {
        let channel = Channel::Sms;
        shopper.step(Input::OptIn { channel, at }, NOON + 50);
        assert_eq!(refused(&mut shopper), left);
    }
    // A no that is said again is later than a yes between the two, whenever that is told.
    opt(&mut shopper, false, NOON + 20);
    opt(&mut shopper, false, NOON + 40);
    let between = Input::OptIn {
        channel: Channel::Sms,
        at: NOON + 30,
    };
    shopper.step(between, NOON + 50);
    assert_eq!(refused(&mut shopper), 1);
    // A clock that is ahead does not outlive the next no.
    let ahead = Input::OptIn {
        channel: Channel::Sms,
        at: NOON + DAY,
    };
    shopper.step(ahead, NOON + 60);
    opt(&mut shopper, false, NOON + 61);
    assert_eq!(refused(&mut shopper), 1);
}
