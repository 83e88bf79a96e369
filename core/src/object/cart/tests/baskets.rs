//! A shop's own basket, as its server tells of it.

mod answers;
mod overtaken;

use super::*;
use crate::log::ConsentReceipt;
use crate::object::cart::{
    Heard, Introduction, Next, Passage, Purchase, Standing, Step, Taken, Telling, Whose,
};
use crate::platform::Platform;

const ALIAS: CartId = CartId([9; 16]);
const SECOND: u64 = 1_000;

fn line(n: u8) -> LineKey {
    LineKey::new(Variant::new(&format!("v{n}")).unwrap(), &BTreeMap::new()).unwrap()
}

fn lines(of: &[(u8, u32)]) -> Option<Vec<(LineKey, Quantity)>> {
    let lines = of
        .iter()
        .map(|(n, qty)| (line(*n), Quantity::new(*qty).unwrap()));
    Some(lines.collect())
}

fn telling(version: u64, of: &[(u8, u32)]) -> Telling {
    Telling {
        alias: ALIAS,
        version,
        changed_at: version * SECOND,
        lines: lines(of),
        order: None,
        quote: None,
        contact: Whose::Unsaid,
        claim: None,
        by_link: false,
        step: Step::First,
        moved: false,
        later: None,
        push_every_ms: 1_000,
        platform: CartPlatform::Headless,
    }
}

fn purchase(n: u64) -> Purchase {
    let reference = format!("order {n}");
    Purchase::new(ALIAS, &reference, reference.clone())
}

fn bought(version: u64, of: Option<&[(u8, u32)]>) -> Telling {
    Telling {
        lines: of.and_then(lines),
        order: Some(purchase(version)),
        ..telling(version, &[])
    }
}

fn from(telling: Telling, who: u8) -> Telling {
    Telling {
        contact: Whose::Of(Introduction {
            shopper: shopper(who),
            email: Some(format!("p{who}@example.com").parse().unwrap()),
            phone: None,
            consent: None,
            agreed_at: None,
        }),
        ..telling
    }
}

fn with(telling: Telling, claim: CartId) -> Telling {
    Telling {
        claim: Some(claim),
        ..telling
    }
}

/// A few carts, and Shoppers that answer or do not.
#[derive(Default)]
struct Shop {
    carts: BTreeMap<CartId, Cart>,
    deaf: bool,
    /// Who was introduced to which Shopper.
    introduced: Vec<ShopperId>,
    /// What they were told of consent, and as of when.
    said: Vec<(u64, Option<ConsentReceipt>)>,
}

impl Shop {
    fn cart(&mut self, id: CartId) -> &mut Cart {
        self.carts.entry(id).or_insert_with(|| Cart::new(SHOP, id))
    }

    fn step(&mut self, id: CartId, input: Input, now: u64) -> Reply {
        let deaf = self.deaf;
        let cart = self.cart(id);
        let commit = cart.step(input, now, &[now as u8; 32]);
        let mut introduced = Vec::new();
        for effect in &commit.effects {
            if let Effect::Push {
                shopper,
                identify: Some(identify),
                ..
            } = effect
            {
                introduced.push((*shopper, identify.at, identify.consent.clone()));
            }
            if let Some(input) = taken(effect).filter(|_| !deaf) {
                cart.step(input, now, &[0; 32]);
            }
        }
        let reply = match commit.reply {
            Reply::Told(heard) => match *heard {
                Heard::Taken(taken) => {
                    Reply::Told(Box::new(Heard::Taken(cart.finish_telling(taken))))
                }
                other => Reply::Told(Box::new(other)),
            },
            other => other,
        };
        for (shopper, at, consent) in introduced {
            self.introduced.push(shopper);
            self.said.push((at, consent));
        }
        reply
    }

