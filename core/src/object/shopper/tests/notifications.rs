//! Notifications: which browser gets one, about which cart, and what ends them.

use super::*;
use crate::channel::Channel;
use crate::delivery::Body;
use crate::object::codec;
use crate::push::Pushed;
use crate::push::tests::{address, at};
use crate::shop::Carrier;

const LAPTOP: &str = "https://push.example.net/p/laptop";
const PHONE: &str = "https://push.example.net/p/phone";
const NOON: u64 = 1_800_010_800_000;

fn shop(channels: &[Channel]) -> ShopConfig {
    let mut config = one_message(DAY, Template::Reminder);
    config.push = Some(serde_json::from_str("{}").unwrap());
    config.sequences[0].steps[0].channels = channels.to_vec();
    config
}

fn pushed(endpoint: &str, here: bool, agreed: Option<bool>) -> Pushed {
    Pushed {
        endpoint: address(endpoint),
        subscription: here.then(|| at(endpoint)),
        agreed,
        wording: "p1".into(),
        page: "/".into(),
    }
}

fn said(pushed: Pushed, at: u64) -> Option<Identify> {
    Some(Identify {
        at,
        email: None,
        consent: None,
        push: Some(pushed),
        ..ada(true).unwrap()
    })
}

fn tell_in(shopper: &mut Shopper, slot: Slot, identify: Option<Identify>, now: u64) {
    let settings = PlanSettings::of(&shop(&[Channel::Push]));
    let by = (settings, ErrandSettings::default());
    tell_by(shopper, (slot, identify), by, now);
}

/// A cart left in a browser that takes notifications.
fn left() -> Shopper {
    let mut shopper = Shopper::new(SHOP, ADA);
    let identify = said(pushed(LAPTOP, true, Some(true)), NOON);
    tell_in(&mut shopper, slot(1, 1, NOON), identify, NOON);
    shopper
}

fn go(shopper: &mut Shopper, config: &ShopConfig, carts: &[u8], now: u64) -> Reply {
    let carts: Vec<_> = carts
        .iter()
        .map(|n| (cart(*n), Some(snapshot(slot(*n, 1, NOON)))))
        .collect();
    release_as(shopper, step(0), &carts, config, false, now)
}

/// To which browser, and what.
fn released(reply: Reply) -> (String, Body) {
    let Reply::Go(release) = reply else {
        panic!("{reply:?}")
    };
    assert_eq!(release.provider, Carrier::Push);
    let Body::Push { to, .. } = &release.message.body else {
        panic!("no notification")
    };
    (
        to.endpoint().as_str().to_owned(),
        release.message.body.clone(),
    )
}

fn refused(recipient: bool) -> Outcome {
    Outcome::Rejected {
        code: "webpush_410".into(),
        recipient,
    }
}

#[test]
fn a_browser_alone_is_reached_and_its_message_has_the_recovery_link() {
    let config = shop(&[Channel::Push]);
    let mut shopper = left();
    let (to, body) = released(go(&mut shopper, &config, &[1], NOON + DAY));
    assert_eq!(to, LAPTOP);
    let Body::Push {
        url,
        keep_s,
        contact,
        ..
    } = body
    else {
        panic!("no notification")
    };
    assert!(url.starts_with("https://edge.example/r/"), "{url}");
    assert_eq!(
        (keep_s, contact.as_str()),
        (14_400, "mailto:hello@shop.example")
    );
    // In a shop that sends none it is skipped, and says why.
    let mut shopper = left();
    let mailing = one_message(DAY, Template::Reminder);
    let reply = go(&mut shopper, &mailing, &[1], NOON + DAY);
    assert_eq!(reply, Reply::Refused(Refused::Closed));
}

#[test]
fn nobody_is_written_to_without_a_yes_or_a_browser() {
    for (here, agreed) in [(true, None), (true, Some(false)), (false, Some(true))] {
        let mut shopper = Shopper::new(SHOP, ADA);
        let identify = said(pushed(LAPTOP, here, agreed), NOON);
        tell_in(&mut shopper, slot(1, 1, NOON), identify, NOON);
        assert!(shopper.plan.is_none(), "{here} {agreed:?}");
    }
}

