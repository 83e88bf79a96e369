//! `homing verify`.

use crate::args::Verify;
use crate::evidence::Evidence;
use crate::lines::{Lines, STDIN, name};
use crate::report::{FileReport, Report, RootReport, Trouble};
use crate::root::Unreadable;
use homing_core::log::{Step, Totals, Verifier};
use std::path::Path;

/// Why nothing could be checked at all.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The merchant's own evidence.
    #[error(transparent)]
    Evidence(#[from] Unreadable),
    /// There is one standard input.
    #[error("`-` may stand only once: there is one standard input")]
    TwiceStdin,
    /// A report that cannot be written is no report.
    #[error("the report could not be written: {0}")]
    Output(#[from] std::io::Error),
    /// What `homing heads` stopped at.
    #[error("{0}: {1}")]
    File(String, String),
}

/// Checks all files and reports; the exit code.
pub fn run(args: &Verify) -> Result<u8, Failure> {
    let stdins = args.files.iter().filter(|file| file.as_os_str() == STDIN);
    if stdins.count() > 1 {
        return Err(Failure::TwiceStdin);
    }
    let mut evidence = Evidence::read(args)?;
    let files = args
        .files
        .iter()
        .map(|path| {
            let (totals, trouble) = file(path, &mut evidence);
            FileReport::new(name(path), totals, trouble)
        })
        .collect();
    let unmet = if args.partial {
        Vec::new()
    } else {
        evidence.heads.unmet().collect()
    };
    let root = evidence.root.map(|mut check| {
        check.finish();
        RootReport::new(&check)
    });
    let report = Report::new(files, unmet, evidence.heads.len(), root);
    report.write(args.json, &mut std::io::stdout().lock())?;
    Ok(report.exit_code())
}

/// Checks one file up to its first trouble.
fn file(path: &Path, evidence: &mut Evidence) -> (Totals, Option<Trouble>) {
    let root = &mut evidence.root;
    let mut verifier = Verifier::new(&mut evidence.heads);
    let trouble = each_step(path, &mut verifier, |step| {
        if let (Step::Ended(header), Some(check)) = (step, root.as_mut()) {
            check.met(header);
        }
    });
    let totals = verifier.totals();
    (
        totals,
        trouble.or(verifier.finish().err().map(Trouble::Fault)),
    )
}

/// Feeds a file's lines to `verifier` up to the first trouble.
pub fn each_step(
    path: &Path,
    verifier: &mut Verifier<'_>,
    mut act: impl FnMut(&Step),
) -> Option<Trouble> {
    let mut lines = match Lines::open(path) {
        Ok(lines) => lines,
        Err(error) => return Some(Trouble::Io(error.to_string())),
    };
    loop {
        let line = match lines.next() {
            Ok(Some(line)) => line,
            Ok(None) => return None,
            Err(error) => return Some(Trouble::Io(error.to_string())),
        };
        match verifier.line(line) {
            Ok(step) => act(&step),
            Err(fault) => {
                let hint = (fault.line == 1).then(|| hint(line)).flatten();
                return Some(match hint {
                    Some(hint) => Trouble::Hinted(fault, hint),
                    None => Trouble::Fault(fault),
                });
            }
        }
    }
}

/// What a file that is no export may be.
fn hint(line: &[u8]) -> Option<&'static str> {
    if line.starts_with(&[0x1f, 0x8b]) {
        return Some("it is compressed: `gzip -dc FILE | homing verify -`");
    }
    if line.starts_with(b"\xef\xbb\xbf") || line.starts_with(b"\xff\xfe") {
        return Some("an editor has rewritten it: it begins with a byte order mark");
    }
    let is_problem = line
        .windows(b"urn:homing:problem:".len())
        .any(|window| window == b"urn:homing:problem:");
    is_problem.then_some("it is an error that the API answered with")
}
