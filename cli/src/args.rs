//! The command line.

use clap::{Args, Parser, Subcommand};
use homing_core::ids::CartId;
use homing_core::log::{Hash, RecordedHeads};
use std::path::PathBuf;

/// Checks what Homing has exported.
#[derive(Debug, Parser)]
#[command(name = "homing", version, arg_required_else_help = true)]
pub struct Homing {
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    Verify(Verify),
    Heads(Heads),
}

/// Check exported cart logs: every event, its readable part, and the chain through all of them.
///
/// A chain alone proves little against its owner: whoever keeps the log can write a new one, and it will verify. What nobody can
/// do is to change a log whose head you know. So record heads while they are new (`homing heads`, the header of each export, or the
/// daily root), keep them where the log's owner cannot reach them, and give them here.
#[derive(Debug, Args)]
#[command(after_long_help = AFTER)]
pub struct Verify {
    /// Exports (NDJSON); `-` reads standard input
    #[arg(required = true, value_name = "FILE")]
    pub files: Vec<PathBuf>,

    /// A head that you recorded: the cart's log has to lead through it
    #[arg(long, value_name = "CART=HEX", value_parser = head)]
    pub head: Vec<(CartId, Hash)>,

    /// A file of recorded heads, one a line: `crt_… HEX`
    #[arg(long, value_name = "FILE")]
    pub heads: Option<PathBuf>,

    /// A day's root. With --heads, those have to be the heads that it covers; with --proofs, each proof has to lead to it; alone, the
    /// exports have to hold exactly the carts that it covers, as they were then
    #[arg(long, value_name = "FILE")]
    pub root: Option<PathBuf>,

    /// Proofs that the root covers a cart's head, one a line
    #[arg(long, value_name = "FILE", requires = "root", conflicts_with = "heads")]
    pub proofs: Option<PathBuf>,

    /// Accept exports that lack carts of which a head is recorded
    #[arg(long)]
    pub partial: bool,

    /// Report as JSON
    #[arg(long)]
    pub json: bool,
}

const AFTER: &str = "\
Exit code: 0 everything is whole; 1 something is broken, the report names the first event of each file; 2 it could not be checked
(wrong arguments, unreadable file, not an export, a newer format).

Without a recorded head or root, `ok` means: undamaged, complete by its own count, and what is readable is what the chain covers. It
does not mean that the owner has not rewritten it. Roots are not signed yet: a root is as good as the way on which you got it.";

/// Print the head of each cart in an export, for your records; `homing verify --heads` reads it.
#[derive(Debug, Args)]
pub struct Heads {
    /// An export (NDJSON); `-` reads standard input
    #[arg(value_name = "FILE")]
    pub file: PathBuf,
}

fn head(text: &str) -> Result<(CartId, Hash), String> {
    RecordedHeads::parse(text)
        .filter(|_| text.contains('='))
        .ok_or_else(|| String::from("it is a cart's id, `=` and 64 lower-case hexadecimal digits"))
}
