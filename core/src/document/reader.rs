//! A [`Node`] as a source for serde, whose errors know where they are.
//!
//! A wrapper around the JSON reader would do the same, at the price of a second copy of each type's code: in the worker these copies were a
//! seventh of everything.

use super::node::Node;
use alloc::{
    borrow::Cow,
    format,
    string::{String, ToString},
    vec::Vec,
};
use core::fmt;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, Error, Expected, IntoDeserializer, MapAccess,
    SeqAccess, Unexpected, VariantAccess, Visitor,
};
use serde::forward_to_deserialize_any;

/// Why a value does not fit, and where.
#[derive(Debug)]
pub struct Misfit {
    /// From the inside to the outside.
    path: Vec<Place>,
    /// As serde says it.
    pub reason: String,
}

#[derive(Debug)]
enum Place {
    Field(String),
    Entry(usize),
}

impl Misfit {
    /// Where, such as `steps[0].offer`; empty for the whole.
    pub fn path(&self) -> String {
        let mut path = String::new();
        for place in self.path.iter().rev() {
            match place {
                Place::Field(name) => {
                    if !path.is_empty() {
                        path.push('.');
                    }
                    path.push_str(name);
                }
                Place::Entry(n) => path.push_str(&format!("[{n}]")),
            }
        }
        path
    }

    fn in_field(mut self, name: &str) -> Self {
        self.path.push(Place::Field(String::from(name)));
        self
    }

    fn in_entry(mut self, n: usize) -> Self {
        self.path.push(Place::Entry(n));
        self
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.reason)
    }
}

impl core::error::Error for Misfit {}

impl Error for Misfit {
    fn custom<T: fmt::Display>(reason: T) -> Self {
        Self {
            path: Vec::new(),
            reason: reason.to_string(),
        }
    }

    fn invalid_type(found: Unexpected<'_>, expected: &dyn Expected) -> Self {
        match found {
            Unexpected::Unit => Self::custom(format!("invalid type: null, expected {expected}")),
            found => Self::custom(format!("invalid type: {found}, expected {expected}")),
        }
    }
}

impl<'de> Deserializer<'de> for &Node<'de> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self {
            Node::Null => visitor.visit_unit(),
            Node::Bool(value) => visitor.visit_bool(*value),
            Node::Natural(value) => visitor.visit_u64(*value),
            Node::Integer(value) => visitor.visit_i64(*value),
            Node::Float(value) => visitor.visit_f64(*value),
            Node::Text(text) => read_text(text, visitor),
            Node::List(list) => {
                let mut entries = Entries {
                    list: list.iter().enumerate(),
                };
                let value = visitor.visit_seq(&mut entries)?;
                match entries.list.next() {
                    None => Ok(value),
                    Some((n, _)) => Err(Misfit::invalid_length(list.len(), &Fewer(n))),
                }
            }
            Node::Object(fields) => visitor.visit_map(Fields {
                fields: fields.iter(),
                next: None,
            }),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        match self {
            Node::Null => visitor.visit_none(),
            node => visitor.visit_some(node),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        match self {
            Node::Text(name) => visitor.visit_enum(Choice {
                name,
                content: None,
            }),
            Node::Object(fields) => match fields.as_slice() {
                [(name, content)] => visitor.visit_enum(Choice {
                    name,
                    content: Some(content),
                }),
                _ => Err(Misfit::custom("expected value")),
            },
            _ => Err(Misfit::custom("expected value")),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

fn read_text<'de, V: Visitor<'de>>(text: &Cow<'de, str>, visitor: V) -> Result<V::Value, Misfit> {
    match text {
        Cow::Borrowed(text) => visitor.visit_borrowed_str(text),
        Cow::Owned(text) => visitor.visit_str(text),
    }
}

struct Fewer(usize);

impl Expected for Fewer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} entries", self.0)
    }
}

struct Entries<'a, 'de> {
    list: core::iter::Enumerate<core::slice::Iter<'a, Node<'de>>>,
}

impl<'de> SeqAccess<'de> for &mut Entries<'_, 'de> {
    type Error = Misfit;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Misfit> {
        let Some((n, node)) = self.list.next() else {
            return Ok(None);
        };
        let value = seed.deserialize(node);
        value.map(Some).map_err(|misfit| misfit.in_entry(n))
    }
}

