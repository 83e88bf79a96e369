//! What an address that nobody vouches for may lead to.

use super::*;
use crate::flood::{Doubt, Limited, Network};
use crate::object::codec;
use proptest::prelude::*;

const NETWORK: Network = Network(7);

fn typed(carts_a_day: u8) -> Option<Identify> {
    Some(Identify {
        voice: Voice::Typed {
            network: NETWORK,
            carts_a_day,
        },
        ..ada(true).unwrap()
    })
}

fn vouched() -> Option<Identify> {
    Some(Identify {
        voice: Voice::Vouched,
        ..ada(true).unwrap()
    })
}

fn brought_by(commit: &Commit<Effect, Reply>) -> Option<Network> {
    commit.effects.iter().find_map(|effect| match effect {
        Effect::TellDesk { brought_by, .. } => *brought_by,
        _ => None,
    })
}

fn told(shopper: &mut Shopper, limited: Option<Limited>, now: u64) -> bool {
    let taken = Input::FactTaken {
        version: 1,
        reported: 0,
        limited,
    };
    shopper.step(taken, now).write
}

fn left(n: u8, at: u64) -> Slot {
    slot(n, at, at)
}

fn kept_back(shopper: &Shopper, slot: Slot) -> Option<Skip> {
    shopper.keeps_back(&[Some(&snapshot(slot))])
}

#[test]
fn the_desk_hears_once_which_network_has_brought_somebody() {
    let mut shopper = Shopper::new(SHOP, ADA);
    let commit = tell(&mut shopper, left(1, 10), typed(5), 10);
    assert_eq!(brought_by(&commit), Some(NETWORK));
    assert!(
        !told(&mut shopper, None, 20),
        "what may go on is not worth a row"
    );
    let again = tell(&mut shopper, left(2, 30), typed(5), 30);
    assert_eq!(brought_by(&again), None);
    // The object loses its memory seconds later, and with it that the desk has answered.
    let mut shopper = Shopper::new(SHOP, ADA);
    let commit = tell(&mut shopper, left(1, 10), typed(5), 10);
    assert!(commit.write);
    let mut later: Shopper = codec::decode(&codec::encode(&shopper).unwrap()).unwrap();
    told(&mut shopper, None, 20);
    for now in [15_000, 30_000] {
        let commit = tell(&mut later, left(2, now), typed(5), now);
        assert_eq!(brought_by(&commit), None);
    }
    // Nor is it told again while an answer is on its way.
    let mut shopper = Shopper::new(SHOP, ADA);
    tell(&mut shopper, left(1, 10), typed(5), 10);
    let meanwhile = tell(&mut shopper, left(2, 11), typed(5), 11);
    assert_eq!(brought_by(&meanwhile), None);
    assert!(told(&mut shopper, Some(Limited::Network), 20));
    assert_eq!(kept_back(&shopper, left(1, 10)), Some(Skip::NetworkLimit));
}

#[test]
fn a_desk_that_was_not_there_hears_of_the_network_once_more() {
    let mut shopper = Shopper::new(SHOP, ADA);
    tell(&mut shopper, left(1, 10), typed(5), 10);
    let lost = Input::FactLost {
        brought_by: Some(NETWORK),
    };
    assert!(shopper.step(lost.clone(), 20).write);
    let mut later: Shopper = codec::decode(&codec::encode(&shopper).unwrap()).unwrap();
    let again = later.step(Input::Wake, 60_020);
    assert_eq!(brought_by(&again), Some(NETWORK));
    assert!(again.write, "it is told, and its row says so");
    assert!(told(&mut later, Some(Limited::Network), 60_030));
    // Whoever was vouched for meanwhile is not told of.
    shopper.step(Input::Confirmed, 30);
    assert!(!shopper.step(lost, 40).write);
}

