//! Two identities of one person.

use super::*;
use crate::object::shopper::{Adoption, Exposure};
use proptest::prelude::*;

/// Smaller than Ada's id: wins.
const WINNER: ShopperId = ShopperId([3; 16]);
/// Smaller still.
const FIRST: ShopperId = ShopperId([1; 16]);

fn identified(id: ShopperId, email: &str, agrees: Option<bool>) -> Option<Identify> {
    let mut identify = ada(agrees.unwrap_or(true))?;
    identify.shopper = id;
    identify.email = Some(email.parse().unwrap());
    if agrees.is_none() {
        identify.consent = None;
    }
    Some(identify)
}

fn known(id: ShopperId, email: &str, agrees: Option<bool>) -> Shopper {
    let mut shopper = Shopper::new(SHOP, id);
    shopper.identify(identified(id, email, agrees), cart(9), 0);
    shopper
}

fn join(loser: &mut Shopper, into: ShopperId, now: u64) -> Commit<Effect, Reply> {
    loser.step(Input::Join { into }, now)
}

fn handed(commit: &Commit<Effect, Reply>) -> Option<Box<Shopper>> {
    commit.effects.iter().find_map(|effect| match effect {
        Effect::HandOver { state, .. } => Some(state.clone()),
        _ => None,
    })
}

fn adopt(winner: &mut Shopper, loser: Box<Shopper>, now: u64) -> Reply {
    let adoption = Adoption {
        loser,
        settings: &settings(),
        counts_as_held: false,
        holdout_bp: 500,
    };
    winner.adopt(adoption, now).reply
}

fn answer(loser: &mut Shopper, reply: &Reply, now: u64) {
    let Reply::Adopted { by, shift, settled } = *reply else {
        panic!("{reply:?}");
    };
    loser.step(Input::HandedOver { by, shift, settled }, now);
}

/// The whole way, with no fault.
fn become_one(winner: &mut Shopper, loser: &mut Shopper, now: u64) {
    let commit = join(loser, winner.id, now);
    let reply = adopt(
        winner,
        handed(&commit).expect("nothing was on its way"),
        now,
    );
    answer(loser, &reply, now);
    assert!(loser.has_gone());
}

#[test]
fn the_larger_id_goes_over_and_keeps_nothing() {
    let mut winner = known(WINNER, "ada@work.example", Some(true));
    let mut loser = left_at(HOUR);
    assert_eq!(
        join(&mut winner, ADA, HOUR).reply,
        Reply::Refused(Refused::Closed),
        "the smaller id never goes over to the larger"
    );
    become_one(&mut winner, &mut loser, 2 * HOUR);
    assert_eq!(winner.joined().collect::<Vec<_>>(), [ADA]);
    assert_eq!(
        (loser.over_to(), loser.email.is_some()),
        (Some(WINNER), false)
    );
    assert!(loser.carts.is_empty() && loser.deliveries.is_empty());
    assert!(
        winner.plan.is_some(),
        "the cart that was left is thought of"
    );
    let again = join(&mut loser, WINNER, 3 * HOUR).reply;
    assert_eq!(
        again,
        Reply::Joining {
            winner: WINNER,
            settled: true
        }
    );
}

#[test]
fn whoever_goes_over_releases_nothing_and_waits_for_what_is_on_its_way() {
    let mut loser = left_at(0);
    let due = DAY;
    loser.step(Input::Wake, due);
    assert!(matches!(
        release(&mut loser, step(0), slot(1, 1, 0), due),
        Reply::Go(_)
    ));
    let commit = join(&mut loser, WINNER, due + 1);
    assert!(handed(&commit).is_none(), "a message is on its way");
    assert_eq!(
        commit.reply,
        Reply::Joining {
            winner: WINNER,
            settled: false
        }
    );
    assert!(loser.next_alarm().is_some());
    let commit = loser.step(
        Input::Outcome {
            key: step(0),
            attempt: 1,
            outcome: accepted(),
            waits_ms: vec![],
        },
        due + 500,
    );
    let state = handed(&commit).expect("all is closed");
    assert!(matches!(
        state.delivery(step(0)).unwrap().state,
        State::Sent { crossed: false, .. }
    ));
    assert_eq!(
        loser
            .step(Input::ReleaseAsked { key: step(0) }, due + 600)
            .reply,
        Reply::Refused(Refused::Closed)
    );
}

