//! Prints the history in tests/fixtures/replay: `cargo run -p homing-replay-tests --bin history > tests/fixtures/replay/history.ndjson`.

use homing_replay_tests::history;
use std::io::{self, Write};

fn main() -> io::Result<()> {
    io::stdout()
        .lock()
        .write_all(&history().unwrap_or_default())
}