struct Fields<'a, 'de> {
    fields: core::slice::Iter<'a, (Cow<'de, str>, Node<'de>)>,
    next: Option<(&'a Cow<'de, str>, &'a Node<'de>)>,
}

impl<'de> MapAccess<'de> for Fields<'_, 'de> {
    type Error = Misfit;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Misfit> {
        let Some((name, node)) = self.fields.next() else {
            return Ok(None);
        };
        self.next = Some((name, node));
        let key = seed.deserialize(Key(name));
        key.map(Some).map_err(|misfit| misfit.in_field(name))
    }

    fn next_value_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<T::Value, Misfit> {
        match self.next.take() {
            Some((name, node)) => {
                let value = seed.deserialize(node);
                value.map_err(|misfit| misfit.in_field(name))
            }
            None => Err(Misfit::custom("a value without a name")),
        }
    }
}

/// A field's name as a value.
struct Key<'a, 'de>(&'a Cow<'de, str>);

impl<'de> Deserializer<'de> for Key<'_, 'de> {
    type Error = Misfit;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Misfit> {
        read_text(self.0, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        visitor.visit_enum(self.0.as_ref().into_deserializer())
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct seq tuple
        tuple_struct map struct identifier ignored_any
    }
}

/// One of several: a name alone, or with its content.
struct Choice<'a, 'de> {
    name: &'a Cow<'de, str>,
    content: Option<&'a Node<'de>>,
}

impl<'a, 'de> EnumAccess<'de> for Choice<'a, 'de> {
    type Error = Misfit;
    type Variant = Content<'a, 'de>;

    fn variant_seed<V: DeserializeSeed<'de>>(
        self,
        seed: V,
    ) -> Result<(V::Value, Self::Variant), Misfit> {
        let value = seed.deserialize(Key(self.name))?;
        Ok((value, Content(self)))
    }
}

struct Content<'a, 'de>(Choice<'a, 'de>);

impl<'a, 'de> Content<'a, 'de> {
    fn given(&self, expected: &'static str) -> Result<&'a Node<'de>, Misfit> {
        let missing = || Misfit::invalid_type(Unexpected::UnitVariant, &expected);
        self.0.content.ok_or_else(missing)
    }
}

impl<'de> VariantAccess<'de> for Content<'_, 'de> {
    type Error = Misfit;

