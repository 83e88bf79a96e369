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
        told_at: None,
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
    // It takes no message that reaches the person in another way, be it preferred.
    let Reply::Go(release) = go(&mut shopper, &config, &[1, 2], NOON + DAY) else {
        panic!()
    };
    assert!(release.message.mail().is_some());
    // Without another way it hears of its own cart.
    let config = shop(&[Channel::Push]);
    let mut shopper = left_at(NOON);
    let other = said(pushed(PHONE, true, Some(true)), NOON);
    tell_in(&mut shopper, slot(2, 1, NOON), other, NOON);
    let (to, _) = released(go(&mut shopper, &config, &[1, 2], NOON + DAY));
    assert_eq!(to, PHONE);
    let frozen = shopper.delivery(step(0)).unwrap().frozen.as_ref();
    assert_eq!(frozen.unwrap().cart, cart(2));
}

/// Nor where the person's own browser takes notifications as well, or they have refused them all.
#[test]
fn nobodys_browser_takes_what_was_meant_for_somebody() {
    let config = shop(&[Channel::Push, Channel::Email]);
    let mails = |shopper: &mut Shopper, carts: &[u8]| {
        let Reply::Go(release) = go(shopper, &config, carts, NOON + DAY) else {
            panic!()
        };
        release.message.mail().is_some()
    };
    let both = || {
        let mut shopper = left_at(NOON);
        for (endpoint, n) in [(LAPTOP, 1), (PHONE, 2)] {
            let identify = said(pushed(endpoint, true, Some(true)), NOON + u64::from(n));
            tell_in(
                &mut shopper,
                slot(n, 2, NOON),
                identify,
                NOON + u64::from(n),
            );
        }
        shopper
    };
    assert!(mails(&mut both(), &[1, 2]));
    // One browser with both carts is one person's.
    let mut shopper = both();
    let identify = said(pushed(LAPTOP, true, None), NOON + 3);
    tell_in(&mut shopper, slot(3, 1, NOON), identify, NOON + 3);
    let (to, _) = released(go(&mut shopper, &config, &[1, 3], NOON + DAY));
    assert_eq!(to, LAPTOP);
    // A no behind a signed link is not lifted by a browser that asks beside another cart.
    let mut shopper = left_at(NOON);
    let no = Input::Opt {
        channel: Channel::Push,
        wanted: false,
    };
    shopper.step(no, NOON + 1);
    let other = said(pushed(PHONE, true, Some(true)), NOON + 2);
    tell_in(&mut shopper, slot(2, 1, NOON), other, NOON + 2);
    let only_push = shop(&[Channel::Push]);
    let reply = go(&mut shopper, &only_push, &[1, 2], NOON + DAY);
    assert_eq!(reply, Reply::Refused(Refused::Closed));
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
    assert!(shopper.live_browsers() == 0 && !shopper.is_suppressed_for_good());
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
fn a_second_no_counts_for_who_was_asked_anew_after_the_first() {
    let config = shop(&[Channel::Push]);
    let mut shopper = left();
    for (no, anew) in [(10, Some(20)), (30, None)] {
        let input = Input::Opt {
            channel: Channel::Push,
            wanted: false,
        };
        shopper.step(input, NOON + no);
        assert_eq!(view(&mut shopper, NOON + no).refused.len(), 1);
        if let Some(at) = anew {
            let anew = said(pushed(LAPTOP, true, Some(true)), NOON + at);
            tell_in(&mut shopper, slot(1, 2, NOON), anew, NOON + at);
            let view = view(&mut shopper, NOON + at);
            assert_eq!((view.refused.len(), view.browsers), (0, 1));
        }
    }
    assert_eq!(view(&mut shopper, NOON + 40).browsers, 0);
    assert_eq!(
        go(&mut shopper, &config, &[1], NOON + DAY),
        Reply::Refused(Refused::Closed)
    );
}

/// Their own browser, in a cart of their own, beside somebody's address.
fn strangers(shopper: &mut Shopper, pushed: Pushed, at: u64) {
    tell_in(shopper, slot(2, at, NOON), said(pushed, at), at);
}

const STRANGER: &str = "https://push.example.net/p/stranger";

#[test]
fn a_no_is_one_to_the_browser_that_says_it() {
    let config = shop(&[Channel::Push]);
    let mut shopper = left_at(NOON);
    let yes = said(pushed(LAPTOP, true, Some(true)), NOON + 1);
    tell_in(&mut shopper, slot(1, 2, NOON), yes, NOON + 1);
    strangers(&mut shopper, pushed(STRANGER, true, Some(true)), NOON + 2);
    for no in [
        pushed(STRANGER, false, Some(false)),
        pushed(STRANGER, true, Some(false)),
        pushed(PHONE, false, Some(false)),
    ] {
        strangers(&mut shopper, no, NOON + 3);
    }
    assert_eq!(shopper.notifications.agreed(), Some(true));
    assert_eq!(view(&mut shopper, NOON + 3).browsers, 1);
    let (to, _) = released(go(&mut shopper, &config, &[1], NOON + DAY));
    assert_eq!(to, LAPTOP);
}

/// It was said on one cart, and taken back on the next before the first could be told.
#[test]
fn a_yes_that_comes_after_the_no_that_took_it_back_is_none() {
    let mut shopper = left_at(NOON);
    let no = said(pushed(LAPTOP, false, Some(false)), NOON + 20);
    tell_in(&mut shopper, slot(2, 1, NOON), no, NOON + 20);
    let yes = said(pushed(LAPTOP, true, Some(true)), NOON + 10);
    tell_in(&mut shopper, slot(1, 2, NOON), yes, NOON + 30);
    assert_eq!(view(&mut shopper, NOON + 30).browsers, 0);
    let anew = said(pushed(LAPTOP, true, Some(true)), NOON + 40);
    tell_in(&mut shopper, slot(1, 3, NOON), anew, NOON + 40);
    assert_eq!(view(&mut shopper, NOON + 40).browsers, 1);
}

/// Whoever put a browser of their own beside an address does not take back what that person has said.
#[test]
fn a_browser_that_asks_anew_lifts_a_no_for_itself_alone() {
    let config = shop(&[Channel::Push]);
    let mut shopper = left_at(NOON);
    let yes = said(pushed(LAPTOP, true, Some(true)), NOON + 1);
    tell_in(&mut shopper, slot(1, 2, NOON), yes, NOON + 1);
    strangers(&mut shopper, pushed(STRANGER, true, Some(true)), NOON + 2);
    let input = Input::Opt {
        channel: Channel::Push,
        wanted: false,
    };
    shopper.step(input, NOON + 10);
    strangers(&mut shopper, pushed(STRANGER, true, Some(true)), NOON + 20);
    assert_eq!(view(&mut shopper, NOON + 20).browsers, 1);
    assert!(shopper.browser_about(cart(1), &[]).is_none());
    assert!(shopper.browser_about(cart(2), &[]).is_some());
    assert_eq!(
        go(&mut shopper, &config, &[1], NOON + DAY),
        Reply::Refused(Refused::Closed)
    );
}

#[test]
fn a_browser_takes_its_word_back_for_one_cart_or_by_a_no_for_all_of_its_carts() {
    let mut shopper = left();
    let both = said(pushed(LAPTOP, true, None), NOON + 1);
    tell_in(&mut shopper, slot(2, 1, NOON), both, NOON + 1);
    let gone = said(pushed(LAPTOP, false, None), NOON + 2);
    tell_in(&mut shopper, slot(1, 2, NOON), gone, NOON + 2);
    assert!(shopper.browser_about(cart(1), &[]).is_none());
    assert!(shopper.browser_about(cart(2), &[]).is_some());
    let no = said(pushed(LAPTOP, false, Some(false)), NOON + 3);
    tell_in(&mut shopper, slot(2, 2, NOON), no, NOON + 3);
    assert_eq!(shopper.notifications.agreed(), Some(false));
    assert_eq!(shopper.live_browsers(), 0);
    // A yes of before that comes late changes nothing; a later one does.
    for (at, browsers) in [(NOON + 2, 0), (NOON + 4, 1)] {
        let yes = said(pushed(LAPTOP, true, Some(true)), at);
        tell_in(&mut shopper, slot(2, at, NOON), yes, NOON + 5);
        assert_eq!(shopper.live_browsers(), browsers);
    }
}

/// A browser that has not said yes itself is none, whatever another one has said.
#[test]
fn a_yes_is_good_for_the_browser_that_says_it() {
    let mut shopper = left();
    let other = said(pushed(PHONE, true, None), NOON + 1);
    tell_in(&mut shopper, slot(2, 1, NOON), other, NOON + 1);
    assert!(shopper.browser_about(cart(2), &[]).is_none());
    assert_eq!(shopper.live_browsers(), 1);
}

#[test]
fn what_was_written_for_a_browser_that_says_no_goes_to_another_one() {
    let config = shop(&[Channel::Push]);
    let mut shopper = left_at(NOON);
    for (endpoint, at) in [(LAPTOP, NOON + 1), (PHONE, NOON + 2)] {
        let identify = said(pushed(endpoint, true, Some(true)), at);
        tell_in(&mut shopper, slot(1, at - NOON + 2, NOON), identify, at);
    }
    let (to, _) = released(go(&mut shopper, &config, &[1], NOON + DAY));
    assert_eq!(to, PHONE);
    let busy = Outcome::Transient {
        code: "webpush_429".into(),
    };
    outcome(&mut shopper, step(0), 1, busy, NOON + DAY);
    let no = said(pushed(PHONE, false, Some(false)), NOON + DAY + 1);
    tell_in(&mut shopper, slot(1, 9, NOON), no, NOON + DAY + 1);
    let (to, _) = released(go(&mut shopper, &config, &[1], NOON + DAY + HOUR));
    assert_eq!(to, LAPTOP);
}

fn named(n: u64) -> String {
    format!("https://push.example.net/p/{n}")
}

#[test]
fn of_one_cart_two_browsers_are_remembered() {
    let mut shopper = left_at(NOON);
    for n in 0..20 {
        let identify = said(pushed(&named(n), true, Some(true)), NOON + n);
        tell_in(&mut shopper, slot(1, n + 1, NOON), identify, NOON + n);
    }
    assert_eq!(shopper.live_browsers(), 2);
    let latest = shopper.browser_about(cart(1), &[]).unwrap();
    assert_eq!(latest.endpoint().as_str(), named(19));
}

/// However many browsers somebody puts beside an address.
#[test]
fn who_comes_later_crowds_nobody_out() {
    let mut shopper = left_at(NOON);
    let yes = said(pushed(LAPTOP, true, Some(true)), NOON);
    tell_in(&mut shopper, slot(1, 2, NOON), yes, NOON);
    for n in 2..60_u8 {
        let at = NOON + u64::from(n);
        let identify = said(pushed(&named(at), true, Some(true)), at);
        tell_in(&mut shopper, slot(n, 1, at), identify, at);
    }
    assert_eq!(shopper.live_browsers(), 8);
    let own = shopper.browser_about(cart(1), &[]).unwrap();
    assert_eq!(own.endpoint().as_str(), LAPTOP);
    // Of what nobody has heard for a month there is no more than memory needs.
    let later = NOON + 31 * DAY;
    let fresh = said(pushed(PHONE, true, Some(true)), later);
    tell_in(&mut shopper, slot(60, 1, later), fresh, later);
    assert!(shopper.browser_about(cart(60), &[]).is_some());
    assert_eq!(shopper.live_browsers(), 8);
}

/// Who is known by a browser alone has named it, and a server's word that it is the same person vouches for it.
#[test]
fn a_browser_that_a_server_vouches_for_goes_before_those_that_anybody_has_named() {
    let mut shopper = left_at(NOON);
    for n in 2..12_u8 {
        let at = NOON + u64::from(n);
        let identify = said(pushed(&named(at), true, Some(true)), at);
        tell_in(&mut shopper, slot(n, 1, at), identify, at);
    }
    let mut other = Shopper::new(SHOP, ShopperId([8; 16]));
    let identify = said(pushed(PHONE, true, Some(true)), NOON + 5);
    tell_in(&mut other, slot(100, 1, NOON), identify, NOON + 5);
    let vouched = [shopper.vouched(), other.vouched()].concat();
    assert_eq!(vouched.len(), 1);
    shopper.join_browsers(other.notifications, other.browsers, vouched, NOON + 20);
    assert_eq!(shopper.live_browsers(), 8);
    assert!(shopper.browser_about(cart(100), &[]).is_some());
    for n in 20..40_u8 {
        let at = NOON + u64::from(n);
        let identify = said(pushed(&named(at), true, Some(true)), at);
        tell_in(&mut shopper, slot(n, 1, at), identify, at);
    }
    assert!(shopper.browser_about(cart(100), &[]).is_some());
}

#[test]
fn one_person_has_the_browsers_of_both_identities() {
    let mut shopper = left();
    let mut other = Shopper::new(SHOP, ShopperId([8; 16]));
    for (endpoint, agreed) in [(PHONE, Some(true)), (STRANGER, Some(false))] {
        let identify = said(pushed(endpoint, true, agreed), NOON + 5);
        tell_in(&mut other, slot(2, 1, NOON), identify, NOON + 5);
    }
    shopper.join_browsers(other.notifications, other.browsers, Vec::new(), NOON + 9);
    assert_eq!(shopper.live_browsers(), 2);
    assert_eq!(shopper.notifications.agreed(), Some(true));
    // One that has said no under the other identity has said so here.
    let mut other = Shopper::new(SHOP, ShopperId([9; 16]));
    for (agreed, at) in [(true, NOON + 6), (false, NOON + 10)] {
        let identify = said(pushed(LAPTOP, agreed, Some(agreed)), at);
        tell_in(&mut other, slot(3, at, NOON), identify, at);
    }
    shopper.join_browsers(other.notifications, other.browsers, Vec::new(), NOON + 20);
    assert!(shopper.browser_about(cart(1), &[]).is_none());
    assert_eq!(shopper.live_browsers(), 1);
}

#[test]
fn a_push_service_that_rests_is_left_alone_where_there_is_no_other() {
    let config = shop(&[Channel::Push, Channel::Email]);
    let mut shopper = left();
    let services = [String::from("push.example.net")];
    let carts = [(cart(1), Some(snapshot(slot(1, 1, NOON))))];
    let (products, keys) = (products(), master());
    let mut release = |services: &[String], now| {
        let input = ReleaseInput {
            key: step(0),
            carts: &carts,
            products: &products,
            config: &config,
            keys: &keys,
            public_url: "https://edge.example",
            short_url: "https://s.example",
            word: NumberWord::Heard(None),
            held_out: false,
            counts_as_held: false,
            draws: &Draws::default(),
            resting: &[],
            resting_services: services,
            customer: None,
        };
        shopper.release(&input, now).reply
    };
    let rests = Reply::Rests {
        service: services[0].clone(),
    };
    assert_eq!(release(&services, NOON + DAY), rests);
    let (to, _) = released(release(&[], NOON + DAY));
    assert_eq!(to, LAPTOP);
    // A browser of the same cart that is reached by another one gets it at once.
    let mut shopper = left();
    let other = "https://updates.example.org/w/phone";
    let identify = said(pushed(other, true, Some(true)), NOON - 1);
    tell_in(&mut shopper, slot(1, 2, NOON), identify, NOON);
    let found = |resting: &[String]| {
        let found = shopper.browser_about(cart(1), resting).unwrap();
        found.endpoint().as_str().to_owned()
    };
    assert_eq!(
        (found(&[]).as_str(), found(&services).as_str()),
        (LAPTOP, other)
    );
}

/// Rows that were written before there were notifications, and before a no was one to a browser.
#[test]
fn an_older_row_is_read() {
    let shopper = left_at(NOON);
    let row = codec::encode(&shopper).unwrap();
    assert_eq!(codec::decode::<Shopper>(&row).unwrap(), shopper);
    let bytes_of = |shopper: &Shopper| {
        let end = (&shopper.browsers, &shopper.vouching);
        let beside = codec::encode(&end).unwrap().len() - 1;
        (
            codec::encode(&shopper.notifications).unwrap().len() - 1 + beside,
            beside,
        )
    };
    let (both, beside) = bytes_of(&shopper);
    for added in [both, beside] {
        let older = &row[..row.len() - added];
        assert_eq!(codec::decode::<Shopper>(older).unwrap(), shopper);
    }
    let newer = left();
    let row = codec::encode(&newer).unwrap();
    assert_eq!(codec::decode::<Shopper>(&row).unwrap(), newer);
    assert!(codec::decode::<Shopper>(&[&row[..], &[0]].concat()).is_err());
    let (_, beside) = bytes_of(&newer);
    assert_eq!(
        codec::decode::<Shopper>(&row[..row.len() - beside]).unwrap(),
        newer
    );
}

/// A no that was one to all browsers stays one until one of them says yes, and then it is that one's.
#[test]
fn a_no_of_before_stands() {
    let mut shopper = left();
    shopper.notifications.refuse_for_all(NOON + 1);
    assert_eq!(shopper.live_browsers(), 0);
    let yes = said(pushed(PHONE, true, Some(true)), NOON + 2);
    tell_in(&mut shopper, slot(2, 1, NOON), yes, NOON + 2);
    assert!(shopper.browser_about(cart(1), &[]).is_none());
    assert!(shopper.browser_about(cart(2), &[]).is_some());
}
