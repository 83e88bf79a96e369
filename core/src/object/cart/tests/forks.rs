//! Carts that are copies of others.

use super::*;

#[test]
fn an_order_on_a_fork_is_acknowledged_when_the_parent_knows_and_counts_there_once() {
    let mut parent = cart();
    call(
        &mut parent,
        collect(&[(id(1, 1), add(1)), (id(1, 2), add(2))], None),
        100,
        taken,
    );
    let mut fork = Cart::new(SHOP, CartId([8; 16]));
    let copied = vec![Dot {
        id: id(1, 1),
        carry: 0,
    }];
    let beginning = What::Fork {
        parent: CartId([9; 16]),
        dots: copied,
        generation: 0,
        merged: false,
    };
    call(
        &mut fork,
        collect(&[(id(5, 1), beginning.clone()), (id(5, 2), add(1))], None),
        200,
        taken,
    );
    let mut told = Vec::new();
    let bought = [(id(5, 3), order(&[id(5, 2)]))];
    let unheard = call(&mut fork, collect(&bought, None), 300, |effect| {
        told.push(effect.clone());
        None
    });
    assert!(unheard.acked.is_empty());
    let Some(Effect::TellParent { ordered, dots, .. }) = told.pop() else {
        panic!("the parent was not told")
    };
    for _ in 0..2 {
        let input = Input::ForkOrdered {
            shop: SHOP,
            cart: CartId([9; 16]),
            fork: CartId([8; 16]),
            origin: CartId([8; 16]),
            ordered,
            dots: dots.clone(),
            generation: 0,
        };
        parent.step(input, 400, &[3; 32]);
    }
    assert_eq!(parent.state().epoch(), 1);
    assert_eq!(
        parent.snapshot().slot.ordered.map(|ordered| ordered.at),
        Some(300),
        "when it was bought, not when it was heard of"
    );
    assert_eq!(
        parent.snapshot().lines.len(),
        1,
        "what the fork did not copy stays"
    );
    assert_eq!(
        call(&mut fork, collect(&bought, None), 500, taken).acked,
        [id(5, 3)]
    );
    // A cart that has begun cannot become a fork.
    let late = call(
        &mut parent,
        collect(&[(id(1, 9), beginning)], None),
        600,
        taken,
    );
    assert_eq!(late.refused, [(id(1, 9), Refusal::NotAFork)]);
}

#[test]
fn an_order_is_never_refused_and_a_fork_has_no_say_over_what_it_did_not_copy() {
    let mut cart = cart();
    call(&mut cart, collect(&[(id(1, 1), add(1))], None), 100, taken);
    let never_seen = (2..500).map(|n| Dot {
        id: id(1, n),
        carry: 0,
    });
    let input = Input::ForkOrdered {
        shop: SHOP,
        cart: CartId([9; 16]),
        fork: CartId([8; 16]),
        origin: CartId([8; 16]),
        ordered: Ordered {
            epoch: 0,
            at: 150,
            recovered: false,
        },
        dots: never_seen.collect(),
        generation: 0,
    };
    cart.step(input, 200, &[0; 32]);
    call(&mut cart, collect(&[(id(1, 2), add(2))], None), 300, taken);
    assert_eq!(
        cart.snapshot().lines.len(),
        2,
        "later adds are not born gone"
    );
    // More browsers than a cart remembers: their adds are refused, their orders are not.
    for replica in 0..200 {
        let events = [(id(1_000 + replica, 1), add(3))];
        call(&mut cart, collect(&events, None), 400, taken);
    }
    let last = call(
        &mut cart,
        collect(&[(id(7_000, 1), order(&[id(1, 1)]))], None),
        500,
        taken,
    );
    assert_eq!(last.acked, [id(7_000, 1)]);
    let again = cart.step(collect(&[(id(7_000, 1), order(&[]))], None), 600, &[0; 32]);
    assert!(!again.write, "and it counts once");
}

#[test]
fn a_revoked_link_has_no_power_and_no_cart_is_its_own_parent() {
    let mut cart = cart();
    let own = call(
        &mut cart,
        collect(&[(id(1, 1), fork_of(9))], None),
        100,
        taken,
    );
    assert_eq!(own.refused, [(id(1, 1), Refusal::NotAFork)]);
    call(&mut cart, collect(&[(id(1, 2), add(1))], None), 200, taken);
    assert!(cart.step(Input::Revoke, 300, &[0; 32]).write);
    assert_eq!(cart.snapshot().generation, 1);
    let input = Input::ForkOrdered {
        shop: SHOP,
        cart: CartId([9; 16]),
        fork: CartId([8; 16]),
        origin: CartId([8; 16]),
        ordered: Ordered {
            epoch: 0,
            at: 350,
            recovered: false,
        },
        dots: vec![],
        generation: 0,
    };
    assert!(!cart.step(input, 400, &[0; 32]).write);
    assert_eq!(cart.state().epoch(), 0);
}

