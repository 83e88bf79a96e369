//! Whose a basket is, where tellings that do not say have overtaken one that does.

use super::*;

/// A telling that names nobody, because the shop knows of nobody.
fn nobody(telling: Telling) -> Telling {
    Telling {
        contact: Whose::Nobody,
        ..telling
    }
}

fn whose(shop: &mut Shop, cart: CartId) -> Option<ShopperId> {
    shop.cart(cart).snapshot().shopper
}

fn behind(who: u8) -> CartId {
    CartId::behind(ALIAS, shopper(who))
}

fn ordered_at(shop: &mut Shop, cart: CartId) -> Option<u64> {
    shop.cart(cart).last_order().map(|ordered| ordered.at)
}

#[test]
fn a_contact_that_was_overtaken_by_tellings_without_one_makes_the_cart_its_own() {
    let mut shop = Shop::default();
    shop.tell(telling(3, &[(1, 3)]), 3_000);
    assert_eq!(whose(&mut shop, ALIAS), None);
    let late = shop
        .tell(from(telling(2, &[(1, 2), (2, 1)]), 1), 4_000)
        .unwrap();
    assert!(late.stale && late.cart == ALIAS);
    assert_eq!(shop.introduced, [shopper(1)]);
    assert_eq!(whose(&mut shop, ALIAS), Some(shopper(1)));
    // Its lines are not looked at.
    assert_eq!(shop.lines(ALIAS), seen(&[(1, 3)]));
    // Again, it changes nothing.
    let before = shop.cart(ALIAS).clone();
    let again = from(telling(2, &[(1, 2), (2, 1)]), 1);
    assert!(shop.tell(again, 5_000).is_some());
    assert_eq!(*shop.cart(ALIAS), before);
    // Nor does one that names nobody take anything away.
    shop.tell(telling(4, &[(1, 4)]), 6_000);
    assert_eq!(whose(&mut shop, ALIAS), Some(shopper(1)));
    assert_eq!(shop.lines(ALIAS), seen(&[(1, 4)]));
    assert_eq!(shop.introduced.len(), 1);
}

#[test]
fn the_last_that_was_named_counts_and_none_before_it() {
    let mut shop = Shop::default();
    shop.tell(telling(9, &[(1, 9)]), 1_000);
    shop.tell(from(telling(5, &[(1, 5)]), 2), 2_000);
    let late = shop.tell(from(telling(4, &[(1, 4)]), 1), 3_000).unwrap();
    assert!(late.stale);
    assert_eq!(shop.introduced, [shopper(2)]);
    assert_eq!(whose(&mut shop, ALIAS), Some(shopper(2)));
    // Somebody else who was named after that, by a telling that was overtaken as well, gets the basket as it is now.
    let late = shop.tell(from(telling(6, &[(1, 6)]), 3), 4_000).unwrap();
    assert_eq!(late.cart, behind(3));
    assert_eq!(whose(&mut shop, behind(3)), Some(shopper(3)));
    assert_eq!(shop.lines(behind(3)), seen(&[(1, 9)]));
    // It goes on there.
    let next = shop.tell(telling(10, &[(2, 1)]), 5_000).unwrap();
    assert_eq!((next.cart, next.stale), (behind(3), false));
    assert_eq!(shop.lines(behind(3)), seen(&[(2, 1)]));
    // And from there to the next, and back to whom the first cart speaks for, each time as it is by then.
    let late = shop.tell(from(telling(7, &[(1, 7)]), 4), 6_000).unwrap();
    assert_eq!((late.cart, late.stale), (behind(4), true));
    assert_eq!(shop.lines(behind(4)), seen(&[(2, 1)]));
    let late = shop.tell(from(telling(8, &[(1, 8)]), 2), 7_000).unwrap();
    assert_eq!((late.cart, late.stale), (ALIAS, true));
    assert_eq!(shop.lines(ALIAS), seen(&[(2, 1)]));
    assert_eq!(
        shop.tell(telling(11, &[(3, 1)]), 8_000).unwrap().cart,
        ALIAS
    );
    // All of them hear of the order.
    shop.tell(bought(12, None), 9_000).unwrap();
    for cart in [ALIAS, behind(3), behind(4)] {
        assert!(shop.lines(cart).is_empty());
        assert_eq!(ordered_at(&mut shop, cart), Some(9_000));
    }
}

