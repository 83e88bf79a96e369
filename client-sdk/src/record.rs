//! The text between page and module: records, one a line, of fields with tabs between. No field may hold a control character,
//! so nothing needs escaping.
//!
//! | record  | fields                                                                    |
//! |---------|---------------------------------------------------------------------------|
//! | base    | seq, epoch, clock, 1 when it is the whole base; then one record for each dot: |
//! |         | dot, seq, and unless it is gone: clock, event that set it, line, see below |
//! | event   | id, `add`, epoch, clock, line                                              |
//! |         | id, `set`, dot, clock, quantity                                            |
//! |         | id, `remove` or `clear` or `order`, dots                                   |
//! | command | `add` or `set`, line · `remove`, line with quantity 0 · `clear` · `order`  |
//! | answer  | `e`, an event · `v`, epoch, dots · `l`, line · `x`, code                   |
//! | line    | variant, quantity, name and value of each option                           |

use homing_core::{
    cart::{Change, Dot, Entry, EventId, Hlc, LineKey, Op, Quantity, Variant},
    error::Invalid,
};
use std::str::FromStr;

/// The fields of one record that have not been read.
pub(crate) struct Fields<'a>(Option<&'a str>);

impl<'a> Fields<'a> {
    pub(crate) fn of(record: &'a str) -> Self {
        Self(Some(record))
    }

    pub(crate) fn text(&mut self) -> Result<&'a str, Invalid> {
        self.next().ok_or(Invalid::Missing("field"))
    }

    pub(crate) fn read<T: FromStr>(&mut self) -> Result<T, Invalid> {
        self.text()?.parse().map_err(|_| Invalid::Range("field"))
    }

    /// A line's key and its quantity, not yet checked.
    pub(crate) fn line(&mut self) -> Result<(LineKey, u32), Invalid> {
        let variant = Variant::new(self.text()?)?;
        let qty = self.read()?;
        let pairs = std::iter::from_fn(|| Some((self.next()?, self.next().unwrap_or_default())));
        Ok((LineKey::of(variant, pairs)?, qty))
    }

    pub(crate) fn dots(self) -> Result<Vec<Dot>, Invalid> {
        self.map(str::parse).collect()
    }

    pub(crate) fn change(mut self) -> Result<Change, Invalid> {
        let dot: Dot = self.text()?.parse()?;
        let seq = self.read()?;
        let mut entry = Entry {
            carry: dot.carry,
            seq,
            gone: self.0.is_none(),
            ..Entry::default()
        };
        if !entry.gone {
            let (clock, by) = (Hlc(self.read()?), self.text()?.parse()?);
            let (line, qty) = self.line()?;
            entry.line = Some(line);
            entry.qty = Some((clock, by, Quantity::new(qty)?));
        }
        Ok(Change { id: dot.id, entry })
    }

    pub(crate) fn event(mut self) -> Result<(EventId, Op), Invalid> {
        let id = self.text()?.parse()?;
        let op = match self.text()? {
            "add" => {
                let (epoch, clock) = (self.read()?, Hlc(self.read()?));
                let (line, qty) = self.line()?;
                Op::Add {
                    epoch,
                    clock,
                    line,
                    qty: Quantity::new(qty)?,
                }
            }
            "set" => {
                let (dot, clock) = (self.text()?.parse()?, Hlc(self.read()?));
                Op::Set {
                    dot,
                    clock,
                    qty: Quantity::new(self.read()?)?,
                }
            }
            "remove" => Op::Remove { dots: self.dots()? },
            _ => Op::Close { dots: self.dots()? },
        };
        Ok((id, op))
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = &'a str;

    fn next(&mut self) -> Option<&'a str> {
        let rest = self.0?;
        let (field, rest) = cut(rest, b'\t');
        self.0 = rest;
        Some(field)
    }
}

/// The records of a text.
pub(crate) fn records(text: &str) -> impl Iterator<Item = Fields<'_>> {
    let mut rest = Some(text).filter(|text| !text.is_empty());
    std::iter::from_fn(move || {
        let (record, next) = cut(rest?, b'\n');
        rest = next;
        Some(Fields::of(record))
    })
}

/// What stands before the first `end`, and what after it.
fn cut(text: &str, end: u8) -> (&str, Option<&str>) {
    match text.bytes().position(|byte| byte == end) {
        Some(at) => (
            text.get(..at).unwrap_or_default(),
            text.get(at.saturating_add(1)..),
        ),
        None => (text, None),
    }
}

/// Records under construction. Numbers are written by hand: the formatter is 4 KB of wasm.
#[derive(Clone, Debug, Default)]
pub(crate) struct Records(String);

impl Records {
    pub(crate) fn into_text(mut self) -> String {
        self.0.pop();
        self.0
    }

    /// Ends a record.
    pub(crate) fn end(&mut self) {
        self.0.pop();
        self.0.push('\n');
    }

    pub(crate) fn text(&mut self, text: &str) -> &mut Self {
        self.0.push_str(text);
        self.0.push('\t');
        self
    }

    pub(crate) fn number(&mut self, number: u64) -> &mut Self {
        self.digits(number, 10, 1);
        self.0.push('\t');
        self
    }

    pub(crate) fn id(&mut self, id: EventId) -> &mut Self {
        self.digits(id.replica.0, 16, 16);
        self.0.push('-');
        self.number(u64::from(id.counter))
    }

    pub(crate) fn dot(&mut self, dot: Dot) -> &mut Self {
        self.id(dot.id);
        if dot.carry > 0 {
            self.0.pop();
            self.0.push('+');
            self.number(u64::from(dot.carry));
        }
        self
    }

    pub(crate) fn dots(&mut self, dots: &[Dot]) -> &mut Self {
        for dot in dots {
            self.dot(*dot);
        }
        self
    }

    pub(crate) fn line(&mut self, line: &LineKey, qty: u32) -> &mut Self {
        self.text(line.variant().as_str()).number(u64::from(qty));
        for (name, value) in line.options() {
            self.text(name).text(value);
        }
        self
    }

    pub(crate) fn change(&mut self, Change { id, entry }: &Change) {
        self.dot(Dot {
            id: *id,
            carry: entry.carry,
        })
        .number(entry.seq);
        if let (Some(line), Some((clock, by, qty)), false) = (&entry.line, entry.qty, entry.gone) {
            self.number(clock.0).id(by).line(line, qty.get());
        }
        self.end();
    }

    /// `t` tells a clear from an order; both are one operation.
    pub(crate) fn event(&mut self, id: EventId, t: &str, op: &Op) {
        self.id(id).text(t);
        match op {
            Op::Add {
                epoch,
                clock,
                line,
                qty,
            } => self
                .number(u64::from(*epoch))
                .number(clock.0)
                .line(line, qty.get()),
            Op::Set { clock, dot, qty } => {
                self.dot(*dot).number(clock.0).number(u64::from(qty.get()))
            }
            Op::Remove { dots } | Op::Close { dots } => self.dots(dots),
        };
        self.end();
    }

    fn digits(&mut self, number: u64, radix: u64, least: u32) {
        if number >= radix || least > 1 {
            self.digits(number / radix, radix, least.saturating_sub(1));
        }
        self.0
            .extend(char::from_digit((number % radix) as u32, radix as u32));
    }
}
