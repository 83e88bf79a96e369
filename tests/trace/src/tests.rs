// A trace of what the core does is accepted, and any change of it is found where it was made.

use super::{Divergence, read, replay};
use homing_core::bytes::to_base64url;
use homing_core::cart::{EventId, Hlc, LineKey, Op, Quantity, Replica, Variant};
use homing_core::ids::{CartId, ShopId};
use homing_core::keys::MasterKeys;
use homing_core::log::What;
use homing_core::object::cart::{Cart, Collect, Incoming, Input};
use homing_core::object::codec;
use homing_core::trace::{Asked, Entry};
use std::collections::BTreeMap;

const SHOP: ShopId = ShopId([7; 5]);
const CART: CartId = CartId([9; 16]);

fn keys() -> MasterKeys {
    MasterKeys::parse(&format!("1:{}", to_base64url(&[3; 32]))).unwrap()
}

/// Records a cart the way a host does.
struct Host {
    memory: Option<Cart>,
    row: Option<Vec<u8>>,
    entries: Vec<Entry>,
    now: u64,
}

impl Host {
    fn new() -> Self {
        Self {
            memory: None,
            row: None,
            entries: Vec::new(),
            now: 1_800_000_000_000,
        }
    }

    fn ask(&mut self, input: Input) {
        self.now += 250;
        let cart = match &mut self.memory {
            Some(cart) => cart,
            empty => {
                let cart = match &self.row {
                    Some(row) => codec::decode(row).unwrap(),
                    None => Cart::new(SHOP, CART),
                };
                let state = codec::encode(&cart).unwrap();
                self.entries.push(Entry::Begun { state });
                empty.insert(cart)
            }
        };
        let entropy = [u8::try_from(self.entries.len()).unwrap(); 32];
        let commit = cart.step(input.clone(), self.now, &entropy);
        let state = codec::encode(cart).unwrap();
        if commit.write {
            self.row = Some(state.clone());
        }
        self.entries.push(Entry::Step {
            now: self.now,
            entropy,
            asked: Asked::Cart(input),
            commit: codec::encode(&commit).unwrap(),
            state,
        });
    }

    /// The object is closed; what was not written is gone.
    fn close(&mut self) {
        self.memory = None;
    }
}

fn add(counter: u32) -> Input {
    let what = What::Lines(Op::Add {
        epoch: 0,
        clock: Hlc(u64::from(counter) << 16),
        line: LineKey::new(Variant::new("mug").unwrap(), &BTreeMap::new()).unwrap(),
        qty: Quantity::new(counter).unwrap(),
    });
    Input::Collect(Collect {
        shop: SHOP,
        cart: CART,
        seen: 0,
        page: None,
        events: vec![Incoming {
            id: EventId {
                replica: Replica(5),
                counter,
            },
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
    })
}

fn recorded() -> Vec<Entry> {
    let mut host = Host::new();
    host.ask(add(1));
    host.ask(Input::Read);
    host.close();
    host.ask(add(2));
    host.ask(Input::Revoke);
    host.ask(add(2));
    host.entries
}

#[test]
fn a_trace_comes_to_the_same_bytes() {
    let entries = recorded();
    let text = to_base64url(&codec::encode(&entries).unwrap());
    let replayed = replay(&read(&text).unwrap(), &keys()).unwrap();
    assert_eq!(
        (
            replayed.kind,
            replayed.steps,
            replayed.written,
            replayed.begun
        ),
        ("Cart", 5, 3, 2)
    );
}

#[test]
fn whatever_is_changed_in_a_trace_is_found_there() {
    type Change = (fn(&mut Entry), fn(usize) -> Divergence);
    let changes: [Change; 4] = [
        (
            |entry| {
                if let Entry::Step { state, .. } = entry {
                    *state.last_mut().unwrap() ^= 1;
                }
            },
            Divergence::State,
        ),
        (
            |entry| {
                if let Entry::Step { commit, .. } = entry {
                    *commit.last_mut().unwrap() ^= 1;
                }
            },
            Divergence::Commit,
        ),
        (
            |entry| {
                if let Entry::Step { entropy, .. } = entry {
                    entropy[0] ^= 1;
                }
            },
            Divergence::State,
        ),
        (
            |entry| {
                if let Entry::Step { now, .. } = entry {
                    *now += 1;
                }
            },
            Divergence::State,
        ),
    ];
    for (change, divergence) in changes {
        let mut entries = recorded();
        change(&mut entries[4]);
        assert_eq!(replay(&entries, &keys()), Err(divergence(4)));
    }
}

#[test]
fn an_object_that_remembers_other_than_it_wrote_is_found() {
    let mut entries = recorded();
    let pristine = codec::encode(&Cart::new(SHOP, CART)).unwrap();
    entries[3] = Entry::Begun { state: pristine };
    assert_eq!(replay(&entries, &keys()), Err(Divergence::Begun(3)));

    let mut lost = recorded();
    lost.remove(1);
    assert_eq!(replay(&lost, &keys()), Err(Divergence::Commit(1)));

    // Only a Shopper has an alarm.
    let mut armed = recorded();
    armed.push(Entry::Armed {
        now: 0,
        at: None,
        state: Vec::new(),
    });
    let last = armed.len() - 1;
    assert_eq!(replay(&armed, &keys()), Err(Divergence::Stray(last)));

    let mut headless = recorded();
    headless.remove(0);
    assert_eq!(replay(&headless, &keys()), Err(Divergence::Stray(0)));
    assert_eq!(replay(&[], &keys()), Err(Divergence::Empty));
    assert!(matches!(read("no trace"), Err(Divergence::Unreadable(_))));
}