#[test]
fn a_basket_goes_over_as_it_is_however_often_the_way_is_broken_off() {
    let browser = CartId([4; 16]);
    for broken_after in 0..5 {
        let mut shop = Shop::default();
        shop.step(
            browser,
            collect(&[(id(1, 1), add(1))], identify(id(1, 2), 1)),
            100,
        );
        shop.tell(with(telling(5, &[(1, 5)]), browser), 5_000);
        let late = || from(telling(4, &[(1, 4), (2, 4)]), 2);
        let mut passage = Passage::new(late());
        for _ in 0..broken_after {
            let (asked, input) = (passage.asked(), passage.input());
            let Reply::Told(heard) = shop.step(asked, input, 6_000) else {
                panic!("no answer to a telling")
            };
            if !matches!(passage.heard(*heard), Next::Ask(_)) {
                break;
            }
        }
        let taken = shop.tell(late(), 7_000).unwrap();
        assert_eq!((taken.cart, taken.stale), (behind(2), true));
        assert_eq!(shop.lines(behind(2)), seen(&[(1, 5)]));
        assert_eq!(whose(&mut shop, behind(2)), Some(shopper(2)));
        assert_eq!(
            shop.introduced
                .iter()
                .filter(|who| **who == shopper(2))
                .count(),
            1
        );
    }
}

#[test]
fn an_address_that_was_taken_away_is_not_heard_of_afterwards() {
    let mut shop = Shop::default();
    shop.tell(nobody(telling(3, &[(1, 3)])), 3_000);
    shop.tell(from(telling(2, &[(1, 2)]), 1), 4_000).unwrap();
    assert_eq!(whose(&mut shop, ALIAS), None);
    assert!(shop.introduced.is_empty());
    // Also where that is heard late itself.
    let mut shop = Shop::default();
    shop.tell(telling(4, &[(1, 4)]), 3_000);
    shop.tell(nobody(telling(3, &[(1, 3)])), 4_000);
    shop.tell(from(telling(2, &[(1, 2)]), 1), 5_000).unwrap();
    assert_eq!(whose(&mut shop, ALIAS), None);
    // What was heard before stays, and what is said afterwards counts.
    let mut shop = Shop::default();
    shop.tell(from(telling(1, &[(1, 1)]), 1), 1_000);
    shop.tell(nobody(telling(2, &[(1, 2)])), 2_000);
    assert_eq!(whose(&mut shop, ALIAS), Some(shopper(1)));
    shop.tell(telling(4, &[(1, 4)]), 4_000);
    let late = shop.tell(from(telling(3, &[(1, 3)]), 2), 5_000).unwrap();
    assert_eq!(late.cart, behind(2));
}

#[test]
fn a_contact_that_comes_after_the_order_hears_of_the_order() {
    let mut shop = Shop::default();
    shop.tell(telling(1, &[(1, 1)]), 1_000);
    shop.tell(bought(3, None), 3_000).unwrap();
    // A message may be on its way to them: until that is over, it does not count.
    shop.deaf = true;
    let late = || from(telling(2, &[(1, 1)]), 1);
    assert!(shop.tell(late(), 4_000).is_none());
    shop.deaf = false;
    let cart = shop.cart(ALIAS);
    let commit = cart.step(Passage::new(late()).input(), 5_000, &[5; 32]);
    let Some(Effect::Push {
        shopper: who,
        slot,
        identify,
        ..
    }) = commit.effects.first()
    else {
        panic!("nobody is told")
    };
    assert_eq!((*who, slot.status), (shopper(1), Status::Ordered));
    let (version, identified) = (slot.version, identify.as_ref().map(|one| one.id));
    let is_in_force = |cart: &Cart, reply: Reply| match reply {
        Reply::Told(heard) => match *heard {
            Heard::Taken(taken) => cart.finish_telling(taken).in_force,
            _ => panic!("not taken"),
        },
        _ => panic!("no answer to a telling"),
    };
    cart.step(
        Input::SlotTaken {
            version,
            settled: false,
            identified,
        },
        5_000,
        &[0; 32],
    );
    assert!(!is_in_force(cart, commit.reply));
    assert!(shop.tell(late(), 6_000).is_some());
    assert_eq!(ordered_at(&mut shop, ALIAS), Some(3_000));
}

