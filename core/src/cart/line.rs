//! What a line is: a variant with canonical options, and how many of it.

use super::sorted::SortedMap;
use crate::error::Invalid;
use alloc::{collections::BTreeMap, string::String, string::ToString};

/// A variant's id in the shop's catalogue: 1 to 64 visible ASCII characters.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "edge", derive(serde::Serialize, serde::Deserialize))]
pub struct Variant(String);

impl Variant {
    /// Longest variant id, in bytes.
    pub const MAX_BYTES: usize = 64;

    /// Parses a variant id.
    pub fn new(text: &str) -> Result<Self, Invalid> {
        let fits = (1..=Self::MAX_BYTES).contains(&text.len());
        if fits && text.bytes().all(|b| b.is_ascii_graphic()) {
            Ok(Self(text.to_string()))
        } else {
            Err(Invalid::Variant)
        }
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What makes two lines the same line: the variant and its options, sorted by name, blank ones dropped.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "edge", derive(serde::Serialize, serde::Deserialize))]
pub struct LineKey {
    variant: Variant,
    options: SortedMap<String, String>,
}

impl LineKey {
    /// Most options on one line.
    pub const MAX_OPTIONS: usize = 8;
    /// Longest option name, in bytes.
    pub const MAX_NAME_BYTES: usize = 40;
    /// Longest option value, in bytes.
    pub const MAX_VALUE_BYTES: usize = 160;

    /// Builds the canonical key: names and values trimmed, empty values dropped.
    pub fn new(variant: Variant, options: &BTreeMap<String, String>) -> Result<Self, Invalid> {
        let pairs = options
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()));
        Self::of(variant, pairs)
    }

    /// The same from pairs in any order; of two with one name the later counts.
    pub fn of<'a>(
        variant: Variant,
        options: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, Invalid> {
        let mut canonical = SortedMap::default();
        for (name, value) in options {
            let (name, value) = (name.trim(), value.trim());
            if value.is_empty() {
                continue;
            }
            if name.is_empty()
                || name.len() > Self::MAX_NAME_BYTES
                || value.len() > Self::MAX_VALUE_BYTES
                || name.chars().chain(value.chars()).any(char::is_control)
            {
                return Err(Invalid::Options);
            }
            *canonical.get_or_default(name.to_string()) = value.to_string();
        }
        if canonical.len() > Self::MAX_OPTIONS {
            return Err(Invalid::Options);
        }
        Ok(Self {
            variant,
            options: canonical,
        })
    }

    /// The variant.
    pub fn variant(&self) -> &Variant {
        &self.variant
    }

    /// The canonical options: names and values, sorted by name.
    pub fn options(&self) -> impl ExactSizeIterator<Item = (&str, &str)> {
        let pairs = self.options.iter();
        pairs.map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// How many of a line: 1 to 9,999.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "edge", derive(serde::Serialize, serde::Deserialize))]
pub struct Quantity(u32);

impl Quantity {
    /// The largest quantity of one line.
    pub const MAX: u32 = 9_999;

    /// Parses a quantity.
    pub fn new(count: u32) -> Result<Self, Invalid> {
        if (1..=Self::MAX).contains(&count) {
            Ok(Self(count))
        } else {
            Err(Invalid::Quantity)
        }
    }

    /// The number.
    pub fn get(self) -> u32 {
        self.0
    }
}

#[cfg(test)]
mod tests {
    use super::{LineKey, Quantity, Variant};

    fn options(pairs: &[(&str, &str)]) -> Option<Vec<(String, String)>> {
        let key = LineKey::of(Variant::new("v").unwrap(), pairs.iter().copied()).ok()?;
        assert_eq!(key.variant().as_str(), "v");
        let pairs = key.options();
        Some(
            pairs
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .collect(),
        )
    }

    #[test]
    fn options_have_one_spelling() {
        let canonical = options(&[("size", " M "), (" colour", "red"), ("note", "  ")]).unwrap();
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(canonical, [pair("colour", "red"), pair("size", "M")]);
    }

    #[test]
    fn options_are_as_long_and_as_many_as_they_may_be_and_no_more() {
        let fits = |name: usize, value: usize| {
            options(&[(&"n".repeat(name), &"v".repeat(value))]).is_some()
        };
        let (name, value) = (LineKey::MAX_NAME_BYTES, LineKey::MAX_VALUE_BYTES);
        assert!(fits(name, value));
        assert!(!fits(name + 1, 1) && !fits(1, value + 1) && !fits(0, 1));
        let names: Vec<String> = (0..=LineKey::MAX_OPTIONS).map(|n| n.to_string()).collect();
        let many: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "x")).collect();
        assert!(options(&many[..LineKey::MAX_OPTIONS]).is_some());
        assert!(options(&many).is_none());
        assert!(options(&[("a", "b\u{7}c")]).is_none() && options(&[("a\u{7}b", "c")]).is_none());
    }

    #[test]
    fn a_quantity_is_one_to_9999() {
        let quantity = |count| Quantity::new(count).map(Quantity::get).ok();
        assert_eq!((quantity(1), quantity(9_999)), (Some(1), Some(9_999)));
        assert_eq!((quantity(0), quantity(10_000)), (None, None));
    }
}