/// The desk's answer about whoever was erased meanwhile is not about who comes next.
#[test]
fn an_answer_about_somebody_who_was_erased_holds_nobody_back() {
    let mut shopper = Shopper::new(SHOP, ADA);
    tell(&mut shopper, left(1, 10), typed(5), 10);
    shopper.step(Input::Erase { asked_at: 15 }, 15);
    assert!(!told(&mut shopper, Some(Limited::Network), 20));
    assert_eq!(kept_back(&shopper, left(1, 10)), None);
}

#[test]
fn over_the_networks_or_the_shops_limit_nobody_is_written_to_until_somebody_vouches() {
    for (limited, why) in [
        (Limited::Network, Skip::NetworkLimit),
        (Limited::Shop, Skip::ShopLimit),
    ] {
        let confirms: [fn(&mut Shopper); 4] = [
            |shopper| drop(shopper.step(Input::Confirmed, 50)),
            |shopper| drop(shopper.step(Input::Customer(Customer::default()), 50)),
            |shopper| drop(tell(shopper, left(1, 50), vouched(), 50)),
            |shopper| {
                let other = ShopperId([0xff; 16]);
                assert!(other > ADA);
                let adoption = Adoption {
                    loser: Box::new(Shopper::new(SHOP, other)),
                    settings: &settings(),
                    counts_as_held: false,
                    holdout_bp: 0,
                };
                drop(shopper.adopt(adoption, 50));
            },
        ];
        for confirm in confirms {
            let mut shopper = Shopper::new(SHOP, ADA);
            tell(&mut shopper, left(1, 10), typed(5), 10);
            assert_eq!(kept_back(&shopper, left(1, 10)), None);
            assert!(told(&mut shopper, Some(limited), 20), "it is written down");
            assert_eq!(kept_back(&shopper, left(1, 10)), Some(why));
            confirm(&mut shopper);
            assert_eq!(kept_back(&shopper, left(1, 10)), None);
            // And it stays so, whoever types it.
            for n in 2..9 {
                let commit = tell(&mut shopper, left(n, 60), typed(1), 60);
                assert_eq!(brought_by(&commit), None);
                assert_eq!(kept_back(&shopper, left(n, 60)), None);
            }
        }
    }
}

/// A browser's cart is the same for years, whatever is bought in between.
#[test]
fn a_day_later_the_desk_is_asked_anew_also_where_the_cart_is_the_same() {
    let mut shopper = Shopper::new(SHOP, ADA);
    tell(&mut shopper, left(1, 10), typed(5), 10);
    told(&mut shopper, Some(Limited::Network), 20);
    let again = tell(&mut shopper, left(1, HOUR), typed(5), HOUR);
    assert_eq!(brought_by(&again), None, "once a day");
    assert_eq!(kept_back(&shopper, left(1, HOUR)), Some(Skip::NetworkLimit));
    let later = 10 + DAY;
    let again = tell(&mut shopper, left(1, later), typed(5), later);
    assert_eq!(brought_by(&again), Some(NETWORK));
    assert!(!told(&mut shopper, None, later));
    assert_eq!(kept_back(&shopper, left(1, later)), None);
}

#[test]
fn only_so_many_carts_a_day_count_and_the_first_of_them_is_not_told_twice() {
    let mut shopper = Shopper::new(SHOP, ADA);
    for n in 1..=3 {
        tell(&mut shopper, left(n, 10), typed(2), 10);
    }
    assert_eq!(kept_back(&shopper, left(2, 10)), None);
    assert_eq!(kept_back(&shopper, left(3, 10)), Some(Skip::AddressLimit));
    // A cart that was counted is not counted again.
    tell(&mut shopper, left(2, 20), typed(2), 20);
    assert_eq!(kept_back(&shopper, left(2, 20)), None);
    // Beside a cart of which nobody has spoken the message is about that one.
    let carts = [snapshot(left(2, 20)), snapshot(left(3, 30))];
    let both: Vec<Option<&Snapshot>> = carts.iter().map(Some).collect();
    assert_eq!(shopper.keeps_back(&both), None);
    shopper.carts.get_mut(&cart(2)).unwrap().conversed = Some(0);
    assert_eq!(shopper.keeps_back(&both), Some(Skip::AddressLimit));
    // The next day there is room again.
    let day = 86_400_010;
    tell(&mut shopper, left(4, day), typed(2), day);
    assert_eq!(kept_back(&shopper, left(4, day)), None);
}

