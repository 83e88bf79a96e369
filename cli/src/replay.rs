//! `homing replay`.

use crate::args::Replay;
use crate::lines::{STDIN, name};
use crate::root::each;
use crate::verify::Failure;
use crate::{BROKEN, OK, UNJUDGED, table};
use homing_core::ids::ShopperId;
use homing_core::replay::{History, Options, Refusal, Report, edited, read_catalogue, replay};
use homing_core::shop::ShopConfig;
use std::io::{Read, Write};
use std::path::Path;

/// Replays and reports; the exit code.
pub fn run(args: &Replay) -> Result<u8, Failure> {
    match replayed(args)? {
        Ok(report) => {
            let mut out = std::io::stdout().lock();
            if args.json {
                let text = serde_json::to_string(&report).map_err(std::io::Error::other)?;
                writeln!(out, "{text}")?;
            } else {
                table::write(&report, &mut out)?;
            }
            Ok(OK)
        }
        Err((path, refusal)) => {
            eprintln!("homing: {path}: {refusal}");
            let broken = matches!(&refusal, Refusal::History(fault) if fault.is_break());
            Ok(if broken { BROKEN } else { UNJUDGED })
        }
    }
}

/// The report, or the file that was refused and why.
fn replayed(args: &Replay) -> Result<Result<Report, (String, Refusal)>, Failure> {
    let paths = [&args.sequence, &args.history, &args.config, &args.catalogue];
    if paths
        .iter()
        .filter(|path| path.as_os_str() == STDIN)
        .count()
        > 1
    {
        return Err(Failure::TwiceStdin);
    }
    let refused = |path: &Path, refusal| Ok(Err((name(path), refusal)));
    let now = match ShopConfig::parse(&bytes(&args.config)?) {
        Ok(now) => now,
        Err(errors) => return refused(&args.config, Refusal::Configuration(errors)),
    };
    let edited = match edited(&bytes(&args.sequence)?, &now) {
        Ok(edited) => edited,
        Err(errors) => return refused(&args.sequence, Refusal::Edited(errors)),
    };
    let catalogue = String::from_utf8(bytes(&args.catalogue)?)
        .map_err(|_| Failure::File(name(&args.catalogue), String::from("it is not UTF-8")))?;
    let catalogue = match read_catalogue(&catalogue) {
        Ok(catalogue) => catalogue,
        Err(errors) => return refused(&args.catalogue, Refusal::Catalogue(errors)),
    };
    let options = options(args)?;
    let report = History::read(&bytes(&args.history)?)
        .and_then(|history| replay(&history, &now, &edited, &catalogue, &options));
    Ok(report.map_err(|refusal| (name(&args.history), refusal)))
}

fn options(args: &Replay) -> Result<Options, Failure> {
    let parse = |text: &str| {
        text.parse::<ShopperId>()
            .map_err(|_| String::from("it is not a shopper's id, `shp_…`"))
    };
    let held_out = match &args.held_out {
        Some(path) => each(path, parse)?,
        None => Vec::new(),
    };
    Ok(Options {
        held_out: held_out.into_iter().collect(),
        prices_micro: args.price.iter().copied().collect(),
        until: args.until,
        limit: args.limit,
    })
}

fn bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let read = if path.as_os_str() == STDIN {
        let mut bytes = Vec::new();
        std::io::stdin().read_to_end(&mut bytes).map(|_| bytes)
    } else {
        std::fs::read(path)
    };
    read.map_err(|error| Failure::File(name(path), error.to_string()))
}
