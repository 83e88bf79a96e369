//! One hash for all heads of a shop on a day: the Merkle tree of RFC 6962, section 2.1.
//!
//! The leaves are sorted by cart: `SHA-256(0 ‖ cart ‖ head)`, with 16 and 32 bytes. A node is `SHA-256(1 ‖ left ‖ right)`, where the
//! left side has the largest power of two of leaves that is smaller than all. The tree of no carts is `SHA-256("")`.
//! Inclusion is proved as in RFC 9162, section 2.1.3. Who holds the root of a day can hold its owner to every log of that day.

use super::Hash;
use crate::ids::CartId;
use alloc::vec::Vec;
use sha2::{Digest, Sha256};

/// Leaves that came out of their order, or twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the carts have to be sorted, each of them once; cart {cart} is not in its place")]
pub struct Unsorted {
    /// The leaf that does not follow the one before it.
    pub cart: CartId,
}

/// Builds a root from leaves as they come; keeps one hash for each bit of their number.
#[derive(Clone, Debug, Default)]
pub struct RootBuilder {
    /// Roots of full subtrees, the largest first, with the number of leaves of each.
    full: Vec<(u64, Hash)>,
    last: Option<CartId>,
    size: u64,
}

impl RootBuilder {
    /// The next cart with its head. Carts come in ascending order.
    pub fn push(&mut self, cart: CartId, head: &Hash) -> Result<(), Unsorted> {
        if self.last.is_some_and(|last| last >= cart) {
            return Err(Unsorted { cart });
        }
        self.last = Some(cart);
        self.push_leaf(leaf(cart, head));
        Ok(())
    }

    /// How many leaves there are.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root of all leaves so far.
    pub fn root(&self) -> Hash {
        let mut subtrees = self.full.iter().rev().map(|(_, hash)| *hash);
        match subtrees.next() {
            Some(smallest) => subtrees.fold(smallest, |right, left| node(&left, &right)),
            None => Sha256::digest(b"").into(),
        }
    }

    fn push_leaf(&mut self, hash: Hash) {
        self.size = self.size.saturating_add(1);
        let mut grown = (1_u64, hash);
        while let Some((leaves, left)) = self.full.pop_if(|(leaves, _)| *leaves == grown.0) {
            grown = (leaves.saturating_mul(2), node(&left, &grown.1));
        }
        self.full.push(grown);
    }
}

/// The root over all carts with their heads, sorted by cart.
pub fn root(heads: impl IntoIterator<Item = (CartId, Hash)>) -> Result<Hash, Unsorted> {
    let mut builder = RootBuilder::default();
    for (cart, head) in heads {
        builder.push(cart, &head)?;
    }
    Ok(builder.root())
}

/// A proof that a root covers a cart's head.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inclusion {
    /// The cart's place among all carts of the root, from 0.
    pub index: u64,
    /// How many carts the root covers.
    pub size: u64,
    /// The hashes beside the way from the leaf to the root, from below.
    pub path: Vec<Hash>,
}

impl Inclusion {
    /// Proves the head of `cart`, one of `heads`, which are sorted by cart. `None` where it is not among them.
    pub fn prove(heads: &[(CartId, Hash)], cart: CartId) -> Option<Self> {
        let index = heads.binary_search_by_key(&cart, |(cart, _)| *cart).ok()?;
        let leaves: Vec<Hash> = heads.iter().map(|(cart, head)| leaf(*cart, head)).collect();
        let mut path = Vec::new();
        walk(&leaves, index, &mut path);
        Some(Self {
            index: u64::try_from(index).ok()?,
            size: u64::try_from(heads.len()).ok()?,
            path,
        })
    }

    /// Whether `root` covers `cart` with `head` at this place.
    pub fn verify(&self, cart: CartId, head: &Hash, root: &Hash) -> bool {
        self.fold(leaf(cart, head))
            .is_some_and(|folded| folded == *root)
    }

    /// RFC 9162, section 2.1.3.2.
    fn fold(&self, leaf: Hash) -> Option<Hash> {
        let mut place = self.index;
        let mut last = self.size.checked_sub(1).filter(|last| place <= *last)?;
        let mut hash = leaf;
        for beside in &self.path {
            if last == 0 {
                return None;
            }
            if place & 1 == 1 || place == last {
                hash = node(beside, &hash);
                while place & 1 == 0 && place != 0 {
                    place >>= 1;
                    last >>= 1;
                }
            } else {
                hash = node(&hash, beside);
            }
            place >>= 1;
            last >>= 1;
        }
        (last == 0).then_some(hash)
    }
}