#[test]
fn whoever_is_named_late_hears_of_the_order_that_came_since_and_gets_what_came_after_it() {
    let browser = CartId([4; 16]);
    let mut shop = Shop::default();
    shop.step(
        browser,
        collect(&[(id(1, 1), add(1))], identify(id(1, 2), 1)),
        100,
    );
    shop.tell(with(telling(1, &[(1, 1)]), browser), 1_000);
    shop.tell(bought(3, None), 3_000).unwrap();
    shop.tell(telling(4, &[(5, 1)]), 4_000);
    let late = shop.tell(from(telling(2, &[(1, 1)]), 2), 5_000).unwrap();
    assert_eq!(late.cart, behind(2));
    assert_eq!(ordered_at(&mut shop, behind(2)), Some(3_000));
    assert_eq!(shop.lines(behind(2)), seen(&[(5, 1)]));
    // Not of one that came before they were named.
    let mut shop = Shop::default();
    shop.step(
        browser,
        collect(&[(id(1, 1), add(1))], identify(id(1, 2), 1)),
        100,
    );
    shop.tell(with(telling(1, &[(1, 1)]), browser), 1_000);
    shop.tell(bought(2, None), 2_000).unwrap();
    shop.tell(telling(4, &[(5, 1)]), 4_000);
    shop.tell(from(telling(3, &[(1, 1)]), 2), 5_000).unwrap();
    assert_eq!(ordered_at(&mut shop, behind(2)), None);
    assert_eq!(shop.lines(behind(2)), seen(&[(5, 1)]));
}

#[test]
fn what_was_agreed_to_is_as_old_as_the_telling_that_says_it() {
    let mut shop = Shop::default();
    shop.tell(telling(3, &[(1, 3)]), 3_000);
    let mut late = from(telling(2, &[(1, 2)]), 1);
    let said = ConsentReceipt {
        email: Some(true),
        sms: None,
        ads: None,
        wording: "w1".into(),
        page: "/".into(),
    };
    if let Whose::Of(contact) = &mut late.contact {
        contact.consent = Some(said.clone());
    }
    shop.tell(late.clone(), 9_000);
    assert_eq!(shop.said, [(2_000, Some(said.clone()))]);
    // A no that was said before that, and comes after it, is not the last word.
    let mut no = from(telling(1, &[(1, 1)]), 1);
    if let Whose::Of(contact) = &mut no.contact {
        contact.consent = Some(ConsentReceipt {
            email: Some(false),
            ..said.clone()
        });
    }
    shop.tell(no, 9_500);
    assert_eq!(shop.said.len(), 1);
}

#[test]
fn what_was_agreed_to_is_not_lost_to_tellings_that_do_not_speak_of_it() {
    let receipt = |yes| ConsentReceipt {
        email: Some(yes),
        sms: None,
        ads: None,
        wording: "w1".into(),
        page: "/".into(),
    };
    let agreeing = |version, consent: Option<ConsentReceipt>| {
        let mut telling = from(telling(version, &[(1, 1)]), 1);
        if let Whose::Of(contact) = &mut telling.contact {
            contact.consent = consent;
        }
        telling
    };
    for is_order in [false, true] {
        let mut shop = Shop::default();
        let mut overtaking = agreeing(5, None);
        if is_order {
            overtaking.order = Some(Purchase::new(ALIAS, "1001", "1001".into()));
        }
        shop.tell(overtaking, 5_000);
        // The last word counts, whatever the order in which the words come, and each is as old as it is.
        shop.tell(agreeing(2, Some(receipt(false))), 6_000);
        shop.tell(agreeing(3, Some(receipt(true))), 7_000);
        shop.tell(agreeing(1, Some(receipt(false))), 8_000);
        let said: Vec<_> = shop
            .said
            .iter()
            .filter(|(_, said)| said.is_some())
            .collect();
        let no = (2_000, Some(receipt(false)));
        let yes = (3_000, Some(receipt(true)));
        assert_eq!(said, [&no, &yes], "{is_order}");
        // Again, nothing is said anew.
        let before = shop.cart(ALIAS).clone();
        shop.tell(agreeing(3, Some(receipt(true))), 9_000);
        assert_eq!(*shop.cart(ALIAS), before);
    }
}

