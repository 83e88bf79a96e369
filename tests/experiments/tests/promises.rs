//! A short cut of `npm run experiments`: fewer experiments, and bars that chance alone does not miss.

use homing_core::experiment::Interval;
use homing_core::experiment::sequential::MIN_BUYERS;
use homing_experiments::bars::Proportion;
use homing_experiments::horizon::{caught_at, detected_at, fixed_horizon, quantile};
use homing_experiments::trial::{Trial, live, repeat};
use homing_experiments::world::World;

const TRIALS: u64 = 200;

fn worlds() -> [World; 4] {
    [
        World::alike("50/50", 5_000, 1_000, 0.1),
        World::alike("95/5, few buyers", 500, 1_000, 0.02),
        World::alike("95/5", 500, 2_000, 0.1),
        World {
            swing: 0.5,
            haste: 0.25,
            ..World::alike("95/5, weekdays, late buyers", 500, 3_000, 0.03)
        },
    ]
}

#[test]
fn arms_that_are_alike_are_seldom_called_different_however_often_one_looks() {
    for world in worlds() {
        let lives = repeat(TRIALS, |seed| live(&world, seed));
        let conversion = Proportion::count(&lives, |life| life.conversion_proved);
        let revenue = Proportion::count(&lives, |life| life.revenue_proved);
        let mismatch = Proportion::count(&lives, |life| life.mismatched);
        assert!(
            !conversion.clearly_above(0.05),
            "{}: {conversion}",
            world.name
        );
        assert!(!revenue.clearly_above(0.05), "{}: {revenue}", world.name);
        assert!(!mismatch.clearly_above(0.001), "{}: {mismatch}", world.name);
        let shown = Proportion::count(&lives, |life| life.conversion_shown);
        assert!(shown.value() > 0.5, "{}: {shown}", world.name);
    }
}

/// The test above is able to fail: it refuses the interval that most dashboards show, which is right for one look.
#[test]
fn an_interval_for_one_look_does_not_pass() {
    let world = World::alike("50/50", 5_000, 1_000, 0.1);
    let wrong = repeat(TRIALS, |seed| {
        let mut trial = Trial::new(&world, seed).unwrap();
        (0..world.looks).any(|_| {
            trial.advance();
            let [a, b] = [0, 1].map(|n| trial.tally().of(&trial.design()[n].arm));
            let (p, q) = (a.conversion_rate().unwrap(), b.conversion_rate().unwrap());
            let error =
                (p * (1.0 - p) / a.exposures as f64 + q * (1.0 - q) / b.exposures as f64).sqrt();
            let interval = Interval {
                low: q - p - 1.96 * error,
                high: q - p + 1.96 * error,
            };
            a.conversions.min(b.conversions) >= MIN_BUYERS && !interval.contains(0.0)
        })
    });
    let wrong = Proportion::count(&wrong, |wrong| *wrong);
    assert!(wrong.clearly_above(0.05), "{wrong}");
}

#[test]
fn the_intervals_hold_the_truth_at_all_looks_together() {
    for world in [
        World::alike("50/50, 10 % + 10 %", 5_000, 1_000, 0.1).with_lift(0.1),
        World::alike("95/5, 3 % + 50 %", 500, 2_000, 0.03).with_lift(0.5),
    ] {
        let lives = repeat(TRIALS, |seed| live(&world, seed));
        for (what, missed) in [
            (
                "relative",
                Proportion::count(&lives, |life| life.conversion_missed),
            ),
            (
                "absolute",
                Proportion::count(&lives, |life| life.absolute_missed),
            ),
            (
                "revenue",
                Proportion::count(&lives, |life| life.revenue_missed),
            ),
        ] {
            assert!(
                !missed.clearly_above(0.05),
                "{}, {what}: {missed}",
                world.name
            );
        }
    }
}

#[test]
fn looking_at_all_times_costs_less_than_a_second_sample() {
    for control_bp in [5_000, 500] {
        let fixed = fixed_horizon(f64::from(control_bp) / 10_000.0, 0.1, 0.11);
        let world = World {
            looks: 120,
            spread: None,
            ..World::alike("", control_bp, (fixed / 20.0) as u64, 0.1).with_lift(0.1)
        };
        let looks = repeat(100, |seed| detected_at(&world, seed));
        assert!(quantile(&looks, 0.5).unwrap() <= 40, "{looks:?}");
    }
}

#[test]
fn wrong_shares_are_caught() {
    let world = World {
        looks: 300,
        spread: None,
        ..World::alike("", 5_000, 100, 0.1).with_true_control_share(0.48)
    };
    let looks = repeat(100, |seed| caught_at(&world, seed));
    assert!(Proportion::count(&looks, Option::is_some).value() > 0.95);
    assert!(quantile(&looks, 0.5).unwrap() < 150);
}
