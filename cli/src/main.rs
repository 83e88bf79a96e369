//! `homing`: what a merchant runs on a machine of their own, without asking Homing for anything.

mod args;
mod evidence;
mod heads;
mod lines;
mod replay;
mod report;
mod root;
mod table;
mod verify;

use args::{Command, Homing};
use clap::Parser;
use std::process::ExitCode;

/// Everything that was looked at is whole.
const OK: u8 = 0;
/// Something is broken, and the report says what.
const BROKEN: u8 = 1;
/// Nothing could be said: wrong arguments (clap answers so, too), unreadable files, no export.
const UNJUDGED: u8 = 2;

fn main() -> ExitCode {
    let outcome = match Homing::parse().command {
        Command::Verify(args) => verify::run(&args),
        Command::Heads(args) => heads::run(&args),
        Command::Replay(args) => replay::run(&args),
    };
    ExitCode::from(outcome.unwrap_or_else(|error| {
        eprintln!("homing: {error}");
        UNJUDGED
    }))
}
