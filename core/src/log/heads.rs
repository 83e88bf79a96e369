//! Heads that somebody recorded outside: what makes a chain prove something against its owner.

use super::{Checkpoint, Hash};
use crate::bytes::from_hex;
use crate::ids::CartId;
use alloc::{collections::BTreeMap, vec::Vec};

/// Recorded heads by cart. A log holds when it leads *through* each head that was recorded of its cart: it may have grown since,
/// and what was there then cannot have changed. Memory grows with what was recorded, never with the log.
#[derive(Clone, Debug, Default)]
pub struct RecordedHeads {
    carts: BTreeMap<CartId, Recorded>,
}

#[derive(Clone, Debug, Default)]
struct Recorded {
    heads: Vec<Passing>,
    /// A log of this cart was looked at.
    met: bool,
}

#[derive(Clone, Debug)]
struct Passing {
    head: Hash,
    passed: bool,
}

impl RecordedHeads {
    /// Records a head of a cart; a cart may have several, from several days.
    pub fn record(&mut self, cart: CartId, head: Hash) {
        let heads = &mut self.carts.entry(cart).or_default().heads;
        if !heads.iter().any(|known| known.head == head) {
            heads.push(Passing {
                head,
                passed: false,
            });
        }
    }

    /// Reads `crt_… hex`, parted by blanks, commas or `=`; `None` for anything else.
    pub fn parse(text: &str) -> Option<(CartId, Hash)> {
        let mut words = text
            .split(|c: char| c == '=' || c == ',' || c.is_ascii_whitespace())
            .filter(|word| !word.is_empty());
        let cart = words.next()?.parse().ok()?;
        let head = from_hex(words.next()?)?;
        words.next().is_none().then_some((cart, head))
    }

    /// How many carts have a recorded head.
    pub fn len(&self) -> usize {
        self.carts.len()
    }

    /// Whether none has.
    pub fn is_empty(&self) -> bool {
        self.carts.is_empty()
    }

    /// Each cart with each of its heads, sorted by cart.
    pub fn iter(&self) -> impl Iterator<Item = (CartId, Hash)> {
        self.carts
            .iter()
            .flat_map(|(cart, recorded)| recorded.heads.iter().map(|passing| (*cart, passing.head)))
    }

    /// Recorded carts of which no log was looked at, sorted.
    pub fn unmet(&self) -> impl Iterator<Item = CartId> {
        let unmet = self.carts.iter().filter(|(_, recorded)| !recorded.met);
        unmet.map(|(cart, _)| *cart)
    }

    /// A log of `cart` begins.
    pub(super) fn begin(&mut self, cart: CartId) {
        if let Some(recorded) = self.carts.get_mut(&cart) {
            recorded.met = true;
            for passing in &mut recorded.heads {
                passing.passed = false;
            }
        }
    }

    /// A log of `cart` leads through `at`.
    pub(super) fn pass(&mut self, cart: CartId, at: &Checkpoint) {
        if let Some(recorded) = self.carts.get_mut(&cart) {
            for passing in &mut recorded.heads {
                passing.passed |= passing.head == at.hash;
            }
        }
    }

    /// A recorded head through which the log of `cart` did not lead.
    pub(super) fn end(&self, cart: CartId) -> Option<Hash> {
        let recorded = self.carts.get(&cart)?;
        let missed = recorded.heads.iter().find(|passing| !passing.passed);
        missed.map(|passing| passing.head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recorded_head_has_a_few_spellings_and_no_others() {
        let cart = "crt_000102030405060708090a0b0c0d0e0f";
        let head = "ab".repeat(32);
        for text in [
            format!("{cart}={head}"),
            format!("{cart} {head}"),
            format!("  {cart}\t{head}\r"),
            format!("{cart}, {head}"),
        ] {
            let (parsed, hash) = RecordedHeads::parse(&text).unwrap();
            assert_eq!((parsed.to_string().as_str(), hash), (cart, [0xab; 32]));
        }
        for text in [
            String::new(),
            cart.to_owned(),
            format!("{head} {cart}"),
            format!("{cart} {head} x"),
            format!("{cart} {}", head.to_uppercase()),
        ] {
            assert_eq!(RecordedHeads::parse(&text), None, "{text}");
        }
    }
}
