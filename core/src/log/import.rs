//! Reading exports back, line by line: each entry is checked before it is handed out. Memory is that of one line.

use super::fault::{Fault, Why};
use super::heads::RecordedHeads;
use super::lines::{
    EndLine, EntryLine, FORMAT, Header, HeaderLine, MAX_LINE_BYTES, end_line, entry_of,
    header_line, header_of, record_of, write, write_entry,
};
use super::{Body, Checkpoint, Entry};
use alloc::{
    borrow::ToOwned,
    format,
    string::{String, ToString},
    vec::Vec,
};
use serde::{Deserialize, de::IgnoredAny};
use serde_json::Value;

/// What a file was found to hold.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Logs that were whole.
    pub carts: u64,
    /// Events in them, erased ones included; of a broken log those before the break.
    pub events: u64,
    /// Events of which only the commitment is left.
    pub erased: u64,
    /// Events that were pruned: a checkpoint stands for them.
    pub pruned: u64,
}

/// What an accepted line was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// A log begins.
    Began(Header),
    /// Its next entry, which continues the chain.
    Passed(Entry),
    /// It has ended at its head.
    Ended(Header),
}

/// Checks the lines of an export, which may hold the logs of many carts, one after the other.
#[derive(Debug)]
pub struct Verifier<'a> {
    heads: &'a mut RecordedHeads,
    open: Option<Open>,
    line: u64,
    totals: Totals,
    broken: Option<Fault>,
}

/// A log that has begun.
#[derive(Clone, Copy, Debug)]
struct Open {
    header: Header,
    at: Checkpoint,
    erased: u64,
}

/// Reads the field that names the format, whatever stands beside it.
#[derive(Deserialize)]
struct Named {
    log: String,
}

impl<'a> Verifier<'a> {
    /// A file begins. Its logs have to lead through `heads`.
    pub fn new(heads: &'a mut RecordedHeads) -> Self {
        Self {
            heads,
            open: None,
            line: 0,
            totals: Totals::default(),
            broken: None,
        }
    }

    /// What was found so far.
    pub fn totals(&self) -> Totals {
        self.totals
    }

    /// Takes the next line, without its end. After a fault the rest of the file says nothing any more: it stays that fault.
    pub fn line(&mut self, line: &[u8]) -> Result<Step, Fault> {
        if let Some(fault) = &self.broken {
            return Err(fault.clone());
        }
        self.take(line)
            .inspect_err(|fault| self.broken = Some(fault.clone()))
    }

    fn take(&mut self, line: &[u8]) -> Result<Step, Fault> {
        self.line = self.line.saturating_add(1);
        // Mail programs and editors of another system may have rewritten the ends of lines; that changes nothing.
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let Some(mut open) = self.open.take() else {
            let header = self.header(line)?;
            self.heads.begin(header.cart);
            let at = header.start();
            self.heads.pass(header.cart, &at);
            self.totals.pruned = self.totals.pruned.saturating_add(at.seq);
            self.open = Some(Open {
                header,
                at,
                erased: 0,
            });
            return Ok(Step::Began(header));
        };
        if let Some(end) = open.ends_with(line) {
            end.map_err(|why| self.fault(&open, why))?;
            if let Some(head) = self.heads.end(open.header.cart) {
                return Err(self.fault(&open, (Some(open.at.seq), Why::Recorded(head))));
            }
            self.totals.carts = self.totals.carts.saturating_add(1);
            return Ok(Step::Ended(open.header));
        }
        let entry = match open.entry(line) {
            Ok(entry) => entry,
            Err(why) => {
                let surplus = open.at.seq.saturating_add(1);
                let seq = match why {
                    Why::Surplus { .. } => Some(surplus),
                    _ => open.missing(),
                };
                return Err(self.fault(&open, (seq, why)));
            }
        };
        self.heads.pass(open.header.cart, &open.at);
        self.totals.events = self.totals.events.saturating_add(1);
        if matches!(entry.body, Body::Erased { .. }) {
            open.erased = open.erased.saturating_add(1);
            self.totals.erased = self.totals.erased.saturating_add(1);
        }
        self.open = Some(open);
        Ok(Step::Passed(entry))
    }

    /// The file ends.
    pub fn finish(self) -> Result<Totals, Fault> {
        if let Some(fault) = self.broken {
            return Err(fault);
        }
        if let Some(open) = &self.open {
            let entries = open.header.entries;
            return Err(self.fault(open, (open.missing(), Why::CutOff { entries })));
        }
        if self.line == 0 {
            return Err(self.no_log(Why::Empty));
        }
        Ok(self.totals)
    }

    fn header(&self, line: &[u8]) -> Result<Header, Fault> {
        if line.len() > MAX_LINE_BYTES {
            return Err(self.no_log(Why::TooLong));
        }
        let named: Named =
            serde_json::from_slice(line).map_err(|_| self.no_log(Why::NotAnExport))?;
        if !named.log.starts_with("homing/") {
            return Err(self.no_log(Why::NotAnExport));
        }
        if named.log != FORMAT {
            return Err(self.no_log(Why::Format(harmless(&named.log, 40))));
        }
        let read: HeaderLine =
            serde_json::from_slice(line).map_err(|error| self.no_log(syntax(&error)))?;
        let header = header_of(&read).ok_or_else(|| self.no_log(Why::Spelling))?;
        if is_spelt(line, &header_line(&header)) {
            Ok(header)
        } else {
            Err(self.no_log(Why::Spelling))
        }
    }