/// Telling 7 says that it is a quote, and nothing of what is in it.
#[test]
fn whoever_is_named_late_does_not_get_what_somebody_else_had_before() {
    let mut shop = Shop::default();
    shop.tell(from(telling(5, &[(1, 5)]), 1), 5_000);
    let mut silent = telling(7, &[]);
    silent.lines = None;
    silent.quote = Some(true);
    shop.tell(silent.clone(), 7_000);
    shop.tell(from(telling(6, &[(2, 6)]), 2), 8_000);
    assert_eq!(shop.lines(behind(2)), seen(&[(2, 6)]));
    assert!(shop.cart(behind(2)).quote);
    // Nor once it has gone on to a third by one that is silent, too.
    silent.version = 9;
    shop.tell(from(silent, 3), 9_000);
    shop.tell(from(telling(8, &[(4, 8)]), 1), 9_500);
    assert_eq!(shop.lines(behind(3)), Vec::new());
}

/// A cart that was written before it was kept which telling said what.
#[test]
fn a_no_that_was_overtaken_by_what_an_older_row_hears_next_is_heard() {
    let mut shop = Shop::default();
    shop.tell(from(telling(5, &[(1, 5)]), 1), 5_000);
    let cart = shop.cart(ALIAS);
    cart.namings.clear();
    cart.last_words.clear();
    shop.tell(telling(8, &[(1, 8)]), 8_000);
    assert_eq!(
        shop.tell(from(telling(6, &[(1, 6)]), 2), 9_000)
            .unwrap()
            .cart,
        behind(2)
    );
}

#[test]
fn a_link_has_led_to_what_was_bought_alone() {
    let mut shop = Shop::default();
    shop.tell(from(telling(1, &[(1, 1)]), 1), 1_000);
    shop.tell(from(telling(2, &[(1, 1)]), 2), 2_000);
    let mut order = from(bought(3, None), 2);
    order.by_link = true;
    shop.tell(order, 3_000);
    let recovered = |cart: &Cart| cart.last_order().unwrap().recovered;
    assert!(recovered(shop.cart(behind(2))));
    assert!(!recovered(shop.cart(ALIAS)));
}

/// A shop's clock that stands still says of what comes next that it is as old as the order.
#[test]
fn a_link_counts_for_what_is_told_in_its_turn_whatever_the_shops_clock_says() {
    let mut shop = Shop::default();
    shop.tell(from(telling(1, &[(1, 1)]), 1), 1_000);
    shop.tell(from(bought(2, None), 1), 2_000);
    let mut next = from(telling(3, &[(2, 1)]), 1);
    next.changed_at = 2_000;
    next.by_link = true;
    shop.tell(next, 3_000);
    assert!(shop.cart(ALIAS).life.linked_at.is_some());
    // One of before the order, which comes after it, was for what was bought.
    let mut shop = Shop::default();
    shop.tell(from(telling(1, &[(1, 1)]), 1), 1_000);
    shop.tell(from(bought(3, None), 1), 3_000);
    shop.tell(from(telling(4, &[(2, 1)]), 1), 4_000);
    let mut late = from(telling(2, &[(1, 2)]), 1);
    late.by_link = true;
    shop.tell(late, 5_000);
    assert_eq!(shop.cart(ALIAS).life.linked_at, None);
}

