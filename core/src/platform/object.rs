//! An object of a payload, field by field. What is absent or `null` is absent; what is there but cannot be read is noted, and as if it
//! were absent.

use super::node::{Fields, Node};
use super::{Code, NotUnderstood, Refused, amount, instant};
use crate::money::Currency;
use alloc::{borrow::Cow, format, string::String, string::ToString, vec::Vec};
use core::cell::RefCell;

/// Longest text that is taken, in bytes.
const MAX_TEXT: usize = 2_000;
/// Longest id or token, in bytes.
const MAX_ID: usize = 200;
/// Most fields whose trouble is told.
const MAX_NOTES: usize = 100;

/// What could not be read, gathered while a payload is walked through.
#[derive(Debug, Default)]
pub(super) struct Notes(RefCell<Vec<Refused>>);

impl Notes {
    pub(super) fn add(&self, path: String, code: Code) {
        let mut notes = self.0.borrow_mut();
        let is_new = notes.iter().all(|note| note.path != path);
        if is_new && notes.len() < MAX_NOTES {
            notes.push(Refused { path, code });
        }
    }

    pub(super) fn into_unread(self) -> Vec<Refused> {
        self.0.into_inner()
    }
}

/// Fields, where they stand, and where trouble with them is noted.
#[derive(Clone, Debug)]
pub(super) struct Object<'a, 'n> {
    fields: Fields<'a>,
    path: String,
    notes: &'n Notes,
}

impl<'a, 'n> Object<'a, 'n> {
    /// A whole body.
    pub(super) fn parse(body: &'a [u8], notes: &'n Notes) -> Result<Self, NotUnderstood> {
        let lost = |code| NotUnderstood {
            code,
            path: String::new(),
        };
        let node = Node::parse(body).ok_or_else(|| lost(Code::Json))?;
        let fields = node.fields().ok_or_else(|| lost(Code::Kind))?;
        Ok(Self {
            fields,
            path: String::new(),
            notes,
        })
    }

    /// The path of a field.
    pub(super) fn at(&self, name: &str) -> String {
        if self.path.is_empty() {
            name.to_string()
        } else {
            format!("{}.{name}", self.path)
        }
    }

    /// This object's own path.
    pub(super) fn path(&self) -> &str {
        &self.path
    }

    pub(super) fn note(&self, name: &str, code: Code) {
        self.notes.add(self.at(name), code);
    }

    /// The whole cannot be understood because of this field.
    pub(super) fn lost(&self, name: &str, code: Code) -> NotUnderstood {
        NotUnderstood {
            code,
            path: self.at(name),
        }
    }

