//! Writing a log as newline-delimited JSON, piece by piece: the file is never in memory as a whole.

use super::lines::{Header, end_line, header_line, record_of, write, write_entry};
use super::{Body, Checkpoint, Entry};
use alloc::vec::Vec;

/// One cart's log on its way out. It writes down what it is given, damage included: whether that is whole is for
/// [`super::Verifier`] to say, on another machine.
#[derive(Clone, Debug)]
pub struct Export {
    header: Header,
    at: Checkpoint,
    erased: u64,
}

impl Export {
    /// Begins with the header's line, appended to `out`.
    pub fn begin(header: Header, out: &mut Vec<u8>) -> Self {
        write(&header_line(&header), out);
        Self {
            header,
            at: header.start(),
            erased: 0,
        }
    }

    /// The next entry's line.
    pub fn entry(&mut self, entry: &Entry, out: &mut Vec<u8>) {
        self.at = Checkpoint {
            seq: entry.seq,
            hash: entry.hash(&self.at.hash),
        };
        if matches!(entry.body, Body::Erased { .. }) {
            self.erased = self.erased.saturating_add(1);
        }
        let record = record_of(entry).ok().flatten();
        write_entry(entry, record.as_ref(), &self.at.hash, out);
    }

    /// The closing line.
    pub fn end(self, out: &mut Vec<u8>) {
        write(&end_line(&self.header, self.erased), out);
    }
}
