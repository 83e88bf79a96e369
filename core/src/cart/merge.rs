//! Joining two replicas of one cart: commutative, associative, idempotent (a state-based CRDT; Shapiro et al., 2011).

use super::{CartState, Entry};

impl CartState {
    /// Joins `other` into `self`. Inside an epoch everything that either side knows is kept; between epochs the later
    /// one wins whole, because only the edge advances the epoch and it has already carried over what it had to.
    pub fn join(&mut self, other: &Self) {
        if other.epoch < self.epoch {
            return;
        }
        if other.epoch > self.epoch {
            self.clone_from(other);
            return;
        }
        self.seq = self.seq.max(other.seq);
        self.floor = self.floor.max(other.floor);
        self.clock = self.clock.max(other.clock);
        for (id, theirs) in other.entries.iter() {
            self.entries.get_or_default(*id).join(theirs);
        }
        self.seen.join(&other.seen);
    }
}

impl Entry {
    fn join(&mut self, other: &Self) {
        if other.carry > self.carry {
            self.clone_from(other);
        } else if other.carry == self.carry {
            self.line = self.line.take().max(other.line.clone());
            self.qty = self.qty.max(other.qty);
            self.gone |= other.gone;
            self.seq = self.seq.max(other.seq);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{CartState, Dot, EventId, Hlc, LineKey, Op, Quantity, Replica, Variant};
    use proptest::prelude::*;
    use std::collections::{BTreeMap, BTreeSet};

    fn id(replica: u64, counter: u32) -> EventId {
        EventId {
            replica: Replica(replica),
            counter,
        }
    }

    fn dot(id: EventId) -> Dot {
        Dot { id, carry: 0 }
    }

    fn key(n: u8) -> LineKey {
        LineKey::new(Variant::new(&format!("v{n}")).unwrap(), &BTreeMap::new()).unwrap()
    }

    fn add(n: u8, clock: u64, qty: u32) -> Op {
        Op::Add {
            epoch: 0,
            clock: Hlc(clock),
            line: key(n),
            qty: Quantity::new(qty).unwrap(),
        }
    }

    /// Operations without a `Close`, each with a unique id; sets and removes name ids that may or may not be adds.
    fn operations() -> impl Strategy<Value = Vec<(EventId, Op)>> {
        let dots = (0_u64..4, 1_u32..12).prop_map(|(replica, counter)| dot(id(replica, counter)));
        let op = prop_oneof![
            3 => (0_u8..5, 0_u64..9, 1_u32..9).prop_map(|(n, clock, qty)| add(n, clock, qty)),
            2 => (0_u64..9, dots.clone(), 1_u32..9).prop_map(|(clock, dot, qty)| Op::Set { clock: Hlc(clock), dot, qty: Quantity::new(qty).unwrap() }),
            1 => proptest::collection::vec(dots, 0..4).prop_map(|dots| Op::Remove { dots }),
        ];
        proptest::collection::btree_map((0_u64..4, 1_u32..12), op, 0..24).prop_map(|ops| {
            let ops: BTreeMap<EventId, Op> = ops
                .into_iter()
                .map(|((replica, counter), op)| (id(replica, counter), op))
                .collect();
            // A browser only ever names dots that are adds.
            let is_add = |dot: &Dot| {
                ops.get(&dot.id)
                    .is_none_or(|op| matches!(op, Op::Add { .. }))
            };
            let sound = |op: &Op| match op {
                Op::Set { dot, .. } => is_add(dot),
                Op::Remove { dots } => dots.iter().all(is_add),
                _ => true,
            };
            ops.iter()
                .filter(|(_, op)| sound(op))
                .map(|(id, op)| (*id, op.clone()))
                .collect()
        })
    }

    fn fold(ops: &[(EventId, Op)]) -> CartState {
        let mut state = CartState::default();
        for (id, op) in ops {
            state.place(*id, op, 1).unwrap();
        }
        state
    }

    fn joined(a: &CartState, b: &CartState) -> CartState {
        let mut result = a.clone();
        result.join(b);
        result
    }

    proptest! {
        #[test]
        fn join_is_commutative_associative_and_idempotent(a in operations(), b in operations(), c in operations()) {
            let (a, b, c) = (fold(&a), fold(&b), fold(&c));
            prop_assert_eq!(joined(&a, &b), joined(&b, &a));
            prop_assert_eq!(joined(&joined(&a, &b), &c), joined(&a, &joined(&b, &c)));
            prop_assert_eq!(joined(&a, &a), a);
        }

        #[test]
        fn order_of_arrival_does_not_matter((ops, shuffled) in operations().prop_flat_map(|ops| (Just(ops.clone()), Just(ops).prop_shuffle()))) {
            prop_assert_eq!(fold(&ops), fold(&shuffled));
        }

        #[test]
        fn joining_halves_equals_the_whole(ops in operations(), pick in any::<u32>()) {
            let (left, right): (Vec<_>, Vec<_>) = ops.iter().cloned().enumerate().partition(|(n, _)| pick >> (n % 32) & 1 == 0);
            let side = |half: Vec<(usize, (EventId, Op))>| fold(&half.into_iter().map(|(_, op)| op).collect::<Vec<_>>());
            prop_assert_eq!(joined(&side(left), &side(right)), fold(&ops));
        }

        #[test]
        fn a_line_lives_exactly_while_an_unremoved_add_is_behind_it(ops in operations()) {
            let removed: BTreeSet<EventId> = ops.iter().filter_map(|(_, op)| if let Op::Remove { dots } = op { Some(dots) } else { None }).flatten().map(|dot| dot.id).collect();
            let expected: BTreeSet<LineKey> = ops.iter().filter(|(id, _)| !removed.contains(id))
                .filter_map(|(_, op)| if let Op::Add { line, .. } = op { Some(line.clone()) } else { None }).collect();
            let live: BTreeSet<LineKey> = fold(&ops).lines().into_iter().map(|view| view.line).collect();
            prop_assert_eq!(live, expected);
        }

        /// An order at any point, then everything again in any order: nothing that it covered returns, and what it did not
        /// cover is there once.
        #[test]
        fn an_order_covers_what_it_saw_and_carries_the_rest_once(
            (ops, shuffled) in operations().prop_flat_map(|ops| (Just(ops.clone()), Just(ops).prop_shuffle())),
            cut in 0_usize..24, pick in any::<u32>(),
        ) {
            let adds: Vec<EventId> = ops.iter().filter(|(_, op)| matches!(op, Op::Add { .. })).map(|(id, _)| *id).collect();
            let covered: Vec<Dot> = adds.iter().enumerate().filter(|(n, _)| pick >> (n % 32) & 1 == 1).map(|(_, id)| dot(*id)).collect();
            let order = (id(9, 1), Op::Close { dots: covered.clone() });
            let mut state = CartState::default();
            let (before, after) = shuffled.split_at(cut.min(shuffled.len()));
            for (id, op) in before.iter().chain([&order]).chain(after) {
                state.place(*id, op, 1).unwrap();
            }
            // A second delivery of everything: repeats are kept out by id.
            prop_assert!(shuffled.iter().all(|(id, _)| state.has_seen(*id)));
            let removed: BTreeSet<EventId> = ops.iter().filter_map(|(_, op)| if let Op::Remove { dots } = op { Some(dots) } else { None }).flatten().map(|dot| dot.id).collect();
            let expected: BTreeSet<Dot> = adds.iter().filter(|id| !removed.contains(id) && !covered.contains(&dot(**id))).map(|id| Dot { id: *id, carry: 1 }).collect();
            let live: Vec<Dot> = state.lines().into_iter().flat_map(|view| view.dots).collect();
            prop_assert_eq!(live.len(), live.iter().collect::<BTreeSet<_>>().len());
            prop_assert_eq!(live.into_iter().collect::<BTreeSet<_>>(), expected);
        }
    }

    #[test]
    fn a_late_add_finds_its_order_across_two_epochs() {
        let mut state = CartState::default();
        state
            .place(
                id(1, 2),
                &Op::Close {
                    dots: vec![dot(id(1, 1))],
                },
                1,
            )
            .unwrap();
        state
            .place(id(2, 1), &Op::Close { dots: vec![] }, 2)
            .unwrap();
        state.place(id(1, 1), &add(1, 5, 1), 3).unwrap();
        assert!(state.is_empty());
        assert_eq!(state.epoch(), 2);
    }

    #[test]
    fn removing_under_the_old_name_takes_out_what_was_carried_over() {
        let mut state = CartState::default();
        state.place(id(1, 1), &add(1, 5, 2), 1).unwrap();
        state
            .place(id(2, 1), &Op::Close { dots: vec![] }, 2)
            .unwrap();
        assert_eq!(
            state.lines()[0].dots,
            [Dot {
                id: id(1, 1),
                carry: 1
            }]
        );
        state
            .place(
                id(1, 2),
                &Op::Remove {
                    dots: vec![dot(id(1, 1))],
                },
                3,
            )
            .unwrap();
        assert!(state.is_empty());
    }

    #[test]
    fn two_devices_adding_the_same_thing_keep_both() {
        let mut state = CartState::default();
        state.place(id(1, 1), &add(1, 5, 1), 1).unwrap();
        state.place(id(2, 1), &add(1, 5, 2), 2).unwrap();
        assert_eq!(state.lines()[0].qty, 3);
        assert_eq!(state.lines().len(), 1);
    }

    #[test]
    fn a_replica_that_learns_the_changes_sees_the_same_lines() {
        let mut edge = CartState::default();
        let mut replica = CartState::default();
        let script = [
            (id(1, 1), add(1, 1, 1)),
            (id(1, 2), add(2, 2, 4)),
            (
                id(2, 1),
                Op::Remove {
                    dots: vec![dot(id(1, 1))],
                },
            ),
            (
                id(2, 2),
                Op::Close {
                    dots: vec![dot(id(1, 2))],
                },
            ),
            (id(2, 3), add(3, 9, 7)),
        ];
        for (seq, (id, op)) in script.iter().enumerate() {
            edge.place(*id, op, seq as u64 + 1).unwrap();
            let (full, changes) = edge.changes_after(replica.seq());
            replica.learn(edge.epoch(), edge.seq(), edge.clock(), full, changes);
            assert_eq!(replica.lines(), edge.lines());
            assert_eq!(
                (replica.epoch(), replica.seq(), replica.clock()),
                (edge.epoch(), edge.seq(), edge.clock())
            );
        }
    }

    #[test]
    fn a_full_cart_refuses_and_stays_as_it_was() {
        let mut state = CartState::default();
        for n in 0..CartState::MAX_ENTRIES as u32 {
            state.place(id(1, n + 1), &add(1, 1, 1), 1).unwrap();
        }
        let before = state.clone();
        assert!(state.place(id(1, 5_000), &add(1, 1, 1), 2).is_err());
        assert_eq!(state, before);
    }

    #[test]
    fn between_epochs_the_later_one_wins_whole() {
        let mut later = fold(&[(id(1, 1), add(1, 1, 1))]);
        let earlier = fold(&[(id(1, 1), add(1, 1, 1)), (id(2, 1), add(2, 1, 1))]);
        let order = Op::Close {
            dots: vec![dot(id(1, 1))],
        };
        later.place(id(1, 2), &order, 2).unwrap();
        assert_eq!(joined(&earlier, &later), later);
        assert_eq!(joined(&later, &earlier), later);
    }

    #[test]
    fn what_was_carried_further_wins() {
        let close = || Op::Close { dots: vec![] };
        let ops = [
            (id(1, 1), add(1, 1, 1)),
            (id(2, 1), close()),
            (id(2, 2), close()),
        ];
        let twice = fold(&ops);
        let late = fold(&[ops[1].clone(), ops[2].clone(), ops[0].clone()]);
        let carry = |state: &CartState| state.lines()[0].dots[0].carry;
        assert_eq!((carry(&twice), carry(&late)), (2, 1));
        assert_eq!(carry(&joined(&late, &twice)), 2);
        assert_eq!(carry(&joined(&twice, &late)), 2);
    }

    #[test]
    fn seen_joins() {
        let mut left = fold(&[(id(1, 1), add(1, 1, 1)), (id(1, 3), add(1, 1, 1))]);
        left.join(&fold(&[(id(1, 2), add(1, 1, 1))]));
        assert_eq!(
            left,
            fold(&[
                (id(1, 1), add(1, 1, 1)),
                (id(1, 2), add(1, 1, 1)),
                (id(1, 3), add(1, 1, 1))
            ])
        );
    }
}