#[test]
fn what_waits_ends_with_a_reason_and_what_is_uncertain_as_unknown() {
    let mut plain = left_at(0);
    join(&mut plain, WINNER, HOUR);
    assert_eq!(*state(&plain, step(0)), State::Skipped(Skip::Joined));
    let mut uncertain = left_at(0);
    uncertain.delivery_mut(step(0)).unwrap().uncertain = true;
    join(&mut uncertain, WINNER, HOUR);
    assert!(matches!(state(&uncertain, step(0)), State::Unknown { .. }));
}

#[test]
fn a_state_is_taken_in_once_however_often_it_is_handed_over() {
    let mut winner = known(WINNER, "ada@work.example", Some(true));
    let mut loser = left_at(0);
    tell(&mut loser, bought(1, 2, HOUR), None, HOUR);
    let state = handed(&join(&mut loser, WINNER, 2 * HOUR)).unwrap();
    let first = adopt(&mut winner, state.clone(), 2 * HOUR);
    let once = winner.clone();
    // The answer was lost; the alarm offers it once more.
    let again = loser.step(Input::Wake, loser.next_alarm().unwrap());
    assert_eq!(handed(&again).map(|state| state.purchases.count()), Some(1));
    assert_eq!(adopt(&mut winner, state, 3 * HOUR), first);
    assert_eq!(winner, once);
    answer(&mut loser, &first, 3 * HOUR);
    assert!(loser.has_gone());
}

#[test]
fn what_comes_for_a_loser_is_sent_on_in_the_winners_numbers() {
    let mut winner = left_at(0);
    winner.id = WINNER;
    let mut loser = left_at(0);
    become_one(&mut winner, &mut loser, HOUR);
    let sent_on = |loser: &mut Shopper, input| match loser.step(input, 2 * HOUR).reply {
        Reply::Elsewhere { shopper, input } => (shopper, *input),
        reply => panic!("{reply:?}"),
    };
    assert_eq!(
        sent_on(&mut loser, Input::Unsubscribe),
        (WINNER, Input::Unsubscribe)
    );
    let asked = Input::Approved {
        key: step(0),
        approved: true,
    };
    let (_, input) = sent_on(&mut loser, asked);
    let Input::Approved { key, .. } = input else {
        panic!("{input:?}");
    };
    assert_eq!(key.conversation, 2, "the winner's own first one is 1");
    assert_eq!(*state(&winner, key), State::Skipped(Skip::Joined));
    winner.step(Input::Unsubscribe, 2 * HOUR);
    assert!(winner.plan.is_none());
}

#[test]
fn while_a_state_is_handed_over_everybody_has_to_come_again() {
    let mut loser = left_at(0);
    join(&mut loser, WINNER, HOUR);
    let slot = tell(&mut loser, slot(1, 2, HOUR), None, HOUR);
    assert_eq!(slot.reply, Reply::Handing);
    assert!(handed(&slot).is_some() && !slot.write);
    let stop = loser.step(Input::Unsubscribe, HOUR);
    assert_eq!(stop.reply, Reply::Taken { settled: false });
    assert!(loser.suppressions.is_empty(), "it does not change any more");
}

