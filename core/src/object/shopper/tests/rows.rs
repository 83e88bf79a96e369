//! A row is written when something has changed, and only then: rows are what is paid for.

use super::*;
use proptest::prelude::*;

#[derive(Clone, Debug)]
enum Told {
    Slot {
        cart: u8,
        version: u64,
        status: u8,
        stage: bool,
        who: u8,
    },
    Wake,
    Unsubscribe,
}

fn told() -> impl Strategy<Value = Told> {
    let slot = (0_u8..3, 0_u64..6, 0_u8..4, any::<bool>(), 0_u8..4).prop_map(
        |(cart, version, status, stage, who)| Told::Slot {
            cart,
            version,
            status,
            stage,
            who,
        },
    );
    prop_oneof![12 => slot, 4 => Just(Told::Wake), 1 => Just(Told::Unsubscribe)]
}

fn does(shopper: &mut Shopper, told: Told, now: u64) -> Commit<Effect, Reply> {
    let (n, version, status, stage, who) = match told {
        Told::Wake => return shopper.step(Input::Wake, now),
        Told::Unsubscribe => return shopper.step(Input::Unsubscribe, now),
        Told::Slot {
            cart,
            version,
            status,
            stage,
            who,
        } => (cart, version, status, stage, who),
    };
    // A cart's slot follows from its version.
    let active = version * 7 * HOUR;
    let mut slot = if status == 0 && version == 5 {
        bought(n, version, active)
    } else {
        slot(n, version, active)
    };
    slot.stage = (stage && version == 3).then_some(crate::log::Stage::Shipping);
    let identify = match who {
        0 => ada(true),
        1 => ada(false),
        _ => None,
    };
    tell(shopper, slot, identify, now)
}

proptest! {
    #[test]
    fn a_slot_is_written_exactly_when_it_is_news(steps in proptest::collection::vec((told(), 0_u64..20), 1..40)) {
        let mut shopper = Shopper::new(SHOP, ADA);
        let mut now = DAY;
        for (told, hours) in steps {
            now += hours * HOUR;
            let before = shopper.clone();
            let is_slot = matches!(told, Told::Slot { .. });
            let story = format!("{told:?} at {now}");
            let commit = does(&mut shopper, told, now);
            let changed = shopper != before;
            // What a wake-up or a repeated stop notes beyond that is not worth a row.
            prop_assert!(commit.write == changed || !is_slot && !commit.write, "{}", story);
        }
    }
}
