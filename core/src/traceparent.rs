//! The one name under which a cart's story is found everywhere: a trace id as W3C Trace Context has it
//! (<https://www.w3.org/TR/trace-context/>). It is random, and nobody's.

use crate::bytes::{from_hex, to_hex};
use alloc::{format, string::String};
use core::fmt;
use serde::{Deserialize, Serialize};

/// A trace id: 16 bytes, not all zero; in text 32 lowercase hexadecimal digits.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct TraceId([u8; 16]);

impl TraceId {
    /// One of these bytes; all zero is none, so that becomes another one.
    pub fn of(bytes: [u8; 16]) -> Self {
        if bytes == [0; 16] {
            Self([0xff; 16])
        } else {
            Self(bytes)
        }
    }

    /// Reads 32 lowercase hexadecimal digits.
    pub fn parse(text: &str) -> Option<Self> {
        from_hex(text).filter(|bytes| *bytes != [0; 16]).map(Self)
    }

    /// Reads the header `traceparent`: version, trace id, parent id and flags. A version that is to come may have more behind them.
    pub fn of_traceparent(header: &str) -> Option<Self> {
        let mut parts = header.split('-');
        let (version, trace, parent, flags) =
            (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
        let [version] = from_hex::<1>(version)?;
        let is_whole = version != 0xff && (version != 0 || parts.next().is_none());
        from_hex::<8>(parent).filter(|parent| *parent != [0; 8])?;
        from_hex::<1>(flags)?;
        Self::parse(trace).filter(|_| is_whole)
    }

    /// The header `traceparent` of a call that is made under this id; `span` names the call, and is not all zero.
    pub fn traceparent(self, span: [u8; 8]) -> String {
        format!("00-{self}-{}-01", to_hex(&span))
    }
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&to_hex(&self.0))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::string::ToString;

    const ID: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

    /// The example of the recommendation, and what it says is none.
    #[test]
    fn reads_what_the_recommendation_allows() {
        let id = TraceId::parse(ID).unwrap();
        assert_eq!(id.to_string(), ID);
        for header in [
            format!("00-{ID}-00f067aa0ba902b7-01"),
            format!("00-{ID}-00f067aa0ba902b7-00"),
            format!("cc-{ID}-00f067aa0ba902b7-01-what-the-future-brings"),
        ] {
            assert_eq!(TraceId::of_traceparent(&header), Some(id), "{header}");
        }
        let zero = "0".repeat(32);
        for header in [
            String::new(),
            format!("00-{ID}-00f067aa0ba902b7"),
            format!("00-{ID}-0000000000000000-01"),
            format!("00-{zero}-00f067aa0ba902b7-01"),
            format!("ff-{ID}-00f067aa0ba902b7-01"),
            format!("00-{}-00f067aa0ba902b7-01", ID.to_uppercase()),
            format!("00-{ID}-00f067aa0ba902b7-01-more"),
            format!("00-{ID}-00f067aa0ba902b7-1"),
        ] {
            assert_eq!(TraceId::of_traceparent(&header), None, "{header}");
        }
    }

    #[test]
    fn writes_what_it_reads() {
        let id = TraceId::of([7; 16]);
        let header = id.traceparent([9; 8]);
        assert_eq!(TraceId::of_traceparent(&header), Some(id));
        assert_eq!(header.len(), 55);
        assert_ne!(TraceId::of([0; 16]), TraceId([0; 16]));
    }
}
