//! A seeded walk through the cart's rules: random operations in three replicas, joins, orders, deltas. Its digest covers every
//! state's stored bytes, so two builds that agree on it agree on the bytes.

use homing_core::cart::{
    CartState, Change, Dot, EventId, Hlc, LineKey, Op, Quantity, Replica, Variant,
};
use std::collections::BTreeMap;

/// Operations in one walk.
const STEPS: u64 = 200;
const REPLICAS: usize = 3;

/// The digest of the walk that begins at `seed`.
#[expect(
    unsafe_code,
    reason = "an exported name is all that a host without bindings can call"
)]
#[unsafe(no_mangle)]
pub extern "C" fn digest(seed: u64) -> u64 {
    let mut walk = Walk {
        random: Random(seed),
        digest: Fnv::default(),
        counter: 0,
    };
    let mut replicas: [CartState; REPLICAS] = Default::default();
    for step in 1..=STEPS {
        walk.step(&mut replicas, step);
        replicas.iter().for_each(|state| walk.digest.state(state));
    }
    walk.digest.0
}

struct Walk {
    random: Random,
    digest: Fnv,
    counter: u32,
}

impl Walk {
    /// One thing happens to one replica.
    fn step(&mut self, replicas: &mut [CartState; REPLICAS], step: u64) {
        let who = self.random.below(REPLICAS as u64) as usize;
        let other = replicas
            .get(self.random.below(REPLICAS as u64) as usize)
            .cloned();
        let (Some(state), Some(other)) = (replicas.get_mut(who), other) else {
            return;
        };
        match self.random.below(12) {
            0 => state.join(&other),
            1 => {
                let after = self.random.below(other.seq().saturating_add(2));
                let (full, changes) = other.changes_after(after);
                changes.iter().for_each(|change| self.digest.change(change));
                // A delta only fits a replica that has what is before it.
                if full {
                    state.learn(other.epoch(), other.seq(), other.clock(), full, changes);
                }
            }
            2 => {
                let id = self.name(who);
                self.digest.number(u64::from(state.note(id, step).is_ok()));
            }
            _ => {
                let (id, op) = (self.name(who), self.op(state, step));
                self.digest
                    .number(u64::from(state.place(id, &op.clamped(step), step).is_ok()));
            }
        }
    }

    fn name(&mut self, who: usize) -> EventId {
        // Now and then a number is skipped, and one is used twice.
        self.counter = self
            .counter
            .saturating_add(self.random.below(8).min(2) as u32);
        EventId {
            replica: Replica(who as u64),
            counter: self.counter.max(1),
        }
    }

    fn op(&mut self, state: &CartState, step: u64) -> Op {
        let clock = Hlc(self.random.below(1 << 40)).tick(step);
        let qty = Quantity::new(self.random.below(9).saturating_add(1) as u32);
        match (self.random.below(10), qty) {
            (0..=4, Ok(qty)) => match self.line() {
                Some(line) => Op::Add {
                    epoch: self.random.below(4) as u32,
                    clock,
                    line,
                    qty,
                },
                None => Op::Remove { dots: vec![] },
            },
            (5..=6, Ok(qty)) => Op::Set {
                clock,
                dot: self.dot(state),
                qty,
            },
            (7..=8, _) => Op::Remove {
                dots: self.dots(state),
            },
            _ => Op::Close {
                dots: self.dots(state),
            },
        }
    }

    fn line(&mut self) -> Option<LineKey> {
        let variant = Variant::new(&format!("variant-{}", self.random.below(6))).ok()?;
        let mut options = BTreeMap::new();
        for _ in 0..self.random.below(3) {
            let name = ["Größe", "Colour", " Engraving "].get(self.random.below(3) as usize)?;
            let value = ["S", " Ö\u{a0}", "", "Ada Lovelace"].get(self.random.below(4) as usize)?;
            options.insert((*name).to_owned(), (*value).to_owned());
        }
        LineKey::new(variant, &options).ok()
    }

    fn dots(&mut self, state: &CartState) -> Vec<Dot> {
        (0..self.random.below(5)).map(|_| self.dot(state)).collect()
    }

    /// A dot of a line, or one that nobody has heard of yet.
    fn dot(&mut self, state: &CartState) -> Dot {
        let known: Vec<Dot> = state
            .lines()
            .into_iter()
            .flat_map(|view| view.dots)
            .collect();
        let place = self.random.below(known.len() as u64 + 2) as usize;
        let replica = Replica(self.random.below(REPLICAS as u64));
        let counter = self.random.below(300).saturating_add(1) as u32;
        let unknown = Dot {
            id: EventId { replica, counter },
            carry: 0,
        };
        known.get(place).copied().unwrap_or(unknown)
    }
}

/// SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014).
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound.max(1)
    }
}

/// FNV-1a, 64 bits: no protection against malice, and needs none.
struct Fnv(u64);

impl Default for Fnv {
    fn default() -> Self {
        Self(0xcbf2_9ce4_8422_2325)
    }
}

impl Fnv {
    fn bytes(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    fn number(&mut self, number: u64) {
        self.bytes(&number.to_le_bytes());
    }

    /// The bytes as they are stored, and the lines as they are shown.
    fn state(&mut self, state: &CartState) {
        self.bytes(&postcard::to_allocvec(state).unwrap_or_default());
        for view in state.lines() {
            self.bytes(view.line.variant().as_str().as_bytes());
            self.number(u64::from(view.qty));
            view.dots
                .iter()
                .for_each(|dot| self.bytes(dot.to_string().as_bytes()));
        }
    }

    fn change(&mut self, Change { id, entry }: &Change) {
        self.bytes(id.to_string().as_bytes());
        self.bytes(&postcard::to_allocvec(entry).unwrap_or_default());
    }
}

#[cfg(test)]
mod tests {
    use super::{CartState, Random, STEPS, Walk, digest};
    use std::collections::BTreeSet;

    #[test]
    fn a_seed_has_one_digest_and_different_seeds_have_different_ones() {
        let digests: BTreeSet<u64> = (0..200).map(|seed| digest(seed)).collect();
        assert_eq!(digests.len(), 200);
        assert_eq!(digest(7), digest(7));
    }

    /// A walk that only met empty carts would agree everywhere.
    #[test]
    fn the_walk_comes_by_full_carts_and_later_epochs() {
        let (mut lines, mut epochs) = (BTreeSet::new(), BTreeSet::new());
        for seed in 0..20 {
            let mut walk = Walk {
                random: Random(seed),
                digest: super::Fnv::default(),
                counter: 0,
            };
            let mut replicas: [CartState; super::REPLICAS] = Default::default();
            for step in 1..=STEPS {
                walk.step(&mut replicas, step);
                lines.extend(replicas.iter().map(|state| state.lines().len()));
                epochs.extend(replicas.iter().map(CartState::epoch));
            }
        }
        assert!(lines.len() > 8, "{lines:?}");
        assert!(epochs.len() > 8, "{epochs:?}");
    }
}
