use super::*;
use crate::cart::{Dot, Hlc, LineKey, Quantity, Replica, Variant};
use crate::flood::Voice;
use crate::log::{Body, Checkpoint, verify};
use crate::object::codec;
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

mod baskets;
mod browsers;
mod doubts;
mod forgets;
mod forks;
mod lives;

const SHOP: ShopId = ShopId([1; 5]);

fn id(replica: u64, counter: u32) -> EventId {
    EventId {
        replica: Replica(replica),
        counter,
    }
}

fn shopper(n: u8) -> ShopperId {
    ShopperId([n; 16])
}

fn add(n: u8) -> What {
    let line = LineKey::new(Variant::new(&format!("v{n}")).unwrap(), &BTreeMap::new()).unwrap();
    What::Lines(Op::Add {
        epoch: 0,
        clock: Hlc::at(5),
        line,
        qty: Quantity::new(1).unwrap(),
    })
}

fn order(dots: &[EventId]) -> What {
    let dots = dots.iter().map(|id| Dot { id: *id, carry: 0 }).collect();
    What::Order {
        dots,
        order: String::new(),
    }
}

fn collect(events: &[(EventId, What)], identify: Option<Identify>) -> Input {
    let events = events.iter().map(|(id, what)| Incoming {
        id: *id,
        at: 10,
        what: what.clone(),
    });
    Input::Collect(Collect {
        shop: SHOP,
        cart: CartId([9; 16]),
        seen: 0,
        page: None,
        events: events.collect(),
        identify,
        withdrawn: None,
        refused: vec![],
        push_every_ms: 1_000,
        look_ms: None,
        by_link: false,
        doubt: None,
    })
}

fn identify(id: EventId, who: u8) -> Option<Identify> {
    Some(Identify {
        id,
        at: 10,
        told_at: None,
        shopper: shopper(who),
        email: Some(format!("p{who}@example.com").parse().unwrap()),
        phone: None,
        consent: None,
        push: None,
        earlier: vec![],
        voice: Voice::default(),
    })
}

fn cart() -> Cart {
    Cart::new(SHOP, CartId([9; 16]))
}

/// One call as its host makes it: step, effects answered by `answer`, then the acknowledgements that are in force.
fn call(
    cart: &mut Cart,
    input: Input,
    now: u64,
    mut answer: impl FnMut(&Effect) -> Option<Input>,
) -> Collected {
    let commit = cart.step(input, now, &[now as u8; 32]);
    for effect in &commit.effects {
        if let Some(input) = answer(effect) {
            cart.step(input, now, &[0; 32]);
        }
    }
    match commit.reply {
        Reply::Collected(collected) => cart.finish(collected),
        _ => Collected::default(),
    }
}

fn taken(effect: &Effect) -> Option<Input> {
    match effect {
        Effect::Push { slot, identify, .. } => Some(Input::SlotTaken {
            version: slot.version,
            settled: true,
            identified: identify.as_ref().map(|identify| identify.id),
        }),
        Effect::TellParent { ordered, .. } => Some(Input::ParentTook { ordered: *ordered }),
    }
}

#[test]
fn a_repeated_event_is_acknowledged_and_changes_nothing() {
    let mut cart = cart();
    let events = [(id(1, 1), add(1)), (id(1, 2), add(2))];
    call(&mut cart, collect(&events, None), 100, taken);
    let before = cart.clone();
    let again = cart.step(collect(&events, None), 200, &[1; 32]);
    assert!(!again.write);
    assert_eq!(cart, before);
    let Reply::Collected(collected) = again.reply else {
        panic!("not collected")
    };
    assert_eq!(collected.acked, [id(1, 1), id(1, 2)]);
}