    /// The whole way of a telling.
    fn tell(&mut self, telling: Telling, now: u64) -> Option<Taken> {
        let mut passage = Passage::new(telling);
        for _ in 0..40 {
            let (asked, input) = (passage.asked(), passage.input());
            let Reply::Told(heard) = self.step(asked, input, now) else {
                panic!("no answer to a telling")
            };
            match passage.heard(*heard) {
                Next::Ask(_) => {}
                Next::Done(taken) => return Some(taken),
                Next::Again => return None,
            }
        }
        panic!("a telling without end")
    }

    fn lines(&mut self, id: CartId) -> Vec<(LineKey, u32)> {
        let views = self.cart(id).state().lines();
        views
            .into_iter()
            .map(|view| (view.line, view.qty))
            .collect()
    }
}

fn seen(of: &[(u8, u32)]) -> Vec<(LineKey, u32)> {
    of.iter().map(|(n, qty)| (line(*n), *qty)).collect()
}

#[test]
fn a_cart_follows_its_basket_by_the_shops_numbers() {
    let mut shop = Shop::default();
    assert!(
        !shop
            .tell(telling(2, &[(1, 1), (2, 3)]), 2_000)
            .unwrap()
            .stale
    );
    assert_eq!(shop.lines(ALIAS), seen(&[(1, 1), (2, 3)]));
    // One that was overtaken changes nothing, nor does a repeat.
    assert!(shop.tell(telling(1, &[(5, 1)]), 2_500).unwrap().stale);
    let before = shop.cart(ALIAS).clone();
    shop.tell(telling(2, &[(1, 1), (2, 3)]), 2_600);
    assert_eq!(*shop.cart(ALIAS), before);
    shop.tell(telling(3, &[(2, 1), (3, 1)]), 3_000);
    assert_eq!(shop.lines(ALIAS), seen(&[(2, 1), (3, 1)]));
    shop.tell(telling(4, &[]), 4_000);
    assert!(shop.lines(ALIAS).is_empty());
}

#[test]
fn what_a_link_has_brought_into_a_basket_is_recovered_once_it_is_bought() {
    let standing = |shop: &mut Shop, now| match shop.step(ALIAS, Input::Account, now) {
        Reply::Account(account) => account.position(|_, _| SECOND, now).standing,
        other => panic!("{other:?}"),
    };
    let by_link = |telling| Telling {
        by_link: true,
        ..telling
    };
    for (says, in_the_order, expected) in [
        (true, false, Standing::Recovered),
        (false, true, Standing::Recovered),
        (false, false, Standing::Ordered),
    ] {
        let mut shop = Shop::default();
        shop.tell(telling(1, &[(1, 1)]), SECOND);
        assert_eq!(standing(&mut shop, 60 * SECOND), Standing::Abandoned);
        let again = telling(2, &[(1, 1)]);
        let again = if says { by_link(again) } else { again };
        shop.tell(again, 60 * SECOND);
        let order = bought(3, Some(&[(1, 1)]));
        let order = if in_the_order { by_link(order) } else { order };
        shop.tell(order.clone(), 61 * SECOND);
        assert_eq!(standing(&mut shop, 62 * SECOND), expected);
        // What comes into the basket afterwards has nothing to do with that link, whatever is repeated.
        shop.tell(order, 63 * SECOND);
        shop.tell(telling(4, &[(2, 1)]), 64 * SECOND);
        shop.tell(bought(5, Some(&[(2, 1)])), 65 * SECOND);
        assert_eq!(standing(&mut shop, 66 * SECOND), Standing::Ordered);
    }
}

#[test]
fn what_is_told_twice_is_not_written() {
    let mut shop = Shop::default();
    shop.tell(telling(1, &[(1, 1)]), 1_000);
    let again = |telling| Passage::new(telling).input();
    let commit = shop
        .cart(ALIAS)
        .step(again(telling(1, &[(1, 1)])), 2_000, &[1; 32]);
    assert!(!commit.write && commit.effects.is_empty());
    // Nor is a basket that never held anything.
    let mut other = Cart::new(SHOP, ALIAS);
    let commit = other.step(again(telling(1, &[])), 1_000, &[1; 32]);
    assert!(!commit.write);
    assert_eq!(other, Cart::new(SHOP, ALIAS));
}