    /// A field that is there; of two with one name the later, as everywhere in JSON.
    pub(super) fn get(&self, name: &str) -> Option<Node<'a>> {
        let mut fields = self.fields.iter().rev();
        let (_, node) = fields.find(|(known, _)| known == name)?;
        (!node.is_null()).then_some(*node)
    }

    /// Whether a field is there and left empty: `null`, or a text of nothing.
    pub(super) fn is_blank(&self, name: &str) -> bool {
        let mut fields = self.fields.iter().rev();
        let found = fields.find(|(known, _)| known == name);
        found.is_some_and(|(_, node)| {
            node.is_null() || node.scalar().is_some_and(|text| text.trim().is_empty())
        })
    }

    /// Whether there is a place for an address, and neither that nor a number in `phone`.
    pub(super) fn names_nobody(&self, email: &str, phone: &str) -> bool {
        self.is_blank(email) && (self.get(phone).is_none() || self.is_blank(phone))
    }

    /// Names and values, in their order.
    pub(super) fn each(&self) -> impl Iterator<Item = (&str, Node<'a>)> {
        self.fields
            .iter()
            .map(|(name, node)| (name.as_ref(), *node))
    }

    /// An object within. PHP writes an empty one as an empty list.
    pub(super) fn object(&self, name: &str) -> Option<Self> {
        let node = self.get(name)?;
        let Some(fields) = node.fields() else {
            if !node.entries().is_some_and(|entries| entries.is_empty()) {
                self.note(name, Code::Kind);
            }
            return None;
        };
        Some(Self {
            fields,
            path: self.at(name),
            notes: self.notes,
        })
    }

    /// The object at a path of names, as far as there is one.
    pub(super) fn within(&self, names: &[&str]) -> Option<Self> {
        let (first, rest) = names.split_first()?;
        let mut found = self.object(first)?;
        for name in rest {
            found = found.object(name)?;
        }
        Some(found)
    }

    /// The objects of a list; entries that are none are noted. `None`: there is no list.
    pub(super) fn objects(&self, name: &str) -> Option<Vec<Self>> {
        let node = self.get(name)?;
        let Some(entries) = node.entries() else {
            self.note(name, Code::Kind);
            return None;
        };
        let mut objects = Vec::with_capacity(entries.len());
        for (n, entry) in entries.into_iter().enumerate() {
            let path = format!("{}[{n}]", self.at(name));
            match entry.fields() {
                Some(fields) => objects.push(Self {
                    fields,
                    path,
                    notes: self.notes,
                }),
                None => self.notes.add(path, Code::Kind),
            }
        }
        Some(objects)
    }

    /// A text that says something; a number counts as its digits.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.short(name, MAX_TEXT)
    }

    fn short(&self, name: &str, most: usize) -> Option<String> {
        let text = self.scalar(name)?;
        let text = text.trim();
        if text.len() > most {
            self.note(name, Code::Range);
            return None;
        }
        (!text.is_empty()).then(|| text.to_string())
    }

    fn scalar(&self, name: &str) -> Option<Cow<'a, str>> {
        let node = self.get(name)?;
        let text = node.scalar();
        if text.is_none() {
            self.note(name, Code::Kind);
        }
        text
    }

    /// An id or a token, of visible ASCII. Of Shopify's global ids (`gid://shopify/Cart/…`) the last part; 0 is nobody's.
    pub(super) fn id(&self, name: &str) -> Option<String> {
        let text = self.short(name, MAX_ID)?;
        let id = match text.strip_prefix("gid://") {
            Some(rest) => rest.rsplit('/').next().unwrap_or(rest),
            None => &text,
        };
        if !id.bytes().all(|byte| byte.is_ascii_graphic()) {
            self.note(name, Code::Kind);
            return None;
        }
        (!matches!(id, "" | "0")).then(|| id.to_string())
    }

    /// The ids of a list.
    pub(super) fn ids(&self, name: &str) -> Vec<String> {
        let entries = self.get(name).and_then(Node::entries).unwrap_or_default();
        let ids = entries.into_iter().filter_map(Node::scalar);
        ids.filter(|id| id.len() <= MAX_ID)
            .map(Cow::into_owned)
            .collect()
    }

    /// A yes or no, also as 1 and 0 or as a text.
    pub(super) fn bool(&self, name: &str) -> Option<bool> {
        let node = self.get(name)?;
        let answer = node
            .bool()
            .or_else(|| match node.scalar()?.to_ascii_lowercase().as_str() {
                "1" | "true" | "yes" => Some(true),
                "0" | "false" | "no" => Some(false),
                _ => None,
            });
        // PHP writes a false that became text as nothing at all.
        let is_blank = node.text().is_some_and(|text| text.is_empty());
        if answer.is_none() && !is_blank {
            self.note(name, Code::Kind);
        }
        answer
    }

    /// Epoch ms.
    pub(super) fn time(&self, name: &str) -> Option<u64> {
        let text = self.scalar(name)?;
        if instant::is_none(&text) {
            return None;
        }
        let time = instant::parse(&text);
        if time.is_none() {
            self.note(name, Code::Time);
        }
        time
    }

    /// Epoch ms of a number of seconds.
    pub(super) fn seconds(&self, name: &str) -> Option<u64> {
        let text = self.scalar(name)?;
        let ms = amount::scaled(&text, 3).and_then(|ms| u64::try_from(ms).ok());
        if ms.is_none() {
            self.note(name, Code::Time);
        }
        ms.filter(|ms| *ms > 0)
    }

    pub(super) fn currency(&self, name: &str) -> Option<Currency> {
        let text = self.text(name)?;
        let currency = Currency::parse(&text);
        if currency.is_none() {
            self.note(name, Code::Currency);
        }
        // What has no minor units has no amounts either.
        currency.filter(|currency| amount::decimals(*currency).is_some())
    }

    /// An amount in minor units, of a number or text in whole units of the currency. Without a currency there are no amounts.
    pub(super) fn minor(&self, name: &str, currency: Option<Currency>) -> Option<i64> {
        self.scaled(name, amount::decimals(currency?)?)
    }

    /// `value · 10^shift`, rounded to a whole number.
    pub(super) fn scaled(&self, name: &str, shift: i32) -> Option<i64> {
        let text = self.scalar(name)?;
        let text = text.trim();
        if text.is_empty() {
            return None;
        }
        let minor = amount::scaled(text, shift);
        if minor.is_none() {
            self.note(name, Code::Amount);
        }
        minor
    }

    /// A language, as BCP 47 writes it.
    pub(super) fn locale(&self, name: &str) -> Option<String> {
        Some(self.text(name)?.replace('_', "-"))
    }

    /// A contact that is one.
    pub(super) fn contact<T: core::str::FromStr>(&self, name: &str, code: Code) -> Option<T> {
        let text = self.text(name)?;
        let contact = text.parse().ok();
        if contact.is_none() {
            self.note(name, code);
        }
        contact
    }
}
