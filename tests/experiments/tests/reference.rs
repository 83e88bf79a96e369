//! The formulas against other implementations and slower ways; `fixtures/reference.py` says which.

use homing_core::experiment::ArmTally;
use homing_core::experiment::mixture::{ln_multinomial, normal_radius};
use homing_core::experiment::sequential::Pair;
use serde::Deserialize;

#[derive(Deserialize)]
struct Reference {
    multinomial: Vec<Multinomial>,
    conversion: Vec<Conversion>,
    normal: Vec<Normal>,
    revenue: Vec<Revenue>,
}

#[derive(Deserialize)]
struct Multinomial {
    k: f64,
    shares: Vec<f64>,
    counts: Vec<u64>,
    savvi: f64,
    integrated: Option<f64>,
}

#[derive(Deserialize)]
struct Conversion {
    arm_share: u16,
    conversions: [u64; 2],
    relative: [f64; 2],
}

#[derive(Deserialize)]
struct Normal {
    t: f64,
    sigma: f64,
    rho: f64,
    alpha: f64,
    radius: f64,
    integrated: f64,
}

#[derive(Deserialize)]
struct Revenue {
    arm: [u64; 3],
    control: [u64; 3],
    relative: [f64; 2],
}

fn reference() -> serde_json::Result<Reference> {
    serde_json::from_str(include_str!("../fixtures/reference.json"))
}

fn close(ours: f64, theirs: f64) -> bool {
    (ours - theirs).abs() <= 1e-8 * (1.0 + theirs.abs())
}

#[test]
fn evidence_agrees_with_savvi_and_with_the_integral() {
    for case in reference().unwrap().multinomial {
        let cells: Vec<(f64, u64)> = case.shares.into_iter().zip(case.counts).collect();
        let ours = ln_multinomial(case.k, &cells);
        assert!(close(ours, case.savvi), "{ours} {}", case.savvi);
        assert!(
            case.integrated.is_none_or(|theirs| close(ours, theirs)),
            "{ours}"
        );
    }
}

#[test]
fn lifts_of_conversion_end_where_the_integral_refutes() {
    for case in reference().unwrap().conversion {
        let arm = |conversions| ArmTally {
            exposures: 1_000_000,
            conversions,
            ..ArmTally::default()
        };
        let pair = Pair {
            arm: arm(case.conversions[0]),
            arm_share: case.arm_share,
            control: arm(case.conversions[1]),
            control_share: 10_000 - case.arm_share,
        };
        let ours = pair.conversion(0.05).unwrap().relative.interval;
        assert!(close(ours.low, case.relative[0]), "{ours:?}");
        assert!(close(ours.high, case.relative[1]), "{ours:?}");
    }
}

#[test]
fn the_normal_mixture_is_the_papers() {
    for case in reference().unwrap().normal {
        let error = case.sigma / case.t.sqrt();
        let ours = error * normal_radius(error, case.rho * case.sigma, case.alpha);
        assert!(
            close(ours, case.radius) && close(ours, case.integrated),
            "{ours}"
        );
    }
}

#[test]
fn lifts_of_revenue_follow_from_the_sums() {
    for case in reference().unwrap().revenue {
        let arm = |[exposures, sum, squares]: [u64; 3]| ArmTally {
            exposures,
            conversions: 60,
            revenue_minor: u128::from(sum),
            revenue_squares: u128::from(squares),
        };
        let pair = Pair {
            arm: arm(case.arm),
            arm_share: 5_000,
            control: arm(case.control),
            control_share: 5_000,
        };
        let ours = pair.revenue(0.05).unwrap().relative.interval;
        assert!(close(ours.low, case.relative[0]), "{ours:?}");
        assert!(close(ours.high, case.relative[1]), "{ours:?}");
    }
}
