//! The hash chain: each entry's hash covers `previous ‖ sequence ‖ H(salt ‖ payload)`, and the first one's `previous` names the
//! shop and the cart, so that no log passes for another cart's.
//!
//! The inner hash is salted so that erasing salt and payload leaves a digest from which nothing can be guessed, and the
//! chain still verifies. A chain alone proves little against its owner; see docs/log-export.md.

use crate::bugs::{self, Bug};
use crate::ids::{CartId, ShopId, first_16};
use alloc::vec::Vec;
use hmac::{Hmac, KeyInit, Mac};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

/// A SHA-256 digest.
pub type Hash = [u8; 32];

/// One event as it is kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Its place, from 1.
    pub seq: u64,
    /// Salt and payload, or their digest once erased.
    pub body: Body,
}

/// An entry's content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// Still readable.
    Kept {
        /// 16 bytes that make the payload's digest unguessable.
        #[serde(with = "serde_bytes")]
        salt: [u8; 16],
        /// A [`super::Record`] in postcard's encoding.
        #[serde(with = "serde_bytes")]
        payload: Vec<u8>,
    },
    /// Erased; the digest keeps the chain whole.
    Erased {
        /// `H(salt ‖ payload)`.
        digest: Hash,
    },
}

/// Entries that no longer change, spilled from the object's packed value.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Page {
    /// Its number, from 0.
    pub number: u32,
    /// The entries, oldest first.
    pub entries: Vec<Entry>,
}

/// A point in a chain. It stands for all entries up to there, so it is also what a pruned prefix leaves behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkpoint {
    /// The entry that it stands behind; 0 for the beginning.
    pub seq: u64,
    /// That entry's hash.
    pub hash: Hash,
}

impl Checkpoint {
    /// Where the log of `cart` begins: `SHA-256("homing/log/v1" ‖ shop ‖ cart)`, with 5 and 16 bytes of ids.
    pub fn genesis(shop: ShopId, cart: CartId) -> Self {
        let hash = Sha256::new()
            .chain_update(b"homing/log/v1")
            .chain_update(shop.0)
            .chain_update(cart.0)
            .finalize()
            .into();
        Self { seq: 0, hash }
    }

    /// The point behind `entry`, which must be the next one.
    pub fn step(&self, entry: &Entry) -> Result<Self, Broken> {
        let expected = self.seq.saturating_add(1);
        if entry.seq != expected {
            return Err(Broken::Order {
                expected,
                found: entry.seq,
            });
        }
        Ok(Self {
            seq: expected,
            hash: entry.hash(&self.hash),
        })
    }
}

/// The log's open end: the head, and the entries not yet spilled.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Chain {
    head: Hash,
    seq: u64,
    pages: u32,
    tail: Vec<Entry>,
    tail_bytes: usize,
}

impl Chain {
    /// Payload bytes in the tail beyond which it is spilled into a page of its own. Small, because the whole packed value
    /// is written on each change; large enough that a typical cart never spills.
    pub const SPILL_BYTES: usize = 8 * 1024;

    /// An empty log of a cart.
    pub fn new(shop: ShopId, cart: CartId) -> Self {
        let Checkpoint { seq, hash } = Checkpoint::genesis(shop, cart);
        Self {
            head: hash,
            seq,
            pages: 0,
            tail: Vec::new(),
            tail_bytes: 0,
        }
    }

    /// The hash of the newest entry; [`Checkpoint::genesis`] for an empty log.
    pub fn head(&self) -> Hash {
        self.head
    }

    /// The newest entry's number; 0 for an empty log.
    pub fn seq(&self) -> u64 {
        self.seq
    }

    /// How many pages were spilled.
    pub fn pages(&self) -> u32 {
        self.pages
    }

    /// The entries not spilled yet, oldest first.
    pub fn tail(&self) -> &[Entry] {
        &self.tail
    }