#[test]
fn an_order_is_acknowledged_only_when_it_is_in_force_at_the_shopper() {
    let mut cart = cart();
    call(
        &mut cart,
        collect(&[(id(1, 1), add(1))], identify(id(1, 2), 1)),
        100,
        taken,
    );
    let events = [(id(1, 3), order(&[id(1, 1)]))];
    // The Shopper does not answer at all, then has a message on its way, then is done.
    assert!(
        call(&mut cart, collect(&events, None), 200, |_| None)
            .acked
            .is_empty()
    );
    let still_sending = |effect: &Effect| match effect {
        Effect::Push { slot, .. } => Some(Input::SlotTaken {
            version: slot.version,
            settled: false,
            identified: None,
        }),
        Effect::TellParent { .. } => None,
    };
    assert!(
        call(&mut cart, collect(&events, None), 300, still_sending)
            .acked
            .is_empty()
    );
    assert_eq!(
        call(&mut cart, collect(&events, None), 400, taken).acked,
        [id(1, 3)]
    );
}

#[test]
fn an_order_that_comes_with_its_contact_is_acknowledged_when_it_is_in_force() {
    let mut cart = cart();
    let events = [(id(1, 1), add(1)), (id(1, 2), order(&[id(1, 1)]))];
    let input = || collect(&events, identify(id(1, 3), 1));
    assert_eq!(
        call(&mut cart, input(), 100, |_| None).acked,
        [id(1, 1)],
        "the Shopper has heard of neither the contact nor the order"
    );
    assert_eq!(
        call(&mut cart, input(), 200, taken).acked,
        [id(1, 1), id(1, 2), id(1, 3)]
    );
}

#[test]
fn a_contact_is_acknowledged_only_when_it_was_delivered_itself() {
    let mut cart = cart();
    let input = || collect(&[(id(1, 1), add(1))], identify(id(1, 2), 1));
    call(&mut cart, input(), 100, |_| None);
    // The relay tells the Shopper of the cart, but has no contact to tell.
    call(&mut cart, Input::Settle, 200, taken);
    let lost = call(&mut cart, input(), 300, |_| None);
    assert_eq!(lost.acked, [id(1, 1)]);
    assert_eq!(
        call(&mut cart, input(), 400, taken).acked,
        [id(1, 1), id(1, 2)]
    );
}

#[test]
fn a_cart_that_comes_to_hold_something_is_told_at_once_and_what_follows_now_and_then() {
    let mut cart = cart();
    let pushes = |cart: &mut Cart, events: &[(EventId, What)], identify, now| {
        let mut pushed = 0;
        call(cart, collect(events, identify), now, |effect| {
            pushed += usize::from(matches!(effect, Effect::Push { .. }));
            taken(effect)
        });
        pushed
    };
    // Signed in before anything was put in; the shopper may leave after any of these.
    assert_eq!(pushes(&mut cart, &[], identify(id(1, 1), 1), 100), 1);
    assert_eq!(pushes(&mut cart, &[(id(1, 2), add(1))], None, 200), 1);
    assert_eq!(pushes(&mut cart, &[(id(1, 3), add(2))], None, 300), 0);
    assert_eq!(pushes(&mut cart, &[(id(1, 4), add(3))], None, 2_000), 1);
    let bought = order(&[id(1, 2), id(1, 3), id(1, 4)]);
    assert_eq!(pushes(&mut cart, &[(id(1, 5), bought)], None, 2_100), 1);
    assert_eq!(pushes(&mut cart, &[(id(1, 6), add(1))], None, 2_200), 1);
}

#[test]
fn a_contact_is_not_kept_and_another_one_does_not_join() {
    let mut cart = cart();
    call(
        &mut cart,
        collect(&[(id(1, 1), add(1))], identify(id(1, 2), 1)),
        100,
        taken,
    );
    let bytes = codec::encode(&cart).unwrap();
    assert!(!bytes.windows(11).any(|window| window == b"example.com"));
    let other = call(&mut cart, collect(&[], identify(id(2, 1), 2)), 200, taken);
    assert!(other.rebind);
    assert_eq!(other.refused, [(id(2, 1), Refusal::BoundElsewhere)]);
    assert_eq!(cart.snapshot().shopper, Some(shopper(1)));
}

