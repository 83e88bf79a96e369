//! `npm run cost`: plays the reference workload and says what it costs.

use homing_sim::{Prices, Stage, play_reference};
use std::process::ExitCode;

const CARTS: u64 = 2_000;

fn main() -> ExitCode {
    let markdown = std::env::args().any(|word| word == "--markdown");
    match cost(markdown) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(message) => {
            eprintln!("{message}");
            ExitCode::from(2)
        }
    }
}

/// Whether a million carts cost no more than they may.
fn cost(markdown: bool) -> Result<bool, String> {
    let prices = Prices::known().map_err(|error| format!("prices.json: {error}"))?;
    let stage = Stage::new().ok_or("the stage cannot be built")?;
    let tally = play_reference(&stage, CARTS).map_err(|violation| violation.to_string())?;
    let account = prices.account(&tally, CARTS);
    if markdown {
        print!("{}", account.markdown());
    } else {
        println!("{CARTS} carts, prices of {}", prices.read_at);
        print!("{account}");
        let (bar, goal) = (prices.bar_usd, prices.goal_usd);
        println!("bar {bar:.2}, goal {goal:.2}");
    }
    let within = account.total_usd() <= prices.bar_usd;
    if !within {
        eprintln!("over the bar of {:.2} USD a million carts", prices.bar_usd);
    }
    Ok(within)
}