#[test]
fn a_stop_under_either_identity_holds_for_both() {
    let mut winner = left_at(0);
    winner.id = WINNER;
    let mut loser = left_at(0);
    loser.step(Input::Unsubscribe, HOUR);
    become_one(&mut winner, &mut loser, 2 * HOUR);
    assert_eq!(*state(&winner, step(0)), State::Skipped(Skip::Unsubscribed));

    let mut winner = left_at(0);
    winner.id = WINNER;
    let mut loser = Shopper::new(SHOP, ADA);
    tell(&mut loser, bought(2, 1, HOUR), ada(true), HOUR);
    become_one(&mut winner, &mut loser, 2 * HOUR);
    assert_eq!(*state(&winner, step(0)), State::Skipped(Skip::Ordered));
    assert_eq!(
        (winner.purchases.count(), winner.ordered_at()),
        (1, Some(HOUR))
    );
}

/// A message about a cart that was left at 0 was tried once in vain; then the shopper has begun another cart.
fn tried_and_begun_another() -> (Shopper, u64) {
    let mut shopper = left_at(0);
    tell(&mut shopper, slot(3, 1, 0), None, 0);
    shopper.step(Input::Wake, DAY);
    let carts = [1, 3].map(|n| (cart(n), Some(snapshot(slot(n, 1, 0)))));
    let reply = release_with(&mut shopper, step(0), &carts, "smtp", DAY);
    assert!(matches!(reply, Reply::Go(_)), "{reply:?}");
    let failed = Outcome::Transient { code: "451".into() };
    outcome(&mut shopper, step(0), 1, failed, DAY + 1);
    tell(&mut shopper, slot(2, 1, DAY + 2), None, DAY + 2);
    assert_eq!(*state(&shopper, step(0)), State::Scheduled);
    let due_at = shopper.delivery(step(0)).unwrap().due_at;
    (shopper, due_at.max(DAY + 2 * HOUR))
}

#[test]
fn an_order_ends_what_was_tried_before_it_however_late_and_by_whom_it_becomes_known() {
    let orders = HOUR;
    let by_join = |shopper: &mut Shopper, now| {
        shopper.id = WINNER;
        let mut loser = Shopper::new(SHOP, ADA);
        tell(&mut loser, bought(4, 1, orders), ada(true), orders);
        become_one(shopper, &mut loser, now);
    };
    let by_cart = |shopper: &mut Shopper, now| {
        tell(shopper, bought(3, 2, orders), None, now);
    };
    let by_release = |shopper: &mut Shopper, now| {
        let slots = [slot(1, 1, 0), slot(2, 1, DAY + 2), bought(3, 2, orders)];
        let carts = slots.map(|slot| (slot.cart, Some(snapshot(slot))));
        let reply = release_with(shopper, step(0), &carts, "smtp", now);
        assert_eq!(reply, Reply::Refused(Refused::Closed));
    };
    type Way<'a> = (&'a str, &'a dyn Fn(&mut Shopper, u64));
    let ways: [Way<'_>; 3] = [
        ("join", &by_join),
        ("cart", &by_cart),
        ("release", &by_release),
    ];
    for (way, tells) in ways {
        let (mut shopper, now) = tried_and_begun_another();
        tells(&mut shopper, now);
        let ended = state(&shopper, step(0));
        assert_eq!(*ended, State::Skipped(Skip::Ordered), "by {way}");
        let plan = shopper.plan.as_ref().expect("what was left afterwards");
        let told = (plan.conversation, plan.current, plan.since);
        assert_eq!(told, (2, 0, DAY + 2), "by {way}");
    }
}

#[test]
fn a_conversation_that_has_told_of_earlier_things_only_is_not_carried_on_after_an_order() {
    let mut winner = left_at(0);
    winner.id = WINNER;
    winner.step(Input::Wake, DAY);
    release(&mut winner, step(0), slot(1, 1, 0), DAY);
    outcome(&mut winner, step(0), 1, accepted(), DAY + 1);
    tell(&mut winner, slot(2, 1, DAY + 2), None, DAY + 2);
    assert_eq!(*state(&winner, step(1)), State::Scheduled);
    let mut loser = Shopper::new(SHOP, ADA);
    tell(&mut loser, bought(4, 1, HOUR), ada(true), HOUR);
    become_one(&mut winner, &mut loser, DAY + HOUR);
    assert_eq!(*state(&winner, step(1)), State::Skipped(Skip::Ordered));
    let plan = winner
        .plan
        .as_ref()
        .map(|plan| (plan.conversation, plan.current));
    assert_eq!(plan, Some((2, 0)), "from its first message");
}