/// A server that says nothing of when repeats a telling long after the person was erased.
#[test]
fn what_is_told_once_more_after_an_erasure_is_no_newer_than_that() {
    let told = |shop: &mut Shop, version, now| {
        let telling = Telling {
            changed_at: now,
            ..from(telling(version, &[(1, 1)]), 1)
        };
        let input = Passage::new(telling).input();
        let commit = shop.cart(ALIAS).step(input, now, &[now as u8; 32]);
        commit.effects.iter().find_map(|effect| match effect {
            Effect::Push { identify, .. } => identify.as_ref().map(|found| found.told()),
            _ => None,
        })
    };
    let mut shop = Shop::default();
    assert_eq!(told(&mut shop, 2, 2_000), Some(2_000));
    let forget = Input::Forget {
        people: vec![shopper(1)],
        at: 5_000,
    };
    assert!(shop.cart(ALIAS).step(forget.clone(), 5_001, &[1; 32]).write);
    // Also where the first answer was lost.
    for now in [9_000, 9_500] {
        assert_eq!(told(&mut shop, 2, now), Some(5_000));
    }
    assert!(shop.cart(ALIAS).step(forget, 9_600, &[2; 32]).write);
    // What is new names somebody who is here again, and stays as new.
    for now in [10_000, 10_500] {
        assert_eq!(told(&mut shop, 3, now), Some(now));
    }
}

#[test]
fn what_was_emptied_is_not_filled_by_what_is_told_late() {
    let mut shop = Shop::default();
    shop.tell(telling(2, &[]), 2_000);
    let late = shop.tell(telling(1, &[(1, 1)]), 9_000).unwrap();
    assert!(late.stale && shop.lines(ALIAS).is_empty());
}

#[test]
fn an_order_that_comes_late_leaves_a_basket_that_has_not_changed_since() {
    let mut shop = Shop::default();
    shop.tell(telling(1, &[(1, 1)]), 1_000);
    shop.tell(telling(3, &[(1, 1)]), 3_000);
    shop.tell(bought(2, Some(&[(1, 1)])), 3_500);
    assert_eq!(shop.lines(ALIAS), seen(&[(1, 1)]));
}

#[test]
fn what_the_browser_did_in_between_stays() {
    let mut shop = Shop::default();
    let browser = CartId([4; 16]);
    let own = [(id(1, 1), add(1)), (id(1, 2), add(2))];
    shop.step(browser, collect(&own, None), 100);
    // The basket holds what the browser has told already, and one thing more.
    shop.tell(with(telling(1, &[(1, 1), (2, 1), (3, 1)]), browser), 1_000);
    assert_eq!(shop.lines(browser), seen(&[(1, 1), (2, 1), (3, 1)]));
    assert!(shop.lines(ALIAS).is_empty());
    // Here 1 goes and 4 comes; in the basket 2 goes and nothing else happens.
    let dots = vec![Dot {
        id: id(1, 1),
        carry: 0,
    }];
    let changes = [
        (id(1, 3), What::Lines(Op::Remove { dots })),
        (id(1, 4), add(4)),
    ];
    shop.step(browser, collect(&changes, None), 1_500);
    shop.tell(telling(2, &[(1, 1), (3, 1)]), 2_000);
    assert_eq!(shop.lines(browser), seen(&[(3, 1), (4, 1)]));
    // A number that changes in the basket is a word about the line, wherever it is.
    shop.tell(telling(3, &[(1, 2), (3, 5)]), 3_000);
    assert_eq!(shop.lines(browser), seen(&[(1, 2), (3, 5), (4, 1)]));
}

