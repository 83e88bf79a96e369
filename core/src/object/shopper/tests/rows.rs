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

#[test]
fn who_has_a_cart_tells_the_desk_once_also_where_nothing_is_planned() {
    let mut shopper = Shopper::new(SHOP, ADA);
    let tells = |commit: Commit<Effect, Reply>| {
        let told = commit.effects.into_iter().find_map(|effect| match effect {
            Effect::TellDesk {
                version,
                next_at,
                reported,
                ..
            } => Some((version, next_at, reported)),
            _ => None,
        });
        (told, commit.write)
    };
    let (told, write) = tells(tell(&mut shopper, slot(1, 1, DAY), ada(false), DAY));
    assert_eq!(told, Some((1, None, 0)));
    assert!(write);
    let taken = Input::FactTaken {
        version: 1,
        reported: 0,
        limited: None,
    };
    assert!(!shopper.step(taken, DAY).write);
    let (told, write) = tells(tell(&mut shopper, slot(1, 2, 2 * DAY), None, 2 * DAY));
    assert_eq!((told, write), (None, true));
}

#[test]
fn who_somebody_is_can_be_read_and_is_not_shown_by_mistake() {
    let mut shopper = left_at(DAY);
    let customer = Customer {
        name: crate::document::text::Text::new("Ada Lovelace").ok(),
        reference: crate::document::text::Text::new("c-1").ok(),
        ..Customer::default()
    };
    shopper.step(Input::Customer(customer), DAY);
    let commit = shopper.step(Input::Profile, DAY);
    assert!(!commit.write);
    let Reply::Profile(profile) = commit.reply else {
        panic!("no profile")
    };
    assert_eq!(profile.email.as_deref(), Some("ada@example.com"));
    assert_eq!(profile.name.as_deref(), Some("Ada Lovelace"));
    assert_eq!(profile.reference.as_deref(), Some("c-1"));
    assert_eq!(
        (profile.consent_email, profile.consent_sms),
        (Some(true), None)
    );
    assert_eq!(profile.carts, [(cart(1), "cart".into())]);
    let shown = format!("{profile:?}");
    assert!(
        !shown.contains("ada@") && !shown.contains("Lovelace"),
        "{shown}"
    );
}