#[test]
fn an_order_from_before_all_that_was_told_of_ends_nothing() {
    let mut winner = left_at(2 * HOUR);
    winner.id = WINNER;
    winner.step(Input::Wake, DAY + 2 * HOUR);
    let asked = slot(1, 1, 2 * HOUR);
    let reply = release(&mut winner, step(0), asked, DAY + 2 * HOUR);
    assert!(matches!(reply, Reply::Go(_)), "{reply:?}");
    let failed = Outcome::Transient { code: "451".into() };
    outcome(&mut winner, step(0), 1, failed, DAY + 2 * HOUR + 1);
    let mut loser = Shopper::new(SHOP, ADA);
    tell(&mut loser, bought(4, 1, HOUR), ada(true), HOUR);
    become_one(&mut winner, &mut loser, DAY + 2 * HOUR + 2);
    assert_eq!(*state(&winner, step(0)), State::Scheduled);
    assert_eq!(winner.plan.as_ref().map(|plan| plan.conversation), Some(1));
}

#[test]
fn a_winner_whose_message_is_on_its_way_is_waited_for() {
    let mut winner = left_at(0);
    winner.id = WINNER;
    winner.step(Input::Wake, DAY);
    assert!(matches!(
        release(&mut winner, step(0), slot(1, 1, 0), DAY),
        Reply::Go(_)
    ));
    let mut loser = known(ADA, "ada@example.com", Some(true));
    let state = handed(&join(&mut loser, WINNER, DAY + 1)).unwrap();
    let reply = adopt(&mut winner, state.clone(), DAY + 2);
    answer(&mut loser, &reply, DAY + 3);
    assert!(
        !loser.has_gone(),
        "a message may yet be accepted that knew nothing"
    );
    let later = DAY + Shopper::LEASE_MS;
    winner.step(Input::Wake, later);
    let reply = adopt(&mut winner, state, later);
    answer(&mut loser, &reply, later);
    assert!(loser.has_gone());
}

#[test]
fn crossing_joins_end_in_one() {
    // Ada goes over to the winner while the winner goes over to the first.
    let mut first = known(FIRST, "ada@home.example", Some(true));
    let mut winner = known(WINNER, "ada@work.example", Some(true));
    let mut loser = left_at(0);
    let from_loser = handed(&join(&mut loser, WINNER, HOUR)).unwrap();
    let from_winner = handed(&join(&mut winner, FIRST, HOUR)).unwrap();
    // The winner's state does not change any more: it sends the loser on.
    let Reply::Elsewhere { shopper, input } = adopt(&mut winner, from_loser.clone(), HOUR) else {
        panic!("it would be lost");
    };
    assert_eq!((shopper, *input), (FIRST, Input::Adopt(from_loser.clone())));
    let reply = adopt(&mut first, from_loser, HOUR);
    answer(&mut loser, &reply, HOUR);
    assert_eq!(loser.over_to(), Some(FIRST));
    let reply = adopt(&mut first, from_winner, HOUR);
    answer(&mut winner, &reply, HOUR);
    assert_eq!(first.joined().collect::<Vec<_>>(), [ADA, WINNER]);
}