#[test]
fn a_line_that_two_adds_made_gets_the_baskets_quantity() {
    let mut shop = Shop::default();
    let browser = CartId([4; 16]);
    let own = [(id(1, 1), add(1)), (id(2, 1), add(1))];
    shop.step(browser, collect(&own, None), 100);
    shop.tell(with(telling(1, &[(1, 7)]), browser), 1_000);
    assert_eq!(shop.lines(browser), seen(&[(1, 7)]));
}

#[test]
fn an_order_covers_what_it_names_once() {
    let mut shop = Shop::default();
    shop.tell(telling(1, &[(1, 1), (2, 1)]), 1_000);
    let taken = shop
        .tell(bought(2, Some(&[(1, 1), (2, 1)])), 2_000)
        .unwrap();
    assert_eq!((taken.epoch, taken.status), (1, Status::Ordered));
    shop.tell(telling(3, &[(1, 1)]), 3_000);
    assert_eq!(shop.lines(ALIAS), seen(&[(1, 1)]));
    // The same order under a later number is the same order.
    let again = Telling {
        order: Some(purchase(2)),
        ..bought(4, None)
    };
    shop.tell(again, 4_000);
    assert_eq!(shop.lines(ALIAS), seen(&[(1, 1)]));
    assert_eq!(shop.cart(ALIAS).state().epoch(), 1);
}

#[test]
fn an_order_that_was_overtaken_counts_and_leaves_what_came_later() {
    let mut shop = Shop::default();
    shop.tell(telling(1, &[(1, 1), (2, 1)]), 1_000);
    shop.tell(telling(3, &[(2, 1), (3, 1)]), 3_000);
    let taken = shop
        .tell(bought(2, Some(&[(1, 1), (2, 1)])), 3_500)
        .unwrap();
    assert!(taken.stale);
    assert_eq!(taken.epoch, 1);
    assert_eq!(shop.lines(ALIAS), seen(&[(2, 1), (3, 1)]));
    // What changed between the order and its arrival is no old basket.
    shop.tell(telling(4, &[(2, 1), (3, 1), (4, 1)]), 4_000);
    let late = Telling {
        changed_at: 3_200,
        ..telling(5, &[(5, 1)])
    };
    shop.tell(late, 5_000);
    assert_eq!(shop.lines(ALIAS), seen(&[(5, 1)]));
}

#[test]
fn a_basket_from_before_the_browsers_order_brings_nothing_back() {
    let mut shop = Shop::default();
    let browser = CartId([4; 16]);
    shop.step(browser, collect(&[(id(1, 1), add(1))], None), 100);
    shop.step(
        browser,
        collect(&[(id(1, 2), order(&[id(1, 1)]))], None),
        1_500,
    );
    shop.tell(with(telling(1, &[(1, 1)]), browser), 2_000);
    assert!(shop.lines(browser).is_empty());
    shop.tell(telling(2, &[(1, 1)]), 2_500);
    assert!(shop.lines(browser).is_empty(), "nothing is new in it");
    shop.tell(telling(3, &[(1, 1), (2, 1)]), 3_000);
    assert_eq!(shop.lines(browser), seen(&[(2, 1)]));
}

#[test]
fn an_order_names_nothing_that_was_put_in_after_it() {
    let mut shop = Shop::default();
    let browser = CartId([4; 16]);
    let late = |n: u8, ms: u64| {
        let What::Lines(Op::Add {
            epoch, line, qty, ..
        }) = add(n)
        else {
            panic!("an add adds")
        };
        What::Lines(Op::Add {
            epoch,
            clock: Hlc::at(ms),
            line,
            qty,
        })
    };
    let own = [(id(1, 1), late(1, 1_000)), (id(1, 2), late(2, 99_000))];
    shop.step(browser, collect(&own, None), 100_000);
    shop.tell(with(telling(1, &[]), browser), 100_000);
    let order = Telling {
        changed_at: 30_000,
        ..bought(2, None)
    };
    shop.tell(order, 100_100);
    assert_eq!(shop.lines(browser), seen(&[(2, 1)]));
}

