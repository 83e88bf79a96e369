//! `npm run experiments [trials]`: the whole proof, as tables. Ends with 1 if a bar is missed.

use homing_experiments::bars::Proportion;
use homing_experiments::horizon::{caught_at, detected_at, fixed_horizon, misled, quantile};
use homing_experiments::trial::{live, repeat};
use homing_experiments::world::World;
use std::process::ExitCode;

/// The bar for wrong statements, ever, in one experiment and for one measure.
const WRONG: f64 = 0.05;

/// The bar for a sound experiment's shares to be called wrong.
const MISMATCHED: f64 = 0.001;

fn main() -> ExitCode {
    let trials = std::env::args()
        .nth(1)
        .and_then(|text| text.parse().ok())
        .unwrap_or(10_000);
    let held = [
        alike(trials),
        different(trials),
        sample_sizes(trials / 5),
        mismatches(trials),
    ];
    if held.iter().all(|held| *held) {
        println!("\nEvery bar is cleared.");
        ExitCode::SUCCESS
    } else {
        println!("\nA bar is missed.");
        ExitCode::FAILURE
    }
}

fn alike(trials: u64) -> bool {
    println!(
        "A/A: {trials} experiments each, read daily for 60 days; how many were ever called different"
    );
    println!(
        "{:<46}{:>16}{:>16}{:>9}{:>9}{:>16}",
        "world", "conversion", "revenue", "shown", "shown", "mismatch"
    );
    let even = 5_000;
    let holdout = 500;
    let worlds = [
        World::alike("50/50, 100 a day, 10 %", even, 100, 0.1),
        World::alike("50/50, 2,000 a day, 1 %", even, 2_000, 0.01),
        World::alike("50/50, 5,000 a day, 10 %", even, 5_000, 0.1),
        World::alike("95/5, 200 a day, 1 %", holdout, 200, 0.01),
        World::alike("95/5, 1,000 a day, 3 %", holdout, 1_000, 0.03),
        World::alike("95/5, 2,000 a day, 10 %", holdout, 2_000, 0.1),
        World::alike("95/5, 5,000 a day, 1 %", holdout, 5_000, 0.01),
        World::alike("95/5, 20,000 a day, 2 %", holdout, 20_000, 0.02),
        World {
            spread: Some(1.5),
            ..World::alike(
                "95/5, 5,000 a day, 5 %, few spend much",
                holdout,
                5_000,
                0.05,
            )
        },
        World {
            spread: Some(1.5),
            ..World::alike("50/50, 2,000 a day, 5 %, few spend much", even, 2_000, 0.05)
        },
        World {
            swing: 0.5,
            haste: 0.25,
            ..World::alike(
                "95/5, 5,000 a day, 3 %, weekdays, late buyers",
                holdout,
                5_000,
                0.03,
            )
        },
        World {
            swing: 0.5,
            haste: 0.25,
            ..World::alike(
                "50/50, 1,000 a day, 5 %, weekdays, late buyers",
                even,
                1_000,
                0.05,
            )
        },
        World::alike("4 × 25 %, 2,000 a day, 5 %", even, 2_000, 0.05).equal_arms(4),
    ];
    let mut held = true;
    for world in &worlds {
        let lives = repeat(trials, |seed| live(world, seed));
        let conversion = Proportion::count(&lives, |life| life.conversion_proved);
        let revenue = Proportion::count(&lives, |life| life.revenue_proved);
        let mismatch = Proportion::count(&lives, |life| life.mismatched);
        println!(
            "{:<46}{conversion:>16}{revenue:>16}{:>7.0} %{:>7.0} %{mismatch:>16}",
            world.name,
            Proportion::count(&lives, |life| life.conversion_shown).value() * 100.0,
            Proportion::count(&lives, |life| life.revenue_shown).value() * 100.0,
        );
        held &= conversion.value() <= WRONG && revenue.value() <= WRONG;
        held &= !mismatch.clearly_above(MISMATCHED);
    }
    held
}

