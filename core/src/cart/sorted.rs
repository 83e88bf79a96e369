//! A map for the few hundred keys that a cart has.

use alloc::vec::Vec;

/// Pairs in the order of their keys, in one piece of memory. It replaces `BTreeMap` in the cart because the same code
/// runs in the storefront's wasm, where each kind of `BTreeMap` costs as much as all other rules of the cart together; at
/// these sizes it is no slower. Its serialised form is that of a map.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(
    feature = "edge",
    derive(serde::Serialize, serde::Deserialize),
    serde(transparent)
)]
pub(super) struct SortedMap<K, V>(Vec<(K, V)>);

impl<K, V> Default for SortedMap<K, V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord, V> SortedMap<K, V> {
    pub(super) fn len(&self) -> usize {
        self.0.len()
    }

    pub(super) fn get(&self, key: &K) -> Option<&V> {
        self.0.get(self.find(key).ok()?).map(|(_, value)| value)
    }

    pub(super) fn contains_key(&self, key: &K) -> bool {
        self.find(key).is_ok()
    }

    /// The value of `key`, put there first when there is none.
    #[expect(
        clippy::indexing_slicing,
        reason = "the place was found or filled one line before"
    )]
    pub(super) fn get_or_default(&mut self, key: K) -> &mut V
    where
        V: Default,
    {
        let place = match self.find(&key) {
            Ok(place) => place,
            Err(place) => {
                self.0.insert(place, (key, V::default()));
                place
            }
        };
        &mut self.0[place].1
    }

    pub(super) fn iter(&self) -> core::slice::Iter<'_, (K, V)> {
        self.0.iter()
    }

    pub(super) fn values_mut(&mut self) -> impl Iterator<Item = &mut V> {
        self.0.iter_mut().map(|(_, value)| value)
    }

    pub(super) fn into_iter(self) -> alloc::vec::IntoIter<(K, V)> {
        self.0.into_iter()
    }

    pub(super) fn retain(&mut self, mut keep: impl FnMut(&K, &V) -> bool) {
        self.0.retain(|(key, value)| keep(key, value));
    }

    pub(super) fn clear(&mut self) {
        self.0.clear();
    }

    fn find(&self, key: &K) -> Result<usize, usize> {
        self.0.binary_search_by(|(known, _)| known.cmp(key))
    }
}

#[cfg(test)]
mod tests {
    use super::SortedMap;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    proptest! {
        #[test]
        fn it_is_a_map(steps in proptest::collection::vec((0_u8..16, any::<Option<u8>>()), 0..64)) {
            let mut map = SortedMap::default();
            let mut reference = BTreeMap::new();
            for (key, value) in steps {
                match value {
                    Some(value) => {
                        *map.get_or_default(key) = value;
                        reference.insert(key, value);
                    }
                    None => {
                        map.retain(|known, _| *known != key);
                        reference.remove(&key);
                    }
                }
                prop_assert_eq!(map.get(&key), reference.get(&key));
                prop_assert_eq!(map.contains_key(&key), value.is_some());
            }
            prop_assert_eq!(map.len(), reference.len());
            #[cfg(feature = "edge")]
            prop_assert_eq!(postcard::to_allocvec(&map).unwrap(), postcard::to_allocvec(&reference).unwrap());
            prop_assert!(map.iter().map(|(key, value)| (key, value)).eq(&reference));
        }
    }
}