#[test]
fn only_the_first_claim_gets_the_lines_and_every_one_hears_of_the_order() {
    let mut shop = Shop::default();
    let (one, other) = (CartId([4; 16]), CartId([5; 16]));
    for (cart, replica) in [(one, 1), (other, 2)] {
        shop.step(cart, collect(&[(id(replica, 1), add(1))], None), 100);
    }
    shop.tell(with(telling(1, &[(1, 1), (2, 1)]), one), 1_000);
    shop.tell(with(telling(2, &[(1, 1), (2, 1), (3, 1)]), other), 2_000);
    assert_eq!(shop.lines(one), seen(&[(1, 1), (2, 1), (3, 1)]));
    assert_eq!(shop.lines(other), seen(&[(1, 1)]));
    shop.tell(bought(3, None), 3_000).unwrap();
    assert!(shop.lines(one).is_empty() && shop.lines(other).is_empty());
}

#[test]
fn everybody_hears_of_an_order_as_of_the_moment_at_which_it_was_taken_first() {
    let mut shop = Shop::default();
    let (one, other) = (CartId([4; 16]), CartId([5; 16]));
    shop.tell(with(telling(1, &[(1, 1)]), one), 1_000);
    shop.tell(with(telling(2, &[(1, 1)]), other), 2_000);
    // The way is broken off after the first cart, and all is told again.
    for mut now in [3_000, 9_000] {
        let mut passage = Passage::new(bought(3, None));
        loop {
            let (asked, input) = (passage.asked(), passage.input());
            let Reply::Told(heard) = shop.step(asked, input, now) else {
                panic!("no answer to a telling")
            };
            now += 500;
            let is_first = asked == one && now < 9_000;
            match passage.heard(*heard) {
                Next::Ask(_) if !is_first => {}
                _ => break,
            }
        }
    }
    let ordered_at =
        |shop: &mut Shop, cart| shop.cart(cart).snapshot().slot.ordered.map(|one| one.at);
    let first = ordered_at(&mut shop, one);
    assert!(first.is_some_and(|at| at < 9_000));
    assert_eq!(ordered_at(&mut shop, other), first);
}

#[test]
fn a_cart_that_speaks_for_somebody_else_is_left_to_them() {
    let mut shop = Shop::default();
    let browser = CartId([4; 16]);
    let own = [(id(1, 1), add(1))];
    shop.step(browser, collect(&own, identify(id(1, 2), 1)), 100);
    shop.tell(with(telling(1, &[(1, 1)]), browser), 1_000);
    let taken = shop
        .tell(from(telling(2, &[(1, 1), (2, 1)]), 2), 2_000)
        .unwrap();
    assert_ne!(taken.cart, browser);
    assert_eq!(shop.lines(browser), seen(&[(1, 1)]));
    assert_eq!(shop.lines(taken.cart), seen(&[(1, 1), (2, 1)]));
    assert_eq!(shop.introduced, [shopper(1), shopper(2)]);
    // It stays where it is, also for tellings that name nobody, and old ones do not bring it back.
    let again = shop.tell(telling(3, &[(2, 1)]), 3_000).unwrap();
    assert_eq!(again.cart, taken.cart);
    let old = shop.tell(from(telling(1, &[(7, 1)]), 1), 3_500).unwrap();
    assert!(old.stale);
    assert_eq!(shop.lines(taken.cart), seen(&[(2, 1)]));
    // Nor do those that others overtook which went on.
    let late = from(telling(4, &[(7, 1)]), 1);
    shop.tell(telling(5, &[(2, 2)]), 3_600);
    assert!(shop.tell(late, 3_700).unwrap().stale);
    assert_eq!(shop.lines(taken.cart), seen(&[(2, 2)]));
    // All of them hear of the order.
    shop.tell(bought(6, None), 6_000).unwrap();
    assert!(shop.lines(browser).is_empty() && shop.lines(taken.cart).is_empty());
}

