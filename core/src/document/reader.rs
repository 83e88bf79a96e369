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
use serde::de::value::StrDeserializer;
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

/// A name as a value.
fn as_value<'a>(name: &'a str) -> StrDeserializer<'a, Misfit> {
    name.into_deserializer()
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
        let key = seed.deserialize(as_value(name));
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
        let value = seed.deserialize(as_value(self.name))?;
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
mod tests;