/// Whoever knows an address can name it beside a browser of their own: that one sees what is in its own cart alone.
#[test]
fn a_browser_hears_of_its_own_carts_only() {
    let config = shop(&[Channel::Push, Channel::Email]);
    let mut shopper = left_at(NOON);
    let other = said(pushed(PHONE, true, Some(true)), NOON);
    tell_in(&mut shopper, slot(2, 1, NOON), other, NOON);
    let Reply::Go(release) = go(&mut shopper, &config, &[1], NOON + DAY) else {
        panic!()
    };
    assert!(release.message.mail().is_some());
    let mut shopper = left_at(NOON);
    let other = said(pushed(PHONE, true, Some(true)), NOON);
    tell_in(&mut shopper, slot(2, 1, NOON), other, NOON);
    let (to, _) = released(go(&mut shopper, &config, &[1, 2], NOON + DAY));
    assert_eq!(to, PHONE);
    let frozen = shopper.delivery(step(0)).unwrap().frozen.as_ref();
    assert_eq!(frozen.unwrap().cart, cart(2));
}

#[test]
fn a_browser_that_is_gone_gives_way_to_another_one_and_then_to_the_next_channel() {
    let config = shop(&[Channel::Push, Channel::Email]);
    let mut shopper = left_at(NOON);
    for (endpoint, at) in [(LAPTOP, NOON), (PHONE, NOON + 1)] {
        let identify = said(pushed(endpoint, true, Some(true)), at);
        tell_in(&mut shopper, slot(1, at - NOON + 2, NOON), identify, at);
    }
    let mut now = NOON + DAY;
    let (to, _) = released(go(&mut shopper, &config, &[1], now));
    assert_eq!(to, PHONE, "the one that was heard of last");
    outcome(&mut shopper, step(0), 1, refused(true), now);
    now += 1;
    let (to, _) = released(go(&mut shopper, &config, &[1], now));
    assert_eq!(to, LAPTOP);
    outcome(&mut shopper, step(0), 2, refused(true), now);
    assert_eq!(view(&mut shopper, now).browsers, 0);
    let Reply::Go(release) = go(&mut shopper, &config, &[1], now + 1) else {
        panic!()
    };
    assert!(release.message.mail().is_some());
    // The channel is not refused: a browser that is allowed anew is good at once.
    assert!(view(&mut shopper, now).refused.is_empty());
}

#[test]
fn without_another_way_it_is_a_dead_letter() {
    let config = shop(&[Channel::Push]);
    let mut shopper = left();
    released(go(&mut shopper, &config, &[1], NOON + DAY));
    outcome(&mut shopper, step(0), 1, refused(true), NOON + DAY);
    assert!(
        matches!(state(&shopper, step(0)), State::DeadLettered { code } if code == "webpush_410")
    );
    assert!(shopper.notifications.count() == 0 && !shopper.is_suppressed_for_good());
}

#[test]
fn an_outcome_that_nobody_knows_is_never_followed_by_another_try() {
    let config = shop(&[Channel::Push]);
    let mut shopper = left();
    released(go(&mut shopper, &config, &[1], NOON + DAY));
    let unknown = Outcome::Unknown {
        code: "webpush_503".into(),
    };
    outcome(&mut shopper, step(0), 1, unknown, NOON + DAY);
    assert!(matches!(state(&shopper, step(0)), State::Unknown { .. }));
}

#[test]
fn an_order_ends_it_as_it_ends_a_mail() {
    let config = shop(&[Channel::Push]);
    let mut shopper = left();
    tell_in(&mut shopper, bought(1, 2, NOON + HOUR), None, NOON + HOUR);
    assert!(matches!(
        state(&shopper, step(0)),
        State::Skipped(Skip::Ordered)
    ));
    let reply = go(&mut shopper, &config, &[1], NOON + DAY);
    assert_eq!(reply, Reply::Refused(Refused::Closed));
}

