//! One experiment's life, and what was read in it.

use crate::world::World;
use homing_core::experiment::allocation::Share;
use homing_core::experiment::readout::Readout;
use homing_core::experiment::sequential::Lift;
use homing_core::experiment::{ArmId, Tally, ratio};
use homing_core::money::Currency;
use rand_distr::{Binomial, Distribution, LogNormal};
use rand_pcg::Pcg64;
use rand_pcg::rand_core::SeedableRng;
use std::thread;

/// What a buyer spends, minor units: the mean where all spend the same, else the median.
const SPEND_MINOR: f64 = 6_000.0;

/// An experiment under way.
pub struct Trial<'a> {
    world: &'a World,
    rng: Pcg64,
    design: Vec<Share>,
    tally: Tally,
    /// Shoppers of each arm who are going to buy.
    hesitant: Vec<u64>,
    look: u32,
    currency: Currency,
}

impl<'a> Trial<'a> {
    /// The world's experiment number `seed`; `None` only if the world is malformed.
    pub fn new(world: &'a World, seed: u64) -> Option<Self> {
        let design = world
            .arms
            .iter()
            .enumerate()
            .map(|(n, arm)| {
                let name: ArmId = format!("arm-{n}").parse().ok()?;
                Some(Share {
                    arm: name,
                    share_bp: arm.share_bp,
                })
            })
            .collect::<Option<Vec<_>>>()?;
        Some(Self {
            world,
            rng: Pcg64::seed_from_u64(seed),
            hesitant: vec![0; design.len()],
            design,
            tally: Tally::default(),
            look: 0,
            currency: Currency::parse("EUR")?,
        })
    }

    /// Lets the shoppers of one look in.
    pub fn advance(&mut self) {
        let season = f64::from(self.look) * core::f64::consts::TAU / 7.0;
        let swing = 1.0 + self.world.swing * season.sin();
        let mut shoppers = self.world.shoppers;
        let mut share_left = 1.0;
        let arms = self
            .world
            .arms
            .iter()
            .zip(&self.design)
            .zip(&mut self.hesitant);
        for ((arm, share), hesitant) in arms {
            let part = (arm.true_share / share_left).min(1.0);
            let exposed = binomial(&mut self.rng, shoppers, part);
            shoppers -= exposed;
            share_left -= arm.true_share;
            *hesitant += binomial(&mut self.rng, exposed, arm.rate * swing);
            let buyers = binomial(&mut self.rng, *hesitant, self.world.haste);
            *hesitant -= buyers;
            let counts = self.tally.arm_mut(&share.arm);
            counts.exposures += exposed;
            match self
                .world
                .spread
                .and_then(|spread| LogNormal::new(SPEND_MINOR.ln(), spread).ok())
            {
                Some(spends) => {
                    for _ in 0..buyers {
                        counts.revise(None, Some(spends.sample(&mut self.rng) as u64));
                    }
                }
                None => {
                    counts.conversions += buyers;
                    counts.revenue_minor += u128::from(buyers) * SPEND_MINOR as u128;
                    counts.revenue_squares +=
                        u128::from(buyers) * (SPEND_MINOR * SPEND_MINOR) as u128;
                }
            }
        }
        self.look += 1;
    }

    /// What the merchant reads now.
    pub fn read(&self) -> Readout {
        Readout::new(&self.design, &self.tally, 0.0, self.currency)
    }

    /// The logarithm of the evidence for a sample ratio mismatch.
    pub fn ln_mismatch(&self) -> f64 {
        ratio::ln_evidence(&self.design, &self.tally)
    }

    /// What was counted so far.
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// The design.
    pub fn design(&self) -> &[Share] {
        &self.design
    }
}

fn binomial(rng: &mut Pcg64, n: u64, p: f64) -> u64 {
    if p >= 1.0 {
        return n;
    }
    Binomial::new(n, p).map_or(0, |draw| draw.sample(rng))
}

/// What happened in one experiment, over all of its looks.
#[derive(Clone, Copy, Debug, Default)]
pub struct Life {
    /// A lift of conversion was shown.
    pub conversion_shown: bool,
    /// A lift of revenue was shown.
    pub revenue_shown: bool,
    /// An interval of the relative lift of conversion did not hold the truth.
    pub conversion_missed: bool,
    /// An interval of the absolute lift of conversion did not hold the truth.
    pub absolute_missed: bool,
    /// An interval of the relative lift of revenue did not hold the truth.
    pub revenue_missed: bool,
    /// An interval of conversion was wholly on one side of zero.
    pub conversion_proved: bool,
    /// An interval of revenue was wholly on one side of zero.
    pub revenue_proved: bool,
    /// The shares of shoppers were found wrong.
    pub mismatched: bool,
}

/// Reads an experiment at each of its looks.
pub fn live(world: &World, seed: u64) -> Life {
    let mut life = Life::default();
    let Some(mut trial) = Trial::new(world, seed) else {
        return life;
    };
    for _ in 0..world.looks {
        trial.advance();
        let readout = trial.read();
        life.mismatched |= readout.mismatch;
        for (n, arm) in readout.arms.iter().enumerate() {
            let misses = |lift: &Lift| !lift.relative.interval.contains(world.relative(n));
            let proves = |lift: &Lift| !lift.relative.interval.contains(0.0);
            if let Some(lift) = &arm.conversion.lift {
                life.conversion_shown = true;
                life.conversion_missed |= misses(lift);
                life.conversion_proved |= proves(lift);
                life.absolute_missed |= world
                    .absolute(n)
                    .is_some_and(|truth| !lift.absolute.interval.contains(truth));
            }
            if let Some(lift) = &arm.revenue.lift {
                life.revenue_shown = true;
                life.revenue_missed |= misses(lift);
                life.revenue_proved |= proves(lift);
            }
        }
    }
    life
}

/// Runs `run` for the seeds `0..trials`, on all processors; the results do not depend on how many there are.
pub fn repeat<T: Send>(trials: u64, run: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let workers = thread::available_parallelism().map_or(1, usize::from) as u64;
    thread::scope(|scope| {
        let parts: Vec<_> = (0..workers)
            .map(|worker| {
                let run = &run;
                scope.spawn(move || {
                    (worker..trials)
                        .step_by(workers as usize)
                        .map(run)
                        .collect::<Vec<T>>()
                })
            })
            .collect();
        parts
            .into_iter()
            .flat_map(|part| part.join().unwrap_or_default())
            .collect()
    })
}
