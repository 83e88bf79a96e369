//! The lines of an export: newline-delimited JSON, each kind of line told by its first field, each line in one spelling.
//! docs/log-export.md describes them.

use super::{Body, Checkpoint, Entry, Event, Hash, Record};
use crate::bytes::{from_base64url, from_base64url_any, from_hex, to_base64url, to_hex};
use crate::ids::{CartId, ShopId};
use crate::object::codec;
use alloc::{
    string::{String, ToString},
    vec::Vec,
};
use serde::{Deserialize, Serialize};

/// The format's name and version.
pub const FORMAT: &str = "homing/1";

/// The longest line, in bytes without its end. The longest that the edge writes, an order of 500 lines, has about 40,000.
pub const MAX_LINE_BYTES: usize = 256 * 1024;

/// What a cart's first line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header {
    /// The shop.
    pub shop: ShopId,
    /// The cart.
    pub cart: CartId,
    /// Where the entries begin, when earlier ones were pruned.
    pub after: Option<Checkpoint>,
    /// How many entries follow.
    pub entries: u64,
    /// The hash of the last one.
    pub head: Hash,
}

impl Header {
    /// Where the entries begin.
    pub fn start(&self) -> Checkpoint {
        self.after
            .unwrap_or_else(|| Checkpoint::genesis(self.shop, self.cart))
    }
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct HeaderLine {
    pub log: String,
    pub shop: String,
    pub cart: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<AfterLine>,
    pub entries: u64,
    pub head: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct AfterLine {
    pub seq: u64,
    pub hash: String,
}

/// `What` is [`Event`] when it is written, and skipped when it is read: what counts is the payload.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EntryLine<What> {
    pub seq: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub taken_at: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub what: Option<What>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub erased: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub salt: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payload: Option<String>,
    pub commitment: String,
    pub hash: String,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct EndLine {
    pub end: String,
    pub shop: String,
    pub entries: u64,
    pub erased: u64,
    pub head: String,
}

/// Writes one line, with its end. No value here can fail to be written.
pub(super) fn write(line: &impl Serialize, out: &mut Vec<u8>) {
    if let Ok(mut json) = serde_json::to_vec(line) {
        out.append(&mut json);
        out.push(b'\n');
    }
}

pub(super) fn header_line(header: &Header) -> HeaderLine {
    HeaderLine {
        log: FORMAT.to_string(),
        shop: header.shop.to_string(),
        cart: header.cart.to_string(),
        after: header.after.map(|after| AfterLine {
            seq: after.seq,
            hash: to_hex(&after.hash),
        }),
        entries: header.entries,
        head: to_hex(&header.head),
    }
}

/// A header from its fields; `None` where one of them is not in its spelling.
pub(super) fn header_of(line: &HeaderLine) -> Option<Header> {
    let after = match &line.after {
        // A log from its beginning says so by leaving this out: that beginning names shop and cart.
        Some(after) if after.seq == 0 => return None,
        Some(after) => Some(Checkpoint {
            seq: after.seq,
            hash: from_hex(&after.hash)?,
        }),
        None => None,
    };
    Some(Header {
        shop: line.shop.parse().ok()?,
        cart: line.cart.parse().ok()?,
        after,
        entries: line.entries,
        head: from_hex(&line.head)?,
    })
}

pub(super) fn end_line(header: &Header, erased: u64) -> EndLine {
    EndLine {
        end: header.cart.to_string(),
        shop: header.shop.to_string(),
        entries: header.entries,
        erased,
        head: to_hex(&header.head),
    }
}

/// Writes an entry's line: everything readable comes from `record`. A payload that cannot be read has no record.
pub(super) fn write_entry(entry: &Entry, record: Option<&Record>, hash: &Hash, out: &mut Vec<u8>) {
    let (erased, salt, payload) = match &entry.body {
        Body::Kept { salt, payload } => {
            (None, Some(to_base64url(salt)), Some(to_base64url(payload)))
        }
        Body::Erased { .. } => (Some(true), None, None),
    };
    let line = EntryLine {
        seq: entry.seq,
        at: record.map(|record| record.at),
        taken_at: record.map(|record| record.taken_at),
        id: record.and_then(|record| record.id).map(|id| id.to_string()),
        what: record.map(|record| Event::from(&record.what)),
        erased,
        salt,
        payload,
        commitment: to_hex(&entry.commitment()),
        hash: to_hex(hash),
    };
    write(&line, out);
}

/// An entry and the digests that its line states, from the line's fields; `None` where one of them is not in its spelling or
/// does not belong beside the others.
pub(super) fn entry_of<What>(line: &EntryLine<What>) -> Option<(Entry, Hash, Hash)> {
    let commitment = from_hex(&line.commitment)?;
    let hash = from_hex(&line.hash)?;
    let body = match (&line.salt, &line.payload, line.erased) {
        (Some(salt), Some(payload), None) => Body::Kept {
            salt: from_base64url(salt)?,
            payload: from_base64url_any(payload)?,
        },
        (None, None, Some(true)) => Body::Erased { digest: commitment },
        _ => return None,
    };
    let seq = line.seq;
    Some((Entry { seq, body }, commitment, hash))
}

/// What an entry says, as far as it can be read.
pub(super) fn record_of(entry: &Entry) -> Result<Option<Record>, codec::CodecError> {
    match &entry.body {
        Body::Kept { payload, .. } => codec::decode(payload).map(Some),
        Body::Erased { .. } => Ok(None),
    }
}