/// Collects the hashes beside the way to leaf `index`, from below, and returns the root.
fn walk(leaves: &[Hash], index: usize, path: &mut Vec<Hash>) -> Hash {
    let tree = |leaves: &[Hash]| {
        let mut builder = RootBuilder::default();
        leaves.iter().for_each(|leaf| builder.push_leaf(*leaf));
        builder.root()
    };
    if leaves.len() <= 1 {
        return tree(leaves);
    }
    // The largest power of two below the number of leaves.
    let half = leaves.len().next_power_of_two() / 2;
    let Some((left, right)) = leaves.split_at_checked(half) else {
        return tree(leaves);
    };
    if index < half {
        let (inner, beside) = (walk(left, index, path), tree(right));
        path.push(beside);
        node(&inner, &beside)
    } else {
        let (inner, beside) = (walk(right, index.saturating_sub(half), path), tree(left));
        path.push(beside);
        node(&beside, &inner)
    }
}

fn leaf(cart: CartId, head: &Hash) -> Hash {
    Sha256::new()
        .chain_update([0])
        .chain_update(cart.0)
        .chain_update(head)
        .finalize()
        .into()
}

fn node(left: &Hash, right: &Hash) -> Hash {
    Sha256::new()
        .chain_update([1])
        .chain_update(left)
        .chain_update(right)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bytes::to_hex;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    /// The test vectors of the Certificate Transparency project for RFC 6962's trees of 0 to 8 leaves.
    #[test]
    fn roots_are_those_of_certificate_transparency() {
        let inputs: [&[u8]; 8] = [
            &[],
            &[0x00],
            &[0x10],
            &[0x20, 0x21],
            &[0x30, 0x31],
            &[0x40, 0x41, 0x42, 0x43],
            &[0x50, 0x51, 0x52, 0x53, 0x54, 0x55, 0x56, 0x57],
            &[
                0x60, 0x61, 0x62, 0x63, 0x64, 0x65, 0x66, 0x67, 0x68, 0x69, 0x6a, 0x6b, 0x6c, 0x6d,
                0x6e, 0x6f,
            ],
        ];
        let roots = [
            "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
            "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
            "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
            "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
            "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
            "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
            "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
        ];
        let mut builder = RootBuilder::default();
        assert_eq!(to_hex(&builder.root()), roots[0]);
        for (input, root) in inputs.iter().zip(&roots[1..]) {
            let leaf = Sha256::new().chain_update([0]).chain_update(input);
            builder.push_leaf(leaf.finalize().into());
            assert_eq!(to_hex(&builder.root()), *root);
        }
    }

    fn heads() -> impl Strategy<Value = Vec<(CartId, Hash)>> {
        let heads = proptest::collection::btree_map(any::<[u8; 16]>(), any::<[u8; 32]>(), 1..70);
        heads.prop_map(|heads: BTreeMap<_, _>| {
            let carts = heads.into_iter().map(|(cart, head)| (CartId(cart), head));
            carts.collect()
        })
    }

    proptest! {
        #[test]
        fn every_cart_is_proved_and_nothing_else(heads in heads(), which in any::<prop::sample::Index>(), flip in 0_usize..256, shift in 1_u64..70) {
            let top = root(heads.clone()).unwrap();
            let (cart, head) = heads[which.index(heads.len())];
            let proof = Inclusion::prove(&heads, cart).unwrap();
            prop_assert!(proof.verify(cart, &head, &top));
            let flipped = |hash: &Hash| {
                let mut hash = *hash;
                hash[flip / 8] ^= 1 << (flip % 8);
                hash
            };
            prop_assert!(!proof.verify(cart, &flipped(&head), &top));
            prop_assert!(!proof.verify(cart, &head, &flipped(&top)));
            let mut other = cart;
            other.0[flip % 16] ^= 1;
            prop_assert!(!proof.verify(other, &head, &top));
            for n in 0..proof.path.len() {
                let mut forged = proof.clone();
                forged.path[n] = flipped(&forged.path[n]);
                prop_assert!(!forged.verify(cart, &head, &top));
                forged.path.remove(n);
                prop_assert!(!forged.verify(cart, &head, &top));
            }
            let longer = Inclusion { path: [proof.path.clone(), vec![top]].concat(), ..proof.clone() };
            prop_assert!(!longer.verify(cart, &head, &top));
            let elsewhere = Inclusion { index: (proof.index + shift) % proof.size, ..proof.clone() };
            prop_assert_eq!(elsewhere.verify(cart, &head, &top), elsewhere.index == proof.index);
            let beyond = Inclusion { index: proof.size, ..proof };
            prop_assert!(!beyond.verify(cart, &head, &top));
        }

        #[test]
        fn one_cart_more_less_or_other_is_another_root(heads in heads(), which in any::<prop::sample::Index>()) {
            let top = root(heads.clone()).unwrap();
            let n = which.index(heads.len());
            let mut less = heads.clone();
            less.remove(n);
            prop_assert_ne!(root(less).unwrap(), top);
            let mut other = heads.clone();
            other[n].1[0] ^= 1;
            prop_assert_ne!(root(other).unwrap(), top);
            let mut swapped = heads.clone();
            swapped.swap(0, n);
            prop_assert_eq!(root(swapped).is_err(), n > 0);
            let twice = heads.iter().chain(heads.last()).copied();
            prop_assert!(root(twice).is_err());
        }
    }
}