#[test]
fn who_has_left_the_channel_stays_out_of_it_until_their_browser_asks_anew() {
    let config = shop(&[Channel::Push]);
    let leave = |shopper: &mut Shopper, at| {
        let input = Input::Opt {
            channel: Channel::Push,
            wanted: false,
        };
        shopper.step(input, at);
    };
    let mut shopper = left();
    leave(&mut shopper, NOON + 10);
    // Said once more of the time before: another cart, the same answer.
    let again = said(pushed(LAPTOP, true, Some(true)), NOON);
    tell_in(&mut shopper, slot(1, 2, NOON), again, NOON + 20);
    assert_eq!(
        go(&mut shopper, &config, &[1], NOON + DAY),
        Reply::Refused(Refused::Closed)
    );
    assert!(matches!(
        state(&shopper, step(0)),
        State::Skipped(Skip::OptedOut)
    ));
    let mut shopper = left();
    leave(&mut shopper, NOON + 10);
    let anew = said(pushed(LAPTOP, true, Some(true)), NOON + 20);
    tell_in(&mut shopper, slot(1, 2, NOON), anew, NOON + 20);
    released(go(&mut shopper, &config, &[1], NOON + DAY));
}

#[test]
fn a_browser_takes_its_word_back_for_one_cart_or_by_a_no_for_all() {
    let mut shopper = left();
    let both = said(pushed(LAPTOP, true, None), NOON + 1);
    tell_in(&mut shopper, slot(2, 1, NOON), both, NOON + 1);
    let gone = said(pushed(LAPTOP, false, None), NOON + 2);
    tell_in(&mut shopper, slot(1, 2, NOON), gone, NOON + 2);
    assert!(shopper.notifications.about(cart(1)).is_none());
    assert!(shopper.notifications.about(cart(2)).is_some());
    let no = said(pushed(LAPTOP, false, Some(false)), NOON + 3);
    tell_in(&mut shopper, slot(2, 2, NOON), no, NOON + 3);
    assert_eq!(shopper.notifications.agreed(), Some(false));
    assert_eq!(shopper.notifications.count(), 0);
}

#[test]
fn only_so_many_browsers_are_remembered() {
    let mut shopper = Shopper::new(SHOP, ADA);
    for n in 0..20 {
        let endpoint = format!("https://push.example.net/p/{n}");
        let identify = said(pushed(&endpoint, true, Some(true)), NOON + n);
        tell_in(&mut shopper, slot(1, n + 1, NOON), identify, NOON + n);
    }
    assert_eq!(shopper.notifications.count(), 8);
    let latest = shopper.notifications.about(cart(1)).unwrap();
    assert_eq!(latest.endpoint().as_str(), "https://push.example.net/p/19");
}

#[test]
fn one_person_has_the_browsers_of_both_identities_and_a_no_under_either() {
    let mut shopper = left();
    let mut other = Shopper::new(SHOP, ShopperId([8; 16]));
    let identify = said(pushed(PHONE, true, Some(false)), NOON + 5);
    tell_in(&mut other, slot(2, 1, NOON), identify, NOON + 5);
    shopper.notifications.join(other.notifications);
    assert_eq!(shopper.notifications.count(), 2);
    assert_eq!(shopper.notifications.agreed(), Some(false));
}

/// Rows that were written before there were notifications.
#[test]
fn an_older_row_is_read() {
    let shopper = left_at(NOON);
    let row = codec::encode(&shopper).unwrap();
    assert_eq!(codec::decode::<Shopper>(&row).unwrap(), shopper);
    let added = codec::encode(&shopper.notifications).unwrap().len() - 1;
    let older = &row[..row.len() - added];
    assert_eq!(codec::decode::<Shopper>(older).unwrap(), shopper);
    let newer = left();
    let row = codec::encode(&newer).unwrap();
    assert_eq!(codec::decode::<Shopper>(&row).unwrap(), newer);
    assert!(codec::decode::<Shopper>(&[&row[..], &[0]].concat()).is_err());
}