fn different(trials: u64) -> bool {
    println!(
        "\nA/B: {trials} experiments each; in how many the interval held the truth on all 60 days"
    );
    println!(
        "{:<46}{:>16}{:>16}{:>16}{:>9}",
        "world", "conversion", "absolute", "revenue", "proved"
    );
    let worlds = [
        World::alike("50/50, 1,000 a day, 10 % + 10 %", 5_000, 1_000, 0.1).with_lift(0.1),
        World::alike("50/50, 2,000 a day, 3 % − 20 %", 5_000, 2_000, 0.03).with_lift(-0.2),
        World::alike("95/5, 1,000 a day, 10 % + 50 %", 500, 1_000, 0.1).with_lift(0.5),
        World::alike("95/5, 5,000 a day, 2 % + 20 %", 500, 5_000, 0.02).with_lift(0.2),
        World::alike("95/5, 5,000 a day, 1 % + 100 %", 500, 5_000, 0.01).with_lift(1.0),
        World {
            swing: 0.5,
            haste: 0.25,
            ..World::alike(
                "95/5, 5,000 a day, 3 % + 20 %, weekdays, late",
                500,
                5_000,
                0.03,
            )
            .with_lift(0.2)
        },
    ];
    let mut held = true;
    for world in &worlds {
        let lives = repeat(trials, |seed| live(world, seed));
        let conversion = Proportion::count(&lives, |life| !life.conversion_missed);
        let absolute = Proportion::count(&lives, |life| !life.absolute_missed);
        let revenue = Proportion::count(&lives, |life| !life.revenue_missed);
        let shown = if world.absolute(1).is_some() {
            absolute.to_string()
        } else {
            String::from("(moves)")
        };
        println!(
            "{:<46}{conversion:>16}{shown:>16}{revenue:>16}{:>7.0} %",
            world.name,
            Proportion::count(&lives, |life| life.conversion_proved).value() * 100.0,
        );
        held &= [conversion, absolute, revenue]
            .iter()
            .all(|coverage| coverage.value() >= 1.0 - WRONG);
    }
    held
}

fn sample_sizes(trials: u64) -> bool {
    println!(
        "\nShoppers until a lift of conversion is proved, {trials} experiments each, against the fixed sample (80 % power, 5 %)"
    );
    println!(
        "{:<34}{:>12}{:>12}{:>9}{:>12}{:>9}",
        "world", "fixed", "median", "ratio", "80 %", "ratio"
    );
    let mut held = true;
    for (name, control_bp, rate, lift) in [
        ("50/50, 10 % + 10 %", 5_000, 0.1, 0.1),
        ("50/50, 10 % + 5 %", 5_000, 0.1, 0.05),
        ("50/50, 3 % + 20 %", 5_000, 0.03, 0.2),
        ("95/5, 10 % + 10 %", 500, 0.1, 0.1),
        ("95/5, 3 % + 20 %", 500, 0.03, 0.2),
        ("95/5, 5 % + 50 %", 500, 0.05, 0.5),
    ] {
        let fixed = fixed_horizon(f64::from(control_bp) / 10_000.0, rate, rate * (1.0 + lift));
        let world = World {
            looks: 600,
            spread: None,
            ..World::alike(name, control_bp, (fixed / 100.0) as u64, rate).with_lift(lift)
        };
        let looks = repeat(trials, |seed| detected_at(&world, seed));
        let at = |part| {
            quantile(&looks, part).map_or(f64::INFINITY, |look| {
                f64::from(look) * world.shoppers as f64
            })
        };
        let (median, most) = (at(0.5), at(0.8));
        println!(
            "{name:<34}{fixed:>12.0}{median:>12.0}{:>9.2}{most:>12.0}{:>9.2}",
            median / fixed,
            most / fixed
        );
        held &= median <= 2.0 * fixed;
    }
    held
}

fn mismatches(trials: u64) -> bool {
    println!(
        "\nShares by design and in truth, {trials} experiments each, read after every 100 shoppers up to 100,000"
    );
    println!(
        "{:<34}{:>16}{:>14}{:>14}{:>18}",
        "world", "called wrong", "median", "90 %", "misled before"
    );
    let mut held = true;
    for (name, control_bp, truth, shoppers) in [
        ("50/50", 5_000, 0.5, 100),
        ("95/5", 500, 0.05, 100),
        ("50/50 that is 48/52", 5_000, 0.48, 100),
        ("50/50 that is 45/55", 5_000, 0.45, 100),
        ("95/5 that is 95.5/4.5", 500, 0.045, 100),
        ("95/5 that is 97.5/2.5", 500, 0.025, 100),
    ] {
        let world = World {
            looks: 1_000,
            spread: None,
            ..World::alike(name, control_bp, shoppers, 0.1).with_true_control_share(truth)
        };
        let looks = repeat(trials, |seed| caught_at(&world, seed));
        let caught = Proportion::count(&looks, Option::is_some);
        let at = |part| {
            quantile(&looks, part).map_or(String::from("–"), |look| {
                (u64::from(look) * shoppers).to_string()
            })
        };
        // In a world whose shares are right a proved lift is a false alarm, and counted above.
        let sound = truth == f64::from(control_bp) / 10_000.0;
        let before = if sound {
            held &= !caught.clearly_above(MISMATCHED);
            String::from("–")
        } else {
            let seeds = repeat(trials, |seed| misled(&world, seed, caught_at(&world, seed)));
            Proportion::count(&seeds, |misled| *misled).to_string()
        };
        println!(
            "{name:<34}{caught:>16}{:>14}{:>14}{before:>18}",
            at(0.5),
            at(0.9)
        );
    }
    held
}
