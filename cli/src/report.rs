//! What was found, for people and for programs.

use crate::evidence::RootCheck;
use crate::{BROKEN, OK, UNJUDGED};
use homing_core::ids::CartId;
use homing_core::log::{Fault, Totals};
use serde::Serialize;
use std::fmt;
use std::io::{self, Write};

/// Why a file is not accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// It could not be read.
    Io(String),
    /// Something in it is wrong.
    Fault(Fault),
    /// The same, with a guess at the reason.
    Hinted(Fault, &'static str),
}

impl Trouble {
    /// Whether a log was judged and found broken.
    pub fn is_break(&self) -> bool {
        self.fault().is_some_and(Fault::is_break)
    }

    fn fault(&self) -> Option<&Fault> {
        match self {
            Self::Io(_) => None,
            Self::Fault(fault) | Self::Hinted(fault, _) => Some(fault),
        }
    }

    fn code(&self) -> &'static str {
        self.fault().map_or("unreadable", |fault| fault.why.code())
    }
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Io(error) => f.write_str(error),
            Self::Fault(fault) => fault.fmt(f),
            Self::Hinted(fault, hint) => write!(f, "{fault} ({hint})"),
        }
    }
}

/// One run.
#[derive(Debug, Serialize)]
pub struct Report {
    ok: bool,
    files: Vec<FileReport>,
    /// Carts with a recorded head of which no log was found.
    missing: Vec<String>,
    #[serde(skip)]
    recorded: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<RootReport>,
}

/// One file.
#[derive(Debug, Serialize)]
pub struct FileReport {
    file: String,
    ok: bool,
    carts: u64,
    events: u64,
    erased: u64,
    pruned: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<FaultReport>,
    #[serde(skip)]
    trouble: Option<Trouble>,
}

#[derive(Debug, Serialize)]
struct FaultReport {
    code: &'static str,
    why: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    cart: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
}

/// A day's root.
#[derive(Debug, Serialize)]
pub struct RootReport {
    ok: bool,
    day: String,
    carts: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    why: Option<String>,
}

impl FileReport {
    /// What came of a file.
    pub fn new(file: String, totals: Totals, trouble: Option<Trouble>) -> Self {
        let fault = trouble.as_ref().map(|trouble| FaultReport {
            code: trouble.code(),
            why: trouble
                .fault()
                .map_or_else(|| trouble.to_string(), |fault| fault.why.to_string()),
            cart: trouble
                .fault()
                .and_then(|fault| fault.cart)
                .map(|cart| cart.to_string()),
            event: trouble.fault().and_then(|fault| fault.seq),
            line: trouble
                .fault()
                .map(|fault| fault.line)
                .filter(|line| *line > 0),
        });
        Self {
            file,
            ok: trouble.is_none(),
            carts: totals.carts,
            events: totals.events,
            erased: totals.erased,
            pruned: totals.pruned,
            fault,
            trouble,
        }
    }
}

impl fmt::Display for FileReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = &self.file;
        match &self.trouble {
            None => write!(f, "{file}: ok: ")?,
            Some(trouble) if trouble.is_break() => {
                write!(f, "{file}: BROKEN: {trouble}\n  before that: ")?;
            }
            Some(trouble) => write!(f, "{file}: not checked: {trouble}\n  before that: ")?,
        }
        let carts = counted(self.carts, "cart");
        write!(f, "{carts}, {}", counted(self.events, "event"))?;
        if self.erased > 0 {
            write!(f, ", {} erased", self.erased)?;
        }
        if self.pruned > 0 {
            write!(f, ", {} pruned", self.pruned)?;
        }
        Ok(())
    }
}

impl RootReport {
    /// What came of a root.
    pub fn new(check: &RootCheck) -> Self {
        Self {
            ok: check.wrong.is_none(),
            day: check.root.day.clone(),
            carts: check.root.carts,
            why: check.wrong.as_ref().map(ToString::to_string),
        }
    }
}

impl fmt::Display for RootReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.why {
            None => write!(
                f,
                "root of {}: ok: {}",
                self.day,
                counted(self.carts, "cart")
            ),
            Some(why) => write!(f, "root of {}: BROKEN: {why}", self.day),
        }
    }
}

impl Report {
    /// Everything together; `recorded` is the number of carts with recorded heads.
    pub fn new(
        files: Vec<FileReport>,
        missing: Vec<CartId>,
        recorded: usize,
        root: Option<RootReport>,
    ) -> Self {
        let ok = files.iter().all(|file| file.ok)
            && missing.is_empty()
            && root.as_ref().is_none_or(|root| root.ok);
        Self {
            ok,
            files,
            missing: missing.iter().map(ToString::to_string).collect(),
            recorded,
            root,
        }
    }

    /// A break counts more than what could not be read. That a cart is missing counts only where everything was read.
    pub fn exit_code(&self) -> u8 {
        let mut troubles = self.files.iter().filter_map(|file| file.trouble.as_ref());
        let root_breaks = self.root.as_ref().is_some_and(|root| !root.ok);
        if troubles.clone().any(Trouble::is_break) {
            BROKEN
        } else if troubles.next().is_some() {
            UNJUDGED
        } else if root_breaks || !self.missing.is_empty() {
            BROKEN
        } else {
            OK
        }
    }

    /// Writes it.
    pub fn write(&self, json: bool, out: &mut impl Write) -> io::Result<()> {
        if json {
            let text = serde_json::to_string(self).map_err(io::Error::other)?;
            return writeln!(out, "{text}");
        }
        for file in &self.files {
            writeln!(out, "{file}")?;
        }
        for cart in &self.missing {
            writeln!(
                out,
                "MISSING: cart {cart}: its head is recorded, but none of these files holds its log"
            )?;
        }
        if let Some(root) = &self.root {
            writeln!(out, "{root}")?;
        }
        if self.ok && self.recorded == 0 && self.root.is_none() {
            writeln!(
                out,
                "No recorded head was given: this shows damage, not whether its owner has rewritten a log. See `homing verify --help`."
            )?;
        }
        Ok(())
    }
}

fn counted(count: u64, noun: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{count} {noun}{plural}")
}
