//! Erasure: salt and payload go, the digest stays, and the chain still verifies.

use super::{Body, Chain, Entry, Page, Record, What};
use crate::ids::ShopperId;
use crate::object::codec;
use serde::{Deserialize, Serialize};

/// What of a log is to be erased.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Erasure {
    /// What ties the cart to this person: the entries that name the shopper, and the consent receipts in them.
    Person(ShopperId),
    /// Every entry.
    Everything,
}

impl Erasure {
    /// Whether `record` is to go.
    pub fn covers(&self, record: &Record) -> bool {
        match self {
            Self::Everything => true,
            Self::Person(person) => {
                matches!(&record.what, What::Identified { shopper, .. } | What::Push { shopper, .. } if shopper == person)
            }
        }
    }

    /// Whether `entry` is to go. One that cannot be read is: nobody can show that it is not about the person.
    fn covers_entry(&self, entry: &Entry) -> bool {
        match &entry.body {
            Body::Erased { .. } => false,
            Body::Kept { payload, .. } => {
                codec::decode(payload).map_or(true, |record| self.covers(&record))
            }
        }
    }

    fn erase(&self, entry: &mut Entry, erased: &mut u64) {
        if self.covers_entry(entry) {
            entry.erase();
            *erased = erased.saturating_add(1);
        }
    }
}

impl Page {
    /// Erases entries of a page; how many it were. A page that lost none need not be written again.
    pub fn erase(&mut self, erasure: &Erasure) -> u64 {
        let mut erased = 0;
        for entry in &mut self.entries {
            erasure.erase(entry, &mut erased);
        }
        erased
    }
}

impl Chain {
    /// Erases entries of the tail; how many it were. The host does the same to each spilled [`Page`].
    pub fn erase(&mut self, erasure: &Erasure) -> u64 {
        let mut erased = 0;
        self.erase_tail(|entry| erasure.erase(entry, &mut erased));
        erased
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ids::{CartId, ShopId};
    use crate::log::tests::records;
    use crate::log::{Checkpoint, verify};
    use proptest::prelude::*;

    const SHOP: ShopId = ShopId([1; 5]);
    const CART: CartId = CartId([2; 16]);

    proptest! {
        #[test]
        fn a_person_leaves_no_trace_and_the_chain_verifies_in_pages_and_tail(records in proptest::collection::vec(records(), 1..60), person in 0_u8..3) {
            let person = ShopperId([person; 16]);
            let mut chain = Chain::new(SHOP, CART);
            let mut pages = Vec::new();
            for record in &records {
                chain.append(codec::encode(record).unwrap(), &[7; 32]);
                pages.extend(chain.spill());
            }
            let about = |record: &Record| matches!(record.what, What::Identified { shopper, .. } | What::Push { shopper, .. } if shopper == person);
            let erasure = Erasure::Person(person);
            let mut erased: u64 = pages.iter_mut().map(|page| page.erase(&erasure)).sum();
            erased += chain.erase(&erasure);
            prop_assert_eq!(erased, records.iter().filter(|record| about(record)).count() as u64);
            let entries: Vec<Entry> = pages.iter().flat_map(|page| page.entries.clone()).chain(chain.tail().to_vec()).collect();
            prop_assert_eq!(verify(Checkpoint::genesis(SHOP, CART), &entries, &chain.head()), Ok(()));
            for (entry, record) in entries.iter().zip(&records) {
                match &entry.body {
                    Body::Kept { payload, .. } => prop_assert_eq!(&codec::decode::<Record>(payload).unwrap(), record),
                    Body::Erased { .. } => prop_assert!(about(record)),
                }
            }
            let bytes = codec::encode(&(pages.clone(), chain.clone())).unwrap();
            prop_assert!(!bytes.windows(16).any(|window| window == person.0));
            // Twice is once, and the log goes on.
            prop_assert_eq!(chain.erase(&erasure), 0);
            chain.append(codec::encode(&records[0]).unwrap(), &[8; 32]);
            let entries: Vec<Entry> = pages.iter().flat_map(|page| page.entries.clone()).chain(chain.tail().to_vec()).collect();
            prop_assert_eq!(verify(Checkpoint::genesis(SHOP, CART), &entries, &chain.head()), Ok(()));
        }

        #[test]
        fn everything_means_everything(records in proptest::collection::vec(records(), 1..60)) {
            let mut chain = Chain::new(SHOP, CART);
            for record in &records {
                chain.append(codec::encode(record).unwrap(), &[7; 32]);
            }
            prop_assert_eq!(chain.erase(&Erasure::Everything), records.len() as u64);
            let all = chain.tail().iter().all(|entry| matches!(entry.body, Body::Erased { .. }));
            prop_assert!(all);
            prop_assert_eq!(verify(Checkpoint::genesis(SHOP, CART), chain.tail(), &chain.head()), Ok(()));
        }
    }

    #[test]
    fn what_cannot_be_read_is_erased_with_the_person() {
        let mut chain = Chain::new(SHOP, CART);
        chain.append(vec![1, 0xff, 0xff], &[7; 32]);
        assert_eq!(chain.erase(&Erasure::Person(ShopperId([1; 16]))), 1);
    }
}