    fn fault(&self, open: &Open, (seq, why): (Option<u64>, Why)) -> Fault {
        Fault {
            line: self.line,
            cart: Some(open.header.cart),
            seq,
            why,
        }
    }

    /// A fault outside of every log.
    fn no_log(&self, why: Why) -> Fault {
        Fault {
            line: self.line,
            cart: None,
            seq: None,
            why,
        }
    }
}

impl Open {
    /// The last event that the header promises.
    fn last(&self) -> u64 {
        let start = self.header.after.map_or(0, |after| after.seq);
        start.saturating_add(self.header.entries)
    }

    /// The first event that has not come yet.
    fn missing(&self) -> Option<u64> {
        (self.at.seq < self.last()).then(|| self.at.seq.saturating_add(1))
    }

    /// Takes an entry's line and steps behind it.
    fn entry(&mut self, line: &[u8]) -> Result<Entry, Why> {
        if line.len() > MAX_LINE_BYTES {
            return Err(Why::TooLong);
        }
        if line.starts_with(b"{\"log\":") {
            return Err(Why::Unended);
        }
        let read: EntryLine<IgnoredAny> =
            serde_json::from_slice(line).map_err(|error| syntax(&error))?;
        let expected = self.at.seq.saturating_add(1);
        if expected > self.last() {
            let entries = self.header.entries;
            return Err(Why::Surplus { entries });
        }
        if read.seq != expected {
            let found = read.seq;
            return Err(Why::Order { expected, found });
        }
        let (entry, commitment, hash) = entry_of(&read).ok_or(Why::Spelling)?;
        if entry.commitment() != commitment {
            return Err(Why::Commitment);
        }
        let at = Checkpoint {
            seq: expected,
            hash: entry.hash(&self.at.hash),
        };
        if at.hash != hash {
            return Err(Why::Chain);
        }
        let record = record_of(&entry).map_err(Why::Unreadable)?;
        // The whole line is derived anew: whatever it says beyond what the chain covers has to be the same.
        let mut derived = Vec::with_capacity(line.len().saturating_add(1));
        write_entry(&entry, record.as_ref(), &hash, &mut derived);
        if derived.strip_suffix(b"\n") != Some(line) {
            return Err(difference(line, &derived).map_or(Why::Spelling, Why::Readable));
        }
        self.at = at;
        Ok(entry)
    }

    /// Whether the line closes the log; `None` when it is none that does.
    fn ends_with(&self, line: &[u8]) -> Option<Result<(), (Option<u64>, Why)>> {
        if line.len() > MAX_LINE_BYTES || !line.starts_with(b"{\"end\":") {
            return None;
        }
        Some(self.end(line))
    }

    fn end(&self, line: &[u8]) -> Result<(), (Option<u64>, Why)> {
        if let Some(missing) = self.missing() {
            return Err((Some(missing), Why::Missing));
        }
        let last = Some(self.at.seq);
        if self.at.hash != self.header.head {
            return Err((last, Why::Head));
        }
        let expected = end_line(&self.header, self.erased);
        if is_spelt(line, &expected) {
            return Ok(());
        }
        let mut derived = Vec::new();
        write(&expected, &mut derived);
        let why = match serde_json::from_slice::<EndLine>(line) {
            Err(error) => syntax(&error),
            Ok(_) => difference(line, &derived).map_or(Why::Spelling, Why::Closing),
        };
        Err((None, why))
    }
}

fn is_spelt(line: &[u8], expected: &impl serde::Serialize) -> bool {
    let mut derived = Vec::new();
    write(expected, &mut derived);
    derived.strip_suffix(b"\n") == Some(line)
}

/// What the parser says, without its own count of lines.
fn syntax(error: &serde_json::Error) -> Why {
    if error.is_eof() {
        return Why::Line("it ends early".to_owned());
    }
    let text = error.to_string();
    let (text, _) = text.rsplit_once(" at line ").unwrap_or((&text, ""));
    Why::Line(harmless(text, 200))
}

/// Words of the file as they may stand on a terminal: short, and without what would steer it.
fn harmless(text: &str, limit: usize) -> String {
    let shown = text.chars().filter(|c| !c.is_control());
    shown.take(limit).collect()
}

/// The first field that differs, as a path; `None` where only the spelling does.
fn difference(line: &[u8], derived: &[u8]) -> Option<String> {
    let parse = |bytes| serde_json::from_slice::<Value>(bytes).ok();
    let (Some(stated), Some(derived)) = (parse(line), parse(derived)) else {
        return Some("what".to_owned());
    };
    differing(&stated, &derived)
}

fn differing(stated: &Value, derived: &Value) -> Option<String> {
    if stated == derived {
        return None;
    }
    let (Some(stated), Some(derived)) = (stated.as_object(), derived.as_object()) else {
        return Some(String::new());
    };
    let names = derived.keys().chain(stated.keys());
    names
        .filter_map(|name| {
            let inner = match (stated.get(name), derived.get(name)) {
                (Some(stated), Some(derived)) => differing(stated, derived)?,
                _ => String::new(),
            };
            let name = harmless(name, 64);
            Some(if inner.is_empty() {
                name
            } else {
                format!("{name}.{inner}")
            })
        })
        .next()
}