#[test]
fn what_is_agreed_to_is_said_anew_when_a_basket_comes_back() {
    let mut shop = Shop::default();
    for (version, who) in [(1, 1), (2, 1), (3, 2), (4, 1), (5, 2), (6, 2)] {
        shop.tell(from(telling(version, &[(1, 1)]), who), version * 1_000);
    }
    let said: Vec<u8> = shop.introduced.iter().map(|who| who.0[0]).collect();
    assert_eq!(said, [1, 2, 1, 2], "and once each time");
}

#[test]
fn a_contact_corrected_at_the_alias_itself_moves_the_basket() {
    let mut shop = Shop::default();
    shop.tell(from(telling(1, &[(1, 1)]), 1), 1_000);
    let taken = shop.tell(from(telling(2, &[(1, 1)]), 2), 2_000).unwrap();
    assert_eq!(taken.cart, CartId::behind(ALIAS, shopper(2)));
    let back = shop.tell(from(telling(3, &[(1, 1)]), 1), 3_000).unwrap();
    assert_eq!(back.cart, ALIAS);
    shop.tell(bought(4, None), 4_000).unwrap();
    for cart in [ALIAS, taken.cart] {
        assert!(shop.lines(cart).is_empty());
    }
}

#[test]
fn an_order_by_somebody_else_is_told_to_them_and_to_whoever_had_the_basket() {
    let mut shop = Shop::default();
    shop.tell(from(telling(1, &[(1, 1)]), 1), 1_000);
    let taken = shop
        .tell(from(bought(2, Some(&[(1, 1)])), 2), 2_000)
        .unwrap();
    assert_eq!(taken.cart, CartId::behind(ALIAS, shopper(2)));
    assert_eq!(taken.status, Status::Ordered);
    assert!(shop.lines(ALIAS).is_empty());
    assert_eq!(shop.introduced, [shopper(1), shopper(2)]);
    // The basket itself has not moved.
    assert_eq!(shop.tell(telling(3, &[(2, 1)]), 3_000).unwrap().cart, ALIAS);
}

#[test]
fn neither_a_contact_nor_an_order_counts_before_the_shopper_knows() {
    let mut shop = Shop {
        deaf: true,
        ..Shop::default()
    };
    assert!(shop.tell(from(telling(1, &[(1, 1)]), 1), 1_000).is_none());
    shop.deaf = false;
    // The same once more brings the contact again, as the same event.
    assert!(shop.tell(from(telling(1, &[(1, 1)]), 1), 2_000).is_some());
    assert_eq!(shop.introduced, [shopper(1), shopper(1)]);
    let known = shop.cart(ALIAS).log().seq();
    assert!(shop.tell(from(telling(2, &[(1, 1)]), 1), 3_000).is_some());
    assert_eq!(
        shop.introduced.len(),
        2,
        "whoever is known is not introduced again"
    );
    assert_eq!(shop.cart(ALIAS).log().seq(), known);
    shop.deaf = true;
    assert!(shop.tell(bought(3, None), 4_000).is_none());
    shop.deaf = false;
    assert!(shop.tell(bought(3, None), 5_000).is_some());
}

#[test]
fn an_alias_remembers_so_many_carts_and_a_cart_so_many_baskets() {
    let mut shop = Shop::default();
    shop.tell(telling(1, &[(1, 1)]), 1_000);
    for n in 0..40 {
        shop.tell(
            with(telling(2 + u64::from(n), &[(1, 1)]), CartId([100 + n; 16])),
            2_000,
        );
    }
    assert_eq!(shop.cart(ALIAS).also(ALIAS).len(), 16);
    let browser = CartId([4; 16]);
    for n in 0..9 {
        let told = Telling {
            alias: CartId([200 + n; 16]),
            ..telling(1, &[(n, 1)])
        };
        shop.tell(with(told, browser), 3_000);
    }
    assert_eq!(shop.lines(browser).len(), 9);
    assert_eq!(shop.cart(browser).sources.len(), basket::Source::MAX);
}

