//! Each deliberate bug is found: `cargo test --profile sim -p homing-sim --features bugs --test bugs`.
#![cfg(feature = "bugs")]

use homing_core::bugs::{Bug, activate};
use homing_sim::{Limits, run};

/// One test for all: the bug that is in is the whole process's.
#[test]
fn each_deliberate_bug_is_found_within_a_hundred_thousand_lives() {
    for bug in Bug::ALL {
        activate(Some(*bug));
        let limits = Limits {
            lives: 100_000,
            seed: 1,
            threads: 2,
        };
        let (tally, found) = run(limits, &|_| {});
        activate(None);
        let lives = tally.lives;
        assert!(found.is_some(), "{} hid for {lives} lives", bug.name());
    }
}
