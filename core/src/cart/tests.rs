//! What the state says of itself at its limits, and what a replica has to learn.

use super::{CartState, Dot, EventId, Hlc, LineKey, Op, Quantity, Replica, Variant};

fn id(replica: u64, counter: u32) -> EventId {
    EventId {
        replica: Replica(replica),
        counter,
    }
}

fn dot(replica: u64, counter: u32) -> Dot {
    Dot {
        id: id(replica, counter),
        carry: 0,
    }
}

/// Adds one of `v{n}`, in this epoch.
fn add(epoch: u32, n: u32) -> Op {
    Op::Add {
        epoch,
        clock: Hlc(1),
        line: LineKey::of(Variant::new(&format!("v{n}")).unwrap(), []).unwrap(),
        qty: Quantity::new(1).unwrap(),
    }
}

fn close(dots: &[Dot]) -> Op {
    Op::Close {
        dots: dots.to_vec(),
    }
}

/// Takes these as numbers 1, 2 and so on.
fn fold(ops: &[(EventId, Op)]) -> CartState {
    let mut state = CartState::default();
    for (seq, (id, op)) in (1..).zip(ops) {
        state.place(*id, op, seq).unwrap();
    }
    state
}

fn live(state: &CartState) -> Vec<Dot> {
    state
        .lines()
        .into_iter()
        .flat_map(|view| view.dots)
        .collect()
}

#[test]
fn only_what_is_late_is_carried() {
    let state = fold(&[
        (id(1, 1), close(&[])),
        (id(1, 2), add(0, 1)),
        (id(1, 3), add(1, 2)),
    ]);
    let carried = Dot {
        carry: 1,
        ..dot(1, 2)
    };
    assert_eq!(live(&state), [carried, dot(1, 3)]);
}

/// One place is left: the first of two adds that have not arrived is waited for, the second is not; what is there is covered.
#[test]
fn an_order_in_a_full_cart_covers_what_it_can() {
    let most = CartState::MAX_ENTRIES as u32 - 1;
    let mut state = CartState::default();
    for n in 1..=most {
        state.place(id(1, n), &add(0, n), 1).unwrap();
    }
    state.order(id(2, 1), &[dot(3, 1), dot(3, 2), dot(1, 1)], 2);
    assert_eq!((state.epoch(), state.seq()), (1, 2));
    assert!(state.has_seen(id(2, 1)));
    assert_eq!(live(&state).len(), most as usize - 1);
    assert!(live(&state).iter().all(|dot| dot.id != id(1, 1)));
    state.place(id(3, 1), &add(0, 5_001), 3).unwrap();
    assert!(live(&state).iter().all(|dot| dot.id != id(3, 1)));
    state.place(id(3, 2), &add(0, 5_002), 4).unwrap();
    assert!(live(&state).iter().any(|dot| dot.id == id(3, 2)));
}

#[test]
fn a_cart_is_pristine_until_something_is_tried() {
    assert!(CartState::default().is_pristine());
    assert!(!fold(&[(id(1, 1), add(0, 1))]).is_pristine());
    assert!(!fold(&[(id(1, 1), close(&[]))]).is_pristine());
    let mut told = CartState::default();
    told.learn(0, 1, Hlc(5), true, vec![]);
    assert!(!told.is_pristine());
}

#[test]
fn what_is_noted_changes_no_line() {
    let mut state = CartState::default();
    state.note(id(1, 1), 1).unwrap();
    assert!(state.has_seen(id(1, 1)) && state.is_empty());
    assert!(!state.knows(id(1, 1)));
    assert_eq!(state.seq(), 1);
}

#[test]
fn a_replica_learns_what_it_lacks_or_everything() {
    let set = Op::Set {
        clock: Hlc(2),
        dot: dot(9, 9),
        qty: Quantity::new(3).unwrap(),
    };
    let remove = Op::Remove {
        dots: vec![dot(8, 8)],
    };
    let state = fold(&[
        (id(1, 1), add(0, 1)),
        (id(1, 2), close(&[])),
        (id(1, 3), add(1, 2)),
        // About adds that have not arrived: how many there are of one changes nothing that is shown, that another is gone does.
        (id(1, 4), set),
        (id(1, 5), remove),
    ]);
    let learnt = |after| {
        let (full, changes) = state.changes_after(after);
        let ids: Vec<EventId> = changes.iter().map(|change| change.id).collect();
        (full, ids)
    };
    let everything = (true, vec![id(1, 1), id(1, 3)]);
    // Nothing known; before the epoch; a future that never was.
    for after in [0, 1, 6] {
        assert_eq!(learnt(after), everything, "after {after}");
    }
    assert_eq!(learnt(2), (false, vec![id(1, 3), id(8, 8)]));
    assert_eq!(learnt(3), (false, vec![id(8, 8)]));
    assert_eq!(learnt(5), (false, vec![]));
}

#[test]
fn a_word_about_what_was_bought_leaves_nothing_behind() {
    let bought = [(id(1, 1), add(0, 1)), (id(1, 2), close(&[dot(1, 1)]))];
    let mut state = fold(&bought);
    let remove = Op::Remove {
        dots: vec![dot(1, 1)],
    };
    state.place(id(2, 1), &remove, 3).unwrap();
    assert_eq!(state.entries().len(), 0);
    // Nor does it need room in a cart that is full.
    for n in 0..CartState::MAX_ENTRIES as u32 {
        state.place(id(3, n + 1), &add(1, n), 4).unwrap();
    }
    state.place(id(2, 2), &remove, 5).unwrap();
    assert_eq!(state.entries().len(), CartState::MAX_ENTRIES);
}

#[test]
fn a_view_that_begins_in_the_middle_of_a_journal_knows_what_came_before() {
    let mut state = CartState::default();
    state.skip_to(id(1, 7));
    assert!(state.has_seen(id(1, 6)));
    assert!(!state.has_seen(id(1, 7)));
}
