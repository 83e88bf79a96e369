//! How many shoppers a difference takes: by the textbook's fixed sample, and read at all times.

use crate::trial::Trial;
use crate::world::World;
use homing_core::experiment::ratio;
use homing_core::experiment::readout::State;

/// Shoppers of both arms that the two-proportion z-test needs, two-sided at 5 % with 80 % power:
/// `(z₀.₉₇₅ + z₀.₈)² (p₁(1−p₁)/π + p₀(1−p₀)/(1−π)) / (p₁ − p₀)²` (Fleiss, Levin and Paik, "Statistical Methods for Rates and
/// Proportions", without continuity correction).
pub fn fixed_horizon(control_share: f64, control_rate: f64, rate: f64) -> f64 {
    let z = 1.959_964 + 0.841_621;
    let variance = |rate: f64| rate * (1.0 - rate);
    let per_shopper =
        variance(rate) / (1.0 - control_share) + variance(control_rate) / control_share;
    let difference = rate - control_rate;
    z * z * per_shopper / (difference * difference)
}

/// At which look the second arm is first proved better; `None`: at none of the world's.
pub fn detected_at(world: &World, seed: u64) -> Option<u32> {
    let mut trial = Trial::new(world, seed)?;
    (1..=world.looks).find(|_| {
        trial.advance();
        trial
            .read()
            .arms
            .get(1)
            .is_some_and(|arm| arm.conversion.state == State::Better)
    })
}

/// At which look the shares are first found wrong; `None`: at none of the world's.
pub fn caught_at(world: &World, seed: u64) -> Option<u32> {
    let mut trial = Trial::new(world, seed)?;
    (1..=world.looks).find(|_| {
        trial.advance();
        ratio::mismatched(trial.ln_mismatch())
    })
}

/// Whether a lift of conversion was called proved at a look before `caught`, or at any if it never was.
pub fn misled(world: &World, seed: u64, caught: Option<u32>) -> bool {
    let Some(mut trial) = Trial::new(world, seed) else {
        return false;
    };
    (1..caught.unwrap_or(world.looks.saturating_add(1))).any(|_| {
        trial.advance();
        let readout = trial.read();
        readout
            .arms
            .iter()
            .any(|arm| matches!(arm.conversion.state, State::Better | State::Worse))
    })
}

/// The value below which `part` of the looks lie, those that never came counting as infinite.
pub fn quantile(looks: &[Option<u32>], part: f64) -> Option<u32> {
    let mut sorted: Vec<u32> = looks.iter().map(|look| look.unwrap_or(u32::MAX)).collect();
    sorted.sort_unstable();
    let place = (looks.len() as f64 * part) as usize;
    sorted.get(place).copied().filter(|look| *look != u32::MAX)
}