#[test]
fn a_row_from_before_is_read_and_goes_on_as_it_did() {
    #[derive(serde::Serialize)]
    struct Nothing;
    let mut shop = Shop::default();
    shop.tell(from(telling(1, &[(1, 1)]), 1), 1_000);
    shop.tell(telling(3, &[(1, 3)]), 3_000);
    let cart = shop.cart(ALIAS);
    let row = codec::encode(&*cart).unwrap();
    // What stands at the end of a row now, behind the version byte of its own encoding.
    let end = (
        &cart.namings,
        &cart.platforms,
        &cart.last_words,
        &cart.belonging,
        &cart.suspicion,
    );
    let end = codec::encode(&end).unwrap();
    let added = end.len() - codec::encode(&Nothing).unwrap().len();
    assert!(row.ends_with(&end[end.len() - added..]));
    let old: Cart = codec::decode(&row[..row.len() - added]).unwrap();
    assert!(old.namings.is_empty() && old.last_words.is_empty());
    *cart = old;
    // Whoever was named by the last that this row remembers is not overtaken by an older one.
    assert!(
        shop.tell(from(telling(2, &[(1, 2)]), 2), 4_000)
            .unwrap()
            .stale
    );
    assert_eq!(shop.introduced, [shopper(1)]);
    assert_eq!(
        shop.tell(from(telling(4, &[(1, 4)]), 2), 5_000)
            .unwrap()
            .cart,
        behind(2)
    );
}

/// What a telling says of whose its basket is.
#[derive(Clone, Copy, Debug)]
enum Word {
    Unsaid,
    Nobody,
    Of(u8),
}

proptest! {
    /// However tellings are repeated, reordered and broken off: the basket ends with whoever was named last by the shop's numbers, as it
    /// was told last, and everybody who may have had something of it has heard of an order.
    #[test]
    fn a_basket_ends_with_whoever_was_named_last(
        baskets in proptest::collection::vec((
            proptest::collection::btree_map(0_u8..4, 1_u32..4, 0..4),
            prop_oneof![3 => Just(Word::Unsaid), 1 => Just(Word::Nobody), 3 => (1_u8..4).prop_map(Word::Of)],
        ), 1..8),
        order in proptest::option::of(0_usize..8),
        arrivals in proptest::collection::vec(any::<proptest::sample::Index>(), 0..24),
        broken in any::<u32>(),
        deaf in any::<u32>(),
        is_bound in any::<bool>(),
    ) {
        let browser = CartId([4; 16]);
        let count = baskets.len();
        let tellings: Vec<Telling> = baskets.iter().enumerate().map(|(n, (basket, word))| {
            let version = n as u64 + 2;
            let of: Vec<(u8, u32)> = basket.iter().map(|(n, qty)| (*n, *qty)).collect();
            if order == Some(n) {
                return bought(version, Some(&of));
            }
            let told = telling(version, &of);
            match word {
                Word::Unsaid => told,
                Word::Nobody => nobody(told),
                Word::Of(who) => from(told, *who),
            }
        }).collect();
        let mut shop = Shop::default();
        if is_bound {
            // The basket is in the cart of a browser that speaks for somebody.
            shop.step(browser, collect(&[], identify(id(1, 2), 1)), 100);
        }
        let first = telling(1, &[]);
        shop.tell(if is_bound { with(first, browser) } else { first }, 200);
        let home = if is_bound { browser } else { ALIAS };
        let mut now = 100_000;
        let turns = arrivals.iter().map(|index| index.index(count)).chain(0..count);
        let mut heard: Vec<usize> = Vec::new();
        for (turn, n) in turns.enumerate() {
            let is_free = turn >= arrivals.len();
            shop.deaf = !is_free && deaf >> (turn % 32) & 1 == 1;
            now += 10;
            if !is_free && broken >> (turn % 32) & 1 == 1 {
                let passage = Passage::new(tellings[n].clone());
                shop.step(passage.asked(), passage.input(), now);
                heard.push(n);
                continue;
            }
            shop.tell(tellings[n].clone(), now);
            heard.push(n);
        }
        let word = |n: &usize| match (&tellings[*n].order, &baskets[*n].1) {
            (Some(_), _) | (None, Word::Unsaid) => None,
            (None, Word::Nobody) => Some(None),
            (None, Word::Of(who)) => Some(Some(*who)),
        };
        let last = (0..count).rev().find_map(|n| word(&n).map(|said| (n, said)));
        let expected: Vec<(LineKey, u32)> = match &tellings[count - 1] {
            told if told.order.is_some() => Vec::new(),
            _ => baskets[count - 1].0.iter().map(|(n, qty)| (line(*n), *qty)).collect(),
        };
        let mut carts: Vec<CartId> = vec![home];
        carts.extend((1..4).map(behind));
        match last {
            Some((_, Some(who))) => {
                let own: Vec<CartId> = carts.iter().copied()
                    .filter(|cart| whose(&mut shop, *cart) == Some(shopper(who)))
                    .collect();
                prop_assert_eq!(own.len(), 1, "{:?}", own);
                prop_assert_eq!(shop.lines(own[0]), expected);
            }
            // Whoever was taken back before anybody had heard of them is nobody.
            Some((version, None)) if !is_bound => {
                let since = heard.iter().position(|n| *n == version).unwrap();
                let before = heard[..since].iter().any(|n| matches!(word(n), Some(Some(_))));
                if !before {
                    prop_assert!(shop.introduced.is_empty());
                }
            }
            _ => {}
        }
        // Whoever had something of it has heard of an order.
        shop.deaf = false;
        for cart in carts {
            shop.step(cart, Input::Settle, now);
            prop_assert!(shop.cart(cart).unsettled.is_empty());
            let is_open = !shop.lines(cart).is_empty();
            let may_be_open = tellings[count - 1].order.is_none();
            prop_assert!(!is_open || may_be_open);
        }
    }
}

