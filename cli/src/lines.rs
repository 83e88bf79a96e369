//! Lines of a file, none of them longer than an export's may be.

use homing_core::log::MAX_LINE_BYTES;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;

/// Standard input's name on the command line.
pub const STDIN: &str = "-";

/// A file that is read line by line; one line is in memory.
pub struct Lines {
    reader: Box<dyn BufRead>,
    line: Vec<u8>,
}

impl Lines {
    /// Opens a file, or standard input.
    pub fn open(path: &Path) -> io::Result<Self> {
        let reader: Box<dyn BufRead> = if path.as_os_str() == STDIN {
            Box::new(BufReader::new(io::stdin()))
        } else {
            Box::new(BufReader::new(File::open(path)?))
        };
        Ok(Self {
            reader,
            line: Vec::new(),
        })
    }

    /// The next line without its end. A longer one than there may be is cut behind that length: its reader refuses it.
    pub fn next(&mut self) -> io::Result<Option<&[u8]>> {
        self.line.clear();
        // A byte more shows that it is too long; two more are its end.
        let limit = u64::try_from(MAX_LINE_BYTES)
            .unwrap_or(u64::MAX)
            .saturating_add(3);
        let read = self
            .reader
            .by_ref()
            .take(limit)
            .read_until(b'\n', &mut self.line)?;
        if read == 0 {
            return Ok(None);
        }
        if self.line.last() == Some(&b'\n') {
            self.line.pop();
        }
        Ok(Some(&self.line))
    }
}

/// How a file is called in a report.
pub fn name(path: &Path) -> String {
    if path.as_os_str() == STDIN {
        String::from("standard input")
    } else {
        path.display().to_string()
    }
}