#[test]
fn a_doubted_cart_is_kept_back_whoever_vouches_for_the_address() {
    let mut shopper = Shopper::new(SHOP, ADA);
    tell(&mut shopper, left(1, 10), vouched(), 10);
    for (doubt, why) in [
        (Doubt::Automated, Skip::Automated),
        (Doubt::CardTesting, Skip::CardTesting),
    ] {
        let doubted = Snapshot {
            doubt: Some(doubt),
            ..snapshot(left(1, 10))
        };
        assert_eq!(shopper.keeps_back(&[Some(&doubted)]), Some(why));
        let other = snapshot(left(2, 5));
        assert_eq!(shopper.keeps_back(&[Some(&doubted), Some(&other)]), None);
    }
}

/// What the gate itself says: the step ends, the reason is among its decisions, and nothing is frozen.
#[test]
fn the_gate_ends_a_step_that_is_kept_back_with_its_reason() {
    let mut shopper = Shopper::new(SHOP, ADA);
    tell(&mut shopper, left(1, 10), typed(5), 10);
    told(&mut shopper, Some(Limited::Network), 20);
    let due = 10 + DAY;
    shopper.step(Input::Wake, due);
    let carts = [(cart(1), Some(snapshot(left(1, 10))))];
    let (config, products, keys, draws) = (config("smtp"), products(), master(), Draws::default());
    let key = shopper.deliveries[0].key;
    let input = ReleaseInput {
        short_url: "https://s.example",
        key,
        carts: &carts,
        products: &products,
        config: &config,
        keys: &keys,
        public_url: "https://edge.example",
        word: NumberWord::Heard(None),
        held_out: false,
        counts_as_held: false,
        draws: &draws,
        resting: &[],
        resting_services: &[],
        customer: None,
    };
    shopper.release(&input, due);
    let delivery = &shopper.deliveries[0];
    assert_eq!(delivery.state, State::Skipped(Skip::NetworkLimit));
    assert_eq!(delivery.decisions[0].code(), "network_limit");
    assert!(delivery.frozen.is_none() && shopper.sent.is_empty());
}

/// Rows from before anybody was asked to vouch.
#[test]
fn an_older_row_is_nobodys_word() {
    let mut shopper = Shopper::new(SHOP, ADA);
    tell(&mut shopper, left(1, 10), ada(true), 10);
    let row = codec::encode(&shopper).unwrap();
    let added = codec::encode(&shopper.vouching).unwrap().len() - 1;
    let older: Shopper = codec::decode(&row[..row.len() - added]).unwrap();
    assert_eq!(older, shopper);
}

proptest! {
    // Each case is more than a hundred steps.
    #![proptest_config(ProptestConfig::with_cases(60))]
    /// However many carts name the address: no more than the limit's are written about within a day, and what is remembered is bounded.
    #[test]
    fn a_flood_of_one_address_is_bounded(limit in 1_u8..9, carts in prop::collection::vec((1_u8.., 0_u64..3_600_000), 1..120)) {
        let mut shopper = Shopper::new(SHOP, ADA);
        let (mut now, mut admitted): (u64, Vec<(u8, u64)>) = (10, Vec::new());
        for (n, wait) in carts {
            now += wait;
            let is_new = !shopper.carts.contains_key(&cart(n));
            tell(&mut shopper, left(n, now), typed(limit), now);
            if is_new && kept_back(&shopper, left(n, now)).is_none() {
                admitted.push((n, now));
            }
            prop_assert!(shopper.carts.len() <= Shopper::MAX_CARTS);
            prop_assert!(codec::encode(&shopper).unwrap().len() < 8_192);
        }
        for (_, from) in &admitted {
            let within = admitted.iter().filter(|(_, at)| at >= from && *at < from + 86_400_000);
            prop_assert!(within.count() <= usize::from(limit));
        }
    }
}