proptest! {
    /// However tellings are repeated, reordered and broken off: the cart ends as the last one, and an order that is among them counts
    /// once.
    #[test]
    fn tellings_in_any_order_end_as_the_last(
        baskets in proptest::collection::vec(proptest::collection::btree_map(0_u8..6, 1_u32..5, 0..5), 1..8),
        order in proptest::option::of(0_usize..8),
        arrivals in proptest::collection::vec(any::<proptest::sample::Index>(), 0..24),
        deaf in any::<u32>(),
    ) {
        let count = baskets.len();
        let tellings: Vec<Telling> = baskets.iter().enumerate().map(|(n, basket)| {
            let version = n as u64 + 1;
            let of: Vec<(u8, u32)> = basket.iter().map(|(n, qty)| (*n, *qty)).collect();
            let told = if order == Some(n) && n + 1 < count { bought(version, Some(&of)) } else { telling(version, &of) };
            from(told, 1)
        }).collect();
        let mut shop = Shop::default();
        let mut now = 100_000;
        let last = tellings.len() - 1;
        let turns = arrivals.iter().map(|index| index.index(count)).chain(0..count).chain([last]);
        for (turn, n) in turns.enumerate() {
            shop.deaf = turn < arrivals.len() && deaf >> (turn % 32) & 1 == 1;
            now += 10;
            shop.tell(tellings[n].clone(), now);
        }
        let expected: Vec<(LineKey, u32)> = baskets[last].iter().map(|(n, qty)| (line(*n), *qty)).collect();
        prop_assert_eq!(shop.lines(ALIAS), expected);
        let orders = tellings.iter().filter(|told| told.order.is_some()).count();
        prop_assert_eq!(shop.cart(ALIAS).state().epoch(), orders as u32);
        prop_assert!(shop.cart(ALIAS).unsettled.is_empty());
    }
}

#[test]
fn a_server_says_whether_its_basket_is_a_quote() {
    let mut shop = Shop::default();
    let quote = |version, quote| Telling {
        quote,
        ..from(telling(version, &[(1, 2)]), 1)
    };
    let mut told = Vec::new();
    for (version, said) in [
        (1, None),
        (2, Some(true)),
        (3, None),
        (5, Some(false)),
        // An older one that comes late says nothing any more.
        (4, Some(true)),
    ] {
        let cart = shop.tell(quote(version, said), version).unwrap().cart;
        let cart = shop.cart(cart);
        let Reply::Snapshot(snapshot) = cart.step(Input::Read, 9, &[0; 32]).reply else {
            panic!("no snapshot");
        };
        told.push(snapshot.slot.quote);
    }
    assert_eq!(told, [false, true, true, false, false]);
}

#[test]
fn a_cart_is_where_it_was_told_of() {
    let names = |cart: &Cart| {
        let platforms = cart.platforms();
        platforms.iter().map(CartPlatform::name).collect::<Vec<_>>()
    };
    let by = |version, platform| Telling {
        platform,
        ..telling(version, &[(1, 1)])
    };
    let mut cart = cart();
    let shopify = CartPlatform::Connected(Platform::Shopify);
    call(&mut cart, Input::Tell(Box::new(by(2, shopify))), 100, taken);
    assert_eq!(names(&cart), ["shopify"]);
    // What changes nothing leaves no trace.
    call(
        &mut cart,
        Input::Tell(Box::new(by(1, CartPlatform::Headless))),
        100,
        taken,
    );
    assert_eq!(names(&cart), ["shopify"]);
    call(&mut cart, collect(&[(id(1, 1), add(2))], None), 100, taken);
    assert_eq!(names(&cart), ["shopify", "snippet"]);
}
