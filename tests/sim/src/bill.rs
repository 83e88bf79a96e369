//! What the platform bills, counted where it happens. Rows are counted as workerd's own `rowsWritten` and `rowsRead` counted the
//! worker's statements (November 2026): making a table writes two rows, a row one, an indexed column that is not null one more.

use std::ops::AddAssign;

/// Rows that an object's first write costs on top: its table.
const TABLE_ROWS: u64 = 2;
/// Rows read when an object has to find its packed value again: whether there is a table, and the value.
const LOAD_ROWS: u64 = 2;
/// Bytes of a page of SQLite's.
const PAGE: u64 = 4_096;
/// A database with one table: its schema, and the table.
const TABLE_BYTES: u64 = 2 * PAGE;
/// An alarm has a table of its own, which stays.
const ALARM_BYTES: u64 = PAGE;
/// A desk's row about one shopper, with its index: a thousand of them took a hundred pages.
pub(crate) const DESK_BYTES: u64 = 104;

/// Counts of what is billed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Bill {
    /// Invocations of the worker: requests, and batches of a queue, taken to hold one message each.
    pub worker_requests: u64,
    /// Those of them that hand a message to a provider.
    pub deliveries: u64,
    /// Calls to objects, and alarms.
    pub object_requests: u64,
    /// Of them those to the desk.
    pub desk_requests: u64,
    /// How long objects waited for others on top of their own work, ms.
    pub waited_ms: u64,
    /// Rows written by Carts: values, log pages, tables.
    pub cart_rows: u64,
    /// By Shoppers, without their alarms.
    pub shopper_rows: u64,
    /// Alarms set.
    pub alarm_rows: u64,
    /// By the desk.
    pub desk_rows: u64,
    /// Times that the desk wrote.
    pub desk_writes: u64,
    /// Rows read.
    pub rows_read: u64,
    /// Three a message: written, read, deleted.
    pub queue_operations: u64,
    /// Times that somebody wanted a shop's configuration.
    pub look_ups: u64,
    /// Bytes that stay, as whole pages of SQLite's.
    pub stored_bytes: u64,
    /// The encoded states in them.
    pub state_bytes: u64,
    /// The largest packed value, bytes.
    pub largest_row: u64,
}

impl Bill {
    /// All rows written.
    pub fn rows_written(&self) -> u64 {
        self.cart_rows + self.shopper_rows + self.alarm_rows + self.desk_rows
    }

    /// Somebody calls a Cart or a Shopper, which has to read its value again.
    pub(crate) fn called(&mut self) {
        self.object_requests += 1;
        self.rows_read += LOAD_ROWS;
    }

    pub(crate) fn cart_wrote(&mut self, is_first: bool, pages: usize) {
        self.cart_rows += rows(is_first) + pages as u64;
    }

    pub(crate) fn shopper_wrote(&mut self, is_first: bool) {
        self.shopper_rows += rows(is_first);
    }

    /// A message goes through a queue to the worker.
    pub(crate) fn queued(&mut self) {
        self.queue_operations += 3;
        self.worker_requests += 1;
    }

    /// The desk is asked for a shop's record and so many products.
    pub(crate) fn desk_read(&mut self, products: usize) {
        self.object_requests += 1;
        self.desk_requests += 1;
        self.rows_read += 3 + 2 * products as u64;
    }

    /// The desk is told of one shopper.
    pub(crate) fn desk_told(&mut self, has_time: bool, reports: usize) {
        self.object_requests += 1;
        self.desk_requests += 1;
        self.desk_writes += 1;
        self.rows_read += 2;
        self.desk_rows += 1 + u64::from(has_time) + reports as u64;
    }

    /// An object at rest: its packed value, and its log's pages.
    pub(crate) fn keeps(&mut self, value: u64, pages: impl Iterator<Item = u64>, had_alarm: bool) {
        self.largest_row = self.largest_row.max(value);
        self.state_bytes += value;
        self.stored_bytes +=
            TABLE_BYTES + overflow(value) + if had_alarm { ALARM_BYTES } else { 0 };
        for page in pages {
            self.state_bytes += page;
            // A leaf of its own beside the value's.
            self.stored_bytes += PAGE + overflow(page);
        }
    }
}

fn rows(is_first: bool) -> u64 {
    1 + if is_first { TABLE_ROWS } else { 0 }
}

/// Bytes of the pages that a row overflows into (SQLite's file format, "Cell payload overflow pages").
fn overflow(value: u64) -> u64 {
    const LEAST: u64 = 489;
    const MOST: u64 = 4_061;
    const ROOM: u64 = PAGE - 4;
    // The row's header.
    let payload = value + 6;
    if payload <= MOST {
        return 0;
    }
    let local = LEAST + (payload - LEAST) % ROOM;
    let local = if local > MOST { LEAST } else { local };
    (payload - local).div_ceil(ROOM) * PAGE
}

impl AddAssign for Bill {
    fn add_assign(&mut self, other: Self) {
        for (sum, count) in [
            (&mut self.worker_requests, other.worker_requests),
            (&mut self.deliveries, other.deliveries),
            (&mut self.object_requests, other.object_requests),
            (&mut self.desk_requests, other.desk_requests),
            (&mut self.waited_ms, other.waited_ms),
            (&mut self.cart_rows, other.cart_rows),
            (&mut self.shopper_rows, other.shopper_rows),
            (&mut self.alarm_rows, other.alarm_rows),
            (&mut self.desk_rows, other.desk_rows),
            (&mut self.desk_writes, other.desk_writes),
            (&mut self.rows_read, other.rows_read),
            (&mut self.queue_operations, other.queue_operations),
            (&mut self.look_ups, other.look_ups),
            (&mut self.stored_bytes, other.stored_bytes),
            (&mut self.state_bytes, other.state_bytes),
        ] {
            *sum += count;
        }
        self.largest_row = self.largest_row.max(other.largest_row);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Sizes that workerd gave for databases with one row of so many bytes.
    #[test]
    fn a_database_is_as_large_as_workerds() {
        for (value, size) in [
            (600, 8_192),
            (1_500, 8_192),
            (3_000, 8_192),
            (5_000, 12_288),
            (9_000, 16_384),
        ] {
            let mut bill = Bill::default();
            bill.keeps(value, std::iter::empty(), false);
            assert_eq!(bill.stored_bytes, size, "{value}");
            bill.keeps(value, std::iter::empty(), true);
            assert_eq!(bill.stored_bytes, 2 * size + 4_096, "{value}");
        }
    }
}
