//! What is wrong with an export, and where.

use crate::bytes::to_hex;
use crate::ids::CartId;
use crate::log::{FORMAT, Hash, MAX_LINE_BYTES};
use crate::object::codec::CodecError;
use alloc::string::String;
use core::fmt;

/// The first thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The line that shows it, from 1; 0 where no line does.
    pub line: u64,
    /// The cart whose log is broken; `None` where the file is not an export that can be judged.
    pub cart: Option<CartId>,
    /// The broken event; `None` where it is the cart's header.
    pub seq: Option<u64>,
    /// Why.
    pub why: Why,
}

/// Why an export is not accepted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// Nothing in it.
    #[error("it is empty")]
    Empty,
    /// No cart's log begins where one should.
    #[error("this line does not begin a cart's log; is the file an export of Homing?")]
    NotAnExport,
    /// A log begins before the one before it has ended.
    #[error("another log begins here, but this one has not ended")]
    Unended,
    /// Another format or version.
    #[error("this log is in the format {0:?}; this program reads {FORMAT:?}")]
    Format(String),
    /// A line beyond all measure.
    #[error("the line is longer than {MAX_LINE_BYTES} bytes, the most that a line may have")]
    TooLong,
    /// Not JSON, or not one of the lines that an export has.
    #[error("the line is not one of an export: {0}")]
    Line(String),
    /// A value that no export has there.
    #[error("a value of this line is not written as Homing writes it")]
    Spelling,
    /// Out of place.
    #[error("event {expected} belongs here, event {found} stands here")]
    Order {
        /// The number that belongs here.
        expected: u64,
        /// The number that stands here.
        found: u64,
    },
    /// More events than the header counts.
    #[error("the log has only {entries} events by its header")]
    Surplus {
        /// The header's count.
        entries: u64,
    },
    /// The log ends before its last event.
    #[error("this event is missing: the log ends before it")]
    Missing,
    /// The file ends before the log.
    #[error("the file was cut off here: the log has {entries} events and a closing line")]
    CutOff {
        /// The header's count.
        entries: u64,
    },
    /// Salt or payload was changed.
    #[error("salt and payload are not those that the event was committed to")]
    Commitment,
    /// The event does not follow from those before it.
    #[error(
        "the event does not continue the chain: it or one before it was changed, added or taken out"
    )]
    Chain,
    /// The payload is whole, but not an event.
    #[error("the payload cannot be read: {0}; a newer program may read it")]
    Unreadable(CodecError),
    /// What a person reads is not what the chain covers.
    #[error("the readable part says something else than the payload: `{0}`")]
    Readable(String),
    /// The chain ends elsewhere.
    #[error("the events do not lead to the head that the log states")]
    Head,
    /// The closing line says something else.
    #[error("the closing line says something else than the log: `{0}`")]
    Closing(String),
    /// A head that was recorded outside does not occur.
    #[error("the log does not lead through the recorded head {}: what it held when that was recorded is not what it holds now", to_hex(.0))]
    Recorded(Hash),
}

impl Why {
    /// A stable code for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Empty => "empty",
            Self::NotAnExport => "not_an_export",
            Self::Unended => "log_unended",
            Self::Format(_) => "format_unknown",
            Self::TooLong => "line_too_long",
            Self::Line(_) => "line_invalid",
            Self::Spelling => "spelling",
            Self::Order { .. } => "event_out_of_order",
            Self::Surplus { .. } => "event_surplus",
            Self::Missing => "event_missing",
            Self::CutOff { .. } => "cut_off",
            Self::Commitment => "commitment_differs",
            Self::Chain => "chain_broken",
            Self::Unreadable(_) => "payload_unreadable",
            Self::Readable(_) => "readable_differs",
            Self::Head => "head_differs",
            Self::Closing(_) => "closing_differs",
            Self::Recorded(_) => "recorded_head_differs",
        }
    }
}

impl Fault {
    /// Whether a log was judged and found broken; otherwise the file could not be judged at all.
    pub fn is_break(&self) -> bool {
        self.cart.is_some() && !matches!(self.why, Why::Format(_))
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(cart) = self.cart {
            write!(f, "cart {cart}, ")?;
        }
        if let Some(seq) = self.seq {
            write!(f, "event {seq}, ")?;
        }
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        self.why.fmt(f)
    }
}

impl core::error::Error for Fault {}
