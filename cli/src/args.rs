//! The command line.

use clap::{Args, Parser, Subcommand};
use homing_core::channel::Channel;
use homing_core::ids::CartId;
use homing_core::log::{Hash, RecordedHeads};
use std::path::PathBuf;

/// Checks and replays what Homing has exported.
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
    Replay(Replay),
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

/// Play a shop's history under edited messages, and show what would have differed.
///
/// Both sides run the rules of the edge itself in virtual time: the configuration as it is, and the edited one. What shoppers did
/// stays where it was; the report says what else it takes to be so. Nothing is sent, and nothing is asked of anybody.
#[derive(Debug, Args)]
#[command(after_long_help = REPLAY_AFTER)]
pub struct Replay {
    /// What was edited (JSON): a document of sequences, one sequence, or a whole configuration
    #[arg(long, value_name = "FILE")]
    pub sequence: PathBuf,

    /// The history: an export (NDJSON), as `GET /v1/events` gives it
    #[arg(long, value_name = "FILE")]
    pub history: PathBuf,

    /// The configuration as it is (JSON), as `GET /v1/shops/{shop}` gives it
    #[arg(long, value_name = "FILE")]
    pub config: PathBuf,

    /// The catalogue (JSON): `{"products": [...]}`
    #[arg(long, value_name = "FILE")]
    pub catalogue: PathBuf,

    /// Shoppers who are held out, one id a line; without it nobody is
    #[arg(long, value_name = "FILE")]
    pub held_out: Option<PathBuf>,

    /// What one message costs, in the shop's currency: `email=0.0004`, `sms=0.065`
    #[arg(long, value_name = "CHANNEL=AMOUNT", value_parser = price)]
    pub price: Vec<(Channel, u64)>,

    /// Stop looking at this time, epoch ms; without it, when nothing is due any more
    #[arg(long, value_name = "MS")]
    pub until: Option<u64>,

    /// How many differences are listed; all are counted
    #[arg(long, value_name = "COUNT", default_value_t = 20)]
    pub limit: usize,

    /// Report as JSON
    #[arg(long)]
    pub json: bool,
}

const REPLAY_AFTER: &str = "\
Exit code: 0 it was replayed, whatever differs; 1 the history is broken; 2 something could not be read.";

/// `channel=amount`; millionths of the shop's currency.
fn price(text: &str) -> Result<(Channel, u64), String> {
    let wrong =
        || String::from("it is email, sms or push, `=` and an amount with at most six decimals");
    let (name, amount) = text.split_once('=').ok_or_else(wrong)?;
    let channel = match name {
        "email" => Channel::Email,
        "sms" => Channel::Sms,
        "push" => Channel::Push,
        _ => return Err(wrong()),
    };
    let (whole, part) = amount.split_once('.').unwrap_or((amount, ""));
    let digits = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || whole.len() > 9 || part.len() > 6 || !digits(whole) || !digits(part) {
        return Err(wrong());
    }
    format!("{whole}{part:0<6}")
        .parse()
        .map(|micro| (channel, micro))
        .map_err(|_| wrong())
}

fn head(text: &str) -> Result<(CartId, Hash), String> {
    RecordedHeads::parse(text)
        .filter(|_| text.contains('='))
        .ok_or_else(|| String::from("it is a cart's id, `=` and 64 lower-case hexadecimal digits"))
}

#[cfg(test)]
mod tests {
    use super::price;
    use homing_core::channel::Channel;

    #[test]
    fn prices_are_read_to_the_millionth_and_no_further() {
        assert_eq!(price("email=0.0004"), Ok((Channel::Email, 400)));
        assert_eq!(price("sms=12"), Ok((Channel::Sms, 12_000_000)));
        for text in [
            "email",
            "email=",
            "email=.5",
            "email=0.0000001",
            "fax=1",
            "sms=-1",
            "sms=1e3",
            "sms=1.2.3",
        ] {
            assert!(price(text).is_err(), "{text}");
        }
    }
}