#[test]
fn what_went_on_to_another_cart_is_forgotten_with_whose_the_first_one_is() {
    let holds = |shop: &mut Shop| {
        let bytes = codec::encode(shop.cart(ALIAS)).unwrap();
        bytes.windows(2).any(|part| part == b"v5")
    };
    let mut shop = Shop::default();
    shop.tell(from(telling(1, &[(1, 1)]), 1), 1_000).unwrap();
    let moved = shop.tell(from(telling(2, &[(5, 1)]), 2), 2_000).unwrap();
    assert_eq!(moved.cart, behind(2));
    assert!(holds(&mut shop));
    let people = vec![shopper(1)];
    let at = 2_500;
    shop.step(ALIAS, Input::Forget { people, at }, 3_000);
    assert!(!holds(&mut shop));
    // The basket is still in the other cart, and what is older changes nothing.
    shop.tell(from(telling(1, &[(1, 1)]), 1), 4_000);
    assert_eq!(shop.lines(behind(2)), seen(&[(5, 1)]));
}

#[test]
fn what_an_order_is_called_is_forgotten_with_who_bought() {
    let holds = |shop: &mut Shop| {
        let bytes = codec::encode(shop.cart(ALIAS)).unwrap();
        bytes.windows(7).any(|part| part == b"order 2")
    };
    let mut shop = Shop::default();
    shop.tell(from(telling(1, &[(1, 1)]), 1), 1_000).unwrap();
    shop.tell(from(bought(2, None), 1), 2_000).unwrap();
    assert!(holds(&mut shop));
    let people = vec![shopper(1)];
    let at = 2_500;
    shop.step(ALIAS, Input::Forget { people, at }, 3_000);
    assert!(!holds(&mut shop));
}

#[test]
fn a_contact_is_as_old_as_its_telling_and_a_word_as_old_as_it_is() {
    let mut shop = Shop::default();
    let mut telling = from(telling(3, &[(1, 1)]), 1);
    if let Whose::Of(contact) = &mut telling.contact {
        contact.agreed_at = Some(7);
    }
    let at = telling.changed_at;
    let cart = shop.cart(ALIAS);
    let commit = cart.step(Passage::new(telling).input(), at + 5_000, &[5; 32]);
    let Some(Effect::Push {
        identify, named_at, ..
    }) = commit.effects.first()
    else {
        panic!("nobody is told")
    };
    let identify = identify.as_ref().unwrap();
    assert_eq!((identify.at, identify.told(), *named_at), (7, at, Some(at)));
}
