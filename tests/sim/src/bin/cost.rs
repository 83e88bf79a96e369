//! `npm run cost`: plays the reference workload and says what it costs.

use homing_sim::{Account, Contact, Prices, Stage, play_reference};
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
    let play = |contact| -> Result<Account, String> {
        let tally = play_reference(&stage, CARTS, contact);
        let tally = tally.map_err(|violation| violation.to_string())?;
        Ok(prices.account(&tally, CARTS))
    };
    let account = play(Contact::Last)?;
    let early = play(Contact::First)?.total_usd();
    if markdown {
        print!("{}", account.markdown());
        println!("\nWith the address left in the first of the three visits: {early:.2} USD.");
    } else {
        println!("{CARTS} carts, prices of {}", prices.read_at);
        print!("{account}");
        println!("with the address left in the first visit: {early:.2}");
        let (bar, goal) = (prices.bar_usd, prices.goal_usd);
        println!("bar {bar:.2}, goal {goal:.2}");
    }
    let within = account.total_usd() <= prices.bar_usd;
    if !within {
        eprintln!("over the bar of {:.2} USD a million carts", prices.bar_usd);
    }
    Ok(within)
}