    /// Appends `payload` and returns its number. `entropy` is secret and fresh for each commit; the salt is derived from it.
    pub fn append(&mut self, mut payload: Vec<u8>, entropy: &[u8; 32]) -> u64 {
        // It stays as long as the tail does; the room that an encoder left for more would stay, too.
        payload.shrink_to_fit();
        self.seq = self.seq.saturating_add(1);
        let salt = salt(entropy, self.seq);
        let entry = Entry {
            seq: self.seq,
            body: Body::Kept { salt, payload },
        };
        self.tail_bytes = self.tail_bytes.saturating_add(entry.weight());
        if bugs::strikes(Bug::BrokenChain, self.seq) {
            self.head = Hash::default();
        }
        self.head = entry.hash(&self.head);
        self.tail.push(entry);
        self.seq
    }

    /// Takes the tail out as a page once it is large enough.
    pub fn spill(&mut self) -> Option<Page> {
        if self.tail_bytes < Self::SPILL_BYTES {
            return None;
        }
        let page = Page {
            number: self.pages,
            entries: core::mem::take(&mut self.tail),
        };
        self.pages = self.pages.saturating_add(1);
        self.tail_bytes = 0;
        Some(page)
    }

    /// Changes entries of the tail in place, as far as the head allows it: by erasing them.
    pub(super) fn erase_tail(&mut self, erase: impl FnMut(&mut Entry)) {
        self.tail.iter_mut().for_each(erase);
        self.tail_bytes = self.tail.iter().map(Entry::weight).sum();
    }
}

impl Entry {
    /// What the chain covers of this entry: `H(salt ‖ payload)`. It is all that is left of an erased one.
    pub fn commitment(&self) -> Hash {
        match &self.body {
            Body::Kept { salt, payload } => Sha256::new()
                .chain_update(salt)
                .chain_update(payload)
                .finalize()
                .into(),
            Body::Erased { digest } => *digest,
        }
    }

    /// This entry's hash after `previous`.
    pub fn hash(&self, previous: &Hash) -> Hash {
        Sha256::new()
            .chain_update(previous)
            .chain_update(self.seq.to_be_bytes())
            .chain_update(self.commitment())
            .finalize()
            .into()
    }

    /// Drops what the entry says and keeps that it was said.
    pub fn erase(&mut self) {
        let digest = self.commitment();
        self.body = Body::Erased { digest };
    }

    /// Bytes that it takes in the tail, about.
    fn weight(&self) -> usize {
        match &self.body {
            Body::Kept { payload, .. } => payload.len().saturating_add(24),
            Body::Erased { .. } => 40,
        }
    }
}

/// Where a chain stops being what its head says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Broken {
    /// An entry is missing, repeated or out of its place.
    #[error("entry {expected} was expected here, entry {found} was found")]
    Order {
        /// The number that belongs here.
        expected: u64,
        /// The number that stands here.
        found: u64,
    },
    /// The entries are in order but do not hash to the head: one was changed, or the last ones are missing.
    #[error("the entries up to {last} do not lead to the head")]
    Head {
        /// The last entry that is there.
        last: u64,
    },
}

/// Checks that `entries` are exactly those between `from` and `head`.
pub fn verify(from: Checkpoint, entries: &[Entry], head: &Hash) -> Result<(), Broken> {
    let end = entries.iter().try_fold(from, |at, entry| at.step(entry))?;
    if end.hash == *head {
        Ok(())
    } else {
        Err(Broken::Head { last: end.seq })
    }
}

