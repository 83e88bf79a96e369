//! JSON that is read only where somebody looks. Numbers stay the text that they were: an amount never becomes a floating-point number on
//! its way, and an id of any length stays whole.

use alloc::{borrow::Cow, string::String, string::ToString, vec::Vec};
use core::fmt;
use serde::de::{Deserialize, Deserializer, Error, MapAccess, Visitor};
use serde_json::value::RawValue;

/// A value of a payload.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node<'a>(&'a RawValue);

/// Fields in the order of the payload.
pub(super) type Fields<'a> = Vec<(Cow<'a, str>, Node<'a>)>;

impl<'a> Node<'a> {
    /// A whole body; `None`: it is no JSON in UTF-8.
    pub(super) fn parse(body: &'a [u8]) -> Option<Self> {
        serde_json::from_slice(body).ok().map(Self)
    }

    /// The JSON that it was.
    pub(super) fn raw(self) -> &'a str {
        self.0.get()
    }

    pub(super) fn is_null(self) -> bool {
        self.0.get() == "null"
    }

    pub(super) fn bool(self) -> Option<bool> {
        match self.0.get() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }
    }

    /// A text without its escapes.
    pub(super) fn text(self) -> Option<Cow<'a, str>> {
        if !self.begins(b"\"") {
            return None;
        }
        let Name(text) = serde_json::from_str(self.0.get()).ok()?;
        Some(text)
    }

    /// A number as it stands there.
    pub(super) fn number(self) -> Option<&'a str> {
        self.begins(b"-0123456789").then(|| self.0.get())
    }

    /// A text, or a number as it stands there.
    pub(super) fn scalar(self) -> Option<Cow<'a, str>> {
        self.number().map(Cow::Borrowed).or_else(|| self.text())
    }

    pub(super) fn fields(self) -> Option<Fields<'a>> {
        if !self.begins(b"{") {
            return None;
        }
        let Object(fields) = serde_json::from_str(self.0.get()).ok()?;
        Some(fields)
    }

    pub(super) fn is_list(self) -> bool {
        self.begins(b"[")
    }

    /// The entries of a list. PHP writes a list from which something was taken as an object of numbers.
    pub(super) fn entries(self) -> Option<Vec<Self>> {
        if self.is_list() {
            let entries: Vec<&RawValue> = serde_json::from_str(self.0.get()).ok()?;
            return Some(entries.into_iter().map(Self).collect());
        }
        let fields = self.fields()?;
        let is_number =
            |name: &str| !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_digit());
        let is_list = !fields.is_empty() && fields.iter().all(|(name, _)| is_number(name));
        is_list.then(|| fields.into_iter().map(|(_, node)| node).collect())
    }

    fn begins(self, with: &[u8]) -> bool {
        let first = self.0.get().as_bytes().first();
        first.is_some_and(|byte| with.contains(byte))
    }
}

struct Object<'a>(Fields<'a>);

impl<'de: 'a, 'a> Deserialize<'de> for Object<'a> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_map(Objects)
    }
}

struct Objects;

impl<'de> Visitor<'de> for Objects {
    type Value = Object<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut source: A) -> Result<Object<'de>, A::Error> {
        let mut fields = Vec::new();
        while let Some(Name(name)) = source.next_key()? {
            fields.push((name, Node(source.next_value()?)));
        }
        Ok(Object(fields))
    }
}

/// A text that is borrowed where it can be. Serde reads a `Cow` as owned text.
struct Name<'a>(Cow<'a, str>);

impl<'de: 'a, 'a> Deserialize<'de> for Name<'a> {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_str(Names)
    }
}

struct Names;

impl<'de> Visitor<'de> for Names {
    type Value = Name<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_borrowed_str<E: Error>(self, text: &'de str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Borrowed(text)))
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Owned(text.to_string())))
    }

    fn visit_string<E: Error>(self, text: String) -> Result<Name<'de>, E> {
        Ok(Name(Cow::Owned(text)))
    }
}
