//! A cart whose shopper is erased.

use super::*;

fn forget(people: &[u8]) -> Input {
    Input::Forget {
        people: people.iter().map(|who| shopper(*who)).collect(),
        at: 150,
    }
}

/// A cart of somebody, with a line that says something.
fn known() -> Cart {
    let mut cart = cart();
    let options = BTreeMap::from([(String::from("Engraving"), String::from("for Ada"))]);
    let line = LineKey::new(Variant::new("v1").unwrap(), &options).unwrap();
    let add = What::Lines(Op::Add {
        epoch: 0,
        clock: Hlc::at(5),
        line,
        qty: Quantity::new(1).unwrap(),
    });
    let events = [(id(1, 1), add)];
    call(
        &mut cart,
        collect(&events, identify(id(1, 2), 1)),
        100,
        taken,
    );
    cart
}

fn holds(cart: &Cart, text: &[u8]) -> bool {
    let bytes = codec::encode(cart).unwrap();
    bytes.windows(text.len()).any(|part| part == text)
}

#[test]
fn nothing_of_the_person_is_left_and_the_chain_verifies() {
    let mut cart = known();
    assert!(holds(&cart, b"for Ada") && holds(&cart, &shopper(1).0));
    let before = cart.snapshot();
    let head = cart.log.seq();
    let commit = cart.step(forget(&[7, 1]), 200, &[3; 32]);
    assert!(commit.write && commit.effects.is_empty());
    assert!(!holds(&cart, b"for Ada") && !holds(&cart, &shopper(1).0));
    let after = cart.snapshot();
    assert_eq!((after.lines.len(), after.shopper), (0, None));
    assert_ne!(after.generation, before.generation, "links are worthless");
    assert_ne!(after.slot.epoch, before.slot.epoch);
    let entries = cart.log.tail();
    assert_eq!(
        verify(
            Checkpoint::genesis(SHOP, CartId([9; 16])),
            entries,
            &cart.log.head()
        ),
        Ok(())
    );
    let erased = entries
        .iter()
        .filter(|entry| matches!(entry.body, Body::Erased { .. }));
    assert_eq!(erased.count() as u64, head + 1);
    // Twice is once.
    let known = cart.clone();
    assert!(!cart.step(forget(&[1]), 300, &[4; 32]).write);
    assert_eq!(cart, known);
}

#[test]
fn somebody_elses_cart_stays_as_it_is() {
    let mut cart = known();
    let before = cart.clone();
    assert!(!cart.step(forget(&[2]), 200, &[3; 32]).write);
    assert_eq!(cart, before);
    let mut nobodys = self::cart();
    call(
        &mut nobodys,
        collect(&[(id(1, 1), add(1))], None),
        100,
        taken,
    );
    assert!(!nobodys.step(forget(&[1]), 200, &[3; 32]).write);
}

#[test]
fn what_comes_afterwards_is_nobodys_until_somebody_says_who_they_are() {
    let mut cart = known();
    cart.step(forget(&[1]), 200, &[3; 32]);
    // The event that named the person, once more: it is known, and names nobody.
    let mut pushed = 0;
    let answer = |effect: &Effect| {
        pushed += usize::from(matches!(effect, Effect::Push { .. }));
        taken(effect)
    };
    let told = call(
        &mut cart,
        collect(&[(id(1, 3), add(2))], identify(id(1, 2), 1)),
        300,
        answer,
    );
    assert_eq!(told.acked, [id(1, 3), id(1, 2)]);
    assert_eq!((pushed, cart.snapshot().shopper), (0, None));
    assert_eq!(cart.snapshot().lines.len(), 1);
    call(&mut cart, collect(&[], identify(id(1, 4), 2)), 400, taken);
    assert_eq!(cart.snapshot().shopper, Some(shopper(2)));
}

#[test]
fn the_same_erasure_told_once_more_leaves_who_has_come_again() {
    let mut cart = known();
    cart.step(forget(&[1]), 200, &[3; 32]);
    let again = |at, n| {
        let mut identify = identify(id(1, n), 1);
        identify.as_mut().unwrap().at = at;
        identify
    };
    // Told late, of before: it is told to forget once more, and does.
    call(&mut cart, collect(&[], again(140, 4)), 300, taken);
    assert_eq!(cart.snapshot().shopper, Some(shopper(1)));
    assert!(cart.step(forget(&[1]), 301, &[5; 32]).write);
    assert_eq!(cart.snapshot().shopper, None);
    // Who has come since is not.
    call(
        &mut cart,
        collect(&[(id(1, 5), add(3))], again(400, 6)),
        400,
        taken,
    );
    assert!(!cart.step(forget(&[1]), 500, &[6; 32]).write);
    assert_eq!(cart.snapshot().shopper, Some(shopper(1)));
    // Unless they are erased once more.
    let people = vec![shopper(1)];
    assert!(
        cart.step(Input::Forget { people, at: 450 }, 600, &[7; 32])
            .write
    );
}

#[test]
fn a_slot_says_when_its_cart_was_named_last() {
    let named = |cart: &mut Cart, input, now| {
        let commit = cart.step(input, now, &[9; 32]);
        commit.effects.iter().find_map(|effect| match effect {
            Effect::Push { named_at, .. } => *named_at,
            _ => None,
        })
    };
    let mut cart = cart();
    let mut first = identify(id(1, 2), 1);
    first.as_mut().unwrap().at = 100;
    assert_eq!(
        named(&mut cart, collect(&[(id(1, 1), add(1))], first), 200),
        Some(100)
    );
    // Whatever else happens names nobody.
    assert_eq!(
        named(&mut cart, collect(&[(id(1, 3), add(2))], None), 9_000),
        Some(100)
    );
    // A server tells now of what was agreed to long ago.
    let mut late = identify(id(1, 4), 1);
    let told = late.as_mut().unwrap();
    (told.at, told.told_at) = (5, Some(8_000));
    assert_eq!(named(&mut cart, collect(&[], late), 9_500), Some(8_000));
}