#[test]
fn an_exit_is_no_activity_and_no_browser_can_backdate_itself() {
    let mut cart = cart();
    let at = |cart: &mut Cart, n: u32, now: u64, what: What| {
        let input = Input::Collect(Collect {
            shop: SHOP,
            cart: CartId([9; 16]),
            seen: 0,
            page: None,
            events: vec![Incoming {
                id: id(1, n),
                at: 1,
                what,
            }],
            identify: None,
            withdrawn: None,
            refused: vec![],
            push_every_ms: 0,
            look_ms: None,
            by_link: false,
            doubt: None,
        });
        cart.step(input, now, &[0; 32]);
        cart.snapshot().slot.last_activity_at
    };
    assert_eq!(at(&mut cart, 1, 100, add(1)), 100);
    let how = "pointer".into();
    assert_eq!(at(&mut cart, 2, 900, What::Exit { how }), 100);
    let view = What::View {
        variant: "v1".into(),
        dwell_ms: 1,
    };
    assert_eq!(at(&mut cart, 3, 1_000, view), 1_000);
}

/// Pushes of a call, as `(what was looked at, at what time it was pushed)`.
fn looks_told(cart: &mut Cart, events: &[(EventId, What)], now: u64) -> Vec<Option<Look>> {
    let mut told = Vec::new();
    let Input::Collect(mut input) = collect(events, None) else {
        panic!("a collect")
    };
    input.look_ms = Some(30_000);
    call(cart, Input::Collect(input), now, |effect| {
        if let Effect::Push { slot, .. } = effect {
            told.push(slot.look.clone());
        }
        taken(effect)
    });
    told
}

fn view(variant: &str, dwell_ms: u64) -> What {
    let variant = variant.into();
    What::View { variant, dwell_ms }
}

#[test]
fn a_look_that_a_sequence_cares_for_is_told_once_a_visit_and_shorter_ones_cost_nothing() {
    let mut cart = cart();
    call(&mut cart, collect(&[], identify(id(1, 1), 1)), 100, taken);
    // Within the pause after the contact was told: the look may be the last that is ever heard.
    assert_eq!(
        looks_told(&mut cart, &[(id(1, 2), view("v1", 900))], 200),
        []
    );
    let look = |variant: &str, dwell_ms, visit_at| {
        let variant = variant.into();
        Some(Look {
            variant,
            dwell_ms,
            visit_at,
        })
    };
    assert_eq!(
        looks_told(&mut cart, &[(id(1, 3), view("v2", 40_000))], 300),
        [look("v2", 40_000, 200)]
    );
    for (n, now) in [(4, 400), (5, 1_300)] {
        let longer = (id(1, n), view("v3", 40_000 + now));
        assert_eq!(looks_told(&mut cart, &[longer], now), [], "the same visit");
    }
    assert_eq!(cart.snapshot().slot.look, look("v3", 41_300, 200));
    // After a pause that counts as leaving.
    assert_eq!(
        looks_told(&mut cart, &[(id(1, 6), view("v1", 30_000))], 2_300),
        [look("v1", 30_000, 2_300)]
    );
}

#[test]
fn what_is_put_in_bought_or_cleared_ends_a_look_and_an_order_ends_a_quote() {
    let mut cart = cart();
    let quote = |quote| What::Quote { quote };
    for (n, what) in [
        (1, add(1)),
        (2, order(&[id(1, 1)])),
        (3, What::Lines(Op::Close { dots: vec![] })),
    ] {
        call(
            &mut cart,
            collect(&[(id(2, n), view("v2", 9)), (id(3, n), quote(true))], None),
            100,
            taken,
        );
        assert!(cart.snapshot().slot.look.is_some() && cart.snapshot().slot.quote);
        call(&mut cart, collect(&[(id(1, n), what)], None), 200, taken);
        assert_eq!(cart.snapshot().slot.look, None);
        assert_eq!(
            cart.snapshot().slot.quote,
            n == 1,
            "a line alone makes no other cart"
        );
    }
    call(
        &mut cart,
        collect(&[(id(4, 1), quote(true)), (id(4, 2), quote(false))], None),
        300,
        taken,
    );
    assert!(!cart.snapshot().slot.quote);
}

