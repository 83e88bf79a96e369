//! `homing heads`.

use crate::args::Heads;
use crate::lines::name;
use crate::report::Trouble;
use crate::verify::{Failure, each_step};
use crate::{BROKEN, OK};
use homing_core::bytes::to_hex;
use homing_core::log::{RecordedHeads, Step, Verifier};
use std::io::Write;

/// Prints each whole log's head as soon as it has been checked; the exit code.
pub fn run(args: &Heads) -> Result<u8, Failure> {
    let mut heads = RecordedHeads::default();
    let mut verifier = Verifier::new(&mut heads);
    let mut out = std::io::stdout().lock();
    let mut written = Ok(());
    let trouble = each_step(&args.file, &mut verifier, |step| {
        if let (Step::Ended(header), true) = (step, written.is_ok()) {
            written = writeln!(out, "{} {}", header.cart, to_hex(&header.head));
        }
    });
    written?;
    match trouble.or(verifier.finish().err().map(Trouble::Fault)) {
        None => Ok(OK),
        Some(trouble) if trouble.is_break() => {
            eprintln!("homing: {}: {trouble}", name(&args.file));
            Ok(BROKEN)
        }
        Some(trouble) => Err(Failure::File(name(&args.file), trouble.to_string())),
    }
}
