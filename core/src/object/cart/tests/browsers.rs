//! Browsers that take notifications speak for whom the cart speaks for, or else for themselves.

use super::*;
use crate::flood::Network;
use crate::push::Pushed;
use crate::push::tests::{address, at};

const ENDPOINT: &str = "https://push.example.net/p/1";

fn pushed(id: EventId, who: u8, here: bool) -> Option<Identify> {
    Some(Identify {
        email: None,
        push: Some(Pushed {
            endpoint: address(ENDPOINT),
            subscription: here.then(|| at(ENDPOINT)),
            agreed: Some(here),
            wording: "p1".into(),
            page: "/".into(),
        }),
        ..identify(id, who).unwrap()
    })
}

/// What the Shopper hears, and of whom.
fn heard(cart: &mut Cart, identify: Option<Identify>) -> (Collected, Vec<Identify>) {
    let mut heard = Vec::new();
    let collected = call(cart, collect(&[], identify), 100, |effect| {
        if let Effect::Push { identify, .. } = effect {
            heard.extend(identify.clone());
        }
        taken(effect)
    });
    (collected, heard)
}

#[test]
fn a_browser_speaks_for_whom_its_cart_speaks_for() {
    let mut cart = cart();
    heard(&mut cart, identify(id(1, 1), 3));
    let (collected, heard) = heard(&mut cart, pushed(id(1, 2), 8, true));
    assert!(!collected.rebind && collected.acked == [id(1, 2)]);
    assert_eq!(heard[0].shopper, shopper(3));
    assert!(heard[0].push.is_some());
    assert_eq!(cart.binding.as_ref().unwrap().shopper, shopper(3));
}

#[test]
fn a_browser_that_nobody_has_named_speaks_for_itself() {
    let mut cart = cart();
    let (_, told) = heard(&mut cart, pushed(id(1, 1), 8, true));
    assert_eq!(told[0].shopper, shopper(8));
    // Somebody gives an address: that is a person, and goes on in a cart of their own.
    let (collected, told) = heard(&mut cart, identify(id(1, 2), 3));
    assert!(collected.rebind && told.is_empty());
}

#[test]
fn a_browser_that_takes_nothing_makes_nobody() {
    let mut cart = cart();
    let (collected, told) = heard(&mut cart, pushed(id(1, 1), 8, false));
    assert_eq!(collected.acked, [id(1, 1)]);
    assert!(told.is_empty() && cart.binding.is_none());
}

#[test]
fn what_comes_in_one_request_is_one_persons() {
    for first_push in [true, false] {
        let said = [pushed(id(1, 1), 8, true), identify(id(1, 2), 3)];
        let mut request = Collect {
            identify: None,
            ..match collect(&[], None) {
                Input::Collect(collect) => collect,
                _ => panic!("no collect"),
            }
        };
        let mut said: Vec<Identify> = said.into_iter().flatten().collect();
        if !first_push {
            said.reverse();
        }
        let typed = Voice::Typed {
            network: Network(7),
            carts_a_day: 6,
        };
        for mut one in said {
            if one.email.is_some() {
                one.voice = typed;
            }
            request.say(one);
        }
        assert!(request.refused.is_empty());
        let mut cart = cart();
        let mut told = Vec::new();
        let collected = call(&mut cart, Input::Collect(request), 100, |effect| {
            if let Effect::Push { identify, .. } = effect {
                told.extend(identify.clone());
            }
            taken(effect)
        });
        assert_eq!(collected.acked.len(), 2);
        let told = &told[0];
        assert_eq!((told.shopper, told.voice), (shopper(3), typed));
        assert!(told.email.is_some());
        let pushes = told.earlier.iter().map(|word| &word.push);
        let pushes = pushes.chain([&told.push]).flatten().count();
        assert_eq!(pushes, 1);
    }
}

#[test]
fn the_log_says_what_was_agreed_to_and_names_no_browser() {
    let mut cart = cart();
    heard(&mut cart, pushed(id(1, 1), 8, true));
    let payloads = cart.log().tail().iter().map(|entry| match &entry.body {
        Body::Kept { payload, .. } => payload.clone(),
        Body::Erased { .. } => vec![],
    });
    let all: Vec<u8> = payloads.flatten().collect();
    let text = String::from_utf8_lossy(&all);
    assert!(!text.contains("push.example.net") && text.contains("p1"));
}