/// The fork's order is acknowledged once nothing is owed here; a parent that has forgotten what it was told must ask again.
#[test]
fn a_parent_with_revoked_links_does_not_keep_a_fork_waiting() {
    let mut parent = cart();
    let events = [(id(1, 1), add(1))];
    call(
        &mut parent,
        collect(&events, identify(id(1, 2), 1)),
        100,
        |_| None,
    );
    parent.step(Input::Revoke, 200, &[0; 32]);
    let input = Input::ForkOrdered {
        shop: SHOP,
        cart: CartId([9; 16]),
        fork: CartId([8; 16]),
        origin: CartId([8; 16]),
        ordered: Ordered {
            epoch: 0,
            at: 350,
            recovered: false,
        },
        dots: vec![],
        generation: 0,
    };
    let commit = parent.step(input, 400, &[0; 32]);
    assert_eq!(commit.reply, Reply::Done { settled: false });
    for effect in &commit.effects {
        if let Some(answer) = taken(effect) {
            parent.step(answer, 500, &[0; 32]);
        }
    }
    assert_eq!(parent.done(), Reply::Done { settled: true });
}

/// Carts as their hosts run them: a call is answered once what it has to tell was told.
struct Told {
    carts: Vec<Cart>,
    rows: usize,
}

impl Told {
    fn cart(&mut self, id: CartId) -> &mut Cart {
        self.carts.iter_mut().find(|cart| cart.id() == id).unwrap()
    }

    fn tell(&mut self, fork: CartId, effect: Effect, depth: usize) {
        assert!(depth < 10, "an order goes round for ever");
        let Effect::TellParent {
            parent,
            origin,
            ordered,
            dots,
            generation,
        } = effect
        else {
            panic!("nobody watches these carts")
        };
        let input = Input::ForkOrdered {
            shop: SHOP,
            cart: parent,
            fork,
            origin,
            ordered,
            dots,
            generation,
        };
        let commit = self.cart(parent).step(input, 400, &[4; 32]);
        self.rows += usize::from(commit.write);
        for effect in commit.effects {
            self.tell(parent, effect, depth + 1);
        }
        let is_taken = match commit.reply {
            Reply::Done { .. } => self.cart(parent).done() == Reply::Done { settled: true },
            reply => reply == Reply::ComeRound,
        };
        if is_taken {
            self.cart(fork)
                .step(Input::ParentTook { ordered }, 400, &[0; 32]);
        }
    }
}

fn fork_of(parent: u8) -> What {
    What::Fork {
        parent: CartId([parent; 16]),
        dots: vec![],
        generation: 0,
        merged: false,
    }
}

/// Two people who open each other's link in carts that hold nothing yet, or more in a ring; the order is placed in one of them,
/// or in a cart that was copied from one.
#[test]
fn carts_that_are_copies_of_each_other_hear_of_an_order_once_and_nobody_waits() {
    for (ring, tail) in [(2, 0), (3, 0), (4, 0), (2, 1), (3, 2)] {
        let parent_of = |n: u8| {
            if n + 1 == ring {
                0
            } else if n < ring {
                n + 1
            } else if n == ring {
                1
            } else {
                n - 1
            }
        };
        let begun = |n: u8| {
            let mut cart = Cart::new(SHOP, CartId([n; 16]));
            let events = [(id(n.into(), 1), fork_of(parent_of(n)))];
            assert!(
                call(&mut cart, collect(&events, None), 100, taken)
                    .refused
                    .is_empty()
            );
            cart
        };
        let mut told = Told {
            carts: (0..ring + tail).map(begun).collect(),
            rows: 0,
        };
        let last = CartId([ring + tail - 1; 16]);
        let bought = [(id(99, 2), add(1)), (id(99, 3), order(&[id(99, 2)]))];
        // The second time everybody knows it.
        for _ in 0..2 {
            let commit = told.cart(last).step(collect(&bought, None), 300, &[4; 32]);
            for effect in commit.effects {
                told.tell(last, effect, 0);
            }
            let Reply::Collected(collected) = commit.reply else {
                panic!("not collected")
            };
            assert!(told.cart(last).finish(collected).acked.contains(&id(99, 3)));
        }
        assert_eq!(told.rows, told.carts.len() - 1, "ring {ring}, tail {tail}");
        for cart in &told.carts {
            assert_eq!(
                (cart.state().epoch(), cart.done()),
                (1, Reply::Done { settled: true })
            );
        }
    }
}

/// What a Cart's token is given for; a cart that has one cannot be made a copy of another.
#[test]
fn a_cart_in_which_something_was_tried_cannot_become_a_fork() {
    let mut cart = cart();
    let own = What::Lines(Op::Set {
        clock: Hlc::at(5),
        dot: Dot {
            id: id(1, 1),
            carry: 0,
        },
        qty: Quantity::new(1).unwrap(),
    });
    let tried = call(&mut cart, collect(&[(id(1, 1), own)], None), 100, taken);
    assert!(tried.meaningful && cart.state().is_empty());
    let late = call(
        &mut cart,
        collect(&[(id(1, 2), fork_of(8))], None),
        200,
        taken,
    );
    assert_eq!(late.refused, [(id(1, 2), Refusal::NotAFork)]);
}