    fn unit_variant(self) -> Result<(), Misfit> {
        match self.0.content {
            None => Ok(()),
            Some(node) => {
                let unit = serde::Deserialize::deserialize(node);
                unit.map_err(|misfit: Misfit| misfit.in_field(self.0.name))
            }
        }
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Misfit> {
        let value = self
            .given("newtype variant")
            .and_then(|node| seed.deserialize(node));
        value.map_err(|misfit| misfit.in_field(self.0.name))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Misfit> {
        let value = self
            .given("tuple variant")
            .and_then(|node| node.deserialize_any(visitor));
        value.map_err(|misfit| misfit.in_field(self.0.name))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Misfit> {
        let value = self
            .given("struct variant")
            .and_then(|node| node.deserialize_any(visitor));
        value.map_err(|misfit| misfit.in_field(self.0.name))
    }
}

#[cfg(test)]
mod tests {
    use super::super::node::Node;
    use crate::shop::ShopConfig;
    use proptest::prelude::*;
    use proptest::sample::Index;
    use serde::Deserialize;
    use serde_json::{Value, json};

    fn good() -> Value {
        json!({
            "name": "Dovecote", "origins": ["https://shop.example"], "restore_url": "https://shop.example/cart",
            "currency": "EUR", "locale": "en", "provider": "smtp",
            "sender": {"name": "Dovecote", "email": "hello@shop.example", "postal_address": "1 Lane"},
            "thresholds": {"cart_ms": 3_600_000, "checkout_ms": 1_800_000, "stage_ms": {"shipping": 900_000}},
            "sequences": [{
                "id": "left", "version": 1, "name": "Left", "priority": -3, "trigger": {"payment_failed": {"codes": ["declined"]}},
                "when": {"all": [{"cart_value": {"at_least_minor": 9_000, "currency": "EUR"}}, {"not": {"device": ["phone"]}}]},
                "steps": [
                    {"after_ms": 1_000, "template": "reminder", "channels": ["sms", "email"]},
                    {"after_ms": 2_000, "template": "offer", "offer": {"code": "BACK", "percent": 10}}
                ]
            }],
            "quiet_hours": [{"from": "21:00", "to": "08:00", "days": ["saturday"]}],
            "caps": {"caps": [{"messages": 4, "window_ms": 604_800_000}], "min_gap_ms": 0},
            "flags": [{"id": "rich", "on": true}],
            "seasons": [{"id": "s", "from": "2027-02-01", "to": "2027-03-01", "changes": {"offer": {"code": "S", "percent": 5}}}],
            "paused": false
        })
    }

    /// Every place in a value, the whole among them.
    fn places(value: &Value, here: &str, found: &mut Vec<String>) {
        found.push(here.into());
        match value {
            Value::Object(fields) => {
                fields
                    .iter()
                    .for_each(|(name, value)| places(value, &format!("{here}/{name}"), found));
            }
            Value::Array(list) => {
                list.iter()
                    .enumerate()
                    .for_each(|(n, value)| places(value, &format!("{here}/{n}"), found));
            }
            _ => {}
        }
    }

    fn wrong() -> impl Strategy<Value = Value> {
        prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            Just(json!(300)),
            Just(json!(1.5)),
            "[a-z:0-9]{0,6}".prop_map(Value::from),
            Just(json!([])),
            Just(json!([1, "x"])),
            Just(json!({})),
            Just(json!({"cart": {}})),
            Just(json!({"x": 1, "y": null})),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 2_000, ..ProptestConfig::default() })]

        /// A library that wraps the JSON reader finds the same fault at the same place.
        #[test]
        fn faults_are_where_a_library_finds_them(at in any::<Index>(), how in 0_u8..4, wrong in wrong()) {
            let mut document = good();
            let mut found = Vec::new();
            places(&document, "", &mut found);
            let place = document.pointer_mut(at.get(&found).as_str()).unwrap();
            match (how, place) {
                (0, Value::Object(fields)) => {
                    fields.insert("unknown".into(), wrong);
                }
                (1, Value::Object(fields)) => {
                    let first = fields.keys().next().cloned();
                    first.and_then(|name| fields.remove(&name));
                }
                (2, Value::Array(list)) => list.push(wrong),
                (_, place) => *place = wrong,
            }
            let text = document.to_string();
            let ours = ShopConfig::deserialize(&serde_json::from_str::<Node<'_>>(&text).unwrap());
            let theirs: Result<ShopConfig, _> =
                serde_path_to_error::deserialize(&mut serde_json::Deserializer::from_str(&text));
            match (ours, theirs) {
                (Ok(ours), Ok(theirs)) => prop_assert_eq!(ours, theirs),
                (Err(ours), Err(theirs)) => {
                    let path = theirs.path().to_string();
                    let reason = theirs.inner().to_string();
                    let reason = reason.rsplit_once(" at line ").map_or(reason.as_str(), |(reason, _)| reason);
                    let path = if path == "." { "" } else { &path };
                    // The reader of text meets the first of several names before it can know that there are several, and says
                    // of a bracket no more than that it stands there.
                    if ours.reason == "expected value" || reason == "trailing characters" {
                        prop_assert!(path.starts_with(&ours.path()));
                    } else {
                        prop_assert_eq!(ours.reason.as_str(), reason, "{}", path);
                        prop_assert_eq!(ours.path(), path);
                    }
                }
                (ours, theirs) => prop_assert!(false, "{:?} but {:?} of {}", ours.is_ok(), theirs.is_ok(), text),
            }
        }
    }

    #[test]
    fn a_field_that_stands_there_twice_is_seen() {
        let node: Node<'_> = serde_json::from_str(r#"{"a": 1, "a": 2}"#).unwrap();
        assert!(matches!(node, Node::Object(fields) if fields.len() == 2));
        #[derive(Debug, Deserialize)]
        struct One {
            #[expect(dead_code, reason = "only that it is read matters")]
            a: u8,
        }
        let text = r#"[{"a": 1}, {"a": 1, "a": 2}]"#;
        let node: Node<'_> = serde_json::from_str(text).unwrap();
        let misfit = Vec::<One>::deserialize(&node).unwrap_err();
        assert_eq!(
            (misfit.path().as_str(), misfit.reason.as_str()),
            ("[1]", "duplicate field `a`")
        );
    }
}