#[test]
fn whoever_took_one_in_answers_for_it_though_on_the_way_itself() {
    let mut winner = known(WINNER, "ada@work.example", Some(true));
    let mut loser = left_at(0);
    let state = handed(&join(&mut loser, WINNER, HOUR)).unwrap();
    adopt(&mut winner, state.clone(), HOUR);
    join(&mut winner, FIRST, HOUR);
    assert!(matches!(
        adopt(&mut winner, state, HOUR),
        Reply::Adopted { by: WINNER, .. }
    ));
}

#[test]
fn another_shops_shopper_is_never_taken_in() {
    let mut winner = Shopper::new(ShopId([2; 5]), WINNER);
    let mut loser = left_at(0);
    let state = handed(&join(&mut loser, WINNER, HOUR)).unwrap();
    assert_eq!(
        adopt(&mut winner, state, HOUR),
        Reply::Refused(Refused::Closed)
    );
    assert_eq!(winner, Shopper::new(ShopId([2; 5]), WINNER));
}

#[test]
fn a_conversation_that_has_spoken_is_not_begun_again() {
    let mut loser = left_at(0);
    loser.step(Input::Wake, DAY);
    release(&mut loser, step(0), slot(1, 1, 0), DAY);
    outcome(&mut loser, step(0), 1, accepted(), DAY);
    let mut winner = known(WINNER, "ada@work.example", Some(true));
    become_one(&mut winner, &mut loser, DAY + HOUR);
    assert!(winner.plan.is_none());
    assert_eq!(winner.sent.len(), 1, "it counts for caps all the same");
}

#[test]
fn exposure_counts_by_the_canonical_ones_own_draw() {
    let exposed = |held, at| {
        Some(Exposure {
            at,
            held,
            share_bp: 500,
            converted_at: None,
        })
    };
    let mut winner = known(WINNER, "ada@work.example", Some(true));
    let mut loser = known(ADA, "ada@example.com", Some(true));
    loser.exposure = exposed(true, 5);
    become_one(&mut winner, &mut loser, HOUR);
    assert_eq!(winner.exposure, exposed(false, 5));
    assert_eq!(loser.exposure, None, "nobody counts twice");
}

fn number(digits: &str) -> crate::contact::Phone {
    digits.parse().unwrap()
}

/// Says an address with a number beside it, on a cart that holds something.
fn says(shopper: &mut Shopper, n: u8, digits: &str, now: u64) {
    let mut identify = ada(true).unwrap();
    identify.phone = Some(number(digits));
    tell(shopper, slot(n, 1, now), Some(identify), now);
}

#[test]
fn a_number_said_beside_an_address_is_good_for_the_carts_on_which_it_was_said() {
    let mut shopper = Shopper::new(SHOP, ADA);
    let about = |shopper: &Shopper, carts: &[u8]| {
        let phone = shopper.phone.as_ref().unwrap();
        phone.about(carts.iter().map(|n| cart(*n))).cloned()
    };
    says(&mut shopper, 1, "+4915100000001", 0);
    says(&mut shopper, 2, "+4915100000001", 1);
    assert_eq!(about(&shopper, &[1, 2]), Some(number("+4915100000001")));
    // Somebody who knows the address says a number of their own: they get nobody else's cart by it.
    says(&mut shopper, 3, "+4915100000666", 2);
    assert_eq!(about(&shopper, &[1]), None);
    assert_eq!(about(&shopper, &[3, 1]), None);
    assert_eq!(about(&shopper, &[3]), Some(number("+4915100000666")));
}

#[test]
fn a_number_that_a_server_vouches_for_goes_before_what_browsers_say() {
    let mut winner = Shopper::new(SHOP, WINNER);
    says(&mut winner, 1, "+4915100000666", 0);
    let mut loser = Shopper::new(SHOP, ADA);
    let mut identify = ada(true).unwrap();
    identify.email = None;
    identify.phone = Some(number("+4915100000001"));
    tell(&mut loser, slot(2, 1, 0), Some(identify), 0);
    become_one(&mut winner, &mut loser, HOUR);
    says(&mut winner, 3, "+4915100000666", HOUR);
    let phone = winner.phone.as_ref().unwrap();
    let own = number("+4915100000001");
    assert_eq!(
        phone.about([cart(1), cart(2), cart(3)].into_iter()),
        Some(&own)
    );
}

