//! Lines: each by itself, so that one that cannot be read takes no other along.

use super::model::{Line, Personal};
use super::object::Object;
use super::{Attribute, Code, INTENT, Refused, amount, node::Node};
use crate::cart::{LineKey, Quantity, Variant};
use crate::object::cart::Telling;
use alloc::{string::String, string::ToString, vec::Vec};

/// Most attributes that are taken.
const MAX_ATTRIBUTES: usize = 50;

/// Longest value of an attribute that is taken, in bytes.
const MAX_VALUE: usize = 2_000;

/// Options on their way to a line's key.
pub(super) type Options = Vec<(String, String)>;

/// Lines as they are read.
#[derive(Debug, Default)]
pub(super) struct Lines {
    pub(super) lines: Vec<Line>,
    pub(super) refused: Vec<Refused>,
}

impl Lines {
    /// Reads each by `read`, which answers with nothing for what is no line at all: none of it, or a part of another.
    pub(super) fn read<'a, 'n>(
        &mut self,
        objects: Vec<Object<'a, 'n>>,
        read: &dyn Fn(&Object<'a, 'n>) -> Result<Option<Line>, Refused>,
    ) {
        for object in objects {
            match read(&object) {
                Ok(None) => {}
                Ok(Some(_)) if self.lines.len() >= Telling::MAX_LINES => {
                    self.refused.push(Refused {
                        path: object.path().to_string(),
                        code: Code::Lines,
                    });
                    return;
                }
                Ok(Some(line)) => self.lines.push(line),
                Err(refused) => self.refused.push(refused),
            }
        }
    }
}

/// A line without anything but what it is a line of.
pub(super) fn line(
    object: &Object<'_, '_>,
    variant: Option<&str>,
    options: Result<Options, Refused>,
    quantity: &str,
) -> Result<Option<Line>, Refused> {
    let refused = |code| Refused {
        path: object.path().to_string(),
        code,
    };
    let Some(quantity) = pieces(object, quantity)? else {
        return Ok(None);
    };
    let variant = variant.ok_or_else(|| refused(Code::VariantMissing))?;
    let variant = Variant::new(variant).map_err(|_| refused(Code::Variant))?;
    let options = options?;
    let pairs = options
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let key = LineKey::of(variant, pairs).map_err(|_| refused(Code::Options))?;
    Ok(Some(Line {
        key,
        quantity,
        product: None,
        sku: None,
        title: None,
        variant_title: None,
        unit_minor: None,
        total_minor: None,
        discount_minor: None,
        is_gift_card: false,
        image: None,
        page: None,
        price_varies: false,
    }))
}

/// How many; parts of a piece count as a whole one, as in the storefront. None of it is no line.
fn pieces(object: &Object<'_, '_>, name: &str) -> Result<Option<Quantity>, Refused> {
    let refused = |code| Refused {
        path: object.at(name),
        code,
    };
    let node = object.get(name).ok_or_else(|| refused(Code::Quantity))?;
    let text = node.scalar().ok_or_else(|| refused(Code::Quantity))?;
    // Six decimals are more than any platform keeps of a quantity.
    let millionths = amount::scaled(text.trim(), 6).ok_or_else(|| refused(Code::Quantity))?;
    if millionths == 0 {
        return Ok(None);
    }
    let pieces = u64::try_from(millionths).map(|count| count.div_ceil(1_000_000));
    let count = pieces.ok().and_then(|count| u32::try_from(count).ok());
    let quantity = count.and_then(|count| Quantity::new(count).ok());
    quantity.map(Some).ok_or_else(|| refused(Code::Quantity))
}

/// An option's value as text, the way a script turns it into one; `None`: there is nothing to tell.
pub(super) fn value(node: Node<'_>) -> Result<Option<String>, Code> {
    if node.is_null() {
        return Ok(None);
    }
    if let Some(answer) = node.bool() {
        return Ok(Some(answer.to_string()));
    }
    let text = node.scalar().ok_or(Code::Options)?;
    Ok(Some(text.into_owned()))
}

/// Options from names and values in an object, or in a list of objects that have one of each.
pub(super) fn options(
    object: &Object<'_, '_>,
    field: &str,
    name: &str,
    held: &str,
) -> Result<Options, Refused> {
    let refused = |code| Refused {
        path: object.at(field),
        code,
    };
    let Some(node) = object.get(field) else {
        return Ok(Options::new());
    };
    let mut found = Options::new();
    // An object may well have numbers for names here.
    if let Some(entries) = node.entries().filter(|_| node.is_list()) {
        if entries.is_empty() {
            return Ok(found);
        }
        let objects = object.objects(field).unwrap_or_default();
        if objects.len() < entries.len() {
            return Err(refused(Code::Options));
        }
        for entry in objects {
            let title = entry.text(name).ok_or_else(|| refused(Code::Options))?;
            let text = entry.get(held).map_or(Ok(None), value).map_err(refused)?;
            found.extend(text.map(|text| (title, text)));
        }
        return Ok(found);
    }
    let Some(fields) = node.fields() else {
        let is_blank = node.text().is_some_and(|text| text.is_empty());
        return if is_blank {
            Ok(found)
        } else {
            Err(refused(Code::Options))
        };
    };
    for (title, node) in fields {
        let text = value(node).map_err(refused)?;
        found.extend(text.map(|text| (title.into_owned(), text)));
    }
    Ok(found)
}

/// What was noted with a basket, and the intent token that may be among it.
#[derive(Debug, Default)]
pub(super) struct Noted {
    pub(super) attributes: Vec<Attribute>,
    pub(super) intent: Option<String>,
}

impl Noted {
    /// From names and values in a list of objects that have one of each, or in one object. What is hidden behind an underscore is the
    /// platform's or somebody else's own and stays out, except for Homing's.
    pub(super) fn read(&mut self, object: &Object<'_, '_>, field: &str, name: &str, held: &str) {
        let Some(node) = object.get(field) else {
            return;
        };
        if node.is_list() {
            for entry in object.objects(field).unwrap_or_default() {
                if let Some(title) = entry.text(name) {
                    self.take(&title, entry.get(held));
                }
            }
        } else if let Some(fields) = object.object(field) {
            for (title, node) in fields.each() {
                self.take(title, Some(node));
            }
        }
    }

    fn take(&mut self, name: &str, node: Option<Node<'_>>) {
        // Apps keep whole structures there, which are nobody's attributes.
        let Some(text) = node.and_then(|node| value(node).ok().flatten()) else {
            return;
        };
        if name == INTENT {
            self.intent = Some(text).filter(|text| !text.is_empty());
        } else if !name.starts_with('_')
            && self.attributes.len() < MAX_ATTRIBUTES
            && text.len() <= MAX_VALUE
        {
            self.attributes.push(Attribute {
                name: name.to_string(),
                value: Personal(text),
            });
        }
    }
}

/// First and last name of somebody.
pub(super) fn name_of(object: &Object<'_, '_>, first: &str, last: &str) -> Option<Personal> {
    let names = [object.text(first), object.text(last)];
    let mut name = String::new();
    for part in names.into_iter().flatten() {
        if !name.is_empty() {
            name.push(' ');
        }
        name.push_str(&part);
    }
    (!name.is_empty()).then_some(Personal(name))
}