fn salt(entropy: &[u8; 32], seq: u64) -> [u8; 16] {
    Hmac::<Sha256>::new_from_slice(entropy)
        .map(|mac| first_16(&mac.chain_update(seq.to_be_bytes()).finalize().into_bytes()))
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SHOP: ShopId = ShopId([1; 5]);
    const CART: CartId = CartId([2; 16]);

    fn verify(entries: &[Entry], head: &Hash) -> Result<(), Broken> {
        super::verify(Checkpoint::genesis(SHOP, CART), entries, head)
    }

    fn log(payloads: &[Vec<u8>]) -> (Vec<Entry>, Hash) {
        let mut chain = Chain::new(SHOP, CART);
        for (n, payload) in payloads.iter().enumerate() {
            chain.append(payload.clone(), &[n as u8; 32]);
        }
        (chain.tail().to_vec(), chain.head())
    }

    fn payloads() -> impl Strategy<Value = Vec<Vec<u8>>> {
        proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..20), 2..12)
    }

    proptest! {
        #[test]
        fn an_untouched_log_verifies_erased_or_not(payloads in payloads(), erase in any::<u16>()) {
            let (mut entries, head) = log(&payloads);
            prop_assert_eq!(verify(&entries, &head), Ok(()));
            entries.iter_mut().enumerate().filter(|(n, _)| erase >> (n % 16) & 1 == 1).for_each(|(_, entry)| entry.erase());
            prop_assert_eq!(verify(&entries, &head), Ok(()));
        }

        #[test]
        fn a_changed_event_is_found(payloads in payloads(), at in any::<prop::sample::Index>(), flip in 0_usize..8) {
            let (mut entries, head) = log(&payloads);
            let entry = &mut entries[at.index(payloads.len())];
            match &mut entry.body {
                Body::Kept { payload, .. } if !payload.is_empty() => payload[0] ^= 1 << flip,
                Body::Kept { salt, .. } => salt[0] ^= 1 << flip,
                Body::Erased { digest } => digest[0] ^= 1 << flip,
            }
            prop_assert!(verify(&entries, &head).is_err());
        }

        #[test]
        fn a_dropped_event_is_found_wherever_it_stood(payloads in payloads(), at in any::<prop::sample::Index>()) {
            let (mut entries, head) = log(&payloads);
            entries.remove(at.index(payloads.len()));
            prop_assert!(verify(&entries, &head).is_err());
            for (n, entry) in entries.iter_mut().enumerate() {
                entry.seq = n as u64 + 1;
            }
            prop_assert!(verify(&entries, &head).is_err(), "renumbering does not hide it");
        }

        #[test]
        fn swapped_events_are_found(payloads in payloads(), at in any::<prop::sample::Index>()) {
            let (mut entries, head) = log(&payloads);
            let n = at.index(payloads.len() - 1);
            entries.swap(n, n + 1);
            prop_assert!(verify(&entries, &head).is_err());
            (entries[n].seq, entries[n + 1].seq) = (entries[n + 1].seq, entries[n].seq);
            prop_assert!(verify(&entries, &head).is_err(), "renumbering does not hide it");
        }

        #[test]
        fn a_prefix_can_be_replaced_by_its_checkpoint_and_by_no_other(payloads in payloads(), at in any::<prop::sample::Index>(), flip in 0_usize..256) {
            let (entries, head) = log(&payloads);
            let (pruned, kept) = entries.split_at(at.index(payloads.len()));
            let mut checkpoint = pruned.iter().try_fold(Checkpoint::genesis(SHOP, CART), |at, entry| at.step(entry)).unwrap();
            prop_assert_eq!(super::verify(checkpoint, kept, &head), Ok(()));
            checkpoint.hash[flip / 8] ^= 1 << (flip % 8);
            prop_assert!(super::verify(checkpoint, kept, &head).is_err());
        }
    }

    #[test]
    fn a_log_does_not_pass_for_another_carts() {
        let (entries, head) = log(&[vec![1], vec![2]]);
        for other in [
            Checkpoint::genesis(SHOP, CartId([3; 16])),
            Checkpoint::genesis(ShopId([3; 5]), CART),
        ] {
            assert_eq!(
                super::verify(other, &entries, &head),
                Err(Broken::Head { last: 2 })
            );
        }
    }

    #[test]
    fn a_spilled_log_goes_on_where_it_was() {
        let mut chain = Chain::new(SHOP, CART);
        let mut all = Vec::new();
        for n in 0..1_000_u32 {
            chain.append(vec![0; 40], &[1; 32]);
            if let Some(page) = chain.spill() {
                assert_eq!(page.number + 1, chain.pages());
                all.extend(page.entries);
            }
            assert_eq!(chain.seq(), u64::from(n) + 1);
        }
        assert!(chain.pages() > 1);
        all.extend(chain.tail().to_vec());
        assert_eq!(verify(&all, &chain.head()), Ok(()));
    }
}