proptest! {
    #[test]
    fn consent_joins_to_the_stricter(own in any::<Option<bool>>(), other in any::<Option<bool>>()) {
        let mut winner = known(WINNER, "ada@work.example", own);
        let mut loser = known(ADA, "ada@example.com", other);
        become_one(&mut winner, &mut loser, HOUR);
        let refused = own == Some(false) || other == Some(false);
        let agreed = own == Some(true) || other == Some(true);
        prop_assert_eq!(winner.consent.to_email(), agreed && !refused);
    }

    /// However often each of them is repeated, and in whatever order: three identities become one that has everything once.
    #[test]
    fn joins_in_any_order_end_in_one_with_everything_once(order in proptest::collection::vec((0_usize..3, 0_usize..3, any::<bool>()), 0..24)) {
        let ids = [FIRST, WINNER, ADA];
        let mut all: Vec<Shopper> = ids.iter().zip(1_u8..).map(|(id, n)| {
            let mut one = Shopper::new(SHOP, *id);
            tell(&mut one, bought(n, 1, u64::from(n)), identified(*id, "ada@example.com", Some(true)), HOUR);
            one
        }).collect();
        let every: Vec<(usize, usize, bool)> = vec![(1, 0, false), (2, 1, false), (2, 0, false)];
        for (from, to, lost) in order.into_iter().chain(every.iter().chain(&every).chain(&every).copied()) {
            if ids[to] >= ids[from] {
                continue;
            }
            let commit = join(&mut all[from], ids[to], HOUR);
            let (Some(state), Some(mut at)) = (handed(&commit), all[from].over_to()) else {
                continue;
            };
            let reply = loop {
                let place = ids.iter().position(|id| *id == at).unwrap();
                match adopt(&mut all[place], state.clone(), HOUR) {
                    Reply::Elsewhere { shopper, .. } => at = shopper,
                    reply => break reply,
                }
            };
            if !lost {
                answer(&mut all[from], &reply, HOUR);
            }
        }
        prop_assert!(all[1].has_gone() && all[2].has_gone() && all[0].over_to().is_none());
        prop_assert_eq!(all[0].purchases.count(), 3);
        prop_assert_eq!(all[0].carts.len(), 3);
        let mut joined: Vec<ShopperId> = all[0].joined().collect();
        joined.sort_unstable();
        prop_assert_eq!(joined, [WINNER, ADA]);
    }
}

#[test]
fn a_link_of_who_went_over_shows_what_its_own_message_offered() {
    let offer = |code: &str| crate::sequence::Offer {
        code: code.into(),
        gives: crate::sequence::Gives::Percent(10),
        minimum: None,
    };
    let (mut winner, mut loser) = (known(WINNER, "ada@work.example", Some(true)), left_at(HOUR));
    loser.step(Input::Wake, HOUR + DAY);
    loser.deliveries[0].offer = Some(offer("LOSER"));
    let mut own = loser.deliveries[0].clone();
    own.offer = Some(offer("WINNER"));
    winner.deliveries.push(own);
    winner.conversation = loser.conversation;
    let ordinal = u16::from_be_bytes([1, 0]);
    become_one(&mut winner, &mut loser, HOUR + 2 * DAY);
    let Reply::Elsewhere { input, .. } = loser.step(Input::Offer { ordinal }, 3 * DAY).reply else {
        panic!("not passed on")
    };
    assert_eq!(
        winner.step(*input, 3 * DAY).reply,
        Reply::Offer(Some(offer("LOSER")))
    );
    let own = winner.step(Input::Offer { ordinal }, 3 * DAY).reply;
    assert_eq!(own, Reply::Offer(Some(offer("WINNER"))));
}
