//! `npm run simulate`.

use homing_sim::{Found, Limits, Script, Stage, Tally, play_and_tell, run};
use std::io::Write;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

struct Asked {
    lives: u64,
    seed: u64,
    seeds: u64,
    bug: Option<String>,
    trace: Option<String>,
    save: Option<String>,
}

// A world is many small things that come and go: the system's allocator took two fifths of the time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const USAGE: &str = "simulate [--lives N | --carts N] [--seed S] [--seeds K] [--bug NAME] [--trace FILE] [--save FILE]";

fn main() -> ExitCode {
    match asked().and_then(|asked| simulate(&asked)) {
        Ok(code) => code,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

fn asked() -> Result<Asked, String> {
    let mut asked = Asked {
        lives: 100_000,
        seed: 1,
        seeds: 1,
        bug: None,
        trace: None,
        save: None,
    };
    let mut words = std::env::args().skip(1);
    while let Some(word) = words.next() {
        let mut value = || {
            words
                .next()
                .ok_or_else(|| format!("{word} wants a value\n{USAGE}"))
        };
        let number = |text: String| {
            text.replace('_', "")
                .parse::<u64>()
                .map_err(|_| format!("{text} is no number\n{USAGE}"))
        };
        match word.as_str() {
            "--lives" | "--carts" => asked.lives = number(value()?)?,
            "--seed" => asked.seed = number(value()?)?,
            "--seeds" => asked.seeds = number(value()?)?,
            "--bug" => asked.bug = Some(value()?),
            "--trace" => asked.trace = Some(value()?),
            "--save" => asked.save = Some(value()?),
            _ => return Err(format!("{word} is not known\n{USAGE}")),
        }
    }
    Ok(asked)
}

fn simulate(asked: &Asked) -> Result<ExitCode, String> {
    if let Some(name) = &asked.bug {
        put_in(name)?;
    }
    if let Some(path) = &asked.trace {
        return trace(path);
    }
    let mut code = ExitCode::SUCCESS;
    for seed in asked.seed..asked.seed.saturating_add(asked.seeds.max(1)) {
        let (tally, found) = one_run(asked, seed);
        match (&asked.bug, found) {
            (None, None) => {
                for one in tally.seldom() {
                    let (name, count, floor) = (one.name, one.count, one.floor);
                    println!("too seldom: {name}: {count} of at least {floor}");
                    code = ExitCode::FAILURE;
                }
            }
            (None, Some(found)) => {
                tell(&found, asked.save.as_deref())?;
                code = ExitCode::FAILURE;
            }
            (Some(name), None) => {
                println!("the bug {name} was not found");
                code = ExitCode::FAILURE;
            }
            (Some(name), Some(found)) => {
                println!("the bug {name} was found, as it should be:");
                tell(&found, asked.save.as_deref())?;
            }
        }
    }
    Ok(code)
}

#[expect(
    clippy::disallowed_methods,
    reason = "how long a run really takes is what is measured"
)]
fn one_run(asked: &Asked, seed: u64) -> (Tally, Option<Found>) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let limits = Limits {
        lives: asked.lives,
        seed,
        threads,
    };
    let begun = Instant::now();
    let shown = AtomicU64::new(0);
    let progress = |lives: u64| {
        let percent = (lives * 100 / asked.lives.max(1)).min(100);
        if shown.fetch_max(percent, Ordering::Relaxed) < percent {
            let bar = "#".repeat((percent / 4) as usize);
            eprint!("\r[{bar:<25}] {percent:>3} %  {lives} lives");
            let _ = std::io::stderr().flush();
        }
    };
    let (tally, found) = run(limits, &progress);
    let seconds = begun.elapsed().as_secs_f64();
    eprintln!();
    println!("seed {seed}, {threads} threads");
    print!("{tally}");
    println!(
        "  {:<46}{:>12.0}",
        "lives a minute",
        tally.lives as f64 / seconds * 60.0
    );
    println!("  {:<46}{seconds:>12.1}", "seconds");
    (tally, found)
}

fn tell(found: &Found, save: Option<&str>) -> Result<(), String> {
    let json = serde_json::to_string(&found.script).map_err(|error| error.to_string())?;
    println!(
        "world {}: {}\nshrunk to {} actions and {} faults:\n{json}",
        found.seed,
        found.violation,
        found.script.actions.len(),
        found.script.faults.len()
    );
    match save {
        Some(path) => std::fs::write(path, json + "\n").map_err(|error| format!("{path}: {error}")),
        None => Ok(()),
    }
}

fn trace(path: &str) -> Result<ExitCode, String> {
    let bytes = std::fs::read(path).map_err(|error| format!("{path}: {error}"))?;
    let script: Script =
        serde_json::from_slice(&bytes).map_err(|error| format!("{path}: {error}"))?;
    let stage = Stage::new().ok_or("the stage cannot be built")?;
    let mut tally = Tally::default();
    let mut teller = |line: String| println!("{line}");
    let violation = play_and_tell(&stage, &script, &mut tally, Some(&mut teller));
    print!("{tally}");
    Ok(match violation {
        Some(violation) => {
            println!("{violation}");
            ExitCode::FAILURE
        }
        None => ExitCode::SUCCESS,
    })
}

#[cfg(feature = "bugs")]
fn put_in(name: &str) -> Result<(), String> {
    use homing_core::bugs::Bug;
    let bug = Bug::ALL.iter().find(|bug| bug.name() == name);
    let bug = bug.ok_or_else(|| {
        let names: Vec<_> = Bug::ALL.iter().map(|bug| bug.name()).collect();
        format!("{name} is no bug; there are {}", names.join(", "))
    })?;
    homing_core::bugs::activate(Some(*bug));
    Ok(())
}

#[cfg(not(feature = "bugs"))]
fn put_in(_: &str) -> Result<(), String> {
    Err(String::from(
        "bugs are only there when built with --features bugs",
    ))
}
