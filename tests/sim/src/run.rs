//! Plays worlds on all cores until enough carts have lived, or a promise is broken.

use crate::draw::draw;
use crate::script::Script;
use crate::shrink::shrink;
use crate::stage::Stage;
use crate::tally::Tally;
use crate::violation::Violation;
use crate::world::play;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

/// How much to play.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Carts that have to live.
    pub lives: u64,
    /// The first world's seed.
    pub seed: u64,
    /// Threads.
    pub threads: usize,
}

/// A promise that was broken, and the smallest script that breaks it.
#[derive(Clone, Debug)]
pub struct Found {
    /// The world's seed.
    pub seed: u64,
    /// What happened in the whole world.
    pub violation: Violation,
    /// The shrunk script.
    pub script: Script,
}

/// Worlds played between two looks at what the others do.
const BATCH: u64 = 16;

/// Plays worlds; `progress` is told the lives so far, now and then. The worlds are independent: nothing is shared but the counts.
pub fn run(limits: Limits, progress: &(impl Fn(u64) + Sync)) -> (Tally, Option<Found>) {
    let (next, lives) = (AtomicU64::new(0), AtomicU64::new(0));
    let stop = AtomicBool::new(false);
    let total = Mutex::new((Tally::default(), None::<(u64, Violation)>));
    let work = || {
        let Some(stage) = Stage::new() else { return };
        let mut tally = Tally::default();
        let mut found = None;
        while !stop.load(Ordering::Relaxed) && found.is_none() {
            let first = next.fetch_add(BATCH, Ordering::Relaxed);
            let before = tally.lives;
            for n in first..first + BATCH {
                let seed = limits.seed.wrapping_mul(1_000_003).wrapping_add(n);
                if let Some(violation) = play(&stage, &draw(seed), &mut tally) {
                    found = Some((seed, violation));
                    break;
                }
            }
            let lived = tally.lives - before;
            let so_far = lives.fetch_add(lived, Ordering::Relaxed) + lived;
            progress(so_far);
            if so_far >= limits.lives || found.is_some() {
                stop.store(true, Ordering::Relaxed);
            }
        }
        let mut total = total.lock().unwrap_or_else(PoisonError::into_inner);
        total.0.add(&tally);
        // Of two threads' finds the earlier world is told.
        if let Some((seed, violation)) = found
            && total.1.as_ref().is_none_or(|(known, _)| seed < *known)
        {
            total.1 = Some((seed, violation));
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..limits.threads.max(1) {
            scope.spawn(work);
        }
    });
    let (tally, found) = total.into_inner().unwrap_or_else(PoisonError::into_inner);
    let found = found.and_then(|(seed, violation)| {
        let stage = Stage::new()?;
        let script = shrink(&stage, &draw(seed), violation.broken);
        Some(Found {
            seed,
            violation,
            script,
        })
    });
    (tally, found)
}