fn whats() -> impl Strategy<Value = What> {
    let dots = proptest::collection::vec(
        (0_u64..3, 1_u32..30).prop_map(|(replica, counter)| id(replica, counter)),
        0..4,
    );
    prop_oneof![
        4 => (0_u8..5).prop_map(add),
        1 => dots.clone().prop_map(|dots| What::Lines(Op::Remove { dots: dots.into_iter().map(|id| Dot { id, carry: 0 }).collect() })),
        1 => dots.prop_map(|dots| order(&dots)),
        1 => Just(What::View { variant: "v1".into(), dwell_ms: 9 }),
        1 => Just(What::Checkout { stage: Stage::Started, latency_ms: None, code: None }),
        1 => proptest::bool::ANY.prop_map(|quote| What::Quote { quote }),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    /// Whatever arrives, in whatever batches, repeated or not: the chain verifies over pages and tail, the state is the fold of
    /// the log, and what was acknowledged is in it.
    #[test]
    fn the_state_is_the_fold_of_a_log_that_verifies(batches in proptest::collection::vec(proptest::collection::vec((0_u64..3, 1_u32..30, whats()), 0..12), 1..20)) {
        let mut cart = cart();
        let mut pages = Vec::new();
        let mut acknowledged = BTreeSet::new();
        for (n, batch) in batches.iter().enumerate() {
            let events: Vec<_> = batch.iter().map(|(replica, counter, what)| (id(*replica, *counter), what.clone())).collect();
            let commit = cart.step(collect(&events, None), 1_000 + n as u64, &[n as u8; 32]);
            pages.extend(commit.pages);
            if let Reply::Collected(collected) = commit.reply {
                acknowledged.extend(cart.finish(collected).acked);
            }
        }
        let entries: Vec<_> = pages.into_iter().flat_map(|page| page.entries).chain(cart.log().tail().iter().cloned()).collect();
        prop_assert_eq!(verify(Checkpoint::genesis(SHOP, cart.id()), &entries, &cart.log().head()), Ok(()));
        let records: Vec<(u64, Record)> = entries.iter().map(|entry| match &entry.body {
            Body::Kept { payload, .. } => (entry.seq, codec::decode(payload).unwrap()),
            Body::Erased { .. } => panic!("nothing was erased"),
        }).collect();
        prop_assert_eq!(&fold(&records).unwrap(), cart.state());
        let logged: BTreeSet<EventId> = records.iter().filter_map(|(_, record)| record.id).collect();
        prop_assert_eq!(logged, acknowledged);
        // Stored and read back, it is the same cart.
        prop_assert_eq!(codec::decode::<Cart>(&codec::encode(&cart).unwrap()).unwrap(), cart);
    }
}

#[test]
fn an_order_that_is_told_again_by_its_name_takes_nothing_of_the_next_cart() {
    let named = |dots: &[EventId], name: &str| match order(dots) {
        What::Order { dots, .. } => What::Order {
            dots,
            order: name.into(),
        },
        other => other,
    };
    let mut cart = cart();
    let first = [
        (id(1, 1), add(1)),
        (id(1, 2), named(&[id(1, 1)], "A-1")),
        (id(1, 3), add(2)),
    ];
    call(&mut cart, collect(&first, None), 100, taken);
    // The thank-you page is loaded again, on another device even.
    let again = [(id(2, 1), named(&[id(1, 3)], "A-1"))];
    let collected = call(&mut cart, collect(&again, None), 200, taken);
    assert_eq!(collected.refused, [(id(2, 1), Refusal::OrderKnown)]);
    assert_eq!((cart.snapshot().lines.len(), cart.state().epoch()), (1, 1));
    // Another order, and those without a name, are themselves.
    for (n, name) in [(2, "A-2"), (3, ""), (4, "")] {
        call(
            &mut cart,
            collect(&[(id(2, n), named(&[], name))], None),
            300,
            taken,
        );
    }
    assert_eq!(cart.state().epoch(), 4);
}

/// Words as they went to Shoppers: who, and when each was said.
fn introduced(
    cart: &mut Cart,
    said: &[(u32, u64)],
    now: u64,
    deaf: bool,
) -> Vec<Vec<(EventId, u64)>> {
    let Input::Collect(mut input) = collect(&[], None) else {
        panic!("not a collect")
    };
    for (n, at) in said {
        let mut word = identify(id(1, *n), 1).unwrap();
        word.at = *at;
        input.say(word);
    }
    let mut told = Vec::new();
    call(cart, Input::Collect(input), now, |effect| {
        if let Effect::Push {
            identify: Some(identify),
            ..
        } = effect
        {
            let earlier = identify.earlier.iter().map(|word| (word.id, word.at));
            told.push(earlier.chain([(identify.id, identify.at)]).collect());
        }
        taken(effect).filter(|_| !deaf)
    });
    told
}

#[test]
fn a_repeated_word_is_as_old_as_it_was_and_goes_to_the_shopper_once() {
    let mut cart = cart();
    assert_eq!(
        introduced(&mut cart, &[(1, 50)], 100, true),
        [[(id(1, 1), 50)]]
    );
    // The request once more, an hour later: as if the browser's clock were an hour slow.
    let late = 3_600_000;
    assert_eq!(
        introduced(&mut cart, &[(1, late)], late, false),
        [[(id(1, 1), 50)]]
    );
    assert!(introduced(&mut cart, &[(1, late)], late, false).is_empty());
    // With a new word in the same request: each has its own time, and what has arrived stays where it is.
    assert_eq!(
        introduced(
            &mut cart,
            &[(1, late), (2, late + 1), (3, late + 2)],
            2 * late,
            true
        ),
        [[(id(1, 2), late + 1), (id(1, 3), late + 2)]]
    );
    assert_eq!(
        introduced(&mut cart, &[(2, late + 1)], 3 * late, false),
        [[(id(1, 2), late + 1)]]
    );
    let rest = introduced(&mut cart, &[(3, late + 2)], 3 * late, false);
    assert_eq!(rest, [[(id(1, 3), late + 2)]]);
}

#[test]
fn a_no_of_whom_the_cart_speaks_for_is_not_lost_over_another_contact() {
    let declined = |mut identify: Option<Identify>| {
        let consent = crate::log::ConsentReceipt {
            email: Some(false),
            ..Default::default()
        };
        identify.as_mut().unwrap().consent = Some(consent);
        identify
    };
    let said = |bound: u8| {
        let mut cart = cart();
        let first = collect(&[(id(1, 1), add(1))], identify(id(1, 2), bound));
        call(&mut cart, first, 100, taken);
        let Input::Collect(mut input) = collect(&[], identify(id(1, 4), 2)) else {
            panic!("not a collect")
        };
        input.withdrawn = declined(identify(id(1, 3), 1));
        let mut told = Vec::new();
        let collected = call(&mut cart, Input::Collect(input), 200, |effect| {
            let Effect::Push { identify, .. } = effect else {
                return None;
            };
            told.push(identify.as_ref().map(|identify| identify.shopper));
            taken(effect)
        });
        (collected, told)
    };
    let (collected, told) = said(1);
    assert_eq!(collected.acked, [id(1, 3)]);
    assert_eq!(collected.refused, [(id(1, 4), Refusal::BoundElsewhere)]);
    assert!(collected.rebind);
    assert_eq!(told, [Some(shopper(1))]);
    // A cart that speaks for the other one has nothing to take back.
    let (collected, told) = said(2);
    assert_eq!(collected.acked, [id(1, 4)]);
    assert_eq!(collected.refused, [(id(1, 3), Refusal::Superseded)]);
    assert!(!collected.rebind);
    assert_eq!(told, [Some(shopper(2))]);
}
